package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"bedrail"
)

const (
	pageUsual = 2 * time.Minute
	// pageAgain is how often an owner is told of what still waits.
	pageAgain = 10 * time.Minute
)

// A HeldBacklog is what a channel keeps back for one reason.
type HeldBacklog struct {
	Channel string    `json:"channel"`
	Reason  string    `json:"reason"`
	Held    int64     `json:"held"`
	Oldest  time.Time `json:"oldest"` // when it came
	Until   time.Time `json:"until"`  // when the first of it goes out
}

// pageOwners tells who answers for a hold that something has waited for long
// enough. Of one channel it tells once in a while.
func (x *Exchange) pageOwners(ctx context.Context, paged map[string]time.Time) {
	held, err := x.Store.HeldBacklogs(ctx, x.scope())
	if err != nil {
		if ctx.Err() == nil {
			x.Log.WarnContext(ctx, "what is held could not be looked at; it is tried again", "error", err)
		}
		return
	}
	now := x.Clock.Now()
	seen := map[string]bool{}
	for _, h := range held {
		l := x.line(h.Channel)
		if l == nil {
			continue
		}
		d := l.plan.Load().Definition
		hold := l.plan.Load().hold()
		seen[h.Channel] = true
		age := now.Sub(h.Oldest)
		if age < hold.PageAfter.Or(pageUsual) || now.Sub(paged[h.Channel]) < pageAgain {
			continue
		}
		paged[h.Channel] = now
		x.notice(Notice{Kind: "page", Channel: h.Channel, Site: d.Site, Unit: d.Unit, Owner: firstWord(hold.Owner, d.Steward),
			Text: fmt.Sprintf("%d messages of %s are held back (%s), the oldest for %s; the first goes out, tagged, in %s", h.Held, h.Channel, h.Reason,
				age.Round(time.Second), max(h.Until.Sub(now), 0).Round(time.Second))})
	}
	for c := range paged {
		if !seen[c] {
			delete(paged, c) // nothing waits there any more: the next hold is a new one
		}
	}
}

