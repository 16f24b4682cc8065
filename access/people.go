package access

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/seal"
)

// loginName is what a login name may look like.
var loginName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// A Change says what shall change of a user; nil stays as it is.
type Change struct {
	DisplayName *string
	Grants      *[]bedrail.Grant
	Disabled    *bool
	Password    bool // give a new one-time password
	Factor      bool // forget the second factor
}

// Users returns one page of users.
func (s *Service) Users(ctx context.Context, by bedrail.Actor, req query.Request) (query.Page[User], error) {
	if err := s.Policy.Authorize(ctx, by, UserRead, bedrail.Resource{Type: "user"}); err != nil {
		return query.Page[User]{}, err
	}
	return s.Store.Users(ctx, by.Scope, req)
}

// User returns the user with id.
func (s *Service) User(ctx context.Context, by bedrail.Actor, id string) (User, error) {
	if err := s.Policy.Authorize(ctx, by, UserRead, bedrail.Resource{Type: "user", ID: id}); err != nil {
		return User{}, err
	}
	return s.Store.User(ctx, by.Scope, id)
}

// CreateUser adds a person and returns the one-time password with which they
// sign in first. It is kept nowhere.
func (s *Service) CreateUser(ctx context.Context, by bedrail.Actor, name, displayName string, grants []bedrail.Grant) (User, string, error) {
	if err := s.Policy.Authorize(ctx, by, UserWrite, bedrail.Resource{Type: "user"}); err != nil {
		return User{}, "", err
	}
	return s.createUser(ctx, by, name, displayName, grants)
}

func (s *Service) createUser(ctx context.Context, by bedrail.Actor, name, displayName string, grants []bedrail.Grant) (User, string, error) {
	name = normalName(name)
	if !loginName.MatchString(name) {
		return User{}, "", bedrail.Errorf(bedrail.Invalid, "a login name is made of letters, digits and . _ @ -, at most 64").At("/name")
	}
	if err := checkGrants(grants); err != nil {
		return User{}, "", err
	}
	now := s.Clock.Now()
	u := User{ID: bedrail.NewID("usr", now), Name: name, DisplayName: orElse(displayName, name), Grants: grants, MustChange: true, CreatedAt: now, Version: 1}
	once := newSecret(20)
	var err error
	if u.Password, err = s.hashPassword(ctx, once); err != nil {
		return User{}, "", err
	}
	entry := audit.Entry{By: by, Did: UserWrite, To: u.ID, Note: "created with " + describe(grants), Personal: map[string]string{"name": name}}
	if err := s.Store.CreateUser(ctx, by.Scope, u, entry); err != nil {
		return User{}, "", fmt.Errorf("adding a user: %w", err)
	}
	return u, once, nil
}

// Provision adds a person whose password is known already, on behalf of the
// product itself: the demonstration hospital.
func (s *Service) Provision(ctx context.Context, by bedrail.Actor, name, displayName, password string, grants []bedrail.Grant) (User, error) {
	if by.Kind != bedrail.System {
		return User{}, bedrail.Errorf(bedrail.Denied, "only the product itself gives lasting passwords")
	}
	if err := checkGrants(grants); err != nil {
		return User{}, err
	}
	now := s.Clock.Now()
	u := User{ID: bedrail.NewID("usr", now), Name: normalName(name), DisplayName: displayName, Grants: grants, CreatedAt: now, Version: 1}
	u, err := s.withPassword(ctx, u, password)
	if err != nil {
		return User{}, err
	}
	entry := audit.Entry{By: by, Did: UserWrite, To: u.ID, Note: "provided with " + describe(grants), Personal: map[string]string{"name": u.Name}}
	return u, s.Store.CreateUser(ctx, s.scope(), u, entry)
}

// ChangeUser changes the user with id, whom the asker saw in version seen, and
// returns them with the one-time password, when one was asked for. What takes
// rights away ends the user's sessions.
func (s *Service) ChangeUser(ctx context.Context, by bedrail.Actor, id string, seen int64, c Change) (User, string, error) {
	if err := s.Policy.Authorize(ctx, by, UserWrite, bedrail.Resource{Type: "user", ID: id}); err != nil {
		return User{}, "", err
	}
	u, err := s.Store.User(ctx, by.Scope, id)
	if err != nil {
		return User{}, "", err
	}
	if seen != 0 {
		u.Version = seen
	}
	u, once, note, err := s.apply(ctx, u, c)
	if err != nil {
		return User{}, "", err
	}
	entry := audit.Entry{By: by, Did: UserWrite, To: id, Note: note}
	if err := s.Store.SaveUser(ctx, by.Scope, u, entry); err != nil {
		return User{}, "", fmt.Errorf("changing a user: %w", err)
	}
	u.Version++
	if c.Grants != nil || u.Disabled || c.Password || c.Factor {
		entry.Did = "session:close"
		err = s.Store.EndSessions(ctx, by.Scope, id, "", entry)
	}
	return u, once, err
}

