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

	Standards []Standard `json:"standards,omitempty"` // the same by whoever asks for it
}

// A Standard is what one list of minimum elements makes of a bill.
type Standard struct {
	Name    string   `json:"name"`    // NTIA, CISA or FDA
	Score   float64  `json:"score"`   // 0 to 10
	Asked   int      `json:"asked"`   // elements
	Whole   int      `json:"whole"`   // of them present everywhere
	Missing []string `json:"missing"` // what is not there, or not everywhere
}

// A demand is one element that a good bill has, and the share of it that this
// bill has.
type demand struct {
	weight float64
	share  float64
	words  string
	by     string // NTIA, CISA, FDA: who asks for it; what NTIA asks for, CISA does too

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
		{2, share(func(c cyclonedx.Component) bool { return c.Supplier != "" }), "supplier of a component", "NTIA"},
		{2, share(func(c cyclonedx.Component) bool { return c.Name != "" }), "name of a component", "NTIA"},
		{2, share(func(c cyclonedx.Component) bool { return c.Version != "" }), "version of a component", "NTIA"},
		{2, share(func(c cyclonedx.Component) bool { return c.PURL != "" || c.CPE != "" }), "identifier, purl or CPE, of a component", "NTIA"},
		{2, yes(doc.Dependencies > 0), "dependency relationships", "NTIA"},
		{2, yes(len(doc.Authors) > 0 || doc.Supplier != ""), "author of the bill", "NTIA"},
		{2, yes(!doc.Timestamp.IsZero()), "timestamp", "NTIA"},
		{1, share(func(c cyclonedx.Component) bool { return c.Hashes > 0 }), "hash of a component", "CISA"},
		{1, share(func(c cyclonedx.Component) bool { return c.Licences > 0 }), "licence of a component", "CISA"},
		{1, yes(len(doc.Tools) > 0), "name of the tool that made the bill", "CISA"},
		{1, yes(len(doc.Lifecycles) > 0), "phase of the life cycle in which it was made", "CISA"},
		{1, yes(doc.Complete != ""), "statement of completeness: what is known to be unknown", "CISA"},
		{1, share(func(c cyclonedx.Component) bool { return c.SupportLevel != "" }), "level of support of a component", "FDA"},
		{1, share(func(c cyclonedx.Component) bool { return c.EndOfSupport != "" }), "end of support of a component", "FDA"},
		{1, yes(len(doc.Analyses) > 0), "known vulnerabilities, assessed", "FDA"},
	}
	return grade(demands, n)
}

func grade(demands []demand, components int) Quality {
	q := Quality{Missing: []string{}}
	if components == 0 {
		for _, d := range demands {
			q.Missing = append(q.Missing, d.words+" ("+d.by+")")
		}
		q.Missing = append(q.Missing, "components: the bill lists none")
		return q
	}
	var got, want float64
	for _, d := range demands {
		want += d.weight
		got += d.weight * d.share
		if text := d.missing(components); text != "" {
			q.Missing = append(q.Missing, text)
		}
	}
	q.Score = math.Round(100*got/want) / 10
	for _, name := range []string{"NTIA", "CISA", "FDA"} {
		q.Standards = append(q.Standards, standard(name, demands, components))
	}
	return q
}

// standard weighs the elements that one list asks for, each alike.
func standard(name string, demands []demand, components int) Standard {
	s := Standard{Name: name, Missing: []string{}}
	var got float64
	for _, d := range demands {
		if d.by != name && (d.by != "NTIA" || name != "CISA") {
			continue
		}
		s.Asked++
		got += d.share
		if text := d.missing(components); text != "" {
			s.Missing = append(s.Missing, text)
		} else {
			s.Whole++
		}
	}
	s.Score = math.Round(100*got/float64(max(s.Asked, 1))) / 10
	return s
}

// missing says in words what is not there, or how often; empty when all is.
func (d demand) missing(components int) string {
	text := d.words + " (" + d.by + ")"
	switch lack := components - int(math.Round(d.share*float64(components))); {
	case d.share == 0:
		return text
	case d.share < 1 && lack > 0:
		return text + ": " + strconv.Itoa(lack) + " of " + strconv.Itoa(components) + " lack it"
	}
	return ""
}
