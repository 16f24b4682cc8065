package oneshot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"bedrail"
	"bedrail/dimse"
	"bedrail/exchange"
	"bedrail/fhirrest"
	"bedrail/format/dicom"
	"bedrail/format/fhir"
	"bedrail/format/hl7"
	"bedrail/mllp"
)

// A SendRequest says what is sent to whom.
type SendRequest struct {
	Paths []string
	Stdin io.Reader // for the path "-"
	// To is the receiver: mllp://HOST:PORT, dicom://AETITLE@HOST:PORT, the same
	// with mllps and dicoms over TLS, or the base of a FHIR server (http, https).
	To            string
	Calling       string // our AE title; BEDRAIL
	CA, Cert, Key string // PEM files for TLS
	TokenFile     string // with the bearer token of a FHIR server
	Wait          time.Duration
	DryRun        bool // read and count only; nobody is called
	Problem       func(string)
}

// A Sending is what became of one message. Outcome is accepted, error or reject
// as the receiver answered, "unknown" when no answer came and it may have the
// message all the same, or "not-sent".
type Sending struct {
	Path         string `json:"path"`
	Message      int    `json:"message,omitempty"` // from 1, in a file of several
	ID           string `json:"id,omitempty"`      // MSH-10, the SOP instance or the resource's type
	Bytes        int    `json:"bytes"`
	Outcome      string `json:"outcome"`
	Code         string `json:"code,omitempty"` // AA, 201, 0000
	Text         string `json:"text,omitempty"`
	Milliseconds int64  `json:"milliseconds"`
}

// Outcomes of a Sending that no receiver gives.
const (
	NoAnswer = "unknown"
	NotSent  = "not-sent"
)

// A way is how one kind of receiver is reached.
type way struct {
	kind     exchange.DestinationKind
	format   exchange.Format
	host     string // with its port
	settings map[string]any
}

// Send sends each message of the files to one receiver, in order and one after
// another, as they are: nothing is changed, and nothing sent twice. It ends with
// the first that gets no answer. The error says why it ended before the end.
func Send(ctx context.Context, r SendRequest) ([]Sending, error) {
	if r.Wait <= 0 {
		r.Wait = 30 * time.Second
	}
	w, err := r.way()
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(w.settings)
	if err != nil {
		return nil, err
	}
	if err := w.kind.Check(settings); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "--to: %w", err)
	}
	s := sending{SendRequest: r, way: w}
	if !r.DryRun {
		env := exchange.Env{Clock: time.Now, Log: slog.New(slog.DiscardHandler)}
		if s.sender, err = w.kind.Open(exchange.DestinationConfig{Channel: "send", Name: w.kind.Name, Settings: settings, Env: env}); err != nil {
			return nil, err
		}
		defer s.sender.Close() // every answer is in hand
	}
	err = s.all(ctx)
	return s.out, err
}

// reach looks whether somebody listens, so that a receiver that is not there
// is told apart from one that does not answer and may have the message.
func (s *sending) reach(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.host)
	if err == nil {
		return conn.Close()
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	return bedrail.Errorf(bedrail.Unavailable, "nobody is reached at %s: %w; nothing was sent", s.host, err)
}

func (r *SendRequest) way() (way, error) {
	u, err := url.Parse(r.To)
	if err != nil || u.Host == "" {
		return way{}, bedrail.Errorf(bedrail.Invalid, "--to %s: write it as mllp://HOST:PORT, dicom://AETITLE@HOST:PORT or https://HOST/fhir", r.To)
	}
	w := way{}
	switch strings.TrimSuffix(u.Scheme, "s") {
	case "mllp":
		w = way{mllp.DestinationKind(), exchange.HL7v2, u.Host, map[string]any{"address": u.Host}}
	case "dicom":
		called := u.User.Username()
		if called == "" {
			return w, bedrail.Errorf(bedrail.Invalid, "--to %s: the title of the receiver is missing; write it as dicom://AETITLE@HOST:PORT", r.To)
		}
		w = way{dimse.DestinationKind(), exchange.DICOM, u.Host, map[string]any{"address": u.Host, "calledAE": called, "timeout": r.Wait.String()}}
		if r.Calling != "" {
			w.settings["callingAE"] = r.Calling
		}
	case "http":
		w = way{fhirrest.DestinationKind(), exchange.FHIR, net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), u.Scheme)), map[string]any{"url": r.To, "timeout": r.Wait.String()}}
		if r.TokenFile != "" {
			if w.settings["tokenFile"], err = filepath.Abs(r.TokenFile); err != nil {
				return w, err
			}
		}
	default:
		return w, bedrail.Errorf(bedrail.Invalid, "--to %s: receivers are mllp, mllps, dicom, dicoms, http and https", r.To)
	}
	if r.TokenFile != "" && w.format != exchange.FHIR {
		return w, bedrail.Errorf(bedrail.Invalid, "a bearer token is for a FHIR server; --to is %s", u.Scheme)
	}
	if r.Calling != "" && w.format != exchange.DICOM {
		return w, bedrail.Errorf(bedrail.Invalid, "a calling title is for a DICOM receiver; --to is %s", u.Scheme)
	}
	return w, w.encrypt(u, r)
}

func (w *way) encrypt(u *url.URL, r *SendRequest) error {
	own := map[string]any{"on": true}
	for name, file := range map[string]string{"ca": r.CA, "cert": r.Cert, "key": r.Key} {
		if file == "" {
			continue
		}
		full, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		own[name] = full
	}
	switch {
	case strings.HasSuffix(u.Scheme, "s"):
		w.settings["tls"] = own
	case len(own) > 1:
		return bedrail.Errorf(bedrail.Invalid, "certificates are given, and %s is not encrypted; write %ss", u.Scheme, u.Scheme)
	}
	return nil
}

