package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
)

// A ranking is a list of devices as it stood when somebody asked for it: who
// is on it, in which order. While a person scrolls, rows stay where they are,
// and no page has to be found by counting all before it.
//
// It is kept in memory only; its loss costs one more question to the database.
type ranking struct {
	ids     []string // in their order; nil when only the number is known
	total   int
	version uint64    // of the devices when it was made
	at      time.Time // by the wall clock: how long ago another process may have written
}

// How long a ranking serves: a first page only while nothing was written, and
// shortly, since another process may have; later pages as long as a person
// scrolls.
const (
	freshRanking = 5 * time.Second
	scrolling    = 5 * time.Minute
)

// maxRanked bounds the ids that are held in all: about 50 bytes each.
const maxRanked = 400_000

// rankings holds the latest lists, the last used behind.
type rankings struct {
	mu   sync.Mutex // guards the rest
	held map[string]ranking
	used []string // keys of held, the longest unused first
}

func (r *rankings) find(key string, version uint64, later bool, now time.Time) (ranking, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one, ok := r.held[key]
	age := now.Sub(one.at)
	if !ok || age > scrolling || !later && (one.version != version || age > freshRanking) {
		return ranking{}, false
	}
	r.use(key)
	return one, true
}

// outdate forgets what a first page that is asked anew would not be built on.
func (r *rankings) outdate(key string, version uint64, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one, ok := r.held[key]; ok && (one.version != version || now.Sub(one.at) > freshRanking) {
		delete(r.held, key)
		r.used = slices.DeleteFunc(r.used, func(k string) bool { return k == key })
	}
}

func (r *rankings) keep(key string, one ranking) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		r.held = make(map[string]ranking)
	}
	r.held[key] = one
	r.use(key)
	sum := 0
	for i := len(r.used) - 1; i >= 0; i-- {
		sum += len(r.held[r.used[i]].ids) + 1000
		if sum > maxRanked && i < len(r.used)-1 {
			for _, old := range r.used[:i+1] {
				delete(r.held, old)
			}
			r.used = slices.Clone(r.used[i+1:])
			return
		}
	}
}

func (r *rankings) use(key string) {
	if i := slices.Index(r.used, key); i >= 0 {
		r.used = slices.Delete(r.used, i, i+1)
	}
	r.used = append(r.used, key)
}

// rankKey names a question: the same for the same people, filter and order.
func rankKey(in bedrail.Scope, filter, sort string) string {
	return fmt.Sprintf("%q %q %q %q %q", in.Tenant, in.Sites, in.Units, filter, sort)
}

// devicePage returns a page of the devices by its place in the list. asked is
// the whole filter, free words included, by which the list is known again.
func (s *DB) devicePage(ctx context.Context, tx *sql.Tx, in bedrail.Scope, l listing, asked string, req query.Request, now time.Time) (page query.Page[asset.Summary], err error) {
	page.Items = []asset.Summary{}
	o, err := l.order(req)
	if err != nil {
		return page, err
	}
	key := rankKey(in, asked, o.name)
	version := s.devicesAt.Load()
	list, ok := s.rankings.find(key, version, req.Offset > 0, time.Now())
	if !ok {
		if list, err = rank(ctx, tx, l, o, req.Filter, now); err != nil {
			return page, err
		}
		list.version, list.at = version, time.Now()
		s.rankings.keep(key, list)
	}
	page.Total = list.total
	limit := min(req.Limit, maxLimit)
	if limit <= 0 {
		limit = defaultLimit
	}
	from := min(req.Offset, len(list.ids))
	ids := list.ids[from:min(from+limit, len(list.ids))]
	rows, err := devicesByID(ctx, tx, in, l, o, ids)
	if err != nil {
		return page, err
	}
	var last []any
	for _, id := range ids {
		if r, ok := rows[id]; ok { // one that is gone, or out of the asker's sight by now, is left out
			page.Items = append(page.Items, r.summary)
			last = r.values
		}
	}
	if from+limit < len(list.ids) && last != nil {
		page.Next = o.cursor(last)
	}
	return page, nil
}

// rank asks once who is on the list. The ids come as one text: a row for each
// would cost more than finding them.
func rank(ctx context.Context, tx *sql.Tx, l listing, o order, filter query.Filter, now time.Time) (ranking, error) {
	w := l.where.copy()
	if err := w.filter(filter, l.fields, l.free, now); err != nil {
		return ranking{}, err
	}
	var ids string
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(string_agg(id, ' '), '') FROM (SELECT `+l.key+` AS id FROM `+l.from+w.String()+o.String()+`) AS ranked`, w.args...).Scan(&ids)
	list := ranking{ids: strings.Fields(ids)}
	list.total = len(list.ids)
	return list, err
}

type rankedRow struct {
	summary asset.Summary
	values  []any // of the order
}

// devicesByID reads the rows of some devices, as far as in admits them still.
func devicesByID(ctx context.Context, tx *sql.Tx, in bedrail.Scope, l listing, o order, ids []string) (map[string]rankedRow, error) {
	out := make(map[string]rankedRow, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	w := deviceScope(in)
	marks := make([]string, len(ids))
	for i, id := range ids {
		marks[i] = w.arg(id)
	}
	w.and(`device.id IN (` + strings.Join(marks, ", ") + `)`)
	rows, err := tx.QueryContext(ctx, `SELECT `+l.columns+o.columns()+` FROM device`+w.String(), w.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row := &orderedRow{rows: rows, values: make([]any, len(o.keys))}
		a, err := scanSummary(row)
		if err != nil {
			return nil, err
		}
		out[a.ID] = rankedRow{a, row.values}
	}
	return out, rows.Err()
}

// countedDevices is how many devices in admits.
func (s *DB) countedDevices(ctx context.Context, tx *sql.Tx, in bedrail.Scope) (int, error) {
	key := rankKey(in, "", "count")
	version := s.devicesAt.Load()
	if list, ok := s.rankings.find(key, version, false, time.Now()); ok {
		return list.total, nil
	}
	list := ranking{version: version, at: time.Now()}
	w := deviceScope(in)
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM device`+w.String(), w.args...).Scan(&list.total)
	if err == nil {
		s.rankings.keep(key, list)
	}
	return list.total, err
}
