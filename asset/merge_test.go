package asset_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"bedrail"
	"bedrail/asset"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

// Two pumps, each with a serial number of its own.
func twoPumps() traffic.Batch {
	pump := func(mac, ip, name, serial string) traffic.Observation {
		return seen(mac, ip, "hl7.equipment", 0.95, "manufacturer", "HOSPIRA", "model", "Plum A+", "class", "infusion-pump", "hostname", name, "serialNumber", serial)
	}
	return traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{
		pump(pumpMAC, "10.1.0.5", "pump-a", "77120"), pump(monitorMAC, "10.1.0.6", "pump-b", "88130"),
	}}
}

func TestDevicesWhoseSerialNumbersDifferAreMergedOnlyDespiteThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := registry(db)
		apply(t, r, twoPumps(), 1)
		pumps := func(r *asset.Registry) []asset.Summary { return list(t, r, `model:"Plum A+"`) }
		items := pumps(r)
		if len(items) != 2 {
			t.Fatalf("there are %d pumps", len(items))
		}
		both := asset.Merging{Devices: []string{items[0].ID, items[1].ID}, Reason: "a new main board"}

		_, err := r.Merge(ctx, nurse, both)
		if bedrail.KindOf(err) != bedrail.Conflict || !strings.Contains(err.Error(), "77120") || !strings.Contains(err.Error(), "88130") || !strings.Contains(err.Error(), "Correct the one") {
			t.Fatalf("the merge says %v", err)
		}
		if links, err := r.Links(ctx, nurse, items[0].ID); err != nil || len(links) != 0 || len(pumps(r)) != 2 {
			t.Errorf("what was refused left %+v, %v", links, err)
		}
		both.Despite, both.Reason = true, " "
		if _, err := r.Merge(ctx, nurse, both); bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("without a reason it says %v", err)
		}

		both.Reason = "a new main board"
		whole, err := r.Merge(ctx, nurse, both)
		if err != nil || len(whole.MACs) != 2 || whole.SerialNumber.Status != asset.Conflict {
			t.Fatalf("got %v with %+v, %v", whole.MACs, whole.SerialNumber, err)
		}
		events, err := r.Timeline(ctx, nurse, whole.ID)
		if err != nil || !slices.ContainsFunc(events, func(e asset.Event) bool { return e.Code == "merged.despite" && e.By == "kim" }) {
			t.Errorf("the timeline says %+v, %v", events, err)
		}
		// A line of a list that bears one of the numbers is a part of it, and
		// all of it outlives the memory.
		line := seen("", "", "cmms", 0.8, "manufacturer", "HOSPIRA", "model", "Plum A+", "serialNumber", "88130", "assetTag", "BME-9")
		fresh := registry(db)
		apply(t, fresh, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{line}}, 2)
		if left := pumps(fresh); len(left) != 1 || left[0].AssetTag != "BME-9" {
			t.Errorf("after a restart there are %d: %+v", len(left), left)
		}
		links, err := fresh.Links(ctx, nurse, whole.ID)
		if err != nil || len(links) != 1 || !links[0].Despite {
			t.Fatalf("got %+v, %v", links, err)
		}
		if _, err := fresh.Split(ctx, nurse, whole.ID, asset.Parting{Undo: links[0].ID}); err != nil || len(pumps(fresh)) != 2 {
			t.Errorf("taken back there are %d, %v", len(pumps(fresh)), err)
		}
	})
}

// A correction takes the contradiction away: then the merge needs no more.
func TestACorrectedSerialNumberLetsAMergeBe(t *testing.T) {
	ctx := context.Background()
	r := registry(storetest.New(t))
	apply(t, r, twoPumps(), 1)
	items := list(t, r, `model:"Plum A+"`)
	d, err := r.Device(ctx, nurse, items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Patch(ctx, nurse, items[1].ID, 0, asset.Patch{Corrections: map[traffic.Attribute]string{traffic.SerialNumber: d.SerialNumber.Value}}); err != nil {
		t.Fatal(err)
	}
	if left := list(t, r, `model:"Plum A+"`); len(left) != 1 {
		t.Fatalf("one serial number, but %d devices", len(left))
	}
}
