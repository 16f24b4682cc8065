package server

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"bedrail"
	"bedrail/desk"
	"bedrail/lifecycle"
	"bedrail/procure"
	"bedrail/vuln"
)

// gateLook is how often statements are compared with what was seen, though
// nothing woke the look: traffic goes on.
const gateLook = 5 * time.Minute

// lookAtLives compares what makers state with what is known, and tells once of
// contradictions, recalls and ends of support.
func (s *Server) lookAtLives(ctx context.Context) {
	if _, refused := s.DB.ReadOnly(); refused {
		return
	}
	for what, look := range map[string]func(context.Context) error{"contradictions": s.lookAtContradictions, "recalls": s.lookAtRecalls, "ends of support": s.lookAtSupport} {
		if err := look(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "not everything was looked at", "what", what, "error", err)
		}
	}
}

func (s *Server) lookAtContradictions(ctx context.Context) error {
	fresh, err := s.gate.Watch(ctx)
	notices := make([]desk.Notice, len(fresh))
	for i, c := range fresh {
		notices[i] = desk.Notice{Kind: "contradiction.new", Level: desk.Info, Title: fmt.Sprintf("%s %s: the maker says %s; %s says otherwise", c.Maker, c.Model, c.Says, c.Against), Needs: vuln.Read, Key: c.ID + c.Since.Format(time.RFC3339),
			Href: "/findings/" + c.ID, Facts: map[string]string{"contradiction": c.ID, "rule": c.Rule, "severity": c.Severity, "against": c.Against, "manufacturer": c.Maker, "model": c.Model, "version": c.Version, "devices": strconv.Itoa(c.Devices)}}
		if c.Severity == "high" {
			notices[i].Level = desk.Warning
		}
	}
	s.bell.many(notices, desk.Notice{Kind: "contradiction.many", Level: desk.Warning, Href: "/contradictions", Needs: procure.Read}, "%d more contradictions were found")
	return err
}

func (s *Server) lookAtRecalls(ctx context.Context) error {
	work, err := s.API.Lives.Worklist(ctx, bedrail.SystemActor("lifecycle", s.Config.Tenant))
	if err != nil {
		return err
	}
	type counted struct {
		first              lifecycle.Task
		devices, undecided int
		open               int
	}
	recalls, order := map[string]*counted{}, []string{}
	for _, t := range work {
		key := t.Recall + "|" + t.Manufacturer + "|" + t.Model
		c := recalls[key]
		if c == nil {
			c = &counted{first: t}
			recalls[key], order = c, append(order, key)
		}
		c.devices++
		if t.Match != vuln.Affected {
			c.undecided++
		}
		if t.State == lifecycle.WorkOpen {
			c.open++
		}
	}
	var notices []desk.Notice
	for _, key := range order {
		c := recalls[key]
		if c.open == 0 {
			continue
		}
		n := desk.Notice{Kind: "recall.new", Level: desk.Warning, Title: fmt.Sprintf("Recall %s reaches %s %s", c.first.Recall, c.first.Manufacturer, c.first.Model), Href: "/recall-work?filter=" + url.QueryEscape("recall:"+c.first.Recall), Needs: "device:read", Key: key,
			Facts: map[string]string{"recall": c.first.Recall, "class": c.first.Class, "manufacturer": c.first.Manufacturer, "model": c.first.Model, "devices": strconv.Itoa(c.devices), "undecidable": strconv.Itoa(c.undecided)}}
		if c.devices == c.undecided {
			n.Title = fmt.Sprintf("Recall %s may mean %s %s; numbers have to be looked at", c.first.Recall, c.first.Manufacturer, c.first.Model)
		}
		notices = append(notices, n)
	}
	s.bell.many(notices, desk.Notice{Kind: "recall.many", Level: desk.Warning, Href: "/recall-work", Needs: "device:read"}, "%d more recalls reach devices here")
	return nil
}

// Ends of support are told half a year ahead, and for a month after.
const (
	endsAhead = 182
	endsAfter = 31
)

func (s *Server) lookAtSupport(ctx context.Context) error {
	standings, err := s.API.Lives.Ledger(ctx, bedrail.SystemActor("lifecycle", s.Config.Tenant))
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	today, from, until := lifecycle.DayOf(now), lifecycle.DayOf(now.AddDate(0, 0, -endsAfter)), lifecycle.DayOf(now.AddDate(0, 0, endsAhead))
	var notices []desk.Notice
	for _, x := range standings {
		if x.Ends == "" || x.Ends < from || x.Ends > until || x.Devices == 0 {
			continue
		}
		n := desk.Notice{Kind: "support.ending", Level: desk.Info, Title: fmt.Sprintf("Support of %s %s ends on %s", x.Manufacturer, x.Model, x.Ends), Href: "/ledger?filter=" + url.QueryEscape(fmt.Sprintf("model:%q", x.Model)), Needs: lifecycle.ReadModels, Key: x.ID + string(x.Ends),
			Facts: map[string]string{"manufacturer": x.Manufacturer, "model": x.Model, "ends": string(x.Ends), "of": x.EndsOf, "devices": strconv.Itoa(x.Devices), "responsibility": string(x.Responsibility)}}
		if x.Ends <= today {
			n.Kind, n.Level, n.Title = "support.ended", desk.Warning, fmt.Sprintf("Support of %s %s has ended (%s)", x.Manufacturer, x.Model, x.Ends)
		}
		notices = append(notices, n)
	}
	s.bell.many(notices, desk.Notice{Kind: "support.many", Level: desk.Info, Href: "/ledger", Needs: lifecycle.ReadModels}, "support of %d more models ends soon")
	return nil
}

// purchaseChanged tells that a purchase looks otherwise than before.
func (s *Server) purchaseChanged(_ context.Context, p procure.Purchase, c procure.Change) {
	n := desk.Notice{Kind: "purchase.changed", Level: desk.Info, Title: fmt.Sprintf("%s: now %s (score %d, was %d)", p.Title, c.To, c.Score, c.Was), Href: "/purchases/" + p.ID, Needs: procure.Read, Key: p.ID + "/" + strconv.FormatInt(p.Version, 10),
		Facts: map[string]string{"purchase": p.ID, "manufacturer": p.Model.Manufacturer, "model": p.Model.Model, "version": p.Model.Version, "stage": string(p.Stage), "from": string(c.From), "verdict": string(c.To), "score": strconv.Itoa(c.Score),
			"was": strconv.Itoa(c.Was), "worse": strconv.Itoa(len(c.Worse)), "better": strconv.Itoa(len(c.Better))}}
	if len(c.Worse) > 0 {
		n.Level = desk.Warning
	}
	s.bell.ring(n)
}
