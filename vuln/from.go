package vuln

import (
	"slices"
	"strconv"
	"strings"

	"bedrail/format/cpe"
	"bedrail/format/csaf"
	"bedrail/format/cve"
	"bedrail/format/osv"
	"bedrail/format/purl"
)

// FromOSV turns a record in the OSV format into an advisory.
func FromOSV(rec osv.Record) Advisory {
	a := Advisory{
		ID: rec.ID, Source: "osv:" + rec.ID, Aliases: slices.Concat(rec.Aliases, rec.Upstream), Title: rec.Summary,
		Published: rec.Published, Modified: rec.Modified, Withdrawn: !rec.Withdrawn.IsZero(), References: rec.References,
	}
	if a.Modified.IsZero() {
		a.Modified = a.Published
	}
	severity := rec.Severity
	for _, f := range rec.Affected {
		severity = append(severity, f.Severity...)
		if p, ok := packageOf(f); ok {
			a.Packages = append(a.Packages, p)
		}
	}
	for _, s := range severity {
		if score, ok := scoreOf(s.Score); ok && !slices.Contains(a.Scores, score) {
			a.Scores = append(a.Scores, score)
		}
	}
	return a
}

func packageOf(f osv.Affected) (Package, bool) {
	ecosystem, release, _ := strings.Cut(f.Ecosystem, ":")
	name := purl.Canonical(ecosystem, f.Name)
	if ecosystem == "" {
		p, err := purl.Parse(f.PURL)
		if err != nil {
			return Package{}, false
		}
		ecosystem, release, name = p.Ecosystem()
	}
	out := Package{Ecosystem: ecosystem, Release: release, Name: name, Versions: f.Versions, Ranges: rangesOf(f.Ranges), Custom: rangesOf(f.Custom)}
	return out, ecosystem != "" && name != "" && len(out.Ranges)+len(out.Versions) > 0
}

func rangesOf(ranges []osv.Range) []Range {
	var out []Range
	for _, r := range ranges {
		var events Range
		for _, e := range r.Events {
			if e.Limit == "" {
				events = append(events, Event{e.Introduced, e.Fixed, e.LastAffected})
			}
		}
		if len(events) > 0 {
			out = append(out, events)
		}
	}
	return out
}

// FromCVE turns a CVE record, of the national database or of the CVE list,
// into an advisory. source is "nvd" or "cve".
func FromCVE(rec cve.Record, source string) Advisory {
	a := Advisory{
		ID: rec.ID, Source: source + ":" + rec.ID, Feed: source, Title: rec.Title, Published: rec.Published, Modified: rec.Modified,
		Withdrawn: rec.Rejected(), Disputed: rec.Disputed, References: rec.References,
		Exploited: rec.Exploitation, Automatable: rec.Automatable,
	}
	for _, s := range rec.Scores {
		if score, ok := scoreOf(s.Vector); ok && !slices.Contains(a.Scores, score) {
			a.Scores = append(a.Scores, score)
		}
	}
	for _, c := range rec.Configurations {
		if conf, ok := configurationOf(c); ok {
			a.Configurations = append(a.Configurations, conf)
		}
	}
	for _, f := range rec.Affected {
		a.addAffected(f)
	}
	return a
}

func configurationOf(c cve.Configuration) (Configuration, bool) {
	out := Configuration{And: c.And}
	for _, n := range c.Nodes {
		node := Node{And: n.And, Negate: n.Negate}
		for _, m := range n.Matches {
			name, err := cpe.Parse(m.Criteria)
			if err != nil {
				continue // one name that cannot be read does not spoil the others
			}
			node.Matches = append(node.Matches, CPEMatch{
				Vulnerable: m.Vulnerable, Name: name,
				Bounds: Bounds{From: m.StartIncluding, Above: m.StartExcluding, To: m.EndIncluding, Below: m.EndExcluding},
			})
		}
		if len(node.Matches) > 0 {
			out.Nodes = append(out.Nodes, node)
		}
	}
	return out, len(out.Nodes) > 0 && !c.Negate
}

// addAffected takes what the record's own author names: a package when there
// is one, else vendor and product.
func (a *Advisory) addAffected(f cve.Affected) {
	var pkg Package
	if p, err := purl.Parse(f.PURL); err == nil {
		pkg.Ecosystem, pkg.Release, pkg.Name = p.Ecosystem()
	} else if e := ecosystemOf(strings.ToLower(f.Collection)); e != "" && f.Package != "" {
		pkg.Ecosystem, pkg.Name = e, purl.Canonical(e, f.Package)
	}
	named := f.Vendor != "" && f.Product != "" && f.Vendor != "n/a"
	for _, v := range affectedVersions(f) {
		a.addCPEs(f.CPEs, v)
		switch {
		case v.Type == "text" && pkg.Ecosystem != "":
			pkg.Custom = append(pkg.Custom, Range{{Introduced: "0"}})
		case v.Type == "git": // commits, in no order that a device shows
			if named && pkg.Ecosystem == "" {
				a.Products = append(a.Products, Product{Vendor: f.Vendor, Name: f.Product, Version: "# commits " + clip(rangeText(v), 80), Status: Affected})
			}
		case pkg.Ecosystem != "":
			pkg.add(v)
		case named:
			a.Products = append(a.Products, Product{Vendor: f.Vendor, Name: f.Product, Version: rangeText(v), Status: Affected})
		}
	}
	if pkg.Ecosystem != "" && len(pkg.Ranges)+len(pkg.Versions)+len(pkg.Custom) > 0 {
		a.Packages = append(a.Packages, pkg)
	}
}

