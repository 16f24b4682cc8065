package store

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/seal"
)

// A Backup makes, proves and restores backups. A backup is an export (see
// Export) that was restored into a scratch place and verified there; before
// that it does not get its name.
type Backup struct {
	Seal *audit.Seal // signs, and says which backups are ours
	// Scratch is where backups are restored to be verified; empty is the
	// system's folder for temporary files.
	Scratch string
}

// BackupName is how the files are called, as a layout of time; it sorts by time.
const BackupName = "bedrail-20060102T150405Z.backup"

// A BackupReport says what was found in a backup.
type BackupReport struct {
	Path     string          `json:"path"`
	Made     time.Time       `json:"made"`
	Engine   string          `json:"engine"`
	Bytes    int64           `json:"bytes"`
	Rows     int64           `json:"rows"`
	Audit    []AuditManifest `json:"audit"`
	Keyring  string          `json:"keyring,omitempty"`
	Valid    bool            `json:"valid"`
	Problems []string        `json:"problems"`
}

// Create makes a backup of db at path, or in it under a name with the time when
// path is a folder. It restores the backup into a scratch place, verifies it
// there, and only then gives it its name; it never replaces one. It records
// entry.
func (b Backup) Create(ctx context.Context, db *DB, path string, tenant string, entry audit.Entry) (BackupReport, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, db.clock.Now().Format(BackupName))
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return BackupReport{}, bedrail.Errorf(bedrail.Unavailable, "making the backup folder: %w", err)
	}
	f, err := os.CreateTemp(folder, ".unproven-*") // mode 0600
	if err != nil {
		return BackupReport{}, bedrail.Errorf(bedrail.Unavailable, "writing a backup: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = db.Export(ctx, f, b.Seal)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return BackupReport{}, fmt.Errorf("writing a backup: %w", err)
	}
	report, err := b.Verify(ctx, f.Name())
	if err != nil || !report.Valid {
		return report, errors.Join(err, bedrail.Errorf(bedrail.Internal, "the backup does not restore, so it was thrown away: %v", report.Problems))
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike Rename, never replaces one
		return report, bedrail.Errorf(bedrail.Conflict, "naming the backup: %w", err)
	}
	report.Path = path
	if entry.To == "" {
		entry.To = filepath.Base(path)
	}
	return report, db.Record(ctx, bedrail.Scope{Tenant: tenant}, entry)
}

// Verify restores the backup at path into a scratch place and compares what
// comes out with what its manifest says. An error means that it could not be
// tried; a backup that fails is a report that is not valid.
func (b Backup) Verify(ctx context.Context, path string) (BackupReport, error) {
	report := BackupReport{Path: path, Problems: []string{}}
	scratch, err := os.MkdirTemp(b.Scratch, "bedrail-verify-*")
	if err != nil {
		return report, bedrail.Errorf(bedrail.Unavailable, "making a scratch place: %w", err)
	}
	defer os.RemoveAll(scratch)
	c := Config{Path: filepath.Join(scratch, "bedrail.db"), Log: slog.New(slog.DiscardHandler), ReadOnly: true}
	m, size, err := b.load(ctx, path, c)
	report.Made, report.Engine, report.Bytes, report.Audit, report.Keyring = m.Made, m.Engine, size, m.Audit, m.Keyring
	for _, t := range m.Tables {
		report.Rows += t.Rows
	}
	if k := bedrail.KindOf(err); k == bedrail.Invalid {
		report.Problems = append(report.Problems, err.Error())
		return report, nil
	} else if err != nil {
		return report, err
	}
	problems, err := b.inspect(ctx, c, m)
	report.Problems = append(report.Problems, problems...)
	report.Valid = err == nil && len(report.Problems) == 0
	return report, err
}

