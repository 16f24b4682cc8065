package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
)

// A Witness keeps checkpoints where those who could alter the record cannot
// reach. Only a witness can notice that the tail of the record was cut off
// together with all that vouched for it.
type Witness interface {
	// Latest returns the newest checkpoint of origin that it holds, or nothing.
	Latest(ctx context.Context, origin string) (string, error)
	// Keep takes a newer checkpoint.
	Keep(ctx context.Context, c Checkpoint) error
	// String says in words where it is.
	String() string
}

// A FolderWitness keeps the newest checkpoint of each origin in a file of a
// folder, which should lie on another volume.
type FolderWitness string

func (w FolderWitness) String() string { return "folder " + string(w) }

func (w FolderWitness) path(origin string) string {
	return filepath.Join(string(w), url.PathEscape(origin)+".checkpoint")
}

// Latest reads the file.
func (w FolderWitness) Latest(_ context.Context, origin string) (string, error) {
	text, err := os.ReadFile(w.path(origin))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(string(w)); err != nil {
			return "", bedrail.Errorf(bedrail.Unavailable, "the witness's folder is not there; is its volume mounted? %w", err)
		}
		return "", nil
	}
	if err != nil {
		return "", bedrail.Errorf(bedrail.Unavailable, "reading the witness: %w", err)
	}
	return string(text), nil
}

// Keep replaces the file; a crash leaves the old one or the new one. A witness
// never goes back: a checkpoint shorter than the one it holds is a Conflict.
func (w FolderWitness) Keep(ctx context.Context, c Checkpoint) error {
	held, err := w.Latest(ctx, c.Origin)
	if err != nil {
		return err
	}
	var origin string
	var size int64
	if n, _ := fmt.Sscanf(held, "%s\n%d\n", &origin, &size); n == 2 && size > c.Tree.N {
		return bedrail.Errorf(bedrail.Conflict, "the witness holds a checkpoint of %d entries and is shown one of %d", size, c.Tree.N)
	}
	f, err := os.CreateTemp(string(w), ".new-*")
	if err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "writing to the witness: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(c.Note)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), w.path(c.Origin))
	}
	if err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "writing to the witness: %w", err)
	}
	return nil
}

// A LineWitness prints a line now and then, for a printer, a serial console or
// a log that another machine keeps. It holds nothing itself: a person compares.
type LineWitness struct {
	W     io.Writer
	Name  string        // where the lines go, in words
	Every time.Duration // 0 is an hour

	mu   sync.Mutex // guards last
	last map[string]time.Time
}

func (w *LineWitness) String() string { return "printed line " + w.Name }

// Latest returns nothing: what is printed cannot be asked.
func (w *LineWitness) Latest(context.Context, string) (string, error) { return "", nil }

