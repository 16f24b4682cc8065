package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail/api"
)

func (e *environment) userCommand() *cobra.Command {
	return group("user", "People who may sign in", e.userList(), e.userGet(), e.userRoles(), e.userAdd(), e.userReset(), e.userDisable(), e.userGrant())
}

func userColumns() []column[api.User] {
	return []column[api.User]{
		{"name", false, func(u api.User) string { return u.Name }},
		{"displayName", false, func(u api.User) string { return u.DisplayName }},
		{"roles", false, func(u api.User) string { return grantText(u.Roles) }},
		{"secondFactor", false, func(u api.User) string { return yes(u.SecondFactor) }},
		{"disabled", false, func(u api.User) string { return yes(u.Disabled) }},
		{"lastLogin", false, func(u api.User) string { return when(u.LastLogin) }},
		{"id", true, func(u api.User) string { return u.ID }},
	}
}

func (e *environment) userList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List users", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[api.User](ctx, e, "/users", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, userColumns())
	}}
}

func (e *environment) userAdd() *cobra.Command {
	var display string
	var roles []string
	c := &cobra.Command{Use: "add NAME", Short: "Add a user and show the one-time password", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&display, "display-name", "", "`NAME` as others read it")
	c.Flags().StringArrayVar(&roles, "role", nil, "`ROLE`, ROLE@SITE or ROLE@SITE/UNIT; may be repeated")
	c.RunE = func(c *cobra.Command, args []string) error {
		body := api.NewUser{Name: args[0], DisplayName: display, Roles: readRoles(roles)}
		return e.changePerson(c, call{method: http.MethodPost, path: "/users", body: body})
	}
	return c
}

func (e *environment) userReset() *cobra.Command {
	var factor bool
	c := &cobra.Command{Use: "reset-password NAME", Short: "Give a user a new one-time password", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&factor, "second-factor", false, "forget the second factor as well")
	c.RunE = func(c *cobra.Command, args []string) error {
		return e.changeUser(c, args[0], api.UserChange{ResetPassword: true, ResetSecondFactor: factor})
	}
	return c
}

func (e *environment) userDisable() *cobra.Command {
	var again bool
	c := &cobra.Command{Use: "disable NAME", Short: "Keep a user from signing in", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&again, "undo", false, "let them sign in again")
	c.RunE = func(c *cobra.Command, args []string) error {
		disabled := !again
		return e.changeUser(c, args[0], api.UserChange{Disabled: &disabled})
	}
	return c
}

func (e *environment) userGrant() *cobra.Command {
	var roles []string
	c := &cobra.Command{Use: "grant NAME", Short: "Give a user these roles and no others", Args: cobra.ExactArgs(1)}
	c.Flags().StringArrayVar(&roles, "role", nil, "`ROLE`, ROLE@SITE or ROLE@SITE/UNIT; may be repeated")
	c.RunE = func(c *cobra.Command, args []string) error {
		given := readRoles(roles)
		return e.changeUser(c, args[0], api.UserChange{Roles: &given})
	}
	return c
}

// changeUser finds the user called name and changes them.
func (e *environment) changeUser(c *cobra.Command, name string, change api.UserChange) error {
	u, err := e.findUser(c, name)
	if err != nil {
		return err
	}
	return e.changePerson(c, call{method: http.MethodPatch, path: "/users/" + url.PathEscape(u.ID), body: change, ifMatch: u.Version})
}

func (e *environment) changePerson(c *cobra.Command, r call) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	var u api.User
	if err := conn.do(ctx, r, &u); err != nil {
		return err
	}
	columns := userColumns()
	if u.OneTimePassword != "" {
		columns = append(columns, column[api.User]{"oneTimePassword", false, func(u api.User) string { return u.OneTimePassword }})
	}
	return writeList(e, []api.User{u}, columns)
}

func (e *environment) findUser(c *cobra.Command, name string) (api.User, error) {
	if _, err := e.connect(c.Context()); err != nil {
		return api.User{}, err
	}
	search := *e // the same connection, another filter
	search.filter, search.limit = fmt.Sprintf("name:%q", strings.ToLower(name)), 0
	rows, err := fetchList[api.User](c.Context(), &search, "/users", nil)
	if err != nil {
		return api.User{}, err
	}
	for _, u := range rows {
		if strings.EqualFold(u.Name, name) {
			return u, nil
		}
	}
	return api.User{}, exitWith(exitNotFound, "there is no user called %s", name)
}

