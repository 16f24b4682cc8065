package vuln_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/feed"
	"bedrail/format/query"
	"bedrail/sbom"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/vuln"
)

// allowed lets everybody do everything; who may do what is tested by access.
type allowed struct{}

func (allowed) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func clock() time.Time { return monday }

// A ward is a board with a desk and a shelf on one store.
type ward struct {
	board *vuln.Board
	desk  *feed.Desk
	shelf *sbom.Shelf
	told  []string
	count map[string]asset.Exposed
}

func newWard(t testing.TB, db *store.DB) *ward {
	w := &ward{count: map[string]asset.Exposed{}}
	w.board = &vuln.Board{Store: db, Auth: allowed{}, Clock: clock, Tenant: "t",
		Notify: func(ids []string) { w.told = append(w.told, ids...) },
		Expose: func(_ context.Context, counts map[string]asset.Exposed) {
			for id, c := range counts {
				w.count[id] = c
			}
		}}
	w.desk = &feed.Desk{Store: db, Auth: allowed{}, Clock: clock, Changed: w.board.FeedChanged}
	w.shelf = &sbom.Shelf{Store: db, Auth: allowed{}, Clock: clock, Changed: w.board.BillChanged}
	if err := w.board.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return w
}

var analyst = bedrail.Actor{ID: "u1", Name: "analyst", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "t"}}

func device(id, maker, model, version, unit, bed string) asset.Device {
	known := func(v string) asset.Value {
		if v == "" {
			return asset.Value{Status: asset.Unknown}
		}
		return asset.Value{Value: v, Status: asset.Confirmed, Confidence: 1}
	}
	return asset.Device{ID: id, Manufacturer: known(maker), Model: known(model), SoftwareVersion: known(version),
		Location: asset.Location{Site: "Main", Unit: unit, Bed: bed, Seen: monday, Status: asset.Confirmed}, LastSeen: monday}
}

const pumpBill = `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"name":"DripMaster 300","version":"4.1","supplier":{"name":"Acme Infusion"}}},
"components":[{"name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"},{"name":"right","version":"2.0.0","purl":"pkg:pypi/right@2.0.0"}]}`

func leftAdvisory(fixed string) string {
	return fmt.Sprintf(`{"id":"GHSA-left","aliases":["CVE-2026-0001"],"modified":"2026-01-01T00:00:00Z","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
	"affected":[{"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":%q}]}]}]}`, fixed)
}

