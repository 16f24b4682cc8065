package server

import (
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/asset"
	"bedrail/desk"
	"bedrail/feed"
	"bedrail/format/query"
	"bedrail/job"
	"bedrail/sbom"
	"bedrail/traffic"
	"bedrail/vuln"
)

// wireExposure joins advisories, bills and devices: each change of one of
// them reaches the board, and what the board finds reaches lists and screens.
func (s *Server) wireExposure() {
	s.Board = &vuln.Board{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Expose: s.exposed,
		Devices: func(ctx context.Context, fn func(asset.Device)) error { return s.Assets.Each(ctx, s.Config.Tenant, fn) },
		Notify: func(ids []string) {
			s.bell.found(ids)
			for _, id := range ids {
				s.Events.Publish(api.Event{Topic: "findings", Name: "finding", Data: map[string]any{"id": id}})
			}
		}}
	s.Feeds = &feed.Desk{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Sources: s.Config.FeedSources, BundleKeys: s.Config.BundleKeys, StaleAfter: s.Config.FeedStaleAfter, Changed: func(ctx context.Context, updates []vuln.Update) {
		s.Board.FeedChanged(ctx, updates)
		s.gateNews.wake()
		s.Events.Publish(api.Event{Topic: "feeds", Name: "feed", Data: map[string]any{"changed": len(updates)}})
	}}
	s.Bills = &sbom.Shelf{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Changed: func(ctx context.Context, b sbom.Bill) {
		s.Board.BillChanged(ctx, b)
		s.patchNews.wake()
		s.gateNews.wake()
	}}
	s.Board.Alarm = s.controlAlarm
	s.Board.Appeared = s.exposureAppeared
	s.Assets.Conversed = func(talks []traffic.Conversation) { s.follower.hear(talks) }
	s.follower = &follower{waiting: map[string]asset.DeviceChanged{}, woken: make(chan struct{}, 1)}
	s.API.Board, s.API.Feeds, s.API.Bills, s.API.Watched = s.Board, s.Feeds, s.Bills, s.watched
	s.API.Publisher = s.Config.Site
	s.API.SignText = func(text string) (string, error) {
		if s.AuditSeal == nil {
			return "", nil // without its keys the server shows what it has, unsigned
		}
		return s.AuditSeal.SignText(text)
	}
	s.Imports["sbom"] = s.importBill
	s.Imports["feed"] = s.importFeed
	s.Imports["vex"] = s.importVEX
	s.Imports["cmms"] = s.importInventory
	s.Imports["leases"] = s.importLeases
	s.Imports["locations"] = s.importPlaces
}

// loadBoard builds the board from the store and every device. It is done before the doors open: a list of findings that is still empty would
// look clean.
func (s *Server) loadBoard(ctx context.Context) error {
	if err := s.Board.Load(ctx); err != nil {
		return err
	}
	s.add("findings", s.followDevices)
	s.add("decisions", func(ctx context.Context) error {
		return every(ctx, time.Minute, func() { s.Board.Reconsider(ctx) })
	})
	if s.Config.FeedsEvery > 0 && len(s.Config.FeedSources) > 0 {
		s.add("feeds", s.fetchFeeds)
	}
	return nil
}

// fetchFeeds asks the configured sources again and again.
func (s *Server) fetchFeeds(ctx context.Context) error {
	by := bedrail.SystemActor("feeds", s.Config.Tenant)
	return every(ctx, s.Config.FeedsEvery, func() {
		if _, refused := s.DB.ReadOnly(); refused {
			return
		}
		result, err := s.Feeds.SyncAll(ctx, by)
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "the feeds could not be fetched", "error", err)
		}
		for _, p := range result.Problems {
			s.Log.WarnContext(ctx, "a part of a feed could not be used", "problem", p.String())
		}
	})
}

// watched sums what the sensors that by may see met with within the last day.
func (s *Server) watched(ctx context.Context, by bedrail.Actor) (api.Watched, error) {
	c, sensors, err := s.DB.CoverageSince(ctx, by.Scope, s.Clock.Now().Add(-24*time.Hour))
	return api.Watched{Packets: c.Packets, Dropped: c.Dropped, Sensors: sensors}, err
}

