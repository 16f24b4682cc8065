package asset_test

import (
	"context"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// all lets everybody do everything; who may do what is the business of
// package access.
type all struct{}

func (all) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

var nurse = bedrail.Actor{ID: "usr_1", Name: "kim", Kind: bedrail.Person}

func registry(db *store.DB) *asset.Registry {
	return &asset.Registry{Store: db, Auth: all{}, Clock: func() time.Time { return monday.Add(time.Hour) }}
}

// seen makes an observation of mac at ip; claims are attribute, value pairs.
func seen(mac, ip, source string, weight float64, pairs ...string) traffic.Observation {
	o := traffic.Observation{MAC: traffic.MAC(mac), Time: monday, Capture: "t.pcap", Packet: 1, Protocol: source}
	if ip != "" {
		o.IP = netip.MustParseAddr(ip)
	}
	for i := 0; i < len(pairs); i += 2 {
		o.Claims = append(o.Claims, traffic.Claim{Attribute: traffic.Attribute(pairs[i]), Value: pairs[i+1], Weight: weight, Source: source, Field: "f"})
	}
	return o
}

const (
	pumpMAC    = "00:03:b1:00:10:01"
	monitorMAC = "00:09:5c:00:10:02"
)

func pumpAndMonitor() traffic.Batch {
	return traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{
		seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, "manufacturer", "HOSPIRA", "model", "Plum A+", "serialNumber", "77120", "class", "infusion-pump", "location", "unit ICU, bed 4"),
		seen(monitorMAC, "10.1.0.6", "hl7.equipment", 0.95, "manufacturer", "Philips", "model", "MX800", "serialNumber", "DE9911", "class", "patient-monitor"),
	}, Conversations: []traffic.Conversation{{Site: "north", Minute: monday, ClientMAC: pumpMAC, ServerMAC: monitorMAC, Client: netip.MustParseAddr("10.1.0.5"),
		Server: netip.MustParseAddr("10.1.0.6"), Transport: "tcp", Port: 2575, Protocol: "hl7v2", Packets: 3, BytesUp: 100, BytesDown: 40}},
		Coverage: &traffic.Coverage{From: monday, Until: monday.Add(time.Minute), Packets: 5}}
}

func apply(t *testing.T, r *asset.Registry, b traffic.Batch, seq uint64) {
	t.Helper()
	if err := r.Apply(context.Background(), bedrail.SystemActor("consumer", ""), b, asset.Position{Stream: "obs", Seq: seq}); err != nil {
		t.Fatal(err)
	}
}

