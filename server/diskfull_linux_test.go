package server_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bedrail"
	"bedrail/server"
)

// TestADiskThatFillsUpUnderAServer lets the disk of the data folder run full
// while the server runs: it goes on answering, takes nothing in, says why, and
// goes on where it was once there is room.
func TestADiskThatFillsUpUnderAServer(t *testing.T) {
	if testing.Short() {
		t.Skip("ten seconds beside a full disk")
	}
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	mountSmall(t, data, 64<<20)
	h := startHouse(t, folder, func(c *server.Config) { c.DiskLow = 5 })
	engineer := h.token(bedrail.Grant{Role: "clinical-engineer"})
	admin := h.token(bedrail.Grant{Role: "administrator"})
	officer := h.token(bedrail.Grant{Role: "compliance-officer"})
	inventory := func(n int) *strings.Reader {
		return strings.NewReader("Asset Tag,Manufacturer,Model,Serial Number,Department\n" + fmt.Sprintf("T-%d,B. Braun,Infusomat Space,S%06d,ICU\n", n, n))
	}
	engineer.header.Set("Content-Type", "application/octet-stream")
	engineer.want(202, `"state":"done"`, "POST", "/imports?kind=cmms&name=before.csv", inventory(1))
	engineer.want(200, `"total":1`, "GET", "/devices", nil)

	ballast := filepath.Join(data, "ballast")
	fill(t, ballast)
	if res, text := h.get("/readyz"); res.StatusCode != 503 || !strings.Contains(text, "disk") {
		t.Errorf("ready on a full disk: %d %s", res.StatusCode, text)
	}
	if res, _ := h.get("/livez"); res.StatusCode != 200 {
		t.Errorf("a full disk is no reason to end the process: %d", res.StatusCode)
	}
	// Before the watch has looked, and after: a page of the file may still have
	// room for a job, so what is asked for is that no work is said to be done
	// that is not.
	for n := range 200 {
		status, text := engineer.ask("POST", "/imports?kind=cmms&name=full.csv", inventory(100+n))
		if status == 503 {
			if !strings.Contains(text, "disk") {
				t.Errorf("refused without saying why: %s", text)
			}
			break
		}
		if status != 202 {
			t.Fatalf("on a full disk: %d %s", status, text)
		}
		if n == 199 {
			t.Error("200 imports on a full disk were taken")
		}
	}
	engineer.want(200, "Infusomat Space", "GET", "/devices", nil)
	admin.want(200, `"state":"full"`, "GET", "/system", nil)
	eventually(t, "the system page says that the store is read-only", func() bool {
		_, text := admin.ask("GET", "/system", nil)
		return strings.Contains(text, `"readOnly":true`)
	})
	_, before := engineer.ask("GET", "/jobs", nil)
	if strings.Contains(before, `"state":"queued"`) {
		t.Errorf("a job waits for nothing: %s", before)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is ready again", func() bool {
		res, _ := h.get("/readyz")
		return res.StatusCode == 200
	})
	engineer.want(202, `"state":"done"`, "POST", "/imports?kind=cmms&name=after.csv", inventory(2))
	engineer.want(200, `S000002`, "GET", "/devices?filter=S000002", nil)
	engineer.want(200, `S000001`, "GET", "/devices?filter=S000001", nil)
	officer.want(200, `"valid":true`, "GET", "/audit/verify", nil)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Errorf("never: %s", what)
}

// fill writes to path until the disk has no byte left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
}

// mountSmall puts a file system of size bytes of its own at folder.
func mountSmall(t *testing.T, folder string, size int) {
	t.Helper()
	err := unix.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", size))
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skip("NOT RUN: filling a real disk needs the right to mount one, which this user does not have")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(folder, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}
