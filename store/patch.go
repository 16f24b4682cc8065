package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/patch"
)

var (
	_ patch.Store = (*DB)(nil)
	_ patch.Meter = (*DB)(nil)
)

// Orders implements patch.Store.
func (s *DB) Orders(ctx context.Context, in bedrail.Scope) ([]patch.Order, error) {
	w := where{}
	w.scope(in, "tenant", "site", "unit")
	return docsOf[patch.Order](ctx, s, `SELECT doc FROM patch_order`+w.String()+` ORDER BY id`, w.args...)
}

// SaveOrders implements patch.Store.
func (s *DB) SaveOrders(ctx context.Context, in bedrail.Scope, orders []patch.Order, entry audit.Entry) error {
	rows, seen := make([]docRow, len(orders)), make([]int64, len(orders))
	for i, o := range orders {
		seen[i] = o.Version
		o.Version++
		doc, err := json.Marshal(o)
		if err != nil {
			return err
		}
		rows[i] = docRow{insert: `INSERT INTO patch_order (site, unit, at, version, doc, tenant, id) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			update: `UPDATE patch_order SET site = $1, unit = $2, at = $3, version = $4, doc = $5 WHERE tenant = $6 AND id = $7 AND version = $4 - 1`,
			args:   []any{o.Site, o.Unit, micros(o.OpenedAt), o.Version, string(doc), in.Tenant, o.ID}}
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		for i, r := range rows {
			if err := saveVersioned(ctx, tx, seen[i], "the patch order "+orders[i].ID, r); err != nil {
				return err
			}
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Maintenance implements patch.Store.
func (s *DB) Maintenance(ctx context.Context, in bedrail.Scope) ([]patch.Maintenance, error) {
	return docsOf[patch.Maintenance](ctx, s, `SELECT doc FROM maintenance WHERE tenant = $1 ORDER BY id`, in.Tenant)
}

// SaveMaintenance implements patch.Store.
func (s *DB) SaveMaintenance(ctx context.Context, in bedrail.Scope, lines []patch.Maintenance, entry audit.Entry) error {
	last := map[string]patch.Maintenance{} // one statement may not touch a row twice
	for _, m := range lines {
		last[m.ID()] = m
	}
	now := s.clock.Now()
	return s.update(ctx, func(tx *sql.Tx) error {
		rows := s.newInsert(`maintenance (tenant, id, at, doc)`, 4, `ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, doc = excluded.doc`)
		for id, m := range last {
			doc, err := json.Marshal(m)
			if err != nil {
				return err
			}
			rows.add(in.Tenant, id, micros(now), string(doc))
		}
		if err := rows.run(ctx, tx); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Calendars implements patch.Store.
func (s *DB) Calendars(ctx context.Context, in bedrail.Scope) ([]patch.Calendar, error) {
	return docsOf[patch.Calendar](ctx, s, `SELECT doc FROM calendar WHERE tenant = $1 ORDER BY at, id`, in.Tenant)
}

// CalendarByHash implements patch.Store.
func (s *DB) CalendarByHash(ctx context.Context, in bedrail.Scope, hash string) (c patch.Calendar, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		c, err = scanDoc[patch.Calendar](tx.QueryRowContext(ctx, `SELECT doc FROM calendar WHERE tenant = $1 AND hash = $2`, in.Tenant, hash))
		return orNotFound(err, "there is no such calendar; its address may have been ended")
	})
	return c, err
}

// SaveCalendar implements patch.Store.
func (s *DB) SaveCalendar(ctx context.Context, in bedrail.Scope, c patch.Calendar, entry audit.Entry) error {
	doc, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.saveOne(ctx, in, entry, `INSERT INTO calendar (tenant, id, hash, at, doc) VALUES ($1, $2, $3, $4, $5)`, in.Tenant, c.ID, c.Hash, micros(c.At), string(doc))
}

// RemoveCalendar implements patch.Store.
func (s *DB) RemoveCalendar(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error {
	return s.removeOne(ctx, in, entry, "there is no calendar "+id, `DELETE FROM calendar WHERE tenant = $1 AND id = $2`, in.Tenant, id)
}

// HoursOf implements patch.Meter: what a device said is what its hardware
// addresses sent and were sent, hour by hour.
func (s *DB) HoursOf(ctx context.Context, in bedrail.Scope, devices []string, since time.Time, fn func(device string, h patch.Hour)) error {
	return s.view(ctx, func(tx *sql.Tx) error {
		for _, id := range devices {
			macs, err := strings1(ctx, tx, `SELECT value FROM device_word WHERE tenant = $1 AND device = $2 AND kind = 'mac'`, in.Tenant, id)
			if err != nil {
				return err
			}
			hours := map[int64]uint64{}
			for _, mac := range macs {
				for _, side := range []string{"client_mac", "server_mac"} {
					err := eachRow(ctx, tx, func(row scanner) error {
						var at, packets int64
						err := row.Scan(&at, &packets)
						hours[at] += uint64(packets)
						return err
					}, `SELECT hour, SUM(packets) FROM conversation WHERE tenant = $1 AND `+side+` = $2 AND hour >= $3 GROUP BY hour`, in.Tenant, mac, micros(since))
					if err != nil {
						return err
					}
				}
			}
			for at, packets := range hours {
				fn(id, patch.Hour{At: timeOf(at), Packets: packets})
			}
		}
		return nil
	})
}

// WorkOf implements patch.Meter.
func (s *DB) WorkOf(ctx context.Context, in bedrail.Scope, devices []string, since time.Time, fn func(device string, hour time.Time, minutes int)) error {
	for _, id := range devices {
		uses, err := s.DeviceUses(ctx, in, id, since)
		if err != nil {
			return err
		}
		for _, u := range uses {
			fn(id, u.Hour, u.Count())
		}
	}
	return nil
}
