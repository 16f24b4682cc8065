package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// exportLine is a line of an export that is not itself an entry.
type exportLine struct {
	V          int      `json:"v,omitempty"` // set on entries only
	Opens      *int64   `json:"opens,omitempty"`
	Opening    *Opening `json:"opening,omitempty"`
	Checkpoint string   `json:"checkpoint,omitempty"`
	Key        string   `json:"key,omitempty"`
}

// maxLine bounds a line of an export.
const maxLine = 4 << 20

// VerifyExport reads an export and compares it with the checkpoint in it and
// with those given from elsewhere. The key in the export is used only when
// known is nil: then the export is shown to be whole, but not whose it is.
func VerifyExport(r io.Reader, known note.Verifiers, checkpoints []string) (Report, error) {
	e := exportCheck{known: known, check: newCheck(nil)}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; s.Scan(); n++ {
		if err := e.line(s.Bytes()); err != nil {
			return Report{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := s.Err(); err != nil {
		return Report{}, fmt.Errorf("reading the export: %w", err)
	}
	return e.finish(checkpoints)
}

// An exportCheck verifies an export line by line. The checkpoints come last,
// so the leaves are kept; 32 bytes each.
type exportCheck struct {
	known  note.Verifiers
	check  *check
	leaves []tlog.Hash
	last   Record
	end    exportLine
}

func (e *exportCheck) line(line []byte) error {
	if e.end.Checkpoint != "" {
		return errors.New("nothing may follow the checkpoint")
	}
	var l exportLine
	if err := json.Unmarshal(line, &l); err != nil {
		return fmt.Errorf("not a line of an export: %w", err)
	}
	switch {
	case l.V != 0:
		return e.entry(line)
	case l.Opens != nil && l.Opening != nil:
		if *l.Opens != e.last.Seq || !l.Opening.Opens(e.last) {
			e.check.report.add(*l.Opens, "the personal fields of entry %d are not those that it committed to", *l.Opens)
		}
		return nil
	case l.Checkpoint != "":
		e.end = l
		return nil
	}
	return errors.New("neither an entry nor an opening nor a checkpoint")
}

func (e *exportCheck) entry(line []byte) error {
	r, err := ParseLeaf(line)
	if err != nil {
		return err
	}
	if want := int64(len(e.leaves)); r.Seq != want {
		e.check.report.add(want, "entry %d stands where entry %d should", r.Seq, want)
	}
	if !bytes.Equal(r.Leaf(), line) {
		e.check.report.add(r.Seq, "entry %d is not written in its canonical form", r.Seq)
	}
	e.last = r
	e.leaves = append(e.leaves, tlog.RecordHash(line))
	return nil
}

func (e *exportCheck) finish(checkpoints []string) (Report, error) {
	if e.end.Checkpoint == "" {
		return Report{}, errors.New("the export ends without its checkpoint; it was cut off")
	}
	known := e.known
	if known == nil {
		v, err := note.NewVerifier(e.end.Key)
		if err != nil {
			return Report{}, fmt.Errorf("the key in the export: %w", err)
		}
		known = note.VerifierList(v)
	}
	problems := e.check.report.Problems
	var vouches []vouch
	for i, text := range append([]string{e.end.Checkpoint}, checkpoints...) {
		c, err := OpenCheckpoint(text, known)
		if err != nil {
			problems = append(problems, Flaw{0, "a checkpoint cannot be used: " + err.Error()})
			continue
		}
		vouches = append(vouches, vouch{c, i > 0})
	}
	c := newCheck(vouches)
	c.report.Problems = append(problems, c.report.Problems...)
	for _, h := range e.leaves {
		c.entry(h)
	}
	return c.finish(), nil
}
