package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bedrail"
	"bedrail/access"
	"bedrail/door"
)

// A Session says who is signed in and what they may do.
type Session struct {
	User                  Person           `json:"user"`
	Roles                 []Grant          `json:"roles"`
	Permissions           []bedrail.Action `json:"permissions" doc:"What the roles allow at some place or other"`
	ExpiresAt             time.Time        `json:"expiresAt" doc:"When the session ends unless something is asked for before"`
	MustChangePassword    bool             `json:"mustChangePassword"`
	MustEnrolSecondFactor bool             `json:"mustEnrolSecondFactor"`
	SecondFactor          bool             `json:"secondFactor" doc:"Whether a second factor is set"`
	Demo                  bool             `json:"demo" doc:"Whether everything shown is made up"`
	Site                  string           `json:"site,omitempty" doc:"Name of the site, where there is one"`
}

// A Person is who somebody is to others.
type Person struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// A Grant is a role at a place; no site is every site, no unit every unit.
type Grant struct {
	Role string `json:"role" enum:"viewer,security-analyst,clinical-engineer,integration-engineer,compliance-officer,administrator"`
	Site string `json:"site,omitempty" maxLength:"200"`
	Unit string `json:"unit,omitempty" maxLength:"200"`
}

func showGrant(g bedrail.Grant) Grant { return Grant(g) }

func showGrants(grants []bedrail.Grant) []Grant {
	out := make([]Grant, len(grants))
	for i, g := range grants {
		out[i] = showGrant(g)
	}
	return out
}

func readGrants(grants []Grant) []bedrail.Grant {
	out := make([]bedrail.Grant, len(grants))
	for i, g := range grants {
		out[i] = bedrail.Grant(g)
	}
	return out
}

// Credentials are what somebody signs in with.
type Credentials struct {
	Username string `json:"username" maxLength:"200"`
	Password string `json:"password" maxLength:"1024"`
	Code     string `json:"code,omitempty" maxLength:"20" doc:"Code of the second factor, where one is set"`
}

// A PasswordChange replaces the password of whoever is signed in.
type PasswordChange struct {
	Current string `json:"current" maxLength:"1024"`
	New     string `json:"new" maxLength:"1024" doc:"At least 12 characters"`
}

// A FactorCode is a code of the second factor.
type FactorCode struct {
	Code string `json:"code" maxLength:"20"`
}

// A Factor is a second factor that waits to be proven. It is shown once.
type Factor struct {
	Secret string  `json:"secret" doc:"To be typed into an authenticator app"`
	URI    string  `json:"uri" doc:"The same, to be shown as a picture"`
	QR     door.QR `json:"qr" doc:"The address as a code for the app to read"`
}

// loginOutput sets the cookie beside the session.
type loginOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Session
}

func (a *API) registerSession() {
	login := route{Method: http.MethodPost, Path: "/session", ID: "open-session", Tag: "Session", Summary: "Sign in", Open: true,
		About: "Answers 401 with code second-factor-required when a code is needed; send the same again with the code."}
	huma.Register(a.huma, a.operation(login), a.login)

	serve(a, route{Method: http.MethodGet, Path: "/session", ID: "get-session", Tag: "Session", Summary: "Who is signed in", Open: true},
		func(ctx context.Context, _ bedrail.Actor, _ *struct{}) (Session, error) {
			c, err := signedIn(ctx)
			return a.showSession(c.Account), err
		})
	logout := route{Method: http.MethodDelete, Path: "/session", ID: "close-session", Tag: "Session", Summary: "Sign out", Open: true, Status: http.StatusNoContent}
	huma.Register(a.huma, a.operation(logout), a.logout)

	act(a, route{Method: http.MethodPut, Path: "/session/password", ID: "change-password", Tag: "Session", Summary: "Choose a new password", Open: true},
		func(ctx context.Context, _ bedrail.Actor, in *struct{ Body PasswordChange }) error {
			c, err := signedIn(ctx)
			if err != nil {
				return err
			}
			return a.Access.ChangePassword(ctx, c.Account, in.Body.Current, in.Body.New)
		})
	serve(a, route{Method: http.MethodPost, Path: "/session/second-factor", ID: "begin-second-factor", Tag: "Session", Open: true,
		Summary: "Make a second factor", About: "It counts once a code of it was sent back. Whoever has one sends a code of that in the header Second-Factor."},
		func(ctx context.Context, _ bedrail.Actor, in *struct {
			Code string `header:"Second-Factor" maxLength:"20"`
		}) (Factor, error) {
			c, err := signedIn(ctx)
			if err != nil {
				return Factor{}, err
			}
			secret, uri, err := a.Access.BeginFactor(ctx, c.Account, in.Code)
			if err != nil {
				return Factor{}, err
			}
			code, err := door.MakeQR(uri)
			return Factor{secret, uri, code}, err
		})
	act(a, route{Method: http.MethodPut, Path: "/session/second-factor", ID: "prove-second-factor", Tag: "Session", Summary: "Prove the second factor", Open: true},
		func(ctx context.Context, _ bedrail.Actor, in *struct{ Body FactorCode }) error {
			c, err := signedIn(ctx)
			if err != nil {
				return err
			}
			return a.Access.ProveFactor(ctx, c.Account, in.Body.Code)
		})
}

// signedIn returns the caller, who need not have finished signing in.
func signedIn(ctx context.Context) (door.Caller, error) {
	c := door.CallerOf(ctx)
	if c.Err != nil {
		return c, c.Err
	}
	if !c.Account.SignedIn() {
		return c, access.Account{}.Ready()
	}
	return c, nil
}

func (a *API) login(ctx context.Context, in *struct{ Body Credentials }) (*loginOutput, error) {
	account, err := a.Access.Login(ctx, access.Attempt{Name: in.Body.Username, Password: in.Body.Password, Code: in.Body.Code, From: door.CallerOf(ctx).From})
	if err != nil {
		return nil, a.problem(ctx, in, err)
	}
	return &loginOutput{SetCookie: *a.Cookies.Session(account.Secret, account.Session.ExpiresAt), Body: a.showSession(account)}, nil
}

func (a *API) logout(ctx context.Context, in *struct{}) (*struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}, error) {
	if err := a.Access.Logout(ctx, door.CallerOf(ctx).Account); err != nil {
		return nil, a.problem(ctx, in, err)
	}
	return &struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}{*a.Cookies.Gone()}, nil
}

func (a *API) showSession(account access.Account) Session {
	if !account.SignedIn() {
		return Session{}
	}
	by := account.Actor(a.Tenant)
	return Session{
		User:                  Person{account.User.ID, account.User.Name, account.User.DisplayName},
		Roles:                 showGrants(by.Grants),
		Permissions:           a.Access.Permissions(account),
		ExpiresAt:             account.ExpiresAt,
		MustChangePassword:    account.MustChange,
		MustEnrolSecondFactor: account.MustEnrol,
		SecondFactor:          account.User.FactorSet,
		Demo:                  a.Demo,
		Site:                  a.Site,
	}
}
