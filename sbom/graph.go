package sbom

import (
	"cmp"
	"context"
	"slices"

	"bedrail"
)

// A Node is a component among its neighbours.
type Node struct {
	Index      int    `json:"index"` // place among the bill's components
	Name       string `json:"name"`
	Version    string `json:"version"`
	PURL       string `json:"purl"`
	DependsOn  int    `json:"dependsOn"`  // how many it needs
	Dependents int    `json:"dependents"` // how many need it
}

// A Neighbourhood is one page of a graph of dependencies, so that no graph has
// to be held whole by whoever looks at it.
type Neighbourhood struct {
	Of    *Node  `json:"of,omitempty"` // the component asked about; none at the top
	Nodes []Node `json:"nodes"`
	Total int    `json:"total"`
}

// Top asks for the components that no other needs.
const Top = -1

// Graph returns the neighbours of a component: what it needs, or with up what
// needs it. At Top it returns the components that nothing needs; where the
// bill names no dependencies, those are all.
func (b *Bill) Graph(of int, up bool, offset, limit int) (Neighbourhood, error) {
	if of < Top || of >= len(b.Components) {
		return Neighbourhood{}, bedrail.Errorf(bedrail.NotFound, "the bill has no component %d; it has %d", of, len(b.Components))
	}
	dependents := make([]int, len(b.Components))
	var wanted []int
	for i, c := range b.Components {
		for _, to := range c.DependsOn {
			dependents[to]++
			if up && int(to) == of {
				wanted = append(wanted, i)
			}
		}
	}
	switch {
	case of == Top:
		for i, n := range dependents {
			if n == 0 {
				wanted = append(wanted, i)
			}
		}
		if len(wanted) == 0 { // every component is part of a circle
			for i := range dependents {
				wanted = append(wanted, i)
			}
		}
	case !up:
		for _, to := range b.Components[of].DependsOn {
			wanted = append(wanted, int(to))
		}
	}
	node := func(i int) Node {
		c := b.Components[i]
		return Node{i, c.Name, c.Version, c.PURL, len(c.DependsOn), dependents[i]}
	}
	slices.SortFunc(wanted, func(p, q int) int {
		return cmp.Or(cmp.Compare(b.Components[p].Name, b.Components[q].Name), cmp.Compare(b.Components[p].Version, b.Components[q].Version), cmp.Compare(p, q))
	})
	wanted = slices.Compact(wanted)
	out := Neighbourhood{Nodes: []Node{}, Total: len(wanted)}
	if of != Top {
		n := node(of)
		out.Of = &n
	}
	offset = min(max(offset, 0), len(wanted))
	for _, i := range wanted[offset:min(offset+limit, len(wanted))] {
		out.Nodes = append(out.Nodes, node(i))
	}
	return out, nil
}

// Graph returns one page of the dependencies of a bill.
func (s *Shelf) Graph(ctx context.Context, by bedrail.Actor, id string, of int, up bool, offset, limit int) (Neighbourhood, error) {
	b, err := s.Bill(ctx, by, id)
	if err != nil {
		return Neighbourhood{}, err
	}
	return b.Graph(of, up, offset, limit)
}