// addCPEs takes the names of the national database that the record's author
// gives to a product, at a version or in a range.
func (a *Advisory) addCPEs(names []string, v cve.Version) {
	if v.Type == "git" || v.Type == "text" {
		return
	}
	for _, text := range names[:min(len(names), maxCPEs)] {
		n, err := cpe.Parse(text)
		if err != nil {
			continue // one name that cannot be read does not spoil the others
		}
		m := CPEMatch{Vulnerable: true, Name: n}
		from := zero(v.Version)
		switch {
		case v.LessThan != "" && v.LessThan != "*":
			m.Bounds = Bounds{From: from, Below: v.LessThan}
		case v.LessThanOrEqual != "" && v.LessThanOrEqual != "*":
			m.Bounds = Bounds{From: from, To: v.LessThanOrEqual}
		case v.LessThan == "*" || v.LessThanOrEqual == "*":
			m.Bounds = Bounds{From: from}
		case from != "0":
			m.Name.Version = strings.ToLower(from)
		}
		if m.Bounds.From == "0" {
			m.Bounds.From = ""
		}
		if m.Bounds != (Bounds{}) {
			m.Name.Version = "*"
		}
		a.Configurations = append(a.Configurations, Configuration{Nodes: []Node{{Matches: []CPEMatch{m}}}})
	}
}

// maxCPEs bounds the names of one entry.
const maxCPEs = 32

// affectedVersions lists the versions that an entry means. Where the default is
// "affected" the entry lists what is not, and every other version is meant (CVE
// record format 5, affected[].defaultStatus).
func affectedVersions(f cve.Affected) []cve.Version {
	var out, clean []cve.Version
	for _, v := range f.Versions {
		switch v.Status {
		case "affected":
			out = append(out, untilChanged(v))
		case "unaffected":
			clean = append(clean, v)
		}
	}
	if f.DefaultStatus != "affected" || len(out) > 0 {
		return out
	}
	if len(clean) == 0 {
		return []cve.Version{{Version: "*", Status: "affected"}}
	}
	// Several stretches that are clean leave gaps between them whose ends no
	// order is given for; what lies below the first of all and what lies after
	// an upper end is meant.
	for _, v := range clean {
		if from := zero(v.Version); from != "0" && len(clean) == 1 {
			out = append(out, cve.Version{Version: "0", LessThan: from, Status: "affected", Type: v.Type})
		}
		if v.LessThan != "" && v.LessThan != "*" {
			out = append(out, cve.Version{Version: v.LessThan, LessThan: "*", Status: "affected", Type: v.Type})
		}
	}
	if len(clean) > 1 { // undecidable: the text is shown to a person
		return []cve.Version{{Version: "all but " + cleanText(clean), Status: "affected", Type: "text"}}
	}
	return out
}

func cleanText(clean []cve.Version) string {
	var texts []string
	for _, v := range clean {
		texts = append(texts, rangeText(v))
	}
	return strings.Join(texts, "; ")
}

// untilChanged ends a range at the first change after which it is clean.
func untilChanged(v cve.Version) cve.Version {
	for _, c := range v.Changes {
		if c.Status == "unaffected" && c.At != "" {
			v.LessThan, v.LessThanOrEqual = c.At, ""
			break
		}
	}
	return v
}

// collections maps a word in the address of a collection (CVE record format
// 5, collectionURL) to the ecosystem that publishes there.
var collections = []struct{ word, ecosystem string }{
	{"npmjs", "npm"}, {"pypi", "PyPI"}, {"crates", "crates.io"}, {"nuget", "NuGet"}, {"maven", "Maven"}, {"rubygems", "RubyGems"},
	{"packagist", "Packagist"}, {"golang", "Go"}, {"go.dev", "Go"},
}

// ecosystemOf returns the ecosystem of a collection's address, or nothing.
func ecosystemOf(collection string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(collection, "https://"), "http://"), "/")
	for _, c := range collections {
		if strings.Contains(host, c.word) {
			return c.ecosystem
		}
	}
	return ""
}

