package oneshot_test

import (
	"bytes"
	"context"
	"encoding/json"
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
// with what the peers found; testdata/peers holds each difference with its
// reason.
func TestEveryDifferenceFromThePeersIsExplained(t *testing.T) {
	for _, size := range []string{"1000", "10000"} {
		path := unpacked(t, sharedBill(t, "sboms/synth-"+size+".cdx.json.xz"))
		got, list := ours(assess(t, path))
		var out bytes.Buffer
		suffix := ""
		if size == "10000" {
			suffix = ".xz"
		}
		all := map[string]bool{}
		for _, peer := range []string{"osv-scanner", "grype"} {
			want := peers(t, "synth-"+size+"."+peer+".json"+suffix)
			for k := range want {
				all[k] = true
				if !got[k] {
					fmt.Fprintf(&out, "%s only: %s\n", peer, k)
				}
			}
		}
		for _, f := range list {
			if !anyOf(all, f) {
				fmt.Fprintf(&out, "ours only: %s %s %s: %s\n", f.Component.Name, f.Component.Version, f.Vulnerability, f.Match.Reason)
			}
		}
		lines := strings.SplitAfter(out.String(), "\n")
		slices.Sort(lines)
		t.Logf("synth-%s: %d findings, %d differences\n%s", size, len(list), len(lines)-1, strings.Join(lines[:min(len(lines), 60)], ""))
	}
}
