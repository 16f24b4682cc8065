package server

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/desk"
	"bedrail/vuln"
)

// most is how many notices of a kind are put on desks within one look; what is
// beyond is summed up in one, and still sent on one by one.
const mostNotices = 20

// lookAtFindings tells once of each finding that has come to affect devices
// here. What affected some when the server started was told before, or is old.
func (b *bell) lookAtFindings(ctx context.Context) {
	b.mu.Lock()
	changed := b.findings
	b.findings = map[string]bool{}
	b.mu.Unlock()
	s := b.server
	if b.exposing == nil {
		now, err := s.Board.Exposing(ctx)
		if err != nil {
			return // the next look seeds it
		}
		b.exposing = now
		for id := range changed {
			delete(now, id) // it changed since the start: told below
		}
	}
	if len(changed) == 0 {
		b.many(b.joins(ctx, nil), b.moreExposures(), moreExposed)
		return
	}
	by := bedrail.SystemActor("bell", s.Config.Tenant)
	found, beds, err := s.Board.Brief(ctx, by, slices.Sorted(maps.Keys(changed)))
	if err != nil {
		s.Log.WarnContext(ctx, "new exposures could not be told", "error", err)
		return
	}
	bedsOf := map[string]int{}
	var fresh []vuln.Finding
	for i, f := range found {
		bedsOf[f.ID] = beds[i]
		if f.Status != vuln.Affected || f.Devices == 0 {
			delete(b.exposing, f.ID)
		} else if !b.exposing[f.ID] {
			b.exposing[f.ID] = true
			fresh = append(fresh, f)
		}
		delete(changed, f.ID)
	}
	for id := range changed {
		delete(b.exposing, id) // it is gone
	}
	slices.SortFunc(fresh, func(p, q vuln.Finding) int { return cmp.Or(q.Rank-p.Rank, cmp.Compare(p.ID, q.ID)) })
	notices := make([]desk.Notice, len(fresh))
	for i, f := range fresh {
		notices[i] = exposureNotice(f, bedsOf[f.ID])
	}
	newly := map[string]bool{}
	for _, f := range fresh {
		newly[f.ID] = true
	}
	notices = append(notices, b.joins(ctx, newly)...)
	b.many(notices, b.moreExposures(), moreExposed)
}

const moreExposed = "%d more weaknesses or devices have come together here"

func (b *bell) moreExposures() desk.Notice {
	return desk.Notice{Kind: "exposure.many", Level: desk.Warning, Href: "/findings?filter=status:affected&sort=-rank", Needs: vuln.Read}
}

// many rings for the first notices, and sums up the rest; each is sent on.
func (b *bell) many(list []desk.Notice, sum desk.Notice, title string) {
	for i, n := range list {
		n.Passing = i >= mostNotices
		b.ring(n)
	}
	if more := len(list) - mostNotices; more > 0 {
		sum.Title = fmt.Sprintf(title, more)
		sum.Facts = map[string]string{"count": strconv.Itoa(more)}
		b.ring(sum)
	}
}

func exposureNotice(f vuln.Finding, beds int) desk.Notice {
	model := strings.Join(strings.Fields(f.Model.Manufacturer+" "+f.Model.Model+" "+f.Model.Version), " ")
	n := desk.Notice{Kind: "exposure.new", Level: desk.Info, Title: fmt.Sprintf("%s (%s) reaches %s", f.Vulnerability, f.Severity, model), Href: "/advisories/" + f.Vulnerability, Needs: vuln.Read,
		Facts: map[string]string{"vulnerability": f.Vulnerability, "finding": f.ID, "severity": f.Severity, "score": strconv.FormatFloat(f.Score, 'f', 1, 64), "urgency": string(f.Urgency), "exploited": strconv.FormatBool(f.KEV),
			"manufacturer": f.Model.Manufacturer, "model": f.Model.Model, "version": f.Model.Version, "devices": strconv.Itoa(f.Devices), "beds": strconv.Itoa(beds), "units": strconv.Itoa(len(f.Units)), "status": string(f.Status), "state": f.State, "fixed": strings.Join(f.Fixed, " ")}}
	if f.KEV {
		n.Title += ", and is being exploited elsewhere"
	}
	switch {
	case f.KEV || f.Urgency == vuln.Immediate:
		n.Level = desk.Urgent
	case f.Urgency == vuln.OutOfCycle || f.Severity == "critical" || f.Severity == "high":
		n.Level = desk.Warning
	}
	if len(f.Units) == 1 {
		n.Site, n.Unit = f.Units[0].Site, f.Units[0].Unit
	}
	return n
}