// readRoles reads ROLE, ROLE@SITE and ROLE@SITE/UNIT.
func readRoles(texts []string) []api.Grant {
	grants := []api.Grant{}
	for _, t := range texts {
		role, place, _ := strings.Cut(t, "@")
		site, unit, _ := strings.Cut(place, "/")
		grants = append(grants, api.Grant{Role: role, Site: site, Unit: unit})
	}
	return grants
}

func grantText(grants []api.Grant) string {
	texts := make([]string, len(grants))
	for i, g := range grants {
		texts[i] = g.Role
		if g.Site != "" {
			texts[i] += "@" + g.Site
		}
		if g.Unit != "" {
			texts[i] += "/" + g.Unit
		}
	}
	return strings.Join(texts, " ")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (e *environment) tokenCommand() *cobra.Command {
	return group("token", "API tokens for programs", e.tokenList(), e.tokenCreate(), e.tokenRevoke())
}

func tokenColumns() []column[api.Token] {
	return []column[api.Token]{
		{"id", false, func(t api.Token) string { return t.ID }},
		{"name", false, func(t api.Token) string { return t.Name }},
		{"owner", false, func(t api.Token) string { return t.Owner }},
		{"prefix", false, func(t api.Token) string { return t.Prefix }},
		{"roles", false, func(t api.Token) string { return grantText(t.Roles) }},
		{"expiresAt", false, func(t api.Token) string { return when(t.ExpiresAt) }},
		{"lastUsed", false, func(t api.Token) string { return when(t.LastUsed) }},
		{"revokedAt", false, func(t api.Token) string { return when(t.RevokedAt) }},
	}
}

func (e *environment) tokenList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List API tokens", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		q := url.Values{}
		if e.server == "" {
			q.Set("all", "true")
		}
		var list api.List[api.Token]
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/tokens", query: q}, &list); err != nil {
			return err
		}
		return writeList(e, list.Items, tokenColumns())
	}}
}

func (e *environment) tokenCreate() *cobra.Command {
	var owner, out string
	var days int
	var roles []string
	c := &cobra.Command{Use: "create NAME", Short: "Make an API token; the secret is shown once", Args: cobra.ExactArgs(1),
		Long:    "Create makes a token that acts for --user, beside the data folder, also while a server runs on it. A signed-in person makes tokens on the screens.",
		Example: "  bedrail token create import --out token\n  bedrail device list --server http://127.0.0.1:8080 --token-file token"}
	c.Flags().StringVar(&owner, "user", "", "login `NAME` of the owner; beside the data folder, the only one there is")
	c.Flags().IntVar(&days, "days", 90, "valid for so many `DAYS`")
	c.Flags().StringArrayVar(&roles, "role", nil, "`ROLE`, ROLE@SITE or ROLE@SITE/UNIT; may be repeated; none is all that the owner has")
	c.Flags().StringVar(&out, "out", "", "write the secret into `FILE`, readable by you alone, instead of showing it")
	c.RunE = func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		if owner == "" && e.server == "" {
			if owner, err = onlyUser(ctx, conn); err != nil {
				return err
			}
		}
		body := api.NewToken{Name: args[0], For: owner, ExpiresAt: e.clock.Now().AddDate(0, 0, days)}
		if len(roles) > 0 {
			given := readRoles(roles)
			body.Roles = &given
		}
		var t api.Token
		if err := conn.do(ctx, call{method: http.MethodPost, path: "/tokens", body: body}, &t); err != nil {
			return err
		}
		if out != "" {
			if err := os.WriteFile(out, []byte(t.Token+"\n"), 0o600); err != nil {
				return err
			}
			t.Token = ""
		}
		columns := tokenColumns()
		if t.Token != "" {
			columns = append(columns, column[api.Token]{"token", false, func(t api.Token) string { return t.Token }})
		}
		return writeList(e, []api.Token{t}, columns)
	}
	return c
}

// onlyUser is the login name of the one person there is. Whoever runs a command
// beside the data folder is none of them.
func onlyUser(ctx context.Context, conn *client) (string, error) {
	var found struct{ Items []api.User }
	if err := conn.do(ctx, call{method: http.MethodGet, path: "/users?limit=2"}, &found); err != nil {
		return "", err
	}
	if len(found.Items) != 1 {
		return "", exitWith(exitUsage, "say for whom the token acts: --user NAME; bedrail user list names them")
	}
	return found.Items[0].Name, nil
}

func (e *environment) tokenRevoke() *cobra.Command {
	return &cobra.Command{Use: "revoke ID", Short: "End an API token for good", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		return conn.do(ctx, call{method: http.MethodDelete, path: "/tokens/" + url.PathEscape(args[0])}, nil)
	}}
}
