package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"bedrail"
	"bedrail/audit"
	"bedrail/seal"
	"bedrail/store"
)

// Backups is what an actor may do about backups.
const Backups bedrail.Action = "system:backup"

// Backup writes a backup of the running s to path, or into it when it is a
// folder, and proves that it restores.
func Backup(ctx context.Context, s *Server, path string) error {
	_, err := s.Backup(ctx, bedrail.SystemActor("backup", s.Config.Tenant), path)
	return err
}

// Backup is the function of the same name in the name of by, with a report.
func (s *Server) Backup(ctx context.Context, by bedrail.Actor, path string) (store.BackupReport, error) {
	if s.AuditSeal == nil {
		return store.BackupReport{}, bedrail.Errorf(bedrail.Unavailable, "the key that signs backups is not there (%s)", filepath.Join(s.Config.Keys, auditKey))
	}
	if s.notary != nil {
		if err := s.notary.Sign(ctx); err != nil { // so that the backup is signed to its end
			return store.BackupReport{}, err
		}
	}
	entry := audit.Entry{By: by, Did: Backups, Note: "made and verified a backup"}
	return store.Backup{Seal: s.AuditSeal}.Create(ctx, s.DB, path, s.Config.Tenant, entry)
}

// Export writes the whole store to path in the form of a backup, without
// trying it out: for the way from one engine to the other.
func (s *Server) Export(ctx context.Context, path string) (m store.Manifest, err error) {
	if s.AuditSeal == nil {
		return m, bedrail.Errorf(bedrail.Unavailable, "the key that signs exports is not there (%s)", filepath.Join(s.Config.Keys, auditKey))
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return m, bedrail.Errorf(bedrail.Conflict, "writing the export: %w", err)
	}
	m, err = s.DB.Export(ctx, f, s.AuditSeal)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return m, err
}

// VerifyBackup restores the backup at path into a scratch place and says
// whether it is whole.
func VerifyBackup(ctx context.Context, c Config, path string) (store.BackupReport, error) {
	key, err := c.auditSeal()
	if err != nil {
		return store.BackupReport{}, err
	}
	return store.Backup{Seal: key}.Verify(ctx, path)
}

// Restore fills the empty data folder of c from the backup at path. The keys
// are those in the folder of the keys.
func Restore(ctx context.Context, c Config, path string) error {
	_, err := RestoreBackup(ctx, c, path, false)
	return err
}

// RestoreBackup is Restore with a report. Lost accepts that the keys are gone
// and sealed fields stay closed for ever.
func RestoreBackup(ctx context.Context, c Config, path string, lost bool) (store.BackupReport, error) {
	key, err := c.auditSeal()
	if err != nil {
		return store.BackupReport{}, err
	}
	keys, err := c.existingKeys()
	if err != nil && !lost {
		return store.BackupReport{}, err
	}
	target := store.Config{Path: filepath.Join(c.Data, "bedrail.db"), PostgresURL: c.Postgres, Keys: keys, Bodies: c.Bodies}
	held, err := claimForCommand(c.Data, "bedrail backup restore")
	if err != nil {
		return store.BackupReport{}, err
	}
	defer held.release()
	entry := audit.Entry{By: localActor(c.Tenant), Did: Backups, To: filepath.Base(path), Note: "restored a backup"}
	report, err := store.Backup{Seal: key}.Restore(ctx, path, target, lost, c.Tenant, entry)
	return report, errors.Join(err, c.leaveToOwners())
}

// auditSeal opens the key that signs, which must be there.
func (c Config) auditSeal() (*audit.Seal, error) {
	path := filepath.Join(c.Keys, auditKey)
	if !exists(path) {
		return nil, bedrail.Errorf(bedrail.NotFound, "the key that signed the backup is not there (%s); put it back from where it is kept safe", path)
	}
	return audit.OpenSeal(path, "")
}

// existingKeys opens the keyring, and makes none.
func (c Config) existingKeys() (*seal.Keyring, error) {
	if !exists(filepath.Join(c.Keys, "keyring")) {
		return nil, nil
	}
	return (&Server{Config: c}).openKeys()
}
