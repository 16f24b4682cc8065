package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/desk"
)

// targetCommand says who outside of Bedrail is told of notices.
func (e *environment) targetCommand() *cobra.Command {
	return group("target", "Who outside of Bedrail is told of notices: webhooks, a SIEM, mailboxes",
		e.targetList(), e.targetShow(), e.targetAdd(), e.targetChange(), e.targetRemove(), e.targetTest(), e.targetRotate())
}

func targetColumns() []column[api.Target] {
	return []column[api.Target]{
		{"name", false, func(t api.Target) string { return t.Name }},
		{"way", false, func(t api.Target) string { return string(t.Way) }},
		{"on", false, func(t api.Target) string { return yes(t.On) }},
		{"address", false, func(t api.Target) string { return t.Address }},
		{"level", false, func(t api.Target) string { return string(t.Level) }},
		{"kinds", true, func(t api.Target) string { return strings.Join(t.Kinds, " ") }},
		{"sites", true, func(t api.Target) string { return strings.Join(t.Sites, " ") }},
		{"digest", true, func(t api.Target) string { return string(t.Digest) }},
		{"waiting", false, func(t api.Target) string { return fmt.Sprint(t.Waiting) }},
		{"dead", false, func(t api.Target) string { return fmt.Sprint(t.Dead) }},
		{"lastSent", false, func(t api.Target) string { return when(t.LastSent) }},
		{"lastError", true, func(t api.Target) string { return t.LastError }},
		{"id", true, func(t api.Target) string { return t.ID }},
	}
}

func (e *environment) targetList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List targets", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[api.Target](ctx, e, "/targets", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, targetColumns())
	}}
}

// A targetForm holds what a command line says of a target.
type targetForm struct {
	api.TargetInput
	off                            bool
	way, level, digest             string
	ca, password, certFile, keyPEM string
}

func (f *targetForm) flags(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.Address, "address", "", "`ADDRESS`: the URL of a webhook, or host:port of a SIEM or mail server")
	s.StringSliceVar(&f.Kinds, "kind", nil, "`KIND` of notice, such as exposure.new or exposure.*; may be repeated; none is all")
	s.StringVar(&f.level, "level", "", "least `LEVEL`: info, warning or urgent")
	s.StringSliceVar(&f.Sites, "site", nil, "`SITE`; may be repeated; none is all")
	s.StringVar(&f.digest, "digest", "", "of email: daily or weekly instead of at once")
	s.IntVar(&f.Hour, "hour", 7, "`HOUR` of a digest, in the time zone of the server")
	s.StringVar(&f.Format, "format", "", "of syslog: cef, ocsf, or atna for an audit repository")
	s.BoolVar(&f.Patients, "patients", false, "of atna: name patients by their identifiers instead of pseudonyms")
	s.StringVar(&f.Security, "security", "", "of email: starttls, tls, or none for a relay on the server itself")
	s.StringVar(&f.From, "from", "", "of email: the sender")
	s.StringSliceVar(&f.To, "to", nil, "of email: a receiver; may be repeated")
	s.StringVar(&f.User, "user", "", "of email: login name at the mail server")
	s.StringVar(&f.password, "password-file", "", "of email: `FILE` with the password at the mail server")
	s.StringVar(&f.ca, "ca", "", "`FILE` in PEM with the authority of the other side")
	s.StringVar(&f.certFile, "client-cert", "", "`FILE` in PEM with a certificate to show to the other side")
	s.StringVar(&f.keyPEM, "client-key", "", "`FILE` in PEM with its key")
	s.BoolVar(&f.off, "off", false, "send nothing for now")
}

// fill reads the files that the command line names.
func (f *targetForm) fill() (api.TargetInput, error) {
	in := f.TargetInput
	in.Way, in.Level, in.Digest, in.On = desk.Way(f.way), desk.Level(f.level), desk.Digest(f.digest), !f.off
	for _, file := range []struct {
		path string
		to   *string
	}{{f.ca, &in.CA}, {f.password, &in.Secrets.Password}, {f.certFile, &in.Secrets.ClientCert}, {f.keyPEM, &in.Secrets.ClientKey}} {
		if file.path == "" {
			continue
		}
		text, err := os.ReadFile(file.path)
		if err != nil {
			return in, usage("%v", err)
		}
		*file.to = strings.TrimSpace(string(text))
	}
	return in, nil
}

func (e *environment) targetAdd() *cobra.Command {
	var f targetForm
	c := &cobra.Command{Use: "add WAY NAME", Short: "Tell somebody of notices from now on; of a webhook the secret is shown once", Args: cobra.ExactArgs(2), ValidArgs: []string{"webhook", "syslog", "email"},
		Example: "  bedrail notification target add webhook on-call --address https://hooks.example.org/bedrail --level warning\n" +
			"  bedrail notification target add syslog siem --address siem.example.org:6514 --format ocsf\n" +
			"  bedrail notification target add email engineering --address mail.example.org:587 --from bedrail@example.org --to ce@example.org --digest daily"}
	f.flags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		f.way, f.Name = args[0], args[1]
		in, err := f.fill()
		if err != nil {
			return err
		}
		return e.sendTarget(c, call{method: http.MethodPost, path: "/targets", body: in})
	}
	return c
}

func (e *environment) targetChange() *cobra.Command {
	var f targetForm
	c := &cobra.Command{Use: "change NAME", Short: "Change what is given of a target; the rest stays", Args: cobra.ExactArgs(1)}
	f.flags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		held, err := e.findTarget(c, args[0])
		if err != nil {
			return err
		}
		in, err := f.fill()
		if err != nil {
			return err
		}
		keep(c, &in, held.Target)
		return e.sendTarget(c, call{method: http.MethodPut, path: "/targets/" + url.PathEscape(held.ID), body: in, ifMatch: held.Version})
	}
	return c
}

