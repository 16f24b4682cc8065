package server

import (
	"context"
	"path/filepath"

	"bedrail"
	"bedrail/audit"
)

// auditKey is the file, beside the other keys, that signs checkpoints.
const auditKey = "audit.key"

// wireAudit puts the audit record together: who signs it, who witnesses it.
func (s *Server) wireAudit(ctx context.Context) error {
	log := &audit.Log{Store: s.DB, Auth: s.Policy}
	s.API.Audit = log
	key, err := s.openAuditKey(ctx)
	if err != nil {
		return err
	}
	if key == nil {
		s.DB.RefuseWrites("the key that signs the audit record is not there (" + filepath.Join(s.Config.Keys, auditKey) + "); put it back and start again")
		return nil
	}
	log.Seal = key
	if s.Config.AuditWitness != "" {
		log.Witnesses = append(log.Witnesses, audit.FolderWitness(s.Config.AuditWitness))
	}
	s.AuditSeal = key
	s.notary = &audit.Notary{Store: s.DB, Seal: key, Witnesses: log.Witnesses, Clock: s.Clock, Log: s.Log, Refuse: s.DB.RefuseWrites}
	s.add("audit", s.notary.Run)
	return nil
}

// openAuditKey opens the signing key. A first start makes one; it is never
// made again for a record that another key has signed.
func (s *Server) openAuditKey(ctx context.Context) (*audit.Seal, error) {
	path := filepath.Join(s.Config.Keys, auditKey)
	if !exists(path) {
		_, err := s.DB.LastAuditCheckpoint(ctx, s.Config.Tenant)
		if err == nil {
			return nil, nil
		}
		if bedrail.KindOf(err) != bedrail.NotFound {
			return nil, err
		}
	}
	return audit.OpenSeal(path, bedrail.NewID("audit", s.Clock.Now()))
}

// checkAudit compares the record with what was signed and witnessed before
// anything is written. A record that does not verify is served read-only.
func (s *Server) checkAudit(ctx context.Context) {
	if s.notary == nil {
		return
	}
	if err := s.notary.Check(ctx); err != nil {
		s.Log.ErrorContext(ctx, "the audit record was altered, cut or replaced; nothing is written", "error", err)
	}
}
