package release

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/job"
)

// A Store remembers releases and gives out messages. Each method is one
// transaction.
type Store interface {
	// Releases returns every definition, by name.
	Releases(ctx context.Context, in bedrail.Scope) ([]Kept, error)
	// ReleaseByName returns one, or a NotFound error.
	ReleaseByName(ctx context.Context, in bedrail.Scope, name string) (Kept, error)
	// SaveRelease keeps k as the next version of what is still at k.Version (0
	// is new), else it is a Conflict.
	SaveRelease(ctx context.Context, in bedrail.Scope, k Kept, entry audit.Entry) (Kept, error)
	// ReleaseKey returns the key of a release's pseudonyms, or a NotFound error.
	ReleaseKey(ctx context.Context, in bedrail.Scope, name string) ([]byte, error)
	// KeepReleaseKey seals a key for a release that has none.
	KeepReleaseKey(ctx context.Context, in bedrail.Scope, name string, key []byte) error
	// ForgetReleaseKey makes the pseudonyms of a release unlinkable for ever.
	ForgetReleaseKey(ctx context.Context, in bedrail.Scope, name string, entry audit.Entry) error
	// SaveReleased keeps the record of a release that was made.
	SaveReleased(ctx context.Context, in bedrail.Scope, d Done, entry audit.Entry) error
	// Released returns the newest five hundred, of one name or all.
	Released(ctx context.Context, in bedrail.Scope, name string) ([]Done, error)
	// ReleasedByID returns one, or a NotFound error.
	ReleasedByID(ctx context.Context, in bedrail.Scope, id string) (Done, error)

	// ReleasableMessages returns messages of channels received in a time, with
	// their bodies, from behind after; those that were called back, held,
	// rejected or forgotten come without a body.
	ReleasableMessages(ctx context.Context, in bedrail.Scope, channels []string, from, until time.Time, after string, limit int) ([]Material, error)
	// OpenBody returns the body of a large message.
	OpenBody(ctx context.Context, in bedrail.Scope, id string) (io.ReadCloser, error)
	// Record appends entry to the audit record by itself.
	Record(ctx context.Context, in bedrail.Scope, entry audit.Entry) error
}

// A Material is a message of which a release is made.
type Material struct {
	Message  exchange.Message
	Body     []byte
	Recalled bool
	TooLarge bool // to be read for a release
}

// A Service makes releases.
type Service struct {
	Store  Store
	Auth   bedrail.Authorizer
	Clock  bedrail.Clock
	Jobs   *job.Runner // nil works while the caller waits
	Tenant string
	// Folder is where files lie until they are taken.
	Folder string
	// Write writes a table: columns that are numbers are named in numeric.
	Write func(w io.Writer, format string, columns []string, numeric map[string]bool, rows [][]string) error
}

func (s *Service) scope() bedrail.Scope { return bedrail.Scope{Tenant: s.Tenant} }

// everywhere refuses whoever sees only a part of the house: a release is made
// of channels wherever they are.
func (s *Service) everywhere(ctx context.Context, by bedrail.Actor, what bedrail.Action) error {
	if len(by.Scope.Sites) > 0 || len(by.Scope.Units) > 0 {
		return bedrail.Errorf(bedrail.Denied, "a release is made of data of the whole house; your role is for a part of it")
	}
	return s.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "release"})
}

// All lists the definitions.
func (s *Service) All(ctx context.Context, by bedrail.Actor) ([]Kept, error) {
	if err := s.everywhere(ctx, by, Read); err != nil {
		return nil, err
	}
	return s.Store.Releases(ctx, s.scope())
}

// ByName returns one definition.
func (s *Service) ByName(ctx context.Context, by bedrail.Actor, name string) (Kept, error) {
	if err := s.everywhere(ctx, by, Read); err != nil {
		return Kept{}, err
	}
	return s.Store.ReleaseByName(ctx, s.scope(), name)
}

