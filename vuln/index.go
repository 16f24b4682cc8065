package vuln

import (
	"slices"
	"strings"
	"time"

	"bedrail/format/eol"
	"bedrail/format/kev"
	"bedrail/format/recall"
)

// An Index holds every advisory by the names under which components and
// models are looked up. It is built once and then only read, by any number of
// goroutines; Add must not run beside a look-up.
type Index struct {
	advisories []Advisory
	group      []int32             // advisory to the group of names that mean one weakness
	groups     union               // by name
	packages   map[string][]hit    // ecosystem and canonical name
	cpes       map[string][]hit    // product of a CPE name
	products   map[string][]hit    // maker of a product named in words
	judged     []productView       // one for each product, in the order of Add
	firstView  []int32             // by advisory: where its products begin in judged
	cpeVendors map[string][]hit    // vendor of a CPE name
	cpeHouses  map[string][]string // maker to the vendors that it is called in CPE names
	systems    []systemView

	KEV     map[string]kev.Entry
	EPSS    map[string]float32
	EOL     []eol.Product
	eolView *lifecycle
	Recalls []recall.Notice
	recalls *recallView

	ecosystems map[string]int // advisories by ecosystem
	dropped    map[int32]bool // advisories that were replaced
	records    lists          // advisories by the root of their group, as of the last Seal
	sealed     bool           // nothing was added since the last Seal
	versions   versionCache
	viewed     [2]int // how many EOL and Recalls the views were built of
	stale      bool   // one of them was replaced since
}

// A hit points at a part of an advisory.
type hit struct {
	advisory int32
	part     int32
}

// productView is a product of an advisory prepared for comparison.
type productView struct {
	words  []string
	expr   Expression
	models [][]string // words of each model that expr names
}

// NewIndex returns an empty index.
func NewIndex() *Index {
	return &Index{
		groups: union{ids: map[string]int32{}}, packages: map[string][]hit{}, cpes: map[string][]hit{}, products: map[string][]hit{},
		cpeVendors: map[string][]hit{}, cpeHouses: map[string][]string{},
		KEV: map[string]kev.Entry{}, EPSS: map[string]float32{}, ecosystems: map[string]int{}, dropped: map[int32]bool{},
	}
}

// Len returns how many advisories the index holds.
func (x *Index) Len() int { return len(x.advisories) }

// Advisories returns every advisory of the index, to be read only.
func (x *Index) Advisories() []Advisory { return x.advisories }

// Add puts an advisory into the index. One that was withdrawn or rejected is
// left out: it matches nothing, and its aliases bind nothing.
func (x *Index) Add(a Advisory) { x.add(a) }

// Drop takes advisory n out of every later answer.
func (x *Index) Drop(n int32) {
	for i, p := range x.advisories[n].Packages {
		if !namesBefore(x.advisories[n].Packages[:i], p.Ecosystem) {
			x.ecosystems[p.Ecosystem]--
		}
	}
	if len(x.advisories[n].Configurations) > 0 {
		x.ecosystems[cpeNames]--
	}
	x.dropped[n] = true
}

// cpeNames stands among the ecosystems for products that are known by the
// national database's names.
const cpeNames = "CPE"

// named returns the advisories that go by a name.
func (x *Index) named(name string) []Advisory {
	node, ok := x.groups.ids[name]
	if !ok {
		return nil
	}
	var out []Advisory
	for _, n := range x.recordsOf(node) {
		out = append(out, x.advisories[n])
	}
	return out
}

// recordsOf returns the advisories of a group.
func (x *Index) recordsOf(group int32) []int32 {
	root := x.groups.root(group)
	var out []int32
	if x.sealed {
		for _, n := range x.records.of(root) {
			if !x.dropped[n] {
				out = append(out, n)
			}
		}
		return out
	}
	for n, g := range x.group {
		if x.groups.root(g) == root && !x.dropped[int32(n)] {
			out = append(out, int32(n))
		}
	}
	return out
}

// scoresOf returns every score that any record of a group gives, with the
// record that gives it. A record that names no version that we have may still
// know best how bad the weakness is.
func (x *Index) scoresOf(group int32) []Score {
	out := []Score{}
	for _, n := range x.recordsOf(group) {
		a := &x.advisories[n]
		for _, s := range a.Scores {
			s.Source = a.Source
			if !slices.ContainsFunc(out, func(o Score) bool { return o.Version == s.Version && o.Vector == s.Vector && o.Score == s.Score }) {
				out = append(out, s)
			}
		}
	}
	return out
}

func (x *Index) add(a Advisory) (at int32, ok bool) {
	if a.Withdrawn || a.ID == "" {
		return 0, false
	}
	n := int32(len(x.advisories))
	x.sealed = false
	x.advisories = append(x.advisories, a)
	x.group = append(x.group, x.groups.join(a.names()))
	for i, p := range a.Packages {
		key := packageKey(p.Ecosystem, p.Name)
		x.packages[key] = append(x.packages[key], hit{n, int32(i)})
		if !namesBefore(a.Packages[:i], p.Ecosystem) {
			x.ecosystems[p.Ecosystem]++
		}
	}
	if len(a.Configurations) > 0 {
		x.ecosystems[cpeNames]++
	}
	for i, c := range a.Configurations {
		named := map[string]bool{}
		for _, node := range c.Nodes {
			for _, m := range node.Matches {
				if m.Vulnerable && !named[m.Name.Product] {
					named[m.Name.Product] = true
					x.cpes[m.Name.Product] = append(x.cpes[m.Name.Product], hit{n, int32(i)})
				}
			}
		}
		x.addVendors(c, hit{n, int32(i)})
	}
	x.firstView = append(x.firstView, int32(len(x.judged)))
	for _, p := range a.Products {
		view := int32(len(x.judged))
		x.judged = append(x.judged, viewOf(p))
		for _, house := range Houses(p.Vendor) {
			x.products[house] = append(x.products[house], hit{n, view})
		}
	}
	x.addSystems(n)
	return n, true
}

