package oneshot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail"
	"bedrail/server/oneshot"
)

const ucumTests = "../../../shared/testdata/exchange/ucum/UcumFunctionalTests.xml"

func TestUCUMSuiteIsPassedWhole(t *testing.T) {
	if _, err := os.Stat(ucumTests); err != nil {
		t.Skipf("this test needs ../shared/testdata/exchange/ucum, not there: %v", err)
	}
	got, err := oneshot.UCUMSuite(ucumTests)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got.Failed {
		t.Errorf("%s: got %q, want %q", f.Name, f.Got, f.Expected)
	}
	if got.Total != 573 || got.Passed != 573 {
		t.Errorf("%d of %d, want 573 of 573", got.Passed, got.Total)
	}
}

func TestASuiteThatIsNoneIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"not.xml": "no XML", "other.xml": "<tests/>"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := oneshot.UCUMSuite(path); bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("%s: %v, want an Invalid error", name, err)
		}
	}
	if _, err := oneshot.UCUMSuite(filepath.Join(dir, "missing.xml")); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("a missing file: %v", err)
	}
}

const fhirpathTests = "../../../shared/testdata/exchange/fhir-test-cases/r4/fhirpath/tests-fhir-r4.xml"

// TestFHIRPathSuite allows the failures that docs/conformance.md explains, and
// no others.
func TestFHIRPathSuite(t *testing.T) {
	if _, err := os.Stat(fhirpathTests); err != nil {
		t.Skipf("this test needs ../shared/testdata/exchange/fhir-test-cases, not there: %v", err)
	}
	explained, err := os.ReadFile("../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	got, err := oneshot.RunSuite("fhirpath", fhirpathTests, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got.Failed {
		if _, name, _ := strings.Cut(f.Name, "/"); !strings.Contains(string(explained), name) {
			t.Errorf("%s: got %q, want %q, and docs/conformance.md does not explain it", f.Name, f.Got, f.Expected)
		}
	}
	if got.Passed < 908 {
		t.Errorf("%d passed, want 908 or more", got.Passed)
	}
}
