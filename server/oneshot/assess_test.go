package oneshot_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/server/oneshot"
	"bedrail/vuln"
)

// billData is the shared bills and feeds; they are public data that is not part
// of the project.
const billData = "../../../shared/testdata/sbom/"

func sharedBill(t testing.TB, name string) string {
	t.Helper()
	path := billData + name
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: needs ../shared/testdata/sbom/%s, not there", name)
	}
	return path
}

// onDay holds the clock still, so that what is past its end does not depend on
// the day of the test.
func onDay(day string) bedrail.Clock {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return func() time.Time { return t }
}

func assess(t testing.TB, path string) oneshot.Assessment {
	t.Helper()
	got, err := oneshot.Assess(context.Background(), oneshot.AssessRequest{
		Bills: []string{path}, Feeds: []string{sharedBill(t, "feeds")}, Clock: onDay("2026-11-24"),
		Problem: func(text string) { t.Log(text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// unpacked returns the path of an xz file's content.
func unpacked(t testing.TB, path string) string {
	t.Helper()
	xz, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("SKIPPED: needs xz to unpack " + path)
	}
	body, err := exec.Command(xz, "-dc", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(path), ".xz"))
	if err := os.WriteFile(out, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

var update = flag.Bool("update", false, "write the golden files anew")

// TestEveryAnswerOnARealBillIsWrittenDown holds each answer with its reason
// against a committed list, so that a person can read what is undecidable.
func TestEveryAnswerOnARealBillIsWrittenDown(t *testing.T) {
	for _, bill := range []string{"med-extended", "med-narrow", "proton-bridge_proton-bridge-v1.6.3", "proton-bridge_proton-bridge-v1.8.0"} {
		var got strings.Builder
		counts := map[vuln.Status]int{}
		for _, f := range assess(t, sharedBill(t, "sboms/"+bill+".cdx.json")).Findings {
			counts[f.Status]++
			fmt.Fprintf(&got, "%s\t%s %s\t%s %s\t%s %.2f\t%s\n", f.Status, f.Component.Name, f.Component.Version, f.Vulnerability, strings.Join(f.Aliases, " "), f.Match.By, f.Match.Confidence, f.Match.Reason)
		}
		fmt.Fprintf(&got, "%d affected, %d undecidable\n", counts[vuln.Affected], counts[vuln.Undecidable])
		path := "testdata/assess/" + bill + ".golden"
		if *update {
			if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s: got\n%swant\n%s", bill, got.String(), want)
		}
	}
}

func TestTheRealDeviceBillHasItsFiveFindingsAndNoOther(t *testing.T) {
	for bill, want := range map[string][]string{
		"med-extended": {"Newtonsoft.Json CVE-2024-21907", "jQuery CVE-2020-11022", "WolfSSL CVE-2022-42905", "FreeRTOS CVE-2021-31571", "log4net CVE-2018-1285"},
		"med-narrow":   {"Newtonsoft.Json CVE-2024-21907", "jQuery CVE-2020-11022", "WolfSSL CVE-2022-42905", "log4net CVE-2018-1285"},
	} {
		got := assess(t, sharedBill(t, "sboms/"+bill+".cdx.json"))
		var found []string
		for _, f := range got.Findings {
			if f.Status == vuln.Affected {
				found = append(found, f.Component.Name+" "+f.Vulnerability)
			} else {
				t.Logf("%s: %s %s: %s", f.Status, f.Component.Name, f.Vulnerability, f.Match.Reason)
			}
		}
		slices.Sort(found)
		slices.Sort(want)
		if !slices.Equal(found, want) {
			t.Errorf("%s: got %q, want %q", bill, found, want)
		}
		for _, f := range got.Findings {
			if f.Component.Name == "log4net" && (f.Match.Confidence >= 0.9 || f.Match.By != vuln.ByAlias) {
				t.Errorf("log4net's maker is named wrongly in the bill; got %+v, want less confidence", f.Match)
			}
		}
	}
}

// peers are the findings that a peer recorded on the same data.
func peers(t testing.TB, name string) map[string]bool {
	t.Helper()
	path := sharedBill(t, "expected/"+name)
	body, err := os.ReadFile(path)
	if strings.HasSuffix(path, ".xz") {
		body, err = os.ReadFile(unpacked(t, path))
	}
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct{ Tuples [][4]string }
	if err := json.Unmarshal(body, &recorded); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, tuple := range recorded.Tuples {
		out[key(tuple[1], tuple[2], tuple[3])] = true
	}
	return out
}

func key(name, version, id string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", "-")) + " " + strings.TrimPrefix(version, "v") + " " + id
}

// ours are the findings under every name of the weakness, and how many there
// are.
func ours(a oneshot.Assessment) (byName map[string]bool, list []oneshot.Finding) {
	byName = map[string]bool{}
	for _, f := range a.Findings {
		if f.Status != vuln.Affected {
			continue
		}
		list = append(list, f)
		for _, id := range append([]string{f.Vulnerability}, f.Aliases...) {
			byName[key(f.Component.Name, f.Component.Version, id)] = true
		}
	}
	return byName, list
}

func TestTheMailBridgeHasTheFindingsOfBothPeersAndNoMore(t *testing.T) {
	for _, version := range []string{"v1.6.3", "v1.8.0"} {
		name := "proton-bridge_proton-bridge-" + version
		got, list := ours(assess(t, sharedBill(t, "sboms/"+name+".cdx.json")))
		for _, peer := range []string{"osv-scanner", "grype"} {
			want := peers(t, name+"."+peer+".json")
			for k := range want {
				if !got[k] {
					t.Errorf("%s: %s finds %s, we do not", version, peer, k)
				}
			}
			for _, f := range list {
				if !anyOf(want, f) {
					t.Errorf("%s: we find %s %s %s, %s does not: %s", version, f.Component.Name, f.Component.Version, f.Vulnerability, peer, f.Match.Reason)
				}
			}
		}
		if len(list) != 58 {
			t.Errorf("%s: got %d findings, want 58", version, len(list))
		}
	}
}

func anyOf(want map[string]bool, f oneshot.Finding) bool {
	return slices.ContainsFunc(append([]string{f.Vulnerability}, f.Aliases...), func(id string) bool {
		return want[key(f.Component.Name, f.Component.Version, id)]
	})
}

// TestEveryDifferenceFromThePeersIsExplained compares the generated bills
// with what the peers found; the list in testdata gives the reason for each
// difference.
func TestEveryDifferenceFromThePeersIsExplained(t *testing.T) {
	explained := differences(t)
	for _, size := range []string{"1000", "10000"} {
		all := assess(t, unpacked(t, sharedBill(t, "sboms/synth-"+size+".cdx.json.xz")))
		got, list := ours(all)
		undecided := undecidables(all)
		suffix := ".json"
		if size == "10000" {
			suffix = ".json.xz"
		}
		either := map[string]bool{}
		for _, peer := range []string{"osv-scanner", "grype"} {
			for k := range peers(t, "synth-"+size+"."+peer+suffix) {
				either[k] = true
				name, _, _ := strings.Cut(k, " ")
				switch why := explained[peer+"\t"+name]; {
				case got[k]:
				case why == "":
					t.Errorf("synth-%s: %s finds %s, we do not, and nothing says why", size, peer, k)
				case strings.HasPrefix(why, "undecidable") && !undecided[k]:
					t.Errorf("synth-%s: %s finds %s, which should be undecidable with us: %s", size, peer, k, why)
				}
			}
		}
		for _, f := range list {
			if !anyOf(either, f) && explained["ours\t"+strings.ToLower(f.Component.Name)] == "" {
				t.Errorf("synth-%s: we find %s %s %s (%s), no peer does, and nothing says why", size, f.Component.Name, f.Component.Version, f.Vulnerability, f.Match.Reason)
			}
		}
		t.Logf("synth-%s: %d affected, %d undecidable", size, len(list), len(all.Findings)-len(list))
	}
}

// differences reads the list of explained differences: whose and component to
// reason.
func differences(t *testing.T) map[string]string {
	t.Helper()
	body, err := os.ReadFile("testdata/assess/peer-differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(body)) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) == 3 {
			out[fields[0]+"\t"+strings.ToLower(fields[1])] = fields[2]
		}
	}
	return out
}

func undecidables(a oneshot.Assessment) map[string]bool {
	out := map[string]bool{}
	for _, f := range a.Findings {
		if f.Status != vuln.Undecidable {
			continue
		}
		for _, id := range append([]string{f.Vulnerability}, f.Aliases...) {
			out[key(f.Component.Name, f.Component.Version, id)] = true
		}
	}
	return out
}

func TestAnInventoryAloneGivesAnswers(t *testing.T) {
	got, err := oneshot.Assess(context.Background(), oneshot.AssessRequest{
		Devices: "testdata/assess/inventory.csv", Feeds: []string{sharedBill(t, "feeds"), "testdata/assess/recalls.json"}, Clock: onDay("2026-11-24"),
		Problem: func(text string) { t.Log(text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	devices := map[string]oneshot.DeviceExposure{}
	for _, d := range got.Devices {
		devices[d.AssetTag] = d
		t.Logf("%s %s %s %q: %s %s; eol %+v; recalls %+v", d.AssetTag, d.Manufacturer, d.Model, d.SoftwareVersion, d.Status, d.Reason, d.EndOfLife, d.Recalls)
	}
	for tag, want := range map[string]vuln.Status{
		"P-0001": vuln.Affected,    // 9.33.1 is the last that is named
		"P-0003": vuln.Undecidable, // its version is not known, and not every advisory names all versions
		"D-0001": vuln.Affected,    // every version
		"X-0001": vuln.NotAffected,
		"N-0001": vuln.Undecidable, // neither maker nor model
	} {
		if devices[tag].Status != want {
			t.Errorf("%s: got %s (%s), want %s", tag, devices[tag].Status, devices[tag].Reason, want)
		}
	}
	for tag, want := range map[string]string{"I-0001": "affected", "I-0002": "", "I-0003": "undecidable", "X-0001": "affected", "P-0001": ""} {
		var found []string
		for _, r := range devices[tag].Recalls {
			found = append(found, string(r.Status))
		}
		if strings.Join(found, " ") != want {
			t.Errorf("%s: got recalls %q, want %q", tag, found, want)
		}
	}
	for tag, over := range map[string]bool{"W-0001": true, "M-0001": true} {
		if e := devices[tag].EndOfLife; e == nil || e.Over != over {
			t.Errorf("%s: got end of life %+v, want over %v", tag, e, over)
		}
	}
	var ed oneshot.UnitExposure
	for _, u := range got.Units {
		if u.Unit == "ED" {
			ed = u
		}
	}
	if ed.Devices != 3 || ed.Recalled != 1 {
		t.Errorf("ED: got %+v, want 3 devices and 1 recalled", ed)
	}
}

func TestABadFeedFileIsNamedAndTheRestUsed(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("good.json", `{"id":"GHSA-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]}`)
	write("cut.json", `{"id":"GHSA-2","affected":[{"package":{"ecosystem":"npm","na`)
	write("other.json", `{"hello":1}`)
	write("all.zip", "PK no archive")
	write("gone.csv.gz", "no gzip")
	write("bill.cdx.json", `{"bomFormat":"CycloneDX","specVersion":"1.9","components":[{"name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"},{"name":"right","version":"","purl":"pkg:pypi/right"},{"name":"x"}]}`)
	var problems []string
	got, err := oneshot.Assess(context.Background(), oneshot.AssessRequest{
		Bills: []string{filepath.Join(dir, "bill.cdx.json"), filepath.Join(dir, "cut.json")}, Feeds: []string{dir, filepath.Join(dir, "nowhere")}, Clock: onDay("2026-11-24"),
		Problem: func(text string) { problems = append(problems, text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if !got.AnyAffected() || len(got.Findings) != 1 {
		t.Errorf("the good file was not used: %+v", got.Findings)
	}
	for _, want := range []string{"cut.json", "other.json", "all.zip", "gone.csv.gz", "nowhere", "$.affected[0].package.ecosystem (byte 60)"} {
		if !strings.Contains(strings.Join(problems, "\n"), want) {
			t.Errorf("no line names %s: %q", want, problems)
		}
	}
	missing := map[string]bool{}
	for _, c := range got.Coverage {
		missing[c.Ecosystem] = c.Missing
	}
	for _, c := range got.Coverage {
		if c.Ecosystem == "npm" && (c.Newest != "2026-01-01" || !c.Stale) {
			t.Errorf("the newest advisory of npm is of January: got %+v", c)
		}
	}
	if missing["npm"] || !missing["PyPI"] || !missing["no identifier"] {
		t.Errorf("coverage: %+v", got.Coverage)
	}
}

func BenchmarkAssessColdTenThousand(b *testing.B) {
	path := unpacked(b, sharedBill(b, "sboms/synth-10000.cdx.json.xz"))
	for b.Loop() {
		assess(b, path)
	}
}
