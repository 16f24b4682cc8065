package vuln

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/osv-scalibr/semantic"

	"bedrail/format/cpe"
	"bedrail/format/kev"
	"bedrail/format/purl"
	"bedrail/sbom"
)

// A By says through which name an answer was found.
type By string

// The ways to an answer, surest first.
const (
	ByPURL    By = "purl"    // package URL: ecosystem, name and version
	ByCPE     By = "cpe"     // product name of the national database
	ByAlias   By = "alias"   // the same with a maker's other name
	ByProduct By = "product" // maker and model in words
	ByOS      By = "os"      // operating system inferred from identity
)

// A Match is the answer for one component, or one model, and one weakness.
type Match struct {
	Vulnerability string   `json:"vulnerability"`
	Aliases       []string `json:"aliases"`
	Status        Status   `json:"status"`
	By            By       `json:"by"`
	Confidence    float64  `json:"confidence"`
	Reason        string   `json:"reason"`
	Text          string   `json:"text,omitempty"` // what the advisory says, as written
	Fixed         []string `json:"fixed"`
	Title         string   `json:"title,omitempty"`
	Sources       []string `json:"sources"`
	Scores        []Score  `json:"scores"`
	KEV           bool     `json:"kev"`
	Disputed      bool     `json:"disputed,omitempty"`
	System        string   `json:"system,omitempty"` // the operating system, when that is what the advisory names

	group int32
}

// Component returns the answers for one component, sorted by name of the
// weakness. present are the CPE names of everything in the same bill, for
// advisories that need two products together.
func (x *Index) Component(c sbom.Component, present []cpe.Name) []Match {
	s := search{Index: x, found: map[int32]*Match{}}
	if p, err := purl.Parse(c.PURL); err == nil {
		s.byPackage(c, p)
	}
	if n, err := cpe.Parse(c.CPE); err == nil {
		s.byCPE(c, n, present)
	}
	return s.answers()
}

// Present returns the CPE names in a bill, for Component.
func Present(components []sbom.Component) []cpe.Name {
	var out []cpe.Name
	for _, c := range components {
		if n, err := cpe.Parse(c.CPE); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// A search gathers answers by group of names.
type search struct {
	*Index
	found map[int32]*Match
}

func (s *search) answers() []Match {
	out := make([]Match, 0, len(s.found))
	for _, m := range s.found {
		id := s.identity(m.group)
		m.Vulnerability, m.Aliases, m.Scores = id.ID, id.Aliases, s.scoresOf(m.group)
		for _, name := range append([]string{id.ID}, id.Aliases...) {
			if _, ok := s.KEV[name]; ok {
				m.KEV = true
			}
		}
		slices.Sort(m.Sources)
		m.Sources = slices.Compact(m.Sources)
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Match) int { return strings.Compare(a.Vulnerability, b.Vulnerability) })
	return out
}

// add folds an answer from advisory n into what is known: the stronger answer
// wins, and the sources of both are kept.
func (s *search) add(n int32, m Match) {
	if s.dropped[n] {
		return
	}
	a := &s.advisories[n]
	m.group = s.groups.root(s.group[n])
	m.Sources, m.Title, m.Disputed = []string{a.Source}, a.Title, a.Disputed
	if m.Fixed == nil {
		m.Fixed = []string{}
	}
	old, ok := s.found[m.group]
	if !ok {
		s.found[m.group] = &m
		return
	}
	sources := append(old.Sources, m.Sources...)
	title := old.Title
	if title == "" {
		title = m.Title
	}
	if better(m, *old) {
		*old = m
	}
	old.Sources, old.Title = sources, title
}

func better(a, b Match) bool {
	if a.Status != b.Status {
		return a.Status.rank() > b.Status.rank()
	}
	return a.Confidence > b.Confidence
}

// byPackage looks the component up by its package URL, and by the source
// package that it was built from.
func (s *search) byPackage(c sbom.Component, p purl.PURL) {
	ecosystem, release, name := p.Ecosystem()
	if ecosystem == "" {
		return
	}
	version := cmp.Or(p.FullVersion(), c.Version)
	s.byName(c.Name, ecosystem, release, name, version)
	if source, sourceVersion := p.Source(); source != "" {
		if source = purl.Canonical(ecosystem, source); source != name {
			s.byName(c.Name+" (built from "+source+")", ecosystem, release, source, cmp.Or(sourceVersion, version))
		}
	}
}

func (s *search) byName(shown, ecosystem, release, name, version string) {
	hits := s.packages[packageKey(ecosystem, name)]
	if len(hits) == 0 {
		return
	}
	order := newVersionOrder(&s.versions, ecosystem, version)
	for _, h := range hits {
		pkg := &s.advisories[h.advisory].Packages[h.part]
		m := Match{By: ByPURL, Confidence: 0.99}
		fits, sure := sameRelease(pkg.Release, release)
		if sure && !fits {
			continue // another release of the distribution
		}
		m.Status, m.Reason, m.Fixed = order.judge(pkg, shown)
		if m.Status == Affected && !sure {
			m.Status, m.Reason = Undecidable, m.Reason+", in release "+pkg.Release+"; the bill does not say that this is it"
		}
		if m.Status == Undecidable {
			m.Confidence = 0.5
		}
		if m.Status != NotAffected {
			s.add(h.advisory, m)
		}
	}
}

// sameRelease reports whether an advisory for one release of a distribution is
// for the release that a bill names. Both write it in many ways:
// "enterprise_linux:8::baseos" is meant by 8.4, "Linux Enterprise Server 15 SP3"
// by 15.3. sure is false when they cannot be compared.
func sameRelease(advisory, bill string) (fits, sure bool) {
	if advisory == "" || advisory == bill {
		return true, true
	}
	if strings.HasPrefix(advisory, "Pro:") != strings.HasPrefix(bill, "Pro:") && bill != "" {
		return false, true // what is mended for who pays is another line
	}
	a, b := numbersOf(advisory), numbersOf(bill)
	if len(a) == 0 || len(b) == 0 {
		return false, false
	}
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n]), true
}