// Places lists what may leave, and in which forms.
func (s *Service) Places(ctx context.Context, by bedrail.Actor) ([]Place, error) {
	if err := s.everywhere(ctx, by, Read); err != nil {
		return nil, err
	}
	return Places(), nil
}

// Put makes a definition or changes it. A changed one is a draft again, to
// which a second person must agree.
func (s *Service) Put(ctx context.Context, by bedrail.Actor, version int64, d Definition) (Kept, error) {
	if err := s.everywhere(ctx, by, Define); err != nil {
		return Kept{}, err
	}
	if err := d.check(); err != nil {
		return Kept{}, err
	}
	k := Kept{Definition: d, Version: version, State: Draft, By: by.Person(), At: s.Clock.Now()}
	if version > 0 {
		was, err := s.Store.ReleaseByName(ctx, s.scope(), d.Name)
		if err != nil {
			return Kept{}, err
		}
		k.Linkable, k.LastRun, k.LastGroup = was.Linkable, was.LastRun, was.LastGroup
	}
	entry := audit.Entry{By: by, Did: Define, To: d.Name, Note: fmt.Sprintf("%d columns for %s, groups of %d", len(d.Columns), d.Recipient, d.SmallestGroup)}
	return s.Store.SaveRelease(ctx, s.scope(), k, entry)
}

// Agree lets a definition be used that somebody else made.
func (s *Service) Agree(ctx context.Context, by bedrail.Actor, name string, version int64) (Kept, error) {
	if err := s.everywhere(ctx, by, Agree); err != nil {
		return Kept{}, err
	}
	k, err := s.Store.ReleaseByName(ctx, s.scope(), name)
	switch {
	case err != nil:
		return k, err
	case k.State == Agreed:
		return k, bedrail.Errorf(bedrail.Conflict, "the release %s is agreed to already", name)
	case k.Version != version:
		return k, bedrail.Errorf(bedrail.Conflict, "the release %s was changed meanwhile: it is at version %d; look at it again", name, k.Version)
	case k.By == by.Person():
		return k, bedrail.Errorf(bedrail.Denied, "you wrote this release; a second person must agree to it")
	}
	k.State, k.AgreedBy, k.AgreedAt = Agreed, by.Person(), s.Clock.Now()
	return s.Store.SaveRelease(ctx, s.scope(), k, audit.Entry{By: by, Did: Agree, To: name, Note: fmt.Sprintf("agreed to version %d", version)})
}

// A RunSpec says of which time a release is made.
type RunSpec struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero" doc:"Left out, now"`
	// DryRun measures the risk and keeps no file.
	DryRun bool `json:"dryRun,omitempty" doc:"Measure the risk; nothing leaves and no file is kept"`
}

// Run makes a release, as a job where there are jobs: it goes on when whoever
// asked for it goes away. What it is made of, by whose will and with which risk
// is on record.
func (s *Service) Run(ctx context.Context, by bedrail.Actor, name string, spec RunSpec) (Done, error) {
	if err := s.everywhere(ctx, by, Run); err != nil {
		return Done{}, err
	}
	k, err := s.Store.ReleaseByName(ctx, s.scope(), name)
	if err != nil {
		return Done{}, err
	}
	now := s.Clock.Now()
	if spec.Until.IsZero() || spec.Until.After(now) {
		spec.Until = now
	}
	switch {
	case spec.From.IsZero() || !spec.From.Before(spec.Until):
		return Done{}, bedrail.Errorf(bedrail.Invalid, "from is a time before until").At("from")
	case k.State != Agreed && !spec.DryRun:
		return Done{}, bedrail.Errorf(bedrail.Conflict, "nobody has agreed to the release %s as it is now", name)
	}
	d := Done{ID: bedrail.NewID("rel", now), Name: name, Version: k.Version, Recipient: k.Recipient, Purpose: k.Purpose, By: by.ID, At: now, From: spec.From, Until: spec.Until, Columns: k.Columns, Format: k.Format}
	if s.Jobs == nil || spec.DryRun {
		return s.make(ctx, by, k, d, spec.DryRun, nil)
	}
	begun := d // the job has its own
	work := func(ctx context.Context, p *job.Progress) (any, error) {
		return s.make(ctx, by, k, begun, spec.DryRun, p)
	}
	j, err := s.Jobs.Start(ctx, by, job.Spec{Kind: "release:run", Title: "Release " + name + " for " + k.Recipient, Unit: "messages"}, work)
	d.Job = j.ID
	return d, err
}

