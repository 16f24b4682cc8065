package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/desk"
	"bedrail/format/query"
)

var _ desk.TargetStore = (*DB)(nil)

func targetRecord(id string) string { return "target:" + id }

// letterTrouble is what the oldest letter of target that waits has met with.
const letterTrouble = `(SELECT last_error FROM letter l WHERE l.tenant = t.tenant AND l.target = t.id AND l.state = 'waiting' AND l.last_error <> '' ORDER BY l.at, l.id LIMIT 1)`

// Targets implements desk.TargetStore.
func (s *DB) Targets(ctx context.Context, in bedrail.Scope) ([]desk.Target, error) {
	out := []desk.Target{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var t desk.Target
			var doc string
			var sent int64
			var trouble sql.NullString
			var version int64
			if err := row.Scan(&doc, &version, &t.Waiting, &t.Dead, &sent, &trouble); err != nil {
				return err
			}
			waiting, dead := t.Waiting, t.Dead
			if err := json.Unmarshal([]byte(doc), &t); err != nil {
				return err
			}
			t.Version, t.Waiting, t.Dead, t.LastSent, t.LastError = version, waiting, dead, timeOf(sent), trouble.String
			out = append(out, t)
			return nil
		}, `
			SELECT t.doc, t.version,
				(SELECT COUNT(*) FROM letter l WHERE l.tenant = t.tenant AND l.target = t.id AND l.state = 'waiting'),
				(SELECT COUNT(*) FROM letter l WHERE l.tenant = t.tenant AND l.target = t.id AND l.state = 'dead'),
				(SELECT COALESCE(MAX(sent_at), 0) FROM letter l WHERE l.tenant = t.tenant AND l.target = t.id AND l.state = 'sent'), `+letterTrouble+`
			FROM notice_target t WHERE t.tenant = $1 ORDER BY t.name, t.id`, in.Tenant)
	})
	return out, err
}

// SaveTarget implements desk.TargetStore.
func (s *DB) SaveTarget(ctx context.Context, in bedrail.Scope, t desk.Target, secrets *desk.Secrets, entry audit.Entry) error {
	seen := t.Version
	t.Version, t.Waiting, t.Dead, t.LastSent, t.LastError = 0, 0, 0, time.Time{}, ""
	doc, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		var res sql.Result
		var err error
		if seen == 0 {
			res, err = tx.ExecContext(ctx, `INSERT INTO notice_target (tenant, id, name, active, version, doc) VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT DO NOTHING`,
				in.Tenant, t.ID, t.Name, number(t.On), string(doc))
		} else {
			res, err = tx.ExecContext(ctx, `UPDATE notice_target SET name = $1, active = $2, version = version + 1, doc = $3 WHERE tenant = $4 AND id = $5 AND version = $6`,
				t.Name, number(t.On), string(doc), in.Tenant, t.ID, seen)
		}
		if err := changedOne(res, err, bedrail.Conflict, "the target %s was changed by somebody else; read it again", t.Name); err != nil {
			return err
		}
		if secrets != nil {
			if err := s.sealTarget(ctx, tx, in.Tenant, t.ID, *secrets); err != nil {
				return err
			}
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// sealTarget seals the secrets of a target under a key of their own.
func (s *DB) sealTarget(ctx context.Context, tx *sql.Tx, tenant, id string, secrets desk.Secrets) error {
	plain, err := json.Marshal(secrets)
	if err != nil {
		return err
	}
	if s.keys == nil {
		if secrets == (desk.Secrets{}) {
			return nil
		}
		return bedrail.Errorf(bedrail.Unavailable, "the secrets of the target would be sealed and the keys are not at hand")
	}
	key, wrapped, err := s.keys.NewKey(tenant, targetRecord(id))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO sealed_key (tenant, record, kek, wrapped) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, record) DO UPDATE SET kek = excluded.kek, wrapped = excluded.wrapped`, tenant, targetRecord(id), int64(wrapped.KEK), wrapped.Data)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE notice_target SET secrets = $1 WHERE tenant = $2 AND id = $3`, key.Seal("notice_target", "secrets", plain), tenant, id)
	return err
}

// TargetSecrets implements desk.TargetStore.
func (s *DB) TargetSecrets(ctx context.Context, in bedrail.Scope, id string) (out desk.Secrets, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		var sealed, wrapped []byte
		var kek sql.NullInt64
		err := tx.QueryRowContext(ctx, `
			SELECT t.secrets, k.kek, k.wrapped FROM notice_target t LEFT JOIN sealed_key k ON k.tenant = t.tenant AND k.record = $1
			WHERE t.tenant = $2 AND t.id = $3`, targetRecord(id), in.Tenant, id).Scan(&sealed, &kek, &wrapped)
		if err := orNotFound(err, "there is no target %s", id); err != nil || sealed == nil {
			return err
		}
		if s.keys == nil || !kek.Valid {
			return bedrail.Errorf(bedrail.Unavailable, "the secrets of the target are sealed and their key is not at hand")
		}
		key, err := s.keys.OpenKey(in.Tenant, targetRecord(id), sealWrapped(kek.Int64, wrapped))
		if err != nil {
			return err
		}
		plain, err := key.Open("notice_target", "secrets", sealed)
		if err != nil {
			return err
		}
		return json.Unmarshal(plain, &out)
	})
	return out, err
}

