package sbom

import (
	"math"
	"strconv"

	"bedrail/format/cyclonedx"
)

// Quality says how complete a bill is, measured against what the NTIA (2021),
// the CISA draft of 2025 and the FDA ask for.
type Quality struct {
	Score   float64  `json:"score"`   // 0 to 10
	Missing []string `json:"missing"` // each element that is not there, in words
}

// A demand is one element that a good bill has, and the share of it that this
// bill has.
type demand struct {
	weight float64
	share  float64
	words  string
}

// gradeBill weighs NTIA's seven elements double: without them a bill
// cannot be matched or trusted.
func gradeBill(doc cyclonedx.Bill) Quality {
	n := len(doc.Components)
	share := func(has func(cyclonedx.Component) bool) float64 {
		count := 0
		for _, c := range doc.Components {
			if has(c) {
				count++
			}
		}
		return float64(count) / float64(max(n, 1))
	}
	yes := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	demands := []demand{
		{2, share(func(c cyclonedx.Component) bool { return c.Supplier != "" }), "supplier of a component (NTIA)"},
		{2, share(func(c cyclonedx.Component) bool { return c.Name != "" }), "name of a component (NTIA)"},
		{2, share(func(c cyclonedx.Component) bool { return c.Version != "" }), "version of a component (NTIA)"},
		{2, share(func(c cyclonedx.Component) bool { return c.PURL != "" || c.CPE != "" }), "identifier, purl or CPE, of a component (NTIA)"},
		{2, yes(doc.Dependencies > 0), "dependency relationships (NTIA)"},
		{2, yes(len(doc.Authors) > 0 || doc.Supplier != ""), "author of the bill (NTIA)"},
		{2, yes(!doc.Timestamp.IsZero()), "timestamp (NTIA)"},
		{1, share(func(c cyclonedx.Component) bool { return c.Hashes > 0 }), "hash of a component (CISA)"},
		{1, share(func(c cyclonedx.Component) bool { return c.Licences > 0 }), "licence of a component (CISA)"},
		{1, yes(len(doc.Tools) > 0), "name of the tool that made the bill (CISA)"},
		{1, yes(len(doc.Lifecycles) > 0), "phase of the life cycle in which it was made (CISA)"},
		{1, yes(doc.Complete != ""), "statement of completeness (CISA)"},
		{1, share(func(c cyclonedx.Component) bool { return c.SupportLevel != "" }), "level of support of a component (FDA)"},
		{1, share(func(c cyclonedx.Component) bool { return c.EndOfSupport != "" }), "end of support of a component (FDA)"},
	}
	return grade(demands, n)
}

func grade(demands []demand, components int) Quality {
	q := Quality{Missing: []string{}}
	var got, want float64
	for _, d := range demands {
		want += d.weight
		got += d.weight * d.share
		if missing := components - int(math.Round(d.share*float64(components))); d.share == 0 {
			q.Missing = append(q.Missing, d.words)
		} else if d.share < 1 && missing > 0 {
			q.Missing = append(q.Missing, d.words+": "+strconv.Itoa(missing)+" of "+strconv.Itoa(components)+" lack it")
		}
	}
	if components == 0 {
		q.Missing = append(q.Missing, "components: the bill lists none")
		return q
	}
	q.Score = math.Round(100*got/want) / 10
	return q
}