func (w *ward) importFeed(t testing.TB, name, body string) feed.Result {
	t.Helper()
	got, err := w.desk.Import(context.Background(), analyst, name, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (w *ward) findings(t testing.TB, filter string) []string {
	t.Helper()
	f, err := query.Parse(filter)
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.board.Findings(context.Background(), analyst, query.Request{Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, f := range page.Items {
		out = append(out, fmt.Sprintf("%s %s %s %d", f.Vulnerability, f.Model.Model, f.Status, f.Devices))
	}
	return out
}

func want(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestABillAnAdvisoryAndADeviceMakeAFinding(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWard(t, db)
		if _, err := w.shelf.Import(ctx, analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill)); err != nil {
			t.Fatal(err)
		}
		w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"), device("d2", "Acme Infusion", "DripMaster 300", "", "ICU", "4"))
		want(t, "before the advisory", w.findings(t, ""))
		w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
		want(t, "after it, an unknown version is undecidable", w.findings(t, ""), "CVE-2026-0001 DripMaster 300 affected 1", "CVE-2026-0001 DripMaster 300 undecidable 1")
		if w.count["d1"].Affected != 1 || w.count["d1"].Highest != "critical" || w.count["d2"] != (asset.Exposed{Undecidable: 1}) {
			t.Errorf("counts of devices: %+v", w.count)
		}
		dossier, err := w.board.Dossier(ctx, analyst, "GHSA-left")
		beds := dossier.Exposed
		if err != nil || len(beds) != 2 || beds[0].Bed != "3" || beds[0].Precision != asset.AtBed || beds[1].Bed != "4" || beds[1].Status != vuln.Undecidable ||
			!strings.Contains(beds[1].Reason, "bills are known of 4.1") {
			t.Errorf("beds: %+v, %v", beds, err)
		}
		total, err := w.board.Summary(ctx, analyst)
		if err != nil || total.Affected != 1 || total.Undecidable != 1 {
			t.Errorf("an unknown version is undecidable: %+v, %v", total, err)
		}

		w.told = nil
		again := w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
		if again.Changed != 0 || len(w.told) != 0 {
			t.Errorf("the same record again changes nothing: %+v, told %q", again, w.told)
		}
		w.importFeed(t, "kev.json", `{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2026-0001"}]}`)
		want(t, "known to be exploited", w.findings(t, "kev:yes severity>=high unit:ICU"), "CVE-2026-0001 DripMaster 300 affected 1", "CVE-2026-0001 DripMaster 300 undecidable 1")

		w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ED", ""))
		want(t, "the device moved", w.findings(t, "unit:ED"), "CVE-2026-0001 DripMaster 300 affected 1")
		want(t, "away from", w.findings(t, "unit:ICU"), "CVE-2026-0001 DripMaster 300 undecidable 1")

		fresh := newWard(t, db)
		fresh.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ED", ""))
		want(t, "a restart keeps it", fresh.findings(t, "kev:yes"), "CVE-2026-0001 DripMaster 300 affected 1")
		page, _ := fresh.board.Findings(ctx, analyst, query.Request{})
		if len(page.Items) != 1 || !page.Items[0].FirstSeen.Equal(monday) {
			t.Errorf("first seen: %+v", page.Items)
		}

		w.importFeed(t, "left.json", leftAdvisory("1.0.0"))
		want(t, "the advisory was corrected", w.findings(t, ""))
	})
}

func TestTheScoreIsTheNewestOfAnyRecordOfTheWeakness(t *testing.T) {
	w := newWard(t, storetest.New(t))
	w.shelf.Import(context.Background(), analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill))
	w.importFeed(t, "left.json", strings.Replace(leftAdvisory("2.0.0"), `"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],`, "", 1))
	w.importFeed(t, "other.json", `{"id":"OTHER-1","aliases":["CVE-2026-0001"],"modified":"2026-01-02T00:00:00Z","severity":[{"type":"CVSS_V4","score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}],
	"affected":[{"package":{"ecosystem":"npm","name":"elsewhere"},"versions":["1"]}]}`)
	w.board.DevicesChanged(context.Background(), device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
	page, err := w.board.Findings(context.Background(), analyst, query.Request{})
	if err != nil || len(page.Items) != 1 || page.Items[0].Severity != "critical" || page.Items[0].ScoredBy != "osv:OTHER-1" || !slices.Equal(page.Items[0].Sources, []string{"osv:GHSA-left"}) {
		t.Errorf("got %+v, %v", page.Items, err)
	}
}

func TestAViewerOfOneUnitSeesItsFindingsOnly(t *testing.T) {
	ctx := context.Background()
	w := newWard(t, storetest.New(t))
	w.shelf.Import(ctx, analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill))
	w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
	w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"), device("d2", "Acme Infusion", "DripMaster 300", "4.1", "ED", "4"))
	for unit, devices := range map[string]int{"ICU": 1, "Ward 9": 0} {
		by := analyst
		by.Scope.Units = []string{unit}
		page, err := w.board.Findings(ctx, by, query.Request{})
		if err != nil || devices == 0 && len(page.Items) != 0 || devices > 0 && (len(page.Items) != 1 || page.Items[0].Devices != devices) {
			t.Errorf("%s: %+v, %v", unit, page.Items, err)
		}
	}
}

func TestABillThatBelongsToNoModelIsRefused(t *testing.T) {
	w := newWard(t, storetest.New(t))
	_, err := w.shelf.Import(context.Background(), analyst, "x.json", asset.ModelKey{}, strings.NewReader(`{"bomFormat":"CycloneDX","specVersion":"1.5","components":[]}`))
	if bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestEqualDocumentsAreKeptOnce(t *testing.T) {
	ctx := context.Background()
	w := newWard(t, storetest.New(t))
	for _, version := range []string{"4.1", "4.2", "4.1"} {
		if _, err := w.shelf.Import(ctx, analyst, "x.json", asset.ModelKey{Version: version}, strings.NewReader(pumpBill)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := w.shelf.Bills(ctx, analyst, query.Request{})
	if err != nil || page.Total != 2 || page.Items[0].Digest != page.Items[1].Digest {
		t.Fatalf("%+v, %v", page, err)
	}
	b, err := w.shelf.Bill(ctx, analyst, page.Items[0].ID)
	if err != nil || len(b.Components) != 2 {
		t.Errorf("%+v, %v", b, err)
	}
}

// largeHospital is a board of 20,000 devices of 2,000 models with 5 million
// rows of components, and feeds of 100,000 advisories.
func largeHospital(b *testing.B) *vuln.Board {
	ctx := context.Background()
	board := &vuln.Board{Auth: allowed{}, Clock: clock, Tenant: "t"}
	updates := make([]vuln.Update, 0, 100_000)
	for n := range 100_000 {
		updates = append(updates, vuln.Update{Advisory: advisoryOf(n, fmt.Sprint("q", n))})
	}
	board.FeedChanged(ctx, updates)
	for m := range 2000 {
		bill := sbom.Bill{ID: fmt.Sprint("b", m), Model: asset.ModelKey{Manufacturer: "Acme", Model: fmt.Sprintf("M%d", m), Version: "1"}, Components: make([]sbom.Component, 2500)}
		for c := range bill.Components {
			n := (m*2500 + c) % 50_000 // each in a hundred models
			bill.Components[c] = sbom.Component{Name: fmt.Sprint("p", n), Version: "1.0.0", PURL: fmt.Sprintf("pkg:npm/p%d@1.0.0", n)}
		}
		board.BillChanged(ctx, bill)
	}
	devices := make([]asset.Device, 20000)
	for d := range devices {
		devices[d] = device(fmt.Sprint("d", d), "Acme", fmt.Sprintf("M%d", d%2000), "1", fmt.Sprint("unit", d%40), fmt.Sprint(d%30))
	}
	board.DevicesChanged(ctx, devices...)
	b.ResetTimer()
	return board
}

func advisoryOf(n int, name string) *vuln.Advisory {
	return &vuln.Advisory{ID: fmt.Sprintf("CVE-2026-%d", n), Source: fmt.Sprint("osv:", n), Packages: []vuln.Package{{Ecosystem: "npm", Name: name, Ranges: []vuln.Range{{{Introduced: "0"}}}}}}
}

// BenchmarkOneAdvisoryToItsBeds measures the way from a new advisory to the
// list of beds at the size of a large hospital, and its slowest hundredth.
func BenchmarkOneAdvisoryToItsBeds(b *testing.B) {
	ctx := context.Background()
	board := largeHospital(b)
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		begun := time.Now()
		a := advisoryOf(1_000_000+n, fmt.Sprint("p", n*37%50_000))
		board.FeedChanged(ctx, []vuln.Update{{Advisory: a}})
		if page, err := board.Dossier(ctx, analyst, a.ID); err != nil || len(page.Exposed) == 0 {
			b.Fatal(len(page.Exposed), err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkRefreshOfTenThousandRecords measures a feed of which 10,000 records
// changed, a hundredth of them about something that is in use.
func BenchmarkRefreshOfTenThousandRecords(b *testing.B) {
	ctx := context.Background()
	board := largeHospital(b)
	for n := 0; b.Loop(); n++ {
		updates := make([]vuln.Update, 0, 10_000)
		for i := range 10_000 {
			name := fmt.Sprint("q", i)
			if i%100 == 0 {
				name = fmt.Sprint("p", (n*100+i)%50_000)
			}
			a := advisoryOf(i, name)
			a.Title = fmt.Sprint("as of run ", n)
			updates = append(updates, vuln.Update{Advisory: a})
		}
		board.FeedChanged(ctx, updates)
	}
}

func BenchmarkLookUps(b *testing.B) {
	path := os.Getenv("BEDRAIL_BENCH_BILL")
	if path == "" {
		b.Skip("SKIPPED: set BEDRAIL_BENCH_BILL to an unpacked bill")
	}
	body, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	bill, err := sbom.Read(path, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	x := vuln.NewIndex()
	r := feed.Reader{Sink: feed.Sink{Advisory: x.Add}}
	if err := r.Path(context.Background(), "../../shared/testdata/sbom/feeds"); err != nil {
		b.Fatal(err)
	}
	x.Seal(monday)
	n := 0
	for b.Loop() {
		for _, c := range bill.Components {
			x.Component(c, nil)
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "components/s")
}