// key returns the key of a release's pseudonyms, made at first use.
func (s *Service) key(ctx context.Context, k Kept, dry bool) ([]byte, error) {
	key, err := s.Store.ReleaseKey(ctx, s.scope(), k.Name)
	if bedrail.KindOf(err) != bedrail.NotFound {
		return key, err
	}
	key = make([]byte, 32)
	rand.Read(key) // never fails since Go 1.24
	if dry {
		return key, nil
	}
	return key, s.Store.KeepReleaseKey(ctx, s.scope(), k.Name, key)
}

func (s *Service) make(ctx context.Context, by bedrail.Actor, k Kept, d Done, dry bool, p *job.Progress) (Done, error) {
	if err := k.check(); err != nil { // makes its columns ready
		return d, err
	}
	key, err := s.key(ctx, k, dry)
	if err != nil {
		return d, err
	}
	t := newTable(&k.Definition, key)
	if k.reads(exchange.FHIR) {
		if err := s.gather(ctx, &k, &d, t.learn, nil); err != nil {
			return d, err
		}
	}
	if err := s.gather(ctx, &k, &d, t.take, p); err != nil {
		return d, err
	}
	rows := t.leave(k.SmallestGroup, &d)
	d.Method, d.Messages, d.Stopped = k.method(), t.messages, t.stopped
	d.Recalled, d.Unread = t.recalled, t.unread
	if dry {
		d.ID = ""
		return d, s.Store.Record(ctx, s.scope(), audit.Entry{By: by, Did: Run, To: k.Name, Note: fmt.Sprintf("risk measured: %d rows, smallest group %d", d.Rows, d.Risk.Smallest)})
	}
	if len(rows) == 0 {
		return d, bedrail.Errorf(bedrail.NotFound, "no row may leave: %d messages were looked at, %d rows are of groups that are too small", d.Messages, d.Suppressed)
	}
	if d.Size, d.SHA256, err = s.writeFile(d.ID, k, rows); err != nil {
		return d, err
	}
	d.Job = p.JobID()
	entry := audit.Entry{By: by, Did: Run, To: d.ID, Note: fmt.Sprintf("release %s version %d for %s: %d rows of %d patients, smallest group %d, sha256 %s", k.Name, k.Version, k.Recipient, d.Rows, d.Risk.Patients, d.Risk.Smallest, d.SHA256),
		Personal: map[string]string{"purpose": k.Purpose}}
	return d, s.Store.SaveReleased(ctx, s.scope(), d, entry)
}

const (
	gatherSome = 500
	bodyMost   = 64 << 20 // of one message
)

