package server

import (
	"context"
	"os"
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
	s.wireTrail()
	key, err := s.openAuditKey(ctx)
	if err != nil {
		return err
	}
	if key == nil {
		s.DB.RefuseWrites("the key that signs the audit record is not there (" + filepath.Join(s.Config.Keys, auditKey) + "); put it back and start again")
		return nil
	}
	log.Seal = key
	for _, name := range s.Config.AuditWitness {
		log.Witnesses = append(log.Witnesses, witness(name))
	}
	s.AuditSeal = key
	s.notary = &audit.Notary{Store: s.DB, Seal: key, Witnesses: log.Witnesses, Clock: s.Clock, Log: s.Log, Refuse: s.DB.RefuseWrites}
	s.API.SignAudit = s.notary.Sign
	s.add("audit", s.notary.Run)
	return nil
}

// witness returns the witness of a word of audit.witness.
func witness(name string) audit.Witness {
	switch name {
	case "stdout":
		return &audit.LineWitness{W: os.Stdout, Name: name}
	case "stderr":
		return &audit.LineWitness{W: os.Stderr, Name: name}
	}
	return audit.FolderWitness(name)
}

// AcceptRestore goes on with a restored record that a witness knows to have
// been longer. It is for whoever holds the data folder, while no server runs.
func AcceptRestore(ctx context.Context, c Config, reason string) (audit.Acceptance, error) {
	held, err := claimForCommand(c.Data, "bedrail audit accept-restore")
	if err != nil {
		return audit.Acceptance{}, err
	}
	defer held.release()
	local, err := OpenLocal(ctx, c)
	if err != nil {
		return audit.Acceptance{}, err
	}
	defer local.Close()
	s, by := local.Server, local.Actor()
	if s.notary == nil {
		return audit.Acceptance{}, bedrail.Errorf(bedrail.Unavailable, "the key that signs the audit record is not there (%s)", filepath.Join(c.Keys, auditKey))
	}
	return s.notary.AcceptRestore(ctx, by, reason, func(ctx context.Context, e audit.Entry) error {
		return s.DB.Record(ctx, by.Scope, e)
	})
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
