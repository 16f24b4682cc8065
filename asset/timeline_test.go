package asset_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

// What happened to a device stands in the order of time, newest first, each
// thing at the time when it happened: what was heard when the wire said it,
// though a file tells of it days later and from another time zone; what a
// person or a list said when they said it, though nothing was heard since.
func TestTheTimelineDatesEachThing(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		ctx := context.Background()
		clock := monday.Add(time.Hour)
		c.Clock = func() time.Time { return clock }
		r := registry(storetest.Open(t, c))
		r.Clock = c.Clock
		day := 24 * time.Hour
		seq := uint64(0)
		hear := func(after time.Duration, pairs ...string) {
			t.Helper()
			o := seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, pairs...)
			o.Time = monday.Add(after).In(time.FixedZone("two hours east", 2*3600))
			seq++
			apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{o}}, seq)
		}
		hear(0, "model", "Plum A+", "serialNumber", "77120", "class", "infusion-pump", "softwareVersion", "13.4")
		pump := one(t, r, "class:infusion-pump")

		clock = monday.Add(2 * day)
		hear(day, "manufacturer", "HOSPIRA", "softwareVersion", "13.6") // a file of yesterday, at 10:00 in its zone
		clock = monday.Add(3 * day)
		if _, err := r.ImportInventory(ctx, nurse, asset.Inventory{Rows: []asset.InventoryRow{{Line: 2, AssetTag: "CE-7", Model: "Plum A+", SerialNumber: "77120", Unit: "ICU", Bed: "4"}}}, asset.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		clock = monday.Add(4 * day)
		if _, err := r.Patch(ctx, nurse, pump.ID, 0, asset.Patch{Tags: &[]string{"loaner"}, Corrections: map[traffic.Attribute]string{traffic.Model: "Plum 360"}}); err != nil {
			t.Fatal(err)
		}
		hear(9*day, "model", "Plum A+", "softwareVersion", "13.6") // silent for eight days before
		clock = monday.Add(60 * day)

		if d := one(t, r, "class:infusion-pump"); d.AssetTag != "CE-7" || d.Location.Bed != "4" || d.Model.Value != "Plum 360" {
			t.Errorf("corrected, it lost what the list says of it: %+v", d)
		}
		got := timeline(t, r, pump.ID)
		want := []string{
			"04-10 08:00 state gone",
			"03-14 08:00 state quiet",
			"03-11 08:00 state back",
			"03-06 08:00 conflict conflict", // the wire says otherwise
			"03-06 08:00 corrected corrected kim",
			"03-06 08:00 tagged tags kim",
			"03-05 08:00 moved moved",
			"03-03 08:00 software software",
			"03-02 08:00 identified identified", // its maker by its hardware address
			"03-02 08:00 seen seen",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
	})
}

func timeline(t *testing.T, r *asset.Registry, id string) []string {
	t.Helper()
	events, err := r.Timeline(context.Background(), nurse, id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, e := range events {
		if i > 0 && e.At.After(events[i-1].At) {
			t.Errorf("%s stands below what came before it", e.Text)
		}
		line := e.At.UTC().Format("01-02 15:04") + " " + e.Kind + " " + e.Code
		if e.By != "" {
			line += " " + e.By
		}
		out = append(out, line)
	}
	return out
}