// list returns the devices that match filter.
func list(t *testing.T, r *asset.Registry, filter string) []asset.Summary {
	t.Helper()
	f, err := query.Parse(filter)
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.Devices(context.Background(), nurse, query.Request{Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

func one(t *testing.T, r *asset.Registry, filter string) asset.Device {
	t.Helper()
	items := list(t, r, filter)
	if len(items) != 1 {
		t.Fatalf("%s: got %d devices, want 1", filter, len(items))
	}
	d, err := r.Device(context.Background(), nurse, items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestABatchIsAppliedOnceAndSurvivesARestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := registry(db)
		var told []asset.DeviceChanged
		r.Changed = func(_ context.Context, c []asset.DeviceChanged) { told = append(told, c...) }
		apply(t, r, pumpAndMonitor(), 1)
		apply(t, r, pumpAndMonitor(), 1) // delivered again
		if len(told) != 2 {
			t.Errorf("got %d notices, want 2", len(told))
		}
		pump := one(t, r, "model:\"Plum A+\"")
		if pump.Manufacturer.Value != "ICU Medical" || pump.Manufacturer.Status != asset.Confirmed || pump.SerialNumber.Evidence[0].Count != 1 {
			t.Errorf("the pump is %+v", pump)
		}
		if pump.Location.Unit != "ICU" || pump.Location.Bed != "4" {
			t.Errorf("the pump stands at %+v", pump.Location)
		}
		again := registry(db) // a restart: nothing in memory
		apply(t, again, pumpAndMonitor(), 1)
		if got := one(t, again, "model:\"Plum A+\""); !reflect.DeepEqual(got, pump) {
			t.Errorf("after a restart got %+v, want %+v", got, pump)
		}
		apply(t, again, pumpAndMonitor(), 2)
		if got := one(t, again, "model:\"Plum A+\""); got.ID != pump.ID || got.SerialNumber.Evidence[0].Count != 1 && got.Version != pump.Version {
			t.Errorf("a repeated fact changed the device: version %d, before %d", got.Version, pump.Version)
		}
		talks, err := again.Conversations(context.Background(), nurse, pump.ID)
		if err != nil || len(talks) != 1 || talks[0].BytesUp != 200 || talks[0].Peer.Name == "" || talks[0].Direction != "out" {
			t.Errorf("conversations %+v, %v", talks, err)
		}
		events, err := again.Timeline(context.Background(), nurse, pump.ID)
		if err != nil || len(events) != 2 {
			t.Errorf("timeline %+v, %v", events, err)
		}
	})
}

func TestAPersonsWordWinsAndStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := registry(db)
		apply(t, r, pumpAndMonitor(), 1)
		d := one(t, r, "class:infusion-pump")
		tags := []string{"loaner"}
		got, err := r.Patch(ctx, nurse, d.ID, d.Version, asset.Patch{Tags: &tags, Location: &traffic.Spot{Unit: "ED", Bed: "1"},
			Corrections: map[traffic.Attribute]string{traffic.Model: "Plum 360"}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Model.Value != "Plum 360" || got.Model.Status != asset.Confirmed || got.Location.Unit != "ED" || got.Location.Source != "person" || len(got.Tags) != 1 || got.Version <= d.Version {
			t.Errorf("after the correction: %+v", got)
		}
		if _, err := r.Patch(ctx, nurse, d.ID, d.Version, asset.Patch{Tags: &tags}); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("a stale version was taken: %v", err)
		}
		fresh := registry(db)
		apply(t, fresh, pumpAndMonitor(), 2)
		if got := one(t, fresh, "tag:loaner"); got.Model.Value != "Plum 360" {
			t.Errorf("later evidence overruled the person: %+v", got.Model)
		}
		got, err = fresh.Patch(ctx, nurse, d.ID, 0, asset.Patch{Tags: &[]string{}, Corrections: map[traffic.Attribute]string{traffic.Model: ""}})
		if err != nil || got.Model.Value != "Plum A+" || len(got.Tags) != 0 {
			t.Errorf("taking the word back: %+v, %v", got.Model, err)
		}
		_, err = r.Patch(ctx, nurse, d.ID, 0, asset.Patch{Corrections: map[traffic.Attribute]string{traffic.Class: "toaster"}})
		if bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("a class that does not exist was taken: %v", err)
		}
	})
}

func TestMergeAndSplitAreUndoneByAPersonOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := registry(db)
		// One device with two network cards: its serial number joins them.
		second := seen("00:03:b1:00:10:09", "10.1.0.9", "hl7.equipment", 0.95, "manufacturer", "HOSPIRA", "model", "Plum A+", "serialNumber", "77120")
		b := pumpAndMonitor()
		b.Observations = append(b.Observations, second)
		apply(t, r, b, 1)
		d := one(t, r, "class:infusion-pump")
		if len(d.MACs) != 2 {
			t.Fatalf("one serial number, but %v", d.MACs)
		}
		if _, err := r.Split(ctx, nurse, d.ID, asset.Parting{MACs: []traffic.MAC{"00:03:b1:00:10:09"}}); err != nil {
			t.Fatal(err)
		}
		apply(t, r, b, 2)
		if n := len(list(t, r, "model:\"Plum A+\"")); n != 2 {
			t.Fatalf("after the split there are %d pumps, want 2", n)
		}
		items := list(t, r, "model:\"Plum A+\"")
		merged, err := r.Merge(ctx, nurse, asset.Merging{Devices: []string{items[0].ID, items[1].ID}, Reason: "same device after all"})
		if err != nil || len(merged.MACs) != 2 {
			t.Fatalf("merging back: %v, %v", merged.MACs, err)
		}
		fresh := registry(db)
		apply(t, fresh, b, 3)
		if n := len(list(t, fresh, "model:\"Plum A+\"")); n != 1 {
			t.Errorf("after a restart there are %d pumps, want 1", n)
		}
	})
}

