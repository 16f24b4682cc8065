package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"bedrail"
	"bedrail/access"
	"bedrail/api"
	"bedrail/desk"
	"bedrail/exchange"
	"bedrail/format/query"
	"bedrail/quality"
)

// wireQuality puts the watch over feeds beside the exchange.
func (s *Server) wireQuality() {
	w := &quality.Watch{Store: s.DB, Clock: s.Clock, Log: s.Log, Tenant: s.Config.Tenant, Rang: s.rang}
	s.Quality = &quality.Service{Store: s.DB, Watch: w, Auth: s.Policy, Clock: s.Clock, Advices: s.advices, Channels: s.Exchange.Channels}
	s.API.Quality = s.Quality
}

// openQuality reads what was learned and has the watch run beside the doors.
func (s *Server) openQuality(ctx context.Context) error {
	if err := s.Quality.Watch.Load(ctx); err != nil {
		return err
	}
	s.Metrics.Registry.MustRegister(watched{s.Quality.Watch})
	s.add("quality of feeds", s.Quality.Watch.Run)
	s.add("old quality", func(ctx context.Context) error {
		return every(ctx, time.Hour, func() {
			if _, refused := s.DB.ReadOnly(); refused {
				return
			}
			before := s.Clock.Now().AddDate(0, 0, -91) // the longest that an objective counts
			if _, err := s.DB.SweepQuality(ctx, bedrail.Scope{Tenant: s.Config.Tenant}, before); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "old hours of feeds were not removed", "error", err)
			}
		})
	})
	return nil
}

// rang tells people of an alert that began.
func (s *Server) rang(a quality.Alert) {
	n := desk.Notice{Kind: "quality." + string(a.Kind), Level: desk.Warning, Title: a.Name + " on " + a.Channel + ": " + a.Text, Href: "/quality-alerts", Site: a.Site, Unit: a.Unit, Needs: quality.Read}
	switch {
	case a.Identity():
		n.Level, n.Needs = desk.Urgent, "finding:read"
	case a.Kind == quality.Invalid || a.Kind == quality.Charset || a.Kind == quality.Duplicates:
		n.Level = desk.Info
	}
	s.bell.ring(n)
	s.Events.Publish(qualityEvent(a))
}

// doubted keeps a doubt about who somebody is, with both sides, on the board
// of findings.
func (s *Server) doubted(n exchange.Notice) {
	a := quality.Alert{Kind: quality.Spoofed, Channel: n.Channel, Device: n.Device, Name: numberOf(n.Rivals, n.Device), Site: n.Site, Unit: n.Unit, Text: n.Text, Evidence: n.Rivals, Shadow: n.Shadow,
		Mend: "find out which of the two is the device: look at both places; contain the one that is not, and take its address out of the inventory"}
	if n.Message != "" {
		a.Messages = []string{n.Message}
	}
	if n.Rule != exchange.RuleSpoofed {
		a.Kind, a.Mend = quality.Takeover, "give each device a client id of its own, and bind it to its certificate"
	}
	a.Key = string(a.Kind) + " " + a.Channel + " " + a.Name
	s.Quality.Watch.Raise(a)
}

func numberOf(rivals []exchange.Sighting, device string) string {
	for _, r := range rivals {
		if r.Number != "" {
			return r.Number
		}
	}
	return device
}

// page tells the owner of a hold that something waits: everybody of that role
// or name, and where nobody has it, everybody who may let it go.
func (s *Server) page(n exchange.Notice) {
	ctx := context.Background()
	notice := desk.Notice{Kind: "hold.page", Level: desk.Urgent, Title: n.Text, Href: "/messages?filter=channel:" + n.Channel + "+state:held", Site: n.Site, Unit: n.Unit}
	owners := s.owners(ctx, n.Owner)
	if len(owners) == 0 {
		if n.Owner != "" {
			notice.Title = "For " + n.Owner + ": " + notice.Title
		}
		notice.Needs = exchange.ReplayMessages
		s.bell.ring(notice)
	}
	for _, id := range owners {
		notice.For = id
		s.bell.ring(notice)
	}
	s.Log.InfoContext(ctx, "the owner of a hold was paged", "channel", n.Channel, "owner", n.Owner, "people", len(owners))
}

