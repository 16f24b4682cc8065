package asset_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/seal"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

func TestAFeedsLinksAreReadByNumberAlone(t *testing.T) {
	const feed = `{"resourceType":"Bundle","entry":[
 {"resource":{"resourceType":"DeviceAssociation","device":{"reference":"urn:uuid:1"},"subject":{"reference":"Patient/7","identifier":{"system":"urn:s","value":"Zz7"},"display":"Zzname"},"status":{"coding":[{"code":"attached"}]},"period":{"start":"2026-01"}}},
 {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Device","id":"a","serialNumber":"S1","manufacturer":"ResMed"}},
 {"resource":{"resourceType":"Device","id":"b","serialNumber":"S2","manufacturer":"ResMed","patient":{"reference":"https://cloud.example/fhir/Patient/Zz8/_history/2"}}},
 {"resource":{"resourceType":"DeviceAssociation","device":{"reference":"Device/b"},"subject":{"reference":"Patient/Zz9"},"status":{"text":"entered-in-error"}}},
 {"resource":{"resourceType":"DeviceAssociation","device":{"reference":"Device/a"},"subject":{"reference":"Patient/Zz6"},"status":{"coding":[{"code":"explanted"}]}}},
 {"resource":{"resourceType":"DeviceAssociation","device":{"reference":"Device/a"},"subject":{"reference":"Group/g"}}},
 {"resource":{"resourceType":"DeviceAssociation","device":{"reference":"Device/a"},"subject":{"reference":"#p1"}}},
 {"resource":{"resourceType":"DeviceAssociation","device":{"reference":"Device/nowhere"},"subject":{"reference":"Patient/Zz5"}}}]}`
	got, err := asset.ReadCloud("cloud.json", strings.NewReader(feed), asset.CloudOrigin{}, monday, func(traffic.Observation) {})
	if err != nil || got.Devices != 2 || len(got.Problems) != 1 {
		t.Fatalf("got %+v, error %v", got, err)
	}
	var links []string
	for _, r := range got.Reported {
		links = append(links, fmt.Sprintf("%s %s since %s until %s void %t", r.Of.Claims[len(r.Of.Claims)-1].Value, string(r.Patient), day(r.Since), day(r.Until), r.Void))
	}
	want := []string{"S2 https://cloud.example/fhir/Patient/Zz8 since - until - void false", "S1 urn:s|Zz7 since 2026-01-01 until - void false",
		"S2 Patient/Zz9 since - until - void true", "S1 Patient/Zz6 since - until 2026-03-02 void false"}
	if strings.Join(links, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(links, "\n"), strings.Join(want, "\n"))
	}

	// Whatever prints a link prints no patient.
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("a link", "patient", got.Reported[0].Patient, "all", got.Reported)
	text, err := json.Marshal(got.Reported)
	if err != nil {
		t.Fatal(err)
	}
	if all := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s", got.Reported, got.Reported, got.Reported, got.Reported[0].Patient); strings.Contains(all, "Zz") {
		t.Errorf("a patient is printed: %s", all)
	}
}

func day(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Format(time.DateOnly)
}

func TestPatientsAreTheSameByTheirNumber(t *testing.T) {
	for _, p := range []asset.Patient{"mrn 7", "MRN7", "urn:oid:1.2|mrn7", "Patient/MRN7", "https://cloud.example/Patient/MRN7"} {
		if p.Key() != "MRN7" {
			t.Errorf("the key of a patient is %q, want MRN7", p.Key())
		}
	}
}

// sealing runs f on stores that have keys.
func sealing(t *testing.T, f func(t *testing.T, db *store.DB, now *time.Time)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		folder, now := t.TempDir(), monday
		if err := os.WriteFile(filepath.Join(folder, "root"), []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
			t.Fatal(err)
		}
		var err error
		c.Clock = func() time.Time { return now }
		if c.Keys, err = seal.Open(filepath.Join(folder, "ring"), seal.File(filepath.Join(folder, "root")), c.Clock); err != nil {
			t.Fatal(err)
		}
		f(t, storetest.Open(t, c), &now)
	})
}