func viewOf(p Product) productView {
	v := productView{words: productWords(p), expr: ParseExpression(p.Version)}
	for _, m := range v.expr.Models {
		v.models = append(v.models, words(m))
	}
	return v
}

// addVendors files a configuration under the makers of what is vulnerable.
func (x *Index) addVendors(c Configuration, at hit) {
	var named []string
	for _, node := range c.Nodes {
		for _, m := range node.Matches {
			vendor := m.Name.Vendor
			if !m.Vulnerable || slices.Contains(named, vendor) {
				continue
			}
			named = append(named, vendor)
			if x.cpeVendors[vendor] == nil {
				for _, house := range Houses(strings.ReplaceAll(vendor, "_", " ")) {
					x.cpeHouses[house] = append(x.cpeHouses[house], vendor)
				}
			}
			x.cpeVendors[vendor] = append(x.cpeVendors[vendor], at)
		}
	}
}

func namesBefore(packages []Package, ecosystem string) bool {
	return slices.ContainsFunc(packages, func(p Package) bool { return p.Ecosystem == ecosystem })
}

func packageKey(ecosystem, name string) string { return ecosystem + "\x00" + name }

// productWords are the words of a product's name without its maker's.
func productWords(p Product) []string {
	vendor := plainWords(p.Vendor)
	return slices.DeleteFunc(words(withoutAbbreviation(p.Name)), func(w string) bool { return slices.Contains(vendor, w) })
}

// An Identity is one weakness under all the names it goes by.
type Identity struct {
	ID      string
	Aliases []string
}

// Identity returns the names of the weakness that advisory n speaks of. A CVE
// number comes first when there is one.
func (x *Index) identity(group int32) Identity {
	names := x.groups.members(group)
	slices.SortFunc(names, compareNames)
	return Identity{names[0], names[1:]}
}

// nameOrder ranks the sorts of names: the one that most tools know is first.
func nameOrder(id string) int {
	for i, prefix := range [...]string{"CVE-", "GHSA-", "GO-", "PYSEC-", "RUSTSEC-"} {
		if strings.HasPrefix(id, prefix) {
			return i
		}
	}
	return 9
}

func compareNames(a, b string) int {
	if d := nameOrder(a) - nameOrder(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// A union groups names that mean the same.
type union struct {
	ids    map[string]int32
	names  []string
	parent []int32
	byRoot lists // places in names, as of the last seal
}

// lists holds many short lists of numbers, one for each small key.
type lists struct {
	start []int32
	items []int32
}

// newLists puts each i on the list of keys[i]; keys are below n.
func newLists(keys []int32, n int) lists {
	l := lists{make([]int32, n+1), make([]int32, len(keys))}
	for _, k := range keys {
		l.start[k+1]++
	}
	for k := range n {
		l.start[k+1] += l.start[k]
	}
	next := slices.Clone(l.start[:n])
	for i, k := range keys {
		l.items[next[k]] = int32(i)
		next[k]++
	}
	return l
}

func (l lists) of(key int32) []int32 {
	if int(key)+1 >= len(l.start) {
		return nil
	}
	return l.items[l.start[key]:l.start[key+1]]
}

// join makes one group of names and returns a member of it; root gives the
// group itself.
func (u *union) join(names []string) int32 {
	first := u.node(names[0])
	for _, n := range names[1:] {
		if n == "" {
			continue
		}
		a, b := u.root(first), u.root(u.node(n))
		if a != b {
			u.parent[max(a, b)] = min(a, b)
		}
	}
	return first
}

func (u *union) node(name string) int32 {
	if n, ok := u.ids[name]; ok {
		return n
	}
	n := int32(len(u.names))
	u.ids[name] = n
	u.names = append(u.names, name)
	u.parent = append(u.parent, n)
	return n
}

// root does not shorten the path, so that look-ups may run side by side.
func (u *union) root(n int32) int32 {
	for u.parent[n] != n {
		n = u.parent[n]
	}
	return n
}

// seal shortens every path and lists the members of each group.
func (u *union) seal() {
	for n := range u.names {
		u.parent[n] = u.root(int32(n))
	}
	u.byRoot = newLists(u.parent, len(u.names))
}

func (u *union) members(n int32) []string {
	places := u.byRoot.of(u.root(n))
	out := make([]string, len(places))
	for i, p := range places {
		out[i] = u.names[p]
	}
	return out
}

// Seal makes the index ready for look-ups. It is called after the last Add.
func (x *Index) Seal(now time.Time) {
	x.groups.seal()
	roots := make([]int32, len(x.group))
	for n, g := range x.group {
		roots[n] = x.groups.root(g)
	}
	x.records, x.sealed = newLists(roots, len(x.groups.names)), true
	if x.eolView == nil || x.viewed != [2]int{len(x.EOL), len(x.Recalls)} || x.stale { // views that every change of an advisory need not build anew
		x.eolView = newLifecycle(slices.Concat(x.EOL, embeddedSystems()), now)
		x.recalls = newRecallView(x.Recalls)
		x.viewed, x.stale = [2]int{len(x.EOL), len(x.Recalls)}, false
	}
	x.eolView.now = now
}

// Ecosystems returns how many advisories speak of packages of an ecosystem.
func (x *Index) Ecosystems() map[string]int { return x.ecosystems }
