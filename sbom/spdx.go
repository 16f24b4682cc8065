package sbom

import (
	"strings"

	"bedrail/format/cyclonedx"
	"bedrail/format/spdx"
)

// spdxAsCycloneDX puts an SPDX bill into the words of CycloneDX, so that the
// same content is matched and graded alike whichever format it comes in. What
// the bill is about stays among the components: in SPDX it often is the very
// package that a weakness is in.
func spdxAsCycloneDX(doc spdx.Document) cyclonedx.Bill {
	b := cyclonedx.Bill{SpecVersion: doc.Version, Timestamp: doc.Created, Authors: doc.Authors, Tools: doc.Tools, Warnings: doc.Warnings,
		Components: make([]cyclonedx.Component, len(doc.Packages))}
	at := make(map[string]int, len(doc.Packages))
	for i, p := range doc.Packages {
		b.Components[i] = cyclonedx.Component{Ref: p.ID, Type: p.Purpose, Name: p.Name, Version: p.Version, PURL: p.PURL, CPE: p.CPE, Supplier: p.Supplier,
			Hashes: p.Hashes, Licences: p.Licences, Parent: -1, EndOfSupport: p.EndOfSupport}
		at[p.ID] = i
	}
	dependents := map[string]bool{}
	link := func(from, to string) {
		dependents[from] = true
		b.Depend(from, to)
	}
	for _, r := range doc.Relationships {
		switch strings.ToUpper(strings.ReplaceAll(r.Type, "_", "")) {
		case "DEPENDSON", "CONTAINS", "DYNAMICLINK", "STATICLINK", "HASDYNAMICLINK", "HASSTATICLINK", "HASPREREQUISITE":
			link(r.From, r.To)
		case "DEPENDENCYOF", "CONTAINEDBY":
			link(r.To, r.From)
		}
	}
	b.Dependencies = len(dependents)
	var about []int
	for _, id := range doc.Describes {
		if i, ok := at[id]; ok {
			about = append(about, i)
		}
	}
	if len(about) == 1 {
		subject := b.Components[about[0]]
		b.Subject = &subject
	}
	return b
}
