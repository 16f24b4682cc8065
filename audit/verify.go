package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
)

// A Report says whether the record is whole.
type Report struct {
	Entries     int64  `json:"entries"`
	Root        string `json:"root"`
	Valid       bool   `json:"valid"`
	Problems    []Flaw `json:"problems"`
	Checkpoints int    `json:"checkpoints"`         // of our own that were compared
	Witnessed   int64  `json:"witnessed,omitempty"` // entries that a witness vouches for
}

// A Flaw is one place at which the record is not what it should be.
type Flaw struct {
	Seq  int64  `json:"seq"` // entry, or the size of the tree at which it shows
	Text string `json:"text"`
}

// maxProblems bounds a report: a record that is wrong in more places is wrong
// altogether.
const maxProblems = 100

func (r *Report) add(seq int64, format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, Flaw{seq, fmt.Sprintf(format, args...)})
	}
}

// A vouch is a checkpoint that the record is compared with.
type vouch struct {
	Checkpoint
	witness bool
}

func (v vouch) String() string {
	if v.witness {
		return "the witness"
	}
	return "a checkpoint"
}

// A check walks along a record and compares it with everything that vouches
// for it.
type check struct {
	report  Report
	edge    Edge
	vouches []vouch // sorted by size; those before next are done
	next    int
	last    int64 // size of the last checkpoint that agreed
}

func newCheck(vouches []vouch) *check {
	slices.SortFunc(vouches, func(a, b vouch) int { return int(min(max(a.Tree.N-b.Tree.N, -1), 1)) })
	c := &check{vouches: vouches}
	c.report.Problems = []Flaw{}
	c.compare()
	return c
}

// entry adds the leaf with hash h.
func (c *check) entry(h tlog.Hash) {
	c.edge.Append(h)
	c.compare()
}

// compare compares the tree as far as it has grown with those who vouch for
// just that size.
func (c *check) compare() {
	for ; c.next < len(c.vouches) && c.vouches[c.next].Tree.N == c.edge.Size(); c.next++ {
		v := c.vouches[c.next]
		if v.witness {
			c.report.Witnessed = max(c.report.Witnessed, v.Tree.N)
		} else {
			c.report.Checkpoints++
		}
		if c.edge.Root() == v.Tree.Hash {
			c.last = v.Tree.N
			continue
		}
		c.report.add(v.Tree.N, "the first %d entries are not those that %s signed: something from entry %d on was altered, reordered or removed", v.Tree.N, v, c.last)
	}
}

// finish reports what is vouched for and not there.
func (c *check) finish() Report {
	for ; c.next < len(c.vouches); c.next++ {
		v := c.vouches[c.next]
		c.report.add(v.Tree.N, "%s vouches for %d entries and there are only %d: the tail was cut off or an older copy was put back", v, v.Tree.N, c.edge.Size())
	}
	c.report.Entries = c.edge.Size()
	c.report.Root = c.edge.Root().String()
	c.report.Valid = len(c.report.Problems) == 0
	return c.report
}

// A Verification compares a whole record with its tree, its checkpoints and
// what witnesses hold.
type Verification struct {
	Store  Store
	Keys   note.Verifiers // who may have signed; nil skips signed statements
	Origin string         // name in checkpoints; empty takes any
	// Witnessed are signed checkpoints from outside.
	Witnessed []string
	// Progress, when set, is told how many entries are done.
	Progress func(done, total int64)
}

// verifyChunk is how many entries are read at a time, so that no reader stays
// open for long.
const verifyChunk = 2000

// Run verifies the record of tenant. An error means that it could not be read,
// not that it is wrong.
func (v Verification) Run(ctx context.Context, tenant string) (Report, error) {
	head, err := v.Store.AuditHead(ctx, tenant)
	if err != nil {
		return Report{}, err
	}
	own, err := v.Store.AuditCheckpoints(ctx, tenant)
	if err != nil {
		return Report{}, err
	}
	var bad []Flaw
	var vouches []vouch
	for _, c := range own {
		if c.Tree.N > head.N {
			// Signed after the head was read: then it has grown since.
			if head, err = v.Store.AuditHead(ctx, tenant); err != nil {
				return Report{}, err
			}
		}
		opened, err := v.open(c.Note)
		if err == nil && opened.Tree.N != c.Tree.N {
			err = errors.New("it is kept under another size")
		}
		if err != nil {
			bad = append(bad, Flaw{c.Tree.N, "a checkpoint was altered: " + err.Error()})
			continue
		}
		vouches = append(vouches, vouch{opened, false})
	}
	for _, text := range v.Witnessed {
		opened, err := v.open(text)
		if err != nil {
			bad = append(bad, Flaw{0, "a witnessed checkpoint cannot be used: " + err.Error()})
			continue
		}
		vouches = append(vouches, vouch{opened, true})
	}
	c := newCheck(vouches)
	c.report.Problems = append(c.report.Problems, bad...)
	if err := v.walk(ctx, tenant, head, c); err != nil {
		return Report{}, err
	}
	if root := c.edge.Root(); root != head.Hash {
		c.report.add(head.N, "the root of the tree is %s and the entries give %s", head.Hash, root)
	}
	return c.finish(), nil
}

func (v Verification) open(text string) (Checkpoint, error) {
	if v.Keys == nil {
		return Checkpoint{}, errors.New("there is no key to check its signature with")
	}
	c, err := OpenCheckpoint(text, v.Keys)
	if err == nil && v.Origin != "" && c.Origin != v.Origin {
		err = fmt.Errorf("it is of %s, not of %s", c.Origin, v.Origin)
	}
	return c, err
}

