package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"bedrail/api"
)

// A step is one of those by which the hospital moves in.
type step struct {
	name string
	do   func(ctx context.Context, s *stage) error
}

// records are brought first, so that a visitor finds something at once.
var records = []step{
	{"this morning's network", func(_ context.Context, s *stage) error { return s.morning() }},
	{"the inventory of record", func(ctx context.Context, s *stage) error {
		return s.file(ctx, "cmms", "inventory.csv", nil, s.h.CMMS)
	}},
	{"devices in patients' homes, from their vendors' clouds", func(ctx context.Context, s *stage) error { return s.clouds(ctx) }},
	{"published advisories", func(ctx context.Context, s *stage) error {
		return s.file(ctx, "feed", "feeds.zip", nil, func() ([]byte, error) { return Feeds(lateFile) })
	}},
	{"bills of software", func(ctx context.Context, s *stage) error { return s.bills(ctx) }},
	{"makers' statements", func(ctx context.Context, s *stage) error { return s.statements(ctx) }},
	{"maintenance dates", func(ctx context.Context, s *stage) error {
		return s.file(ctx, "maintenance", "maintenance.csv", nil, func() ([]byte, error) { return s.h.Maintenance(time.Now()) })
	}},
	{"lives of models, purchases and recalls", func(ctx context.Context, s *stage) error { return s.paperwork(ctx) }},
	{"messages and images of this morning", func(ctx context.Context, s *stage) error { return s.exchange(ctx) }},
}

// steps is how many there are: the records, a day of history at a time, and
// what needs the whole week.
var steps = len(records) + weekDays + 1 + 1

// moveIn brings the hospital to the product, step by step.
func (s *Show) moveIn(ctx context.Context, on *stage) error {
	done := 0
	take := func(state, name string, do func(context.Context, *stage) error) error {
		s.waiting(ctx, on)
		s.tell(func(p *api.Demo) { p.State, p.Doing, p.Done = state, name, done })
		if err := do(ctx, on); err != nil {
			return fmt.Errorf("bringing %s: %w", name, err)
		}
		done++
		return nil
	}
	for _, st := range records {
		if err := take("starting", st.name, st.do); err != nil {
			return err
		}
	}
	now := time.Now()
	for ago := weekDays; ago >= 0; ago-- {
		day := now.UTC().AddDate(0, 0, -ago).Format(time.DateOnly)
		if err := take("filling", "the network of "+day, func(ctx context.Context, s *stage) error { return s.dayOf(ctx, now, ago, day) }); err != nil {
			return err
		}
	}
	if err := take("filling", "plans that need the week", func(ctx context.Context, s *stage) error { return s.plans(ctx) }); err != nil {
		return err
	}
	s.tell(func(p *api.Demo) { p.State, p.Doing, p.Done = "complete", "", done })
	return nil
}

func (s *stage) morning() error {
	for _, site := range s.h.Sites() {
		if err := s.taps.send(site, s.h.Morning(site, time.Now())); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) file(ctx context.Context, kind, name string, of url.Values, write func() ([]byte, error)) error {
	body, err := write()
	if err != nil {
		return err
	}
	return s.t.bring(ctx, kind, name, of, body)
}

func (s *stage) bills(ctx context.Context) error {
	bills, err := s.h.Bills()
	if err != nil {
		return err
	}
	for _, b := range bills {
		of := url.Values{"manufacturer": {b.Manufacturer}, "model": {b.Model}, "version": {b.Version}}
		if err := s.t.bring(ctx, "sbom", b.Model+" "+b.Version+".cdx.json", of, b.CycloneDX); err != nil {
			return err
		}
	}
	return nil
}

// dayOf brings one day of history, a capture for each site.
func (s *stage) dayOf(ctx context.Context, now time.Time, ago int, day string) error {
	for _, site := range s.h.Sites() {
		err := s.t.bringCapture(ctx, site, TapName(site)+"-"+day+".pcap", func(take func(Frame) error) error { return s.h.Day(site, now, ago, take) })
		if err != nil {
			return err
		}
	}
	return nil
}

// exchange is where the hospital's own messages go to the doors of the
// exchange: PCD-01, alarms, admissions, images, results. What speaks there
// joins here and, for what goes on all day, in day.
func (s *stage) exchange(context.Context) error { return nil }

// plans does what looks back on the week: the behaviour of the scanner is
// frozen, and patches are proposed for when devices lie idle.
func (s *stage) plans(ctx context.Context) error {
	links, err := s.t.links(ctx, s.h.story.scanner, "device")
	if err != nil || len(links) == 0 {
		return err
	}
	if err := s.t.send(ctx, http.MethodPost, "/api/v1"+links[0].Href+"/behaviour/freeze", struct{}{}, nil); err != nil {
		return err
	}
	if err := s.t.send(ctx, http.MethodPost, "/api/v1/patches/propose", map[string]any{"days": 28, "hours": 2}, nil); err != nil {
		return err
	}
	return s.controls(ctx, time.Now())
}
