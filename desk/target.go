package desk

import (
	"context"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
)

// What an actor may do with what leaves the house.
const (
	ReadTarget  bedrail.Action = "target:read"
	WriteTarget bedrail.Action = "target:write"
	RetryLetter bedrail.Action = "letter:retry"
)

// A Way is how notices reach a target.
type Way string

// The ways.
const (
	Webhook Way = "webhook" // CloudEvents 1.0, signed as Standard Webhooks says
	Syslog  Way = "syslog"  // RFC 5424 over TLS, for a SIEM
	Email   Way = "email"
)

// A Digest says how often notices are gathered into one letter.
type Digest string

// The digests.
const (
	AtOnce Digest = "at-once"
	Daily  Digest = "daily"
	Weekly Digest = "weekly"
)

// A Target is somebody outside of Bedrail who is told of notices: another
// system, a SIEM, the mailbox of a team. Notices for one person never go there.
type Target struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Way  Way    `json:"way" enum:"webhook,syslog,email"`
	On   bool   `json:"on" doc:"Off: nothing is sent, and nothing is kept for later"`

	// What it is told of; empty lists are everything.
	Kinds []string `json:"kinds" doc:"Kinds of notices, for example exposure.new or exposure.*; empty is all"`
	Level Level    `json:"level" enum:"info,warning,urgent" doc:"The least level"`
	Sites []string `json:"sites" doc:"Sites; notices of no site always count; empty is all"`

	Digest  Digest `json:"digest" enum:"at-once,daily,weekly" doc:"Gather notices into one letter; only by email"`
	Hour    int    `json:"hour" minimum:"0" maximum:"23" doc:"When a digest goes out, in the time zone of the server; weekly ones go on Monday"`
	Address string `json:"address" doc:"Webhook: the URL. Syslog: host:port. Email: host:port of the mail server"`

	Format   string   `json:"format,omitempty" enum:"cef,ocsf,atna" doc:"Of syslog: cef or ocsf, or atna for an audit repository, which gets the audit record as DICOM audit messages instead of notices"`
	Patients bool     `json:"patients,omitempty" doc:"Of atna: name patients by their identifiers; else by pseudonyms"`
	CA       string   `json:"ca,omitempty" doc:"Certificates in PEM that the other side must come from; empty is those of this machine"`
	Security string   `json:"security,omitempty" enum:"starttls,tls,none" doc:"Of email: starttls, tls, or none for a relay on this very machine"`
	From     string   `json:"from,omitempty" doc:"Of email: the sender"`
	To       []string `json:"to" doc:"Of email: the receivers"`
	User     string   `json:"user,omitempty" doc:"Of email: login name at the mail server"`

	ChangedAt time.Time `json:"changedAt"`
	ChangedBy string    `json:"changedBy"`
	Version   int64     `json:"version"`

	// How it goes; no part of the setting.
	Waiting   int       `json:"waiting" doc:"Letters on their way"`
	Dead      int       `json:"dead" doc:"Letters that could not be delivered"`
	LastSent  time.Time `json:"lastSent,omitzero"`
	LastError string    `json:"lastError,omitempty" doc:"Of the oldest letter that still waits"`
}

// Secrets are what a target is trusted with. They are sealed in the store and
// shown once, when they are made.
type Secrets struct {
	Signing    string    `json:"signing,omitempty"`    // of a webhook
	Before     string    `json:"before,omitempty"`     // signs too, until BeforeEnds
	BeforeEnds time.Time `json:"beforeEnds,omitzero"`  //
	Password   string    `json:"password,omitempty"`   // at the mail server
	ClientCert string    `json:"clientCert,omitempty"` // shown to a SIEM; PEM
	ClientKey  string    `json:"clientKey,omitempty"`
}

// SigningAt returns what signs a webhook at now.
func (s Secrets) SigningAt(now time.Time) []string {
	if s.Before != "" && now.Before(s.BeforeEnds) {
		return []string{s.Signing, s.Before}
	}
	return []string{s.Signing}
}

