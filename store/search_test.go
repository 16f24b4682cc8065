package store

import (
	"context"
	"net/netip"
	"testing"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/traffic"
)

func TestDevicesAreFoundByTheBeginningsOfTheirWords(t *testing.T) {
	known := func(v string) asset.Value { return asset.Value{Value: v, Status: asset.Confirmed} }
	pump := asset.Device{ID: "dev_1", Version: 1, Model: known("Plum A+"), Manufacturer: known("ICU Medical"), SerialNumber: known("SN-0070123"), Hostnames: []string{"pump-12.icu.example"},
		MACs: []traffic.MAC{"00:03:b1:0a:0b:0c"}, Addresses: []netip.Addr{netip.MustParseAddr("10.1.1.7")}, Location: asset.Location{Unit: "Intensivstation Süd"}}
	bed := asset.Device{ID: "dev_2", Version: 1, Model: known("Centrella"), Addresses: []netip.Addr{netip.MustParseAddr("10.11.7.1")}}
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		in := bedrail.Scope{Tenant: "t"}
		if _, err := db.ApplyAssets(ctx, "t", asset.Delta{Devices: []asset.Kept{{Device: pump}, {Device: bed}}}, nil); err != nil {
			t.Fatal(err)
		}
		for filter, want := range map[string]int{
			"plum": 1, "PLU": 1, "lum": 0, "icu plum": 1, "plum centrella": 0, "-plum": 1,
			"sn-0070": 1, "sn0070": 1, "0070123": 1, "pump-12": 1, "pump12": 1, "süd": 1,
			"10.1.1": 1, "10.1": 2, "10.11": 1, "10": 2, `"00:03:b1:0a"`: 1, "0003B1": 1, "00-03-b1": 1, `"0003b1ff"`: 0, `"***"`: 0, "plum unit:Nowhere": 0,
		} {
			f, err := query.Parse(filter)
			if err != nil {
				t.Fatalf("%s: %v", filter, err)
			}
			page, err := db.Devices(ctx, in, query.Request{Filter: f})
			if err != nil || page.Total != want || len(page.Items) != want {
				t.Errorf("%s: %d devices, want %d, %v", filter, page.Total, want, err)
			}
			if _, err := db.DeviceFacets(ctx, in, []string{"class", "tag"}, f); err != nil {
				t.Errorf("counting %s: %v", filter, err)
			}
		}
		pump.Model, pump.Version = known("Plum 360"), 2
		if _, err := db.ApplyAssets(ctx, "t", asset.Delta{Devices: []asset.Kept{{Device: pump}}, Gone: []string{"dev_2"}}, nil); err != nil {
			t.Fatal(err)
		}
		for filter, want := range map[string]int{"360": 1, "a": 0, "centrella": 0} {
			f, _ := query.Parse(filter)
			if page, err := db.Devices(ctx, in, query.Request{Filter: f}); err != nil || page.Total != want {
				t.Errorf("after a change %s finds %d, want %d, %v", filter, page.Total, want, err)
			}
		}
	})
}
