package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/access"
)

// A User is a person who may sign in.
type User struct {
	ID                 string    `json:"id"`
	Name               string    `json:"name"`
	DisplayName        string    `json:"displayName"`
	Roles              []Grant   `json:"roles"`
	Disabled           bool      `json:"disabled"`
	SecondFactor       bool      `json:"secondFactor"`
	MustChangePassword bool      `json:"mustChangePassword"`
	CreatedAt          time.Time `json:"createdAt"`
	LastLogin          time.Time `json:"lastLogin,omitzero"`
	Version            int64     `json:"version"`

	OneTimePassword string `json:"oneTimePassword,omitempty" doc:"Shown once, after it was made"`
}

func (u User) version() int64 { return u.Version }

func showUser(u access.User) User {
	return User{ID: u.ID, Name: u.Name, DisplayName: u.DisplayName, Roles: showGrants(u.Grants), Disabled: u.Disabled, SecondFactor: u.FactorSet,
		MustChangePassword: u.MustChange, CreatedAt: u.CreatedAt, LastLogin: u.LastLogin, Version: u.Version}
}

// A NewUser is a person who shall be able to sign in.
type NewUser struct {
	Name        string  `json:"name" maxLength:"64"`
	DisplayName string  `json:"displayName,omitempty" maxLength:"200"`
	Roles       []Grant `json:"roles" maxItems:"100"`
}

// A UserChange names what shall change; what is absent stays.
type UserChange struct {
	DisplayName       *string  `json:"displayName,omitempty" maxLength:"200"`
	Roles             *[]Grant `json:"roles,omitempty" maxItems:"100"`
	Disabled          *bool    `json:"disabled,omitempty"`
	ResetPassword     bool     `json:"resetPassword,omitempty" doc:"Give a new one-time password"`
	ResetSecondFactor bool     `json:"resetSecondFactor,omitempty" doc:"Forget the second factor, as when a phone is lost"`
}

// A RoleTable says which role may do what.
type RoleTable struct {
	Actions []bedrail.Action `json:"actions"`
	Roles   []RoleRow        `json:"roles"`
}

// A RoleRow is one role of a RoleTable.
type RoleRow struct {
	Role    access.Role      `json:"role"`
	Actions []bedrail.Action `json:"actions"`
}