// open reads the body of a message that lies in a file of its own.
func (s *Service) open(ctx context.Context, k *Kept, m *Material) error {
	if !m.Message.Large || m.Recalled || !k.reads(m.Message.Format) {
		return nil
	}
	if m.TooLarge = m.Message.Size > bodyMost; m.TooLarge {
		return nil
	}
	r, err := s.Store.OpenBody(ctx, s.scope(), m.Message.ID)
	if bedrail.KindOf(err) == bedrail.NotFound {
		m.Recalled = true // it was forgotten meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	m.Body, err = io.ReadAll(r)
	return err
}

// gather gives the messages of a release to take, in the order in which they
// came.
func (s *Service) gather(ctx context.Context, k *Kept, d *Done, take func(*Material) error, p *job.Progress) error {
	for after := ""; ; {
		some, err := s.Store.ReleasableMessages(ctx, s.scope(), k.Channels, d.From, d.Until, after, gatherSome)
		if err != nil || len(some) == 0 {
			return err
		}
		after = some[len(some)-1].Message.ID
		for i := range some {
			if err := s.open(ctx, k, &some[i]); err != nil {
				return err
			}
			if err := take(&some[i]); err != nil {
				return err
			}
			some[i].Body = nil // large ones are not held together
		}
		p.Add(int64(len(some)))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// A counted writer hashes what is written.
type counted struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.h.Write(b[:n])
	c.n += int64(n)
	return n, err
}

// writeFile writes and flushes the file of a release before its record is
// kept: a record without a file would promise what is not there.
func (s *Service) writeFile(id string, k Kept, rows [][]string) (size int64, sum string, err error) {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return 0, "", bedrail.Errorf(bedrail.Unavailable, "making the folder of releases: %w", err)
	}
	f, err := os.OpenFile(s.path(id, k.Format), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", bedrail.Errorf(bedrail.Unavailable, "writing a release: %w", err)
	}
	out := &counted{w: f, h: sha256.New()}
	names, numeric := make([]string, len(k.Columns)), map[string]bool{}
	for i, c := range k.Columns {
		names[i] = c.Name
		numeric[c.Name] = c.As == Number || c.As == Age || c.As == Year
	}
	err = s.Write(out, k.Format, names, numeric, rows)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, "", errors.Join(fmt.Errorf("writing a release: %w", err), os.Remove(s.path(id, k.Format)))
	}
	return out.n, hex.EncodeToString(out.h.Sum(nil)), nil
}

var plainID = regexp.MustCompile(`^rel_[0-9A-Z]{26}$`)

func (s *Service) path(id, format string) string { return filepath.Join(s.Folder, id+"."+format) }

// Released lists what was released, newest first.
func (s *Service) Released(ctx context.Context, by bedrail.Actor, name string) ([]Done, error) {
	if err := s.everywhere(ctx, by, Read); err != nil {
		return nil, err
	}
	return s.Store.Released(ctx, s.scope(), name)
}

// Take opens the file of a release for its recipient. Who took it is on
// record.
func (s *Service) Take(ctx context.Context, by bedrail.Actor, id string) (Done, io.ReadCloser, error) {
	if err := s.everywhere(ctx, by, Run); err != nil {
		return Done{}, nil, err
	}
	d, err := s.Store.ReleasedByID(ctx, s.scope(), id)
	if err != nil {
		return d, nil, err
	}
	if !plainID.MatchString(d.ID) {
		return d, nil, bedrail.Errorf(bedrail.NotFound, "there is no release %s", id)
	}
	f, err := os.Open(s.path(d.ID, d.Format))
	if errors.Is(err, os.ErrNotExist) {
		return d, nil, bedrail.Errorf(bedrail.NotFound, "the file of the release %s is no more; its record stays", id)
	}
	if err != nil {
		return d, nil, err
	}
	entry := audit.Entry{By: by, Did: Run, To: id, Note: "file taken for " + d.Recipient}
	if err := s.Store.Record(ctx, s.scope(), entry); err != nil {
		return d, nil, errors.Join(err, f.Close())
	}
	return d, f, nil
}

// ForgetKey makes the pseudonyms of a release unlinkable, here too: nobody can
// say any more who they were, and the next release has others.
func (s *Service) ForgetKey(ctx context.Context, by bedrail.Actor, name, reason string) error {
	if err := s.everywhere(ctx, by, Agree); err != nil {
		return err
	}
	if len(reason) < 3 {
		return bedrail.Errorf(bedrail.Invalid, "say why").At("reason")
	}
	return s.Store.ForgetReleaseKey(ctx, s.scope(), name, audit.Entry{By: by, Did: Agree, To: name, Note: "key of the pseudonyms destroyed", Personal: map[string]string{"reason": reason}})
}
