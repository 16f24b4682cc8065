package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"bedrail"
)

func TestARealDiskThatFillsUpKeepsWhatItHas(t *testing.T) {
	folder := smallDisk(t, 8<<20)
	db, err := Open(context.Background(), Config{Path: filepath.Join(folder, "bedrail.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ballast := filepath.Join(folder, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for ; err == nil && kept < 1000; kept++ {
		err = record(db, fmt.Sprint(kept), 20_000)
	}
	if kept--; bedrail.KindOf(err) != bedrail.Unavailable || !strings.Contains(err.Error(), "full") {
		t.Fatalf("after %d rows on 8 MiB: got %v, want Unavailable", kept, err)
	}
	if found := keys(t, db); !found["0"] || !found[fmt.Sprint(kept-1)] || found[fmt.Sprint(kept)] {
		t.Errorf("of %d rows %d are there", kept, len(found))
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := record(db, "after", 20_000); err != nil {
		t.Fatalf("once there is room: %v", err)
	}
	var sound string
	if err := db.write.QueryRow(`PRAGMA integrity_check`).Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("the file: %s (%v)", sound, err)
	}
}

// smallDisk returns a folder on a file system of size bytes of its own.
func smallDisk(t *testing.T, size int) string {
	folder := t.TempDir()
	err := unix.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", size))
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skip("filling a real disk needs the right to mount one, which this user does not have; the injected errors are tested all the same")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(folder, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder
}