func (p *Package) add(v cve.Version) {
	switch from := v.Version; {
	case v.LessThan != "" && v.LessThan != "*":
		p.Ranges = append(p.Ranges, Range{{Introduced: zero(from)}, {Fixed: v.LessThan}})
	case v.LessThanOrEqual != "" && v.LessThanOrEqual != "*":
		p.Ranges = append(p.Ranges, Range{{Introduced: zero(from)}, {Last: v.LessThanOrEqual}})
	case v.LessThan == "*" || v.LessThanOrEqual == "*" || from == "*":
		p.Ranges = append(p.Ranges, Range{{Introduced: zero(from)}})
	case from != "" && from != "n/a" && from != "unspecified":
		p.Versions = append(p.Versions, from)
	}
}

func zero(version string) string {
	if version == "" || version == "*" || version == "unspecified" || version == "n/a" {
		return "0"
	}
	return version
}

// rangeText writes a version statement in the words that Expression reads.
func rangeText(v cve.Version) string {
	from := ""
	if z := zero(v.Version); z != "0" {
		from = ">= " + z + " | "
	}
	switch {
	case v.LessThan != "" && v.LessThan != "*":
		return from + "< " + v.LessThan
	case v.LessThanOrEqual != "" && v.LessThanOrEqual != "*":
		return from + "<= " + v.LessThanOrEqual
	case v.LessThan == "*" || v.LessThanOrEqual == "*":
		return strings.TrimSuffix(from, " | ")
	case v.Version == "*" || v.Version == "0":
		return "vers:all/*"
	}
	return v.Version
}

// FromCSAF turns each weakness of a CSAF document into an advisory. One
// without a CVE number is named by the document's identifier.
func FromCSAF(d csaf.Document) []Advisory {
	byID := map[string]csaf.Product{}
	for _, p := range d.Products {
		byID[p.ID] = p
	}
	out := make([]Advisory, 0, len(d.Vulnerabilities))
	for i, v := range d.Vulnerabilities {
		a := Advisory{
			ID: v.CVE, Source: "csaf:" + d.ID, Feed: "csaf", Aliases: nil, Title: d.Title,
			Published: d.Released, Modified: d.Released, References: d.References,
		}
		if a.ID == "" {
			a.ID = d.ID + suffix(i, len(d.Vulnerabilities))
		}
		if v.Title != "" && v.Title != d.Title {
			a.Title = d.Title + ": " + v.Title
		}
		for _, s := range v.Scores {
			if score, ok := scoreOf(s.Vector); ok {
				a.Scores = append(a.Scores, score)
			}
		}
		for _, m := range v.Remediations {
			if len(a.Remedies) < 6 {
				a.Remedies = append(a.Remedies, Remedy{m.Category, clip(m.Details, 500)})
			}
		}
		for _, category := range statusOrder {
			for _, id := range v.Status[category.name] {
				a.addProduct(byID, id, category.status, category.fix, v.Flags[id])
			}
		}
		out = append(out, a)
	}
	return out
}

func suffix(i, n int) string {
	if n == 1 {
		return ""
	}
	return "#" + strconv.Itoa(i+1)
}

// statusOrder maps CSAF product_status to answers.
var statusOrder = []struct {
	name   string
	status Status
	fix    bool
}{
	{"known_affected", Affected, false}, {"first_affected", Affected, false}, {"last_affected", Affected, false},
	{"under_investigation", Undecidable, false}, {"known_not_affected", NotAffected, false},
	{"fixed", NotAffected, true}, {"first_fixed", NotAffected, true},
}

func (a *Advisory) addProduct(byID map[string]csaf.Product, id string, status Status, fix bool, flag string) {
	p, ok := byID[id]
	for depth := 0; ok && len(p.Parts) > 0 && p.Vendor == "" && depth < 4; depth++ {
		p, ok = byID[p.Parts[0]] // a relationship speaks of the product that it is about
	}
	if !ok {
		return
	}
	name := p.Product
	if name == "" {
		name = p.Name
	}
	if strings.EqualFold(name, "version") || strings.EqualFold(name, "versions") {
		name = ofTitle(a.Title, p.Vendor)
	}
	if p.Helper.CPE != "" && status == Affected {
		if n, err := cpe.Parse(p.Helper.CPE); err == nil {
			a.Configurations = append(a.Configurations, Configuration{Nodes: []Node{{Matches: []CPEMatch{{Vulnerable: true, Name: n}}}}})
		}
	}
	if u, err := purl.Parse(p.Helper.PURL); err == nil && status == Affected && u.Version != "" {
		if e, release, pkg := u.Ecosystem(); e != "" {
			a.Packages = append(a.Packages, Package{Ecosystem: e, Release: release, Name: pkg, Versions: []string{u.Version}})
		}
	}
	a.Products = append(a.Products, Product{
		Vendor: p.Vendor, Name: name, Version: p.Version, FullName: p.Name, Status: status, FixedVersion: fix,
		Models: p.Helper.ModelNumbers, Serials: p.Helper.SerialNumbers, Justified: flag,
	})
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