// RemoveTarget implements desk.TargetStore.
func (s *DB) RemoveTarget(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM notice_target WHERE tenant = $1 AND id = $2`, in.Tenant, id)
		if err := changedOne(res, err, bedrail.NotFound, "there is no target %s", id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM letter WHERE tenant = $1 AND target = $2`, in.Tenant, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sealed_key WHERE tenant = $1 AND record = $2`, in.Tenant, targetRecord(id)); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// saveLetters keeps letters in the transaction of their notice.
func saveLetters(ctx context.Context, tx *sql.Tx, tenant string, letters []desk.Letter) error {
	for _, l := range letters {
		notice, err := json.Marshal(l.Notice)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO letter (tenant, id, target, state, at, due, tries, sent_at, last_error, notice) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8)`,
			tenant, l.ID, l.Target, string(l.State), micros(l.At), micros(l.Due), l.LastError, string(notice))
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	letterTables  = `letter l JOIN notice_target t ON t.tenant = l.tenant AND t.id = l.target`
	letterColumns = `l.id, l.target, t.name, t.doc, l.state, l.at, l.due, l.tries, l.sent_at, l.last_error, l.notice`
)

func scanLetter(row scanner) (l desk.Letter, err error) {
	var doc, notice string
	var at, due, sent int64
	if err := row.Scan(&l.ID, &l.Target, &l.Name, &doc, &l.State, &at, &due, &l.Tries, &sent, &l.LastError, &notice); err != nil {
		return l, err
	}
	var of struct {
		Way desk.Way `json:"way"`
	}
	if err := json.Unmarshal([]byte(doc), &of); err != nil {
		return l, err
	}
	l.Way, l.At, l.Due, l.SentAt = of.Way, timeOf(at), timeOf(due), timeOf(sent)
	return l, json.Unmarshal([]byte(notice), &l.Notice)
}

// Letters implements desk.TargetStore.
func (s *DB) Letters(ctx context.Context, in bedrail.Scope, req query.Request) (page query.Page[desk.Letter], err error) {
	l := listing{columns: letterColumns, from: letterTables, key: `l.id`, sort: query.ParseSort("-at"),
		fields: fields{
			"state":  wordField(`l.state`, "waiting", "sent", "dead"),
			"target": textField(`t.name`),
			"tries":  numberField(`l.tries`),
			"at":     timeField(`l.at`),
			"due":    timeField(`l.due`),
		},
		free: []string{`t.name`, `l.notice`, `l.last_error`}}
	l.where.and(`l.tenant = ?`, in.Tenant)
	err = s.view(ctx, func(tx *sql.Tx) error {
		page, err = listPage(ctx, tx, l, req, s.clock.Now(), func(r scanner) (desk.Letter, error) { return scanLetter(r) })
		return err
	})
	return page, err
}

// DueLetters implements desk.TargetStore.
func (s *DB) DueLetters(ctx context.Context, in bedrail.Scope, now time.Time, limit int) (out []desk.Letter, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			l, err := scanLetter(row)
			out = append(out, l)
			return err
		}, `SELECT `+letterColumns+` FROM `+letterTables+` WHERE l.tenant = $1 AND l.state = 'waiting' AND l.due <= $2 AND t.active = 1 ORDER BY l.at, l.id LIMIT $3`,
			in.Tenant, micros(now), limit)
	})
	return out, err
}

// SettleLetters implements desk.TargetStore. A letter that was removed
// meanwhile stays removed.
func (s *DB) SettleLetters(ctx context.Context, in bedrail.Scope, letters []desk.Letter, keep time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, l := range letters {
			_, err := tx.ExecContext(ctx, `UPDATE letter SET state = $1, due = $2, tries = $3, sent_at = $4, last_error = $5 WHERE tenant = $6 AND id = $7`,
				string(l.State), micros(l.Due), l.Tries, micros(l.SentAt), l.LastError, in.Tenant, l.ID)
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM letter WHERE tenant = $1 AND state = 'sent' AND due < $2 AND sent_at < $2`, in.Tenant, micros(keep))
		return err
	})
}

// RetryLetters implements desk.TargetStore.
func (s *DB) RetryLetters(ctx context.Context, in bedrail.Scope, ids []string, target string, due time.Time, discard bool, entry audit.Entry) (n int, err error) {
	var w where
	text := `DELETE FROM letter`
	if !discard {
		text = `UPDATE letter SET state = 'waiting', tries = 0, due = ` + w.arg(micros(due))
	}
	w.and(`tenant = ?`, in.Tenant)
	w.and(`state = ?`, string(desk.Dead))
	if target != "" {
		w.and(`target = ?`, target)
	}
	if len(ids) > 0 {
		marks := make([]string, len(ids))
		for i, id := range ids {
			marks[i] = w.arg(id)
		}
		w.and(`id IN (` + strings.Join(marks, ", ") + `)`)
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, text+w.String(), w.args...)
		if err != nil {
			return err
		}
		rows, err := res.RowsAffected()
		if err != nil {
			return err
		}
		n = int(rows)
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return n, err
}
