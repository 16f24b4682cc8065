package oneshot_test

import (
	"os"
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
	t.Logf("all: %d of %d, found %d of %d, false alarms %d, located %d of %d; R4 JSON: %+v", score.Passed, score.Total, score.Found, score.Invalid,
		score.FalsePositives, score.Located, score.Errors, *score.Offline)
}
