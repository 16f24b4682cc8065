package server_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/api"
	"bedrail/job"
	"bedrail/server"
)

// TestBackupsAreMadeShownAndTriedOut goes the way of the page: none, made by
// an administrator, tried out; and that the server forgets the oldest.
func TestBackupsAreMadeShownAndTriedOut(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	place := filepath.Join(folder, "elsewhere")
	h := startHouse(t, folder, func(c *server.Config) { c.BackupFolder, c.BackupKeep = place, 2 })
	by := bedrail.SystemActor("test", h.Config.Tenant)
	kept := func() api.Backups {
		t.Helper()
		b, err := h.Backups(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	wait := func(j job.Job, err error) job.Job {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); !j.State.Final(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the job is still %s", j.State)
			}
			if j, err = h.Jobs.Job(t.Context(), by, j.ID); err != nil {
				t.Fatal(err)
			}
		}
		return j
	}
	if b := kept(); b.Total != 0 || b.Folder != place || b.Every != "" {
		t.Errorf("before the first backup: %+v", b)
	}
	if code, body := h.person("v.iewer", bedrail.Grant{Role: string(access.Viewer)}).ask("POST", "/backups", nil); code != 403 {
		t.Errorf("who only looks makes a backup: %d %s", code, body)
	}
	if j := wait(h.MakeBackup(t.Context(), by)); j.State != job.Done {
		t.Fatalf("the job is %+v", j)
	}
	b := kept()
	if b.Total != 1 || b.Items[0].Bytes == 0 {
		t.Fatalf("got %+v", b)
	}
	j := wait(h.VerifyBackup(t.Context(), by, b.Items[0].Name))
	var report struct{ Valid bool }
	if err := json.Unmarshal(j.Result, &report); err != nil || j.State != job.Done || !report.Valid {
		t.Errorf("the backup was tried out: %+v, %v", j, err)
	}
	if _, err := h.VerifyBackup(t.Context(), by, "../keys/keyring"); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("a file that is no backup is tried out: %v", err)
	}
	whole, err := os.ReadFile(filepath.Join(place, b.Items[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	whole = whole[:len(whole)/2]
	spoilt := "bedrail-20200101T000000Z.backup"
	if err := os.WriteFile(filepath.Join(place, spoilt), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if j := wait(h.VerifyBackup(t.Context(), by, spoilt)); j.State != job.Failed {
		t.Errorf("a spoilt backup: %+v", j)
	}
}
