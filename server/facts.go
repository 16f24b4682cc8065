package server

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"bedrail"
	"bedrail/format/query"
	"bedrail/job"
)

// factsAge is how long the facts of the record are believed: somebody who
// collects every few seconds does not make the record count every few seconds.
const factsAge = 15 * time.Second

// factsWait bounds how long counting may take.
const factsWait = 5 * time.Second

// facts tells monitoring what the record holds: devices, exposure, feeds, jobs,
// letters. No label names a device, an address or a person.
type facts struct {
	server *Server

	mu   sync.Mutex // guards what follows
	at   time.Time
	held []prometheus.Metric
}

// fact describes a figure once, for Describe and Collect alike.
func fact(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// factDescs are all figures of facts.
type factDescs struct {
	devices, located, exposed, feedAge, feedStale, jobs, letters, packets, dropped, ready, backup *prometheus.Desc
}

func describeFacts() factDescs {
	return factDescs{
		devices:   fact("bedrail_devices", "Devices in the inventory, by how sure their class is.", "status"),
		located:   fact("bedrail_devices_located", "Devices by how well their place is known: bed, unit, stale, unknown.", "place"),
		exposed:   fact("bedrail_devices_exposed", "Devices by what is known against them: affected, undecidable, end-of-life, recalled, recall-undecidable.", "verdict"),
		feedAge:   fact("bedrail_feed_age_seconds", "Time since a feed was last brought in.", "feed"),
		feedStale: fact("bedrail_feed_stale", "1 while a feed is older than feeds.staleAfter, or was never fetched.", "feed"),
		jobs:      fact("bedrail_jobs", "Jobs that are queued or running.", "state"),
		letters:   fact("bedrail_notice_letters_held", "Notices on their way out of the house, waiting and dead.", "state"),
		packets:   fact("bedrail_capture_packets_total", "Packets seen, by interface or listener.", "source"),
		dropped:   fact("bedrail_capture_dropped_total", "Packets that were on the wire and not seen.", "source"),
		ready:     fact("bedrail_ready", "1 while everything that must hold to take work holds."),
		backup:    fact("bedrail_backup_age_seconds", "Time since the newest backup in backup.folder that was proven to restore; absent without one."),
	}
}

// Describe implements prometheus.Collector.
func (f *facts) Describe(c chan<- *prometheus.Desc) {
	d := describeFacts()
	for _, one := range []*prometheus.Desc{d.devices, d.located, d.exposed, d.feedAge, d.feedStale, d.jobs, d.letters, d.packets, d.dropped, d.ready, d.backup} {
		c <- one
	}
}

// Collect implements prometheus.Collector.
func (f *facts) Collect(c chan<- prometheus.Metric) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.server.Clock.Now(); f.held == nil || now.Sub(f.at) >= factsAge {
		f.at, f.held = now, f.look()
	}
	for _, m := range f.held {
		c <- m
	}
}

// look counts. What cannot be counted now is absent, never zero.
func (f *facts) look() []prometheus.Metric {
	ctx, cancel := context.WithTimeout(context.Background(), factsWait)
	defer cancel()
	by := bedrail.SystemActor("metrics", f.server.Config.Tenant)
	out := []prometheus.Metric{}
	add := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		out = append(out, prometheus.MustNewConstMetric(d, kind, v, labels...))
	}
	d := describeFacts()
	f.lookAtDevices(ctx, by, d, add)
	f.lookAtFeeds(ctx, by, d, add)
	f.lookAtWork(ctx, by, d, add)
	f.lookAtServer(ctx, d, add)
	return out
}

type addFact func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string)

func (f *facts) lookAtDevices(ctx context.Context, by bedrail.Actor, d factDescs, add addFact) {
	if n, err := f.server.Assets.Counts(ctx, by); err == nil {
		for _, t := range n.ByStatus {
			add(d.devices, prometheus.GaugeValue, float64(t.Count), t.Value)
		}
		for place, count := range map[string]int{"bed": n.Location.Bed, "unit": n.Location.Unit, "stale": n.Location.Stale, "unknown": n.Location.Unknown} {
			add(d.located, prometheus.GaugeValue, float64(count), place)
		}
	}
	if t, err := f.server.Board.Summary(ctx, by); err == nil {
		for verdict, count := range map[string]int{"affected": t.Affected, "undecidable": t.Undecidable, "end-of-life": t.EndOfLife, "recalled": t.Recalled, "recall-undecidable": t.RecallUndecidable} {
			add(d.exposed, prometheus.GaugeValue, float64(count), verdict)
		}
	}
}

func (f *facts) lookAtFeeds(ctx context.Context, by bedrail.Actor, d factDescs, add addFact) {
	feeds, err := f.server.Feeds.Feeds(ctx, by)
	if err != nil {
		return
	}
	for _, one := range feeds {
		if !one.ImportedAt.IsZero() {
			add(d.feedAge, prometheus.GaugeValue, f.server.Clock.Now().Sub(one.ImportedAt).Seconds(), one.Name)
		}
		add(d.feedStale, prometheus.GaugeValue, bit(one.Stale), one.Name)
	}
}

func (f *facts) lookAtWork(ctx context.Context, by bedrail.Actor, d factDescs, add addFact) {
	for _, state := range []job.State{job.Queued, job.Running} {
		filter := query.Filter{{Field: "state", Op: query.Has, Values: []string{string(state)}}}
		if page, err := f.server.Jobs.Jobs(ctx, by, query.Request{Filter: filter, Limit: 1}); err == nil {
			add(d.jobs, prometheus.GaugeValue, float64(page.Total), string(state))
		}
	}
	if targets, err := f.server.Desk.Courier.Targets(ctx, by); err == nil {
		waiting, dead := 0, 0
		for _, t := range targets {
			waiting, dead = waiting+t.Waiting, dead+t.Dead
		}
		add(d.letters, prometheus.GaugeValue, float64(waiting), "waiting")
		add(d.letters, prometheus.GaugeValue, float64(dead), "dead")
	}
}

func (f *facts) lookAtServer(ctx context.Context, d factDescs, add addFact) {
	for _, c := range f.server.sources.status() {
		add(d.packets, prometheus.CounterValue, float64(c.Packets), c.Source)
		add(d.dropped, prometheus.CounterValue, float64(c.Dropped), c.Source)
	}
	_, ready := f.server.Health.Look(ctx)
	add(d.ready, prometheus.GaugeValue, bit(ready))
	if at := f.server.lastBackup(); !at.IsZero() {
		add(d.backup, prometheus.GaugeValue, f.server.Clock.Now().Sub(at).Seconds())
	}
}

func bit(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
