package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/traffic"
)

// writeUses adds the minutes in which devices were at work. A minute that was
// told before is the same bit again.
func (s *DB) writeUses(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	in := s.newInsert(`device_use (tenant, device, hour, kind, minutes, events, last_at)`, 7, `ON CONFLICT (tenant, device, hour, kind) DO UPDATE SET
		minutes = device_use.minutes | excluded.minutes, events = device_use.events + excluded.events,
		last_at = CASE WHEN excluded.last_at > device_use.last_at THEN excluded.last_at ELSE device_use.last_at END`)
	for _, u := range d.Uses {
		in.add(tenant, u.Device, micros(u.Hour), string(u.Kind), int64(u.Minutes), u.Events, micros(u.Last))
	}
	return in.run(ctx, tx)
}

// deviceOrBecame admits a device, $2, and those that have become part of it.
const deviceOrBecame = `(device = $2 OR device IN (SELECT old FROM device_became WHERE device_became.tenant = $1 AND device_became.device = $2))`

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// DeviceUses implements asset.Store.
func (s *DB) DeviceUses(ctx context.Context, in bedrail.Scope, id string, since time.Time) ([]asset.DeviceUse, error) {
	out := []asset.DeviceUse{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			u := asset.DeviceUse{Device: id}
			var hour, minutes, last int64
			var kind string
			if err := row.Scan(&hour, &kind, &minutes, &u.Events, &last); err != nil {
				return err
			}
			u.Hour, u.Kind, u.Minutes, u.Last = timeOf(hour), traffic.Use(kind), uint64(minutes), timeOf(last)
			if n := len(out); n > 0 && out[n-1].Hour.Equal(u.Hour) && out[n-1].Kind == u.Kind { // of one that it was merged with
				out[n-1].Minutes |= u.Minutes
				out[n-1].Events += u.Events
				out[n-1].Last = latest(out[n-1].Last, u.Last)
				return nil
			}
			out = append(out, u)
			return nil
		}, `SELECT hour, kind, minutes, events, last_at FROM device_use WHERE tenant = $1 AND `+deviceOrBecame+` AND hour >= $3 ORDER BY hour, kind, device`, in.Tenant, id, micros(since.Truncate(time.Hour)))
	})
	return out, err
}

// maxHourTalks bounds what one profile is learned from.
const maxHourTalks = 20_000

// DeviceHours implements asset.Store.
func (s *DB) DeviceHours(ctx context.Context, in bedrail.Scope, id string, since time.Time) ([]asset.HourTalk, error) {
	d, err := s.Device(ctx, in, id)
	if err != nil {
		return nil, err
	}
	var out []asset.HourTalk
	err = s.view(ctx, func(tx *sql.Tx) error {
		out = []asset.HourTalk{}
		for _, side := range []string{"client", "server"} {
			if err := hourTalks(ctx, tx, in.Tenant, d, side, since, &out); err != nil {
				return err
			}
		}
		return classPeers(ctx, tx, in.Tenant, out)
	})
	return out, err
}

func hourTalks(ctx context.Context, tx *sql.Tx, tenant string, d asset.Device, side string, since time.Time, out *[]asset.HourTalk) error {
	w, ok := sideOf(tenant, d, side, since)
	if !ok {
		return nil
	}
	peer, direction := "server", "out"
	if side == "server" {
		peer, direction = "client", "in"
	}
	return eachRow(ctx, tx, func(row scanner) error {
		t := asset.HourTalk{Talk: asset.Talk{Direction: direction}}
		var hour, encrypted, packets, up, down int64
		if err := row.Scan(&hour, &t.Peer.Address, &t.Transport, &t.Port, &t.Protocol, &encrypted, &packets, &up, &down); err != nil {
			return err
		}
		t.Hour, t.Encrypted, t.Packets, t.BytesUp, t.BytesDown = timeOf(hour), encrypted > 0, uint64(packets), uint64(up), uint64(down)
		*out = append(*out, t)
		return nil
	}, fmt.Sprintf(`SELECT hour, %s, transport, port, protocol, encrypted, packets, bytes_up, bytes_down FROM conversation%s ORDER BY hour LIMIT %d`, peer, w.String(), maxHourTalks), w.args...)
}

// sideOf admits the hours in which a device was on one side: by hardware
// address where it has one, since an address may have been another's.
func sideOf(tenant string, d asset.Device, side string, since time.Time) (w where, ok bool) {
	if first := d.FirstSeen.Truncate(time.Hour); len(d.MACs) == 0 && first.After(since) {
		since = first // before that the address was somebody else's
	}
	w.and(`tenant = ?`, tenant)
	w.and(`hour >= ?`, micros(since))
	var marks []string
	column := side + "_mac"
	for _, m := range d.MACs {
		marks = append(marks, w.arg(string(m)))
	}
	if len(marks) == 0 {
		column = side
		for _, ip := range d.Addresses {
			marks = append(marks, w.arg(ip.String()))
		}
	}
	if len(marks) == 0 {
		return w, false
	}
	w.and(column + ` IN (` + strings.Join(marks, ", ") + `)`)
	return w, true
}

// classPeers says what the peers are. It is asked of the whole tenant: that a
// pump speaks with a gateway is a fact of the pump.
func classPeers(ctx context.Context, tx *sql.Tx, tenant string, out []asset.HourTalk) error {
	classes := map[string]string{}
	for i := range out {
		address := out[i].Peer.Address
		class, known := classes[address]
		if !known {
			err := tx.QueryRowContext(ctx, `SELECT device.class FROM device JOIN device_word ON device_word.tenant = device.tenant AND device_word.device = device.id
				WHERE device.tenant = $1 AND device_word.kind = 'ip' AND device_word.value = $2 ORDER BY device.last_seen DESC LIMIT 1`, tenant, address).Scan(&class)
			if err != nil && err != sql.ErrNoRows {
				return err
			}
			classes[address] = class
		}
		out[i].PeerClass = class
	}
	return nil
}

// FrozenProfile implements asset.Store.
func (s *DB) FrozenProfile(ctx context.Context, in bedrail.Scope, of string) (p asset.Profile, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		var doc []byte
		err := tx.QueryRowContext(ctx, `SELECT doc FROM profile_frozen WHERE tenant = $1 AND name = $2`, in.Tenant, of).Scan(&doc)
		if err := orNotFound(err, "no profile of %s is frozen", of); err != nil {
			return err
		}
		return json.Unmarshal(doc, &p)
	})
	return p, err
}

// FreezeProfile implements asset.Store.
func (s *DB) FreezeProfile(ctx context.Context, in bedrail.Scope, of string, p asset.Profile, entry audit.Entry) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO profile_frozen (tenant, name, doc) VALUES ($1, $2, $3)
			ON CONFLICT (tenant, name) DO UPDATE SET doc = excluded.doc`, in.Tenant, of, string(doc)); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}
