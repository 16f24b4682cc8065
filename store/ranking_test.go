package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

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

func TestAListIsMadeOnceForAllWhoAsk(t *testing.T) {
	var r rankings
	ctx := t.Context()
	began, goOn := make(chan struct{}), make(chan struct{})
	made := 0
	create := func() (ranking, error) {
		if made++; made == 1 {
			close(began)
			<-goOn
		}
		return ranking{total: made}, nil
	}
	results := make(chan int, 3)
	ask := func() {
		one, err := r.get(ctx, "k", 1, time.Minute, false, create)
		if err != nil {
			t.Error(err)
		}
		results <- one.total
	}
	go ask()
	<-began
	go ask()
	go ask()
	close(goOn)
	for range 3 {
		if n := <-results; n != 1 {
			t.Errorf("the list was made %d times", n)
		}
	}
	// One that could not be made is tried by the next; whoever gives up waiting ends.
	if _, err := r.get(ctx, "bad", 1, time.Minute, false, func() (ranking, error) { return ranking{}, errors.New("no") }); err == nil {
		t.Error("a failure was kept")
	}
	if one, err := r.get(ctx, "bad", 1, time.Minute, false, func() (ranking, error) { return ranking{total: 7}, nil }); err != nil || one.total != 7 {
		t.Errorf("after a failure: %d, %v", one.total, err)
	}
	if made, mine := r.claim("slow"); !mine || made == nil {
		t.Fatal("nobody makes it, and yet")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.get(gone, "slow", 1, time.Minute, false, create); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting ended with %v", err)
	}
	// Another version, or age, is made anew for a first page and serves a later one.
	for _, x := range []struct {
		version uint64
		age     time.Duration
		later   bool
		want    int
	}{{1, time.Minute, false, 1}, {2, time.Minute, true, 1}, {1, 0, true, 1}, {2, time.Minute, false, 2}} {
		if one, err := r.get(ctx, "k", x.version, x.age, x.later, create); err != nil || one.total != x.want {
			t.Errorf("%+v: %d, %v", x, one.total, err)
		}
	}
}

