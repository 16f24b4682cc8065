package capture_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bedrail/capture"
)

// TestConfineChild is the process that gives up its rights; by itself it does
// nothing.
func TestConfineChild(t *testing.T) {
	if os.Getenv("BEDRAIL_TEST_CONFINE") == "" {
		t.Skip("only a child of TestASensorGivesUpEveryRightButOne does something here")
	}
	src, err := capture.Live("lo")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if err := capture.Confine("nobody"); err != nil {
		t.Fatal(err)
	}
	tasks, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(tasks) < 2 {
		t.Fatalf("%d threads, %v", len(tasks), err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has ended meanwhile
		}
		for _, want := range []string{"CapEff:\t0000000000002000", "CapPrm:\t0000000000002000", "CapInh:\t0000000000000000", "CapAmb:\t0000000000000000", "CapBnd:\t0000000000002000", "NoNewPrivs:\t1", "Uid:\t65534\t65534\t65534\t65534", "Groups:\t \n"} {
			if !bytes.Contains(text, []byte(want)) {
				t.Errorf("%s lacks %q:\n%s", task, want, text)
			}
		}
	}
	if err := syscall.Setresuid(0, 0, 0); err == nil {
		t.Error("it became root again")
	}
	if f, err := os.Open("/etc/shadow"); err == nil {
		f.Close()
		t.Error("it reads what only root may")
	}
	again, err := capture.Live("lo")
	if err != nil {
		t.Errorf("an interface that comes back could not be watched: %v", err)
	} else {
		again.Close()
	}
	fmt.Println("confined")
}

func TestASensorGivesUpEveryRightButOne(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: giving up rights is tested as root only")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestConfineChild$", "-test.v")
	cmd.Env = append(os.Environ(), "BEDRAIL_TEST_CONFINE=1")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "CGO_ENABLED=0") {
		t.Skip("SKIPPED: this test was built with cgo, as the race detector needs it; rights are given up in all threads only without")
	}
	if err != nil || !strings.Contains(string(out), "confined") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestRootIsNoAccountToBecome(t *testing.T) {
	for _, name := range []string{"root", "no-such-account", ""} {
		if _, _, err := capture.Account(name); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}
