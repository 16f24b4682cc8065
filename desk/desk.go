// Package desk keeps what a person has on their desk: the views of lists that
// they come back to, and the notices of what happened while they were away;
// and to whom outside of Bedrail notices are carried.
package desk

import (
	"context"
	"time"

	"bedrail"
	"bedrail/audit"
)

// What an actor may do with views and notices.
const (
	KeepView   bedrail.Action = "view:write-own"
	ShareView  bedrail.Action = "view:share"
	ReadNotice bedrail.Action = "notice:read"
)

// A View is a list as somebody wants to see it again: its filter, order and
// columns, which are the query part of its address.
type View struct {
	ID        string    `json:"id"`
	List      string    `json:"list" doc:"Name of the list, for example devices"`
	Name      string    `json:"name"`
	Search    string    `json:"search" doc:"Query part of the address: filter, sort, cols"`
	Owner     string    `json:"-"` // id of whoever made it
	OwnerName string    `json:"owner" doc:"Login name of whoever made it"`
	Shared    bool      `json:"shared" doc:"Everybody sees it"`
	Standard  bool      `json:"default" doc:"The asker opens the list with it"`
	Mine      bool      `json:"mine" doc:"The asker made it"`
	At        time.Time `json:"at" doc:"When it was last changed"`
}

// A Level says how soon a person should look.
type Level string

// The levels of a notice.
const (
	Info    Level = "info"
	Warning Level = "warning"
	Urgent  Level = "urgent"
)

// A Notice tells people of something that happened.
type Notice struct {
	ID    string         `json:"id"`
	At    time.Time      `json:"at"`
	Kind  string         `json:"kind" doc:"What happened, for programs: job.failed, exposure.new, contradiction.new, recall.new, feed.stale, disk.low"`
	Level Level          `json:"level" enum:"info,warning,urgent"`
	Title string         `json:"title" doc:"In a sentence; never of a patient"`
	Href  string         `json:"href,omitempty" doc:"Screen that says more"`
	Site  string         `json:"site,omitempty"`
	Unit  string         `json:"unit,omitempty"`
	For   string         `json:"-"` // id of the person it is for; empty is everybody who may see its place
	Needs bedrail.Action `json:"-"` // who may not do this does not see it
	Read  bool           `json:"read"`
	// Facts are what programs are told beside the title, under names that keep
	// their meaning: vulnerability, severity, model, devices. Never of a patient.
	Facts map[string]string `json:"facts,omitempty" doc:"What a program needs beside the title"`
	// Key names what the notice is about. Of one kind and key people are told
	// once, for as long as the notice is kept; empty is told each time.
	Key string `json:"-"`
	// Passing is sent on to whoever listens, and kept on no desk: the detail of
	// a notice that sums up many.
	Passing bool `json:"-"`
}

// A Store remembers views and notices. Each method is one transaction.
type Store interface {
	// Views returns the views of list that owner made or somebody shared, with
	// owner's default marked; list "" is every list.
	Views(ctx context.Context, in bedrail.Scope, owner, list string) ([]View, error)
	// SaveView keeps v with entry. Of one owner a list has one view of a name:
	// a second replaces the first.
	SaveView(ctx context.Context, in bedrail.Scope, v View, entry audit.Entry) error
	// RemoveView forgets the view named id with entry, or is NotFound.
	RemoveView(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error
	// SetDefaultView makes the view named id what owner opens list with; ""
	// is none. It is a person's own setting and no act upon others.
	SetDefaultView(ctx context.Context, in bedrail.Scope, owner, list, id string) error
	// PostNotice keeps n with its letters, and forgets notices that are older
	// than keep. Of a passing notice only the letters are kept. fresh is false
	// when a notice of n's ID is kept already; then nothing is changed.
	PostNotice(ctx context.Context, in bedrail.Scope, n Notice, letters []Letter, keep time.Time) (fresh bool, err error)
	// Notices returns the latest notices within in that are for person or for
	// everybody, newest first, with those marked that person has read.
	Notices(ctx context.Context, in bedrail.Scope, person string, limit int) ([]Notice, error)
	// ReadNotices marks notices as read by person.
	ReadNotices(ctx context.Context, in bedrail.Scope, person string, ids []string) error
}
