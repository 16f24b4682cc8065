package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/query"
)

const (
	defaultLimit = 50
	maxLimit     = 1000
)

// A listing is a list that people filter, sort and page through.
type listing struct {
	columns string          // what the scan reads
	from    string          // tables and joins, without the word FROM
	where   where           // what always holds: tenant, scope
	fields  fields          // what it can be filtered and sorted by
	free    []string        // expressions in which free words are looked for
	key     string          // expression that names a row; ends every order
	sort    []query.SortKey // order when the asker names none
	total   *int            // how many rows match, where that is known already
	// countMost is how far rows are counted; 0 is all of them.
	countMost int
	// byKey orders by key alone when it is among what is asked for, since it
	// is unique.
	byKey bool
}

// A scanner reads the columns of the current row.
type scanner interface{ Scan(dest ...any) error }

// listPage returns the page of l that req asks for. scan reads one row; it
// must scan all of l.columns at once.
func listPage[T any](ctx context.Context, tx *sql.Tx, l listing, req query.Request, now time.Time, scan func(row scanner) (T, error)) (query.Page[T], error) {
	page := query.Page[T]{Items: []T{}}
	order, err := l.order(req)
	if err != nil {
		return page, err
	}
	w := l.where.copy()
	if err := w.filter(req.Filter, l.fields, l.free, now); err != nil {
		return page, err
	}
	if l.total != nil {
		page.Total = *l.total
	} else if page.Total, err = l.count(ctx, tx, w); err != nil {
		return page, err
	}
	if req.Cursor != "" {
		if err := order.after(w, req.Cursor); err != nil {
			return page, err
		}
	}
	limit := pageLimit(req)
	text := `SELECT ` + l.columns + order.columns() + ` FROM ` + l.from + w.String() + order.String() + ` LIMIT ` + w.arg(limit+1)
	if req.Cursor == "" && req.Offset > 0 {
		text += ` OFFSET ` + w.arg(req.Offset)
	}
	rows, err := tx.QueryContext(ctx, text, w.args...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	row := &orderedRow{rows: rows, values: make([]any, len(order.keys))}
	for rows.Next() {
		if len(page.Items) == limit {
			page.Next = order.cursor(row.values)
			break
		}
		item, err := scan(row)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, item)
	}
	return page, rows.Err()
}

// pageLimit is how many rows a page has.
func pageLimit(req query.Request) int {
	if req.Limit <= 0 {
		return defaultLimit
	}
	return min(req.Limit, maxLimit)
}

// count says how many rows match w, as far as they are counted.
func (l *listing) count(ctx context.Context, tx *sql.Tx, w *where) (n int, err error) {
	text := `SELECT COUNT(*) FROM ` + l.from + w.String()
	if l.countMost > 0 {
		text = `SELECT COUNT(*) FROM (SELECT 1 FROM ` + l.from + w.String() + ` LIMIT ` + strconv.Itoa(l.countMost) + `) AS counted`
	}
	err = tx.QueryRowContext(ctx, text, w.args...).Scan(&n)
	return n, err
}

// An orderedRow reads the values of the order behind the columns of a row.
type orderedRow struct {
	rows   *sql.Rows
	values []any
}

func (r *orderedRow) Scan(dest ...any) error {
	all := append([]any{}, dest...)
	for i := range r.values {
		r.values[i] = nil
		all = append(all, &r.values[i])
	}
	return r.rows.Scan(all...)
}

// An order is how a listing is sorted; its last key is unique.
type order struct {
	keys []orderKey
	name string // the order as text, so that a cursor fits no other
}

type orderKey struct {
	expr string
	desc bool
}

func (l *listing) order(req query.Request) (order, error) {
	asked := req.Sort
	if len(asked) == 0 {
		asked = l.sort
	}
	var o order
	var name []string
	for _, k := range asked {
		f, ok := l.fields[k.Field]
		if !ok || f.kind == memberKind || f.kind == yesKind {
			return o, bedrail.Errorf(bedrail.Invalid, "the list cannot be sorted by %q; it knows %s", k.Field, names(sortable(l.fields)))
		}
		o.keys = append(o.keys, orderKey{f.orderExpr(), k.Desc})
		name = append(name, fmt.Sprint(k.Field, k.Desc))
	}
	if l.byKey && len(o.keys) == 1 && asked[0].Field == "id" {
		o.keys[0].expr, o.name = l.key, strings.Join(name, ",")
		return o, nil
	}
	last := orderKey{expr: l.key}
	if len(o.keys) > 0 {
		last.desc = o.keys[len(o.keys)-1].desc
	}
	o.keys = append(o.keys, last)
	o.name = strings.Join(name, ",")
	return o, nil
}

func sortable(known fields) fields {
	out := fields{}
	for name, f := range known {
		if f.kind != memberKind && f.kind != yesKind {
			out[name] = f
		}
	}
	return out
}

func (f field) orderExpr() string {
	switch f.kind {
	case textKind:
		return "lower(COALESCE(" + f.expr + ", ''))"
	case wordKind:
		return "COALESCE(" + f.expr + ", '')"
	case rankKind:
		var b strings.Builder
		b.WriteString("CASE " + f.expr)
		for i, word := range f.words {
			// The words are constants of this program, never input.
			fmt.Fprintf(&b, " WHEN '%s' THEN %d", word, i+1)
		}
		b.WriteString(" ELSE 0 END")
		return b.String()
	}
	return "COALESCE(" + f.expr + ", 0)"
}

func (o order) columns() string {
	var b strings.Builder
	for _, k := range o.keys {
		b.WriteString(", " + k.expr)
	}
	return b.String()
}

func (o order) String() string {
	parts := make([]string, len(o.keys))
	for i, k := range o.keys {
		parts[i] = k.expr
		if k.desc {
			parts[i] += " DESC"
		}
	}
	return " ORDER BY " + strings.Join(parts, ", ")
}

// A cursorDoc is what a cursor says inside.
type cursorDoc struct {
	Order  string `json:"o"`
	Values []any  `json:"v"`
}

func (o order) cursor(values []any) string {
	for i, v := range values {
		if b, ok := v.([]byte); ok {
			values[i] = string(b)
		}
	}
	doc, err := json.Marshal(cursorDoc{o.name, values})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(doc)
}

// after admits only rows behind the one that cursor names.
func (o order) after(w *where, cursor string) error {
	values, err := o.parse(cursor)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "the cursor does not fit this list; start again without it")
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = w.arg(v)
	}
	// (a, b) behind (x, y), each key with its own direction:
	// a > x OR a = x AND b > y.
	var parts []string
	for i, k := range o.keys {
		var terms []string
		for j := range i {
			terms = append(terms, o.keys[j].expr+" = "+marks[j])
		}
		than := " > "
		if k.desc {
			than = " < "
		}
		parts = append(parts, "("+strings.Join(append(terms, k.expr+than+marks[i]), " AND ")+")")
	}
	w.and("(" + strings.Join(parts, " OR ") + ")")
	return nil
}

func (o order) parse(cursor string) ([]any, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var doc cursorDoc
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if doc.Order != o.name || len(doc.Values) != len(o.keys) {
		return nil, fmt.Errorf("a cursor of another order")
	}
	for i, v := range doc.Values {
		switch v := v.(type) {
		case string:
		case json.Number:
			if n, err := v.Int64(); err == nil {
				doc.Values[i] = n
			} else if doc.Values[i], err = v.Float64(); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("a cursor value of type %T", v)
		}
	}
	return doc.Values, nil
}
