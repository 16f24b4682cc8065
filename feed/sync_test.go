package feed_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/feed"
	"bedrail/store/storetest"
	"bedrail/vuln"
)

type allowed struct{}

func (allowed) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

var analyst = bedrail.Actor{ID: "u1", Name: "analyst", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "t"}}

// A publisher serves one feed, may be overloaded, and counts what it is asked.
type publisher struct {
	body     string
	overload int // answers to refuse first
	asked    int
	sent     int
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked++
	etag := fmt.Sprintf(`"%d"`, len(p.body))
	switch {
	case p.overload > 0:
		p.overload--
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.Header.Get("If-None-Match") == etag:
		w.WriteHeader(http.StatusNotModified)
	default:
		p.sent++
		w.Header().Set("ETag", etag)
		fmt.Fprint(w, p.body)
	}
}

func TestASourceIsFetchedOnceUntilItChanges(t *testing.T) {
	ctx := context.Background()
	p := &publisher{body: samples["kev.json"], overload: 2}
	site := httptest.NewServer(p)
	defer site.Close()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	told := 0
	d := &feed.Desk{Store: storetest.New(t), Auth: allowed{}, Clock: func() time.Time { return now }, Patience: time.Millisecond,
		Sources: []feed.Source{{Name: "exploited", URL: site.URL + "/kev.json"}}, Changed: func(_ context.Context, u []vuln.Update) { told += len(u) }}
	state := func() feed.Status {
		t.Helper()
		all, err := d.Feeds(ctx, analyst)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0]
	}
	if s := state(); !s.Missing || !s.Stale || s.Name != "exploited" {
		t.Errorf("a configured source that was never fetched is missing: %+v", s)
	}
	if _, err := d.Sync(ctx, analyst, "exploited"); err != nil {
		t.Fatal(err)
	}
	if s := state(); p.asked != 3 || s.Name != "kev" || s.Stale || s.Missing || told == 0 {
		t.Errorf("an overloaded source is asked again: asked %d, told %d, %+v", p.asked, told, s)
	}
	now = now.Add(8 * 24 * time.Hour)
	if s := state(); !s.Stale || !strings.Contains(strings.Join(feed.Gaps([]feed.Status{s}), "; "), "the feed kev was last brought in 2026-11-23") {
		t.Errorf("a feed of eight days is stale and says so: %+v", s)
	}
	told = 0
	if _, err := d.SyncAll(ctx, analyst); err != nil {
		t.Fatal(err)
	}
	if s := state(); p.sent != 1 || told != 0 || s.Stale {
		t.Errorf("what did not change is not sent again, and is fresh: sent %d, told %d, %+v", p.sent, told, s)
	}
	p.body = `{"catalogVersion":"2","vulnerabilities":[{"cveID":"CVE-2026-7777"}]}`
	if _, err := d.SyncAll(ctx, analyst); err != nil || p.sent != 2 || told != 1 {
		t.Errorf("one changed record is one change: sent %d, told %d, %v", p.sent, told, err)
	}
	site.Close()
	if _, err := d.Sync(ctx, analyst, "exploited"); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("a source that is gone: %v", err)
	}
	if s := state(); s.Problem == "" || s.Records == 0 {
		t.Errorf("a failed fetch is told and loses nothing: %+v", s)
	}
	if _, err := d.Sync(ctx, analyst, "other"); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("a source that nobody configured: %v", err)
	}
}

// TestTheDaysLikelihoodsAreKeptQuickly brings in a table of the published
// size, and the next day's, in which every value is another.
func TestTheDaysLikelihoodsAreKeptQuickly(t *testing.T) {
	const rows = 300_000
	table := func(value string) string {
		var b strings.Builder
		b.WriteString("#model_version:v1,score_date:2026-11-23T00:00:00+0000\ncve,epss,percentile\n")
		for i := range rows {
			fmt.Fprintf(&b, "CVE-%d-%05d,%s,0.5\n", 2000+i/15000, i%15000, value)
		}
		return b.String()
	}
	db := storetest.New(t)
	updates := 0
	d := &feed.Desk{Store: db, Auth: allowed{}, Clock: time.Now, Changed: func(_ context.Context, u []vuln.Update) { updates += len(u) }}
	for day, value := range []string{"0.1", "0.2"} {
		start := time.Now()
		r, err := d.Import(context.Background(), analyst, "epss.csv", strings.NewReader(table(value)))
		if err != nil || len(r.Feeds) != 1 || r.Feeds[0].Records != rows {
			t.Fatalf("%+v, %v", r, err)
		}
		took := time.Since(start)
		t.Logf("day %d: %d rows in %v", day+1, rows, took)
		if took > 20*time.Second {
			t.Errorf("%d rows took %v", rows, took)
		}
	}
	all, err := d.Feeds(context.Background(), analyst)
	if err != nil || len(all) != 1 || all[0].Records != rows || updates > 2000 {
		t.Errorf("%+v, %v, %d updates", all, err, updates)
	}
}

func TestAMirrorIsAskedWhenTheSourceIsAway(t *testing.T) {
	ctx := context.Background()
	away := httptest.NewServer(http.NotFoundHandler())
	defer away.Close()
	broken := &publisher{body: "x", overload: 1 << 30}
	second := httptest.NewServer(broken)
	defer second.Close()
	mirror := &publisher{body: samples["kev.json"]}
	third := httptest.NewServer(mirror)
	defer third.Close()
	d := &feed.Desk{Store: storetest.New(t), Auth: allowed{}, Clock: time.Now, Patience: time.Millisecond,
		Sources: []feed.Source{{Name: "exploited", URL: away.URL + "/kev.json", Mirrors: []string{second.URL + "/kev.json", third.URL + "/kev.json"}}}}
	for round := range 2 {
		if _, err := d.Sync(ctx, analyst, "exploited"); err != nil {
			t.Fatal(err)
		}
		all, err := d.Feeds(ctx, analyst)
		if err != nil || len(all) != 1 || all[0].Missing || all[0].Stale || all[0].Source != away.URL+"/kev.json" || len(all[0].Mirrors) != 2 || all[0].Configured != "exploited" {
			t.Fatalf("round %d: what a mirror gives is the source's: %+v, %v", round, all, err)
		}
		if !strings.Contains(all[0].Problem, "404") || !strings.Contains(all[0].Problem, "fetched from "+third.URL) {
			t.Errorf("round %d: that the source is away is told: %q", round, all[0].Problem)
		}
	}
	if mirror.sent != 1 || mirror.asked != 2 || broken.asked != 8 {
		t.Errorf("what did not change is not sent again, and an overloaded mirror is asked four times: sent %d, asked %d, broken asked %d", mirror.sent, mirror.asked, broken.asked)
	}
	third.Close()
	if _, err := d.Sync(ctx, analyst, "exploited"); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("nobody answers: %v", err)
	}
}
