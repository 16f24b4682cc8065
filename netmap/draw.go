package netmap

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// infrastructureProtocols are spoken by everybody with everybody and say
// nothing of who works with whom.
func infrastructure(f Flow) bool {
	switch f.Port {
	case 53, 67, 68, 88, 123, 137, 138, 389, 464, 546, 547, 636, 1900, 3268, 5353, 5355:
		return true
	}
	switch f.Protocol {
	case "dns", "mdns", "llmnr", "dhcp", "ntp", "ldap", "kerberos", "ssdp", "netbios", "nbns", "arp", "icmp":
		return true
	}
	return false
}

// zoneOf names the zone of a device: its unit, else the network it lies in.
func zoneOf(p Place) (id, label string) {
	if p.Unit != "" {
		return "unit:" + p.Site + "/" + p.Unit, p.Unit
	}
	if len(p.Addresses) > 0 {
		return zoneOfAddress(p.Addresses[0])
	}
	return "none:" + p.Site, "No place known"
}

func zoneOfAddress(ip netip.Addr) (id, label string) {
	ip = ip.Unmap()
	if !ip.IsPrivate() && !ip.IsLinkLocalUnicast() && !ip.IsLoopback() && !ip.IsMulticast() {
		return "outside", "Outside"
	}
	bits := 24
	if ip.Is6() {
		bits = 64
	}
	net, err := ip.Prefix(bits)
	if err != nil {
		return "outside", "Outside"
	}
	return "net:" + net.String(), net.String()
}

// A drawer gathers what is drawn.
type drawer struct {
	q        Question
	devices  map[string]Place
	holder   map[netip.Addr]string // device by address
	excluded map[string]bool
	nodes    []Node
	at       map[string]int // node by id
	edges    map[[2]int]*gathered
	hidden   map[string]bool
	flows    int // hidden

	zoneSizes map[string]int // of zones that are not looked into
}

type gathered struct {
	Edge
	byProtocol map[string]int64
	services   map[uint32]bool
}

// end is one end of a flow: a device, or an address of nobody known.
type end struct {
	id, label, zone, zoneLabel string
	device                     *Place
}

// Draw makes the picture that q asks for. It is a function of its arguments.
func Draw(q Question, places []Place, flows []Flow, now time.Time) Picture {
	d := &drawer{q: q, devices: map[string]Place{}, holder: map[netip.Addr]string{}, excluded: map[string]bool{}, at: map[string]int{}, edges: map[[2]int]*gathered{}, hidden: map[string]bool{}, zoneSizes: map[string]int{}}
	for _, id := range q.Exclude {
		d.excluded[id] = true
	}
	for _, p := range places {
		d.devices[p.ID] = p
		for _, ip := range p.Addresses {
			if _, taken := d.holder[ip]; !taken {
				d.holder[ip] = p.ID
			}
		}
	}
	picture := Picture{Level: q.Level, AsOf: now, Since: now.Add(-q.Since)}
	if q.Level != Neighbours {
		for _, p := range places {
			d.stand(p)
		}
	}
	for _, f := range flows {
		d.flow(f)
	}
	picture.Title = d.title(places)
	for i := range d.nodes {
		if d.nodes[i].Kind == IsZone {
			d.nodes[i].Devices = max(d.nodes[i].Devices, d.zoneSizes[d.nodes[i].ID])
		}
	}
	picture.Nodes, picture.Edges = d.cut()
	picture.HiddenNodes, picture.HiddenFlows = len(d.hidden), d.flows
	layout(&picture, q)
	return picture
}

// title names the zone or the device that was asked for.
func (d *drawer) title(places []Place) string {
	if d.q.Level == Neighbours {
		return d.devices[d.q.Device].Name
	}
	for _, p := range places {
		if id, label := zoneOf(p); id == d.q.Zone {
			return label
		}
	}
	return ""
}

// stand puts a device on the picture, whether it speaks or not.
func (d *drawer) stand(p Place) {
	if d.leftOut(p.ID, p.Class) {
		d.hidden[p.ID] = true
		return
	}
	zone, label := zoneOf(p)
	if d.excluded[zone] {
		d.hidden[p.ID] = true
		return
	}
	switch {
	case d.q.Level == Zones:
		d.count(d.node(zone, IsZone, label, "", ""), p)
	case d.q.Level == Zone && zone != d.q.Zone:
		d.zoneSizes[zone]++ // drawn only as far as it is spoken with
	default:
		d.count(d.node(p.ID, IsDevice, p.Name, p.Class, zone), p)
	}
}

func (d *drawer) leftOut(id, class string) bool {
	return d.excluded[id] || !d.q.Infrastructure && class == "network"
}

func (d *drawer) node(id string, kind Kind, label, class, zone string) int {
	i, ok := d.at[id]
	if !ok {
		i = len(d.nodes)
		d.at[id] = i
		d.nodes = append(d.nodes, Node{ID: id, Kind: kind, Label: label, Class: class, Zone: zone})
	}
	return i
}

var ranks = []string{"", "none", "unknown", "low", "medium", "high", "critical"}

