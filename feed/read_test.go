package feed_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"bedrail/feed"
	"bedrail/format/eol"
	"bedrail/format/kev"
	"bedrail/format/recall"
	"bedrail/vuln"
)

// counts are how many records of each kind a reader gave.
type counts struct{ advisories, kev, epss, eol, recalls, problems int }

func read(t testing.TB, path string) (counts, []feed.Problem) { return readWithin(t, path, 0) }

func readWithin(t testing.TB, path string, most int64) (counts, []feed.Problem) {
	t.Helper()
	var n counts
	var problems []feed.Problem
	r := feed.Reader{MaxMember: most, Sink: feed.Sink{
		Advisory: func(vuln.Advisory) { n.advisories++ }, KEV: func(kev.Entry) { n.kev++ }, EPSS: func(string, float32) { n.epss++ },
		EOL: func(eol.Product) { n.eol++ }, Recall: func(recall.Notice) { n.recalls++ },
		Problem: func(p feed.Problem) { n.problems++; problems = append(problems, p) },
	}}
	if err := r.Path(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	return n, problems
}

func TestReadsEveryPublishedFeedAsItIs(t *testing.T) {
	const feeds = "../../shared/testdata/sbom/feeds"
	if _, err := os.Stat(feeds); err != nil {
		t.Skip("SKIPPED: needs ../shared/testdata/sbom/feeds, not there")
	}
	got, problems := read(t, feeds)
	for _, p := range problems {
		t.Error(p)
	}
	if got.kev != 1404 || got.eol != 464 || got.advisories < 8163+433 {
		t.Errorf("got %+v", got)
	}
}

var samples = map[string]string{
	"osv.json":    `{"id":"GHSA-1","affected":[{"package":{"ecosystem":"npm","name":"left"},"versions":["1.0.0"]}]}`,
	"kev.json":    `{"catalogVersion":"2026.01.01","dateReleased":"2026-01-01T00:00:00.0000Z","vulnerabilities":[{"cveID":"CVE-2026-1","knownRansomwareCampaignUse":"Known"}]}`,
	"nvd.json":    `{"resultsPerPage":1,"format":"NVD_CVE","vulnerabilities":[{"cve":{"id":"CVE-2026-2","configurations":[{"nodes":[{"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:x:y:*:*:*:*:*:*:*:*","versionEndExcluding":"2"}]}]}]}}]}`,
	"cve5.json":   `{"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2026-3","state":"PUBLISHED"},"containers":{"cna":{"affected":[{"vendor":"Acme","product":"Pump","versions":[{"version":"0","lessThan":"2","status":"affected"}]}]}}}`,
	"csaf.json":   `{"document":{"title":"x","tracking":{"id":"A-1"}},"product_tree":{"branches":[{"category":"vendor","name":"Acme","branches":[{"category":"product_name","name":"Pump","product":{"name":"Pump","product_id":"P1"}}]}]},"vulnerabilities":[{"cve":"CVE-2026-4","product_status":{"known_affected":["P1"]}}]}`,
	"eol.json":    `{"result":{"name":"pumpos","label":"PumpOS","category":"os","releases":[{"name":"1","label":"1","eolFrom":"2024-01-01","isEol":true}]}}`,
	"eol.md":      "---\ntitle: PumpOS\ncategory: os\nreleases:\n  - releaseCycle: \"1\"\n    eol: 2024-01-01\n---\nprose\n",
	"recall.json": `{"meta":{},"results":[{"recall_number":"Z-1","recalling_firm":"Acme","product_description":"Pump"}]}`,
	"epss.csv":    "#model_version:v2025.03.14,score_date:2026-01-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1,0.9,0.99\n",
}

func TestEachKindIsKnownByItsContent(t *testing.T) {
	want := map[string]counts{"osv.json": {advisories: 1}, "kev.json": {kev: 1}, "nvd.json": {advisories: 1}, "cve5.json": {advisories: 1}, "csaf.json": {advisories: 1},
		"eol.json": {eol: 1}, "eol.md": {eol: 1}, "recall.json": {recalls: 1}, "epss.csv": {epss: 1}}
	for name, text := range samples {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, problems := read(t, path); got != want[name] {
			t.Errorf("%s: got %+v %v", name, got, problems)
		}
		zipped := filepath.Join(t.TempDir(), "x.zip")
		var packed bytes.Buffer
		z := zip.NewWriter(&packed)
		w, _ := z.Create(name)
		io.WriteString(w, text)
		z.Close()
		if err := os.WriteFile(zipped, packed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, problems := read(t, zipped); got != want[name] {
			t.Errorf("%s in an archive: got %+v %v", name, got, problems)
		}
	}
}

// zeros yields n blanks.
type zeros int64

func (z *zeros) Read(b []byte) (int, error) {
	n := min(int64(len(b)), int64(*z))
	if n == 0 {
		return 0, io.EOF
	}
	for i := range b[:n] {
		b[i] = ' '
	}
	*z -= zeros(n)
	return int(n), nil
}

func TestBombsAreBounded(t *testing.T) {
	const most = 80 << 20
	dir := t.TempDir()
	bomb := filepath.Join(dir, "bomb.zip")
	f, err := os.Create(bomb)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, _ := z.Create("a.json")
	size := zeros(most + 1<<20)
	io.WriteString(w, `{"id":"`)
	io.Copy(w, &size)
	z.Close()
	f.Close()
	g, err := os.Create(filepath.Join(dir, "bomb.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	gz := gzip.NewWriter(g)
	size = zeros(most + 1<<20)
	io.Copy(gz, &size)
	gz.Close()
	g.Close()
	os.WriteFile(filepath.Join(dir, "deep.json"), []byte(strings.Repeat(`{"x":`, 1_000_000)), 0o600)

	start := time.Now()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got, problems := readWithin(t, dir, most)
	runtime.ReadMemStats(&after)
	if got.problems != 3 {
		t.Errorf("got %+v %v", got, problems)
	}
	for _, p := range problems {
		if len(p.String()) > 700 {
			t.Errorf("a line of %d bytes", len(p.String()))
		}
	}
	if grown := int64(after.Sys) - int64(before.Sys); grown > 400<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
	t.Logf("%v in %v", problems, time.Since(start))
}

func FuzzDocument(f *testing.F) {
	for name, text := range samples {
		f.Add(name, []byte(text))
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		x := vuln.NewIndex()
		r := feed.Reader{Sink: feed.Sink{Advisory: x.Add, EOL: func(p eol.Product) { x.EOL = append(x.EOL, p) },
			Recall: func(n recall.Notice) { x.Recalls = append(x.Recalls, n) }, Problem: func(p feed.Problem) { _ = fmt.Sprint(p) }}}
		r.Document(context.Background(), name, bytes.NewReader(body))
		x.Seal(time.Unix(0, 0))
		x.Recalled("Acme", "Pump", "1", "2", "3")
		x.OperatingSystem("PumpOS 1")
	})
}
