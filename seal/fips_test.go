package seal_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Everything in this package must work when the runtime refuses what FIPS
// 140-3 does not approve.
func TestSealingWorksUnderFIPSOnly(t *testing.T) {
	if strings.Contains(os.Getenv("GODEBUG"), "fips140=only") {
		t.Skip("this is the child")
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "GODEBUG=fips140=only")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("under GODEBUG=fips140=only: %v\n%s", err, out)
	}
}