// What a device did before it was merged with another is found at the one that
// both are, and is its own again when they are parted.
func TestAMergeCarriesWhatADeviceDid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := registry(db)
		at := func(mac, ip, name string, minute int, use traffic.Use) traffic.Observation {
			o := seen(mac, ip, "hl7.equipment", 0.95, "manufacturer", "HOSPIRA", "model", "Plum A+", "class", "infusion-pump", "hostname", name)
			o.Use, o.Time = use, monday.Add(time.Duration(minute)*time.Minute)
			return o
		}
		apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{
			at(pumpMAC, "10.1.0.5", "pump-a", 0, traffic.Infusing), at(pumpMAC, "10.1.0.5", "pump-a", 1, traffic.Infusing),
			at(monitorMAC, "10.1.0.6", "pump-b", 1, traffic.Infusing), at(monitorMAC, "10.1.0.6", "pump-b", 2, traffic.Infusing),
		}}, 1)
		minutes := func(r *asset.Registry, id string) int {
			u, err := r.Utilisation(ctx, nurse, id)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, h := range u.Hours {
				n += h.Minutes
			}
			return n
		}
		items := list(t, r, "class:infusion-pump")
		if len(items) != 2 || minutes(r, items[0].ID) != 2 || minutes(r, items[1].ID) != 2 {
			t.Fatalf("%d pumps before", len(items))
		}
		merged, err := r.Merge(ctx, nurse, asset.Merging{Devices: []string{items[0].ID, items[1].ID}, Reason: "one pump with two cards"})
		if err != nil {
			t.Fatal(err)
		}
		if n := minutes(r, merged.ID); n != 3 { // the second minute was told by both
			t.Errorf("%d minutes of use after the merge, want 3", n)
		}
		events, err := r.Timeline(ctx, nurse, merged.ID)
		first := 0
		for _, e := range events {
			if e.Kind == "seen" {
				first++
			}
		}
		if err != nil || first < 2 {
			t.Errorf("the history of both is not shown: %+v, %v", events, err)
		}
		if _, err := r.Split(ctx, nurse, merged.ID, asset.Parting{MACs: []traffic.MAC{monitorMAC}}); err != nil {
			t.Fatal(err)
		}
		for _, d := range list(t, r, "class:infusion-pump") {
			if n := minutes(r, d.ID); n != 2 {
				t.Errorf("%v: %d minutes of use after the split, want its own 2", d.MACs, n)
			}
		}
	})
}

func TestScopeHidesWhatLiesBeyondIt(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Clock = func() time.Time { return monday.Add(time.Hour) }
		db := storetest.Open(t, c)
		r := registry(db)
		apply(t, r, pumpAndMonitor(), 1)
		pump := one(t, r, "class:infusion-pump")
		other := nurse
		other.Scope.Units = []string{"ED"}
		if _, err := r.Device(context.Background(), other, pump.ID); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("a device of another unit is shown: %v", err)
		}
		facets, err := r.Facets(context.Background(), nurse, []string{"class", "protocol", "location"}, nil)
		if err != nil || len(facets[0].Values) != 2 || facets[2].Values[0].Count != 1 {
			t.Errorf("facets %+v, %v", facets, err)
		}
		counts, err := r.Counts(context.Background(), nurse)
		if err != nil || counts.Total != 2 || counts.Location.Bed != 1 || counts.Location.Unknown != 1 {
			t.Errorf("counts %+v, %v", counts, err)
		}
	})
}

func TestAnAddressThatPassesByTwiceIsNoDeviceAndNoTrouble(t *testing.T) {
	db := storetest.New(t)
	r := registry(db)
	for n := range 2 {
		o := seen("", "203.0.113.9", "ip", 0.1)
		o.Time = monday.Add(time.Duration(n) * time.Hour)
		apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{o}}, uint64(n+1))
	}
	page, err := r.Devices(t.Context(), nurse, query.Request{})
	if err != nil || page.Total != 0 {
		t.Errorf("%d devices, error %v", page.Total, err)
	}
}

