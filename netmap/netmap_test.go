package netmap_test

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"bedrail"
	"bedrail/netmap"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

// hospital is n devices in u units, each speaking with some others.
func hospital(n, u int) (places []netmap.Place, flows []netmap.Flow) {
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	for i := range n {
		places = append(places, netmap.Place{ID: fmt.Sprintf("dev_%05d", i), Name: fmt.Sprintf("pump-%d", i), Class: []string{"infusion-pump", "patient-monitor", "server"}[i%3],
			Site: "north", Unit: fmt.Sprintf("Unit %d", i%u), Severity: []string{"", "high", "critical"}[i%3], Affected: i % 2, Addresses: []netip.Addr{at(i)}})
		for k := range 5 {
			flows = append(flows, netmap.Flow{Client: at(i), Server: at((i*7 + k*13 + 1) % n), Transport: "tcp", Port: uint16(2575 + k), Protocol: "hl7", Packets: int64(1 + (i*k)%97), Bytes: 100, Last: monday})
		}
	}
	return places, flows
}

func ask(q netmap.Question, places []netmap.Place, flows []netmap.Flow) netmap.Picture {
	q.Since = 24 * time.Hour
	return netmap.Draw(q, places, flows, monday)
}

func TestTheSameNetworkGivesTheSamePicture(t *testing.T) {
	places, flows := hospital(400, 12)
	for _, q := range []netmap.Question{{Level: netmap.Zones}, {Level: netmap.Zone, Zone: "unit:north/Unit 3"}, {Level: netmap.Neighbours, Device: "dev_00007"}, {Level: netmap.Whole}} {
		first := ask(q, places, flows)
		slices.Reverse(places)
		slices.Reverse(flows)
		if second := ask(q, places, flows); !reflect.DeepEqual(first, second) {
			t.Errorf("%s: told in another order, the picture differs", q.Level)
		}
		for _, n := range first.Nodes {
			if math.IsNaN(n.X) || math.IsInf(n.Y, 0) || n.R <= 0 {
				t.Fatalf("%s: %+v stands nowhere", q.Level, n)
			}
		}
	}
}

func TestNoTwoZonesStandOnOneAnother(t *testing.T) {
	for _, units := range []int{1, 2, 12, 60, 90} {
		places, flows := hospital(2000, units)
		p := ask(netmap.Question{Level: netmap.Zones}, places, flows)
		if want := min(units, 60); len(p.Nodes) != want {
			t.Errorf("%d units give %d bubbles, want %d", units, len(p.Nodes), want)
		}
		for i, a := range p.Nodes {
			for _, b := range p.Nodes[i+1:] {
				if math.Hypot(a.X-b.X, a.Y-b.Y) < a.R+b.R {
					t.Fatalf("%d units: %s stands on %s", units, a.Label, b.Label)
				}
			}
		}
		if units == 90 && (p.HiddenNodes != 30 || p.HiddenFlows == 0) {
			t.Errorf("what does not fit is not counted: %d nodes, %d flows", p.HiddenNodes, p.HiddenFlows)
		}
	}
}

