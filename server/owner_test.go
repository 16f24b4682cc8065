//go:build unix

package server_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"bedrail/server"
)

// service is a user that is not root, as the service has one.
const service = 65533

// ownedByRoot lists what in folder belongs to root.
func ownedByRoot(t *testing.T, folder string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err == nil && info.Sys().(*syscall.Stat_t).Uid == 0 {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// giveAll makes the whole of folder the service's.
func giveAll(t *testing.T, folder string) {
	t.Helper()
	for _, path := range ownedByRoot(t, folder) {
		if err := os.Lchown(path, service, service); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCommandsOfRootLeaveTheDataToTheService: the service of the packages has
// a user of its own, and whoever helps it on its machine is root.
func TestCommandsOfRootLeaveTheDataToTheService(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT RUN: only root can leave files that another cannot read")
	}
	folder := t.TempDir()
	s := start(t, folder)
	s.end(t)
	cfg := s.Config
	giveAll(t, folder)
	if err := os.Remove(filepath.Join(cfg.Data, "bedrail.lock")); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "shadow")
	if err := os.WriteFile(elsewhere, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(cfg.Data, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(elsewhere, filepath.Join(cfg.Data, "second-name")); err != nil {
		t.Fatal(err)
	}

	local, err := server.OpenLocal(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := ask(local.Handler, "POST", "/imports?kind=cmms&name=a.csv", "Asset Tag,Manufacturer\n1,Made Up\n"); status >= 400 {
		t.Fatalf("a list: %d %s", status, answer)
	}
	if status, answer := ask(local.Handler, "POST", "/users", `{"name":"jo","roles":[{"role":"viewer"}]}`); status >= 400 {
		t.Fatalf("a person: %d %s", status, answer)
	}
	backup := filepath.Join(t.TempDir(), "a.backup")
	if err := server.Backup(t.Context(), local.Server, backup); err != nil {
		t.Fatal(err)
	}
	if err := local.Close(); err != nil {
		t.Fatal(err)
	}
	if left := ownedByRoot(t, folder); len(left) != 2 { // the two links
		t.Errorf("root still owns %v", left)
	}

	if err := os.RemoveAll(cfg.Data); err != nil {
		t.Fatal(err)
	}
	if err := server.Restore(t.Context(), cfg, backup); err != nil {
		t.Fatal(err)
	}
	if left := ownedByRoot(t, folder); len(left) != 0 {
		t.Errorf("after a restore root owns %v", left)
	}
}