func TestWhatIsHeardLaterOfAnOlderTimeIsKept(t *testing.T) {
	db := storetest.New(t)
	r := registry(db)
	listed := seen(pumpMAC, "", "cmms", 0.7, "model", "Plum A+", "location", "unit ICU, bed 4")
	listed.Time, listed.Sensor = monday, "imp_1"
	apply(t, r, traffic.Batch{Site: "north", Sensor: "imp_1", Observations: []traffic.Observation{listed}}, 1)
	for n := range 2 {
		o := seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, "model", "Plum A+")
		o.Time = monday.Add(time.Duration(n-9) * time.Hour)
		apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{o}}, uint64(n+2))
	}
	page, err := r.Devices(t.Context(), nurse, query.Request{})
	if err != nil || page.Total != 1 {
		t.Fatalf("%d devices, error %v", page.Total, err)
	}
	d, err := db.Device(t.Context(), nurse.Scope, page.Items[0].ID)
	if want := monday.Add(-8 * time.Hour); err != nil || !d.Rhythm.Heard.Equal(want) {
		t.Errorf("heard at %s, want %s; error %v", d.Rhythm.Heard, want, err)
	}
	o := seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, "model", "Plum A+")
	o.Time = monday.Add(-30 * time.Hour)
	apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{o}}, 4)
	if d, err = db.Device(t.Context(), nurse.Scope, page.Items[0].ID); err != nil || !d.FirstSeen.Equal(o.Time) {
		t.Errorf("first seen %s, want %s; error %v", d.FirstSeen, o.Time, err)
	}
}

// A list says where something belongs; what is heard after it was taken in
// says where it is.
func TestWhereADeviceIsHeardBeatsWhereAnOlderListHasIt(t *testing.T) {
	r := registry(storetest.New(t))
	listed := seen(pumpMAC, "", "cmms", 0.7, "model", "Plum A+", "location", "unit ICU, bed 4")
	listed.Sensor = "imp_1"
	apply(t, r, traffic.Batch{Site: "north", Sensor: "imp_1", Observations: []traffic.Observation{listed}}, 1)
	heard := seen(pumpMAC, "10.1.0.5", "hl7v2", 0.6, "location", "unit ED, bed 1")
	heard.Time = monday.Add(30 * time.Minute)
	apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{heard}}, 2)
	page, err := r.Devices(t.Context(), nurse, query.Request{})
	if err != nil || page.Total != 1 || page.Items[0].Location.Unit != "ED" || page.Items[0].Location.Status != asset.Conflict {
		t.Errorf("got %+v, error %v", page.Items, err)
	}
	// Nobody told the maintenance system: its list and what was heard disagree.
	r.Clock = func() time.Time { return monday.Add(time.Hour) }
	found, err := r.Reconcile(t.Context(), nurse)
	if err != nil || len(found.Differs) != 1 || len(found.Differs[0].Differs) != 1 {
		t.Fatalf("the list and what was heard disagree about the place: got %+v, error %v", found.Differs, err)
	}
	if d := found.Differs[0].Differs[0]; d.Attribute != traffic.Location || d.Values[0].Value != "unit ED, bed 1" || d.Values[1].Value != "unit ICU, bed 4" || d.Values[1].Evidence[0].Source != asset.ByList {
		t.Errorf("got %+v", d)
	}
	rows, err := r.Differences(t.Context(), nurse)
	if err != nil || len(rows) != 1 || rows[0].Field != "location" || rows[0].ListSays != "unit ICU, bed 4" || rows[0].Believed != "unit ED, bed 1" {
		t.Errorf("got %+v, error %v", rows, err)
	}
	// The next list has it right.
	listed.Claims[1].Value, listed.Time, listed.Sensor = "unit ED, bed 1", monday.Add(40*time.Minute), "imp_2"
	apply(t, r, traffic.Batch{Site: "north", Sensor: "imp_2", Observations: []traffic.Observation{listed}}, 3)
	if found, err = r.Reconcile(t.Context(), nurse); err != nil || len(found.Differs) != 0 {
		t.Errorf("list and wire agree again: got %+v, error %v", found.Differs, err)
	}
}

// atMonday is a store whose clock stands an hour after monday.
func atMonday(t *testing.T) *store.DB {
	return storetest.Open(t, store.Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Clock: func() time.Time { return monday.Add(time.Hour) }})
}

