package feed

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/eol"
	"bedrail/format/kev"
	"bedrail/format/recall"
	"bedrail/vuln"
)

// What an actor may do with feeds.
const (
	Read   bedrail.Action = "feed:read"
	Import bedrail.Action = "feed:import"
)

// A Feed is a source of records with what is known of its state.
type Feed = vuln.Feed

// A Status is a feed with how old it is now.
type Status struct {
	Feed
	Age     string `json:"age"`               // since the last import, in words of Go's durations; empty when there was none
	Stale   bool   `json:"stale"`             // older than what the hospital accepts, or never there
	Missing bool   `json:"missing"`           // configured, and never fetched
	Problem string `json:"problem,omitempty"` // why the last attempt to fetch it failed, or had to go elsewhere

	Mirrors    []string `json:"mirrors,omitempty"`    // asked in turn when the source does not answer
	Configured string   `json:"configured,omitempty"` // name under which it is fetched; empty: imported from files
}

// A Record is one published record as it is kept.
type Record = vuln.StoredRecord

// A Store remembers feeds and their records. Each method is one transaction.
type Store interface {
	// SaveRecords keeps records, new and changed, and appends entry. It
	// returns the places in records of those that were not known just so.
	SaveRecords(ctx context.Context, in bedrail.Scope, records []Record, entry audit.Entry) (changed []int, err error)
	// SaveFeed replaces the state of a feed, its number of records counted
	// from what is kept, and appends entry.
	SaveFeed(ctx context.Context, in bedrail.Scope, f Feed, entry audit.Entry) error
	// Feeds returns the state of every feed, by name.
	Feeds(ctx context.Context, in bedrail.Scope) ([]Feed, error)
}

// A Source is an address from which a feed is fetched.
type Source struct {
	Name    string   `json:"name"`
	URL     string   `json:"url"`
	Mirrors []string `json:"mirrors,omitempty"` // asked in turn when URL does not answer
}

// A Desk brings feeds in and says how old they are.
type Desk struct {
	Store Store
	Auth  bedrail.Authorizer
	Clock bedrail.Clock
	// Sources are fetched only when asked for or scheduled; none is the
	// default, and nothing then leaves the hospital.
	Sources []Source
	HTTP    *http.Client
	// Patience is the wait before a source that did not answer is asked
	// again; it doubles each time. A second when zero.
	Patience time.Duration
	// StaleAfter is the age from which a feed counts as stale; seven days
	// when zero.
	StaleAfter time.Duration
	// BundleKeys are the keys whose signed bundles are believed.
	BundleKeys []string
	// Changed hears which records are new or changed, after they are kept.
	Changed func(ctx context.Context, updates []vuln.Update)

	mu     sync.Mutex        // guards failed
	failed map[string]string // by address: why it could not be fetched the last time
}

// A Result is what an import did.
type Result struct {
	Feeds    []Summary `json:"feeds"`
	Changed  int       `json:"changed"`
	Problems []Problem `json:"problems"`
}

// batch is how many records are kept in one transaction.
const batch = 2000

// ImportPath brings in a file or every file below a folder.
func (d *Desk) ImportPath(ctx context.Context, by bedrail.Actor, path string) (Result, error) {
	return d.take(ctx, by, path, "", func(r *Reader) error { return r.Path(ctx, path) })
}

// Import brings in one file that somebody sends, of any published kind; name
// is the file's. An archive is held in a temporary file while it is read.
func (d *Desk) Import(ctx context.Context, by bedrail.Actor, name string, src io.Reader) (Result, error) {
	return d.take(ctx, by, filepath.Base(name), "", func(r *Reader) error { return r.stream(ctx, filepath.Base(name), src) })
}

