package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/audit"
	"bedrail/format/query"
)

var _ access.Store = (*DB)(nil)

// userDoc is what of a user is never searched for.
type userDoc struct {
	DisplayName string          `json:"displayName"`
	Grants      []bedrail.Grant `json:"grants"`
	Password    string          `json:"password"`
	MustChange  bool            `json:"mustChange,omitempty"`
	Factor      []byte          `json:"factor,omitempty"`
	FactorSet   bool            `json:"factorSet,omitempty"`
	FactorStep  int64           `json:"factorStep,omitempty"`
}

const (
	userColumns = `id, name, disabled, created_at, last_login, version, doc, COALESCE(k.kek, 0), k.wrapped`
	// userTable joins the key of the second factor; FactorRecord names it.
	userTable = `app_user LEFT JOIN sealed_key k ON k.tenant = app_user.tenant AND k.record = 'user:' || app_user.id || ':factor'`
)

func scanUser(row scanner) (access.User, error) {
	var u access.User
	var disabled int
	var created, login int64
	var doc []byte
	if err := row.Scan(&u.ID, &u.Name, &disabled, &created, &login, &u.Version, &doc, &u.FactorKey.KEK, &u.FactorKey.Data); err != nil {
		return u, err
	}
	var d userDoc
	if err := json.Unmarshal(doc, &d); err != nil {
		return u, err
	}
	u.DisplayName, u.Grants, u.Password, u.MustChange = d.DisplayName, d.Grants, d.Password, d.MustChange
	u.Factor, u.FactorSet, u.FactorStep = d.Factor, d.FactorSet, d.FactorStep
	u.Disabled, u.CreatedAt, u.LastLogin = disabled != 0, timeOf(created), timeOf(login)
	return u, nil
}

func encodeUser(u access.User) (string, error) {
	doc, err := json.Marshal(userDoc{u.DisplayName, u.Grants, u.Password, u.MustChange, u.Factor, u.FactorSet, u.FactorStep})
	return string(doc), err
}

// runsEverything is 1 for an enabled administrator of the whole tenant.
func runsEverything(u access.User) int {
	for _, g := range u.Grants {
		if g.Role == string(access.Administrator) && g.Site == "" && !u.Disabled {
			return 1
		}
	}
	return 0
}

// CountUsers implements access.Store.
func (s *DB) CountUsers(ctx context.Context, in bedrail.Scope) (n int, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM app_user WHERE tenant = $1`, in.Tenant).Scan(&n)
	})
	return n, err
}

// User implements access.Store.
func (s *DB) User(ctx context.Context, in bedrail.Scope, id string) (u access.User, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		u, err = scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM `+userTable+` WHERE app_user.tenant = $1 AND id = $2`, in.Tenant, id))
		return orNotFound(err, "there is no user %s", id)
	})
	return u, err
}

// UserByName implements access.Store.
func (s *DB) UserByName(ctx context.Context, in bedrail.Scope, name string) (u access.User, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		u, err = scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM `+userTable+` WHERE app_user.tenant = $1 AND name = $2`, in.Tenant, name))
		return orNotFound(err, "there is no user called %s", name)
	})
	return u, err
}

// CreateUser implements access.Store.
func (s *DB) CreateUser(ctx context.Context, in bedrail.Scope, u access.User, entry audit.Entry) error {
	doc, err := encodeUser(u)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO app_user (tenant, id, name, admin, disabled, created_at, last_login, version, doc)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8) ON CONFLICT DO NOTHING`,
			in.Tenant, u.ID, u.Name, runsEverything(u), number(u.Disabled), micros(u.CreatedAt), micros(u.LastLogin), doc)
		if err := changedOne(res, err, bedrail.Conflict, "there is a user called %s already", u.Name); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// SaveUser implements access.Store.