func TestALinkIsSealedFoundEndedAndForgotten(t *testing.T) { sealing(t, linkLives) }

func linkLives(t *testing.T, db *store.DB, clock *time.Time) {
	r := registry(db)
	r.Clock = func() time.Time { return *clock }
	ctx := context.Background()
	apply(t, r, pumpAndMonitor(), 1)
	pump := one(t, r, "class:infusion-pump")
	of := func(serial string) traffic.Observation {
		return seen("", "", "cloud.fhir", 0.95, "manufacturer", "Hospira", "model", "Plum A+", "serialNumber", serial)
	}
	tell := func(want asset.Associated, links ...asset.Reported) {
		t.Helper()
		got, err := r.Associate(ctx, nurse, asset.ImportRecord{Name: "cloud.json"}, links)
		got.ID = ""
		if err != nil || got != want {
			t.Errorf("got %+v, want %+v, error %v", got, want, err)
		}
	}
	tell(asset.Associated{New: 1, Unplaced: 1}, asset.Reported{Of: of("77120"), Patient: "urn:s|ZZ7"}, asset.Reported{Of: of("unheard"), Patient: "ZZ8"})
	*clock = clock.Add(time.Hour)
	tell(asset.Associated{Renewed: 1}, asset.Reported{Of: of("77120"), Patient: "Patient/ZZ7"})
	*clock = clock.Add(time.Hour)
	tell(asset.Associated{New: 1, Ended: 1}, asset.Reported{Of: of("77120"), Patient: "ZZ9"})

	state, err := r.Association(ctx, nurse, pump.ID)
	if err != nil || !state.Linked || state.Earlier != 1 || !state.Told.Equal(*clock) {
		t.Errorf("the state is %+v, error %v", state, err)
	}
	if _, err := r.Reveal(ctx, nurse, pump.ID, " "); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("without a purpose: %v", err)
	}
	all, err := r.Reveal(ctx, nurse, pump.ID, "a recall")
	if err != nil || len(all) != 2 || all[0].Patient != "ZZ9" || !all[0].Until.IsZero() || all[1].Patient != "urn:s|ZZ7" || !all[1].Until.Equal(*clock) {
		t.Errorf("revealed %#v, error %v", all, err)
	}
	found, err := r.DevicesOf(ctx, nurse, "zz7", "a recall")
	if err != nil || len(found) != 1 || found[0].Device != pump.ID || found[0].Patient != "" {
		t.Errorf("found %+v, error %v", found, err)
	}
	elsewhere := nurse
	elsewhere.Scope = bedrail.Scope{Tenant: nurse.Scope.Tenant, Sites: []string{"south"}}
	if found, err := r.DevicesOf(ctx, elsewhere, "zz7", "a recall"); err != nil || len(found) != 0 {
		t.Errorf("beyond the scope: %+v, %v", found, err)
	}
	if _, err := r.Reveal(ctx, elsewhere, pump.ID, "a recall"); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("beyond the scope: %v", err)
	}

	// What was entered in error goes at once; what no feed says again, by age.
	tell(asset.Associated{Voided: 1}, asset.Reported{Of: of("77120"), Patient: "ZZ9", Void: true})
	*clock = clock.Add(91 * 24 * time.Hour)
	removed, err := db.Sweep(ctx, nurse.Scope, store.Retention{Associations: 90 * 24 * time.Hour}, nurse)
	if err != nil || removed["device_association"] != 1 {
		t.Errorf("swept %v, error %v", removed, err)
	}
	if all, err := r.Reveal(ctx, nurse, pump.ID, "a recall"); err != nil || len(all) != 0 {
		t.Errorf("after that: %#v, %v", all, err)
	}
}