// stream reads a file that comes as a stream.
func (r *Reader) stream(ctx context.Context, name string, src io.Reader) error {
	if !strings.EqualFold(filepath.Ext(name), ".zip") {
		r.Document(ctx, name, &counter{src: src, left: MaxFile})
		return ctx.Err()
	}
	f, err := os.CreateTemp("", "bedrail-feed-*.zip")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	size, err := io.Copy(f, &counter{src: src, left: MaxFile})
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	r.archive(ctx, name, f, size, 0)
	return ctx.Err()
}

// take reads with fn and keeps what it gives, in batches.
func (d *Desk) take(ctx context.Context, by bedrail.Actor, source, etag string, fn func(*Reader) error) (Result, error) {
	return d.takeAs(ctx, by, source, func() string { return etag }, fn)
}

// takeAs is take where what marks the state of the source is known only after
// it was read.
func (d *Desk) takeAs(ctx context.Context, by bedrail.Actor, source string, mark func() string, fn func(*Reader) error) (Result, error) {
	if err := d.Auth.Authorize(ctx, by, Import, bedrail.Resource{Type: "feed"}); err != nil {
		return Result{}, err
	}
	k := keeper{desk: d, by: by, source: source, ctx: ctx}
	bundles := bundleTaker{desk: d, by: by, ctx: ctx, problem: k.problem, file: source}
	r := Reader{Bundle: bundles.judge, Sink: Sink{
		Advisory: func(a vuln.Advisory) { k.add(a.Feed, a.Modified, vuln.Update{Advisory: &a}) },
		KEV:      func(e kev.Entry) { k.add("kev", time.Time{}, vuln.Update{KEV: &e}) },
		EPSS:     k.likely,
		EOL:      func(p eol.Product) { k.add("eol", time.Time{}, vuln.Update{EOL: &p}) },
		Recall:   func(n recall.Notice) { k.add("openfda", n.Started, vuln.Update{Recall: &n}) },
		Problem:  func(p Problem) { k.problem(p) },
	}}
	err := fn(&r)
	k.flushLikely()
	k.flush()
	result := Result{Feeds: r.Summaries(), Changed: k.changed, Problems: k.problems}
	if err = errors.Join(err, k.err); err != nil {
		return result, err
	}
	if len(result.Feeds) == 0 && len(result.Problems) > 0 {
		return result, bedrail.Errorf(bedrail.Invalid, "%s", result.Problems[0])
	}
	if len(result.Feeds) == 0 && bundles.taken == nil {
		return result, bedrail.Errorf(bedrail.Invalid, "%s holds no feed that can be read: OSV, CVE, NVD, CSAF, KEV, EPSS, end-of-life records or openFDA recalls", source)
	}
	if err := bundles.keep(source); err != nil {
		return result, err
	}
	for _, s := range result.Feeds {
		kind, _, _ := strings.Cut(s.Name, ":")
		f := Feed{Name: s.Name, Kind: kind, Source: source, Records: s.Records, Newest: s.Newest, ImportedAt: d.Clock.Now(), ETag: mark()}
		entry := audit.Entry{By: by, Did: Import, To: s.Name, Note: fmt.Sprintf("%d records from %s", s.Records, source)}
		if err := d.Store.SaveFeed(ctx, by.Scope, f, entry); err != nil {
			return result, fmt.Errorf("keeping the feed %s: %w", s.Name, err)
		}
	}
	return result, nil
}

// A keeper gathers records into batches.
type keeper struct {
	desk     *Desk
	by       bedrail.Actor
	source   string
	ctx      context.Context
	records  []Record
	updates  []vuln.Update
	changed  int
	problems []Problem
	likelies map[string]map[string]float32 // by block
	err      error
}

// likely gathers likelihoods until the end of the import.
func (k *keeper) likely(cve string, score float32) {
	if k.likelies == nil {
		k.likelies = map[string]map[string]float32{}
	}
	block := vuln.LikelihoodBlock(cve)
	if k.likelies[block] == nil {
		k.likelies[block] = map[string]float32{}
	}
	k.likelies[block][cve] = score
}