func (s *DB) SaveUser(ctx context.Context, in bedrail.Scope, u access.User, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := saveUser(ctx, tx, in.Tenant, u); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

func saveUser(ctx context.Context, tx *sql.Tx, tenant string, u access.User) error {
	doc, err := encodeUser(u)
	if err != nil {
		return err
	}
	var ran int // 1 when u ran everything before
	err = tx.QueryRowContext(ctx, `SELECT admin FROM app_user WHERE tenant = $1 AND id = $2`, tenant, u.ID).Scan(&ran)
	if err := orNotFound(err, "there is no user %s", u.ID); err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `
		UPDATE app_user SET admin = $1, disabled = $2, last_login = $3, version = version + 1, doc = $4
		WHERE tenant = $5 AND id = $6 AND version = $7`,
		runsEverything(u), number(u.Disabled), micros(u.LastLogin), doc, tenant, u.ID, u.Version)
	if err := changedOne(res, err, bedrail.Conflict, "user %s was changed by somebody else; read it again", u.Name); err != nil {
		return err
	}
	if err := saveFactorKey(ctx, tx, tenant, u); err != nil || runsEverything(u) >= ran {
		return err
	}
	var admins int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM app_user WHERE tenant = $1 AND admin = 1`, tenant).Scan(&admins); err != nil {
		return err
	}
	if admins == 0 {
		return bedrail.Errorf(bedrail.Conflict, "somebody must stay administrator of the whole hospital; make another one first")
	}
	return nil
}

// saveFactorKey keeps what opens the second factor of u, or forgets it and
// with it the factor.
func saveFactorKey(ctx context.Context, tx *sql.Tx, tenant string, u access.User) error {
	if len(u.FactorKey.Data) == 0 {
		_, err := tx.ExecContext(ctx, `DELETE FROM sealed_key WHERE tenant = $1 AND record = $2`, tenant, u.FactorRecord())
		return err
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO sealed_key (tenant, record, kek, wrapped) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, record) DO UPDATE SET kek = excluded.kek, wrapped = excluded.wrapped`,
		tenant, u.FactorRecord(), u.FactorKey.KEK, u.FactorKey.Data)
	return err
}

// OpenSession implements access.Store.
func (s *DB) OpenSession(ctx context.Context, n access.Session, u access.User, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := saveUser(ctx, tx, n.Tenant, u); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO app_session (tenant, hash, user_id, sent_from, created_at, last_seen, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			n.Tenant, n.Hash, n.User, n.From, micros(n.CreatedAt), micros(n.LastSeen), micros(n.ExpiresAt))
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, n.Tenant, entry)
	})
}

// RecordRefusal implements access.Store.
func (s *DB) RecordRefusal(ctx context.Context, in bedrail.Scope, entry audit.Entry) error {
	return s.Record(ctx, in, entry)
}

// Session implements access.Store.
func (s *DB) Session(ctx context.Context, hash string) (n access.Session, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		var created, seen, expires int64
		err := tx.QueryRowContext(ctx, `
			SELECT tenant, hash, user_id, sent_from, created_at, last_seen, expires_at FROM app_session WHERE hash = $1`, hash).
			Scan(&n.Tenant, &n.Hash, &n.User, &n.From, &created, &seen, &expires)
		n.CreatedAt, n.LastSeen, n.ExpiresAt = timeOf(created), timeOf(seen), timeOf(expires)
		return orNotFound(err, "there is no such session")
	})
	return n, err
}

