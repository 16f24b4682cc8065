package exchange

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
)

// AccountMessages is asking who received data about a patient.
const AccountMessages bedrail.Action = "message:account"

// An AccountSpec asks who received data about a patient (45 CFR 164.528).
type AccountSpec struct {
	Patient string    `json:"patient" minLength:"1" maxLength:"200" doc:"An identifier of the patient, as messages carry it"`
	From    time.Time `json:"from,omitzero" doc:"Six years back, when left out"`
	Until   time.Time `json:"until,omitzero"`
	Purpose string    `json:"purpose" minLength:"3" maxLength:"400" doc:"Why this is asked; it is on record"`
}

// A Disclosure is one entry of the audit record by which somebody got data
// about a patient.
type Disclosure struct {
	Seq     int64     `json:"seq"` // in the audit record, where it can be proven
	At      time.Time `json:"at"`
	Kind    string    `json:"kind" enum:"delivered,shown"`
	To      string    `json:"to"` // a destination, or a person
	Channel string    `json:"channel"`
	Purpose string    `json:"purpose,omitempty"`
	Message string    `json:"message"`
	Type    string    `json:"type"`
	Without []string  `json:"without,omitempty"` // what was left out, as far as the record names it
	Masked  bool      `json:"masked,omitempty"`  // a pseudonym stood for the patient
}

