package trail

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/format/query"
)

// A Desk answers auditors of other systems.
type Desk struct {
	Audit    *audit.Log
	Exchange *exchange.Exchange // nil knows no messages
	Site     Site
}

// A Search says which entries are asked for: of a time, of one message, or of
// all messages of one device.
type Search struct {
	From, Until time.Time
	Message     string
	Device      string
	Limit       int
	Cursor      string
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,100}$`)

// Events returns entries as AuditEvents, newest first, and the cursor of the
// next page.
func (d *Desk) Events(ctx context.Context, by bedrail.Actor, s Search) (all []map[string]any, next string, err error) {
	for _, id := range []string{s.Message, s.Device} {
		if id != "" && !plainID.MatchString(id) {
			return nil, "", bedrail.Errorf(bedrail.Invalid, "%q is no identifier of Bedrail", id)
		}
	}
	if s.Device != "" {
		return d.ofDevice(ctx, by, s)
	}
	records, next, err := d.records(ctx, by, s, s.Message)
	for _, r := range records {
		all = append(all, d.Site.AuditEvent(d.event(ctx, by, r)))
	}
	return all, next, err
}

// ofDevice gathers the entries of a page of the device's messages.
func (d *Desk) ofDevice(ctx context.Context, by bedrail.Actor, s Search) (all []map[string]any, next string, err error) {
	if d.Exchange == nil {
		return nil, "", bedrail.Errorf(bedrail.Unavailable, "messages are not carried here")
	}
	req, err := request("device:"+s.Device, "received", s)
	if err != nil {
		return nil, "", err
	}
	page, err := d.Exchange.Messages(ctx, by, req)
	if err != nil {
		return nil, "", err
	}
	for _, m := range page.Items {
		records, _, err := d.records(ctx, by, Search{Limit: 500}, m.ID)
		if err != nil {
			return nil, "", err
		}
		for _, r := range records {
			all = append(all, d.Site.AuditEvent(Of(r, &m)))
		}
	}
	return all, page.Next, nil
}

func (d *Desk) records(ctx context.Context, by bedrail.Actor, s Search, to string) ([]audit.Record, string, error) {
	first := ""
	if to != "" {
		first = "to:" + to
	}
	req, err := request(first, "at", s)
	if err != nil {
		return nil, "", err
	}
	page, err := d.Audit.List(ctx, by, req)
	return page.Items, page.Next, err
}

// request asks for a page of a time.
func request(first, field string, s Search) (query.Request, error) {
	words := []string{}
	if first != "" {
		words = append(words, first)
	}
	if !s.From.IsZero() {
		words = append(words, fmt.Sprintf("%s>=%s", field, s.From.UTC().Format(time.RFC3339)))
	}
	if !s.Until.IsZero() {
		words = append(words, fmt.Sprintf("%s<=%s", field, s.Until.UTC().Format(time.RFC3339)))
	}
	f, err := query.Parse(strings.Join(words, " "))
	return query.Request{Filter: f, Limit: s.Limit, Cursor: s.Cursor}, err
}

// event says what r is, with its message where by may see it.
func (d *Desk) event(ctx context.Context, by bedrail.Actor, r audit.Record) Event {
	if d.Exchange == nil || !strings.HasPrefix(string(r.Did), "message:") || !strings.HasPrefix(r.To, "msg") {
		return Of(r, nil)
	}
	m, err := d.Exchange.Store.Message(ctx, by.Scope, r.To)
	if err != nil {
		return Of(r, nil)
	}
	return Of(r, &m)
}

// Provenance returns the way of a message as a bundle of Provenance.
func (d *Desk) Provenance(ctx context.Context, by bedrail.Actor, id string) ([]byte, error) {
	if d.Exchange == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "messages are not carried here")
	}
	v, err := d.Exchange.MessageByID(ctx, by, id)
	if err != nil {
		return nil, err
	}
	m, err := d.Exchange.Store.Message(ctx, by.Scope, id)
	if err != nil {
		return nil, err
	}
	var records []audit.Record
	if err := d.Exchange.Store.AuditOf(ctx, by.Scope, id, func(r audit.Record) { records = append(records, r) }); err != nil {
		return nil, err
	}
	hash := m.Sealed.Hash
	if hash == "" {
		return nil, bedrail.Errorf(bedrail.NotFound, "the content of message %s was forgotten, and with it the hash of its bytes", id)
	}
	return Bundle("collection", d.Site.Provenance(v, hash, records), "")
}
