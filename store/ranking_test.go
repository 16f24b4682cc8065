package store

import (
	"context"
	"fmt"
	"testing"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
)

func TestALongListKeepsItsOrderWhileItIsScrolled(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		in := bedrail.Scope{Tenant: "t"}
		device := func(i int, unit, version string) asset.Kept {
			known := func(v string) asset.Value {
				return asset.Value{Value: v, Status: asset.Confirmed, Evidence: []asset.Evidence{{Source: "hl7", Value: v}}}
			}
			return asset.Kept{Device: asset.Device{ID: fmt.Sprintf("dev_%02d", i), Version: 1, Model: known("Plum"), SoftwareVersion: known(version), Location: asset.Location{Site: "north", Unit: unit}}}
		}
		var all []asset.Kept
		for i := range 40 {
			all = append(all, device(i, []string{"ICU", "ED"}[i%2], fmt.Sprint(i/10)))
		}
		save := func(d asset.Delta) {
			t.Helper()
			if _, err := db.ApplyAssets(ctx, "t", d, nil); err != nil {
				t.Fatal(err)
			}
		}
		ask := func(in bedrail.Scope, filter, sort string, offset, limit int, cursor string) query.Page[asset.Summary] {
			t.Helper()
			f, err := query.Parse(filter)
			if err != nil {
				t.Fatal(err)
			}
			page, err := db.Devices(ctx, in, query.Request{Filter: f, Sort: query.ParseSort(sort), Offset: offset, Limit: limit, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			return page
		}
		ids := func(p query.Page[asset.Summary]) (out []string) {
			for _, d := range p.Items {
				out = append(out, d.ID)
			}
			return out
		}
		save(asset.Delta{Devices: all})
		for _, sort := range []string{"", "-version", "-version,unit", "-last_seen"} {
			for _, filter := range []string{"", "plum", "unit:ICU", "plum -unit:ED version:1,2"} {
				whole := ask(in, filter, sort, 0, 100, "")
				if whole.Total != len(whole.Items) || whole.Next != "" || whole.Total == 0 {
					t.Fatalf("%q by %q: %d of %d, next %q", filter, sort, len(whole.Items), whole.Total, whole.Next)
				}
				var paged []string
				for cursor := ""; ; {
					p := ask(in, filter, sort, 0, 3, cursor)
					paged = append(paged, ids(p)...)
					if cursor = p.Next; cursor == "" {
						break
					}
				}
				if got, want := fmt.Sprint(paged), fmt.Sprint(ids(whole)); got != want {
					t.Errorf("%q by %q: page by page %s, at once %s", filter, sort, got, want)
				}
				if got, want := fmt.Sprint(ids(ask(in, filter, sort, 2, 4, ""))), fmt.Sprint(ids(whole)[2:min(6, whole.Total)]); got != want {
					t.Errorf("%q by %q: from the third %s, want %s", filter, sort, got, want)
				}
			}
		}
		if got := ask(in, "plum", "", 0, 1, "").Items[0]; got.Model.Value != "Plum" || got.SoftwareVersion.Status != asset.Confirmed {
			t.Errorf("without its evidence a value reads %+v", got)
		}

		// A device leaves while somebody scrolls: the others stay in place.
		save(asset.Delta{Gone: []string{"dev_00"}, Devices: []asset.Kept{device(41, "ICU", "0")}})
		if got := fmt.Sprint(ids(ask(in, "unit:ICU", "", 2, 2, ""))); got != "[dev_04 dev_06]" {
			t.Errorf("while scrolling, the third and fourth became %s", got)
		}
		if p := ask(in, "unit:ICU", "", 0, 2, ""); fmt.Sprint(ids(p)) != "[dev_02 dev_04]" || p.Total != 20 {
			t.Errorf("asked anew: %s of %d", ids(p), p.Total)
		}
		// So does their number, until the first page is asked anew: also of the
		// whole list in the order of an index.
		third := fmt.Sprint(ids(ask(in, "", "", 2, 1, "")))
		save(asset.Delta{Devices: []asset.Kept{device(42, "ED", "0")}, Gone: []string{"dev_01"}})
		if p := ask(in, "", "", 2, 1, ""); p.Total != 40 || fmt.Sprint(ids(p)) != third {
			t.Errorf("while scrolling, the third of 40 %s became %s of %d", third, ids(p), p.Total)
		}
		save(asset.Delta{Devices: []asset.Kept{device(43, "ED", "0")}})
		if p := ask(in, "", "", 0, 2, ""); p.Total != 41 {
			t.Errorf("asked anew: %d devices, want 41", p.Total)
		}
		if p := ask(in, "", "", 2, 1, ""); p.Total != 41 || fmt.Sprint(ids(p)) == third {
			t.Errorf("below the first page that was asked anew: %s of %d", ids(p), p.Total)
		}
		save(asset.Delta{Gone: []string{"dev_43"}, Devices: []asset.Kept{device(1, "ED", "0")}})
		save(asset.Delta{Gone: []string{"dev_42"}})
		// What is remembered for one is not shown to another.
		narrow := bedrail.Scope{Tenant: "t", Units: []string{"ED"}}
		if p := ask(narrow, "plum", "", 0, 100, ""); p.Total != 20 {
			t.Errorf("somebody of the ED sees %d", p.Total)
		}
		if p := ask(narrow, "", "", 0, 100, ""); p.Total != 20 {
			t.Errorf("somebody of the ED counts %d", p.Total)
		}
	})
}

func TestRankingsStayWithinTheirBound(t *testing.T) {
	var r rankings
	for i := range 20 {
		r.keep(fmt.Sprint(i), ranking{ids: make([]string, 100_000)})
	}
	if len(r.held) != len(r.used) || len(r.held) > 4 || len(r.held) == 0 {
		t.Errorf("%d lists are held, %d known", len(r.held), len(r.used))
	}
	if _, ok := r.held["19"]; !ok {
		t.Error("the last is not held")
	}
}
