package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/sensor"
	"bedrail/traffic"
)

var _ sensor.Store = (*DB)(nil)

// Sensors implements sensor.Store.
func (s *DB) Sensors(ctx context.Context, in bedrail.Scope) (out []sensor.Sensor, err error) {
	w := where{}
	w.scope(in, "tenant", "site", "''")
	err = s.view(ctx, func(tx *sql.Tx) error {
		out = []sensor.Sensor{}
		return eachRow(ctx, tx, func(row scanner) error {
			x, err := scanSensor(row)
			out = append(out, x)
			return err
		}, `SELECT version, doc FROM sensor`+w.String()+` ORDER BY name`, w.args...)
	})
	return out, err
}

func scanSensor(row scanner) (x sensor.Sensor, err error) {
	var version int64
	var doc string
	if err := row.Scan(&version, &doc); err != nil {
		return x, err
	}
	if err := json.Unmarshal([]byte(doc), &x); err != nil {
		return x, fmt.Errorf("reading a stored sensor: %w", err)
	}
	x.Version = version
	return x, nil
}

// Sensor implements sensor.Store.
func (s *DB) Sensor(ctx context.Context, in bedrail.Scope, name string) (x sensor.Sensor, err error) {
	w := where{}
	w.scope(in, "tenant", "site", "''")
	w.and("name = ?", name)
	err = s.view(ctx, func(tx *sql.Tx) error {
		x, err = scanSensor(tx.QueryRowContext(ctx, `SELECT version, doc FROM sensor`+w.String(), w.args...))
		return orNotFound(err, "there is no sensor %q", name)
	})
	return x, err
}

// SaveSensor implements sensor.Store.
func (s *DB) SaveSensor(ctx context.Context, in bedrail.Scope, x sensor.Sensor, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := saveSensor(ctx, tx, in.Tenant, x); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

func saveSensor(ctx context.Context, tx *sql.Tx, tenant string, x sensor.Sensor) error {
	doc, err := json.Marshal(x)
	if err != nil {
		return err
	}
	return saveVersioned(ctx, tx, x.Version, "the sensor "+x.Name, docRow{
		insert: `INSERT INTO sensor (site, version, doc, tenant, name) VALUES ($1, $2, $3, $4, $5)`,
		update: `UPDATE sensor SET site = $1, version = $2, doc = $3 WHERE tenant = $4 AND name = $5 AND version = $2 - 1`,
		args:   []any{x.Site, x.Version + 1, string(doc), tenant, x.Name}})
}

// Invite implements sensor.Store.
func (s *DB) Invite(ctx context.Context, in bedrail.Scope, x sensor.Sensor, i sensor.Invitation, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := saveSensor(ctx, tx, in.Tenant, x); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sensor_invitation WHERE tenant = $1 AND name = $2 AND used_at = 0`, in.Tenant, i.Name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO sensor_invitation (tenant, hash, name, made_by, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
			in.Tenant, i.Hash, i.Name, i.By, micros(i.CreatedAt), micros(i.ExpiresAt)); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Invitation implements sensor.Store.
func (s *DB) Invitation(ctx context.Context, in bedrail.Scope, hash string) (i sensor.Invitation, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		var created, expires, used int64
		err := tx.QueryRowContext(ctx, `SELECT hash, name, made_by, created_at, expires_at, used_at FROM sensor_invitation WHERE tenant = $1 AND hash = $2`, in.Tenant, hash).
			Scan(&i.Hash, &i.Name, &i.By, &created, &expires, &used)
		i.CreatedAt, i.ExpiresAt, i.UsedAt = timeOf(created), timeOf(expires), timeOf(used)
		return orNotFound(err, "there is no such invitation")
	})
	return i, err
}

// Redeem implements sensor.Store.
func (s *DB) Redeem(ctx context.Context, in bedrail.Scope, hash string, at time.Time, x sensor.Sensor, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE sensor_invitation SET used_at = $1 WHERE tenant = $2 AND hash = $3 AND used_at = 0 AND expires_at > $1`, micros(at), in.Tenant, hash)
		if err := changedOne(res, err, bedrail.Conflict, "the invitation was used"); err != nil {
			return err
		}
		if err := saveSensor(ctx, tx, in.Tenant, x); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Stands implements sensor.Store.
func (s *DB) Stands(ctx context.Context, in bedrail.Scope) (map[string]sensor.Stand, error) {
	out := map[string]sensor.Stand{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			var name, doc string
			var heard, covered int64
			if err := row.Scan(&name, &heard, &covered, &doc); err != nil {
				return err
			}
			st := sensor.Stand{HeardAt: timeOf(heard), CoveredUntil: timeOf(covered)}
			if doc != "" {
				if err := json.Unmarshal([]byte(doc), &st.Health); err != nil {
					return fmt.Errorf("reading how sensor %s does: %w", name, err)
				}
			}
			out[name] = st
			return nil
		}, `SELECT name, heard_at, covered_until, doc FROM sensor_stand WHERE tenant = $1`, in.Tenant)
	})
	return out, err
}

