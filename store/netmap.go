package store

import (
	"context"
	"database/sql"
	"net/netip"
	"strconv"
	"time"

	"bedrail"
	"bedrail/netmap"
)

var _ netmap.Store = (*DB)(nil)

// MapPlaces implements netmap.Store.
func (s *DB) MapPlaces(ctx context.Context, in bedrail.Scope) ([]netmap.Place, error) {
	w := deviceScope(in)
	var out []netmap.Place
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = nil
		at := map[string]int{}
		err := eachRow(ctx, tx, func(row scanner) error {
			var p netmap.Place
			if err := row.Scan(&p.ID, &p.Name, &p.Class, &p.Site, &p.Unit, &p.Severity, &p.Affected); err != nil {
				return err
			}
			at[p.ID] = len(out)
			out = append(out, p)
			return nil
		}, `SELECT device.id, device.name, device.class, device.site, device.unit, device.highest, device.affected FROM device`+w.String()+` ORDER BY device.last_seen DESC, device.id`, w.args...)
		if err != nil {
			return err
		}
		return eachRow(ctx, tx, func(row scanner) error {
			var id, text string
			if err := row.Scan(&id, &text); err != nil {
				return err
			}
			i, seen := at[id]
			if ip, err := netip.ParseAddr(text); err == nil && seen {
				out[i].Addresses = append(out[i].Addresses, ip)
			}
			return nil
		}, `SELECT device, value FROM device_word WHERE tenant = $1 AND kind = 'ip' ORDER BY device, value`, in.Tenant)
	})
	return out, err
}

// MapFlows implements netmap.Store.
func (s *DB) MapFlows(ctx context.Context, in bedrail.Scope, since time.Time, limit int) ([]netmap.Flow, bool, error) {
	var w where
	w.scope(bedrail.Scope{Tenant: in.Tenant, Sites: in.Sites}, "tenant", "site", "")
	hours := w.copy()
	hours.and(`hour >= ?`, micros(since)/hourMicros*hourMicros)
	// The same arguments serve both halves.
	days := &where{append([]string{}, w.conditions...), hours.args}
	days.conditions = append(days.conditions, `day >= $`+strconv.Itoa(len(hours.args)))
	const columns = `client, server, transport, port, protocol, encrypted, packets, bytes_up, bytes_down, last_at`
	text := `SELECT client, server, transport, port, MAX(protocol), MIN(encrypted), SUM(packets), SUM(bytes_up) + SUM(bytes_down), MAX(last_at)
		FROM (SELECT ` + columns + ` FROM conversation` + hours.String() + ` UNION ALL SELECT ` + columns + ` FROM conversation_day` + days.String() + `) AS talk
		GROUP BY client, server, transport, port ORDER BY SUM(packets) DESC, client, server, transport, port LIMIT ` + hours.arg(limit+1)
	var out []netmap.Flow
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = nil
		return eachRow(ctx, tx, func(row scanner) error {
			var f netmap.Flow
			var client, server string
			var encrypted, last int64
			if err := row.Scan(&client, &server, &f.Transport, &f.Port, &f.Protocol, &encrypted, &f.Packets, &f.Bytes, &last); err != nil {
				return err
			}
			var errA, errB error
			f.Client, errA = netip.ParseAddr(client)
			f.Server, errB = netip.ParseAddr(server)
			if errA != nil || errB != nil {
				return nil // a conversation without addresses has no place on the map
			}
			f.Encrypted, f.Last = encrypted > 0, timeOf(last)
			out = append(out, f)
			return nil
		}, text, hours.args...)
	})
	more := len(out) > limit
	if more {
		out = out[:limit]
	}
	return out, more, err
}