// A LetterState says what became of a letter.
type LetterState string

// The states of a letter.
const (
	Waiting LetterState = "waiting"
	Sent    LetterState = "sent"
	Dead    LetterState = "dead" // given up; a person retries or discards it
)

// A Letter is one notice on its way to one target.
type Letter struct {
	ID        string      `json:"id"`
	Target    string      `json:"target" doc:"Id of the target"`
	Name      string      `json:"name" doc:"Name of the target"`
	Way       Way         `json:"way"`
	State     LetterState `json:"state" enum:"waiting,sent,dead"`
	Notice    Notice      `json:"notice"`
	At        time.Time   `json:"at"`
	Due       time.Time   `json:"due" doc:"When it is tried next"`
	Tries     int         `json:"tries"`
	LastError string      `json:"lastError,omitempty"`
	SentAt    time.Time   `json:"sentAt,omitzero"`
}

// A TargetStore remembers targets and letters. Each method is one transaction.
type TargetStore interface {
	// Targets returns all targets by name, with how they go.
	Targets(ctx context.Context, in bedrail.Scope) ([]Target, error)
	// SaveTarget keeps t and, unless nil, its secrets, with entry. A version of
	// 0 is a new target; any other must be the newest, or it is a Conflict.
	SaveTarget(ctx context.Context, in bedrail.Scope, t Target, secrets *Secrets, entry audit.Entry) error
	// RemoveTarget forgets the target named id, its secrets and its letters
	// with entry, or is NotFound.
	RemoveTarget(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error
	// TargetSecrets returns the secrets of the target named id.
	TargetSecrets(ctx context.Context, in bedrail.Scope, id string) (Secrets, error)
	// Letters returns the letters that match, newest first.
	Letters(ctx context.Context, in bedrail.Scope, req query.Request) (query.Page[Letter], error)
	// DueLetters returns at most limit letters of targets that are on and that
	// are due at now, oldest first.
	DueLetters(ctx context.Context, in bedrail.Scope, now time.Time, limit int) ([]Letter, error)
	// SettleLetters keeps what became of letters, and forgets those that were
	// sent before keep.
	SettleLetters(ctx context.Context, in bedrail.Scope, letters []Letter, keep time.Time) error
	// RetryLetters has dead letters tried again at due, or with discard forgets
	// them, with entry; no ids are all of target, and all at all when that is
	// empty too. It returns how many.
	RetryLetters(ctx context.Context, in bedrail.Scope, ids []string, target string, due time.Time, discard bool, entry audit.Entry) (int, error)
	// Record keeps an entry of an act that changes nothing else.
	Record(ctx context.Context, in bedrail.Scope, entry audit.Entry) error
}

// rank orders levels.
func rank(l Level) int { return slices.Index([]Level{Info, Warning, Urgent}, l) }

// Wants reports whether t is told of n.
func (t Target) Wants(n Notice) bool {
	return t.On && t.Format != "atna" && n.For == "" && rank(n.Level) >= rank(t.Level) &&
		(len(t.Sites) == 0 || n.Site == "" || slices.Contains(t.Sites, n.Site)) &&
		(len(t.Kinds) == 0 || slices.ContainsFunc(t.Kinds, func(k string) bool { return kindMatches(k, n.Kind) }))
}

func kindMatches(pattern, kind string) bool {
	if stem, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(kind, stem)
	}
	return pattern == kind
}

// gathers reports whether t gets many notices in one letter.
func (t Target) gathers() bool { return t.Digest == Daily || t.Digest == Weekly }

// dueAt is when a notice of now goes out: at once, or with the next digest.
func (t Target) dueAt(now time.Time) time.Time {
	if !t.gathers() {
		return now
	}
	due := time.Date(now.Year(), now.Month(), now.Day(), t.Hour, 0, 0, 0, now.Location())
	for !due.After(now) || t.Digest == Weekly && due.Weekday() != time.Monday {
		due = due.AddDate(0, 0, 1)
	}
	return due
}