// A list says that there is a device, and not that anybody has seen it: the
// days on which the list spoke of it are its own.
func TestTheWordOfAListIsNoSighting(t *testing.T) {
	r := registry(atMonday(t))
	device := func() (d asset.Device) {
		t.Helper()
		page, err := r.Devices(t.Context(), nurse, query.Request{})
		if err != nil || page.Total != 1 {
			t.Fatalf("got %+v, error %v", page.Items, err)
		}
		if d, err = r.Device(t.Context(), nurse, page.Items[0].ID); err != nil {
			t.Fatal(err)
		}
		return d
	}
	count := func(filter string) int {
		t.Helper()
		f, err := query.Parse(filter)
		if err != nil {
			t.Fatal(err)
		}
		page, err := r.Devices(t.Context(), nurse, query.Request{Filter: f})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	kinds := func(id string) (out []string) {
		t.Helper()
		events, err := r.Timeline(t.Context(), nurse, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			out = append(out, e.Kind)
		}
		return out
	}

	listed := seen(pumpMAC, "", "cmms", 0.8, "model", "Plum A+")
	apply(t, r, traffic.Batch{Site: "north", Sensor: "imp_1", Observations: []traffic.Observation{listed}}, 1)
	d := device()
	if !d.FirstSeen.IsZero() || !d.LastSeen.IsZero() || !d.KnownSince.Equal(monday) || len(d.Reports) != 1 || d.Reports[0].By != asset.ByList || !d.Reports[0].At.Equal(monday) {
		t.Errorf("of the list: first seen %s, last seen %s, known since %s, reports %v", d.FirstSeen, d.LastSeen, d.KnownSince, d.Reports)
	}
	if got := asset.StateOf(d, monday.Add(time.Hour)); got != asset.ListedOnly {
		t.Errorf("of the list: the state is %s", got)
	}
	for filter, want := range map[string]int{"state:listed": 1, "last_seen<30d": 0, "-last_seen<30d": 1, "first_seen<7d": 0, "known_since<7d": 1, "reported<7d": 1} {
		if got := count(filter); got != want {
			t.Errorf("of the list: %s finds %d, want %d", filter, got, want)
		}
	}

	heard := seen(pumpMAC, "10.1.0.5", "arp", 0.6)
	heard.Time = monday.Add(2 * time.Minute)
	apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{heard}}, 2)
	d = device()
	if !d.FirstSeen.Equal(heard.Time) || !d.LastSeen.Equal(heard.Time) || !d.KnownSince.Equal(monday) {
		t.Errorf("heard: first seen %s, last seen %s, known since %s", d.FirstSeen, d.LastSeen, d.KnownSince)
	}
	if got := kinds(d.ID); !slices.Contains(got, "listed") || !slices.Contains(got, "seen") {
		t.Errorf("it was on a list before it was seen, but the events are %v", got)
	}

	listed.Time = monday.Add(time.Hour)
	apply(t, r, traffic.Batch{Site: "north", Sensor: "imp_2", Observations: []traffic.Observation{listed}}, 3)
	if d = device(); !d.LastSeen.Equal(heard.Time) || !d.Reports[0].At.Equal(listed.Time) {
		t.Errorf("the next list moved the last sighting to %s; it was of %s", d.LastSeen, d.Reports[0].At)
	}
}

// A cloud that does not say when it heard a device has not been asked that.
func TestACloudThatNamesNoTimeHeardNothing(t *testing.T) {
	r := registry(atMonday(t))
	var told []traffic.Observation
	for _, line := range []string{`{"resourceType":"Device","manufacturer":"ResMed","modelNumber":"Astral 150","serialNumber":"AST0042"}`,
		`{"resourceType":"Device","manufacturer":"ResMed","modelNumber":"Astral 150","serialNumber":"AST0043","meta":{"lastUpdated":"2026-03-02T07:30:00Z"}}`} {
		if _, err := asset.ReadCloud("cloud.json", strings.NewReader(line), asset.CloudOrigin{}, monday, func(o traffic.Observation) { told = append(told, o) }); err != nil {
			t.Fatal(err)
		}
	}
	apply(t, r, traffic.Batch{Site: "homes", Observations: told}, 1)
	page, err := r.Devices(t.Context(), nurse, query.Request{Sort: []query.SortKey{{Field: "serial"}}})
	if err != nil || page.Total != 2 {
		t.Fatalf("got %+v, error %v", page.Items, err)
	}
	for i, want := range []struct {
		state asset.DeviceState
		told  time.Time
	}{{asset.ListedOnly, monday}, {asset.NewDevice, monday.Add(-30 * time.Minute)}} {
		got := page.Items[i]
		if got.State != want.state || !got.LastSeen.IsZero() || !got.Reported.Equal(want.told) {
			t.Errorf("%s is %s, last seen %s, told of at %s; want %s, never, %s", got.SerialNumber.Value, got.State, got.LastSeen, got.Reported, want.state, want.told)
		}
	}
}
