package netmap

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// golden is the angle by which a sunflower sets its seeds: no two stand in
// line, and any number of them fills a disc evenly.
const golden = 2.399963229728653

// layout gives every node its place. Units are pixels at the first size.
func layout(p *Picture, q Question) {
	for i := range p.Nodes {
		p.Nodes[i].R = radius(p.Nodes[i])
	}
	switch q.Level {
	case Zones:
		settle(p.Nodes, p.Edges)
	case Neighbours:
		around(p.Nodes)
	case Zone:
		inZone(p.Nodes, q.Zone)
	default:
		whole(p)
	}
}

func radius(n Node) float64 {
	if n.Kind == IsZone {
		return 14 + 5*math.Sqrt(float64(n.Devices))
	}
	return 6
}

// seeds sets n marks of radius r into a disc and returns their places and the
// disc's radius.
func seeds(n int, r float64) ([][2]float64, float64) {
	at := make([][2]float64, n)
	step := 1.9 * r
	for i := range at {
		d, a := step*math.Sqrt(float64(i)), golden*float64(i)
		at[i] = [2]float64{d * math.Cos(a), d * math.Sin(a)}
	}
	return at, step*math.Sqrt(float64(max(n-1, 0))) + r
}

// around puts the first node in the middle and the others on rings about it.
func around(nodes []Node) {
	if len(nodes) == 0 {
		return
	}
	nodes[0].R = 14
	rest := nodes[1:]
	ring(rest, 0, math.Max(150, 26*float64(min(len(rest), 40))/(2*math.Pi)), 40)
}

// ring sets nodes on circles about the middle, at most each of them on one.
func ring(nodes []Node, turn, r float64, each int) {
	for at := 0; at < len(nodes); at += each {
		some := nodes[at:min(at+each, len(nodes))]
		for i := range some {
			a := turn + 2*math.Pi*float64(i)/float64(len(some)) - math.Pi/2
			some[i].X, some[i].Y = r*math.Cos(a), r*math.Sin(a)
		}
		r += 90
		turn += math.Pi / float64(max(len(some), 1))
	}
}

// inZone sets the devices of a zone as a disc, those of one class beside each
// other, and about it the zones they speak with.
func inZone(nodes []Node, zone string) {
	var inside, outside []int
	for i, n := range nodes {
		if n.Kind == IsZone {
			outside = append(outside, i)
		} else {
			inside = append(inside, i)
		}
	}
	slices.SortFunc(inside, func(a, b int) int {
		return cmp.Or(strings.Compare(nodes[a].Class, nodes[b].Class), strings.Compare(nodes[a].Label, nodes[b].Label), strings.Compare(nodes[a].ID, nodes[b].ID))
	})
	at, r := seeds(len(inside), 13)
	for i, n := range inside {
		nodes[n].X, nodes[n].Y = at[i][0], at[i][1]
	}
	others := make([]Node, len(outside))
	widest := 0.0
	for i, n := range outside {
		others[i] = nodes[n]
		widest = math.Max(widest, nodes[n].R)
	}
	about := math.Max(r+60+widest, (2*widest+16)*float64(len(others))/(2*math.Pi))
	ring(others, 0, about, max(len(others), 1))
	for i, n := range outside {
		nodes[n].X, nodes[n].Y = others[i].X, others[i].Y
	}
}

// whole sets each zone's devices as a disc, the discs as bubbles of zones.
func whole(p *Picture) {
	members := map[string][]int{}
	var names []string
	for i, n := range p.Nodes {
		if members[n.Zone] == nil {
			names = append(names, n.Zone)
		}
		members[n.Zone] = append(members[n.Zone], i)
	}
	slices.Sort(names)
	discs := make([]Node, len(names))
	zoneAt := map[string]int{}
	for i, name := range names {
		_, r := seeds(len(members[name]), 8)
		discs[i] = Node{ID: name, Kind: IsZone, R: r + 14, Devices: len(members[name])}
		zoneAt[name] = i
	}
	var between []Edge
	seen := map[[2]int]bool{}
	for _, e := range p.Edges {
		a, b := zoneAt[p.Nodes[e.From].Zone], zoneAt[p.Nodes[e.To].Zone]
		if key := [2]int{min(a, b), max(a, b)}; a != b && !seen[key] {
			seen[key] = true
			between = append(between, Edge{From: a, To: b})
		}
	}
	settle(discs, between)
	for i, name := range names {
		at, _ := seeds(len(members[name]), 8)
		for k, n := range members[name] {
			p.Nodes[n].R = 5
			p.Nodes[n].X, p.Nodes[n].Y = discs[i].X+at[k][0], discs[i].Y+at[k][1]
		}
	}
}

// settle lets bubbles that speak with each other draw together and all keep
// their distance, a fixed number of steps from a fixed beginning.
func settle(nodes []Node, edges []Edge) {
	r := 0.0
	for _, n := range nodes {
		r += n.R * n.R
	}
	r = 2.4 * math.Sqrt(r)
	for i := range nodes {
		d, a := r*math.Sqrt((float64(i)+0.5)/float64(len(nodes))), golden*float64(i)
		nodes[i].X, nodes[i].Y = d*math.Cos(a), d*math.Sin(a)
	}
	const steps = 200
	for step := range steps {
		pull := 0.06 * (1 - float64(step)/steps)
		for _, e := range edges {
			a, b := &nodes[e.From], &nodes[e.To]
			dx, dy := b.X-a.X, b.Y-a.Y
			if d := math.Hypot(dx, dy); d > a.R+b.R+50 {
				k := pull * (d - a.R - b.R - 50) / d / math.Sqrt(float64(1+len(edges)/max(len(nodes), 1)))
				a.X, a.Y, b.X, b.Y = a.X+dx*k, a.Y+dy*k, b.X-dx*k, b.Y-dy*k
			}
		}
		for i := range nodes {
			nodes[i].X, nodes[i].Y = nodes[i].X*0.995, nodes[i].Y*0.995
		}
		apart(nodes, 34)
	}
	for range 60 {
		apart(nodes, 26)
	}
	for i := range nodes {
		nodes[i].X, nodes[i].Y = math.Round(nodes[i].X*10)/10, math.Round(nodes[i].Y*10)/10
	}
}

// apart moves nodes that stand closer than gap away from each other.
func apart(nodes []Node, gap float64) {
	for i := range nodes {
		for j := i + 1; j < len(nodes); j++ {
			a, b := &nodes[i], &nodes[j]
			dx, dy := b.X-a.X, b.Y-a.Y
			d, least := math.Hypot(dx, dy), a.R+b.R+gap
			if d >= least {
				continue
			}
			if d < 0.01 { // on one point: the order of the list says which way
				dx, dy, d = math.Cos(golden*float64(j)), math.Sin(golden*float64(j)), 1
			}
			k := (least - d) / d / 2
			a.X, a.Y, b.X, b.Y = a.X-dx*k, a.Y-dy*k, b.X+dx*k, b.Y+dy*k
		}
	}
}
