package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
	"bedrail/format/query"
)

// What an actor can ask of the record.
const (
	Read   bedrail.Action = "audit:read"
	Verify bedrail.Action = "audit:verify"

	// AcceptRestore is done only by whoever holds the data folder.
	AcceptRestore bedrail.Action = "audit:accept-restore"
)

// A Log is the record as people use it.
type Log struct {
	Store     Store
	Auth      bedrail.Authorizer
	Seal      *Seal     // signs and checks checkpoints; nil where the key is not at hand
	Witnesses []Witness // asked when the record is verified
}

func (l *Log) ask(ctx context.Context, by bedrail.Actor, what bedrail.Action) error {
	return l.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "audit"})
}

// List returns one page of the record, the newest first unless req says
// otherwise.
func (l *Log) List(ctx context.Context, by bedrail.Actor, req query.Request) (query.Page[Record], error) {
	if err := l.ask(ctx, by, Read); err != nil {
		return query.Page[Record]{}, err
	}
	return l.Store.AuditPage(ctx, by.Scope, req)
}

// Checkpoint returns the newest signed checkpoint, or a NotFound error.
func (l *Log) Checkpoint(ctx context.Context, by bedrail.Actor) (Checkpoint, error) {
	if err := l.ask(ctx, by, Verify); err != nil {
		return Checkpoint{}, err
	}
	return l.Store.LastAuditCheckpoint(ctx, by.Scope.Tenant)
}

// Key returns the public key that the record's checkpoints are signed by, as
// golang.org/x/mod/sumdb/note writes it: NAME+HASH+KEY.
func (l *Log) Key(ctx context.Context, by bedrail.Actor) (string, error) {
	return l.Seal.Key(), l.ask(ctx, by, Verify)
}

// MayVerify reports why by may not verify the record, or nil.
func (l *Log) MayVerify(ctx context.Context, by bedrail.Actor) error { return l.ask(ctx, by, Verify) }

// Verify compares the whole record with its tree, its checkpoints, what the
// witnesses hold, and the signed checkpoints given. Progress may be nil.
func (l *Log) Verify(ctx context.Context, by bedrail.Actor, checkpoints []string, progress func(done, total int64)) (Report, error) {
	if err := l.ask(ctx, by, Verify); err != nil {
		return Report{}, err
	}
	v := Verification{Store: l.Store, Witnessed: checkpoints, Progress: progress}
	tenant := by.Scope.Tenant
	if l.Seal != nil {
		v.Keys, v.Origin = l.Seal.Verifiers(), l.Seal.Origin(tenant)
		for _, w := range l.Witnesses {
			held, err := w.Latest(ctx, v.Origin)
			if err != nil {
				return Report{}, fmt.Errorf("asking the witness %s: %w", w, err)
			}
			if held != "" {
				v.Witnessed = append(v.Witnessed, held)
			}
		}
	}
	return v.Run(ctx, tenant)
}

// A Proof shows, without the rest of the record, that one entry is in it.
type Proof struct {
	Entry      string   `json:"entry"` // the canonical bytes
	Seq        int64    `json:"seq"`
	Size       int64    `json:"size"` // of the tree that the checkpoint signs
	Path       []string `json:"path"` // hashes from the leaf to the root (RFC 6962, 2.1.1)
	Checkpoint string   `json:"checkpoint"`
	Key        string   `json:"key"` // who signed it; compare with a copy from elsewhere
}

// Prove returns the proof that entry seq is in the record as the newest
// checkpoint signs it.
func (l *Log) Prove(ctx context.Context, by bedrail.Actor, seq int64) (Proof, error) {
	if err := l.ask(ctx, by, Verify); err != nil {
		return Proof{}, err
	}
	if l.Seal == nil {
		return Proof{}, bedrail.Errorf(bedrail.Unavailable, "the key of the audit checkpoints is not at hand")
	}
	tenant := by.Scope.Tenant
	last, err := l.Store.LastAuditCheckpoint(ctx, tenant)
	if err != nil {
		return Proof{}, err
	}
	if seq < 0 || seq >= last.Tree.N {
		return Proof{}, bedrail.Errorf(bedrail.NotFound, "the newest checkpoint covers the entries 0 to %d; %d is not among them", last.Tree.N-1, seq)
	}
	p := Proof{Seq: seq, Size: last.Tree.N, Checkpoint: last.Note, Key: l.Seal.Key()}
	err = l.Store.AuditEntries(ctx, tenant, seq, seq+1, func(r Record, _ Opening) error {
		p.Entry = string(r.Leaf())
		return nil
	})
	if err != nil {
		return Proof{}, err
	}
	if p.Entry == "" {
		return Proof{}, bedrail.Errorf(bedrail.NotFound, "entry %d is missing from the record; run \"bedrail audit verify\"", seq)
	}
	path, err := tlog.ProveRecord(p.Size, seq, hashes(ctx, l.Store, tenant, p.Size))
	if err != nil {
		return Proof{}, fmt.Errorf("proving entry %d: %w", seq, err)
	}
	for _, h := range path {
		p.Path = append(p.Path, h.String())
	}
	return p, p.Check(l.Seal.Verifiers())
}

// Check verifies p with nothing but a public key.
func (p Proof) Check(known note.Verifiers) error {
	c, err := OpenCheckpoint(p.Checkpoint, known)
	if err != nil {
		return err
	}
	path := make(tlog.RecordProof, len(p.Path))
	for i, text := range p.Path {
		if path[i], err = tlog.ParseHash(text); err != nil {
			return fmt.Errorf("hash %d of the proof: %w", i, err)
		}
	}
	if c.Tree.N != p.Size || tlog.CheckRecord(path, c.Tree.N, c.Tree.Hash, p.Seq, tlog.RecordHash([]byte(p.Entry))) != nil {
		return errors.New("the entry is not in the record that the checkpoint signs, or was altered")
	}
	return nil
}

// Export writes the record for an auditor: one canonical entry a line, after
// an entry with personal fields a line that opens them, and at the end the
// newest checkpoint. VerifyExport reads it without Bedrail's database.
func (l *Log) Export(ctx context.Context, by bedrail.Actor, w io.Writer) error {
	if err := errors.Join(l.ask(ctx, by, Read), l.ask(ctx, by, Verify)); err != nil {
		return err
	}
	tenant := by.Scope.Tenant
	last, err := l.Store.LastAuditCheckpoint(ctx, tenant)
	if err != nil {
		return err
	}
	for from := int64(0); from < last.Tree.N; from += verifyChunk {
		var lines []byte
		err := l.Store.AuditEntries(ctx, tenant, from, min(from+verifyChunk, last.Tree.N), func(r Record, o Opening) error {
			lines = append(append(lines, r.Leaf()...), '\n')
			if len(o.Values) == 0 {
				return nil
			}
			opens, err := json.Marshal(exportLine{Opens: &r.Seq, Opening: &o})
			lines = append(append(lines, opens...), '\n')
			return err
		})
		if err != nil {
			return err
		}
		if _, err := w.Write(lines); err != nil { // no reader is open now
			return fmt.Errorf("writing the export: %w", err)
		}
	}
	end := exportLine{Checkpoint: last.Note}
	if l.Seal != nil {
		end.Key = l.Seal.Key()
	}
	if err := json.NewEncoder(w).Encode(end); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	return nil
}
