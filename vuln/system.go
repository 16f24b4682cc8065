package vuln

import (
	"fmt"
	"slices"
	"strings"

	"bedrail/format/cpe"
)

// realTime are operating systems that are built into equipment, by the words
// of their names; some advisories name them without the equipment.
var realTime = [][]string{
	{"vxworks"}, {"integrity"}, {"ose"}, {"nucleus"}, {"qnx"}, {"neutrino"}, {"threadx"}, {"freertos"}, {"itron"}, {"ecos"}, {"lynxos"}, {"rtems"}, {"zephyr"},
	{"windows", "ce"}, {"windows", "embedded"}, {"windows", "mobile"},
}

// systemWords are the words of an operating system's name, as it is seen on
// the wire or as an advisory writes it.
func systemWords(name string) []string {
	out := words(strings.ReplaceAll(name, "_", " "))
	return slices.DeleteFunc(out, func(w string) bool {
		return w == "rtos" || w == "microsoft" || w == "kernel" || w == "os" || w == "operating" || w == "system"
	})
}

// isSystem reports whether words name an operating system.
func isSystem(ws []string) bool {
	return slices.Contains(ws, "windows") || slices.Contains(ws, "linux") || isRealTime(ws)
}

func isRealTime(ws []string) bool {
	return slices.ContainsFunc(realTime, func(name []string) bool { return holds(ws, name) })
}

// addSystems notes where an advisory speaks of operating systems.
func (x *Index) addSystems(n int32) {
	a := &x.advisories[n]
	for i, p := range a.Products {
		if ws := systemWords(p.Name); p.Status == Affected && isSystem(ws) {
			x.systems = append(x.systems, systemView{advisory: n, part: int32(i), words: ws})
		}
	}
	for i, c := range a.Configurations {
		var named []string
		for _, node := range c.Nodes {
			for _, m := range node.Matches {
				ws := systemWords(m.Name.Product)
				if m.Vulnerable && m.Name.Part == "o" && isSystem(ws) && !slices.Contains(named, m.Name.Product) {
					named = append(named, m.Name.Product)
					x.systems = append(x.systems, systemView{advisory: n, part: int32(i), words: ws, cpe: m.Name.Product})
				}
			}
		}
	}
}

// A systemView is an operating system that an advisory names: by its product
// name in the national database, or in words.
type systemView struct {
	advisory int32
	part     int32
	words    []string
	cpe      string // empty: one of the advisory's products
}

// System returns the answers for a device whose operating system is seen to be
// name. Of a general-purpose system nobody sees from outside which updates are
// installed, and thousands of weaknesses were ever found in it: only those that
// are known to be exploited are listed, the rest is what the end of its support
// says. Of a system built into equipment everything is.
func (x *Index) System(name, manufacturer string) []Match {
	have := systemWords(name)
	if !isSystem(have) {
		return nil
	}
	s := search{Index: x, found: map[int32]*Match{}}
	embedded := isRealTime(have)
	for i := range x.systems {
		v := &x.systems[i]
		if x.dropped[v.advisory] || !holds(have, v.words) || !embedded && !x.exploited(v.advisory) {
			continue
		}
		if m, ok := x.judgeSystem(v, have, manufacturer); ok && m.Status != NotAffected {
			m.By, m.System = ByOS, name
			m.Reason = fmt.Sprintf("its operating system is seen to be %s; %s", name, m.Reason)
			s.add(v.advisory, m)
		}
	}
	return s.answers()
}

// exploited reports whether any record of the weakness says that it is used.
func (x *Index) exploited(n int32) bool {
	for _, r := range x.recordsOf(x.group[n]) {
		a := &x.advisories[r]
		if a.Exploited == "active" {
			return true
		}
		for _, id := range a.names() {
			if _, ok := x.KEV[id]; ok {
				return true
			}
		}
	}
	return false
}

// systemVersion is the version among the words of a system's name. The 1809 of
// "Windows 10 1809" is none: it names a release, whose updates carry other
// numbers.
func systemVersion(have, product []string) string {
	for _, w := range have {
		if !slices.Contains(product, w) && isDigit(w[0]) && (strings.Contains(w, ".") || !slices.Contains(have, "windows")) {
			return w
		}
	}
	return ""
}

func (x *Index) judgeSystem(v *systemView, have []string, manufacturer string) (Match, bool) {
	a := &x.advisories[v.advisory]
	version := systemVersion(have, v.words)
	if v.cpe == "" {
		return judgeNamedSystem(a, &a.Products[v.part], have, version, manufacturer)
	}
	best, some := Match{}, false
	for _, node := range a.Configurations[v.part].Nodes {
		for _, m := range node.Matches {
			if !m.Vulnerable || node.Negate || m.Name.Product != v.cpe {
				continue
			}
			if answer, ok := judgeSystemCPE(m, version); ok && (!some || better(answer, best)) {
				best, some = needs(&a.Configurations[v.part], node, m, nil, answer), true
			}
		}
	}
	return best, some
}

