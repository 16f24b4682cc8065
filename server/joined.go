package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/asset"
	"bedrail/desk"
	"bedrail/vuln"
)

// counted notes how many weaknesses affect devices now.
func (b *bell) counted(counts map[string]asset.Exposed) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, c := range counts {
		b.devices[id] = c.Affected
	}
}

// joins tells of devices that have come to a weakness that is known here: a new
// one, or one that is now known to be of a weak model or version. newly are the
// findings that are told by themselves.
func (b *bell) joins(ctx context.Context, newly map[string]bool) []desk.Notice {
	b.mu.Lock()
	now := b.devices
	b.devices = map[string]int{}
	b.mu.Unlock()
	if b.weak == nil { // what is exposed when the server starts was told before, or is old
		b.weak = b.server.Board.Weak()
		return nil
	}
	var came []string
	for id, n := range now {
		switch {
		case n == 0:
			delete(b.weak, id)
		case !b.weak[id]:
			b.weak[id] = true
			came = append(came, id)
		}
	}
	if len(came) == 0 {
		return nil
	}
	slices.Sort(came)
	groups, err := b.server.Board.Joined(ctx, bedrail.SystemActor("bell", b.server.Config.Tenant), came, func(id string) bool { return b.exposing[id] && !newly[id] })
	if err != nil {
		b.server.Log.WarnContext(ctx, "devices that came to known weaknesses could not be told", "error", err)
		return nil
	}
	var out []desk.Notice
	for _, g := range groups {
		out = append(out, joinNotice(g))
	}
	return out
}

// mostNamed is how many weaknesses a notice names.
const mostNamed = 10

func joinNotice(g vuln.Join) desk.Notice {
	model := strings.Join(strings.Fields(g.Model.Manufacturer+" "+g.Model.Model+" "+g.Model.Version), " ")
	worst := g.Findings[0]
	what, whom := "1 device", "/findings/"+worst.ID
	if len(g.Devices) > 1 {
		what = strconv.Itoa(len(g.Devices)) + " devices"
	}
	n := desk.Notice{Kind: "exposure.joined", Level: desk.Info, Needs: vuln.Read, Href: whom,
		Facts: map[string]string{"manufacturer": g.Model.Manufacturer, "model": g.Model.Model, "version": g.Model.Version, "devices": strconv.Itoa(len(g.Devices)), "weaknesses": strconv.Itoa(len(g.Findings)),
			"severity": worst.Severity, "urgency": string(worst.Urgency), "status": string(worst.Status), "exploited": "false"}}
	named, used, beds, units := []string{}, false, 0, map[[2]string]bool{}
	for _, f := range g.Findings {
		used = used || f.KEV
		if len(named) < mostNamed {
			named = append(named, f.Vulnerability)
		}
	}
	for _, d := range g.Devices {
		units[[2]string{d.Location.Site, d.Location.Unit}] = true
		if d.Location.Bed != "" {
			beds++
		}
	}
	n.Facts["vulnerability"], n.Facts["exploited"] = strings.Join(named, " "), strconv.FormatBool(used)
	n.Facts["beds"], n.Facts["units"] = strconv.Itoa(beds), strconv.Itoa(len(units))
	if len(g.Devices) == 1 {
		n.Facts["device"], n.Href = g.Devices[0].ID, "/devices/"+g.Devices[0].ID+"?tab=exposures"
	}
	n.Title = fmt.Sprintf("%s of %s came to %s", what, model, known(g))
	if used {
		n.Level, n.Title = desk.Warning, n.Title+", one of them exploited elsewhere"
	} else if worst.Severity == "critical" {
		n.Level = desk.Warning
	}
	if len(units) == 1 {
		at := slices.Collect(maps.Keys(units))[0]
		n.Site, n.Unit = at[0], at[1]
	}
	return n
}

func known(g vuln.Join) string {
	if len(g.Findings) == 1 {
		return g.Findings[0].Vulnerability + ", which is known here"
	}
	return fmt.Sprintf("%d weaknesses that are known here", len(g.Findings))
}
