package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/job"
)

// A Status tells how the product itself is doing. Package server knows.
type Status interface {
	// System returns how the parts of the product are doing.
	System(ctx context.Context, by bedrail.Actor) (System, error)
	// Setup returns the first steps and which of them are done.
	Setup(ctx context.Context, by bedrail.Actor) ([]SetupStep, error)
	// Backups lists the backups in the configured folder, newest first.
	Backups(ctx context.Context, by bedrail.Actor) (Backups, error)
	// MakeBackup begins to make one; the job ends once it was proven.
	MakeBackup(ctx context.Context, by bedrail.Actor) (job.Job, error)
	// VerifyBackup begins to restore one into a scratch place.
	VerifyBackup(ctx context.Context, by bedrail.Actor, name string) (job.Job, error)
}

// A System says how the parts of the product are doing.
type System struct {
	Version   string          `json:"version"`
	Commit    string          `json:"commit"`
	StartedAt time.Time       `json:"startedAt"`
	Demo      bool            `json:"demo"`
	Store     StoreStatus     `json:"store"`
	Disk      DiskStatus      `json:"disk"`
	Capture   []CaptureStatus `json:"capture"`
	Bus       BusStatus       `json:"bus"`
	Warnings  []Warning       `json:"warnings"`
}

// A StoreStatus says how the store is doing.
type StoreStatus struct {
	Engine   string `json:"engine"`
	Bytes    int64  `json:"bytes"`
	ReadOnly bool   `json:"readOnly"`
	Why      string `json:"why,omitempty" doc:"Why nothing can be changed now"`
}

// A DiskStatus says how full the disk of the data folder is.
type DiskStatus struct {
	Free  int64  `json:"free" doc:"Bytes"`
	Total int64  `json:"total" doc:"Bytes"`
	State string `json:"state" enum:"ok,low,full,unknown"`
}

// A CaptureStatus says what one source of packets has seen.
type CaptureStatus struct {
	Source  string    `json:"source" doc:"Interface, listener or file"`
	Packets uint64    `json:"packets"`
	Dropped uint64    `json:"dropped" doc:"Packets that were on the wire and not seen"`
	Since   time.Time `json:"since,omitzero"`
	Error   string    `json:"error,omitempty"`
}

// A BusStatus says how far observations are on their way to the record.
type BusStatus struct {
	State   string `json:"state" enum:"ok,off,behind,down"`
	Pending uint64 `json:"pending" doc:"Published and not yet in the record"`
}

// A Warning is something that a person who runs Bedrail should see to.
type Warning struct {
	Code   string `json:"code"`
	Detail string `json:"detail" doc:"What is wrong"`
	Mend   string `json:"mend" doc:"What to do about it"`
}

// A SetupStep is one of the first steps with Bedrail.
type SetupStep struct {
	ID   string    `json:"id" enum:"administrator,capture,devices,inventory,feeds,bills,backup"`
	Done bool      `json:"done"`
	At   time.Time `json:"at,omitzero" doc:"When it was done"`
	Href string    `json:"href" doc:"Screen on which it is done"`
}

// A BackupFile is one backup in the folder of backups.
type BackupFile struct {
	Name   string    `json:"name"`
	MadeAt time.Time `json:"madeAt"`
	Bytes  int64     `json:"bytes"`
}

// Backups are the backups that the server has made, and what to know to
// restore one.
type Backups struct {
	List[BackupFile]
	Folder   string `json:"folder" doc:"On the machine of the server"`
	Keys     string `json:"keys" doc:"Folder of the keys, which are in no backup"`
	Every    string `json:"every,omitempty" doc:"How often the server makes one by itself; absent is never"`
	Keep     int    `json:"keep" doc:"How many of them stay"`
	SameDisk bool   `json:"sameDisk" doc:"The folder is on the disk of the data: both are lost together"`
}

func (a *API) registerBackups() {
	const tag = "System"
	serve(a, route{Method: http.MethodGet, Path: "/backups", ID: "list-backups", Tag: tag, Summary: "Backups that the server made, newest first"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (Backups, error) {
			return a.Status.Backups(ctx, by)
		})
	serve(a, route{Method: http.MethodPost, Path: "/backups", ID: "make-backup", Tag: tag, Summary: "Make a backup and restore it to try it out", Status: http.StatusAccepted},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (job.Job, error) {
			return a.Status.MakeBackup(ctx, by)
		})
	serve(a, route{Method: http.MethodPost, Path: "/backups/{id}/verify", ID: "verify-backup", Tag: tag, Summary: "Restore a backup into a scratch place", Status: http.StatusAccepted},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (job.Job, error) {
			return a.Status.VerifyBackup(ctx, by, in.ID)
		})
}

func (a *API) registerSystem() {
	a.registerBackups()
	const tag = "System"
	serve(a, route{Method: http.MethodGet, Path: "/system", ID: "get-system", Tag: tag, Summary: "How Bedrail itself is doing"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (System, error) {
			return a.Status.System(ctx, by)
		})
	serve(a, route{Method: http.MethodGet, Path: "/setup", ID: "get-setup", Tag: tag, Summary: "First steps, and which are done"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (List[SetupStep], error) {
			steps, err := a.Status.Setup(ctx, by)
			return allOf(steps, same), err
		})
}
