package store_test

import (
	"context"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/knowledge"
	"bedrail/store"
)

// TestThePastOfDevicesIsKeptAsLongAsIsSaid: what a device was goes by age, the
// answer says since when it is kept, and the record says that it went.
func TestThePastOfDevicesIsKeptAsLongAsIsSaid(t *testing.T) {
	eachWithClock(t, func(t *testing.T, db *store.DB, clock *hand) {
		ctx := context.Background()
		clock.at = time.Now() // the past is dated by the database
		began := clock.at
		d := asset.Device{ID: "dev_1", FirstSeen: began.Add(-time.Hour), Tags: []string{}, Location: asset.Location{Site: "Main", Unit: "ICU"}}
		save := func() {
			t.Helper()
			if _, err := db.ApplyAssets(ctx, house.Tenant, asset.Delta{Devices: []asset.Kept{{Device: d}}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		save()
		d.Location.Unit = "ED"
		save()
		past := func(at time.Time) (units []string, since time.Time) {
			t.Helper()
			since, err := db.DevicesAsOf(ctx, house, at, func(d knowledge.DeviceThen) error { units = append(units, d.Unit); return nil })
			if err != nil {
				t.Fatal(err)
			}
			return units, since
		}
		if units, _ := past(began); len(units) != 1 || units[0] != "ICU" {
			t.Fatalf("then it stood in %q, want the ICU", units)
		}
		keep := store.Retention{DevicePast: 30 * 24 * time.Hour}
		by := bedrail.SystemActor("retention", "")
		clock.at = began.Add(29 * 24 * time.Hour)
		if gone, err := db.Sweep(ctx, house, keep, by); err != nil || len(gone) != 0 {
			t.Fatalf("what is young went: %v, %v", gone, err)
		}
		clock.at = began.Add(31 * 24 * time.Hour)
		gone, err := db.Sweep(ctx, house, keep, by)
		if err != nil || gone["device_past"] != 1 {
			t.Fatalf("what is old stayed: %v, %v", gone, err)
		}
		units, since := past(began)
		if want := clock.at.Add(-keep.DevicePast); len(units) != 0 || since.Sub(want).Abs() > time.Second {
			t.Errorf("got %q, kept since %v, want nothing, kept since %v", units, since, want)
		}
	})
}
