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
	got, err := oneshot.RunSuite("fhirpath", fhirpathTests, oneshot.SuiteFolders{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got.Failed {
		if _, name, _ := strings.Cut(f.Name, "/"); !strings.Contains(string(explained), name) {
			t.Errorf("%s: got %q, want %q, and docs/conformance.md does not explain it", f.Name, f.Got, f.Expected)
		}
	}
	if got.Passed < 930 || len(got.Skipped) > 0 {
		t.Errorf("%d passed and %d skipped, want 930 or more, and none", got.Passed, len(got.Skipped))
	}
}

// TestInputsOfTheSuite are taken from the folder that is named before any
// other, and from the program where nobody has them.
func TestInputsOfTheSuite(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("suite/tests.xml", `<tests><group name="g">
		<test name="own" inputfile="patient-container-example.json"><expression>contained.id</expression><output type="id">1</output></test>
		<test name="beside" inputfile="a.json"><expression>id</expression><output type="id">beside</output></test>
		<test name="missing" inputfile="b.xml"><expression>id</expression></test></group></tests>`)
	write("suite/examples/a.json", `{"resourceType":"Patient","id":"beside"}`)
	write("other/a.json", `{"resourceType":"Patient","id":"other"}`)
	score := func(at oneshot.SuiteFolders) (int, int, int) {
		t.Helper()
		got, err := oneshot.RunSuite("fhirpath", filepath.Join(dir, "suite/tests.xml"), at)
		if err != nil {
			t.Fatal(err)
		}
		return got.Passed, len(got.Failed), len(got.Skipped)
	}
	if passed, failed, skipped := score(oneshot.SuiteFolders{}); passed != 2 || failed != 0 || skipped != 1 {
		t.Errorf("%d passed, %d failed, %d skipped; want 2, 0, 1", passed, failed, skipped)
	}
	if passed, failed, _ := score(oneshot.SuiteFolders{Inputs: []string{filepath.Join(dir, "other")}}); passed != 1 || failed != 1 {
		t.Errorf("with a folder that has another a.json: %d passed, %d failed; want 1 and 1", passed, failed)
	}
}
