package trail_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/desk"
	"bedrail/exchange"
	"bedrail/format/fhir"
	"bedrail/trail"
)

var (
	monday = time.Date(2026, 3, 2, 10, 15, 0, 0, time.UTC)
	here   = trail.Site{Source: "bedrail-1", Name: "General", Process: "Bedrail"}
	hl7    = exchange.Message{ID: "msg_1", Channel: "adt", Format: exchange.HL7v2, Sender: "HIS", Peer: "10.0.0.7:41234", Outcome: exchange.Accepted, Device: "dev_1"}
	image  = exchange.Message{ID: "msg_2", Channel: "radiology", Format: exchange.DICOM, Sender: "CT01", Outcome: exchange.Accepted}
)

func record(seq int64, did, to, note string) audit.Record {
	r, _ := audit.NewRecord("main", seq, audit.Entry{By: bedrail.Actor{ID: "person:1", Kind: bedrail.Person}, Did: bedrail.Action(did), To: to, Note: note, At: monday})
	return r
}

func records() map[string]trail.Event {
	shown := record(3, "message:reveal", "msg_1", "content shown")
	shown.Personal = map[string]string{"purpose": "a question of the ward", audit.ByName: "Ada"}
	return map[string]trail.Event{
		"a message that came":        trail.Of(record(1, "message:receive", "msg_1", "channel adt version 1 pending hl7v2 200 bytes raw abc"), &hl7),
		"a message that was sent":    trail.Of(record(2, "message:deliver", "msg_1", `destination ehr delivered AA sent x ack y purpose "treatment" without PID-5`), &hl7),
		"content that was shown":     trail.Of(shown, &hl7),
		"an image that came":         trail.Of(record(4, "message:receive", "msg_2", "channel radiology"), &image),
		"somebody who was let in":    trail.Of(record(5, "session:open", "person:1", ""), nil),
		"somebody who was not":       trail.Of(record(6, "session:refuse", "", "the password is wrong"), nil),
		"a change of a channel":      trail.Of(record(7, "channel:write", "adt", "changed"), nil),
		"an act of no known kind":    trail.Of(record(8, "device:tag", "dev_1", ""), nil),
		"a question about a patient": trail.Of(record(9, "message:account", "patient", "disclosures"), nil),
	}
}

func TestEveryEntryIsAValidAuditEvent(t *testing.T) {
	v := fhir.NewValidator()
	for what, e := range records() {
		text, err := json.Marshal(here.AuditEvent(e))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range v.Validate(text) {
			if i.Severity == "error" || i.Severity == "fatal" {
				t.Errorf("%s: %s %s %s\n%s", what, i.Severity, i.Location, i.Text, text)
			}
		}
	}
}

func TestTheWayOfAMessageIsValidProvenance(t *testing.T) {
	all := here.Provenance(exchange.View{Message: hl7}, strings.Repeat("ab", 32), []audit.Record{
		record(1, "message:receive", "msg_1", "channel adt"), record(2, "message:deliver", "msg_1", `destination ehr delivered AA purpose "treatment"`), record(3, "message:deliver", "msg_1", "destination lab dead AE")})
	if len(all) != 2 {
		t.Fatalf("got %d resources, want one for the receipt and one for what arrived", len(all))
	}
	text, err := trail.Bundle("collection", all, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range fhir.NewValidator().Validate(text) {
		if i.Severity == "error" || i.Severity == "fatal" {
			t.Errorf("%s %s\n%s", i.Location, i.Text, text)
		}
	}
	if !strings.Contains(string(text), strings.Repeat("ab", 32)) || !strings.Contains(string(text), "treatment") {
		t.Errorf("hash or purpose is missing: %s", text)
	}
}

func TestASearchIsAValidBundle(t *testing.T) {
	text, err := trail.Bundle("searchset", []map[string]any{here.AuditEvent(records()["a message that came"])}, "/api/v1/audit/events?cursor=x")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range fhir.NewValidator().Validate(text) {
		if i.Severity == "error" || i.Severity == "fatal" {
			t.Errorf("%s %s\n%s", i.Location, i.Text, text)
		}
	}
}

func TestAnAuditMessageSaysWhatTheStandardAsks(t *testing.T) {
	for what, want := range map[string][]string{
		"a message that came":        {`EventID csd-code="110107"`, `NetworkAccessPointID="10.0.0.7"`, `UserID="HIS"`, `csd-code="110153"`, `csd-code="110152"`},
		"a message that was sent":    {`EventID csd-code="110106"`, `UserID="ehr"`, `PurposeOfUse csd-code="treatment"`},
		"content that was shown":     {`EventID csd-code="110110"`, `EventActionCode="R"`, `UserName="Ada"`},
		"an image that came":         {`EventID csd-code="110104"`},
		"somebody who was let in":    {`EventID csd-code="110114"`, `EventTypeCode csd-code="110122"`, `EventOutcomeIndicator="0"`},
		"somebody who was not":       {`EventID csd-code="110114"`, `EventOutcomeIndicator="4"`},
		"a change of a channel":      {`EventID csd-code="110113"`, `EventTypeCode csd-code="110128"`},
		"a question about a patient": {`EventID csd-code="110112"`, `ParticipantObjectQuery`},
	} {
		text, err := here.Message(records()[what])
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal([]byte(text), new(struct{})); err != nil {
			t.Errorf("%s: no XML: %v", what, err)
		}
		for _, w := range append(want, `AuditSourceID="bedrail-1"`, `EventDateTime="2026-03-02T10:15:00.000Z"`) {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %s is missing in\n%s", what, w, text)
			}
		}
	}
	line, err := here.Syslog(records()["a message that came"])
	if err != nil || !strings.HasPrefix(line, "<85>1 2026-03-02T10:15:00Z bedrail-1 bedrail - IHE+RFC-3881 - \ufeff<AuditMessage>") {
		t.Errorf("got %q %v", line, err)
	}
}

