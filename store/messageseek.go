package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/query"
)

// A page of messages is looked for in two ways. What many messages have stands
// among the newest: they are walked. What few have is found by an index, of
// which there is one for each thing that the browser asks for.

// windowSize is how many messages are walked before an index is asked: some
// ten milliseconds.
const windowSize = 20_000

// walkMost is how many windows are walked to a page further down of what is
// frequent.
const walkMost = 8

// isPlain reports whether t says what must hold, and not what must not.
func isPlain(t query.Term) bool { return (t.Op == query.Has || t.Field == "") && !t.Not }

// namedTerms turns free words that begin as the name of a message does into a
// range of names.
func namedTerms(w *where, f query.Filter) (rest query.Filter) {
	for _, t := range f {
		name, ok := "", false
		if t.Field == "" && isPlain(t) && len(t.Values) == 1 {
			name, ok = strings.CutPrefix(strings.ToLower(t.Values[0]), "msg_")
		}
		if !ok {
			rest = append(rest, t)
			continue
		}
		name = "msg_" + strings.ToUpper(name)
		w.and(`m.id >= ?`, name)
		w.and(`m.id < ?`, name+"~")
	}
	return rest
}

// timeTerms adds to what is asked of the time the names that messages of then
// have.
func timeTerms(w *where, f query.Filter, now time.Time) {
	for _, t := range f {
		if t.Field != "received" || t.Not || len(t.Values) != 1 {
			continue
		}
		from, until := timeSpan(t.Op, t.Values[0], now)
		if !from.IsZero() {
			w.and(`m.id >= ?`, bedrail.FirstID("msg", from.Add(-spanSlack)))
		}
		if !until.IsZero() {
			w.and(`m.id < ?`, bedrail.FirstID("msg", until.Add(spanSlack)))
		}
	}
}

// timeSpan is when at the least, and when at the latest, something was for
// which op and v hold; a zero time is no bound.
func timeSpan(op query.Op, v string, now time.Time) (from, until time.Time) {
	if age, ok := parseAge(v); ok {
		if op == query.Greater || op == query.GreaterEqual {
			return from, now.Add(-age)
		}
		return now.Add(-age), until
	}
	at, err := time.Parse(time.RFC3339, v)
	end := at
	if day, dayErr := time.Parse(time.DateOnly, v); dayErr == nil {
		at, end, err = day, day.AddDate(0, 0, 1), nil
	}
	switch {
	case err != nil:
		return from, until
	case op == query.Has:
		return at, end
	case op == query.Less || op == query.LessEqual:
		return from, end
	case op == query.Greater || op == query.GreaterEqual:
		return at, until
	}
	return from, until
}

// seekMessages returns a page of what any message may have.
func (s *DB) seekMessages(ctx context.Context, tx *sql.Tx, tenant string, l listing, req query.Request, now time.Time) (page query.Page[exchange.Message], err error) {
	byName := len(req.Sort) == 0 || len(req.Sort) == 1 && req.Sort[0].Field == "id"
	switch {
	case !byName || len(req.Filter) == 0:
		return messagePage(ctx, tx, l, req, now)
	case !slices.ContainsFunc(req.Filter, mayBeRare):
		return foundPage(ctx, tx, tenant, l, req, now) // no index knows
	}
	desc := len(req.Sort) == 0 || req.Sort[0].Desc
	bound, err := s.windowEnd(ctx, tx, l, req, desc)
	if err != nil {
		return page, err
	}
	if bound == "" {
		return messagePage(ctx, tx, l, req, now) // no more than a window
	}
	window := l
	window.where = *l.where.copy()
	if desc {
		window.where.and(`m.id >= ?`, bound)
	} else {
		window.where.and(`m.id <= ?`, bound)
	}
	page, err = messagePage(ctx, tx, window, req, now)
	if err != nil || page.Next != "" && page.Total >= l.countMost {
		return page, err
	}
	if page.Next == "" && page.Total*walkMost >= req.Offset+req.Limit && req.Offset > 0 {
		return messagePage(ctx, tx, l, req, now) // so frequent that the page is not far
	}
	seek, err := s.seekTerms(ctx, tx, tenant, req.Filter, now)
	if err != nil {
		return page, err
	}
	seek.join(&l.where)
	req.Filter = seek.rest
	if s.dialect == sqlite && len(seek.conditions) > 0 {
		l.key = `m.id || ''` // the order must not choose the index
		if seek.index != "" {
			l.from = `message m INDEXED BY ` + seek.index
		}
	}
	if page.Next == "" {
		return foundPage(ctx, tx, tenant, l, req, now)
	}
	w := l.where.copy()
	if err := w.filter(req.Filter, l.fields, l.free, now); err != nil {
		return page, err
	}
	page.Total, err = l.count(ctx, tx, w)
	return page, err
}