// A Token is an API token without its secret.
type Token struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Owner     string    `json:"owner"`
	Prefix    string    `json:"prefix" doc:"First letters of the secret"`
	Roles     []Grant   `json:"roles"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	LastUsed  time.Time `json:"lastUsed,omitzero"`
	RevokedAt time.Time `json:"revokedAt,omitzero"`

	Token string `json:"token,omitempty" doc:"The secret; shown once, after it was made"`
}

func showToken(t access.Token) Token {
	return Token{ID: t.ID, Name: t.Name, Owner: t.OwnerName, Prefix: t.Prefix, Roles: showGrants(t.Grants), CreatedAt: t.CreatedAt,
		ExpiresAt: t.ExpiresAt, LastUsed: t.LastUsed, RevokedAt: t.RevokedAt}
}

// A NewToken is a token that shall be made.
type NewToken struct {
	Name      string    `json:"name" maxLength:"100" doc:"What it is for"`
	Roles     *[]Grant  `json:"roles,omitempty" maxItems:"100" doc:"Absent: all that you have"`
	ExpiresAt time.Time `json:"expiresAt"`
	For       string    `json:"for,omitempty" maxLength:"64" doc:"Login name of the owner; only for the command line beside the data folder"`
}

func (a *API) registerUsers() {
	const tag = "Users"
	serve(a, route{Method: http.MethodGet, Path: "/users", ID: "list-users", Tag: tag, Summary: "List users"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[User], error) {
			req, err := in.Request()
			if err != nil {
				return List[User]{}, err
			}
			page, err := a.Access.Users(ctx, by, req)
			return listOf(page, showUser), err
		})
	serve(a, route{Method: http.MethodPost, Path: "/users", ID: "create-user", Tag: tag, Summary: "Add a user", Status: http.StatusCreated,
		About: "The answer holds the one-time password, which is kept nowhere."},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body NewUser }) (User, error) {
			u, once, err := a.Access.CreateUser(ctx, by, in.Body.Name, in.Body.DisplayName, readGrants(in.Body.Roles))
			shown := showUser(u)
			shown.OneTimePassword = once
			return shown, err
		})
	serve(a, route{Method: http.MethodGet, Path: "/users/{id}", ID: "get-user", Tag: tag, Summary: "One user"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (User, error) {
			u, err := a.Access.User(ctx, by, in.ID)
			return showUser(u), err
		})
	serve(a, route{Method: http.MethodPatch, Path: "/users/{id}", ID: "change-user", Tag: tag, Summary: "Change a user"}, a.changeUser)
	serve(a, route{Method: http.MethodGet, Path: "/roles", ID: "list-roles", Tag: tag, Summary: "Which role may do what"}, a.roles)
	a.registerTokens()
}

func (a *API) registerTokens() {
	const tag = "Tokens"
	serve(a, route{Method: http.MethodGet, Path: "/tokens", ID: "list-tokens", Tag: tag, Summary: "List API tokens"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			All bool `query:"all" doc:"Everybody's, for administrators"`
		}) (List[Token], error) {
			tokens, err := a.Access.Tokens(ctx, by, in.All)
			return allOf(tokens, showToken), err
		})
	serve(a, route{Method: http.MethodPost, Path: "/tokens", ID: "create-token", Tag: tag, Summary: "Make an API token", Status: http.StatusCreated,
		About: "The answer holds the secret, which is kept nowhere."}, a.createToken)
	act(a, route{Method: http.MethodDelete, Path: "/tokens/{id}", ID: "revoke-token", Tag: tag, Summary: "Revoke an API token"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			return a.Access.RevokeToken(ctx, by, in.ID)
		})
}

func (a *API) changeUser(ctx context.Context, by bedrail.Actor, in *struct {
	IDInput
	MatchInput
	Body UserChange
}) (User, error) {
	seen, err := in.SeenVersion()
	if err != nil {
		return User{}, err
	}
	c := access.Change{DisplayName: in.Body.DisplayName, Disabled: in.Body.Disabled, Password: in.Body.ResetPassword, Factor: in.Body.ResetSecondFactor}
	if in.Body.Roles != nil {
		grants := readGrants(*in.Body.Roles)
		c.Grants = &grants
	}
	u, once, err := a.Access.ChangeUser(ctx, by, in.ID, seen, c)
	shown := showUser(u)
	shown.OneTimePassword = once
	return shown, err
}

func (a *API) roles(ctx context.Context, by bedrail.Actor, _ *struct{}) (RoleTable, error) {
	table, err := a.Access.RoleTable(ctx, by)
	out := RoleTable{Actions: access.Actions()}
	for _, role := range access.Roles() {
		out.Roles = append(out.Roles, RoleRow{role, table[role]})
	}
	return out, err
}

func (a *API) createToken(ctx context.Context, by bedrail.Actor, in *struct{ Body NewToken }) (Token, error) {
	spec := access.TokenSpec{Name: in.Body.Name, Lasts: in.Body.ExpiresAt.Sub(a.Clock.Now())}
	if in.Body.Roles != nil {
		spec.Grants = readGrants(*in.Body.Roles)
	}
	make := a.Access.CreateToken
	if in.Body.For != "" {
		make = func(ctx context.Context, by bedrail.Actor, spec access.TokenSpec) (access.Token, string, error) {
			return a.Access.CreateTokenFor(ctx, by, in.Body.For, spec)
		}
	}
	t, secret, err := make(ctx, by, spec)
	shown := showToken(t)
	shown.Token = secret
	return shown, err
}
