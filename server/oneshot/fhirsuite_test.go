package oneshot_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail/server/oneshot"
)

const validatorCases = "../../../shared/testdata/exchange/fhir-test-cases/validator/manifest.json"

// TestFHIRValidatorSuite holds the score of the validator cases that need
// neither a terminology server nor foreign packages.
func TestFHIRValidatorSuite(t *testing.T) {
	if _, err := os.Stat(validatorCases); err != nil {
		t.Skip("this test needs ../shared/testdata/exchange/fhir-test-cases/validator, not there")
	}
	score, err := oneshot.FHIRValidatorSuite(validatorCases, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range score.Failed {
		t.Logf("%s\n    want %.400s\n    got  %.300s", f.Name, f.Expected, f.Got)
	}
	r4 := *score.Offline
	t.Logf("all: %d of %d, found %d of %d, false alarms %d, located %d of %d; R4 JSON: %+v", score.Passed, score.Total, score.Found, score.Invalid,
		score.FalsePositives, score.Located, score.Errors, r4)
	if r4.Found*100 < r4.Invalid*90 {
		t.Errorf("of %d invalid cases %d are found, fewer than 90 of 100", r4.Invalid, r4.Found)
	}
	if r4.FalsePositives > 1 {
		t.Errorf("%d clean cases are called invalid", r4.FalsePositives)
	}
	if r4.Located*100 < r4.Errors*70 {
		t.Errorf("of %d errors %d are found at their place, fewer than 70 of 100", r4.Errors, r4.Located)
	}
}

// TestResourcesAmongMessages: a file is taken for what it holds, and the issue
// says where it stands.
func TestResourcesAmongMessages(t *testing.T) {
	cases := map[string]struct {
		name, content string
		messages      int
		place         string
	}{
		"a resource in JSON":    {"a.json", `{"resourceType":"Patient","gender":"m"}`, 1, "Patient.gender"},
		"a resource in XML":     {"a.xml", `<Patient xmlns="http://hl7.org/fhir"><gender value="m"/></Patient>`, 1, "Patient.gender"},
		"a resource on a line":  {"a.ndjson", "{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Patient\",\"gender\":\"m\"}\n", 2, "Patient.gender"},
		"one that is cut short": {"b.json", `{"resourceType":"Patient","name":[{"family":"x"`, 1, "Patient.name[0]"},
	}
	for name, c := range cases {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := oneshot.Validate(context.Background(), oneshot.ValidateRequest{Paths: []string{path}})
		if err != nil || len(got) != 1 || got[0].Format != "fhir" || got[0].Valid || got[0].Messages != c.messages || len(got[0].Issues) != 1 || got[0].Issues[0].Location != c.place {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestFHIRPathOnAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.xml")
	if err := os.WriteFile(path, []byte(`<Patient xmlns="http://hl7.org/fhir"><name><family value="Example"/></name></Patient>`), 0o600); err != nil {
		t.Fatal(err)
	}
	got, _, err := oneshot.FHIRPath("name.family", path, "R4", false, nil)
	if err != nil || len(got) != 1 || got[0] != (oneshot.FHIRPathItem{Type: "FHIR.string", Value: "Example"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, hint, err := oneshot.FHIRPath("name.famly", path, "R4", false, nil); err != nil || len(got) != 0 || !strings.Contains(hint, "famly") {
		t.Errorf("of a name that is none: %v, %q, %v", got, hint, err)
	}
	if _, hint, err := oneshot.FHIRPath("name.given", path, "R4", false, nil); err != nil || hint != "" {
		t.Errorf("of what is not there: %q, %v", hint, err)
	}
	if _, _, err := oneshot.FHIRPath("name.famly", path, "R4", true, nil); err == nil {
		t.Error("a name that is none was taken although strictness was asked for")
	}
	for _, bad := range []string{"name.", "1 + "} {
		if _, _, err := oneshot.FHIRPath(bad, path, "R4", false, nil); err == nil {
			t.Errorf("%q is no expression", bad)
		}
	}
}