// count adds a device to what a node stands for.
func (d *drawer) count(i int, p Place) {
	n := &d.nodes[i]
	n.Devices++
	if p.Affected > 0 {
		n.Affected++
		if slices.Index(ranks, p.Severity) > slices.Index(ranks, n.Severity) {
			n.Severity = p.Severity
		}
	}
}

func (d *drawer) end(ip netip.Addr) end {
	if id, ok := d.holder[ip]; ok {
		p := d.devices[id]
		zone, label := zoneOf(p)
		return end{id, p.Name, zone, label, &p}
	}
	zone, label := zoneOfAddress(ip)
	return end{"ip:" + ip.String(), ip.String(), zone, label, nil}
}

// flow adds what two addresses exchanged, where it belongs on this picture.
func (d *drawer) flow(f Flow) {
	if f.Client.IsMulticast() || f.Server.IsMulticast() {
		d.flows++
		return
	}
	a, b := d.end(f.Client), d.end(f.Server)
	if a.device == nil && b.device == nil {
		return // neither is a device that the asker may see
	}
	if !d.q.Infrastructure && infrastructure(f) || d.hides(a) || d.hides(b) {
		d.flows++
		return
	}
	from, to, ok := d.join(a, b)
	if !ok || from == to {
		return
	}
	d.nodes[from].Packets += f.Packets
	d.nodes[to].Packets += f.Packets
	key := [2]int{from, to}
	e := d.edges[key]
	if e == nil {
		e = &gathered{Edge: Edge{From: from, To: to}, byProtocol: map[string]int64{}, services: map[uint32]bool{}}
		d.edges[key] = e
	}
	e.Flows++
	e.Packets += f.Packets
	e.Bytes += f.Bytes
	e.Plain = e.Plain || !f.Encrypted
	e.byProtocol[cmp.Or(f.Protocol, f.Transport)] += f.Packets
	e.services[uint32(f.Port)] = true
	if f.Last.After(e.Last) {
		e.Last = f.Last
	}
}

func (d *drawer) hides(e end) bool {
	if e.device != nil && d.leftOut(e.id, e.device.Class) || d.excluded[e.id] || d.excluded[e.zone] {
		d.hidden[e.id] = true
		return true
	}
	return false
}

// join finds the two marks between which a flow is drawn.
func (d *drawer) join(a, b end) (from, to int, ok bool) {
	switch d.q.Level {
	case Zones:
		return d.zone(a), d.zone(b), true
	case Zone:
		inA, inB := a.zone == d.q.Zone, b.zone == d.q.Zone
		if !inA && !inB {
			return 0, 0, false
		}
		return d.one(a, inA), d.one(b, inB), true
	case Neighbours:
		if a.id != d.q.Device && b.id != d.q.Device {
			return 0, 0, false
		}
	}
	return d.one(a, true), d.one(b, true), true
}

func (d *drawer) zone(e end) int { return d.node(e.zone, IsZone, e.zoneLabel, "", "") }

func (d *drawer) one(e end, itself bool) int {
	if !itself {
		return d.zone(e)
	}
	if e.device == nil {
		return d.node(e.id, IsAddress, e.label, "", e.zone)
	}
	i, known := d.at[e.id]
	if !known {
		i = d.node(e.id, IsDevice, e.label, e.device.Class, e.zone)
		d.count(i, *e.device)
	}
	return i
}

// most is how many nodes fit the picture.
func (q Question) most() int {
	switch q.Level {
	case Zones:
		return mostZones
	case Zone:
		return mostInZone
	case Neighbours:
		return mostNeighbours + 1
	}
	return mostWhole
}

// cut keeps what fits: the device or zone that was asked for, then the
// largest and busiest. What is left has places of its own anew.
func (d *drawer) cut() ([]Node, []Edge) {
	order := make([]int, len(d.nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		a, b := d.nodes[x], d.nodes[y]
		return cmp.Or(before(a.ID == d.q.Device, b.ID == d.q.Device), cmp.Compare(b.Devices, a.Devices), cmp.Compare(b.Packets, a.Packets), strings.Compare(a.ID, b.ID))
	})
	if most := d.q.most(); len(order) > most {
		for _, i := range order[most:] {
			d.hidden[d.nodes[i].ID] = true
		}
		order = order[:most]
	}
	place := make(map[int]int, len(order))
	nodes := make([]Node, len(order))
	for n, i := range order {
		place[i], nodes[n] = n, d.nodes[i]
	}
	edges := make([]Edge, 0, len(d.edges))
	for key, e := range d.edges {
		from, okA := place[key[0]]
		to, okB := place[key[1]]
		if !okA || !okB {
			d.flows += e.Flows
			continue
		}
		one := e.Edge
		one.From, one.To, one.Services, one.Protocols = from, to, len(e.services), top(e.byProtocol)
		edges = append(edges, one)
	}
	slices.SortFunc(edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(b.Packets, a.Packets), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	if len(edges) > mostEdges {
		for _, e := range edges[mostEdges:] {
			d.flows += e.Flows
		}
		edges = edges[:mostEdges]
	}
	return nodes, edges
}

func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func top(counts map[string]int64) []string {
	names := make([]string, 0, len(counts))
	for name := range counts {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
	return names[:min(3, len(names))]
}