// mayBeRare reports whether an index may know what t asks for.
func mayBeRare(t query.Term) bool {
	switch t.Field {
	case "", "type", "sender", "channel", "destination", "state", "trust", "severity":
		return true
	}
	return false
}

// windowEnd is the name of the last message of the window behind the cursor,
// or nothing when there are fewer.
func (s *DB) windowEnd(ctx context.Context, tx *sql.Tx, l listing, req query.Request, desc bool) (bound string, err error) {
	w := l.where.copy()
	order, err := l.order(req)
	if err == nil && req.Cursor != "" {
		err = order.after(w, req.Cursor)
	}
	if err != nil {
		return "", err
	}
	way := " ORDER BY m.id"
	if desc {
		way += " DESC"
	}
	size := windowSize
	if s.window > 0 {
		size = s.window
	}
	err = tx.QueryRowContext(ctx, `SELECT m.id FROM message m`+w.String()+way+` LIMIT 1 OFFSET `+strconv.Itoa(size), w.args...).Scan(&bound)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return bound, err
}

// A seekWhere holds conditions that follow from what is asked and that an
// index can be asked for. They are added to the others. Each takes a where, so
// that its placeholders fit.
type seekWhere struct {
	conditions []func(*where)
	// index is the one that knows the fewest: SQLite, which counts nothing
	// beforehand, would rather walk all messages. Empty when conditions name
	// messages.
	index string
	rank  int
	// rest are the terms that do not follow from the conditions.
	rest query.Filter
}

// How few messages an index knows.
const (
	ofAChannel = iota + 1
	ofKinds
	byNames // not by an index of messages
	outOfTheOrdinary
)

// add adds a condition that index answers.
func (k *seekWhere) add(rank int, index string, f func(*where)) {
	k.conditions = append(k.conditions, f)
	if rank > k.rank {
		k.rank, k.index = rank, index
	}
}

func (k *seekWhere) join(w *where) {
	for _, f := range k.conditions {
		f(w)
	}
}

// oddities are the words that few messages have, and the condition of their
// index. It stands in statements letter by letter, which is how SQLite sees that
// the index may be used, and no word can be looked up by it.
var oddities = map[string]struct {
	odd     []string
	usual   []string
	byIndex string
}{
	"state":    {[]string{"held", "dead", "duplicate", "rejected", "filtered"}, []string{"pending", "delivered"}, `m.state NOT IN ('pending', 'delivered')`},
	"trust":    {[]string{"mismatched", "quarantined", "vulnerable"}, []string{"trusted", "unknown"}, `m.trust NOT IN ('', 'trusted', 'unknown')`},
	"severity": {[]string{"error", "fatal"}, []string{"information", "warning"}, `m.severity NOT IN ('', 'information', 'warning')`},
}

// deliveriesMost is how many deliveries of a destination are listed to find
// their messages. Of a destination that gets more, messages are asked one by one.
const deliveriesMost = 60_000