// walk compares each entry with its leaf and each tile with its entries.
func (v Verification) walk(ctx context.Context, tenant string, head tlog.Tree, c *check) error {
	for from := int64(0); from < head.N; from += verifyChunk {
		until := min(from+verifyChunk, head.N)
		leaves, err := v.leaves(ctx, tenant, from, until)
		if err != nil {
			return err
		}
		seq := from
		settle := func(h *tlog.Hash) {
			stored := leaves[seq]
			switch {
			case h == nil && stored == nil:
				c.report.add(seq, "entry %d is missing", seq)
				c.entry(tlog.Hash{})
			case h == nil:
				c.report.add(seq, "entry %d is missing; the tree still holds its hash", seq)
				c.entry(*stored)
			case stored != nil && *stored != *h:
				c.report.add(seq, "entry %d is not what the tree holds: it was altered or put in another's place", seq)
				c.entry(*stored)
			default:
				if stored == nil {
					c.report.add(seq, "the tree has lost the hash of entry %d", seq)
				}
				c.entry(*h)
			}
			seq++
		}
		err = v.Store.AuditEntries(ctx, tenant, from, until, func(r Record, o Opening) error {
			for seq < r.Seq {
				settle(nil)
			}
			if len(o.Values) > 0 && !o.Opens(r) {
				c.report.add(r.Seq, "the personal fields of entry %d are not those that it committed to", r.Seq)
			}
			h := r.Hash()
			settle(&h)
			return nil
		})
		if err != nil {
			return err
		}
		for seq < until {
			settle(nil)
		}
		if err := v.compareTiles(ctx, tenant, c); err != nil {
			return err
		}
		if v.Progress != nil {
			v.Progress(until, head.N)
		}
	}
	return nil
}

// leaves returns the hashes that the tree holds for the entries from..until.
func (v Verification) leaves(ctx context.Context, tenant string, from, until int64) (map[int64]*tlog.Hash, error) {
	out := make(map[int64]*tlog.Hash, until-from)
	for n := from / tileWidth; n <= (until-1)/tileWidth; n++ {
		data, err := v.Store.AuditTile(ctx, tenant, 0, n)
		if err != nil && bedrail.KindOf(err) != bedrail.NotFound {
			return nil, err
		}
		for i := 0; (i+1)*tlog.HashSize <= len(data); i++ {
			h := tlog.Hash(data[i*tlog.HashSize : (i+1)*tlog.HashSize])
			out[n*tileWidth+int64(i)] = &h
		}
	}
	return out, nil
}

// compareTiles compares the tiles above the leaves with what the leaves give.
func (v Verification) compareTiles(ctx context.Context, tenant string, c *check) error {
	for _, want := range c.edge.TakeDirty() {
		if want.Level == 0 {
			continue // compared leaf by leaf
		}
		got, err := v.Store.AuditTile(ctx, tenant, want.Level, want.N)
		if err != nil && bedrail.KindOf(err) != bedrail.NotFound {
			return err
		}
		if !bytes.HasPrefix(got, want.Hashes) {
			c.report.add(want.N<<(TileHeight*(want.Level+1)), "tile %d of level %d does not hold the hashes of the level below", want.N, want.Level)
		}
	}
	return nil
}

// CheckTail compares the newest part of the record of tenant with its head and
// its last checkpoint. It is quick whatever the length of the record, and is
// what a start does; Run is the thorough way.
func CheckTail(ctx context.Context, s Store, tenant string, keys note.Verifiers) error {
	head, err := s.AuditHead(ctx, tenant)
	if err != nil || head.N == 0 {
		return err
	}
	edge, err := LoadEdge(head.N, func(level, n int64) ([]byte, error) { return s.AuditTile(ctx, tenant, level, n) })
	if err != nil {
		return fmt.Errorf("the tiles of the record: %w", err)
	}
	if edge.Root() != head.Hash {
		return errors.New("the tiles of the record do not give its root")
	}
	if err := checkLastTile(ctx, s, tenant, head.N); err != nil {
		return err
	}
	last, err := s.LastAuditCheckpoint(ctx, tenant)
	if bedrail.KindOf(err) == bedrail.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	opened, err := OpenCheckpoint(last.Note, keys)
	if err != nil {
		return err
	}
	return Extends(ctx, s, tenant, head, opened.Tree)
}

func checkLastTile(ctx context.Context, s Store, tenant string, size int64) error {
	n := (size - 1) / tileWidth
	data, err := s.AuditTile(ctx, tenant, 0, n)
	if err != nil {
		return err
	}
	leaves, err := splitTile(data, int(size-n*tileWidth))
	if err != nil {
		return err
	}
	found := 0
	err = s.AuditEntries(ctx, tenant, n*tileWidth, size, func(r Record, _ Opening) error {
		if i := r.Seq - n*tileWidth; r.Hash() != leaves[i] {
			return fmt.Errorf("entry %d is not what the tree holds", r.Seq)
		}
		found++
		return nil
	})
	if err == nil && found != len(leaves) {
		err = fmt.Errorf("of the newest %d entries only %d are there", len(leaves), found)
	}
	return err
}

// Extends returns nil when the tree now of tenant begins with the tree before.
func Extends(ctx context.Context, s Store, tenant string, now, before tlog.Tree) error {
	if before.N > now.N {
		return fmt.Errorf("there are %d entries, and a checkpoint vouches for %d: the tail was cut off or an older copy was put back", now.N, before.N)
	}
	if before.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(now.N, before.N, hashes(ctx, s, tenant, now.N))
	if err != nil {
		return err
	}
	if tlog.CheckTree(proof, now.N, now.Hash, before.N, before.Hash) != nil {
		return fmt.Errorf("the first %d entries are not those that a checkpoint vouches for", before.N)
	}
	return nil
}
