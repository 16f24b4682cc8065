package oneshot_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"bedrail/server/oneshot"
)

// cacheBed is a folder of small feeds of every kind that is cached, and a bill.
func cacheBed(t testing.TB) (feeds, bill string) {
	t.Helper()
	dir := t.TempDir()
	feeds, bill = filepath.Join(dir, "feeds"), filepath.Join(dir, "bill.cdx.json")
	for name, text := range map[string]string{
		"feeds/left.json": `{"id":"GHSA-1","modified":"2026-01-01T00:00:00Z","aliases":["CVE-2026-1111"],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],` +
			`"affected":[{"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]}`,
		"feeds/nvd.json": `{"cve":{"id":"CVE-2026-2222","vulnStatus":"Analyzed","configurations":[{"operator":"AND","nodes":[{"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:o:acme:drip_firmware:*:*:*:*:*:*:*:*","versionEndExcluding":"5.0"}]},` +
			`{"operator":"OR","cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:h:acme:drip:-:*:*:*:*:*:*:*"}]}]}]}}`,
		"feeds/kev.json":  `{"catalogVersion":"1","dateReleased":"2026-11-01T00:00:00Z","count":1,"vulnerabilities":[{"cveID":"CVE-2026-1111","dateAdded":"2026-11-01"}]}`,
		"feeds/epss.csv":  "#model_version:v2025.03.14,score_date:2026-11-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1111,0.42,0.9\n",
		"feeds/other.txt": "no feed",
		"feeds/cut.json":  `{"id":"GHSA-2","affected":[{"pack`,
		"bill.cdx.json": `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"},` +
			`{"type":"firmware","name":"drip","version":"4.2","cpe":"cpe:2.3:o:acme:drip_firmware:4.2:*:*:*:*:*:*:*"}]}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return feeds, bill
}

func assessCached(t testing.TB, bill, feeds, cache string) string {
	t.Helper()
	got, err := oneshot.Assess(context.Background(), oneshot.AssessRequest{Bills: []string{bill}, Feeds: []string{feeds}, Cache: cache, Clock: onDay("2026-11-24")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func entries(t testing.TB, cache string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(cache, "*.feeds"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestCachedFeedsAnswerAsThoseThatAreRead(t *testing.T) {
	feeds, bill := cacheBed(t)
	cache := filepath.Join(t.TempDir(), "cache")
	want := assessCached(t, bill, feeds, "")
	if got := assessCached(t, bill, feeds, cache); got != want {
		t.Errorf("the first time: got %s\nwant %s", got, want)
	}
	if len(entries(t, cache)) != 1 {
		t.Fatalf("the cache holds %q, want one entry", entries(t, cache))
	}
	if got := assessCached(t, bill, feeds, cache); got != want {
		t.Errorf("from the cache: got %s\nwant %s", got, want)
	}
}

func TestADamagedCacheIsReadAnew(t *testing.T) {
	feeds, bill := cacheBed(t)
	cache := t.TempDir()
	want := assessCached(t, bill, feeds, cache)
	name := entries(t, cache)[0]
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string][]byte{"cut": whole[:len(whole)/2], "empty": {}, "of another program": append([]byte("something else\n"), whole...), "with one bit changed": flip(whole)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := assessCached(t, bill, feeds, cache); got != want {
			t.Errorf("a cache that is %s: got %s\nwant %s", what, got, want)
		}
	}
}

func flip(b []byte) []byte {
	out := append([]byte(nil), b...)
	out[len(out)/2] ^= 1
	return out
}

func TestAChangedFeedIsNoLongerAnsweredFromTheCache(t *testing.T) {
	feeds, bill := cacheBed(t)
	cache := t.TempDir()
	before := assessCached(t, bill, feeds, cache)
	path := filepath.Join(feeds, "epss.csv")
	if err := os.WriteFile(path, []byte("#model_version:v2025.03.14,score_date:2026-11-02T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1111,0.43,0.9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if after := assessCached(t, bill, feeds, cache); after == before {
		t.Error("a changed feed gave the old answer")
	}
	for n := range 6 {
		if err := os.WriteFile(path, []byte("#x\ncve,epss,percentile\nCVE-2026-1111,0.4,0."+string(rune('0'+n))+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		assessCached(t, bill, feeds, cache)
	}
	if got := len(entries(t, cache)); got > 4 {
		t.Errorf("the cache grows without end: %d entries", got)
	}
}

func BenchmarkAssessCachedTenThousand(b *testing.B) {
	path, cache := unpacked(b, sharedBill(b, "sboms/synth-10000.cdx.json.xz")), b.TempDir()
	assessCached(b, path, sharedBill(b, "feeds"), cache)
	for b.Loop() {
		_, err := oneshot.Assess(context.Background(), oneshot.AssessRequest{Bills: []string{path}, Feeds: []string{sharedBill(b, "feeds")}, Cache: cache, Clock: onDay("2026-11-24")})
		if err != nil {
			b.Fatal(err)
		}
	}
}