// fewDeliveries reports whether t names destinations that got so few.
func fewDeliveries(ctx context.Context, tx *sql.Tx, tenant string, t query.Term) (bool, error) {
	if !isPlain(t) || slices.ContainsFunc(t.Values, func(v string) bool { return strings.HasSuffix(v, "*") }) {
		return false, nil
	}
	var w where
	n, of := 0, deliveriesOf(&w, tenant, t.Values)
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (`+of+` LIMIT `+strconv.Itoa(deliveriesMost+1)+`) AS counted`, w.args...).Scan(&n)
	return n <= deliveriesMost, err
}

// shortTime is how long a time may be for its messages to be walked rather
// than those of a channel.
const shortTime = 48 * time.Hour

// ofShortTime reports whether f asks for a short time.
func ofShortTime(f query.Filter, now time.Time) bool {
	var from, until time.Time
	for _, t := range f {
		if t.Field != "received" || t.Not || len(t.Values) != 1 {
			continue
		}
		a, b := timeSpan(t.Op, t.Values[0], now)
		if a.After(from) {
			from = a
		}
		if until.IsZero() || !b.IsZero() && b.Before(until) {
			until = b
		}
	}
	if until.IsZero() {
		until = now
	}
	return !from.IsZero() && until.Sub(from) <= shortTime
}

// seekTerms finds what an index can be asked for.
func (s *DB) seekTerms(ctx context.Context, tx *sql.Tx, tenant string, f query.Filter, now time.Time) (k seekWhere, err error) {
	var kinds []query.Term
	short := ofShortTime(f, now)
	for _, t := range f {
		k.rest = append(k.rest, t)
		switch t.Field {
		case "", "type", "sender":
			if isPlain(t) {
				kinds = append(kinds, t)
			}
		case "channel":
			if isPlain(t) && !short {
				k.add(ofAChannel, "message_ledger", func(*where) {}) // its own condition is enough
			}
		case "destination":
			few, err := fewDeliveries(ctx, tx, tenant, t)
			if err != nil {
				return k, err
			}
			if few {
				k.add(byNames, "", func(w *where) { seekDestination(w, tenant, t.Values) })
				k.rest = k.rest[:len(k.rest)-1] // those are exactly its messages
			}
		case "state", "trust", "severity":
			seekOdd(&k, tenant, t)
		}
	}
	if len(kinds) == 0 {
		return k, nil
	}
	pairs, all, err := kindsOf(ctx, tx, tenant, kinds)
	switch {
	case err != nil || !all:
	case len(pairs) == 0:
		k.add(outOfTheOrdinary+1, "", func(w *where) { w.conditions = append(w.conditions, `1 = 0`) })
	default:
		k.add(ofKinds, "message_kind", func(w *where) { seekKinds(w, pairs) })
	}
	return k, err
}

// seekOdd asks the index of what is out of the ordinary, when all that t
// admits is in it.
func seekOdd(k *seekWhere, tenant string, t query.Term) {
	o := oddities[t.Field]
	admitted := t.Values
	switch {
	case t.Field == "severity" && !t.Not && (t.Op == query.GreaterEqual || t.Op == query.Greater):
		ranks := slices.Concat(o.usual, o.odd)
		if at := slices.Index(ranks, t.Values[0]); at >= 0 && len(t.Values) == 1 {
			if t.Op == query.Greater {
				at++
			}
			admitted = ranks[at:]
		}
	case t.Not != (t.Op == query.NotEqual):
		if t.Field == "severity" || t.Op != query.Has && t.Op != query.NotEqual {
			return // most messages have no severity at all
		}
		admitted = slices.DeleteFunc(slices.Concat(o.usual, o.odd), func(w string) bool { return slices.Contains(t.Values, w) })
	case t.Op != query.Has && t.Op != query.NotEqual:
		return
	}
	var odd []string
	waiting := false
	for _, w := range admitted {
		switch {
		case slices.Contains(o.odd, w):
			odd = append(odd, "'"+w+"'") // one of the words above, never input
		case t.Field == "state" && w == string(exchange.Pending):
			waiting = true
		default:
			return
		}
	}
	column := `m.` + t.Field
	rank, index := outOfTheOrdinary, "message_odd_"+t.Field
	if waiting || len(odd) == 0 {
		rank, index = byNames, ""
	}
	k.add(rank, index, func(w *where) {
		switch {
		case waiting && len(odd) > 0:
			w.conditions = append(w.conditions, `m.id IN (SELECT m.id FROM message m WHERE m.tenant = `+w.arg(tenant)+` AND `+o.byIndex+` AND `+column+` IN (`+strings.Join(odd, ", ")+`) UNION ALL `+queuedMessages(w, tenant)+`)`)
		case waiting:
			w.conditions = append(w.conditions, `m.id IN (`+queuedMessages(w, tenant)+`)`)
		case len(odd) > 0:
			w.conditions = append(w.conditions, o.byIndex, column+` IN (`+strings.Join(odd, ", ")+`)`)
		default:
			w.conditions = append(w.conditions, `1 = 0`)
		}
	})
}

// queuedMessages are those that some destination has yet to have: what is
// pending is among them.
func queuedMessages(w *where, tenant string) string {
	return `SELECT d.message FROM delivery d WHERE d.tenant = ` + w.arg(tenant) + ` AND d.state = 'queued'`
}

// seekDestination asks the index of deliveries, which begins with the channel:
// those are few, and each is found by one step.
func seekDestination(w *where, tenant string, names []string) {
	w.conditions = append(w.conditions, `m.id IN (`+deliveriesOf(w, tenant, names)+`)`)
}

func deliveriesOf(w *where, tenant string, names []string) string {
	marks := make([]string, len(names))
	for i, n := range names {
		marks[i] = w.arg(n)
	}
	own := w.arg(tenant)
	return `SELECT d.message FROM delivery d WHERE d.tenant = ` + own + ` AND d.destination IN (` + strings.Join(marks, ", ") + `) AND d.channel IN (
		WITH RECURSIVE known (name) AS (
			SELECT MIN(c.channel) FROM delivery c WHERE c.tenant = ` + own + `
			UNION ALL SELECT (SELECT MIN(c.channel) FROM delivery c WHERE c.tenant = ` + own + ` AND c.channel > known.name) FROM known WHERE known.name IS NOT NULL)
		SELECT name FROM known WHERE name IS NOT NULL)`
}

// A kind is who sends what.
type kind struct{ sender, typ string }

// kindsMost is how many kinds are looked through; where senders write
// something else each time, messages are walked.
const kindsMost = 5000

// kindsOf returns the kinds that satisfy terms, and whether those are all that
// do.
func kindsOf(ctx context.Context, tx *sql.Tx, tenant string, terms []query.Term) (found []kind, all bool, err error) {
	n := 0
	const of = ` FROM message m WHERE m.tenant = $1`
	err = eachRow(ctx, tx, func(row scanner) error {
		var k kind
		if err := row.Scan(&k.sender, &k.typ); err != nil {
			return err
		}
		n++
		if !slices.ContainsFunc(terms, func(t query.Term) bool { return !k.satisfies(t) }) {
			found = append(found, k)
		}
		return nil
	}, `WITH RECURSIVE who (sender) AS (
			SELECT MIN(m.sender)`+of+`
			UNION ALL SELECT (SELECT MIN(m.sender)`+of+` AND m.sender > who.sender) FROM who WHERE who.sender IS NOT NULL),
		kind (sender, type) AS (
			SELECT who.sender, (SELECT MIN(m.type)`+of+` AND m.sender = who.sender) FROM who WHERE who.sender IS NOT NULL
			UNION ALL SELECT kind.sender, (SELECT MIN(m.type)`+of+` AND m.sender = kind.sender AND m.type > kind.type) FROM kind WHERE kind.type IS NOT NULL)
		SELECT sender, type FROM kind WHERE type IS NOT NULL LIMIT `+strconv.Itoa(kindsMost+1), tenant)
	return found, n <= kindsMost, err
}

// satisfies is what the conditions of the list say, as where.text and
// where.contains write them.
func (k kind) satisfies(t query.Term) bool {
	return slices.ContainsFunc(t.Values, func(v string) bool {
		if t.Field == "" {
			return strings.Contains(lowered(k.typ), lowered(v)) || strings.Contains(lowered(k.sender), lowered(v))
		}
		text := k.typ
		if t.Field == "sender" {
			text = k.sender
		}
		if prefix, star := strings.CutSuffix(v, "*"); star {
			return strings.HasPrefix(lowered(text), lowered(prefix))
		}
		return lowered(text) == lowered(v)
	})
}

// lowered is generous: what it finds too much of is left out by the list's own
// condition.
func lowered(s string) string { return strings.ToLower(s) }

func seekKinds(w *where, pairs []kind) {
	marks := make([]string, len(pairs))
	for i, p := range pairs {
		marks[i] = "(" + w.arg(p.sender) + ", " + w.arg(p.typ) + ")"
	}
	w.conditions = append(w.conditions, `(m.sender, m.type) IN (VALUES `+strings.Join(marks, ", ")+`)`)
}