func judgeSystemCPE(m CPEMatch, version string) (Match, bool) {
	out := Match{Confidence: 0.6, Status: Undecidable, Reason: fmt.Sprintf("%s %s is named, and which updates are installed is not seen", m.Name.Vendor, m.Name.Product)}
	if m.Bounds.Below != "" {
		out.Fixed = []string{m.Bounds.Below}
	}
	if version != "" && (m.Bounds != Bounds{} || m.Name.Version != "*" && m.Name.Version != "-") {
		status, reason := judgeCPEVersion(m, version)
		out.Status, out.Reason = status, fmt.Sprintf("%s %s %s", m.Name.Vendor, m.Name.Product, reason)
	}
	if out.Status == Undecidable {
		out.Confidence = 0.4
	}
	return out, true
}

// judgeNamedSystem judges a system that an advisory names in words. One that a
// maker of equipment names is its own equipment's system and nobody else's.
func judgeNamedSystem(a *Advisory, p *Product, have []string, version, manufacturer string) (Match, bool) {
	ofMaker := slices.ContainsFunc(Houses(p.Vendor), func(h string) bool { return slices.Contains(Houses(manufacturer), h) })
	if !ofMaker && !isRealTime(systemWords(p.Name)) {
		return Match{}, false
	}
	m := Match{Confidence: 0.6}
	e := ParseExpression(p.Version)
	m.Status, m.Reason = e.Judge(strings.Join(have, " "), version)
	if why := p.doubt(a, strings.Join(have, " "), e, m.Status); why != "" && m.Status != Undecidable {
		m.Status, m.Reason = Undecidable, why
	}
	if m.Status == Undecidable {
		m.Confidence = 0.4
	}
	m.Reason = strings.TrimSpace(p.Vendor) + " " + strings.TrimSpace(p.Name) + ": " + m.Reason
	return m, true
}

// firmware returns the answers for a model from configurations of the national
// database, which names equipment as firmware (o) beside hardware (h), or as an
// application.
func (s *search) firmware(key modelName) {
	for _, house := range Houses(key.manufacturer) {
		for _, vendor := range s.cpeHouses[house] {
			for _, h := range s.cpeVendors[vendor] {
				s.judgeFirmware(h, vendor, key)
			}
		}
	}
}

// A modelName is a model as it is compared with names of products.
type modelName struct {
	manufacturer string
	words        []string
	version      string
}

func (s *search) judgeFirmware(h hit, vendor string, key modelName) {
	conf := &s.advisories[h.advisory].Configurations[h.part]
	for _, node := range conf.Nodes {
		for _, m := range node.Matches {
			if !m.Vulnerable || node.Negate || m.Name.Vendor != vendor {
				continue
			}
			n := near(key.words, cpeWords(m.Name))
			if !n.same && !n.vague {
				continue
			}
			answer := Match{By: ByCPE, Confidence: 0.9 * n.confidence}
			answer.Status, answer.Reason = judgeCPEVersion(m, key.version)
			if answer.Status == NotAffected {
				continue
			}
			if m.Bounds.Below != "" {
				answer.Fixed = []string{m.Bounds.Below}
			}
			if n.vague && answer.Status == Affected {
				answer.Status, answer.Reason = Undecidable, "may be this model; "+answer.Reason
			}
			if answer.Status == Undecidable {
				answer.Confidence = min(answer.Confidence, 0.5)
			}
			answer.Reason = fmt.Sprintf("%s %s %s", m.Name.Vendor, m.Name.Product, answer.Reason)
			s.add(h.advisory, withHardware(conf, node, m, key, answer))
		}
	}
}

// cpeWords are the words of a product without its maker's and without the word
// that only says that it is firmware.
func cpeWords(n cpe.Name) []string {
	vendor := plainWords(strings.ReplaceAll(n.Vendor, "_", " "))
	return slices.DeleteFunc(words(strings.ReplaceAll(n.Product, "_", " ")), func(w string) bool { return w == "firmware" || slices.Contains(vendor, w) })
}

// withHardware weakens an answer when the configuration asks for hardware that
// the model is not seen to be. Hardware that is named as the model is the model.
func withHardware(conf *Configuration, node Node, m CPEMatch, key modelName, answer Match) Match {
	if !conf.And {
		return answer
	}
	for i := range conf.Nodes {
		other := &conf.Nodes[i]
		if other.holds(m) || slices.ContainsFunc(other.Matches, func(o CPEMatch) bool { return near(key.words, cpeWords(o.Name)).same }) || other.shown(m, nil) {
			continue
		}
		answer.Status, answer.Confidence = Undecidable, min(answer.Confidence, 0.5)
		answer.Reason += fmt.Sprintf("; only together with %s, which the record does not show", other.words())
	}
	return answer
}

func (n *Node) holds(m CPEMatch) bool {
	return slices.ContainsFunc(n.Matches, func(o CPEMatch) bool { return o == m })
}
