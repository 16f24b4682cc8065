package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/desk"
	"bedrail/job"
)

// A bell tells people what happened while they looked elsewhere. Who rings it
// does not wait: what was rung is kept by a part of its own, and what nobody
// could keep is in the log. Its loss costs notices of the last half minute.
type bell struct {
	server *Server
	disk   string          // state of the disk that was last told
	stale  map[string]bool // feeds of which was told
	// exposing are the findings that affect a device, as far as was told; nil
	// until the first look.
	exposing map[string]bool
	// weak are the devices that some weakness affects, as far as was told; nil
	// until the first look.
	weak map[string]bool

	mu       sync.Mutex // guards what follows
	waiting  []desk.Notice
	findings map[string]bool // changed since the last look
	devices  map[string]int  // how many weaknesses affect those that changed
}

// maxWaiting bounds what is rung within one look.
const maxWaiting = 256

const (
	bellEvery = 5 * time.Second
	feedLook  = 10 * time.Minute
)

func (s *Server) wireDesk() {
	s.Desk = &desk.Service{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Courier: s.wireCourier()}
	s.Desk.Posted = append(s.Desk.Posted, func(_ context.Context, _ string, n desk.Notice) {
		// Whoever may see it asks for it; the event says only that there is one.
		s.Events.Publish(api.Event{Topic: "notices", Name: "notice", Site: n.Site, Unit: n.Unit, Data: map[string]any{"id": n.ID}})
	})
	s.API.Desk = s.Desk
	s.bell = &bell{server: s, findings: map[string]bool{}, devices: map[string]int{}, stale: map[string]bool{}}
	s.add("bell", s.bell.run)
}

// ring asks that people be told of n.
func (b *bell) ring(n desk.Notice) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) < maxWaiting {
		b.waiting = append(b.waiting, n)
	}
}

// job tells whoever began a job that it did not end as it should have.
func (b *bell) job(j job.Job) {
	switch j.State {
	case job.Failed:
		b.ring(desk.Notice{Kind: "job.failed", Level: desk.Warning, Title: j.Title + ": " + clip(j.Message), Href: "/import", For: j.By.ID})
	case job.Partly:
		b.ring(desk.Notice{Kind: "job.partly", Title: fmt.Sprintf("%s: %d places could not be used", j.Title, j.Faults), Href: "/import", For: j.By.ID})
	}
}

// backupFailed tells who runs Bedrail that there is no new backup.
func (b *bell) backupFailed(err error) {
	why := "the log says why"
	if shown := wrong(err); bedrail.KindOf(err) != bedrail.Internal {
		why = shown
	}
	b.ring(desk.Notice{Kind: "backup.failed", Level: desk.Urgent, Title: "The backup was not made: " + clip(why), Href: "/backups", Needs: SystemRead})
}

func clip(text string) string {
	if len(text) > 200 {
		return text[:200]
	}
	return text
}

// found notes findings that came or changed.
func (b *bell) found(ids []string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		b.findings[id] = true
	}
}

func (b *bell) run(ctx context.Context) error {
	var looked time.Time
	return every(ctx, bellEvery, func() {
		b.lookAtFindings(ctx)
		b.lookAtDisk()
		if now := b.server.Clock.Now(); now.Sub(looked) >= feedLook {
			looked = now
			b.lookAtFeeds(ctx)
		}
		b.mu.Lock()
		waiting := b.waiting
		b.waiting = nil
		b.mu.Unlock()
		for _, n := range waiting {
			if err := b.server.Desk.Post(ctx, b.server.Config.Tenant, n); err != nil && ctx.Err() == nil {
				b.server.Log.WarnContext(ctx, "a notice could not be kept", "kind", n.Kind, "error", err)
			}
		}
	})
}

func (b *bell) lookAtDisk() {
	state := b.server.disk().State
	if was := b.disk; was != state && (state == "low" || state == "full") {
		b.ring(desk.Notice{Kind: "disk." + state, Level: desk.Warning, Title: "The disk of the data folder is getting full", Href: "/system", Needs: SystemRead})
	}
	b.disk = state
}

func (b *bell) lookAtFeeds(ctx context.Context) {
	feeds, err := b.server.Feeds.Feeds(ctx, bedrail.SystemActor("bell", b.server.Config.Tenant))
	if err != nil {
		return // the next look tells
	}
	for _, f := range feeds {
		if f.Stale && !b.stale[f.Name] {
			b.ring(desk.Notice{Kind: "feed.stale", Level: desk.Warning, Title: "The feed " + f.Name + " is older than it should be; nothing new is known from it", Href: "/feeds", Needs: "feed:read"})
		}
		b.stale[f.Name] = f.Stale
	}
}
