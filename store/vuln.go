package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/vuln"
)

var _ vuln.Store = (*DB)(nil)

// EachRecord implements vuln.Store.
func (s *DB) EachRecord(ctx context.Context, in bedrail.Scope, fn func(kind vuln.RecordKind, id string, doc []byte) error) error {
	return s.view(ctx, func(tx *sql.Tx) error {
		var kind, id string
		var doc sql.RawBytes
		rows, err := tx.QueryContext(ctx, `SELECT kind, id, doc FROM feed_record WHERE tenant = $1 ORDER BY kind, id`, in.Tenant)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&kind, &id, &doc); err != nil {
				return err
			}
			if err := fn(vuln.RecordKind(kind), id, doc); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// FindingsSeen implements vuln.Store.
func (s *DB) FindingsSeen(ctx context.Context, in bedrail.Scope) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			var id string
			var at int64
			err := row.Scan(&id, &at)
			out[id] = timeOf(at)
			return err
		}, `SELECT id, first_seen FROM finding WHERE tenant = $1`, in.Tenant)
	})
	return out, err
}

// NoteFindings implements vuln.Store.
func (s *DB) NoteFindings(ctx context.Context, in bedrail.Scope, ids []string, at time.Time, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		rows := s.newInsert(`finding (tenant, id, first_seen)`, 3, `ON CONFLICT (tenant, id) DO NOTHING`)
		for _, id := range ids {
			rows.add(in.Tenant, id, micros(at))
		}
		if err := rows.run(ctx, tx); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// SaveDecisions implements vuln.Store.
func (s *DB) SaveDecisions(ctx context.Context, in bedrail.Scope, decisions []vuln.Decision, entry audit.Entry) error {
	docs := make([]string, len(decisions))
	for i, d := range decisions {
		doc, err := json.Marshal(d)
		if err != nil {
			return err
		}
		docs[i] = string(doc)
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		for i, d := range decisions {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO decision (tenant, id, at, doc, known_at) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, doc = excluded.doc, known_at = excluded.known_at`,
				in.Tenant, d.ID, micros(d.At), docs[i], micros(s.clock.Now()))
			if err != nil {
				return err
			}
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// EachDecision implements vuln.Store.
func (s *DB) EachDecision(ctx context.Context, in bedrail.Scope, fn func(vuln.Decision) error) error {
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			var doc string
			if err := row.Scan(&doc); err != nil {
				return err
			}
			var d vuln.Decision
			if err := json.Unmarshal([]byte(doc), &d); err != nil {
				return fmt.Errorf("reading a decision: %w", err)
			}
			return fn(d)
		}, `SELECT doc FROM decision WHERE tenant = $1 ORDER BY at, id`, in.Tenant)
	})
}

// SaveControl implements vuln.Store.
func (s *DB) SaveControl(ctx context.Context, in bedrail.Scope, c vuln.Control, entry audit.Entry) error {
	doc, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO exposure_control (tenant, id, expires, doc) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, id) DO UPDATE SET expires = excluded.expires, doc = excluded.doc`, in.Tenant, c.ID, micros(c.Expires), string(doc))
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// EachControl implements vuln.Store.
func (s *DB) EachControl(ctx context.Context, in bedrail.Scope, fn func(vuln.Control) error) error {
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			var doc string
			if err := row.Scan(&doc); err != nil {
				return err
			}
			var c vuln.Control
			if err := json.Unmarshal([]byte(doc), &c); err != nil {
				return fmt.Errorf("reading a control: %w", err)
			}
			return fn(c)
		}, `SELECT doc FROM exposure_control WHERE tenant = $1 ORDER BY expires, id`, in.Tenant)
	})
}

// EachTalk implements vuln.Store.
func (s *DB) EachTalk(ctx context.Context, in bedrail.Scope, since time.Time, fn func(vuln.Talk)) error {
	const columns = `site, client, server, server_mac, transport, port, protocol, encrypted, packets, bytes_up + bytes_down AS bytes, first_at, last_at`
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			var t vuln.Talk
			var client, server string
			var encrypted, packets, bytes, first, last int64
			if err := row.Scan(&t.Site, &client, &server, &t.ServerMAC, &t.Transport, &t.Port, &t.Protocol, &encrypted, &packets, &bytes, &first, &last); err != nil {
				return err
			}
			var err1, err2 error
			t.Client, err1 = netip.ParseAddr(client)
			t.Server, err2 = netip.ParseAddr(server)
			if err1 != nil || err2 != nil {
				return nil // a conversation below IP reaches no service
			}
			t.Encrypted, t.Packets, t.Bytes, t.First, t.Last = encrypted > 0, uint64(packets), uint64(bytes), timeOf(first), timeOf(last)
			fn(t)
			return nil
		}, `SELECT site, client, server, server_mac, transport, port, MAX(protocol), MAX(encrypted), SUM(packets), SUM(bytes), MIN(first_at), MAX(last_at)
			FROM (SELECT `+columns+` FROM conversation WHERE tenant = $1 AND hour >= $2 UNION ALL SELECT `+columns+` FROM conversation_day WHERE tenant = $1 AND day >= $2) AS talk
			GROUP BY site, client, server, server_mac, transport, port`, in.Tenant, micros(since.Add(-time.Hour)))
	})
}
