package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
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
	tally   []asset.Tally   // where values are counted instead
	places  map[int64]int32 // in ids, by the number in the search index; nil where words are not looked up so
	version uint64          // of the devices when it was made
	at      time.Time       // by the wall clock: how long ago another process may have written
}

// How long a ranking serves: a first page only while nothing was written, and
// shortly, since another process may have and time itself moves devices in and
// out of a filter; later pages as long as a person scrolls.
const (
	freshRanking = 5 * time.Second
	scrolling    = 5 * time.Minute
	lasting      = time.Hour // where nobody else writes and the clock has no say
)

// maxRanked bounds the ids that are held in all: about 50 bytes each.
const maxRanked = 400_000

// rankings holds the latest lists, the last used behind.
type rankings struct {
	mu     sync.Mutex // guards the rest
	held   map[string]ranking
	used   []string                 // keys of held, the longest unused first
	making map[string]chan struct{} // by key; closed when it was made or could not be
}

// marks are how far the devices had changed when a question began: before its
// first look at the database, or an answer could be older than it says.
type marks struct{ devices, placed uint64 }

func (s *DB) marks() marks { return marks{s.devicesAt.Load(), s.placedAt.Load()} }

// serves says by which version an answer is known and for how long it holds
// while that stays. standing: it depends on the names, sites and units of
// devices only.
func (s *DB) serves(at marks, standing bool) (version uint64, age time.Duration) {
	if s.sole && standing {
		return at.placed, lasting
	}
	return at.devices, freshRanking
}

// get returns what is held under key, or makes it, once for all who ask
// meanwhile. A first page takes only what is of this version and not older
// than age.
func (r *rankings) get(ctx context.Context, key string, version uint64, age time.Duration, later bool, create func() (ranking, error)) (ranking, error) {
	for {
		if one, ok := r.find(key, version, age, later, time.Now()); ok {
			return one, nil
		}
		made, mine := r.claim(key)
		if mine {
			return r.make(key, version, made, create)
		}
		select {
		case <-made:
		case <-ctx.Done():
			return ranking{}, ctx.Err()
		}
	}
}

func (r *rankings) make(key string, version uint64, made chan struct{}, create func() (ranking, error)) (ranking, error) {
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.making, key)
		close(made)
	}()
	one, err := create()
	if err != nil {
		return one, err
	}
	one.version, one.at = version, time.Now()
	r.keep(key, one)
	return one, nil
}

// claim reports whether the caller is to make the key; else another does, and
// the channel closes when it ends. Whoever claims must lack nothing to make it:
// those who wait hold what they read with.
func (r *rankings) claim(key string) (made chan struct{}, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if made, ok := r.making[key]; ok {
		return made, false
	}
	if r.making == nil {
		r.making = make(map[string]chan struct{})
	}
	made = make(chan struct{})
	r.making[key] = made
	return made, true
}

func (r *rankings) find(key string, version uint64, age time.Duration, later bool, now time.Time) (ranking, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one, ok := r.held[key]
	old := now.Sub(one.at)
	if !ok || old > max(age, scrolling) || !later && (one.version != version || old > age) {
		return ranking{}, false
	}
	r.use(key)
	return one, true
}

// outdate forgets what a first page that is asked anew would not be built on.
func (r *rankings) outdate(key string, version uint64, age time.Duration, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one, ok := r.held[key]; ok && (one.version != version || now.Sub(one.at) > age) {
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
		one := r.held[r.used[i]]
		sum += len(one.ids) + len(one.tally) + 1000
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
// the whole filter, free words included, by which the list is known again;
// match is those words where it asks for nothing else.
func (s *DB) devicePage(ctx context.Context, tx *sql.Tx, in bedrail.Scope, l listing, asked, match string, req query.Request, at marks, now time.Time) (page query.Page[asset.Summary], err error) {
	page.Items = []asset.Summary{}
	o, err := l.order(req)
	if err != nil {
		return page, err
	}
	standing := byName(req.Sort)
	version, age := s.serves(at, standing && asked == "")
	list, err := s.rankings.get(ctx, rankKey(in, asked, o.name), version, age, req.Offset > 0, func() (ranking, error) {
		if standing && match != "" {
			version, age := s.serves(at, true)
			if whole, ok := s.rankings.find(rankKey(in, "", o.name), version, age, false, time.Now()); ok && whole.places != nil {
				return found(ctx, tx, whole, match)
			}
		}
		list, err := rank(ctx, tx, l, o, req.Filter, now)
		if standing && asked == "" {
			s.number(&list, in.Tenant)
		}
		return list, err
	})
	if err != nil {
		return page, err
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

// longList is from how many devices on a place in the list is looked for in a
// ranking that is made ahead.
const longList = 1000

// rankAhead makes the order of the whole list known while its first page is
// read, so that the first leap to a place far down finds it.
func (s *DB) rankAhead(in bedrail.Scope, l listing, o order, standing bool, at marks, now time.Time) {
	version, age := s.serves(at, standing)
	key := rankKey(in, "", o.name)
	if _, ok := s.rankings.find(key, version, age, false, time.Now()); ok {
		return
	}
	s.ahead.Go(func() {
		// The order is claimed with a reader in hand: those who wait for it hold
		// theirs, and there may be no other.
		err := s.view(s.life, func(tx *sql.Tx) error {
			_, err := s.rankings.get(s.life, key, version, age, false, func() (ranking, error) {
				list, err := rank(s.life, tx, l, o, nil, now)
				if standing {
					s.number(&list, in.Tenant)
				}
				return list, err
			})
			return err
		})
		if err != nil && s.life.Err() == nil {
			s.log.Warn("the order of the devices could not be made ahead; the first leap in the list takes longer", "error", err)
		}
	})
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

// number writes down where each device of the whole list stands by its number
// in the search index, where that holds until it is made anew.
func (s *DB) number(r *ranking, tenant string) {
	if !s.sole {
		return
	}
	places := make(map[int64]int32, len(r.ids))
	for i, id := range r.ids {
		places[searchNumber(tenant, id)] = int32(i)
	}
	if len(places) == len(r.ids) { // else two share a number, and SQL tells them apart
		r.places = places
	}
}

// found ranks the devices that the search index finds as they stand in whole,
// without a look at their rows.
func found(ctx context.Context, tx *sql.Tx, whole ranking, match string) (ranking, error) {
	var list ranking
	var numbers string
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(group_concat(rowid, ' '), '') FROM device_text WHERE device_text MATCH ?`, match).Scan(&numbers); err != nil {
		return list, err
	}
	var at []int32
	for text := range strings.FieldsSeq(numbers) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return list, err
		}
		if i, ok := whole.places[n]; ok { // others are out of the asker's sight
			at = append(at, i)
		}
	}
	slices.Sort(at)
	list.ids = make([]string, len(at))
	for i, p := range at {
		list.ids[i] = whole.ids[p]
	}
	list.total = len(at)
	return list, nil
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
func (s *DB) countedDevices(ctx context.Context, tx *sql.Tx, in bedrail.Scope, at marks) (int, error) {
	key := rankKey(in, "", "count")
	version, age := s.serves(at, true)
	list, err := s.rankings.get(ctx, key, version, age, false, func() (list ranking, err error) {
		w := deviceScope(in)
		err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM device`+w.String(), w.args...).Scan(&list.total)
		return list, err
	})
	return list.total, err
}