// apply changes u as c says, and says in words what changed.
func (s *Service) apply(ctx context.Context, u User, c Change) (_ User, once, note string, err error) {
	if c.DisplayName != nil {
		u.DisplayName, note = *c.DisplayName, note+"display name; "
	}
	if c.Grants != nil {
		if err := checkGrants(*c.Grants); err != nil {
			return u, "", "", err
		}
		note += describe(u.Grants) + " to " + describe(*c.Grants) + "; "
		u.Grants = *c.Grants
	}
	if c.Disabled != nil {
		u.Disabled, note = *c.Disabled, note+fmt.Sprintf("disabled %t; ", *c.Disabled)
	}
	if c.Password {
		once = newSecret(20)
		if u.Password, err = s.hashPassword(ctx, once); err != nil {
			return u, "", "", err
		}
		u.MustChange, note = true, note+"one-time password; "
	}
	if c.Factor {
		u.Factor, u.FactorKey, u.FactorSet, u.FactorStep, note = nil, seal.Wrapped{}, false, 0, note+"second factor forgotten; "
	}
	if note == "" {
		return u, "", "", bedrail.Errorf(bedrail.Invalid, "nothing to change was named")
	}
	return u, once, note[:len(note)-2], nil
}

// describe writes grants for the audit record.
func describe(grants []bedrail.Grant) string {
	if len(grants) == 0 {
		return "no role"
	}
	var text string
	for i, g := range grants {
		if i > 0 {
			text += ", "
		}
		text += g.Role
		if g.Site != "" {
			text += " at " + g.Site
		}
		if g.Unit != "" {
			text += "/" + g.Unit
		}
	}
	return text
}

// RoleTable says for each role what it may do.
func (s *Service) RoleTable(ctx context.Context, by bedrail.Actor) (map[Role][]bedrail.Action, error) {
	if err := s.Policy.Authorize(ctx, by, RoleRead, bedrail.Resource{Type: "role"}); err != nil {
		return nil, err
	}
	return s.Policy.Table(), nil
}

// Bootstrap makes the first administrator, when there is nobody yet. hand is
// given name and one-time password before anything is kept, so that nobody is
// made whose password no one has.
func (s *Service) Bootstrap(ctx context.Context, name string, hand func(name, password string) error) (made bool, err error) {
	n, err := s.Store.CountUsers(ctx, s.scope())
	if err != nil || n > 0 {
		return false, err
	}
	now := s.Clock.Now()
	u := User{ID: bedrail.NewID("usr", now), Name: name, DisplayName: "Administrator", MustChange: true, CreatedAt: now, Version: 1,
		Grants: []bedrail.Grant{{Role: string(Administrator)}}}
	once := newSecret(20)
	if u.Password, err = s.hashPassword(ctx, once); err != nil {
		return false, err
	}
	if err := hand(name, once); err != nil {
		return false, fmt.Errorf("handing over the one-time password: %w", err)
	}
	entry := audit.Entry{By: bedrail.SystemActor("setup", s.Tenant), Did: UserWrite, To: u.ID, Note: "first administrator"}
	if err := s.Store.CreateUser(ctx, s.scope(), u, entry); err != nil {
		return false, fmt.Errorf("making the first administrator: %w", err)
	}
	return true, nil
}

// SettledSince returns when somebody who runs Bedrail first signed in with a
// password of their own, or the zero time.
func (s *Service) SettledSince(ctx context.Context) (time.Time, error) {
	page, err := s.Store.Users(ctx, s.scope(), query.Request{Limit: 500})
	if err != nil {
		return time.Time{}, err
	}
	var since time.Time
	for _, u := range page.Items {
		if u.NeedsFactor() && !u.MustChange && u.FactorSet && !u.LastLogin.IsZero() && (since.IsZero() || u.LastLogin.Before(since)) {
			since = u.LastLogin
		}
	}
	return since, nil
}
