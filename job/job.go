// Package job keeps long work in sight: how far an import has come, how long
// it will still take, what could not be read, and a way to stop it.
//
// A job lives in the store, so that it is still there after a restart; work
// that a restart cut off is marked as such and never shown as running.
package job

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
)

// What an actor may do with jobs.
const (
	Read   bedrail.Action = "job:read"
	Cancel bedrail.Action = "job:cancel"
)

// A State says where a job stands.
type State string

// The states of a job. The last four are final.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Partly    State = "partly" // done, and some of the input could not be used
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Final reports whether s will not change any more.
func (s State) Final() bool { return s != Queued && s != Running }

// A Job is one piece of long work.
type Job struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"`  // "import:pcap", "feed:sync"
	Title      string          `json:"title"` // in words, for the tray
	State      State           `json:"state"`
	Done       int64           `json:"done"`
	Total      int64           `json:"total"` // 0 is not known
	Unit       string          `json:"unit"`  // what is counted: "bytes", "rows"
	Rate       float64         `json:"rate"`  // units a second
	ETASeconds float64         `json:"etaSeconds,omitempty"`
	Message    string          `json:"message,omitempty"`
	Errors     []Fault         `json:"errors"`
	Faults     int64           `json:"faults"` // all of them; Errors holds the first hundred
	Result     json.RawMessage `json:"result,omitempty"`
	By         Author          `json:"by"`
	Site       string          `json:"site,omitempty"`
	CreatedAt  time.Time       `json:"createdAt"`
	StartedAt  time.Time       `json:"startedAt,omitzero"`
	FinishedAt time.Time       `json:"finishedAt,omitzero"`

	// How is what the job was asked to do, for work that can be taken up.
	How         json.RawMessage `json:"how,omitempty"`
	Resumable   bool            `json:"resumable" doc:"It was broken off and can be taken up where it left"`
	WhyAnew     string          `json:"whyAnew,omitempty" doc:"Why it was broken off and cannot"`
	ResumedFrom int64           `json:"resumedFrom,omitempty" doc:"What was done already when it was taken up"`
}

// An Author is whoever started a job.
type Author struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// A Fault is one place in the input that could not be used. The rest was.
type Fault struct {
	Place string `json:"place"`
	Text  string `json:"text"`
}

// MaxFaults is how many faults a job keeps; the others are only counted.
const MaxFaults = 100

// A Store remembers jobs. Each method is one transaction.
type Store interface {
	// CreateJob keeps a new job together with the entry that says who began it.
	CreateJob(ctx context.Context, in bedrail.Scope, j Job, entry audit.Entry) error
	// SaveJob replaces the progress of j. Progress is not an act and has no
	// entry; a final state comes with one, and after it any further save is a
	// Conflict.
	SaveJob(ctx context.Context, in bedrail.Scope, j Job, entry *audit.Entry) error
	// ReopenJob puts a job that failed or was cancelled back to running, as j
	// has it; one that is neither is a Conflict.
	ReopenJob(ctx context.Context, in bedrail.Scope, j Job, entry audit.Entry) error
	// Job returns the job named id within in, or a NotFound error.
	Job(ctx context.Context, in bedrail.Scope, id string) (Job, error)
	// Jobs returns one page of jobs within in, newest first unless sorted.
	Jobs(ctx context.Context, in bedrail.Scope, req query.Request) (query.Page[Job], error)
	// InterruptJobs marks every job that is not in a final state as failed
	// with message, and returns how many there were.
	InterruptJobs(ctx context.Context, in bedrail.Scope, message string, at time.Time, entry audit.Entry) (int, error)
}

// An Import is a file that somebody sends: read once, as a stream.
type Import struct {
	Kind   string
	Name   string     // the file's own name, for evidence and messages
	Size   int64      // in bytes as announced; 0 or less is not known
	Body   io.Reader  // reads until the file ends; reading counts the progress
	Params url.Values // what else was said: model, manufacturer, version, site
	DryRun bool       // say what would change, and change nothing
}

// An Importer takes in one file. It asks for permission itself, reports
// progress and faults, keeps nothing of the body that it need not keep, and
// returns what the job's result shall say.
type Importer func(ctx context.Context, by bedrail.Actor, in Import, p *Progress) (result any, err error)
