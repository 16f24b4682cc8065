package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"bedrail"
)

// SetAside moves what w holds of origin out of the way, and keeps it. It
// returns where it lies now.
func (w FolderWitness) SetAside(origin string, at time.Time) (string, error) {
	aside := w.path(origin) + at.UTC().Format(".set-aside-20060102T150405Z")
	if _, err := os.Lstat(aside); !errors.Is(err, fs.ErrNotExist) {
		return "", bedrail.Errorf(bedrail.Conflict, "%s is there already; wait a second", aside)
	}
	if err := os.Rename(w.path(origin), aside); err != nil {
		return "", bedrail.Errorf(bedrail.Unavailable, "setting the witness's file aside: %w", err)
	}
	return aside, nil
}

// An Acceptance says what somebody gave up when they went on with a record
// that a witness knows to have been longer.
type Acceptance struct {
	Entries   int64       `json:"entries"` // that the record has
	Witnesses []Overruled `json:"witnesses"`
}

// An Overruled is a witness whose checkpoint the record does not go on from.
type Overruled struct {
	Witness string `json:"witness"`
	Entries int64  `json:"entries"` // that it vouches for
	Root    string `json:"root"`
	Aside   string `json:"aside"` // where its checkpoint lies now
}

// AcceptRestore goes on with the record of by's tenant although a witness
// vouches for another, as after an older backup was put back. The record must
// be whole in itself. What the witness holds is set aside, never deleted, and
// record, which writes the entry that is handed to it, keeps size and root of
// it: whoever reads the record sees that entries are missing there and who
// accepted that.
func (n *Notary) AcceptRestore(ctx context.Context, by bedrail.Actor, reason string, record func(context.Context, Entry) error) (Acceptance, error) {
	if reason == "" {
		return Acceptance{}, bedrail.Errorf(bedrail.Invalid, "give a reason: which backup was put back, and why")
	}
	tenant := by.Scope.Tenant
	origin := n.Seal.Origin(tenant)
	own, err := Verification{Store: n.Store, Keys: n.Seal.Verifiers(), Origin: origin}.Run(ctx, tenant)
	if err != nil {
		return Acceptance{}, err
	}
	if !own.Valid {
		return Acceptance{}, bedrail.Errorf(bedrail.Conflict, "the record is not whole in itself, which no restored backup explains: %s; run \"bedrail audit verify\"", own.Problems[0].Text)
	}
	out := Acceptance{Entries: own.Entries, Witnesses: []Overruled{}}
	var ahead []FolderWitness
	for _, w := range n.Witnesses {
		folder, ok := w.(FolderWitness)
		if !ok {
			continue // holds nothing
		}
		over, err := n.overruled(ctx, folder, tenant)
		if err != nil {
			return Acceptance{}, err
		}
		if over != nil {
			out.Witnesses, ahead = append(out.Witnesses, *over), append(ahead, folder)
		}
	}
	if len(ahead) == 0 {
		return Acceptance{}, bedrail.Errorf(bedrail.Conflict, "the record agrees with every witness; there is nothing to accept")
	}
	first := out.Witnesses[0]
	err = record(ctx, Entry{By: by, Did: AcceptRestore, To: origin, Personal: map[string]string{"reason": reason},
		Note: fmt.Sprintf("goes on from %d entries although a witness vouches for %d with root %s", out.Entries, first.Entries, first.Root)})
	if err != nil {
		return Acceptance{}, err
	}
	for i, w := range ahead {
		if out.Witnesses[i].Aside, err = w.SetAside(origin, n.Clock.Now()); err != nil {
			return out, err
		}
	}
	return out, n.signTenant(ctx, tenant)
}

// overruled returns what w holds when the record does not go on from it.
func (n *Notary) overruled(ctx context.Context, w FolderWitness, tenant string) (*Overruled, error) {
	text, err := w.Latest(ctx, n.Seal.Origin(tenant))
	if err != nil || text == "" {
		return nil, err
	}
	over := &Overruled{Witness: w.String()}
	held, err := OpenCheckpoint(text, n.Seal.Verifiers())
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Conflict, "the checkpoint of the witness %s is not one of this record's key; look at it before anything else: %w", w, err)
	}
	head, err := n.Store.AuditHead(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if Extends(ctx, n.Store, tenant, head, held.Tree) == nil {
		return nil, nil
	}
	over.Entries, over.Root = held.Tree.N, held.Tree.Hash.String()
	return over, nil
}