// A feed may say beforehand when a link will end: until then it lasts.
func TestALinkLastsUntilItsEnd(t *testing.T) {
	sealing(t, func(t *testing.T, db *store.DB, clock *time.Time) {
		r := registry(db)
		r.Clock = func() time.Time { return *clock }
		apply(t, r, pumpAndMonitor(), 1)
		pump := one(t, r, "class:infusion-pump")
		link := func(p asset.Patient, until time.Time) asset.Reported {
			return asset.Reported{Of: seen("", "", "cloud.fhir", 0.95, "manufacturer", "Hospira", "model", "Plum A+", "serialNumber", "77120"), Patient: p, Until: until}
		}
		day := func(n int) time.Time { return monday.AddDate(0, 0, n) }
		tests := []struct {
			at     int
			told   asset.Reported
			want   asset.Associated
			linked bool
		}{
			{0, link("ZZ7", day(3)), asset.Associated{New: 1}, true},
			{1, link("ZZ7", day(5)), asset.Associated{Renewed: 1}, true}, // it was made longer
			{4, link("ZZ9", day(8)), asset.Associated{New: 1, Ended: 1}, true},
			{6, link("ZZ9", day(6)), asset.Associated{Ended: 1}, false},
		}
		for _, tt := range tests {
			*clock = day(tt.at)
			got, err := r.Associate(context.Background(), nurse, asset.ImportRecord{Name: "cloud.json"}, []asset.Reported{tt.told})
			if got.ID = ""; err != nil || got != tt.want {
				t.Errorf("day %d: %+v, want %+v, error %v", tt.at, got, tt.want, err)
			}
			if s, err := r.Association(context.Background(), nurse, pump.ID); err != nil || s.Linked != tt.linked {
				t.Errorf("day %d: %+v, error %v", tt.at, s, err)
			}
		}
	})
}

func TestALinkFollowsItsDeviceIntoAMerge(t *testing.T) { sealing(t, linkFollows) }

func linkFollows(t *testing.T, db *store.DB, _ *time.Time) {
	r := registry(db)
	ctx := context.Background()
	apply(t, r, traffic.Batch{Site: "north", Observations: []traffic.Observation{
		seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, "manufacturer", "Philips", "model", "MX40", "class", "telemetry"),
		seen(monitorMAC, "10.1.0.6", "hl7.equipment", 0.95, "manufacturer", "Philips", "model", "MX40", "class", "telemetry", "serialNumber", "DE9911"),
	}}, 1)
	var linked, other string
	for _, d := range list(t, r, "class:telemetry") {
		if d.SerialNumber.Value != "" {
			linked = d.ID
		} else {
			other = d.ID
		}
	}
	of := seen("", "", "cloud.fhir", 0.95, "manufacturer", "Philips", "model", "MX40", "serialNumber", "DE9911")
	if _, err := r.Associate(ctx, nurse, asset.ImportRecord{Name: "cloud.json"}, []asset.Reported{{Of: of, Patient: "ZZ7"}}); err != nil {
		t.Fatal(err)
	}
	whole, err := r.Merge(ctx, nurse, asset.Merging{Devices: []string{other, linked}, Reason: "one set with two cards"})
	if err != nil || len(whole.MACs) != 2 {
		t.Fatalf("merged %+v, error %v", whole.MACs, err)
	}
	all, err := r.Reveal(ctx, nurse, whole.ID, "a recall")
	if err != nil || len(all) != 1 || all[0].Patient != "ZZ7" {
		t.Errorf("revealed %#v, error %v", all, err)
	}
	found, err := r.DevicesOf(ctx, nurse, "ZZ7", "a recall")
	if err != nil || len(found) != 1 || found[0].Device != whole.ID {
		t.Errorf("found %+v of %s, error %v", found, whole.ID, err)
	}
}