func (k *keeper) flushLikely() {
	for _, block := range slices.Sorted(maps.Keys(k.likelies)) {
		k.add("epss", time.Time{}, vuln.Update{EPSS: &vuln.Likelihoods{Block: block, Scores: k.likelies[block]}})
	}
}

// maxProblems bounds how many problems of one import are kept.
const maxProblems = 200

func (k *keeper) problem(p Problem) {
	if len(k.problems) < maxProblems {
		k.problems = append(k.problems, p)
	}
}

func (k *keeper) add(feed string, at time.Time, u vuln.Update) {
	if k.err != nil {
		return
	}
	kind, id, doc := u.Record()
	body, err := json.Marshal(doc)
	if err != nil {
		k.err = err
		return
	}
	digest := sha256.Sum256(body)
	k.records = append(k.records, Record{Kind: kind, ID: id, Feed: feed, Digest: hex.EncodeToString(digest[:16]), At: at, Doc: body})
	k.updates = append(k.updates, u)
	if len(k.records) == batch {
		k.flush()
	}
}

func (k *keeper) flush() {
	if k.err != nil || len(k.records) == 0 {
		return
	}
	entry := audit.Entry{By: k.by, Did: Import, To: k.records[0].Feed, Note: fmt.Sprintf("%d records from %s", len(k.records), k.source)}
	changed, err := k.desk.Store.SaveRecords(k.ctx, k.by.Scope, k.records, entry)
	if err != nil {
		k.err = fmt.Errorf("keeping records of %s: %w", k.source, err)
		return
	}
	k.changed += len(changed)
	if k.desk.Changed != nil && len(changed) > 0 {
		updates := make([]vuln.Update, 0, len(changed))
		for _, i := range changed {
			updates = append(updates, k.updates[i])
		}
		k.desk.Changed(k.ctx, updates)
	}
	k.records, k.updates = k.records[:0], nil
}

// Feeds returns the state of every feed. A configured source that was never
// fetched is among them, as missing.
func (d *Desk) Feeds(ctx context.Context, by bedrail.Actor) ([]Status, error) {
	if err := d.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "feed"}); err != nil {
		return nil, err
	}
	feeds, err := d.Store.Feeds(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	limit := d.StaleAfter
	if limit == 0 {
		limit = 7 * 24 * time.Hour
	}
	out := make([]Status, 0, len(feeds))
	there := map[string]bool{}
	for _, f := range feeds {
		there[f.Source] = true
		age := d.Clock.Now().Sub(f.ImportedAt).Round(time.Second)
		s := Status{Feed: f, Age: age.String(), Stale: age > limit, Problem: d.problemOf(f.Source)}
		if i := slices.IndexFunc(d.Sources, func(c Source) bool { return c.URL == f.Source }); i >= 0 {
			s.Mirrors, s.Configured = d.Sources[i].Mirrors, d.Sources[i].Name
		}
		out = append(out, s)
	}
	for _, s := range d.Sources {
		if !there[s.URL] {
			out = append(out, Status{Feed: Feed{Name: s.Name, Source: s.URL}, Stale: true, Missing: true, Problem: d.problemOf(s.URL), Mirrors: s.Mirrors, Configured: s.Name})
		}
	}
	return out, nil
}

func (d *Desk) problemOf(url string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed[url]
}

// Gaps says in sentences what the feeds leave unknown: a kind that is missing
// and a feed that is stale. No gap does not mean that nothing is unknown.
func Gaps(feeds []Status) []string {
	out := []string{}
	for _, kind := range []struct{ words, missing string }{
		{"osv cve nvd csaf github", "no advisories were imported: no weakness can be known"},
		{"kev", "the catalogue of exploited weaknesses was not imported: none can be marked as exploited"},
		{"eol", "no records of the end of support were imported: only the built-in list of embedded systems is known"},
		{"openfda", "no recalls were imported: none can be known"},
	} {
		if !slices.ContainsFunc(feeds, func(f Status) bool { return !f.Missing && slices.Contains(strings.Fields(kind.words), f.Kind) }) {
			out = append(out, kind.missing)
		}
	}
	for _, f := range feeds {
		switch {
		case f.Missing:
			out = append(out, fmt.Sprintf("the feed %s is configured and was never fetched", f.Name))
		case f.Stale:
			out = append(out, fmt.Sprintf("the feed %s was last brought in %s; what was published since is not known", f.Name, f.ImportedAt.Format(time.DateOnly)))
		}
	}
	return out
}