// keep takes over from t what the command line does not name.
func keep(c *cobra.Command, in *api.TargetInput, t desk.Target) {
	in.Name, in.Way = t.Name, t.Way
	for flag, take := range map[string]func(){
		"address": func() { in.Address = t.Address }, "kind": func() { in.Kinds = t.Kinds }, "level": func() { in.Level = t.Level }, "site": func() { in.Sites = t.Sites },
		"digest": func() { in.Digest = t.Digest }, "hour": func() { in.Hour = t.Hour }, "format": func() { in.Format = t.Format }, "patients": func() { in.Patients = t.Patients }, "security": func() { in.Security = t.Security },
		"from": func() { in.From = t.From }, "to": func() { in.To = t.To }, "user": func() { in.User = t.User }, "ca": func() { in.CA = t.CA }, "off": func() { in.On = t.On },
	} {
		if !c.Flags().Changed(flag) {
			take()
		}
	}
}

func (e *environment) targetRemove() *cobra.Command {
	return e.onTarget("remove NAME", "Forget a target and what waits for it", func(id string) call {
		return call{method: http.MethodDelete, path: "/targets/" + id}
	})
}

func (e *environment) targetTest() *cobra.Command {
	return e.onTarget("test NAME", "Send a notice of no meaning now, past the queue", func(id string) call {
		return call{method: http.MethodPost, path: "/targets/" + id + "/test"}
	})
}

// onTarget is a command that does one thing to a target and prints nothing.
func (e *environment) onTarget(use, short string, what func(id string) call) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		t, err := e.findTarget(c, args[0])
		if err != nil {
			return err
		}
		ctx, cancel := e.within(c.Context())
		defer cancel()
		return e.conn.do(ctx, what(url.PathEscape(t.ID)), nil)
	}}
}

func (e *environment) targetRotate() *cobra.Command {
	return &cobra.Command{Use: "rotate NAME", Short: "Give a webhook a new secret; for a day posts are signed with both", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		t, err := e.findTarget(c, args[0])
		if err != nil {
			return err
		}
		return e.sendTarget(c, call{method: http.MethodPost, path: "/targets/" + url.PathEscape(t.ID) + "/rotate"})
	}}
}

func (e *environment) sendTarget(c *cobra.Command, r call) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	var t api.Target
	if err := conn.do(ctx, r, &t); err != nil {
		return err
	}
	columns := targetColumns()
	if t.SigningSecret != "" {
		columns = append(columns, column[api.Target]{"signingSecret", false, func(t api.Target) string { return t.SigningSecret }})
	}
	return writeList(e, []api.Target{t}, columns)
}

func (e *environment) targetShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "One target, with what waits for it and its last error", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		t, err := e.findTarget(c, args[0])
		if err != nil {
			return err
		}
		if err := e.fetch(c, "/targets/"+url.PathEscape(t.ID), &t); err != nil {
			return err
		}
		return writeList(e, []api.Target{t}, targetColumns())
	}}
}

// findTarget finds a target by its name or id.
func (e *environment) findTarget(c *cobra.Command, name string) (api.Target, error) {
	if _, err := e.connect(c.Context()); err != nil {
		return api.Target{}, err
	}
	search := *e // the same connection without filter
	search.filter, search.limit = "", 0
	rows, err := fetchList[api.Target](c.Context(), &search, "/targets", nil)
	if err != nil {
		return api.Target{}, err
	}
	for _, t := range rows {
		if t.Name == name || t.ID == name {
			return t, nil
		}
	}
	return api.Target{}, exitWith(exitNotFound, "there is no target called %s", name)
}

// letterCommand shows notices on their way, and has dead ones tried again.
func (e *environment) letterCommand() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "Notices on their way, newest first; --filter state:dead for those given up", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[desk.Letter](ctx, e, "/letters", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[desk.Letter]{
			{"id", false, func(l desk.Letter) string { return l.ID }},
			{"at", false, func(l desk.Letter) string { return when(l.At) }},
			{"target", false, func(l desk.Letter) string { return l.Name }},
			{"state", false, func(l desk.Letter) string { return string(l.State) }},
			{"tries", false, func(l desk.Letter) string { return fmt.Sprint(l.Tries) }},
			{"kind", false, func(l desk.Letter) string { return l.Notice.Kind }},
			{"title", false, func(l desk.Letter) string { return l.Notice.Title }},
			{"lastError", false, func(l desk.Letter) string { return l.LastError }},
			{"due", true, func(l desk.Letter) string { return when(l.Due) }},
		})
	}}
	return group("letter", "Notices on their way to targets", list,
		e.lettersCommand("retry", "Try dead letters again", "tried again"), e.lettersCommand("discard", "Forget dead letters", "forgotten"))
}

func (e *environment) lettersCommand(verb, short, done string) *cobra.Command {
	var all bool
	var target string
	c := &cobra.Command{Use: verb + " [ID...]", Short: short}
	c.Flags().BoolVar(&all, "all", false, "all that are dead")
	c.Flags().StringVar(&target, "target", "", "all that are dead of the target `NAME`")
	c.RunE = func(c *cobra.Command, ids []string) error {
		if len(ids) == 0 && !all && target == "" {
			return usage("name letters, or give --target or --all")
		}
		body := api.LettersChosen{IDs: ids}
		if target != "" {
			t, err := e.findTarget(c, target)
			if err != nil {
				return err
			}
			body.Target = t.ID
		}
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var out api.LettersChanged
		if err := conn.do(ctx, call{method: http.MethodPost, path: "/letters/" + verb, body: body}, &out); err != nil {
			return err
		}
		e.say("%d letters %s", out.Letters, done)
		return nil
	}
	return c
}