// load fills the empty place c from the backup at path.
func (b Backup) load(ctx context.Context, path string, c Config) (Manifest, int64, error) {
	z, err := zip.OpenReader(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return Manifest{}, 0, bedrail.Errorf(bedrail.NotFound, "the backup %s cannot be read: %w", path, err)
	}
	if err != nil {
		return Manifest{}, 0, bedrail.Errorf(bedrail.Invalid, "%s is not a whole backup: %w", path, err)
	}
	defer z.Close()
	info, err := os.Stat(path)
	if err != nil {
		return Manifest{}, 0, bedrail.Errorf(bedrail.NotFound, "the backup %s cannot be read: %w", path, err)
	}
	m, err := OpenManifest(&z.Reader, b.Seal.Verifiers())
	if err != nil {
		return m, info.Size(), err
	}
	err = Import(ctx, c, &z.Reader, m)
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) {
		err = bedrail.Errorf(bedrail.Invalid, "%s is damaged: %w", path, err)
	}
	return m, info.Size(), err
}

// inspect verifies a restored store.
func (b Backup) inspect(ctx context.Context, c Config, m Manifest) (problems []string, err error) {
	db, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if db.dialect == sqlite {
		var verdict string
		if err := db.read.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil || verdict != "ok" {
			problems = append(problems, fmt.Sprintf("the restored file is not sound: %s %v", verdict, err))
		}
	}
	for _, t := range m.Tables {
		var rows int64
		if err := db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM "`+t.Name+`"`).Scan(&rows); err != nil || rows != t.Rows {
			problems = append(problems, fmt.Sprintf("table %s has %d rows, not %d (%v)", t.Name, rows, t.Rows, err))
		}
	}
	missing, err := db.inspectBodies(ctx, m)
	if err != nil {
		return problems, err
	}
	problems = append(problems, missing...)
	for _, a := range m.Audit {
		v := audit.Verification{Store: db, Keys: b.Seal.Verifiers(), Origin: b.Seal.Origin(a.Tenant)}
		r, err := v.Run(ctx, a.Tenant)
		if err != nil {
			return problems, err
		}
		for _, p := range r.Problems {
			problems = append(problems, "the audit record: "+p.Text)
		}
		if r.Entries != a.Size || r.Root != a.Root {
			problems = append(problems, fmt.Sprintf("the audit record has %d entries and root %s, not %d and %s", r.Entries, r.Root, a.Size, a.Root))
		}
	}
	return problems, nil
}

// Restore fills the empty place c from the backup at path, verifies it, and
// records entry. What was sealed stays closed unless c.Keys is the keyring
// that the backup was made with: that is asked for, since a backup never holds
// it. Lost, when true, accepts that sealed fields stay closed for ever.
func (b Backup) Restore(ctx context.Context, path string, c Config, lost bool, tenant string, entry audit.Entry) (BackupReport, error) {
	report, err := b.Verify(ctx, path)
	if err != nil {
		return report, err
	}
	if !report.Valid {
		return report, bedrail.Errorf(bedrail.Invalid, "the backup does not verify, so nothing was restored: %v", report.Problems)
	}
	if err := matchKeys(report.Keyring, c.Keys, lost); err != nil {
		return report, err
	}
	m, _, err := b.load(ctx, path, c)
	if err != nil {
		return report, err
	}
	problems, err := b.inspect(ctx, c, m)
	if err != nil || len(problems) > 0 {
		report.Valid, report.Problems = false, problems
		return report, errors.Join(err, bedrail.Errorf(bedrail.Internal, "the restored store does not verify: %v", problems))
	}
	db, err := Open(ctx, c)
	if err != nil {
		return report, err
	}
	if _, refused := db.ReadOnly(); !refused { // without keys nothing can be recorded
		err = db.Record(ctx, bedrail.Scope{Tenant: tenant}, entry)
	}
	return report, errors.Join(err, db.Close())
}

func matchKeys(id string, keys *seal.Keyring, lost bool) error {
	switch {
	case id == "" || lost:
		return nil
	case keys == nil:
		return bedrail.Errorf(bedrail.Invalid, "the backup holds sealed records: give the keyring and key that it was made with (keyring %s), or say that they are lost", id)
	case keys.ID() != id:
		return bedrail.Errorf(bedrail.Invalid, "the keyring is %s and the backup was made with %s: give that one, or say that it is lost", keys.ID(), id)
	}
	return nil
}

// SchemaVersion returns the version of the migrations that the store is at.
func (s *DB) SchemaVersion(ctx context.Context) (v int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&v)
	return v, s.dialect.kind(err)
}