type sending struct {
	SendRequest
	way
	sender exchange.Sender
	out    []Sending
	called bool // whether somebody listens was looked at
	unread bool
}

// all sends what the files hold. Once something got no answer, the rest is
// listed as not sent.
func (s *sending) all(ctx context.Context) (err error) {
	walked := eachFile(ctx, s.Paths, s.Stdin, func(path string, raw []byte, unread error) {
		if unread == nil {
			unread = s.file(ctx, path, raw, &err)
		}
		if unread != nil {
			s.unread = true
			if s.Problem != nil {
				s.Problem(fmt.Sprintf("%s: %v", path, unread))
			}
		}
	})
	switch {
	case err != nil:
		return err
	case walked != nil:
		return walked
	case s.unread:
		return ErrSomeUnread
	}
	return nil
}

// A letter is one message of a file, ready to be sent.
type letter struct {
	id   string
	body []byte
}

// file sends what one file holds; stopped is why nothing more is sent. The
// error is about the file itself, of which then nothing is sent.
func (s *sending) file(ctx context.Context, path string, raw []byte, stopped *error) error {
	letters, err := s.letters(raw)
	if err != nil {
		return err
	}
	for i, l := range letters {
		row := Sending{Path: path, ID: l.id, Bytes: len(l.body), Outcome: NotSent}
		if len(letters) > 1 {
			row.Message = i + 1
		}
		switch {
		case s.DryRun || *stopped != nil:
		case ctx.Err() != nil:
			*stopped = ctx.Err()
		default:
			*stopped = s.one(ctx, l, &row)
		}
		s.out = append(s.out, row)
	}
	return nil
}

func (s *sending) one(ctx context.Context, l letter, row *Sending) error {
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	if !s.called {
		s.called = true
		if err := s.reach(ctx); err != nil {
			return err
		}
	}
	begun := time.Now()
	ack, err := s.sender.Send(ctx, exchange.Outgoing{Message: l.id, Channel: "send", Destination: s.kind.Name, Key: fmt.Sprintf("%x", sha256.Sum256(l.body)), Attempt: 1,
		Format: s.format, Body: l.body, Size: int64(len(l.body)), ReceivedAt: begun})
	row.Milliseconds = time.Since(begun).Milliseconds()
	if err != nil {
		row.Outcome, row.Text = NoAnswer, err.Error()
		return err
	}
	row.Outcome, row.Code, row.Text = string(ack.Outcome), ack.Code, ack.Text
	return nil
}

// letters takes a file apart.
func (s *sending) letters(raw []byte) ([]letter, error) {
	l, ok := new(validation).languageOf(raw)
	switch {
	case len(raw) == 0:
		return nil, errors.New("the file is empty")
	case !ok:
		return nil, fmt.Errorf("it is none of the formats %s", strings.Join(FormatNames(), ", "))
	case l.name != string(s.format):
		return nil, fmt.Errorf("it is %s, and %s takes %s", l.name, s.kind.Name, s.format)
	}
	switch s.format {
	case exchange.HL7v2:
		return hl7Letters(raw)
	case exchange.FHIR:
		return fhirLetters(raw)
	}
	f, err := dicom.Parse(raw, dicom.Limits{})
	if err == nil && f.Broken != nil {
		err = f.Broken
	}
	if err != nil {
		return nil, err
	}
	out := letter{body: raw}
	if f.Set != nil {
		out.id = f.Set.Text(dicom.SOPInstanceUID)
	}
	return []letter{out}, nil
}

// hl7Letters are the messages of a file; the envelopes of batches stay behind.
func hl7Letters(raw []byte) ([]letter, error) {
	if hl7.IsWide(raw) {
		return nil, errors.New("it is written in UTF-16, which no receiver of MLLP reads; convert it to UTF-8")
	}
	var out []letter
	for _, p := range hl7.Split(raw).Parts {
		if p.Kind != "MSH" {
			continue
		}
		m, err := hl7.Parse(raw[p.Start:p.End])
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", len(out)+1, err)
		}
		out = append(out, letter{m.Segment(0).Field(10).String(), raw[p.Start:p.End]})
	}
	if len(out) == 0 {
		return nil, errors.New("it holds no HL7 v2 message; one begins with MSH")
	}
	return out, nil
}

// fhirLetters are the resources of a file, in JSON, as lines of JSON or in XML.
func fhirLetters(raw []byte) ([]letter, error) {
	if fhir.LooksLikeXML(raw) {
		converted, err := fhir.R4().FromXML(raw)
		if err != nil {
			return nil, err
		}
		raw = converted
	}
	var out []letter
	for text := range resources(raw) {
		var head struct {
			Type string `json:"resourceType"`
		}
		if err := json.Unmarshal(text, &head); err != nil || head.Type == "" {
			return nil, fmt.Errorf("resource %d is no FHIR resource in JSON", len(out)+1)
		}
		out = append(out, letter{head.Type, text})
	}
	return out, nil
}

// resources are the lines of a file of many resources, or the whole.
func resources(raw []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		if !manyResources(raw) {
			yield(raw)
			return
		}
		for line := range strings.Lines(string(raw)) {
			if strings.TrimSpace(line) != "" && !yield([]byte(line)) {
				return
			}
		}
	}
}
