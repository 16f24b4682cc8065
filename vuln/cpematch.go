package vuln

import (
	"fmt"
	"slices"
	"strings"

	"bedrail/format/cpe"
	"bedrail/sbom"
)

// byCPE looks the component up by its CPE name. A maker under another name is
// accepted, and said with less confidence.
func (s *search) byCPE(c sbom.Component, n cpe.Name, present []cpe.Name) {
	version := n.Version
	if version == "*" || version == "-" || version == "" {
		version = c.Version
	} else if n.Update != "*" && n.Update != "-" {
		version += " " + n.Update
	}
	for _, h := range s.cpes[n.Product] {
		conf := &s.advisories[h.advisory].Configurations[h.part]
		for _, node := range conf.Nodes {
			for _, m := range node.Matches {
				if !m.Vulnerable || node.Negate {
					continue
				}
				if answer, ok := judgeCPE(m, n, version); ok && answer.Status != NotAffected {
					s.add(h.advisory, needs(conf, node, m, present, answer))
				}
			}
		}
	}
}

// judgeCPE says whether the product n at version is what m names.
func judgeCPE(m CPEMatch, n cpe.Name, version string) (Match, bool) {
	if !cpe.Field(m.Name.Part, n.Part) || !cpe.Field(m.Name.Product, n.Product) || !m.Name.Compatible(n) {
		return Match{}, false
	}
	out := Match{By: ByCPE, Confidence: 0.95}
	if !cpe.Field(m.Name.Vendor, n.Vendor) {
		if !sameMaker(m.Name.Vendor, n.Vendor) {
			return Match{}, false
		}
		out.By, out.Confidence = ByAlias, 0.7
	}
	if m.Bounds.Below != "" {
		out.Fixed = []string{m.Bounds.Below}
	}
	out.Status, out.Reason = judgeCPEVersion(m, version)
	if out.Status == Undecidable {
		out.Confidence = 0.5
	}
	out.Reason = fmt.Sprintf("%s %s %s", m.Name.Vendor, m.Name.Product, out.Reason)
	if out.By == ByAlias {
		out.Reason += fmt.Sprintf("; the bill names the maker %s", n.Vendor)
	}
	return out, true
}

func judgeCPEVersion(m CPEMatch, version string) (Status, string) {
	if v := m.Name.Version; v != "*" && v != "-" {
		return judgeExactCPE(m.Name, version)
	}
	if m.Bounds == (Bounds{}) {
		if m.Name.Version == "-" && !unknownVersion(version) {
			return Undecidable, fmt.Sprintf("is named without versions, and this is %s", version)
		}
		return Affected, "is affected in every version"
	}
	if unknownVersion(version) {
		return Undecidable, "is affected in " + m.Bounds.String() + "; the version is not known"
	}
	inside, known, against := m.Bounds.within(version)
	switch {
	case !known:
		return Undecidable, fmt.Sprintf("version %s cannot be compared with %s", version, against)
	case inside:
		return Affected, fmt.Sprintf("%s is in %s", version, m.Bounds)
	}
	return NotAffected, ""
}

func judgeExactCPE(name cpe.Name, version string) (Status, string) {
	want := name.Version
	if name.Update != "*" && name.Update != "-" {
		want += " " + name.Update
	}
	if unknownVersion(version) {
		return Undecidable, "is affected at " + want + "; the version is not known"
	}
	if strings.ContainsAny(name.Version, "*?") && cpe.Field(name.Version, strings.ToLower(version)) {
		return Affected, version + " is " + want
	}
	order, known := CompareText(version, want)
	switch {
	case !known:
		return Undecidable, fmt.Sprintf("version %s cannot be compared with %s", version, want)
	case order == 0:
		return Affected, version + " is " + want
	}
	return NotAffected, ""
}

// sameMaker reports whether two CPE vendors are one maker under two names:
// "the_apache_software_foundation" and "apache".
func sameMaker(a, b string) bool {
	x := Houses(strings.ReplaceAll(a, "_", " "))
	for _, y := range Houses(strings.ReplaceAll(b, "_", " ")) {
		if slices.Contains(x, y) {
			return true
		}
	}
	return false
}

// needs weakens an answer when the configuration asks for another product
// beside the vulnerable one and the bill does not show it. Firmware named
// after its hardware proves the hardware.
func needs(conf *Configuration, node Node, m CPEMatch, present []cpe.Name, answer Match) Match {
	if !conf.And {
		return answer
	}
	for i := range conf.Nodes {
		other := &conf.Nodes[i]
		if slices.ContainsFunc(other.Matches, func(o CPEMatch) bool { return o == m }) && len(other.Matches) == len(node.Matches) {
			continue
		}
		if !other.shown(m, present) {
			answer.Status, answer.Confidence = Undecidable, 0.5
			answer.Reason += fmt.Sprintf("; only together with %s, which the bill does not show", other.words())
		}
	}
	return answer
}

func (n *Node) shown(firmware CPEMatch, present []cpe.Name) bool {
	for _, m := range n.Matches {
		if m.Name.Part == "h" && m.Name.Vendor == firmware.Name.Vendor && m.Name.Product == strings.TrimSuffix(firmware.Name.Product, "_firmware") {
			return true
		}
		for _, p := range present {
			if cpe.Same(m.Name, p) {
				return true
			}
		}
	}
	return false
}

func (n *Node) words() string {
	if len(n.Matches) == 0 {
		return "another product"
	}
	text := n.Matches[0].Name.Vendor + " " + n.Matches[0].Name.Product
	if len(n.Matches) > 1 {
		text += fmt.Sprintf(" or %d others", len(n.Matches)-1)
	}
	return text
}