// exposed keeps with each device what touches it, so that lists can filter.
func (s *Server) exposed(ctx context.Context, counts map[string]asset.Exposed) {
	s.bell.counted(counts)
	if err := s.DB.SaveExposures(ctx, s.Config.Tenant, counts); err != nil {
		s.Log.WarnContext(ctx, "the exposure shown in the list of devices is behind", "error", err)
	}
}

// A follower collects changed devices for the board, so that the record never
// waits for matching.
type follower struct {
	mu      sync.Mutex                     // guards waiting and heard
	waiting map[string]asset.DeviceChanged // the latest of each device
	heard   []traffic.Conversation
	woken   chan struct{}
}

func (f *follower) note(changes []asset.DeviceChanged) {
	f.mu.Lock()
	for _, c := range changes {
		f.waiting[c.ID] = c
	}
	f.mu.Unlock()
	f.wake()
}

// hear collects conversations for the board.
func (f *follower) hear(talks []traffic.Conversation) {
	f.mu.Lock()
	f.heard = append(f.heard, talks...)
	f.mu.Unlock()
	f.wake()
}

func (f *follower) wake() {
	select {
	case f.woken <- struct{}{}:
	default:
	}
}

func (f *follower) take() (map[string]asset.DeviceChanged, []traffic.Conversation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken, heard := f.waiting, f.heard
	f.waiting, f.heard = map[string]asset.DeviceChanged{}, nil
	return taken, heard
}

func (s *Server) followDevices(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.follower.woken:
		}
		s.follow(ctx)
	}
}

// follow tells the board of the devices that changed.
func (s *Server) follow(ctx context.Context) {
	taken, heard := s.follower.take()
	var now []asset.Device
	for _, id := range slices.Sorted(maps.Keys(taken)) {
		if c := taken[id]; c.Gone {
			s.Board.DeviceGone(ctx, id)
		} else {
			now = append(now, c.Device)
		}
	}
	s.Board.DevicesChanged(ctx, now...)
	if len(heard) > 0 {
		s.Board.Heard(ctx, heard)
	}
}

// exposureAppeared tells of findings that are new. What they are about is
// asked for by whoever may see it.
func (s *Server) exposureAppeared(_ context.Context, findings []vuln.Finding) {
	for _, f := range findings {
		s.Events.Publish(api.Event{Topic: "findings", Name: "exposure", Data: map[string]any{"id": f.ID, "urgency": f.Urgency, "status": f.Status}})
	}
}

// controlAlarm tells of a control that recorded conversations contradict, or
// that ran out: in the record, in the log and on screens.
func (s *Server) controlAlarm(ctx context.Context, c vuln.ControlStatus) {
	s.bell.ring(desk.Notice{Kind: "control." + string(c.State), Level: desk.Urgent, Title: "A control no longer holds " + c.Vulnerability + " in " + c.Model.Model, Href: "/controls", Needs: vuln.Read,
		Facts: map[string]string{"control": c.ID, "vulnerability": c.Vulnerability, "manufacturer": c.Model.Manufacturer, "model": c.Model.Model, "devices": strconv.Itoa(c.Devices), "state": string(c.State)}})
	s.Log.WarnContext(ctx, "a control no longer holds", "control", c.ID, "vulnerability", c.Vulnerability, "state", c.State)
	s.Events.Publish(api.Event{Topic: "findings", Name: "control", Data: map[string]any{"id": c.ID, "state": c.State, "vulnerability": c.Vulnerability}})
}

// devicesChanged is told by the registry after each commit. A screen hears of
// a device only within its scope.
func (s *Server) devicesChanged(_ context.Context, changes []asset.DeviceChanged) {
	s.follower.note(changes)
	s.binder.changed(changes)
	for _, c := range changes {
		if s.planner.Waits(c.Device) {
			s.patchNews.wake()
		}
		places := []asset.Location{c.Device.Location}
		if c.Left != nil {
			places = append(places, *c.Left)
		}
		for _, l := range places {
			s.Events.Publish(api.Event{Topic: "devices", Name: "device", Site: l.Site, Unit: l.Unit,
				Data: map[string]any{"id": c.ID, "version": c.Version, "gone": c.Gone}})
		}
	}
}