// Where nobody else writes, words are found in the order that is known, and
// devices that are only heard again leave it as it is.
func TestWordsAreFoundInTheKnownOrder(t *testing.T) {
	ctx := t.Context()
	db, err := Open(ctx, Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Sole: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	known := func(v string) asset.Value {
		return asset.Value{Value: v, Status: asset.Confirmed, Evidence: []asset.Evidence{{Source: "hl7", Value: v}}}
	}
	device := func(i int, rev int64, model, unit string) asset.Kept {
		return asset.Kept{Device: asset.Device{ID: fmt.Sprintf("dev_%02d", i), Version: rev, Model: known(model), SerialNumber: known(fmt.Sprintf("S%02d", (i*7)%30)),
			Location: asset.Location{Site: "north", Unit: unit}, LastSeen: time.Unix(rev, 0)}}
	}
	save := func(d asset.Delta) {
		t.Helper()
		if _, err := db.ApplyAssets(ctx, "t", d, nil); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(in bedrail.Scope, filter string, offset int) (string, int) {
		t.Helper()
		f, err := query.Parse(filter)
		if err != nil {
			t.Fatal(err)
		}
		page, err := db.Devices(ctx, in, query.Request{Filter: f, Offset: offset, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, d := range page.Items {
			ids = append(ids, d.ID)
		}
		return strings.Join(ids, " "), page.Total
	}
	var all []asset.Kept
	for i := range 30 {
		all = append(all, device(i, 1, []string{"Plum", "Space"}[i%2], []string{"ICU", "ED", "OR"}[i%3]))
	}
	save(asset.Delta{Devices: all})
	everywhere, narrow := bedrail.Scope{Tenant: "t"}, bedrail.Scope{Tenant: "t", Units: []string{"ED"}}
	questions := []string{"plum", "space north", "plum,space", "s0", "nothing", "plum -s0", "plum unit:ICU", "s"}
	compare := func(when string) {
		t.Helper()
		for _, in := range []bedrail.Scope{everywhere, narrow} {
			for _, q := range questions {
				db.rankings = rankings{}
				want, n := ask(in, q, 0) // by the rows
				db.rankings = rankings{}
				ask(in, "", 1) // makes the whole order
				if got, m := ask(in, q, 0); got != want || m != n {
					t.Errorf("%s: %q finds %s (%d), by the rows %s (%d)", when, q, got, m, want, n)
				}
			}
		}
	}
	compare("at first")
	if len(db.rankings.held) == 0 {
		t.Fatal("nothing is held")
	}

	key := rankKey(everywhere, "", "namefalse")
	stands := func() bool {
		db.rankings.mu.Lock()
		defer db.rankings.mu.Unlock()
		one, ok := db.rankings.held[key]
		return ok && one.version == db.placedAt.Load() && one.places != nil
	}
	ask(everywhere, "", 1)
	if !stands() {
		t.Fatal("the whole order is not held")
	}
	save(asset.Delta{Devices: []asset.Kept{device(3, 2, "Space", "ICU"), device(4, 2, "Plum", "ED")}})
	if !stands() {
		t.Error("devices that were heard again made the order out of date")
	}
	for _, x := range []struct {
		what string
		d    asset.Delta
	}{
		{"a name", asset.Delta{Devices: []asset.Kept{device(3, 3, "Agilia", "ICU")}}},
		{"a unit", asset.Delta{Devices: []asset.Kept{device(5, 2, "Space", "ED")}}},
		{"a new one", asset.Delta{Devices: []asset.Kept{device(40, 1, "Plum", "ED")}}},
		{"one that left", asset.Delta{Gone: []string{"dev_07"}}},
	} {
		ask(everywhere, "", 1)
		save(x.d)
		if stands() {
			t.Errorf("%s left the order as it was", x.what)
		}
		ask(everywhere, "", 0)
		ask(everywhere, "", 1)
		if !stands() {
			t.Errorf("after %s the order was not made anew", x.what)
		}
		compare("after " + x.what)
	}
}

func TestTheOrderIsMadeAheadOfTheFirstLeap(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		var all []asset.Kept
		for i := range longList + 1 {
			all = append(all, asset.Kept{Device: asset.Device{ID: fmt.Sprintf("dev_%04d", i), Version: 1, Location: asset.Location{Site: "north"}}})
		}
		if _, err := db.ApplyAssets(t.Context(), "t", asset.Delta{Devices: all}, nil); err != nil {
			t.Fatal(err)
		}
		in := bedrail.Scope{Tenant: "t"}
		for sort, key := range map[string]string{"": "namefalse", "-last_seen": "last_seentrue"} {
			if _, err := db.Devices(t.Context(), in, query.Request{Sort: query.ParseSort(sort), Limit: 1}); err != nil {
				t.Fatal(err)
			}
			db.ahead.Wait()
			if one := db.rankings.held[rankKey(in, "", key)]; len(one.ids) != len(all) {
				t.Errorf("by %q %d of %d are ranked", sort, len(one.ids), len(all))
			}
		}
	})
}

func TestWordsHaveTheWholeOrderMadeForTheNext(t *testing.T) {
	db, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Sole: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	var all []asset.Kept
	for i := range longList + 20 {
		all = append(all, asset.Kept{Device: asset.Device{ID: fmt.Sprintf("dev_%04d", i), Version: 1, AssetTag: fmt.Sprint("plum", i%2), Location: asset.Location{Site: "north"}}})
	}
	if _, err := db.ApplyAssets(t.Context(), "t", asset.Delta{Devices: all}, nil); err != nil {
		t.Fatal(err)
	}
	in := bedrail.Scope{Tenant: "t"}
	words, err := query.Parse("plum")
	if err != nil {
		t.Fatal(err)
	}
	ask := func() query.Page[asset.Summary] {
		page, err := db.Devices(t.Context(), in, query.Request{Filter: words, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		db.ahead.Wait()
		return page
	}
	first := ask()
	whole := db.rankings.held[rankKey(in, "", "namefalse")]
	if first.Total != len(all) || len(whole.ids) != len(all) || whole.places == nil {
		t.Fatalf("%d found, %d ranked", first.Total, len(whole.ids))
	}
	delete(db.rankings.held, rankKey(in, "plum", "namefalse"))
	if again := ask(); !reflect.DeepEqual(again, first) {
		t.Errorf("found in the order %+v, by the rows %+v", again, first)
	}
}

// Whoever makes an order has its reader already: else all readers could wait
// for one that finds none free.
func TestAnOrderMadeAheadNeverWaitsForThoseWhoWaitForIt(t *testing.T) {
	db, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Sole: true, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	var all []asset.Kept
	for i := range longList + 1 {
		all = append(all, asset.Kept{Device: asset.Device{ID: fmt.Sprintf("dev_%04d", i), Version: 1, Location: asset.Location{Site: "north"}}})
	}
	if _, err := db.ApplyAssets(t.Context(), "t", asset.Delta{Devices: all}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var asking sync.WaitGroup
	for range 20 {
		db.rankings.outdate(rankKey(bedrail.Scope{Tenant: "t"}, "", "namefalse"), 0, 0, time.Now().Add(time.Hour))
		for _, offset := range []int{0, 900, 0, 500} {
			asking.Go(func() {
				if _, err := db.Devices(ctx, bedrail.Scope{Tenant: "t"}, query.Request{Offset: offset, Limit: 2}); err != nil {
					t.Error(err)
				}
			})
		}
		asking.Wait()
	}
}