// writeStand keeps what a remote sensor said of itself, of its gaps and of its
// VLANs, together with what it saw.
func (s *DB) writeStand(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	for _, g := range d.Gaps {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO coverage_gap (tenant, site, sensor, interface, from_at, until_at, reason, missing) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (tenant, sensor, interface, from_at, reason) DO UPDATE SET missing = coverage_gap.missing + excluded.missing,
				until_at = CASE WHEN excluded.until_at > coverage_gap.until_at THEN excluded.until_at ELSE coverage_gap.until_at END`,
			tenant, d.Site, d.Sensor, g.Interface, micros(g.From), micros(g.Until), string(g.Reason), int64(g.Missing)); err != nil {
			return err
		}
	}
	if err := writeVLANs(ctx, tx, tenant, d); err != nil || d.At.Sensor == "" {
		return err
	}
	covered, doc := int64(0), ""
	if d.Coverage != nil {
		covered = micros(d.Coverage.Until)
	}
	if d.Health != nil {
		raw, err := json.Marshal(d.Health)
		if err != nil {
			return err
		}
		doc = string(raw)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO sensor_stand (tenant, name, heard_at, covered_until, doc) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, name) DO UPDATE SET heard_at = excluded.heard_at,
			covered_until = CASE WHEN excluded.covered_until > sensor_stand.covered_until THEN excluded.covered_until ELSE sensor_stand.covered_until END,
			doc = CASE WHEN excluded.doc = '' THEN sensor_stand.doc ELSE excluded.doc END`,
		tenant, d.At.Sensor, micros(s.clock.Now()), covered, doc)
	return err
}

func writeVLANs(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	if d.Coverage == nil {
		return nil
	}
	at := micros(d.Coverage.Until.Add(-time.Microsecond).Truncate(sensor.VLANBucket))
	for _, v := range d.Coverage.VLANs {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO coverage_vlan (tenant, site, sensor, at, vlan, packets) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (tenant, sensor, at, vlan) DO UPDATE SET packets = coverage_vlan.packets + excluded.packets`,
			tenant, d.Site, d.Sensor, at, int(v.VLAN), int64(v.Packets)); err != nil {
			return err
		}
	}
	return nil
}

// Seen implements sensor.Store.
func (s *DB) Seen(ctx context.Context, in bedrail.Scope, name string, from, until time.Time) (seen sensor.Seen, err error) {
	args := []any{in.Tenant, name, micros(from), micros(until)}
	err = s.view(ctx, func(tx *sql.Tx) error {
		seen = sensor.Seen{}
		if err := eachRow(ctx, tx, func(row scanner) error {
			var at, end int64
			var c traffic.Coverage
			err := row.Scan(&at, &end, &c.Packets, &c.Dropped, &c.Missing)
			c.From, c.Until = timeOf(at), timeOf(end)
			seen.Coverage = append(seen.Coverage, c)
			return err
		}, `SELECT from_at, until_at, packets, dropped, missing FROM coverage WHERE tenant = $1 AND sensor = $2 AND until_at >= $3 AND from_at < $4 ORDER BY from_at`, args...); err != nil {
			return err
		}
		if err := eachRow(ctx, tx, func(row scanner) error {
			var at int64
			var v sensor.VLANRow
			err := row.Scan(&at, &v.VLAN, &v.Packets)
			v.At = timeOf(at)
			seen.VLANs = append(seen.VLANs, v)
			return err
		}, `SELECT at, vlan, packets FROM coverage_vlan WHERE tenant = $1 AND sensor = $2 AND at >= $3 AND at < $4 ORDER BY at, vlan`, args...); err != nil {
			return err
		}
		return eachRow(ctx, tx, func(row scanner) error {
			var at, end int64
			var g traffic.Gap
			err := row.Scan(&g.Interface, &at, &end, &g.Reason, &g.Missing)
			g.From, g.Until = timeOf(at), timeOf(end)
			seen.Gaps = append(seen.Gaps, g)
			return err
		}, `SELECT interface, from_at, until_at, reason, missing FROM coverage_gap WHERE tenant = $1 AND sensor = $2 AND until_at >= $3 AND from_at < $4 ORDER BY from_at`, args...)
	})
	return seen, err
}