// Limits on targets.
const (
	maxTargets = 50
	maxWords   = 50
	maxPEM     = 64 << 10
)

// check refuses what nothing could be sent to.
func (t *Target) check() error {
	t.Name, t.Address = strings.TrimSpace(t.Name), strings.TrimSpace(t.Address)
	if t.Name == "" || len(t.Name) > maxName || strings.ContainsAny(t.Name, "\r\n\t") {
		return invalidAt("/name", "a target has a name of 1 to %d bytes on one line", maxName)
	}
	if t.Level == "" {
		t.Level = Info
	}
	if rank(t.Level) < 0 {
		return invalidAt("/level", "a level is info, warning or urgent")
	}
	if len(t.Kinds) > maxWords || len(t.Sites) > maxWords || len(t.To) > maxWords {
		return invalidAt("/kinds", "a target has at most %d kinds, sites and receivers", maxWords)
	}
	for _, k := range t.Kinds {
		if strings.Trim(strings.TrimSuffix(k, "*"), "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
			return invalidAt("/kinds", "%q is no kind of notice; kinds are words such as exposure.new or exposure.*", k)
		}
	}
	if t.Hour < 0 || t.Hour > 23 {
		return invalidAt("/hour", "an hour is 0 to 23")
	}
	if len(t.CA) > maxPEM {
		return invalidAt("/ca", "certificates have at most %d bytes", maxPEM)
	}
	return t.checkWay()
}

func invalidAt(pointer, format string, args ...any) error {
	return bedrail.Errorf(bedrail.Invalid, format, args...).At(pointer)
}

func (t *Target) checkWay() error {
	if t.Digest == "" {
		t.Digest = AtOnce
	}
	if t.Way != Email && t.Digest != AtOnce {
		return invalidAt("/digest", "digests go by email")
	}
	switch t.Way {
	case Webhook:
		return t.checkWebhook()
	case Syslog:
		if t.Format == "" {
			t.Format = "cef"
		}
		if !slices.Contains([]string{"cef", "ocsf", "atna"}, t.Format) {
			return invalidAt("/format", "syslog is written as cef, ocsf or atna")
		}
		return t.checkHostPort("siem.example.org:6514")
	case Email:
		return t.checkEmail()
	}
	return invalidAt("/way", "%q is no way; the ways are webhook, syslog and email", t.Way)
}

func (t *Target) checkWebhook() error {
	u, err := url.Parse(t.Address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return invalidAt("/address", "%q is no address to post to; one is https://example.org/hook", t.Address)
	}
	if u.User != nil {
		return invalidAt("/address", "the address holds a password; posts are signed instead")
	}
	return nil
}

func (t *Target) checkHostPort(example string) error {
	if host, port, err := net.SplitHostPort(t.Address); err != nil || host == "" || port == "" {
		return invalidAt("/address", "%q is no host:port, such as %s", t.Address, example)
	}
	return nil
}

func (t *Target) checkEmail() error {
	if t.Security == "" {
		t.Security = "starttls"
	}
	if !slices.Contains([]string{"starttls", "tls", "none"}, t.Security) {
		return invalidAt("/security", "security is starttls, tls or none")
	}
	if err := t.checkHostPort("mail.example.org:587"); err != nil {
		return err
	}
	if host, _, _ := net.SplitHostPort(t.Address); t.Security == "none" && !ownMachine(host) {
		return invalidAt("/security", "mail to another machine is encrypted; none is for a relay on this one")
	}
	if t.Digest != AtOnce && !t.gathers() {
		return invalidAt("/digest", "a digest is at-once, daily or weekly")
	}
	if _, err := mail.ParseAddress(t.From); err != nil {
		return invalidAt("/from", "%q is no sender; one is bedrail@example.org", t.From)
	}
	if len(t.To) == 0 {
		return invalidAt("/to", "an email needs a receiver")
	}
	for _, to := range t.To {
		if _, err := mail.ParseAddress(to); err != nil {
			return invalidAt("/to", "%q is no address of email", to)
		}
	}
	return nil
}

func ownMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
