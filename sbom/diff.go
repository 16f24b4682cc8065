package sbom

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bedrail"
	"bedrail/format/purl"
)

// A Difference is what changed between two bills.
type Difference struct {
	From    string           `json:"from"` // identifier of the older bill
	To      string           `json:"to"`
	Added   []Component      `json:"added"`
	Removed []Component      `json:"removed"`
	Changed []VersionChanged `json:"changed"`
	Same    int              `json:"same"` // components that stand in both
}

// VersionChanged is one component in another version.
type VersionChanged struct {
	Name string `json:"name"`
	PURL string `json:"purl"`
	From string `json:"from"`
	To   string `json:"to"`
}

// nameOf names a component whatever its version: by its package, or by its
// name and supplier.
func nameOf(c Component) string {
	if p, err := purl.Parse(c.PURL); err == nil {
		if ecosystem, _, name := p.Ecosystem(); ecosystem != "" {
			return ecosystem + "\x00" + name
		}
		p.Version, p.Qualifiers, p.Subpath = "", nil, ""
		return p.String()
	}
	return strings.ToLower(c.Name)
}

// Diff compares two bills. Order, nesting and repetition do not matter; a
// component that stands in several versions is compared version by version.
func Diff(from, to Bill) Difference {
	d := Difference{From: from.ID, To: to.ID, Added: []Component{}, Removed: []Component{}, Changed: []VersionChanged{}}
	old, now := byName(from.Components), byName(to.Components)
	for name, before := range old {
		after := now[name]
		gone, came := without(before, after), without(after, before)
		d.Same += len(before) - len(gone)
		for len(gone) > 0 && len(came) > 0 {
			d.Changed = append(d.Changed, VersionChanged{Name: came[0].Name, PURL: came[0].PURL, From: gone[0].Version, To: came[0].Version})
			gone, came = gone[1:], came[1:]
		}
		d.Removed, d.Added = append(d.Removed, gone...), append(d.Added, came...)
	}
	for name, after := range now {
		if old[name] == nil {
			d.Added = append(d.Added, after...)
		}
	}
	order := func(a, b Component) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	}
	slices.SortFunc(d.Added, order)
	slices.SortFunc(d.Removed, order)
	slices.SortFunc(d.Changed, func(a, b VersionChanged) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.From, b.From)) })
	return d
}

// byName files components by name, each version once, versions in order.
func byName(components []Component) map[string][]Component {
	out := map[string][]Component{}
	for _, c := range components {
		name := nameOf(c)
		if !slices.ContainsFunc(out[name], func(o Component) bool { return o.Version == c.Version }) {
			out[name] = append(out[name], c)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b Component) int { return cmp.Compare(a.Version, b.Version) })
	}
	return out
}

// without returns what of a has no equal version in b.
func without(a, b []Component) []Component {
	var out []Component
	for _, c := range a {
		if !slices.ContainsFunc(b, func(o Component) bool { return o.Version == c.Version }) {
			out = append(out, c)
		}
	}
	return out
}

// Diff compares two bills that are kept.
func (s *Shelf) Diff(ctx context.Context, by bedrail.Actor, from, to string) (Difference, error) {
	a, err := s.Bill(ctx, by, from)
	if err != nil {
		return Difference{}, err
	}
	b, err := s.Bill(ctx, by, to)
	if err != nil {
		return Difference{}, err
	}
	return Diff(a, b), nil
}