func numbersOf(s string) []string {
	out := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	for i := range out {
		out[i] = strings.TrimLeft(out[i], "0")
	}
	return out
}

// A versionOrder compares one component's version in the order of its
// ecosystem.
type versionOrder struct {
	cache     *versionCache
	ecosystem string
	text      string
	version   semantic.Version
	why       string // why nothing can be compared, or empty
}

func newVersionOrder(cache *versionCache, ecosystem, version string) versionOrder {
	o := versionOrder{cache: cache, ecosystem: ecosystem, text: version}
	plain := version
	if ecosystem == "Go" {
		plain = strings.TrimPrefix(plain, "v")
		plain = strings.TrimPrefix(plain, "go")
		if strings.HasPrefix(plain, "(devel") {
			o.why = "version (devel) is not a release"
			return o
		}
	}
	if unknownVersion(plain) {
		o.why = "the version is not known"
		return o
	}
	v, err := parseVersion(plain, ecosystem)
	if err != nil || !strings.ContainsAny(plain, "0123456789") {
		o.why = fmt.Sprintf("%q is not a version in the order of %s", clip(version, 60), ecosystem)
		return o
	}
	o.version = v
	return o
}

// isDay recognises a date where a version should be.
func isDay(s string) bool {
	return len(s) == len(time.DateOnly) && s[4] == '-' && s[7] == '-' && strings.Trim(s, "0123456789-") == ""
}

// A versionCache keeps versions of advisories parsed: a few of them are
// compared with nearly every component. Many goroutines may use it.
type versionCache struct {
	parsed sync.Map // cacheKey to semantic.Version, or error
	size   atomic.Int64
}

type cacheKey struct{ ecosystem, text string }

// maxCached bounds the cache, whatever the feeds hold.
const maxCached = 200_000

func (c *versionCache) parse(text, ecosystem string) (semantic.Version, error) {
	key := cacheKey{ecosystem, text}
	if known, ok := c.parsed.Load(key); ok {
		if v, ok := known.(semantic.Version); ok {
			return v, nil
		}
		return nil, known.(error)
	}
	v, err := parseVersion(text, ecosystem)
	if c.size.Add(1) <= maxCached {
		if err != nil {
			c.parsed.Store(key, err)
		} else {
			c.parsed.Store(key, v)
		}
	}
	return v, err
}

