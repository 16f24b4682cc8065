package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/shadow"
)

// Channels implements exchange.Store.
func (s *DB) Channels(ctx context.Context, in bedrail.Scope) (all []exchange.Channel, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		all, err = channels(ctx, tx, `SELECT version, state, origin, changed_at, by_id, doc FROM channel WHERE tenant = $1 ORDER BY name`, in.Tenant)
		return err
	})
	return all, err
}

// ChannelVersions implements exchange.Store.
func (s *DB) ChannelVersions(ctx context.Context, in bedrail.Scope, name string) (all []exchange.ChannelVersion, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		found, err := channels(ctx, tx, `SELECT version, state, origin, changed_at, by_id, doc FROM channel_version WHERE tenant = $1 AND name = $2 ORDER BY version DESC`, in.Tenant, name)
		all = make([]exchange.ChannelVersion, len(found))
		for i := range found {
			all[i].Channel = found[i]
		}
		return err
	})
	return all, err
}

func channels(ctx context.Context, tx *sql.Tx, text string, args ...any) ([]exchange.Channel, error) {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []exchange.Channel{}
	for rows.Next() {
		var c exchange.Channel
		var state string
		var at int64
		var doc []byte
		if err := rows.Scan(&c.Version, &state, &c.Origin, &at, &c.By, &doc); err != nil {
			return nil, err
		}
		c.State, c.ChangedAt = exchange.ChannelState(state), timeOf(at)
		if err := json.Unmarshal(doc, &c.Definition); err != nil {
			return nil, fmt.Errorf("reading the definition of a channel: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// SaveChannel implements exchange.Store.
func (s *DB) SaveChannel(ctx context.Context, in bedrail.Scope, c exchange.Channel, entry audit.Entry) (version int64, err error) {
	doc, err := json.Marshal(c.Definition)
	if err != nil {
		return 0, err
	}
	name := c.Definition.Name
	err = s.update(ctx, func(tx *sql.Tx) error {
		if c.Version == 0 {
			err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM channel_version WHERE tenant = $1 AND name = $2`, in.Tenant, name).Scan(&version)
			if err != nil {
				return err
			}
			res, err := tx.ExecContext(ctx, `
				INSERT INTO channel (tenant, name, version, state, origin, changed_at, by_id, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (tenant, name) DO NOTHING`, in.Tenant, name, version, string(c.State), c.Origin, micros(c.ChangedAt), c.By, string(doc))
			if err := changedOne(res, err, bedrail.Conflict, "there is a channel %s already", name); err != nil {
				return err
			}
			if c.TakesOver != "" {
				if err := writeAdoption(ctx, tx, in.Tenant, shadow.Adoption{ID: c.TakesOver, Channel: name, At: c.ChangedAt, By: c.By}); err != nil {
					return err
				}
			}
		} else {
			version = c.Version + 1
			res, err := tx.ExecContext(ctx, `
				UPDATE channel SET version = $1, state = $2, origin = $3, changed_at = $4, by_id = $5, doc = $6 WHERE tenant = $7 AND name = $8 AND version = $9`,
				version, string(c.State), c.Origin, micros(c.ChangedAt), c.By, string(doc), in.Tenant, name, c.Version)
			if err := changedOne(res, err, bedrail.Conflict, "the channel %s was changed meanwhile, or is no more; look at it again", name); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO channel_version (tenant, name, version, state, origin, changed_at, by_id, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			in.Tenant, name, version, string(c.State), c.Origin, micros(c.ChangedAt), c.By, string(doc))
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return version, err
}

// DeleteChannel implements exchange.Store.
func (s *DB) DeleteChannel(ctx context.Context, in bedrail.Scope, name string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM channel WHERE tenant = $1 AND name = $2`, in.Tenant, name)
		if err := changedOne(res, err, bedrail.NotFound, "there is no channel %s", name); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}
