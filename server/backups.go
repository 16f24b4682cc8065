package server

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/job"
	"bedrail/store"
)

// backupFolder is where backups lie that the server makes by itself.
func (c Config) backupFolder() string {
	return cmp.Or(c.BackupFolder, filepath.Join(filepath.Dir(c.Data), "backups"))
}

// backupFiles lists the backups of a folder, newest first. Only what bears the
// name of a backup is one, and it bears it only once it was proven.
func backupFiles(folder string) ([]api.BackupFile, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return []api.BackupFile{}, nil
	}
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "reading the folder of backups: %w", err)
	}
	files := []api.BackupFile{}
	for _, e := range entries {
		at, err := time.Parse(store.BackupName, e.Name())
		if err != nil || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		files = append(files, api.BackupFile{Name: e.Name(), MadeAt: at, Bytes: info.Size()})
	}
	slices.SortFunc(files, func(a, b api.BackupFile) int { return b.MadeAt.Compare(a.MadeAt) })
	return files, nil
}

// lastBackup is when the newest backup was made; the zero time is never.
func (s *Server) lastBackup() (at time.Time) {
	if files, err := backupFiles(s.Config.backupFolder()); err == nil && len(files) > 0 {
		at = files[0].MadeAt
	}
	return at
}

// Backups implements api.Status.
func (s *Server) Backups(ctx context.Context, by bedrail.Actor) (api.Backups, error) {
	if err := s.Policy.Authorize(ctx, by, SystemRead, bedrail.Resource{Type: "system"}); err != nil {
		return api.Backups{}, err
	}
	out := api.Backups{Folder: s.Config.backupFolder(), Keys: s.Config.Keys, Keep: s.Config.BackupKeep}
	if s.Config.BackupEvery > 0 {
		out.Every = s.Config.BackupEvery.String()
	}
	out.SameDisk = onSameVolume(s.Config.Data, existingParent(out.Folder))
	var err error
	out.Items, err = backupFiles(out.Folder)
	out.Total = len(out.Items)
	return out, err
}

// existingParent is the nearest folder above path that is there.
func existingParent(path string) string {
	for !exists(path) && filepath.Dir(path) != path {
		path = filepath.Dir(path)
	}
	return path
}

// MakeBackup implements api.Status.
func (s *Server) MakeBackup(ctx context.Context, by bedrail.Actor) (job.Job, error) {
	if err := s.Policy.Authorize(ctx, by, SystemBackup, bedrail.Resource{Type: "system"}); err != nil {
		return job.Job{}, err
	}
	return s.Jobs.Start(ctx, by, job.Spec{Kind: "backup:make", Title: "Backup"}, func(ctx context.Context, p *job.Progress) (any, error) {
		p.Say("writing, then restoring into a scratch place")
		return s.backupInto(ctx, by)
	})
}

// backupInto makes a backup in the folder of backups.
func (s *Server) backupInto(ctx context.Context, by bedrail.Actor) (store.BackupReport, error) {
	folder := s.Config.backupFolder()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return store.BackupReport{}, bedrail.Errorf(bedrail.Unavailable, "making the folder of backups: %w", err)
	}
	return s.Backup(ctx, by, folder)
}

// VerifyBackup implements api.Status.
func (s *Server) VerifyBackup(ctx context.Context, by bedrail.Actor, name string) (job.Job, error) {
	if err := s.Policy.Authorize(ctx, by, SystemBackup, bedrail.Resource{Type: "system"}); err != nil {
		return job.Job{}, err
	}
	files, err := backupFiles(s.Config.backupFolder())
	if err != nil {
		return job.Job{}, err
	}
	if !slices.ContainsFunc(files, func(f api.BackupFile) bool { return f.Name == name }) {
		return job.Job{}, bedrail.Errorf(bedrail.NotFound, "there is no backup %s in the folder of backups", name)
	}
	return s.Jobs.Start(ctx, by, job.Spec{Kind: "backup:verify", Title: "Trying out " + name}, func(ctx context.Context, p *job.Progress) (any, error) {
		p.Say("restoring into a scratch place")
		report, err := VerifyBackup(ctx, s.Config, filepath.Join(s.Config.backupFolder(), name))
		if err == nil && !report.Valid {
			err = bedrail.Errorf(bedrail.Conflict, "the backup does not restore: %s", strings.Join(report.Problems, "; "))
		}
		return report, err
	})
}

// keepBackups makes a backup whenever the newest is older than backup.every,
// and forgets the oldest beyond backup.keep. What people put into the folder
// under other names is left alone.
func (s *Server) keepBackups(ctx context.Context) error {
	by, failed := bedrail.SystemActor("backup", s.Config.Tenant), time.Time{}
	return every(ctx, time.Minute, func() {
		now := s.Clock.Now()
		if now.Sub(s.lastBackup()) < s.Config.BackupEvery || now.Sub(failed) < time.Hour {
			return
		}
		if _, err := s.backupInto(ctx, by); err != nil && ctx.Err() == nil {
			failed = now
			s.Log.ErrorContext(ctx, "the backup was not made; it is tried again in an hour", "error", err)
			s.bell.backupFailed(err)
			return
		}
		s.forgetBackups(ctx)
	})
}

func (s *Server) forgetBackups(ctx context.Context) {
	files, err := backupFiles(s.Config.backupFolder())
	if err != nil || len(files) <= s.Config.BackupKeep {
		return
	}
	for _, f := range files[s.Config.BackupKeep:] {
		if err := os.Remove(filepath.Join(s.Config.backupFolder(), f.Name)); err != nil {
			s.Log.WarnContext(ctx, "an old backup was not removed", "name", f.Name, "error", err)
		}
	}
}
