package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/desk"
)

// A Target is somebody outside of Bedrail who is told of notices.
type Target struct {
	desk.Target
	SigningSecret string `json:"signingSecret,omitempty" doc:"What a webhook's receiver checks signatures with; shown once, after it was made"`
}

func (t Target) version() int64 { return t.Version }

// A TargetInput is a target as somebody wants it.
type TargetInput struct {
	Name     string        `json:"name" minLength:"1" maxLength:"80"`
	Way      desk.Way      `json:"way" enum:"webhook,syslog,email"`
	On       bool          `json:"on"`
	Kinds    []string      `json:"kinds,omitempty" maxItems:"50" doc:"Kinds of notices, for example exposure.new or exposure.*; none is all"`
	Level    desk.Level    `json:"level,omitempty" enum:"info,warning,urgent" doc:"The least level; info when absent"`
	Sites    []string      `json:"sites,omitempty" maxItems:"50" doc:"None is all; notices of no site always count"`
	Digest   desk.Digest   `json:"digest,omitempty" enum:"at-once,daily,weekly" doc:"Of email: gather notices into one"`
	Hour     int           `json:"hour,omitempty" minimum:"0" maximum:"23" doc:"Of a digest, in the time zone of the server"`
	Address  string        `json:"address" maxLength:"2000" doc:"Webhook: the URL. Syslog: host:port. Email: host:port of the mail server"`
	Format   string        `json:"format,omitempty" enum:"cef,ocsf,atna" doc:"Of syslog; atna is an audit repository"`
	Patients bool          `json:"patients,omitempty" doc:"Of atna: name patients by their identifiers; else by pseudonyms"`
	CA       string        `json:"ca,omitempty" maxLength:"65536" doc:"Certificates in PEM that the other side must come from"`
	Security string        `json:"security,omitempty" enum:"starttls,tls,none" doc:"Of email"`
	From     string        `json:"from,omitempty" maxLength:"320"`
	To       []string      `json:"to,omitempty" maxItems:"50"`
	User     string        `json:"user,omitempty" maxLength:"200"`
	Secrets  TargetSecrets `json:"secrets,omitzero" doc:"What is empty stays as it is"`
}

// TargetSecrets are secrets of a target as they are given; they are sealed and
// never shown again.
type TargetSecrets struct {
	Password   string `json:"password,omitempty" maxLength:"1000" doc:"Of email: at the mail server"`
	ClientCert string `json:"clientCert,omitempty" maxLength:"65536" doc:"Certificate in PEM to show to the other side"`
	ClientKey  string `json:"clientKey,omitempty" maxLength:"65536" doc:"And its key"`
}

func (in TargetInput) target() (desk.Target, desk.Secrets) {
	t := desk.Target{Name: in.Name, Way: in.Way, On: in.On, Kinds: in.Kinds, Level: in.Level, Sites: in.Sites, Digest: in.Digest, Hour: in.Hour, Address: in.Address,
		Format: in.Format, Patients: in.Patients, CA: in.CA, Security: in.Security, From: in.From, To: in.To, User: in.User}
	return t, desk.Secrets{Password: in.Secrets.Password, ClientCert: in.Secrets.ClientCert, ClientKey: in.Secrets.ClientKey}
}

// LettersChosen names dead letters: by id, of one target, or all.
type LettersChosen struct {
	IDs    []string `json:"ids,omitempty" maxItems:"500"`
	Target string   `json:"target,omitempty" maxLength:"80" doc:"Id of the target; without it and without ids all dead letters"`
}

// LettersChanged says how many letters were.
type LettersChanged struct {
	Letters int `json:"letters"`
}

type chosenInput struct{ Body LettersChosen }

func (a *API) registerTargets() {
	const tag = "Notifications"
	serve(a, route{Method: http.MethodGet, Path: "/targets", ID: "list-targets", Tag: tag, Summary: "Who outside of Bedrail is told of notices"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[desk.Target], error) {
			targets, err := a.Courier.Targets(ctx, by)
			if err != nil {
				return List[desk.Target]{}, err
			}
			return pageOf(targets, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/targets/{id}", ID: "get-target", Tag: tag, Summary: "One target"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (Target, error) {
			t, err := a.Courier.Target(ctx, by, in.ID)
			return Target{Target: t}, err
		})
	serve(a, route{Method: http.MethodPost, Path: "/targets", ID: "create-target", Tag: tag, Summary: "Tell somebody of notices from now on", Status: http.StatusCreated,
		About: "Of a webhook the answer holds the secret that its posts are signed with, as Standard Webhooks says; it is shown once."},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body TargetInput }) (Target, error) {
			t, secrets := in.Body.target()
			return shownTarget(a.Courier.SaveTarget(ctx, by, t, secrets))
		})
	serve(a, route{Method: http.MethodPut, Path: "/targets/{id}", ID: "change-target", Tag: tag, Summary: "Change a target"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			MatchInput
			Body TargetInput
		}) (Target, error) {
			seen, err := in.SeenVersion()
			if err != nil {
				return Target{}, err
			}
			t, secrets := in.Body.target()
			t.ID, t.Version = in.ID, seen
			return shownTarget(a.Courier.SaveTarget(ctx, by, t, secrets))
		})
	act(a, route{Method: http.MethodDelete, Path: "/targets/{id}", ID: "remove-target", Tag: tag, Summary: "Forget a target and what waits for it"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			return a.Courier.RemoveTarget(ctx, by, in.ID)
		})
	act(a, route{Method: http.MethodPost, Path: "/targets/{id}/test", ID: "test-target", Tag: tag, Summary: "Send a notice of no meaning now, past the queue"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			return a.Courier.Try(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodPost, Path: "/targets/{id}/rotate", ID: "rotate-target", Tag: tag, Summary: "Give a webhook a new secret",
		About: "For a day posts are signed with the old one as well. The answer holds the new one, once."},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (Target, error) {
			secret, err := a.Courier.Rotate(ctx, by, in.ID)
			if err != nil {
				return Target{}, err
			}
			t, err := a.Courier.Target(ctx, by, in.ID)
			return Target{t, secret}, err
		})
	a.registerLetters(tag)
}

func shownTarget(t desk.Target, s desk.Secrets, err error) (Target, error) {
	return Target{t, s.Signing}, err
}

func (a *API) registerLetters(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/letters", ID: "list-letters", Tag: tag, Summary: "Notices on their way, newest first; filter state:dead for those given up"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[desk.Letter], error) {
			req, err := in.Request()
			if err != nil {
				return List[desk.Letter]{}, err
			}
			page, err := a.Courier.Letters(ctx, by, req)
			return listOf(page, same), err
		})
	change := func(discard bool) func(context.Context, bedrail.Actor, *chosenInput) (LettersChanged, error) {
		return func(ctx context.Context, by bedrail.Actor, in *chosenInput) (LettersChanged, error) {
			n, err := a.Courier.Retry(ctx, by, in.Body.IDs, in.Body.Target, discard)
			return LettersChanged{n}, err
		}
	}
	serve(a, route{Method: http.MethodPost, Path: "/letters/retry", ID: "retry-letters", Tag: tag, Summary: "Try dead letters again"}, change(false))
	serve(a, route{Method: http.MethodPost, Path: "/letters/discard", ID: "discard-letters", Tag: tag, Summary: "Forget dead letters"}, change(true))
}
