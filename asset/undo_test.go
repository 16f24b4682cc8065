package asset_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/store"
	"bedrail/traffic"
)

// A cloudFeed is a feed that is taken in as the server does it.
func cloudFeed(t *testing.T, r *asset.Registry, seq uint64, lines ...string) asset.ImportRecord {
	t.Helper()
	ctx := t.Context()
	record, err := r.BeginFeed(ctx, nurse, "cloud.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var told []traffic.Observation
	feed, err := asset.ReadCloud("cloud.ndjson", strings.NewReader(strings.Join(lines, "\n")), asset.CloudOrigin{}, r.Clock.Now(), func(o traffic.Observation) {
		o.Import = record.ID
		told = append(told, o)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Weigh(ctx, nurse, told, &record); err != nil {
		t.Fatal(err)
	}
	apply(t, r, traffic.Batch{Site: "north", Observations: told}, seq)
	if _, err := r.EndFeed(ctx, nurse, record, feed.Reported); err != nil {
		t.Fatal(err)
	}
	return record
}

// worn is a device of a feed, heard at an hour, with its patient where one is
// given.
func worn(serial, hour, patient string) string {
	text := `{"resourceType":"Device","manufacturer":"ResMed","modelNumber":"Astral 150","serialNumber":"` + serial + `","meta":{"lastUpdated":"2026-03-02T` + hour + `:00:00Z"}`
	if patient != "" {
		text += `,"patient":{"identifier":{"value":"` + patient + `"}}`
	}
	return text + "}"
}

func serials(t *testing.T, r *asset.Registry) string {
	t.Helper()
	var out []string
	for _, s := range list(t, r, "") {
		out = append(out, s.SerialNumber.Value)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestAFeedIsTakenBackWithWhatOnlyItSpokeOf(t *testing.T) { sealing(t, feedsTakenBack) }

func feedsTakenBack(t *testing.T, db *store.DB, clock *time.Time) {
	r := registry(db)
	r.Clock = func() time.Time { return *clock }
	seen := seen("00:03:b1:00:00:07", "10.0.0.7", "hl7.obx", 0.95, "manufacturer", "ResMed", "model", "Astral 150", "serialNumber", "AST0003")
	apply(t, r, traffic.Batch{Site: "north", Observations: []traffic.Observation{seen}}, 1)

	first := cloudFeed(t, r, 2, worn("AST0001", "06", ""), worn("AST0002", "06", ""), worn("AST0003", "06", ""))
	if first.Rows != 3 || first.New != 2 || first.Exact != 1 {
		t.Errorf("the feed is %+v", first)
	}
	*clock = clock.Add(time.Hour)
	second := cloudFeed(t, r, 3, worn("AST0002", "09", ""), worn("AST0004", "09", ""))
	if got := serials(t, r); got != "AST0001 AST0002 AST0003 AST0004" {
		t.Fatalf("after two feeds there are %s", got)
	}
	undo := func(id, want string, gone, stay int) {
		t.Helper()
		fresh := registry(db) // what is undone was read from the store
		fresh.Clock = r.Clock
		done, err := fresh.UndoImport(t.Context(), nurse, id)
		if err != nil || done.Gone != gone || done.Stay != stay {
			t.Errorf("got %+v, error %v; want %d gone, %d staying", done, err, gone, stay)
		}
		r = fresh
		if got := serials(t, r); got != want {
			t.Errorf("there are %s, want %s", got, want)
		}
		_, err = r.UndoImport(t.Context(), nurse, id)
		if bedrail.KindOf(err) != bedrail.Conflict || bedrail.ReasonOf(err) != "undone" {
			t.Errorf("undone twice: %v", err)
		}
	}
	undo(second.ID, "AST0001 AST0002 AST0003", 1, 1)
	if d := one(t, r, "serial:AST0002"); !d.Reports[0].At.Equal(monday.Add(-2*time.Hour)) || !d.Rhythm.Heard.Equal(monday.Add(-2*time.Hour)) {
		t.Errorf("what the second feed said of the time stayed: %+v heard %s", d.Reports, d.Rhythm.Heard)
	}
	undo(first.ID, "AST0003", 2, 1)
	if d := one(t, r, "serial:AST0003"); len(d.Reports) > 0 || slices.Contains(d.Protocols, "cloud") {
		t.Errorf("what the sensor saw still speaks of the cloud: %v %+v", d.Protocols, d.Reports)
	}
	if _, err := r.UndoImport(t.Context(), nurse, "imp_of_nobody"); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("an import that never was: %v", err)
	}
}

func TestAHeldLinkKeepsTheDeviceOfAFeed(t *testing.T) { sealing(t, feedHeld) }

func feedHeld(t *testing.T, db *store.DB, clock *time.Time) {
	r := registry(db)
	r.Clock = func() time.Time { return *clock }
	feed := cloudFeed(t, r, 1, worn("AST0001", "06", "A1"), worn("AST0002", "06", "B2"))
	held := one(t, r, "serial:AST0001")
	if n, err := r.HoldAssociations(t.Context(), nurse, held.ID, true, "a claim is expected"); err != nil || n != 1 {
		t.Fatalf("%d held, %v", n, err)
	}
	done, err := r.UndoImport(t.Context(), nurse, feed.ID)
	if err != nil || done.Gone != 1 || done.Links != 1 || done.Held != 1 || !slices.Equal(done.HeldDevices, []string{held.ID}) {
		t.Errorf("got %+v, error %v", done, err)
	}
	if got := serials(t, r); got != "AST0001" {
		t.Errorf("there are %s, want the one whose link is held", got)
	}
	if all, err := r.Reveal(t.Context(), nurse, held.ID, "a test"); err != nil || len(all) != 1 || string(all[0].Patient) != "A1" || all[0].Until.IsZero() {
		t.Errorf("the held link is %+v, error %v", all, err)
	}
	if _, err := r.UndoImport(t.Context(), nurse, feed.ID); bedrail.ReasonOf(err) != "undone-held" || !strings.Contains(err.Error(), "legal hold") {
		t.Errorf("undone twice: %v", err)
	}
	if _, err := r.HoldAssociations(t.Context(), nurse, held.ID, false, "the claim is settled"); err != nil {
		t.Fatal(err)
	}
	if done, err = r.UndoImport(t.Context(), nurse, feed.ID); err != nil || done.Gone != 1 || done.Held != 0 {
		t.Errorf("let go: got %+v, error %v", done, err)
	}
	if got := serials(t, r); got != "" {
		t.Errorf("let go and undone, there is still %s", got)
	}
	if _, err := r.UndoImport(t.Context(), nurse, feed.ID); bedrail.ReasonOf(err) != "undone" {
		t.Errorf("undone a third time: %v", err)
	}
}

// A list that is taken in every week says the same again: taking one back leaves
// what the other said.
func TestWhatTwoListsSayOutlivesOne(t *testing.T) {
	r := registry(atMonday(t))
	var ids []string
	for range 6 {
		done, err := r.ImportInventory(t.Context(), nurse, cmms(t), asset.ImportOptions{Site: "north"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, done.ID)
	}
	all := len(list(t, r, ""))
	for i, id := range []string{ids[0], ids[5], ids[4]} {
		if done, err := r.UndoImport(t.Context(), nurse, id); err != nil || done.Gone != 0 {
			t.Errorf("list %d: got %+v, error %v", i, done, err)
		}
	}
	if n := len(list(t, r, "")); n != all {
		t.Errorf("%d of %d devices are left, and a list speaks of each", n, all)
	}
	if done, err := r.UndoImport(t.Context(), nurse, ids[3]); err != nil || done.Gone != all {
		t.Errorf("the last that is remembered: got %+v, error %v; want %d gone", done, err, all)
	}
}
