package exchange

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"bedrail"
	"bedrail/format/dicom"
	"bedrail/need"
)

// A Share is what a receiver was given of a message: for which purpose, what
// was left out, and where a pseudonym stands. It names places, never values.
type Share struct {
	Purpose  string   `json:"purpose,omitempty"`
	Removed  []string `json:"removed,omitempty"`
	Replaced []string `json:"replaced,omitempty"`
}

// shareMost is how much of a large body is read to leave something out of it.
// What is larger does not go to a receiver that may have only a part.
const shareMost = 256 << 20

const purposeMost = 200

// Reduced reports whether the receiver gets less than the message.
func (r DestinationRules) Reduced() bool { return len(r.Fields) > 0 || r.Pseudonymise }

func (r DestinationRules) checkShare() error {
	if len(r.Purpose) > purposeMost || strings.ContainsFunc(r.Purpose, func(c rune) bool { return c < ' ' }) {
		return bedrail.Errorf(bedrail.Invalid, "purpose: say it in one line of at most %d letters", purposeMost).At("purpose")
	}
	if _, err := need.Compile(r.Fields); err != nil {
		return bedrail.Errorf(bedrail.Invalid, "%w", err).At("fields")
	}
	return nil
}

// purposeOf returns what a destination gets messages for: what it says itself,
// or what the channel says.
func (p *plan) purposeOf(d Destination) string {
	if d.Purpose != "" {
		return d.Purpose
	}
	return p.Definition.Purpose
}

// share leaves out of what is sent what the receiver does not need. What cannot
// be read so far that something can be left out does not go.
func (o *outlet) share(ctx context.Context, d *QueuedDelivery, out *prepared) error {
	p := o.l.plan.Load()
	d.Share = nil
	if purpose := p.purposeOf(o.dest); purpose != "" || o.dest.Reduced() {
		d.Share = &Share{Purpose: purpose}
	}
	if !o.dest.Reduced() {
		return nil
	}
	if out.Body == nil {
		if err := o.readLarge(ctx, d.Message, out); err != nil {
			return err
		}
	}
	var name need.Pseudonym
	if o.dest.Pseudonymise {
		name = o.l.pseudonyms(o.dest.Name)
	}
	r, err := p.needs[o.dest.Name].reduce(out.Format, out.Body, name)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "not sent: this receiver may have only a part, and %w", err)
	}
	out.Body, out.Size = r.Body, int64(len(r.Body))
	d.Share.Removed, d.Share.Replaced = r.Removed, r.Replaced
	// What doors put beside the body says no more than the body.
	out.Facts.Patients, out.Facts.Visit, out.Facts.Orders, out.Patient = nil, "", nil, nil
	return nil
}

func (o *outlet) readLarge(ctx context.Context, id string, out *prepared) error {
	if out.Size > shareMost {
		return bedrail.Errorf(bedrail.Invalid, "not sent: this receiver may have only a part, and of %d bytes nothing can be left out", out.Size)
	}
	r, err := o.l.x.Store.OpenBody(ctx, o.l.x.scope(), id)
	if err != nil {
		return err
	}
	defer r.Close()
	out.Body, err = io.ReadAll(io.LimitReader(r, shareMost))
	return err
}

// pseudonyms are of one receiver: two of them cannot compare theirs.
func (l *line) pseudonyms(destination string) need.Pseudonym {
	return func(value string) string {
		name := l.x.Blind("pseudonym/"+l.name+"/"+destination, Normal(value))
		if b, err := base64.RawURLEncoding.DecodeString(name); err == nil {
			return hex.EncodeToString(b)
		}
		return hex.EncodeToString([]byte(name))
	}
}

// A sharing is a list of fields made ready.
type sharing struct{ *need.List }

func (s sharing) reduce(f Format, body []byte, name need.Pseudonym) (need.Result, error) {
	switch f {
	case HL7v2:
		return s.HL7(body, name)
	case FHIR:
		return s.FHIR(body, name)
	case JSON:
		return s.JSON(body, name)
	case DICOM:
		return s.DICOM(body, name, dicom.Writer{Implementation: dicomImplementation, Version: "BEDRAIL"})
	}
	return need.Result{}, fmt.Errorf("%s: %w", f, need.ErrFormat)
}

// dicomImplementation names Bedrail in files that it writes (PS3.7 D.3.3.2).
const dicomImplementation = "2.25.113059749145936325402354257176981405696"

const sharedMost = 24 // places that the audit record names

// note says in the audit record what a receiver was not given.
func (s *Share) note() string {
	if s == nil {
		return ""
	}
	n := ""
	if s.Purpose != "" {
		n = fmt.Sprintf(" purpose %q", s.Purpose)
	}
	for _, part := range []struct {
		word   string
		places []string
	}{{"without", s.Removed}, {"pseudonyms", s.Replaced}} {
		if len(part.places) > 0 {
			n += " " + part.word + " " + strings.Join(part.places[:min(len(part.places), sharedMost)], ",")
		}
		if more := len(part.places) - sharedMost; more > 0 {
			n += fmt.Sprintf(",+%d", more)
		}
	}
	return n
}
