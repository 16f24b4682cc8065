package oneshot_test

import (
	"os"
	"path/filepath"
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
