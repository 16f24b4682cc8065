// Package access knows the people who may use Bedrail: who they are, how they
// prove it, and what each of them may do in which unit.
//
// Places are left here for two more ways to sign in, which come later: single
// sign-on ends where a password ends, in Service.open with the user found by
// the identity provider's subject; a passkey stands where the second factor
// stands. Neither changes what a role may do.
package access

import (
	"context"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/seal"
)

// What an actor may do with users, roles and tokens.
const (
	UserRead      bedrail.Action = "user:read"
	UserWrite     bedrail.Action = "user:write"
	RoleRead      bedrail.Action = "role:read"
	TokenWriteOwn bedrail.Action = "token:write-own" // tokens for oneself
	TokenWrite    bedrail.Action = "token:write"     // see and revoke everybody's tokens
)

// A Role is a named set of actions. What each may do stands in policy.cedar.
type Role string

// The roles of a hospital.
const (
	Viewer              Role = "viewer"
	SecurityAnalyst     Role = "security-analyst"
	ClinicalEngineer    Role = "clinical-engineer"
	IntegrationEngineer Role = "integration-engineer"
	ComplianceOfficer   Role = "compliance-officer"
	Administrator       Role = "administrator"
)

// Roles lists every role, the narrowest first.
func Roles() []Role {
	return []Role{Viewer, SecurityAnalyst, ClinicalEngineer, IntegrationEngineer, ComplianceOfficer, Administrator}
}

// A User is a person who may sign in.
type User struct {
	ID          string
	Name        string // what is typed at login, in lower case
	DisplayName string
	Grants      []bedrail.Grant
	Disabled    bool

	Password   string // encoded hash, never the password
	MustChange bool   // the password was given by somebody else

	Factor     []byte       // sealed secret of the second factor; empty before enrolment
	FactorKey  seal.Wrapped // what opens Factor; kept with the keys of all sealed records
	FactorSet  bool         // the second factor was proven once and is asked for since
	FactorStep int64        // last time step that was accepted: a code works once

	CreatedAt time.Time
	LastLogin time.Time
	Version   int64
}

// NeedsFactor reports whether u must have a second factor: administrators must.
func (u User) NeedsFactor() bool { return holds(u.Grants, Administrator) }

func holds(grants []bedrail.Grant, role Role) bool {
	for _, g := range grants {
		if g.Role == string(role) {
			return true
		}
	}
	return false
}

// A Session is one signed-in browser. The store knows it only by the hash of
// the secret in the browser's cookie: whoever reads the store cannot sign in.
type Session struct {
	Hash      string
	Tenant    string
	User      string
	From      string // address that signed in
	CreatedAt time.Time
	LastSeen  time.Time
	ExpiresAt time.Time // however busy it is
}

// A Token lets a program act for a person, with no more rights than that
// person has. The secret is shown once; the store keeps its hash.
type Token struct {
	ID        string
	Tenant    string
	Owner     string
	OwnerName string
	Name      string
	Hash      string
	Prefix    string // first letters of the secret, to tell tokens apart
	Grants    []bedrail.Grant
	CreatedAt time.Time
	ExpiresAt time.Time
	LastUsed  time.Time
	RevokedAt time.Time
}

// A Store remembers users, sessions and tokens. Each method is one
// transaction. What a method changes it commits together with its entry;
// Touch methods only note that something was used and have none.
type Store interface {
	// CountUsers says how many users there are, disabled ones included.
	CountUsers(ctx context.Context, in bedrail.Scope) (int, error)
	// Users returns one page of users.
	Users(ctx context.Context, in bedrail.Scope, req query.Request) (query.Page[User], error)
	// User returns the user with id, or a NotFound error.
	User(ctx context.Context, in bedrail.Scope, id string) (User, error)
	// UserByName returns the user who signs in as name, or a NotFound error.
	UserByName(ctx context.Context, in bedrail.Scope, name string) (User, error)
	// CreateUser keeps a new user; a name in use is a Conflict.
	CreateUser(ctx context.Context, in bedrail.Scope, u User, entry audit.Entry) error
	// SaveUser replaces u if its version is still u.Version, and raises the
	// version by one; else it is a Conflict. The last enabled administrator
	// of the whole tenant stays one, whoever asks: that too is a Conflict.
	SaveUser(ctx context.Context, in bedrail.Scope, u User, entry audit.Entry) error

	// OpenSession keeps a new session of u together with what the login
	// changed of u: the time, and the code of the second factor that is used
	// up. It fails with Conflict when u changed meanwhile.
	OpenSession(ctx context.Context, s Session, u User, entry audit.Entry) error
	// RecordRefusal puts a refused login on record.
	RecordRefusal(ctx context.Context, in bedrail.Scope, entry audit.Entry) error
	// Session returns the session with hash, or a NotFound error.
	Session(ctx context.Context, hash string) (Session, error)
	// TouchSession notes that the session was used.
	TouchSession(ctx context.Context, hash string, at time.Time) error
	// EndSession forgets a session; one that is not there is no error.
	EndSession(ctx context.Context, hash string, entry audit.Entry) error
	// EndSessions forgets the sessions of a user, but for the one with hash keep.
	EndSessions(ctx context.Context, in bedrail.Scope, user, keep string, entry audit.Entry) error
	// PruneSessions forgets the sessions that ended before at.
	PruneSessions(ctx context.Context, seenBefore, at time.Time) error

	// CreateToken keeps a new token.
	CreateToken(ctx context.Context, in bedrail.Scope, t Token, entry audit.Entry) error
	// Tokens returns the tokens of owner, or everybody's when owner is empty.
	Tokens(ctx context.Context, in bedrail.Scope, owner string) ([]Token, error)
	// Token returns the token with id, or a NotFound error.
	Token(ctx context.Context, in bedrail.Scope, id string) (Token, error)
	// TokenByHash returns the token with hash, or a NotFound error.
	TokenByHash(ctx context.Context, hash string) (Token, error)
	// TouchToken notes that the token was used.
	TouchToken(ctx context.Context, id string, at time.Time) error
	// RevokeToken ends a token for good.
	RevokeToken(ctx context.Context, in bedrail.Scope, id string, at time.Time, entry audit.Entry) error
}

// FactorRecord names the sealed record that the second factor of u is.
func (u User) FactorRecord() string { return "user:" + u.ID + ":factor" }