// house is a store of a few entries and one repository.
type house struct {
	trail.Store
	target desk.Target
	all    []audit.Record
	told   map[string]int64
}

func (h *house) Targets(context.Context, bedrail.Scope) ([]desk.Target, error) {
	return []desk.Target{h.target, {ID: "siem", On: true, Format: "cef"}}, nil
}
func (h *house) TargetSecrets(context.Context, bedrail.Scope, string) (desk.Secrets, error) {
	return desk.Secrets{}, nil
}
func (h *house) AuditSize(context.Context, string) (int64, error) { return int64(len(h.all)), nil }
func (h *house) AuditEntries(_ context.Context, _ string, from, until int64, each func(audit.Record, audit.Opening) error) error {
	for _, r := range h.all[from:until] {
		if err := each(r, audit.Opening{}); err != nil {
			return err
		}
	}
	return nil
}
func (h *house) Told(_ context.Context, _, target string) (int64, bool, error) {
	n, ok := h.told[target]
	return n, ok, nil
}
func (h *house) SaveTold(_ context.Context, _, target string, seq int64) error {
	h.told[target] = seq
	return nil
}

type messages struct {
	exchange.Store
	one exchange.Message
}

func (m messages) Message(context.Context, bedrail.Scope, string) (exchange.Message, error) {
	return m.one, nil
}

func TestARepositoryGetsEachEntryThoughItWasAway(t *testing.T) {
	h := &house{target: desk.Target{ID: "arr", On: true, Way: desk.Syslog, Format: trail.Format}, told: map[string]int64{"arr": 0}}
	one := hl7
	one.Sealed.Facts.Patients = []string{"mrn7"}
	for i := range int64(1203) {
		h.all = append(h.all, record(i, "message:receive", "msg_1", "channel adt"))
	}
	h.all = append(h.all, record(1203, "device:tag", "dev_1", ""))
	var got []string
	away := true
	now := monday
	c := &trail.Teller{Store: h, Exchange: &exchange.Exchange{Store: messages{one: one}}, Tenant: "main", Clock: func() time.Time { return now }, Site: here, Blind: func(_, v string) string { return "pseudonym-of-" + strings.ToLower(v)[:1] },
		Send: func(_ context.Context, _ desk.Target, _ desk.Secrets, lines []string) error {
			if away {
				return errors.New("nobody answers")
			}
			got = append(got, lines...)
			return nil
		}}
	if err := c.Tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := c.Standings(); len(s) != 1 || s[0].Behind != 1204 || s[0].LastError == "" {
		t.Errorf("while it is away: %+v", s)
	}
	away = false
	if err := c.Tell(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("it was asked again at once: %d lines, %v", len(got), err)
	}
	now = now.Add(time.Minute)
	if err := c.Tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1203 || h.told["arr"] != 1204 {
		t.Errorf("it got %d of 1203 entries that it knows, up to %d", len(got), h.told["arr"])
	}
	if strings.Contains(got[0], "mrn7") || !strings.Contains(got[0], "pseudonym-of-m") {
		t.Errorf("the patient is named: %s", got[0])
	}
	h.target.Patients, h.told["arr"], got = true, 1202, nil
	if err := c.Tell(t.Context()); err != nil || len(got) != 1 || !strings.Contains(got[0], `ParticipantObjectID="mrn7"`) {
		t.Errorf("the house wants patients named: %q %v", got, err)
	}
}

func TestANewRepositoryHearsOfWhatHappensFromNowOn(t *testing.T) {
	h := &house{target: desk.Target{ID: "arr", On: true, Format: trail.Format}, told: map[string]int64{}, all: []audit.Record{record(0, "session:open", "person:1", "")}}
	n := 0
	c := &trail.Teller{Store: h, Tenant: "main", Clock: func() time.Time { return monday }, Site: here, Send: func(_ context.Context, _ desk.Target, _ desk.Secrets, lines []string) error {
		n += len(lines)
		return nil
	}}
	if err := c.Tell(t.Context()); err != nil || n != 0 {
		t.Errorf("old entries were sent: %d %v", n, err)
	}
	h.all = append(h.all, record(1, "session:close", "person:1", ""))
	if err := c.Tell(t.Context()); err != nil || n != 1 {
		t.Errorf("the new entry: %d %v", n, err)
	}
}
