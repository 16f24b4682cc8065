package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"bedrail/exchange"
	"bedrail/format/query"
)

// foundPage is messagePage for what is rare and in the order of names. The names
// of what is found are gathered once, as far as they are counted; number and page
// are taken from them, and only the messages of the page are read. To count first
// and look for the page then walks all messages twice.
func foundPage(ctx context.Context, tx *sql.Tx, tenant string, l listing, req query.Request, now time.Time) (query.Page[exchange.Message], error) {
	page := query.Page[exchange.Message]{Items: []exchange.Message{}}
	order, err := l.order(req)
	if err != nil || len(order.keys) != 1 || l.countMost == 0 {
		return messagePage(ctx, tx, l, req, now)
	}
	w := l.where.copy()
	if err := w.filter(req.Filter, l.fields, l.free, now); err != nil {
		return page, err
	}
	limit := pageLimit(req)
	most := l.countMost + limit + 1 // so that the last page that is counted knows whether more follows
	found := `SELECT m.id FROM ` + l.from + w.String() + order.String() + ` LIMIT ` + strconv.Itoa(most)
	all := where{args: w.args}
	chosen, err := chosenOf(&all, order, req, limit)
	if err != nil {
		return page, err
	}
	// CROSS says to SQLite that the few come first.
	text := `WITH found (id) AS MATERIALIZED (` + found + `), chosen (id) AS (` + chosen + `)
		SELECT ` + l.columns + order.columns() + `, (SELECT COUNT(*) FROM found) FROM chosen CROSS JOIN message m
		WHERE m.tenant = ` + all.arg(tenant) + ` AND m.id = chosen.id` + order.String()
	rows, err := tx.QueryContext(ctx, text, all.args...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	row := &orderedRow{rows: rows, values: make([]any, 2)}
	read := 0
	for ; rows.Next(); read++ {
		if read == limit {
			page.Next = order.cursor(row.values[:1])
			break
		}
		one, err := scanMessage(row)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, one)
	}
	if err := rows.Err(); err != nil {
		return page, err
	}
	gathered := 0
	if read > 0 {
		n, _ := row.values[1].(int64)
		gathered = int(n)
		page.Total = min(gathered, l.countMost)
	}
	if read == 0 && (req.Offset > 0 || req.Cursor != "") { // no row to say how many there are
		if page.Total, err = l.count(ctx, tx, w); err != nil {
			return page, err
		}
		gathered = page.Total
	}
	if page.Next == "" && (gathered == most || read == 0 && gathered == l.countMost) {
		return messagePage(ctx, tx, l, req, now) // more than were gathered
	}
	return page, nil
}

// chosenOf lists the names of a page out of found, and of one more message.
func chosenOf(w *where, o order, req query.Request, limit int) (string, error) {
	if req.Cursor != "" {
		if err := o.after(w, req.Cursor); err != nil {
			return "", err
		}
	}
	text := `SELECT m.id FROM found m` + w.String() + o.String() + ` LIMIT ` + w.arg(limit+1)
	if req.Cursor == "" && req.Offset > 0 {
		text += ` OFFSET ` + w.arg(req.Offset)
	}
	return text, nil
}
