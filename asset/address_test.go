package asset_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"bedrail"
	"bedrail/asset"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

// What is heard at one address of a site without the hardware address behind
// it is one device, and the device that holds the address, where one only was
// ever shown to. No order of hearing changes that.
func TestWhatIsHeardAtAnAddressIsOneDevice(t *testing.T) {
	heard := func(site, mac, ip, protocol string, way traffic.Way, claims ...traffic.Claim) traffic.Observation {
		return traffic.Observation{Site: site, MAC: traffic.MAC(mac), IP: netip.MustParseAddr(ip), Time: monday, Protocol: protocol, Way: way, Claims: claims}
	}
	serial := func(n string) []traffic.Claim {
		return []traffic.Claim{{Attribute: traffic.Model, Value: "Engine 9", Source: "x", Weight: 0.9}, {Attribute: traffic.SerialNumber, Value: n, Source: "x", Weight: 0.9}}
	}
	const engine, other, router, second = "00:03:b1:00:00:41", "00:03:b1:00:00:42", "00:1b:54:30:00:01", "00:1b:54:30:00:02"
	behind := func(site, mac string, claims ...traffic.Claim) traffic.Observation {
		return heard(site, mac, "10.20.30.20", "syslog", traffic.Routed, claims...)
	}
	routers := []traffic.Observation{heard("A", router, "10.30.0.1", "arp", traffic.Direct), heard("A", second, "10.40.0.1", "arp", traffic.Direct)}
	holder := heard("A", engine, "10.20.30.20", "arp", traffic.Direct)
	later := func(o traffic.Observation) traffic.Observation {
		o.Time = o.Time.AddDate(0, 0, 7)
		return o
	}
	flow := heard("A", "", "10.20.30.20", "netflow", "")
	listed := heard("A", "", "10.20.30.20", asset.ByList, "", serial("L-4711")...)
	for name, tt := range map[string]struct {
		heard []traffic.Observation
		want  []string // site, hardware addresses and addresses of each device but the routers
	}{
		"behind two routers, and in a flow report": {
			[]traffic.Observation{behind("A", router), behind("A", second), flow}, []string{"A [] [10.20.30.20]"}},
		"behind a router, where another sensor of the site sees who holds it": {
			[]traffic.Observation{behind("A", router), flow, holder}, []string{"A [" + engine + "] [10.20.30.20]"}},
		"one of two holders is not chosen": {
			[]traffic.Observation{behind("A", router), holder, heard("A", other, "10.20.30.20", "arp", traffic.Direct)},
			[]string{"A [" + engine + "] [10.20.30.20]", "A [" + other + "] [10.20.30.20]", "A [] [10.20.30.20]"}},
		"two sites may use the same addresses": {
			[]traffic.Observation{behind("A", router), heard("B", engine, "10.20.30.20", "arp", traffic.Direct)},
			[]string{"A [] [10.20.30.20]", "B [" + engine + "] [10.20.30.20]"}},
		"two serial numbers are two devices": {
			[]traffic.Observation{behind("A", router, serial("E-1001")...), heard("A", engine, "10.20.30.20", "arp", traffic.Direct, serial("E-2002")...)},
			[]string{"A [" + engine + "] [10.20.30.20]", "A [] [10.20.30.20]"}},
		"who held the address another week is not who was heard": {
			[]traffic.Observation{behind("A", router), later(holder)}, []string{"A [" + engine + "] [10.20.30.20]", "A [] [10.20.30.20]"}},
		"a list's address proves no holder": {
			[]traffic.Observation{listed, holder}, []string{"A [" + engine + "] [10.20.30.20]", "A [] [10.20.30.20]"}},
	} {
		t.Run(name, func(t *testing.T) {
			orders := 0
			permute(tt.heard, func(order []traffic.Observation) {
				orders++
				for _, whole := range []bool{true, false} {
					var f asset.Fuser
					for _, o := range slices.Concat(routers, order) {
						f.Observe(o)
						if !whole { // devices are computed between any two
							f.Devices()
						}
					}
					var got []string
					for _, d := range f.Devices() {
						if !slices.Contains(d.MACs, router) && !slices.Contains(d.MACs, second) {
							got = append(got, fmt.Sprint(d.Location.Site, " ", d.MACs, " ", d.Addresses))
						}
					}
					slices.Sort(got)
					if !slices.Equal(got, tt.want) {
						t.Errorf("order %d, at once %v: got %q, want %q", orders, whole, got, tt.want)
					}
				}
			})
			if want := map[int]int{2: 2, 3: 6}[len(tt.heard)]; orders != want {
				t.Errorf("%d orders, want %d", orders, want)
			}
		})
	}
}

// permute calls use with every order of list.
func permute[T any](list []T, use func([]T)) {
	var rest func(n int)
	rest = func(n int) {
		if n == len(list) {
			use(list)
			return
		}
		for i := n; i < len(list); i++ {
			list[n], list[i] = list[i], list[n]
			rest(n + 1)
			list[n], list[i] = list[i], list[n]
		}
	}
	rest(0)
}

// A person who knows better tells what was heard at an address from the device
// that holds it, after a restart and further packets too, and takes it back.
func TestWhatWasHeardAtAnAddressIsSplitOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		hold := seen(monitorMAC, "10.1.0.6", "arp", 0)
		hold.Protocol = "arp"
		flow := seen("", "10.1.0.6", "netflow", 0.5, "hostname", "behind-7")
		batch := traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{hold, flow}}
		r := registry(db)
		apply(t, r, batch, 1)
		all := list(t, r, "ip:10.1.0.6")
		if len(all) != 1 {
			t.Fatalf("%d devices before, want 1", len(all))
		}
		whole, err := r.Device(ctx, nurse, all[0].ID)
		if err != nil || len(whole.Unbound) != 1 {
			t.Fatalf("heard without a hardware address at %v, %v", whole.Unbound, err)
		}
		if _, err := r.Split(ctx, nurse, whole.ID, asset.Parting{Addresses: []netip.Addr{netip.MustParseAddr("10.1.0.7")}}); bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("an address that is none of its own: %v", err)
		}
		rest, err := r.Split(ctx, nurse, whole.ID, asset.Parting{Addresses: whole.Unbound})
		if err != nil || len(rest.MACs) != 1 || len(rest.Unbound) != 0 {
			t.Fatalf("left are %v and %v, %v", rest.MACs, rest.Unbound, err)
		}
		fresh := registry(db)
		apply(t, fresh, batch, 2)
		if n := len(list(t, fresh, "ip:10.1.0.6")); n != 2 {
			t.Errorf("%d devices after a restart, want 2", n)
		}
		links, err := fresh.Links(ctx, nurse, rest.ID)
		if err != nil || len(links) != 1 {
			t.Fatalf("got %+v, %v", links, err)
		}
		if _, err := fresh.Split(ctx, nurse, rest.ID, asset.Parting{Undo: links[0].ID}); err != nil || len(list(t, fresh, "ip:10.1.0.6")) != 1 {
			t.Errorf("taken back there are %d, %v", len(list(t, fresh, "ip:10.1.0.6")), err)
		}
	})
}
