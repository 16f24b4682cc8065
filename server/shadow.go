package server

import (
	"context"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/quality"
	"bedrail/server/oneshot"
	"bedrail/shadow"
	"bedrail/traffic"
)

// wireShadow has what sensors overhear checked as the exchange would check it.
func (s *Server) wireShadow() error {
	s.Shadow = &shadow.Board{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Binder: s.binder, Exchange: s.Exchange}
	s.API.Shadow = s.Shadow
	s.doubts = &shadow.Doubts{Binder: s.binder}
	s.Assets.Overheard = s.overheard
	if s.Config.Shadow == "off" {
		return nil
	}
	var err error
	s.listening, err = oneshot.NewListening(s.Exchange.Checker)
	return err
}

// openShadow has old days of what was overheard removed.
func (s *Server) openShadow() {
	s.add("old shadows", func(ctx context.Context) error {
		return every(ctx, time.Hour, func() {
			if _, refused := s.DB.ReadOnly(); refused {
				return
			}
			by := bedrail.SystemActor("retention", s.Config.Tenant)
			entry := audit.Entry{By: by, Did: "system:configure", To: "shadow", Note: "old days of what was overheard removed"}
			_, err := s.DB.SweepShadow(ctx, by.Scope, s.Clock.Now(), shadow.Keep, entry)
			if err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "old days of what was overheard were not removed", "error", err)
			}
		})
	})
}

// shadowFresh is how old a message may be that was overheard for the watch over
// feeds: what is read from a recording says nothing of whether a device speaks
// now.
const shadowFresh = 10 * time.Minute

// overheard gives the watch over feeds what was overheard, on channels that
// bear the name of a shadow. It never waits.
func (s *Server) overheard(heard []traffic.Overheard) {
	if s.Quality == nil {
		return
	}
	now := s.Clock.Now()
	for _, d := range s.doubts.Note(heard, now) {
		s.doubted(exchange.Notice{Kind: "finding", Channel: d.Channel, Device: d.Device, Trust: exchange.Mismatched, Text: d.Text, Rule: exchange.RuleSpoofed, Rivals: d.Rivals, Site: d.Site, Shadow: true})
	}
	for i := range heard {
		o := &heard[i]
		for _, t := range o.Ticks {
			if age := now.Sub(t.At); age > shadowFresh || age < -shadowFresh {
				continue
			}
			s.Quality.Watch.Observe(s.sampleOf(o, t))
		}
	}
	s.Events.Publish(api.Event{Topic: "exchange", Name: "shadow", Data: map[string]any{"heard": len(heard)}})
}

// sampleOf is a message that was overheard, as the watch looks at it: it has
// no values, so nothing is said of values that stand still or drift.
func (s *Server) sampleOf(o *traffic.Overheard, t traffic.OverheardTick) quality.Sample {
	out := quality.Sample{Channel: shadow.ChannelOf(o), Shadow: true, Received: t.At, Observed: t.Observed, Name: o.Sender, Site: o.Site, Type: t.Type, Live: t.Live, Duplicate: t.Duplicate,
		Wrong: quality.Wrong{Units: t.Units, Implausible: t.Implausible, Charset: t.Charset, Invalid: t.Invalid}}
	if out.Name == "" {
		out.Name = o.Client.String()
	}
	if t.Device >= 0 && t.Device < len(o.Devices) {
		d := o.Devices[t.Device]
		for _, n := range []string{d.Serial, d.EUI64, d.UDI, d.AETitle} {
			if n != "" {
				out.Name = n
				break
			}
		}
		out.Device = s.binder.Judge(exchange.DeviceClaim{EUI64: d.EUI64, UDI: d.UDI, Serial: d.Serial, AETitle: d.AETitle}, shadow.PeerOf(o), exchange.Sighting{}).Stamp.Device
	}
	return out
}

// Judge implements shadow.Binder: Bind without remembering where a number was
// heard.
func (b *binder) Judge(claim exchange.DeviceClaim, peer exchange.Peer, elsewhere exchange.Sighting) exchange.Binding {
	return b.judged(b.evidence(claim, &peer), peer, elsewhere)
}
