package asset_test

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

func TestTheListIsLaidBesideTheNetwork(t *testing.T) {
	r := registry(storetest.New(t))
	now := monday
	r.Clock = func() time.Time { return now }
	line := func(i int, mac string) asset.InventoryRow {
		return asset.InventoryRow{File: "x.csv", Line: i, AssetTag: fmt.Sprint("T-", i), Model: "Plum A+", SerialNumber: fmt.Sprint(1000000 + i*7), MAC: traffic.MAC(mac), Unit: "ICU", Site: "north"}
	}
	b := traffic.Batch{Site: "north", Sensor: "s1"}
	var inv asset.Inventory
	mac := func(i int) string { return fmt.Sprintf("00:03:b1:00:00:%02x", i) }
	for i := range 12 { // 0 to 7 are in both, 8 to 11 on the wire alone
		o := seen(mac(i), netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}).String(), "hl7.equipment", 0.95, "model", "Plum A+", "location", "unit ICU")
		o.Time = monday.Add(-time.Hour)
		b.Observations = append(b.Observations, o)
	}
	for i := range 8 {
		inv.Rows = append(inv.Rows, line(i+1, mac(i)))
	}
	inv.Rows = append(inv.Rows, line(20, ""), line(21, ""))
	if err := r.Apply(context.Background(), nurse, b, asset.Position{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ImportInventory(context.Background(), nurse, inv, asset.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := r.Reconcile(context.Background(), nurse)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Unlisted) != 4 || len(got.Silent) != 2 {
		t.Errorf("%d are not on the list, want 4; %d are silent, want 2", len(got.Unlisted), len(got.Silent))
	}
	c := got.Total
	if c.Wire != 12 || c.List != 10 || c.Both != 8 || c.Known != 14 || math.Abs(c.Estimate-(13.0*11/9-1)) > 1e-9 || c.Low < 14 || c.High <= c.Estimate {
		t.Errorf("the estimate is %+v", c)
	}
	now = monday.AddDate(0, 0, 31)
	if got, err = r.Reconcile(context.Background(), nurse); err != nil || len(got.Silent) != 10 {
		t.Errorf("after a month %d of the list are silent, want 10, %v", len(got.Silent), err)
	}
}

// A network card has a maker of its own; that is no reason to change a list.
func TestTheMakerOfANetworkCardIsNoDisagreement(t *testing.T) {
	says := func(source, value string) asset.Rival {
		return asset.Rival{Value: value, Evidence: []asset.Evidence{{Source: source, Value: value}}}
	}
	device := func(rivals ...asset.Rival) asset.Device {
		return asset.Device{ID: "dev_1", Protocols: []string{"cmms", "http"}, Conflicts: []asset.Disagreement{{Attribute: traffic.Manufacturer, Values: rivals}}}
	}
	for name, c := range map[string]struct {
		device asset.Device
		want   int
	}{
		"the card alone says otherwise":          {device(says("cmms", "Radiometer"), says("oui", "Lantronix")), 0},
		"a message says otherwise":               {device(says("cmms", "Radiometer"), says("hl7.equipment", "Roche")), 1},
		"a message agrees, the card does not":    {device(asset.Rival{Value: "Radiometer", Evidence: []asset.Evidence{{Source: "hl7.equipment"}, {Source: "cmms"}}}, says("oui", "Lantronix")), 0},
		"the list has no part in the difference": {device(says("http.header", "Dell"), says("hl7.equipment", "Roche")), 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := asset.Reconcile([]asset.Device{c.device}, monday).Differs; len(got) != c.want {
				t.Errorf("got %d, want %d", len(got), c.want)
			}
		})
	}
}