func TestAPictureShowsWhatWasAskedFor(t *testing.T) {
	pump := netmap.Place{ID: "pump", Name: "pump", Class: "infusion-pump", Site: "n", Unit: "ICU", Severity: "high", Affected: 2, Addresses: []netip.Addr{ip("10.0.0.1")}}
	server := netmap.Place{ID: "server", Name: "server", Class: "server", Site: "n", Addresses: []netip.Addr{ip("10.9.0.1")}}
	gateway := netmap.Place{ID: "switch", Name: "switch", Class: "network", Site: "n", Addresses: []netip.Addr{ip("10.0.0.254")}}
	places := []netmap.Place{pump, server, gateway}
	flow := func(from, to string, port uint16, protocol string) netmap.Flow {
		return netmap.Flow{Client: ip(from), Server: ip(to), Transport: "tcp", Port: port, Protocol: protocol, Packets: 10, Bytes: 1000, Last: monday}
	}
	flows := []netmap.Flow{
		flow("10.0.0.1", "10.9.0.1", 2575, "hl7"), flow("10.0.0.1", "10.9.0.1", 443, "tls"), flow("10.0.0.1", "10.9.0.1", 53, "dns"),
		flow("10.0.0.1", "203.0.113.9", 443, "tls"), flow("10.0.0.1", "10.0.0.254", 161, "snmp"), flow("192.168.1.1", "192.168.1.2", 80, "http"),
	}
	names := func(p netmap.Picture) (nodes, edges []string) {
		for _, n := range p.Nodes {
			nodes = append(nodes, n.ID)
		}
		for _, e := range p.Edges {
			edges = append(edges, fmt.Sprintf("%s>%s %v", p.Nodes[e.From].ID, p.Nodes[e.To].ID, e.Protocols))
		}
		slices.Sort(nodes)
		slices.Sort(edges)
		return nodes, edges
	}
	for name, c := range map[string]struct {
		q            netmap.Question
		nodes, edges string
		hidden       int
	}{
		"zones are units, else networks, and the outside; infrastructure is hidden": {netmap.Question{Level: netmap.Zones},
			"[net:10.9.0.0/24 outside unit:n/ICU]", "[unit:n/ICU>net:10.9.0.0/24 [hl7 tls] unit:n/ICU>outside [tls]]", 2},
		"infrastructure is shown when asked for": {netmap.Question{Level: netmap.Zones, Infrastructure: true},
			"[net:10.0.0.0/24 net:10.9.0.0/24 outside unit:n/ICU]", "[unit:n/ICU>net:10.0.0.0/24 [snmp] unit:n/ICU>net:10.9.0.0/24 [dns hl7 tls] unit:n/ICU>outside [tls]]", 0},
		"a zone shows its devices and the zones they speak with": {netmap.Question{Level: netmap.Zone, Zone: "unit:n/ICU"},
			"[net:10.9.0.0/24 outside pump]", "[pump>net:10.9.0.0/24 [hl7 tls] pump>outside [tls]]", 2},
		"a device shows whom it speaks with": {netmap.Question{Level: netmap.Neighbours, Device: "pump"},
			"[ip:203.0.113.9 pump server]", "[pump>ip:203.0.113.9 [tls] pump>server [hl7 tls]]", 2},
		"a chatty node can be left out": {netmap.Question{Level: netmap.Neighbours, Device: "pump", Exclude: []string{"server"}},
			"[ip:203.0.113.9 pump]", "[pump>ip:203.0.113.9 [tls]]", 4},
	} {
		p := ask(c.q, places, flows)
		nodes, edges := names(p)
		if fmt.Sprint(nodes) != c.nodes || fmt.Sprint(edges) != c.edges || p.HiddenFlows != c.hidden {
			t.Errorf("%s: got %v %v, %d flows hidden", name, nodes, edges, p.HiddenFlows)
		}
	}
	p := ask(netmap.Question{Level: netmap.Neighbours, Device: "pump"}, places, flows)
	if p.Nodes[0].ID != "pump" || p.Nodes[0].X != 0 || p.Title != "pump" || p.Nodes[0].Severity != "high" || p.Nodes[0].Affected != 1 {
		t.Errorf("the device is not in the middle of its picture: %+v", p.Nodes[0])
	}
	for _, e := range p.Edges {
		if p.Nodes[e.To].ID == "server" && (e.Services != 2 || e.Flows != 2 || e.Bytes != 2000 || !e.Plain) {
			t.Errorf("between pump and server: %+v", e)
		}
	}
}

// BenchmarkPicture draws two thousand devices and ten thousand edges.
func BenchmarkPicture(b *testing.B) {
	places, flows := hospital(2000, 40)
	for _, level := range []netmap.Level{netmap.Zones, netmap.Whole} {
		b.Run(string(level), func(b *testing.B) {
			for b.Loop() {
				ask(netmap.Question{Level: level}, places, flows)
			}
		})
	}
}

type still []netmap.Place

func (s still) MapPlaces(context.Context, bedrail.Scope) ([]netmap.Place, error) { return s, nil }

func (s still) MapFlows(context.Context, bedrail.Scope, time.Time, int) ([]netmap.Flow, bool, error) {
	return nil, false, nil
}

type allowed struct{}

func (allowed) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

func TestAZoneThatIsNoneIsNotFound(t *testing.T) {
	s := netmap.Service{Auth: allowed{}, Clock: func() time.Time { return monday }, Store: still{
		{ID: "pump", Name: "pump", Site: "n", Unit: "ICU"}, {ID: "switch", Name: "switch", Class: "network", Site: "n", Unit: "Core"},
	}}
	for zone, want := range map[string]bool{"unit:n/ICU": true, "unit:n/Core": true, "outside": true, "net:10.1.0.0/24": true, "nozone": false, "unit:n/XX": false, "net:x": false} {
		_, err := s.Picture(t.Context(), bedrail.Actor{}, netmap.Question{Level: netmap.Zone, Zone: zone, Since: time.Hour})
		if want && err != nil || !want && bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("%s: %v", zone, err)
		}
	}
}
