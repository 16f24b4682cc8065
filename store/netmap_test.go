package store

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/traffic"
)

func TestTheMapKnowsDevicesAndFlowsOfItsScope(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, now := context.Background(), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		device := func(id, site, unit, ip string) asset.Kept {
			return asset.Kept{Device: asset.Device{ID: id, Version: 1, Addresses: []netip.Addr{netip.MustParseAddr(ip)}, Location: asset.Location{Site: site, Unit: unit}}}
		}
		talk := func(site, from, to string, at time.Time) traffic.Conversation {
			c := traffic.Conversation{Site: site, Transport: "tcp", Minute: at, Client: netip.MustParseAddr(from), Server: netip.MustParseAddr(to), Port: 2575, Packets: 3, BytesUp: 300}
			return c
		}
		_, err := db.ApplyAssets(ctx, "t", asset.Delta{
			Devices:       []asset.Kept{device("dev_1", "north", "ICU", "10.0.0.1"), device("dev_2", "north", "ED", "10.0.0.2"), device("dev_3", "south", "ICU", "10.1.0.1")},
			Conversations: []traffic.Conversation{talk("north", "10.0.0.1", "10.0.0.2", now), talk("south", "10.1.0.1", "10.0.0.2", now.Add(-48*time.Hour))},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			in            bedrail.Scope
			since         time.Duration
			places, flows int
		}{
			"everything":  {bedrail.Scope{Tenant: "t"}, 30 * 24 * time.Hour, 3, 2},
			"of one day":  {bedrail.Scope{Tenant: "t"}, 24 * time.Hour, 3, 1},
			"of one site": {bedrail.Scope{Tenant: "t", Sites: []string{"south"}}, 30 * 24 * time.Hour, 1, 1},
			"of one unit": {bedrail.Scope{Tenant: "t", Units: []string{"ED"}}, 30 * 24 * time.Hour, 1, 2},
			"of nobody":   {bedrail.Scope{Tenant: "u"}, 30 * 24 * time.Hour, 0, 0},
		} {
			places, err := db.MapPlaces(ctx, c.in)
			if err != nil || len(places) != c.places {
				t.Errorf("%s: %+v, %v", name, places, err)
			}
			for _, p := range places {
				if len(p.Addresses) != 1 {
					t.Errorf("%s: %+v has no address", name, p)
				}
			}
			flows, more, err := db.MapFlows(ctx, c.in, now.Add(-c.since), 10)
			if err != nil || more || len(flows) != c.flows {
				t.Errorf("%s: %+v, %v", name, flows, err)
			}
		}
		if flows, more, err := db.MapFlows(ctx, bedrail.Scope{Tenant: "t"}, now.AddDate(0, 0, -30), 1); err != nil || !more || len(flows) != 1 || flows[0].Packets != 3 {
			t.Errorf("at most one: %+v %v %v", flows, more, err)
		}
	})
}
