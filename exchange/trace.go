package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bedrail"
	"bedrail/audit"
)

// A Trace is the way of one message: what came, what was made of it, where it
// went and what was answered, each step with its entry in the audit record.
type Trace struct {
	Message View
	Steps   []TraceStep
}

// A TraceStep is one act of the audit record about a message.
type TraceStep struct {
	Seq  int64          `json:"seq"` // in the audit record
	At   time.Time      `json:"at"`
	Did  bedrail.Action `json:"did"`
	By   string         `json:"by"`
	Note string         `json:"note"`
}

// Trace returns the way of a message.
func (x *Exchange) Trace(ctx context.Context, by bedrail.Actor, id string) (Trace, error) {
	v, err := x.MessageByID(ctx, by, id)
	if err != nil {
		return Trace{}, err
	}
	t := Trace{Message: v, Steps: []TraceStep{}}
	err = x.Store.AuditOf(ctx, x.scope(), id, func(r audit.Record) {
		t.Steps = append(t.Steps, TraceStep{Seq: r.Seq, At: r.At, Did: r.Did, By: r.ByID, Note: r.Note})
	})
	return t, err
}

// A ProofFile shows, without Bedrail and without the content, that a message
// came with these bytes, and what was done with it. Whoever has the bytes can
// compare their hash.
type ProofFile struct {
	Version int         `json:"version"`
	Message string      `json:"message"`
	Channel string      `json:"channel"`
	Raw     Opened      `json:"raw"` // the bytes as they came
	Steps   []ProofStep `json:"steps"`
	Made    time.Time   `json:"made"`
}

// An Opened is a hash with what shows that the record committed to it.
type Opened struct {
	SHA256 string `json:"sha256"`
	Salt   []byte `json:"salt"`
}

// A ProofStep is one act with the proof that it is in the record.
type ProofStep struct {
	Proof audit.Proof       `json:"proof"`
	Opens map[string]Opened `json:"opens,omitempty"` // sent and ack, where they were kept
}

const proofVersion = 1

// Prove returns the proof file of a message. It needs the newest entries to be
// under a signed checkpoint.
func (x *Exchange) Prove(ctx context.Context, by bedrail.Actor, id string, prove func(ctx context.Context, seq int64) (audit.Proof, error)) (ProofFile, error) {
	m, err := x.message(ctx, by, ReadMessages, id)
	if err != nil {
		return ProofFile{}, err
	}
	if !m.Forgotten.IsZero() || len(m.Sealed.Salt) == 0 {
		return ProofFile{}, bedrail.Errorf(bedrail.NotFound, "the content of message %s was forgotten, and with it what opens the record", id)
	}
	f := ProofFile{Version: proofVersion, Message: id, Channel: m.Channel, Made: x.Clock.Now(), Steps: []ProofStep{},
		Raw: Opened{m.Sealed.Hash, audit.Opening{Salt: m.Sealed.Salt}.FieldSalt("raw")}}
	var records []audit.Record
	if err := x.Store.AuditOf(ctx, x.scope(), id, func(r audit.Record) { records = append(records, r) }); err != nil {
		return f, err
	}
	for _, r := range records {
		p, err := prove(ctx, r.Seq)
		if err != nil {
			return f, err
		}
		opens, err := x.opens(ctx, m, r)
		if err != nil {
			return f, err
		}
		f.Steps = append(f.Steps, ProofStep{Proof: p, Opens: opens})
	}
	return f, nil
}

// opens returns what a delivery's entry committed to, as far as it was kept.
func (x *Exchange) opens(ctx context.Context, m Message, r audit.Record) (map[string]Opened, error) {
	words := strings.Fields(r.Note)
	if r.Did != "message:deliver" || len(words) < 2 || words[0] != "destination" {
		return nil, nil
	}
	b, err := x.Store.DeliveryBody(ctx, x.scope(), m.ID, words[1])
	if bedrail.KindOf(err) == bedrail.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]Opened{}
	for what, body := range map[string][]byte{"ack": b.Ack, "sent": b.Sent} {
		if h := hashOf(body); h != "" && noteHas(r.Note, what, Commit(m.Sealed.Salt, what, h)) {
			out[what] = Opened{h, audit.Opening{Salt: m.Sealed.Salt}.FieldSalt(what)}
		}
	}
	return out, nil
}

// noteHas reports whether a note commits to c as what.
func noteHas(note, what, c string) bool {
	return strings.Contains(" "+note+" ", " "+what+" "+c+" ")
}

// A ProofReport says what a proof file shows.
type ProofReport struct {
	Valid    bool        `json:"valid"`
	Message  string      `json:"message"`
	Channel  string      `json:"channel"`
	Raw      string      `json:"raw"` // SHA-256
	Steps    []TraceStep `json:"steps"`
	Problems []string    `json:"problems"`
}

// VerifyProof checks a proof file with nothing but public keys; raw, when it is
// not nil, must be the bytes that came.
func VerifyProof(text []byte, known func(key string) (note.Verifiers, error), rawHash string) (ProofReport, error) {
	var f ProofFile
	if err := json.Unmarshal(text, &f); err != nil || f.Version != proofVersion {
		return ProofReport{}, bedrail.Errorf(bedrail.Invalid, "this is no proof file of a message that this program knows: %w", errors.Join(err))
	}
	r := ProofReport{Message: f.Message, Channel: f.Channel, Raw: f.Raw.SHA256, Steps: []TraceStep{}, Problems: []string{}}
	wrong := func(format string, args ...any) { r.Problems = append(r.Problems, fmt.Sprintf(format, args...)) }
	if rawHash != "" && rawHash != f.Raw.SHA256 {
		wrong("the bytes given are not those that came: their hash is %s", rawHash)
	}
	received := 0
	for i, s := range f.Steps {
		keys, err := known(s.Proof.Key)
		if err != nil {
			return r, err
		}
		if err := s.Proof.Check(keys); err != nil {
			wrong("step %d: %v", i+1, err)
			continue
		}
		e, err := audit.ParseLeaf([]byte(s.Proof.Entry))
		if err != nil {
			wrong("step %d: %v", i+1, err)
			continue
		}
		if e.To != f.Message {
			wrong("step %d is about %s", i+1, e.To)
		}
		r.Steps = append(r.Steps, TraceStep{Seq: e.Seq, At: e.At, Did: e.Did, By: e.ByID, Note: e.Note})
		if e.Did == "message:receive" {
			received++
			if !noteHas(e.Note, "raw", audit.Commitment(f.Raw.Salt, "raw", f.Raw.SHA256)) {
				wrong("step %d does not commit to the bytes of the message", i+1)
			}
		}
		for what, o := range s.Opens {
			if !noteHas(e.Note, what, audit.Commitment(o.Salt, what, o.SHA256)) {
				wrong("step %d does not commit to what was %s", i+1, what)
			}
		}
	}
	if received != 1 {
		wrong("the file shows %d receipts of the message, not one", received)
	}
	r.Valid = len(r.Problems) == 0
	return r, nil
}
