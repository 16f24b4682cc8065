package asset_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

func TestManyDevicesAreChangedAndChangedBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := registry(db)
		b := traffic.Batch{Site: "north", Sensor: "s1"}
		for i := range 1200 { // more than two pieces
			o := seen(fmt.Sprintf("00:03:b1:00:%02x:%02x", i>>8, i&255), fmt.Sprintf("10.0.%d.%d", i>>8, i&255), "hl7.equipment", 0.95,
				"manufacturer", "Hospira", "model", "Plum A+", "serialNumber", fmt.Sprintf("SN%07d", i), "class", "infusion-pump", "location", fmt.Sprintf("unit U%d", i%3))
			o.Time = monday
			b.Observations = append(b.Observations, o)
		}
		if err := r.Apply(ctx, nurse, b, asset.Position{}); err != nil {
			t.Fatal(err)
		}
		count := func(filter string, want int) {
			t.Helper()
			f, err := query.Parse(filter)
			if err != nil {
				t.Fatal(err)
			}
			page, err := r.Devices(ctx, nurse, query.Request{Filter: f})
			if err != nil || page.Total != want {
				t.Errorf("%s: %d devices, want %d, %v", filter, page.Total, want, err)
			}
		}
		all := asset.Selection{Filter: query.Filter{{Field: "class", Op: query.Has, Values: []string{"infusion-pump"}}}}
		one, err := r.Devices(ctx, nurse, query.Request{Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		tags := []string{"recall-17"}
		if _, err := r.Patch(ctx, nurse, one.Items[0].ID, 0, asset.Patch{Tags: &tags}); err != nil {
			t.Fatal(err)
		}

		change := asset.BulkChange{AddTags: []string{"recall-17"}, Location: nil}
		report, err := r.Bulk(ctx, nurse, all, change, true, nil)
		if err != nil || report.Matching != 1200 || report.Changing != 1199 || report.Same != 1 || report.ID != "" {
			t.Fatalf("a dry run says %+v, %v", report, err)
		}
		count("tag:recall-17", 1)
		var steps []int
		report, err = r.Bulk(ctx, nurse, all, change, false, func(done, _ int) { steps = append(steps, done) })
		if err != nil || report.Changing != 1199 || !slices.Equal(steps, []int{500, 1000, 1199}) {
			t.Fatalf("%+v after %v, %v", report, steps, err)
		}
		count("tag:recall-17", 1200)

		// Whoever names a unit alone does not take the devices out of their site.
		some := asset.Selection{IDs: []string{one.Items[1].ID}}
		if _, err := r.Bulk(ctx, nurse, some, asset.BulkChange{Location: &traffic.Spot{Unit: "ICU"}}, false, nil); err != nil {
			t.Fatal(err)
		}
		before := one.Items[1].Location.Site
		if d, err := r.Device(ctx, nurse, one.Items[1].ID); err != nil || before == "" || d.Location.Site != before || d.Location.Unit != "ICU" {
			t.Errorf("a device of %q moved into a unit stands in %+v, %v", before, d.Location, err)
		}

		// From a device's own history it is taken back for that one alone.
		parts, err := registry(db).BulksOf(ctx, nurse, one.Items[2].ID)
		if err != nil || len(parts) != 1 || parts[0].ID != report.ID || !parts[0].Stands || !slices.Equal(parts[0].Before.After.Tags, []string{"recall-17"}) {
			t.Fatalf("the history of one: %+v, %v", parts, err)
		}
		if none, err := registry(db).BulksOf(ctx, nurse, one.Items[0].ID); err != nil || len(none) != 0 {
			t.Errorf("the one that had the tag before was changed: %+v, %v", none, err)
		}
		alone, err := registry(db).UndoBulkOf(ctx, nurse, report.ID, one.Items[2].ID)
		if err != nil || alone.Changing != 1 || len(alone.Refused) != 0 {
			t.Fatalf("taken back for one: %+v, %v", alone, err)
		}
		count("tag:recall-17", 1199)
		if parts, err := registry(db).BulksOf(ctx, nurse, one.Items[2].ID); err != nil || parts[0].Stands {
			t.Errorf("it still stands: %+v, %v", parts, err)
		}
		if _, err := registry(db).UndoBulkOf(ctx, nurse, report.ID, one.Items[0].ID); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("taking back what was not done: %v", err)
		}

		// Somebody speaks of one of them again: the undo leaves that one alone.
		mine := []string{"recall-17", "mine"}
		if _, err := r.Patch(ctx, nurse, one.Items[1].ID, 0, asset.Patch{Tags: &mine}); err != nil {
			t.Fatal(err)
		}
		back, err := registry(db).UndoBulk(ctx, nurse, report.ID, nil)
		if err != nil || back.Matching != 1199 || back.Changing != 1197 || back.Same != 1 || len(back.Refused) != 1 || back.Refused[0].Devices != 1 {
			t.Fatalf("taken back: %+v, %v", back, err)
		}
		count("tag:recall-17", 2)

		moved, err := registry(db).Bulk(ctx, nurse, asset.Selection{IDs: []string{one.Items[2].ID}}, asset.BulkChange{Location: &traffic.Spot{Unit: "Store"}}, false, nil)
		if err != nil || moved.Changing != 1 {
			t.Fatalf("%+v, %v", moved, err)
		}
		count("unit:Store", 1)
		if _, err := registry(db).UndoBulk(ctx, nurse, moved.ID, nil); err != nil {
			t.Fatal(err)
		}
		count("unit:Store", 0)
		if _, err := registry(db).UndoBulk(ctx, nurse, "blk_none", nil); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("undoing nothing: %v", err)
		}
		if _, err := registry(db).Bulk(ctx, nurse, all, asset.BulkChange{}, true, nil); bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("changing nothing: %v", err)
		}
	})
}