func parseVersion(text, ecosystem string) (semantic.Version, error) {
	if len(text) > maxVer {
		return nil, fmt.Errorf("a version of %d characters", len(text))
	}
	return semantic.Parse(text, ecosystem)
}

// judge says whether the version is among those that pkg names.
func (o versionOrder) judge(pkg *Package, name string) (Status, string, []string) {
	if o.why != "" {
		return Undecidable, fmt.Sprintf("%s %s: %s", o.ecosystem, name, o.why), fixes(pkg)
	}
	var trouble string
	for _, r := range pkg.Ranges {
		inside, from, until, err := o.inside(r)
		if err != nil {
			trouble = err.Error()
			continue
		}
		if inside {
			return Affected, fmt.Sprintf("%s %s %s is in [%s, %s", o.ecosystem, name, o.text, from, until), fixes(pkg)
		}
	}
	for _, v := range pkg.Versions {
		if v == o.text || strings.TrimPrefix(v, "v") == strings.TrimPrefix(o.text, "v") {
			return Affected, fmt.Sprintf("%s %s %s is listed as affected", o.ecosystem, name, o.text), fixes(pkg)
		}
	}
	for _, r := range pkg.Custom {
		if inside, from, until, err := o.inside(r); err == nil && inside {
			return Undecidable, fmt.Sprintf("%s %s %s is in [%s, %s by the project's own tags, and outside the range that its registry knows", o.ecosystem, name, o.text, from, until), fixes(pkg)
		}
	}
	if trouble != "" {
		return Undecidable, fmt.Sprintf("%s %s %s: %s", o.ecosystem, name, o.text, trouble), fixes(pkg)
	}
	return NotAffected, "", nil
}

// inside walks the events of a range, which may stand in any order: the last
// one at or before the version decides.
func (o versionOrder) inside(r Range) (inside bool, from, until string, err error) {
	var last semantic.Version
	until = "...)"
	for _, e := range r {
		text := e.Introduced + e.Fixed + e.Last
		if isDay(text) && !isDay(o.text) {
			return false, "", "", fmt.Errorf("the advisory's bound %q is a day, not a version", text)
		}
		if e.Introduced == "0" { // the beginning lies before every version, pre-releases of 0 included
			if last == nil {
				inside, from = true, "0"
			}
			continue
		}
		at, err := o.cache.parse(text, o.ecosystem)
		if err != nil {
			return false, "", "", fmt.Errorf("the advisory's version %q cannot be compared", clip(text, 60))
		}
		order, err := o.version.Compare(at)
		if err != nil {
			return false, "", "", fmt.Errorf("the advisory's version %q cannot be compared", clip(text, 60))
		}
		if order < 0 || order == 0 && e.Last != "" {
			if e.Introduced == "" && until == "...)" {
				until = text + ")"
				if e.Last != "" {
					until = text + "]"
				}
			}
			continue
		}
		if last != nil {
			if c, err := last.Compare(at); err == nil && c > 0 {
				continue
			}
		}
		last, inside, from = at, e.Introduced != "", e.Introduced
	}
	return inside, from, until, nil
}

func fixes(pkg *Package) []string {
	out := []string{}
	for _, r := range pkg.Ranges {
		for _, e := range r {
			if e.Fixed != "" && !slices.Contains(out, e.Fixed) {
				out = append(out, e.Fixed)
			}
		}
	}
	return out
}

// Exploited returns the entry of the catalogue of exploited weaknesses for
// any of the names.
func (x *Index) Exploited(names ...string) (kev.Entry, bool) {
	for _, n := range names {
		if e, ok := x.KEV[n]; ok {
			return e, true
		}
	}
	return kev.Entry{}, false
}

// Likelihood returns the highest EPSS score of the names of a match.
func (x *Index) Likelihood(m Match) (float32, bool) {
	var best float32
	known := false
	for _, n := range append([]string{m.Vulnerability}, m.Aliases...) {
		if s, ok := x.EPSS[n]; ok {
			best, known = max(best, s), true
		}
	}
	return best, known
}