// TouchSession implements access.Store.
func (s *DB) TouchSession(ctx context.Context, hash string, at time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE app_session SET last_seen = $1 WHERE hash = $2 AND last_seen < $1`, micros(at), hash)
		return err
	})
}

// EndSession implements access.Store.
func (s *DB) EndSession(ctx context.Context, hash string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		var tenant string
		err := tx.QueryRowContext(ctx, `DELETE FROM app_session WHERE hash = $1 RETURNING tenant`, hash).Scan(&tenant)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, tenant, entry)
	})
}

// EndSessions implements access.Store.
func (s *DB) EndSessions(ctx context.Context, in bedrail.Scope, user, keep string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM app_session WHERE tenant = $1 AND user_id = $2 AND hash <> $3`, in.Tenant, user, keep)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// PruneSessions implements access.Store.
func (s *DB) PruneSessions(ctx context.Context, seenBefore, at time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM app_session WHERE last_seen < $1 OR expires_at < $2`, micros(seenBefore), micros(at))
		return err
	})
}

// Users implements access.Store.
func (s *DB) Users(ctx context.Context, in bedrail.Scope, req query.Request) (page query.Page[access.User], err error) {
	l := listing{columns: userColumns, from: userTable, key: `id`, sort: query.ParseSort("name"),
		fields: fields{
			"name":       textField(`name`),
			"disabled":   yesField(`disabled = 1`),
			"last_login": timeField(`last_login`),
			"created":    timeField(`created_at`),
		},
		free: []string{`name`, `doc->>'displayName'`}}
	l.where.and(`app_user.tenant = ?`, in.Tenant)
	err = s.view(ctx, func(tx *sql.Tx) error {
		page, err = listPage(ctx, tx, l, req, s.clock.Now(), func(r scanner) (access.User, error) { return scanUser(r) })
		return err
	})
	return page, err
}

// tokenDoc is what of a token is never searched for.
type tokenDoc struct {
	OwnerName string          `json:"ownerName"`
	Name      string          `json:"name"`
	Prefix    string          `json:"prefix"`
	Grants    []bedrail.Grant `json:"grants"`
}

const tokenColumns = `tenant, id, owner, hash, created_at, expires_at, last_used, revoked_at, doc`

func scanToken(row scanner) (access.Token, error) {
	var t access.Token
	var created, expires, used, revoked int64
	var doc []byte
	if err := row.Scan(&t.Tenant, &t.ID, &t.Owner, &t.Hash, &created, &expires, &used, &revoked, &doc); err != nil {
		return t, err
	}
	var d tokenDoc
	if err := json.Unmarshal(doc, &d); err != nil {
		return t, err
	}
	t.OwnerName, t.Name, t.Prefix, t.Grants = d.OwnerName, d.Name, d.Prefix, d.Grants
	t.CreatedAt, t.ExpiresAt, t.LastUsed, t.RevokedAt = timeOf(created), timeOf(expires), timeOf(used), timeOf(revoked)
	return t, nil
}

// CreateToken implements access.Store.
func (s *DB) CreateToken(ctx context.Context, in bedrail.Scope, t access.Token, entry audit.Entry) error {
	doc, err := json.Marshal(tokenDoc{t.OwnerName, t.Name, t.Prefix, t.Grants})
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO app_token (tenant, id, owner, hash, created_at, expires_at, last_used, revoked_at, doc)
			VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7)`,
			in.Tenant, t.ID, t.Owner, t.Hash, micros(t.CreatedAt), micros(t.ExpiresAt), string(doc))
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Tokens implements access.Store.
func (s *DB) Tokens(ctx context.Context, in bedrail.Scope, owner string) (tokens []access.Token, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `
			SELECT `+tokenColumns+` FROM app_token WHERE tenant = $1 AND ($2 = '' OR owner = $2) ORDER BY created_at DESC, id`, in.Tenant, owner)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			t, err := scanToken(rows)
			if err != nil {
				return err
			}
			tokens = append(tokens, t)
		}
		return rows.Err()
	})
	return tokens, err
}

// Token implements access.Store.
func (s *DB) Token(ctx context.Context, in bedrail.Scope, id string) (t access.Token, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		t, err = scanToken(tx.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM app_token WHERE tenant = $1 AND id = $2`, in.Tenant, id))
		return orNotFound(err, "there is no token %s", id)
	})
	return t, err
}

// TokenByHash implements access.Store.
func (s *DB) TokenByHash(ctx context.Context, hash string) (t access.Token, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		t, err = scanToken(tx.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM app_token WHERE hash = $1`, hash))
		return orNotFound(err, "there is no such token")
	})
	return t, err
}

// TouchToken implements access.Store.
func (s *DB) TouchToken(ctx context.Context, id string, at time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE app_token SET last_used = $1 WHERE id = $2 AND last_used < $1`, micros(at), id)
		return err
	})
}

// RevokeToken implements access.Store.
func (s *DB) RevokeToken(ctx context.Context, in bedrail.Scope, id string, at time.Time, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE app_token SET revoked_at = $1 WHERE tenant = $2 AND id = $3 AND revoked_at = 0`,
			micros(at), in.Tenant, id)
		if err := changedOne(res, err, bedrail.Conflict, "the token was revoked before"); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}
