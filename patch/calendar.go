package patch

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/ics"
)

// OpenCalendar makes an address under which the plan can be subscribed to. An
// empty unit is every unit that by may see.
func (p *Planner) OpenCalendar(ctx context.Context, by bedrail.Actor, name, site, unit string) (Calendar, string, error) {
	if err := p.Auth.Authorize(ctx, by, Plan, bedrail.Resource{Type: "patch", Site: site, Unit: unit}); err != nil {
		return Calendar{}, "", err
	}
	var raw [24]byte
	rand.Read(raw[:])
	secret := base64.RawURLEncoding.EncodeToString(raw[:])
	now := p.Clock.Now()
	c := Calendar{ID: bedrail.NewID("cal", now), Name: cmp.Or(strings.TrimSpace(name), "Patches"), Site: site, Unit: unit, Hash: hashOf(secret), By: by.Name, At: now}
	return c, secret, p.Store.SaveCalendar(ctx, by.Scope, c, audit.Entry{By: by, Did: Plan, To: c.ID, Note: "calendar address for " + cmp.Or(unit, "every unit")})
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Calendars returns the calendar addresses.
func (p *Planner) Calendars(ctx context.Context, by bedrail.Actor) ([]Calendar, error) {
	if err := p.Auth.Authorize(ctx, by, Plan, bedrail.Resource{Type: "patch"}); err != nil {
		return nil, err
	}
	return p.Store.Calendars(ctx, by.Scope)
}

// CloseCalendar ends an address.
func (p *Planner) CloseCalendar(ctx context.Context, by bedrail.Actor, id string) error {
	if err := p.Auth.Authorize(ctx, by, Plan, bedrail.Resource{Type: "patch"}); err != nil {
		return err
	}
	return p.Store.RemoveCalendar(ctx, by.Scope, id, audit.Entry{By: by, Did: Plan, To: id, Note: "calendar address ended"})
}

// Feed writes the calendar of a secret. It names models, units and counts, and
// nothing about weaknesses: the address may lie in many inboxes.
func (p *Planner) Feed(ctx context.Context, secret string, w io.Writer) error {
	in := bedrail.Scope{Tenant: p.Tenant}
	c, err := p.Store.CalendarByHash(ctx, in, hashOf(secret))
	if err != nil {
		return err
	}
	orders, err := p.Store.Orders(ctx, in)
	if err != nil {
		return err
	}
	sortOrders(orders)
	out := ics.Calendar{Name: c.Name, Maker: "Bedrail"}
	for _, o := range orders {
		if c.Site != "" && o.Site != c.Site || c.Unit != "" && o.Unit != c.Unit {
			continue
		}
		out.Events = append(out.Events, o.events()...)
	}
	return out.Write(w)
}

func (o Order) events() (out []ics.Event) {
	status := "TENTATIVE"
	switch o.Stage {
	case Booked, Done, Verified:
		status = "CONFIRMED"
	case Cancelled, Excepted:
		status = "CANCELLED"
	}
	for i, w := range o.Windows {
		stamp := o.LastActAt
		if stamp.IsZero() {
			stamp = o.OpenedAt
		}
		out = append(out, ics.Event{UID: fmt.Sprintf("%s-%d@bedrail", o.ID, i), From: w.From, Until: w.Until, Stamp: stamp, Sequence: o.Version, Title: o.title(), Text: w.Explained + "\nMeans: " + string(o.Means), Place: o.Unit, Status: status, Categories: []string{"patch"}})
	}
	return out
}
