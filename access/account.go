package access

import (
	"time"

	"bedrail"
)

// An Account is a signed-in person or a token, as far as a door must know it.
type Account struct {
	User       User
	Session    Session // zero for a token
	Token      Token   // zero for a session
	Secret     string  // of a session just opened, for the cookie; else empty
	ExpiresAt  time.Time
	MustChange bool
	MustEnrol  bool
}

// SignedIn reports whether a is anybody.
func (a Account) SignedIn() bool { return a.User.ID != "" }

// Ready returns nil when a may do more than finish signing in, and else a
// Denied error that says what is left to do.
func (a Account) Ready() error {
	switch {
	case !a.SignedIn():
		return refuse(ErrUnauthenticated, "sign in first")
	case a.MustChange:
		return refuse(ErrMustChange, "choose a password of your own first: PUT /api/v1/session/password")
	case a.MustEnrol:
		return refuse(ErrMustEnrol, "set up a second factor first: POST /api/v1/session/second-factor")
	}
	return nil
}

// Actor returns who acts when a acts. Somebody who has not finished signing in
// has a name and no rights.
func (a Account) Actor(tenant string) bedrail.Actor {
	if !a.SignedIn() {
		return bedrail.Actor{}
	}
	by := bedrail.Actor{ID: a.User.ID, Name: a.User.Name, Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: tenant}}
	grants := a.User.Grants
	if a.Token.ID != "" {
		by.ID, by.Name, by.Kind = a.Token.ID, a.User.Name+"/"+a.Token.Name, bedrail.Token
		by.Owner = a.User.ID
		grants = within(a.Token.Grants, a.User.Grants)
	}
	if a.Ready() != nil {
		by.Scope.Sites, by.Scope.Units = places(nil)
		return by
	}
	by.Grants = grants
	by.Scope.Sites, by.Scope.Units = places(grants)
	return by
}
