package server_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"bedrail"
	"bedrail/asset"
	"bedrail/job"
)

// TestAMappingOfColumnsThatWasSavedIsUsedAgain walks the whole way: an import
// says what it understood, a person mends it, and the next import obeys.
func TestAMappingOfColumnsThatWasSavedIsUsedAgain(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	b := h.person("eva", bedrail.Grant{Role: "clinical-engineer"})
	b.header.Set("Content-Type", "application/octet-stream")
	const file = "Gizmo,Who made it,Model,Tag\nVentilator,Hamilton,C6,T-1\n"
	bring := func(mapping string) job.Job {
		t.Helper()
		var j job.Job
		text := b.want(202, "", "POST", "/imports?kind=cmms&name=list.csv&dryRun=true&mapping="+url.QueryEscape(mapping), strings.NewReader(file))
		if err := json.Unmarshal([]byte(text), &j); err != nil {
			t.Fatal(err)
		}
		return j
	}
	used := func(j job.Job) map[string]string {
		t.Helper()
		var report asset.ImportReport
		if err := json.Unmarshal(j.Result, &report); err != nil {
			t.Fatalf("the job ended %s: %s", j.State, j.Message)
		}
		return report.Mapping
	}
	mapping := used(bring(""))
	if mapping["Model"] != "model" || mapping["Gizmo"] != "" {
		t.Fatalf("without help the columns were taken as %v", mapping)
	}
	mapping["Gizmo"], mapping["Who made it"], mapping["Tag"] = "class", "manufacturer", "-"
	saved, err := json.Marshal(mapping)
	if err != nil {
		t.Fatal(err)
	}
	again := used(bring(string(saved)))
	if again["Gizmo"] != "class" || again["Who made it"] != "manufacturer" || again["Tag"] != "" {
		t.Errorf("the saved mapping %s was used as %v", saved, again)
	}
	for mapping, says := range map[string]string{`{"Gizmo":"colour"}`: "colour", `["x"]`: "no JSON object"} {
		j := bring(mapping)
		if j.State != job.Failed || !strings.Contains(j.Message, says) {
			t.Errorf("%s: the job ended %s: %s", mapping, j.State, j.Message)
		}
	}
	if code, _ := b.ask("POST", "/imports?kind=cmms&name=list.csv&dryRun=true&profile=x", strings.NewReader(file)); code < 400 {
		t.Error("a parameter that nobody reads was taken without a word")
	}
}