// caughtUp lets an import end only when the board knows what it brought,
// where no part does that meanwhile.
func (s *Server) caughtUp(ctx context.Context) {
	if s.pipe == nil {
		s.follow(ctx)
	}
}

func (s *Server) importBill(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	model := asset.ModelKey{Manufacturer: in.Params.Get("manufacturer"), Model: in.Params.Get("model"), Version: in.Params.Get("version")}
	if in.DryRun {
		b, err := sbom.Read(in.Name, in.Body)
		return billRead(b), err
	}
	b, err := s.Bills.Import(ctx, by, in.Name, model, in.Body)
	if err != nil {
		return nil, err
	}
	for _, w := range b.Warnings {
		p.Say(w)
	}
	problems, err := s.Board.TakeStatements(ctx, by, b)
	for _, problem := range problems {
		p.Fault(in.Name, problem)
	}
	if err != nil {
		return nil, err
	}
	return billRead(b), nil
}

// billRead is what the import of a bill says in the end.
func billRead(b sbom.Bill) map[string]any {
	return map[string]any{"id": b.ID, "model": b.Model, "format": b.Format, "specVersion": b.SpecVersion, "components": len(b.Components), "quality": b.Quality}
}

func (s *Server) importFeed(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	if in.DryRun {
		return nil, bedrail.Errorf(bedrail.Invalid, "feeds have no dry run; \"bedrail assess\" reads them without keeping anything")
	}
	result, err := s.Feeds.Import(ctx, by, in.Name, in.Body)
	for _, problem := range result.Problems {
		p.Fault(in.Name, problem.String())
	}
	return result, err
}

// importVEX brings in what a maker or somebody else says about weaknesses.
func (s *Server) importVEX(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	about := vuln.About{Authority: vuln.Authority(in.Params.Get("authority")),
		Model: asset.ModelKey{Manufacturer: in.Params.Get("manufacturer"), Model: in.Params.Get("model"), Version: in.Params.Get("version")}}
	defer s.gateNews.wake()
	result, err := s.Board.ImportVEX(ctx, by, in.Name, in.Body, about, in.DryRun)
	for _, problem := range result.Problems {
		p.Fault(in.Name, problem)
	}
	return result, err
}

func (s *Server) importInventory(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	if err := s.Policy.Authorize(ctx, by, asset.ImportDevices, bedrail.Resource{Type: "device", Site: in.Params.Get("site")}); err != nil {
		return nil, err // before the file is read
	}
	mapping, err := s.mappingOf(ctx, by, in, asset.DeviceList)
	if err != nil {
		return nil, err
	}
	inv, err := asset.ReadCMMS(in.Name, in.Body, mapping)
	if err != nil {
		return nil, err
	}
	p.Total(int64(len(inv.Rows)), "rows")
	for _, problem := range inv.Problems {
		p.Fault(problemPlace(problem), problem.Text)
	}
	report, err := s.Assets.ImportInventory(ctx, by, inv, s.importOptions(in, p))
	s.caughtUp(ctx)
	if len(inv.Rows) > manyRows {
		debug.FreeOSMemory() // what only the import needed is given back at once
	}
	return report, err
}

// manyRows is from how many rows on a list leaves memory behind that is worth
// collecting.
const manyRows = 10_000

func problemPlace(p asset.Problem) string {
	place := p.File + " line " + strconv.Itoa(p.Line)
	if p.Column != "" {
		place += ", column " + p.Column
	}
	return place
}