// owners are the people of a role or a name.
func (s *Server) owners(ctx context.Context, owner string) (ids []string) {
	if owner == "" {
		return nil
	}
	page, err := s.Access.Users(ctx, bedrail.SystemActor("exchange", s.Config.Tenant), query.Request{Limit: 500})
	if err != nil {
		s.Log.WarnContext(ctx, "the owner of a hold could not be looked up", "error", err)
		return nil
	}
	for _, u := range page.Items {
		has := func(g bedrail.Grant) bool {
			return g.Role == owner && slices.Contains(access.Roles(), access.Role(owner))
		}
		if !u.Disabled && (strings.EqualFold(u.Name, owner) || strings.EqualFold(u.DisplayName, owner) || slices.ContainsFunc(u.Grants, has)) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// advices gathers what the doors of all channels see on the wire.
func (s *Server) advices(ctx context.Context, by bedrail.Actor) ([]quality.WireAdvice, error) {
	channels, err := s.Exchange.Channels(ctx, by)
	if err != nil {
		return nil, err
	}
	out := []quality.WireAdvice{}
	for _, c := range channels {
		for _, a := range c.Source.Advice {
			out = append(out, quality.WireAdvice{Channel: c.Definition.Name, Way: "source", Advice: a})
		}
		for _, o := range c.Outlets {
			if k := o.Connection; k != nil && k.Unmatched > 0 {
				out = append(out, quality.WireAdvice{Channel: c.Definition.Name, Way: o.Name, Advice: exchange.Advice{Code: "unmatched-ack", Peer: k.Peer,
					Text: fmt.Sprintf("%d answers belonged to no message that was waiting", k.Unmatched), Mend: "the receiver answers twice, late, or with another control id than it was given (MSA-2)"}})
			}
		}
	}
	return out, nil
}

// watched are the figures of the watch, for monitoring.
type watched struct{ watch *quality.Watch }

func (watched) descriptions() (open, feeds, silent, dropped *prometheus.Desc) {
	return prometheus.NewDesc("bedrail_quality_alerts", "Alerts about feeds that are open, by kind.", []string{"kind"}, nil),
		prometheus.NewDesc("bedrail_quality_feeds", "Feeds that are watched.", nil, nil),
		prometheus.NewDesc("bedrail_quality_silent_feeds", "Feeds that should have spoken and did not.", nil, nil),
		prometheus.NewDesc("bedrail_quality_unwatched_total", "Messages of feeds beyond the number that is watched.", nil, nil)
}

// Describe implements prometheus.Collector.
func (w watched) Describe(c chan<- *prometheus.Desc) {
	open, feeds, silent, dropped := w.descriptions()
	c <- open
	c <- feeds
	c <- silent
	c <- dropped
}

// Collect implements prometheus.Collector.
func (w watched) Collect(c chan<- prometheus.Metric) {
	open, feeds, silent, dropped := w.descriptions()
	kinds, n, quiet, lost := w.watch.Openness()
	for _, k := range quality.Kinds() {
		c <- prometheus.MustNewConstMetric(open, prometheus.GaugeValue, float64(kinds[k]), string(k))
	}
	c <- prometheus.MustNewConstMetric(feeds, prometheus.GaugeValue, float64(n))
	c <- prometheus.MustNewConstMetric(silent, prometheus.GaugeValue, float64(quiet))
	c <- prometheus.MustNewConstMetric(dropped, prometheus.CounterValue, float64(lost))
}

func qualityEvent(a quality.Alert) api.Event {
	return api.Event{Topic: "quality", Name: "alert", Site: a.Site, Unit: a.Unit, Data: map[string]any{"id": a.ID, "kind": a.Kind, "channel": a.Channel}}
}