// Keep prints c, unless it printed one of the same origin a short while ago.
func (w *LineWitness) Keep(_ context.Context, c Checkpoint) error {
	every := w.Every
	if every == 0 {
		every = time.Hour
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if last, ok := w.last[c.Origin]; ok && c.At.Sub(last) < every {
		return nil
	}
	if _, err := fmt.Fprintf(w.W, "audit checkpoint %s %d %s %s\n", c.Origin, c.Tree.N, c.Tree.Hash, c.At.Format(time.RFC3339)); err != nil {
		return err
	}
	if w.last == nil {
		w.last = make(map[string]time.Time)
	}
	w.last[c.Origin] = c.At
	return nil
}

// A Notary signs the record as it grows and hands each checkpoint to the
// witnesses.
type Notary struct {
	Store     Store
	Seal      *Seal
	Witnesses []Witness
	Clock     bedrail.Clock
	Log       *slog.Logger
	// Refuse stops further writing when the record does not verify: to go on
	// would bury what happened. It may be nil.
	Refuse func(why string)
}

// signEvery is how long an entry waits for a signature at most.
const signEvery = time.Second

// Check is what a start does before anything is written: the newest part of
// each record is recomputed and compared with the last checkpoint and with the
// witnesses. When something is wrong writes are refused and the error says
// what. A witness that cannot be reached is only logged.
func (n *Notary) Check(ctx context.Context) error {
	tenants, err := n.Store.AuditTenants(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, tenant := range tenants {
		if err := n.checkTenant(ctx, tenant); err != nil {
			wrong = append(wrong, err)
		}
	}
	if err := errors.Join(wrong...); err != nil {
		n.refuse(err)
		return bedrail.Errorf(bedrail.Unavailable, "the audit record does not verify, so nothing is written; run \"bedrail audit verify\": %w", err)
	}
	return nil
}

func (n *Notary) refuse(err error) {
	if n.Refuse != nil {
		n.Refuse("the audit record does not verify (" + err.Error() + "); run \"bedrail audit verify\"")
	}
}

func (n *Notary) checkTenant(ctx context.Context, tenant string) error {
	keys := n.Seal.Verifiers()
	if err := CheckTail(ctx, n.Store, tenant, keys); err != nil {
		return err
	}
	head, err := n.Store.AuditHead(ctx, tenant)
	if err != nil {
		return err
	}
	for _, w := range n.Witnesses {
		if err := n.compare(ctx, w, tenant, head, keys); err != nil {
			return fmt.Errorf("compared with the witness %s: %w", w, err)
		}
	}
	return nil
}

func (n *Notary) compare(ctx context.Context, w Witness, tenant string, head tlog.Tree, keys note.Verifiers) error {
	text, err := w.Latest(ctx, n.Seal.Origin(tenant))
	if err != nil {
		n.log().Warn("the audit witness cannot be reached", "witness", w.String(), "error", err)
		return nil
	}
	if text == "" {
		return nil
	}
	held, err := OpenCheckpoint(text, keys)
	if err != nil {
		return err
	}
	return Extends(ctx, n.Store, tenant, head, held.Tree)
}

func (n *Notary) log() *slog.Logger {
	if n.Log == nil {
		return slog.Default()
	}
	return n.Log
}

// Sign signs every record that grew since its last checkpoint and hands the
// checkpoints to the witnesses.
func (n *Notary) Sign(ctx context.Context) error {
	tenants, err := n.Store.AuditTenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if err := n.signTenant(ctx, tenant); err != nil {
			return err
		}
	}
	return nil
}

func (n *Notary) signTenant(ctx context.Context, tenant string) error {
	head, err := n.Store.AuditHead(ctx, tenant)
	if err != nil {
		return err
	}
	last, err := n.Store.LastAuditCheckpoint(ctx, tenant)
	if err != nil && bedrail.KindOf(err) != bedrail.NotFound {
		return err
	}
	if head.N == last.Tree.N {
		return nil
	}
	// Never sign a tree that does not begin with what was signed before.
	if err := Extends(ctx, n.Store, tenant, head, last.Tree); err != nil {
		n.refuse(err)
		return fmt.Errorf("signing the audit record: %w", err)
	}
	c, err := n.Seal.Sign(tenant, head, n.Clock.Now())
	if err != nil {
		return err
	}
	if err := n.Store.SaveAuditCheckpoint(ctx, tenant, c); err != nil {
		return fmt.Errorf("keeping a checkpoint: %w", err)
	}
	for _, w := range n.Witnesses {
		if err := n.compare(ctx, w, tenant, head, n.Seal.Verifiers()); err != nil {
			n.refuse(err)
			return fmt.Errorf("compared with the witness %s: %w", w, err)
		}
		if err := w.Keep(ctx, c); err != nil {
			n.log().Warn("the audit witness did not take a checkpoint", "witness", w.String(), "error", err)
		}
	}
	return nil
}

// Run signs once a second while there is something to sign, and a last time
// when ctx ends.
func (n *Notary) Run(ctx context.Context) error {
	tick := time.NewTicker(signEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := n.Sign(ctx); err != nil && ctx.Err() == nil {
				n.log().Error("signing the audit record failed", "error", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return n.Sign(last)
		}
	}
}