// mappingOf is what the columns of a list mean: as was said with it, or as was
// saved under a name.
func (s *Server) mappingOf(ctx context.Context, by bedrail.Actor, in job.Import, kind asset.ListKind) (map[string]string, error) {
	if name := in.Params.Get("saved"); name != "" {
		return s.Assets.SavedMapping(ctx, by, kind, name)
	}
	return asset.ParseMapping(in.Params.Get("mapping"), kind.Fields())
}

// importPlaces takes in a list of sites, buildings, floors, units, rooms and
// beds.
func (s *Server) importPlaces(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	if err := s.Policy.Authorize(ctx, by, asset.WritePlaces, bedrail.Resource{Type: "location", Site: in.Params.Get("site")}); err != nil {
		return nil, err // before the file is read
	}
	mapping, err := s.mappingOf(ctx, by, in, asset.PlaceList)
	if err != nil {
		return nil, err
	}
	list, err := asset.ReadPlaces(in.Name, in.Body, mapping)
	if err != nil {
		return nil, err
	}
	p.Total(int64(len(list.Rows)), "rows")
	for _, problem := range list.Problems {
		p.Fault(problemPlace(problem), problem.Text)
	}
	report, err := s.Assets.ImportPlaces(ctx, by, list, s.importOptions(in, p))
	s.caughtUp(ctx)
	return report, err
}

func (s *Server) importLeases(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	if err := s.Policy.Authorize(ctx, by, asset.ImportDevices, bedrail.Resource{Type: "device", Site: in.Params.Get("site")}); err != nil {
		return nil, err
	}
	list, err := asset.ReadLeases(in.Name, in.Body, s.Clock.Now())
	if err != nil {
		return nil, err
	}
	for _, problem := range list.Problems {
		p.Fault(problemPlace(problem), problem.Text)
	}
	report, err := s.Assets.ImportLeases(ctx, by, list, s.importOptions(in, p))
	s.caughtUp(ctx)
	return report, err
}

func (s *Server) importOptions(in job.Import, p *job.Progress) asset.ImportOptions {
	site := in.Params.Get("site")
	if site == "" {
		site = s.Config.Site
	}
	last := 0
	return asset.ImportOptions{Site: site, Name: in.Name, DryRun: in.DryRun, Progress: func(done int) {
		p.Add(int64(done - last))
		last = done
	}}
}

// wireSetup says from which facts the first steps tick themselves.
func (s *Server) wireSetup() {
	by := bedrail.SystemActor("setup", s.Config.Tenant)
	s.setup["administrator"] = s.Access.SettledSince
	s.setup["capture"] = func(ctx context.Context) (time.Time, error) {
		c, _, err := s.DB.CoverageSince(ctx, by.Scope, time.Time{})
		if c.Packets == 0 {
			return time.Time{}, err
		}
		return c.From, err
	}
	s.setup["devices"] = s.since(by, "")
	s.setup["inventory"] = s.since(by, "protocol:cmms")
	s.setup["feeds"] = func(ctx context.Context) (time.Time, error) {
		feeds, err := s.Feeds.Feeds(ctx, by)
		for _, f := range feeds {
			return f.ImportedAt, err
		}
		return time.Time{}, err
	}
	s.setup["backup"] = func(context.Context) (time.Time, error) { return s.lastBackup(), nil }
	s.setup["bills"] = func(ctx context.Context) (time.Time, error) {
		page, err := s.Bills.Bills(ctx, by, query.Request{Limit: 1})
		if err != nil || page.Total == 0 {
			return time.Time{}, err
		}
		return time.Parse(time.RFC3339, page.Items[0].ImportedAt)
	}
}

// since is when the first device of a filter became known; zero when there is
// none.
func (s *Server) since(by bedrail.Actor, filter string) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) {
		f, err := query.Parse(filter)
		if err != nil {
			return time.Time{}, err
		}
		page, err := s.Assets.Devices(ctx, by, query.Request{Filter: f, Sort: []query.SortKey{{Field: "known_since"}}, Limit: 1})
		if err != nil || len(page.Items) == 0 {
			return time.Time{}, err
		}
		d, err := s.Assets.Device(ctx, by, page.Items[0].ID)
		return d.KnownSince, err
	}
}
