package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/query"
)

// mostCounted is how far the number of messages is counted exactly: to count
// a million takes longer than anybody waits for a page.
const mostCounted = 10_000

// Messages implements exchange.Store. What speaks of a patient is looked up by
// its blind index and cannot be sorted by.
func (s *DB) Messages(ctx context.Context, in bedrail.Scope, req query.Request) (page query.Page[exchange.Message], err error) {
	l := listing{columns: messageColumns, from: `message m`, key: `m.id`, countMost: mostCounted,
		fields: fields{
			"id": wordField(`m.id`), "channel": wordField(`m.channel`), "format": wordField(`m.format`), "type": textField(`m.type`), "event": textField(`m.event`),
			"profile": textField(`m.profile`), "sender": textField(`m.sender`), "peer": wordField(`m.peer`), "live": wordField(`m.live`), "device": wordField(`m.device`),
			"state": wordField(`m.state`, words(exchange.States())...), "outcome": wordField(`m.outcome`), "reason": wordField(`m.reason`),
			"trust":    wordField(`m.trust`, "trusted", "unknown", "mismatched", "quarantined", "vulnerable"),
			"severity": rankField(`m.severity`, "information", "warning", "error", "fatal"),
			"size":     numberField(`m.size`), "issues": numberField(`m.issues`), "received": timeField(`m.received_at`),
			"legalHold": yesField(`m.legal_hold = 1`), "forgotten": yesField(`m.forgotten_at > 0`), "large": yesField(`m.body = 'file'`),
			"destination": memberField(`SELECT 1 FROM delivery d WHERE d.tenant = m.tenant AND d.message = m.id`, wordField(`d.destination`)),
			"delivery":    memberField(`SELECT 1 FROM delivery d WHERE d.tenant = m.tenant AND d.message = m.id`, wordField(`d.state`, "queued", "held", "dead", "delivered", "filtered")),
		},
		free: []string{`m.type`, `m.sender`}}
	if s.most > 0 {
		l.countMost = s.most
	}
	req.Sort = slices.Clone(req.Sort)
	for i := range req.Sort {
		if req.Sort[i].Field == "received" {
			req.Sort[i].Field = "id" // ids sort by when messages came, and have an index
		}
	}
	if len(req.Sort) == 0 {
		l.sort = query.ParseSort("-id")
	}
	l.where.and(`m.tenant = ?`, in.Tenant)
	l.byKey = true
	if len(in.Sites) > 0 || len(in.Units) > 0 {
		s.channelScope(&l.where, in)
	}
	asked := len(req.Filter)
	if req.Filter, err = s.blindTerms(&l.where, in.Tenant, req.Filter); err != nil {
		return page, err
	}
	few := len(req.Filter) < asked // a patient, a visit, an order or a control id: few messages have it
	req.Filter = namedTerms(&l.where, req.Filter)
	now := s.clock.Now()
	timeTerms(&l.where, req.Filter, now)
	if slices.ContainsFunc(req.Filter, ofOneDevice) {
		l.where.conditions = append(l.where.conditions, `m.device <> ''`) // as its index says
		if !few {
			few, l.from = true, s.messagesOfDevice()
		}
	}
	err = s.view(ctx, func(tx *sql.Tx) error {
		if few {
			page, err = messagePage(ctx, tx, l, req, now)
		} else {
			page, err = s.seekMessages(ctx, tx, in.Tenant, l, req, now)
		}
		return err
	})
	return page, err
}

// ofOneDevice reports whether t asks for the messages of a device by its name.
func ofOneDevice(t query.Term) bool {
	return t.Field == "device" && isPlain(t) && len(t.Values) == 1 && t.Values[0] != "" && !strings.HasSuffix(t.Values[0], "*")
}

// messagesOfDevice is where a statement finds messages m by their device, whose
// conditions say that m.device is one and is not empty. SQLite, which counts
// nothing beforehand, would rather walk all messages of the time.
func (s *DB) messagesOfDevice() string {
	if s.dialect == sqlite {
		return `message m INDEXED BY message_device`
	}
	return `message m`
}

func messagePage(ctx context.Context, tx *sql.Tx, l listing, req query.Request, now time.Time) (query.Page[exchange.Message], error) {
	return listPage(ctx, tx, l, req, now, func(r scanner) (exchange.Message, error) { return scanMessage(r) })
}

// channelScope admits messages of channels that lie in the asker's places.
func (s *DB) channelScope(w *where, in bedrail.Scope) {
	list := func(field string, allowed []string) {
		if len(allowed) == 0 {
			return
		}
		var inner where
		inner.args = w.args
		inner.place(`COALESCE(c.doc->>'`+field+`', '')`, allowed)
		w.args = inner.args
		w.conditions = append(w.conditions, `m.channel IN (SELECT c.name FROM channel c WHERE c.tenant = `+w.arg(in.Tenant)+` AND `+inner.conditions[0]+`)`)
	}
	list("site", in.Sites)
	list("unit", in.Units)
}

// blindTerms turns the terms of f that speak of a patient into look-ups by
// index, and returns the others.
func (s *DB) blindTerms(w *where, tenant string, f query.Filter) (query.Filter, error) {
	var rest query.Filter
	for _, t := range f {
		if !slices.Contains([]string{"patient", "visit", "order", "control"}, t.Field) {
			rest = append(rest, t)
			continue
		}
		if t.Op != query.Has || t.Not {
			return nil, bedrail.Errorf(bedrail.Invalid, "%s is looked up exactly; write %s:VALUE", t.Field, t.Field)
		}
		spans := make([]string, len(t.Values))
		for i, v := range t.Values {
			condition, err := s.lookup(w.arg, tenant, "i", exchange.Lookup{Field: t.Field, Value: exchange.Normal(v)})
			if err != nil {
				return nil, err
			}
			spans[i] = `SELECT i.id FROM message_index i WHERE i.tenant = ` + w.arg(tenant) + ` AND ` + condition // not m.tenant: PostgreSQL would ask it anew for each message
		}
		w.conditions = append(w.conditions, `m.id IN (`+strings.Join(spans, " UNION ALL ")+`)`)
	}
	return rest, nil
}