func TestWithoutKeysNoLinkIsKept(t *testing.T) {
	r := registry(storetest.New(t))
	apply(t, r, pumpAndMonitor(), 1)
	of := seen("", "", "cloud.fhir", 0.95, "manufacturer", "Hospira", "model", "Plum A+", "serialNumber", "77120")
	if _, err := r.Associate(context.Background(), nurse, asset.ImportRecord{Name: "cloud.json"}, []asset.Reported{{Of: of, Patient: "ZZ7"}}); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("without keys: %v", err)
	}
}

func TestAnImportOfLinksIsTakenBackAndAHoldKeepsThem(t *testing.T) { sealing(t, linksTakenBack) }

func linksTakenBack(t *testing.T, db *store.DB, clock *time.Time) {
	r := registry(db)
	r.Clock = func() time.Time { return *clock }
	ctx := context.Background()
	apply(t, r, pumpAndMonitor(), 1)
	pump := one(t, r, "class:infusion-pump")
	of := seen("", "", "cloud.fhir", 0.95, "manufacturer", "Hospira", "model", "Plum A+", "serialNumber", "77120")
	tell := func(links ...asset.Reported) string {
		t.Helper()
		*clock = clock.Add(time.Hour)
		done, err := r.Associate(ctx, nurse, asset.ImportRecord{Name: "cloud.json"}, links)
		if err != nil || done.ID == "" {
			t.Fatalf("got %+v, %v", done, err)
		}
		return done.ID
	}
	shown := func() string {
		t.Helper()
		all, err := r.Reveal(ctx, nurse, pump.ID, "a test")
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, a := range all {
			word := string(a.Patient) + " told " + a.Told.Format("15:04")
			if !a.Until.IsZero() {
				word += " until " + a.Until.Format("15:04")
			}
			out = append(out, word)
		}
		return strings.Join(out, ", ")
	}
	expect := func(when, want string) {
		t.Helper()
		if got := shown(); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	tell(asset.Reported{Of: of, Patient: "A1"})
	expect("after the first feed", "A1 told 09:00")
	again := tell(asset.Reported{Of: of, Patient: "A1"})
	expect("told again", "A1 told 10:00")
	undo := func(id string) {
		t.Helper()
		if _, err := r.UndoImport(ctx, nurse, id); err != nil {
			t.Fatal(err)
		}
	}
	undo(again)
	expect("the second feed is taken back", "A1 told 09:00")
	other := tell(asset.Reported{Of: of, Patient: "B2"})
	expect("somebody else has it", "B2 told 11:00, A1 told 09:00 until 11:00")
	undo(other)
	expect("the third feed is taken back", "A1 told 09:00")
	if _, err := r.UndoImport(ctx, nurse, other); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("taken back twice: %v", err)
	}

	third := tell(asset.Reported{Of: of, Patient: "C3"})
	if n, err := r.HoldAssociations(ctx, nurse, pump.ID, true, "x"); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("held without a reason: %d, %v", n, err)
	}
	if n, err := r.HoldAssociations(ctx, nurse, pump.ID, true, "a claim is expected"); err != nil || n != 2 {
		t.Fatalf("%d held, %v", n, err)
	}
	*clock = clock.Add(time.Hour)
	undo(third)
	expect("what is held ends, and is kept", "A1 told 09:00, C3 told 12:00 until 13:00")
	tell(asset.Reported{Of: of, Patient: "C3", Void: true})
	*clock = clock.Add(365 * 24 * time.Hour)
	if _, err := db.Sweep(ctx, nurse.Scope, store.Retention{Associations: 90 * 24 * time.Hour}, nurse); err != nil {
		t.Fatal(err)
	}
	expect("neither an error nor time forgets it", "A1 told 09:00, C3 told 12:00 until 13:00")
	if _, err := r.HoldAssociations(ctx, nurse, pump.ID, false, "the claim is settled"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Sweep(ctx, nurse.Scope, store.Retention{Associations: 90 * 24 * time.Hour}, nurse); err != nil {
		t.Fatal(err)
	}
	expect("let go, time does", "")
}