func firstWord(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// A Gap is a time in which what a device sends was held back by the policy of
// its owner. Receivers were told when it began and when it ended.
type Gap struct {
	ID      string      `json:"id"`
	Channel string      `json:"channel"`
	Device  string      `json:"device"`
	Claim   DeviceClaim `json:"-"`
	Owner   string      `json:"owner"`
	Reason  string      `json:"reason"`
	Since   time.Time   `json:"since"`
	Until   time.Time   `json:"until,omitzero"`
}

// withheld begins the gap of a device, and tells receivers.
func (l *line) withheld(ctx context.Context, p *plan, m *Message) {
	key := m.Device
	l.mu.Lock()
	_, open := l.gaps[key]
	if l.gaps == nil {
		l.gaps = map[string]Gap{}
	}
	g := Gap{ID: bedrail.NewID("gap", m.ReceivedAt), Channel: l.name, Device: m.Device, Owner: p.hold().Owner, Reason: "the device is contained", Since: m.ReceivedAt}
	if len(m.Sealed.Facts.Devices) > 0 {
		g.Claim = m.Sealed.Facts.Devices[0]
	}
	if !open {
		l.gaps[key] = g
	}
	l.mu.Unlock()
	if open {
		return
	}
	l.tellGap(ctx, m.Format, g)
}

// given ends the gap of a device that is passed on again.
func (l *line) given(ctx context.Context, m *Message) {
	l.mu.Lock()
	g, open := l.gaps[m.Device]
	delete(l.gaps, m.Device)
	l.mu.Unlock()
	if !open {
		return
	}
	g.Until = m.ReceivedAt
	l.tellGap(ctx, m.Format, g)
}

// hasGap reports whether a device's data are being held back.
func (l *line) hasGap(device string) bool {
	if device == "" {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, open := l.gaps[device]
	return open
}

// tellGap keeps a gap and passes on, as a message of the channel's own, that
// the source is withheld or is back: silence must not look like a device that
// is switched off.
func (l *line) tellGap(ctx context.Context, format Format, g Gap) {
	if err := l.x.Store.SaveGap(ctx, l.x.scope(), g); err != nil {
		l.x.Log.WarnContext(ctx, "a gap could not be kept", "channel", l.name, "error", err)
	}
	in := Inbound{own: true, Format: format, Peer: Peer{User: "bedrail"}, Body: gapHL7(l.name, g, l.x.Clock.Now()), ContentType: "application/hl7-v2"}
	if format != HL7v2 {
		in.Format, in.ContentType = JSON, "application/json"
		in.Body = gapJSON(g)
		in.Facts = Facts{Type: "source-withheld", ControlID: g.ID + gapWord(g)}
	}
	if _, err := l.Receive(ctx, in); err != nil {
		l.x.Log.WarnContext(ctx, "receivers could not be told of a gap", "channel", l.name, "error", err)
	}
	l.x.notice(Notice{Kind: "gap", Channel: l.name, Device: g.Device, Text: "the data of a contained device: " + gapWord(g)})
}

func gapWord(g Gap) string {
	if g.Until.IsZero() {
		return "source withheld"
	}
	return "source restored"
}

func gapJSON(g Gap) []byte {
	b, err := json.Marshal(map[string]any{"event": strings.ReplaceAll(gapWord(g), " ", "-"), "gap": g.ID, "device": g.Device, "eui64": g.Claim.EUI64, "serialNumber": g.Claim.Serial,
		"since": g.Since, "until": g.Until, "reason": g.Reason, "owner": g.Owner})
	if err != nil {
		return []byte("{}") // a map of plain values is always written
	}
	return b
}

// gapHL7 writes the marker as a result without a value: OBX-11 X, no result
// can be had (table 0085), with the device in OBX-18 and the beginning and end
// in OBR-7 and 8.
func gapHL7(channel string, g Gap, now time.Time) []byte {
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format("20060102150405.000-0700")
	}
	status := "X"
	if !g.Until.IsZero() {
		status = "F"
	}
	code := strings.ToUpper(strings.ReplaceAll(gapWord(g), " ", "-"))
	device := escapeHL7(firstWord(g.Claim.Serial, g.Device)) + "^^" + escapeHL7(firstWord(g.Claim.EUI64, g.Claim.Serial, g.Device))
	if g.Claim.EUI64 != "" {
		device = g.Claim.EUI64 + "^^" + g.Claim.EUI64 + "^EUI-64"
	}
	return []byte(strings.Join([]string{
		"MSH|^~\\&|BEDRAIL|" + escapeHL7(channel) + "|||" + stamp(now) + "||ORU^R01^ORU_R01|" + ackLike(g.ID) + status + "|P|2.6|||NE|NE",
		"OBR|1||" + g.ID + "^BEDRAIL|" + code + "^" + gapWord(g) + "^99BEDRAIL|||" + stamp(g.Since) + "|" + stamp(g.Until),
		"OBX|1|ST|" + code + "^" + gapWord(g) + "^99BEDRAIL|1.0.0.0|" + gapWord(g) + "||||||" + status + "|||" + stamp(now) + "||||" + device,
		"NTE|1||" + escapeHL7("What this device sends is held back because "+g.Reason+", by the policy of "+firstWord(g.Owner, "its owner")+". Nothing of it is lost."),
		"",
	}, "\r"))
}

// escapeHL7 writes text so that no delimiter of it counts (v2.6 2.7).
func escapeHL7(text string) string {
	return strings.NewReplacer(`\`, `\E\`, "|", `\F\`, "^", `\S\`, "&", `\T\`, "~", `\R\`, "\r", " ", "\n", " ").Replace(text)
}

// ackLike shortens an id to what MSH-10 may hold in older versions.
func ackLike(id string) string {
	if len(id) > 19 {
		return id[len(id)-19:]
	}
	return id
}

// Gaps lists what was held back of contained devices, newest first.
func (x *Exchange) Gaps(ctx context.Context, by bedrail.Actor) ([]Gap, error) {
	if err := x.Auth.Authorize(ctx, by, ReadChannels, bedrail.Resource{Type: "channel"}); err != nil {
		return nil, err
	}
	all, err := x.Store.Gaps(ctx, x.scope(), false)
	out := []Gap{}
	for _, g := range all {
		d := Definition{Name: g.Channel}
		if l := x.line(g.Channel); l != nil {
			d = l.plan.Load().Definition
		}
		if by.Scope.Admits(d.Site, d.Unit) {
			out = append(out, g)
		}
	}
	return out, err
}

// Held says what channels keep back now, for the board.
func (x *Exchange) Held(ctx context.Context, by bedrail.Actor) ([]HeldBacklog, error) {
	if err := x.Auth.Authorize(ctx, by, ReadMessages, bedrail.Resource{Type: "message"}); err != nil {
		return nil, err
	}
	return x.Store.HeldBacklogs(ctx, x.scope())
}