// Sync fetches a configured source and brings it in. A source that has not
// changed since the last time costs one request.
func (d *Desk) Sync(ctx context.Context, by bedrail.Actor, name string) (Result, error) {
	if err := d.Auth.Authorize(ctx, by, Import, bedrail.Resource{Type: "feed", ID: name}); err != nil {
		return Result{}, err
	}
	for _, s := range d.Sources {
		if s.Name == name {
			return d.fetch(ctx, by, s)
		}
	}
	return Result{}, bedrail.Errorf(bedrail.NotFound, "no source named %q is configured; feeds can also be imported from files", name)
}

// SyncAll fetches every configured source. One that fails does not keep the
// others from being fetched; it stands among the problems.
func (d *Desk) SyncAll(ctx context.Context, by bedrail.Actor) (Result, error) {
	if err := d.Auth.Authorize(ctx, by, Import, bedrail.Resource{Type: "feed"}); err != nil {
		return Result{}, err
	}
	if len(d.Sources) == 0 {
		return Result{}, bedrail.Errorf(bedrail.Invalid, "no source is configured; set feeds.sources, or import feeds from files")
	}
	all := Result{Feeds: []Summary{}, Problems: []Problem{}}
	failures := 0
	var last error
	for _, s := range d.Sources {
		r, err := d.fetch(ctx, by, s)
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		if err != nil {
			failures, last = failures+1, err
			all.Problems = append(all.Problems, Problem{File: s.Name, Text: err.Error()})
		}
		all.Feeds, all.Changed, all.Problems = append(all.Feeds, r.Feeds...), all.Changed+r.Changed, append(all.Problems, r.Problems...)
	}
	if failures == len(d.Sources) {
		return all, last
	}
	return all, nil
}

// fetch brings a source in and remembers why it could not.
func (d *Desk) fetch(ctx context.Context, by bedrail.Actor, s Source) (Result, error) {
	d.setProblem(s.URL, "")
	r, err := d.fetchOnce(ctx, by, s)
	if err != nil && ctx.Err() == nil {
		text := "what it gave could not be kept"
		var shown *bedrail.Error
		if errors.As(err, &shown) {
			text = shown.Message
		}
		d.setProblem(s.URL, text)
	}
	return r, err
}

// setProblem remembers what is wrong with an address; nothing, when text is
// empty.
func (d *Desk) setProblem(url, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		d.failed = map[string]string{}
	}
	if d.failed[url] = text; text == "" {
		delete(d.failed, url)
	}
}