// A Recipient is everything that one consumer got for one purpose.
type Recipient struct {
	Kind    string    `json:"kind" enum:"delivered,shown"`
	To      string    `json:"to"`
	Channel string    `json:"channel"`
	Purpose string    `json:"purpose,omitempty"`
	Count   int       `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Types   []string  `json:"types"`
	Without []string  `json:"without,omitempty"`
	Masked  bool      `json:"masked,omitempty"`
}

// An Account says who received data about a patient. It names no patient.
type Account struct {
	From       time.Time    `json:"from"`
	Until      time.Time    `json:"until"`
	Made       time.Time    `json:"made"`
	MadeBy     string       `json:"madeBy"`
	Messages   int          `json:"messages"` // about the patient, delivered or not
	Recipients []Recipient  `json:"recipients"`
	Items      []Disclosure `json:"disclosures"` // newest first, at most ten thousand
	Truncated  bool         `json:"truncated,omitempty"`
}

// A DisclosureRow is an entry of the audit record about a message of a patient.
type DisclosureRow struct {
	Record  audit.Record // with its personal fields, as far as they open
	Channel string
	Type    string
}

const (
	accountYears = 6 // 45 CFR 164.528(a)
	accountMost  = 10_000
)

// Account returns who received data about a patient. The patient is looked up
// by a keyed digest; who asks and why is on record before anything is shown.
func (x *Exchange) Account(ctx context.Context, by bedrail.Actor, spec AccountSpec) (Account, error) {
	if err := x.Auth.Authorize(ctx, by, AccountMessages, bedrail.Resource{Type: "message"}); err != nil {
		return Account{}, err
	}
	switch {
	case Normal(spec.Patient) == "":
		return Account{}, bedrail.Errorf(bedrail.Invalid, "say which patient, by an identifier that messages carry").At("patient")
	case len(strings.TrimSpace(spec.Purpose)) < 3:
		return Account{}, bedrail.Errorf(bedrail.Invalid, "say for what purpose this is asked").At("purpose")
	}
	a := Account{From: spec.From, Until: spec.Until, Made: x.Clock.Now(), MadeBy: by.Name, Recipients: []Recipient{}, Items: []Disclosure{}}
	if a.Until.IsZero() || a.Until.After(a.Made) {
		a.Until = a.Made
	}
	if a.From.IsZero() {
		a.From = a.Until.AddDate(-accountYears, 0, 0)
	}
	if a.From.After(a.Until) {
		return Account{}, bedrail.Errorf(bedrail.Invalid, "the time begins after it ends").At("from")
	}
	entry := audit.Entry{By: by, Did: AccountMessages, To: "patient", Note: "disclosures from " + a.From.UTC().Format(time.DateOnly) + " until " + a.Until.UTC().Format(time.DateOnly),
		Personal: map[string]string{"purpose": spec.Purpose, "patient": spec.Patient}}
	if err := x.Store.Record(ctx, x.scope(), entry); err != nil {
		return Account{}, err
	}
	rows, messages, err := x.Store.Disclosures(ctx, x.scope(), Normal(spec.Patient), a.From, a.Until, accountMost+1)
	if err != nil {
		return Account{}, err
	}
	a.Messages = messages
	if a.Truncated = len(rows) > accountMost; a.Truncated {
		rows = rows[:accountMost]
	}
	for _, r := range rows {
		if d, ok := disclosureOf(r); ok && x.sees(by, d.Channel) {
			a.Items = append(a.Items, d)
		}
	}
	a.Recipients = recipients(a.Items)
	return a, nil
}

// sees reports whether by may see a channel; one that is gone is seen by
// whoever sees all.
func (x *Exchange) sees(by bedrail.Actor, channel string) bool {
	d := Definition{Name: channel}
	if l := x.line(channel); l != nil {
		d = l.plan.Load().Definition
	}
	return by.Scope.Admits(d.Site, d.Unit)
}

// disclosureOf reads an entry of the record. The words of a delivery are
// those of deliverNote.
func disclosureOf(r DisclosureRow) (Disclosure, bool) {
	e := r.Record
	d := Disclosure{Seq: e.Seq, At: e.At, Channel: r.Channel, Message: e.To, Type: r.Type}
	if e.Did == RevealMessages {
		d.Kind, d.To, d.Purpose = "shown", e.ByID, e.Personal["purpose"]
		if name := e.Personal[audit.ByName]; name != "" {
			d.To = name
		}
		return d, true
	}
	n, ok := ReadDelivery(e.Note)
	if !ok || !n.Arrived {
		return d, false
	}
	d.Kind, d.To, d.Purpose, d.Without, d.Masked = "delivered", n.To, n.Purpose, n.Without, n.Masked
	return d, true
}

// A DeliveryNote is what the audit record says of a delivery.
type DeliveryNote struct {
	To      string
	Arrived bool
	Purpose string
	Without []string
	Masked  bool
}

// ReadDelivery reads the words of deliverNote.
func ReadDelivery(note string) (DeliveryNote, bool) {
	words := strings.Fields(note)
	if len(words) < 3 || words[0] != "destination" {
		return DeliveryNote{}, false
	}
	d := DeliveryNote{To: words[1], Arrived: words[2] == string(Arrived)}
	if _, rest, ok := strings.Cut(note, " purpose \""); ok {
		if quoted, err := strconv.QuotedPrefix(`"` + rest); err == nil {
			d.Purpose, _ = strconv.Unquote(quoted)
			words = strings.Fields(strings.TrimPrefix(`"`+rest, quoted))
		}
	}
	for i, w := range words[:max(0, len(words)-1)] {
		switch w {
		case "without":
			d.Without = strings.Split(words[i+1], ",")
		case "pseudonyms":
			d.Masked = true
		}
	}
	return d, true
}

// recipients gathers disclosures by who got them and what for.
func recipients(items []Disclosure) []Recipient {
	out := []Recipient{}
	for _, d := range items {
		i := slices.IndexFunc(out, func(r Recipient) bool {
			return r.Kind == d.Kind && r.To == d.To && r.Channel == d.Channel && r.Purpose == d.Purpose && r.Masked == d.Masked
		})
		if i < 0 {
			i = len(out)
			out = append(out, Recipient{Kind: d.Kind, To: d.To, Channel: d.Channel, Purpose: d.Purpose, Masked: d.Masked, First: d.At, Last: d.At, Types: []string{}})
		}
		r := &out[i]
		r.Count++
		if d.At.Before(r.First) {
			r.First = d.At
		}
		if d.At.After(r.Last) {
			r.Last = d.At
		}
		r.Types = with(r.Types, d.Type)
		for _, w := range d.Without {
			r.Without = with(r.Without, w)
		}
	}
	slices.SortStableFunc(out, func(a, b Recipient) int {
		return strings.Compare(a.Kind+a.To+a.Channel+a.Purpose, b.Kind+b.To+b.Channel+b.Purpose)
	})
	return out
}

func with(all []string, one string) []string {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}