func (d *Desk) fetchOnce(ctx context.Context, by bedrail.Actor, s Source) (Result, error) {
	known, err := d.Store.Feeds(ctx, by.Scope)
	if err != nil {
		return Result{}, err
	}
	etag := ""
	for _, f := range known {
		if f.Source == s.URL {
			etag = f.ETag
		}
	}
	if isProvider(s.URL) {
		return d.fetchProvider(ctx, by, s, etag)
	}
	resp, err := d.get(ctx, s.URL, etag)
	away := err
	for _, mirror := range s.Mirrors {
		if err == nil || ctx.Err() != nil {
			break
		}
		if resp, err = d.get(ctx, mirror, etag); err == nil {
			d.setProblem(s.URL, fmt.Sprintf("%s; it was fetched from %s", away, mirror))
		}
	}
	if err != nil {
		return Result{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotModified {
		return Result{Feeds: []Summary{}, Problems: []Problem{}}, d.unchanged(ctx, by, s, known)
	}
	name := filepath.Base(resp.Request.URL.Path)
	if filepath.Ext(name) == "" {
		name += ".json"
	}
	return d.take(ctx, by, s.URL, resp.Header.Get("ETag"), func(r *Reader) error { return r.stream(ctx, name, resp.Body) })
}

// unchanged notes that what is kept of a source is still what it publishes.
func (d *Desk) unchanged(ctx context.Context, by bedrail.Actor, s Source, known []Feed) error {
	for _, f := range known {
		if f.Source != s.URL {
			continue
		}
		f.ImportedAt = d.Clock.Now()
		entry := audit.Entry{By: by, Did: Import, To: f.Name, Note: "nothing new at " + s.URL}
		if err := d.Store.SaveFeed(ctx, by.Scope, f, entry); err != nil {
			return fmt.Errorf("keeping the feed %s: %w", f.Name, err)
		}
	}
	return nil
}

// tries is how often a source that does not answer is asked.
const tries = 4

// get asks again, each time after twice the wait, while the source is
// overloaded or not reachable.
func (d *Desk) get(ctx context.Context, url, etag string) (*http.Response, error) {
	client := d.client()
	var last error
	wait := cmp.Or(d.Patience, time.Second)
	for try := range tries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(wait):
			}
			wait *= 2
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "%q is not an address that can be fetched", url)
		}
		if etag != "" {
			req.Header.Set("If-None-Match", etag)
		}
		resp, err := client.Do(req)
		switch {
		case err != nil:
			last = err
			continue
		case resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusNotModified:
			return resp, nil
		}
		resp.Body.Close()
		last = fmt.Errorf("the answer was %s", resp.Status)
		if resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests {
			break // asking again would not help
		}
	}
	return nil, bedrail.Errorf(bedrail.Unavailable, "%s cannot be fetched: %v", url, last)
}

// A bundleTaker judges a bundle before it is used and remembers it after.
type bundleTaker struct {
	desk    *Desk
	by      bedrail.Actor
	ctx     context.Context
	file    string
	problem func(Problem)
	taken   *Manifest
}

// judge refuses a bundle that nobody trusted signed, or that is older than one
// that was taken already: what is known now must not go back to what was.
func (t *bundleTaker) judge(z *zip.Reader) error {
	m, err := verifyBundle(z, t.desk.BundleKeys)
	if err != nil {
		return err
	}
	feeds, err := t.desk.Store.Feeds(t.ctx, t.by.Scope)
	if err != nil {
		return err
	}
	last := ""
	for _, f := range feeds {
		if f.Name != "bundle:"+m.Signer {
			continue
		}
		if m.Made.Before(f.Newest) {
			return fmt.Errorf("it was made on %s, and one of %s was taken already; bring the newer one", m.Made.Format(time.RFC3339), f.Newest.Format(time.RFC3339))
		}
		last = f.ETag
	}
	if m.Base != "" && m.Base != last && m.Digest != last {
		t.problem(Problem{File: t.file, Text: "it adds to a bundle that was not the last one taken here; what came between is not known; bring a whole bundle"})
	}
	t.taken = &m
	return nil
}

func (t *bundleTaker) keep(source string) error {
	if t.taken == nil {
		return nil
	}
	m := t.taken
	f := Feed{Name: "bundle:" + m.Signer, Kind: "bundle", Source: source, Records: len(m.Files), Newest: m.Made, ImportedAt: t.desk.Clock.Now(), ETag: m.Digest}
	entry := audit.Entry{By: t.by, Did: Import, To: f.Name, Note: fmt.Sprintf("bundle of %d files made %s, signed by %s", len(m.Files), m.Made.Format(time.RFC3339), m.Signer)}
	if err := t.desk.Store.SaveFeed(t.ctx, t.by.Scope, f, entry); err != nil {
		return fmt.Errorf("keeping the bundle: %w", err)
	}
	return nil
}
