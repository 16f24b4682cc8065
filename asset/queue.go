package asset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/traffic"
)

// An Unidentified is a device of which it is not known what it is, with what
// it most likely is and why.
type Unidentified struct {
	Summary
	Guesses []Guess  `json:"guesses"` // best first, at most three
	Similar int      `json:"similar"` // others in the queue that look the same
	Shows   []Saying `json:"shows"`   // what it was seen to show
}

// A Guess is what a device may be. It is a question to a person and never
// evidence.
type Guess struct {
	Class        string   `json:"class,omitempty"`
	Manufacturer string   `json:"manufacturer,omitempty"`
	Model        string   `json:"model,omitempty"`
	Strength     Strength `json:"strength"`
	Reasons      []Saying `json:"reasons"`
	score        float64
}

// A Strength says in a word how good a guess is; no number is shown, because
// none is calibrated.
type Strength string

// The strengths.
const (
	Strong Strength = "strong"
	Fair   Strength = "fair"
	Weak   Strength = "weak"
)

func strengthOf(score float64) Strength {
	switch {
	case score >= 0.6:
		return Strong
	case score >= 0.3:
		return Fair
	}
	return Weak
}

// maxQueue bounds how many unidentified devices are looked at, and maxGuesses
// what is guessed of each.
const (
	maxQueue   = 2000
	maxGuesses = 3
)

// unidentified reports whether a person is to be asked what a device is.
func unidentified(d Device) bool { return !d.Model.known() || !d.Class.known() }

// A trait is something that devices of one model have in common.
type trait struct {
	kind, value string
}

// traitWeight is how much it says that two devices share a trait.
var traitWeight = map[string]float64{
	"prefix": 0.25, "name": 0.3, "vendorClass": 0.35, "fingerprint": 0.3, "service": 0.15, "banner": 0.3, "peer": 0.2, "protocols": 0.1, "roles": 0.1, "certificate": 0.3,
}

// code is by which sentence a trait is said.
func (t trait) code() string {
	if t.kind == "fingerprint" && strings.Trim(t.value, "0123456789,") == "" {
		return "options" // the numbers of DHCP options
	}
	return t.kind
}

// said tells the evidence as a reason.
func (e Evidence) said() Saying {
	return say("guess.evidence", "source", e.Source, "field", e.Field, "value", clip(e.Value))
}

// traitsOf are the traits of a device, in a fixed order.
func (f *Fuser) traitsOf(d *Device) []trait {
	seen := map[trait]bool{}
	add := func(kind, value string) {
		if value != "" && len(value) <= 200 {
			seen[trait{kind, value}] = true
		}
	}
	for _, m := range d.MACs {
		if !localMAC(m) {
			add("prefix", string(m[:8]))
		}
	}
	for _, h := range d.Hostnames {
		add("name", stem(h))
	}
	var spoken []string
	for _, p := range d.Protocols {
		if p != "ip" && p != "arp" && p != "flow" && !virtualProtocol(p) {
			spoken = append(spoken, p)
		}
	}
	add("protocols", strings.Join(spoken, ", "))
	add("roles", strings.Join(d.Roles, ", "))
	for _, fr := range f.members[d.ID] {
		for _, c := range fr.claims() {
			switch c.Attribute {
			case traffic.VendorClass, traffic.Fingerprint, traffic.Service, traffic.Banner, traffic.Peer:
				add(string(c.Attribute), c.Value)
			case traffic.CertSubject:
				add("certificate", c.Value)
			}
		}
	}
	f.letGo([]string{d.ID})
	out := make([]trait, 0, len(seen))
	for t := range seen {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b trait) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.value, b.value)) })
	return out
}

// stem is the part of a name that its brothers share: the letters before the
// first number, when there are at least three.
func stem(host string) string {
	host, _, _ = strings.Cut(strings.ToUpper(host), ".")
	i := strings.IndexAny(host, "0123456789")
	if i < 0 || i < 3 {
		return ""
	}
	return strings.TrimRight(host[:i], "-_")
}

// looks is what two devices must share to be answered together: everything
// that tells makers and models, and nothing that tells devices apart.
func looks(traits []trait) string {
	var b strings.Builder
	for _, t := range traits {
		switch t.kind {
		case "prefix", "name", "vendorClass", "fingerprint", "service", "protocols":
			b.WriteString(t.kind + "=" + t.value + ";")
		}
	}
	return b.String()
}

// A kind is a model that is known in the house, with what its devices show.
type kind struct {
	class, maker, model string
	devices             int
	traits              map[trait]int
}

// kinds gathers the identified devices by what they are, and counts in how
// many kinds each trait occurs: what all share tells nothing.
func (f *Fuser) kinds(admits func(Device) bool) (list []*kind, spread map[trait]int) {
	by := map[[3]string]*kind{}
	spread = map[trait]int{}
	for _, id := range sortedKeys(f.devices) {
		d := f.devices[id]
		if unidentified(*d) || !admits(*d) {
			continue
		}
		key := [3]string{d.Class.Known(), d.Manufacturer.Known(), d.Model.Known()}
		k := by[key]
		if k == nil {
			k = &kind{class: key[0], maker: key[1], model: key[2], traits: map[trait]int{}}
			by[key] = k
			list = append(list, k)
		}
		k.devices++
		for _, t := range f.traitsOf(d) {
			if k.traits[t]++; k.traits[t] == 1 {
				spread[t]++
			}
		}
	}
	return list, spread
}

// guess says what a device may be: by what its own evidence hints at, and by
// which devices of the house it resembles.
func guess(d *Device, traits []trait, kinds []*kind, spread map[trait]int) []Guess {
	var out []Guess
	if out = rivals(d); len(out) == 0 { // a side of the conflict says more than what is left without it
		if g, ok := hinted(d); ok {
			out = append(out, g)
		}
	}
	for _, k := range kinds {
		if g, ok := k.resembles(d, traits, spread); ok {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(a, b Guess) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.Manufacturer, b.Manufacturer), cmp.Compare(a.Model, b.Model), cmp.Compare(a.Class, b.Class))
	})
	best := []Guess{}
	for _, g := range out {
		same := func(o Guess) bool {
			return o.Class == g.Class && normal(traffic.Manufacturer, o.Manufacturer) == normal(traffic.Manufacturer, g.Manufacturer) && normal(traffic.Model, o.Model) == normal(traffic.Model, g.Model)
		}
		if i := slices.IndexFunc(best, same); i >= 0 {
			best[i].Reasons = append(best[i].Reasons, g.Reasons...)
			continue
		}
		if len(best) < maxGuesses {
			g.Strength = strengthOf(g.score)
			best = append(best, g)
		}
	}
	return best
}

// hinted is what the device's own evidence says, though not well enough.
func hinted(d *Device) (Guess, bool) {
	g := Guess{Class: d.Class.Value, Manufacturer: d.Manufacturer.Value, Model: d.Model.Value}
	for _, v := range []Value{d.Class, d.Manufacturer, d.Model} {
		if v.Value == "" || len(v.Evidence) == 0 {
			continue
		}
		e := v.Evidence[0]
		g.Reasons = append(g.Reasons, e.said())
		g.score = max(g.score, v.Confidence*0.7)
	}
	return g, g.Model != "" || g.Class != ""
}

// rivals are the sides of a conflict about the model.
func rivals(d *Device) []Guess {
	var out []Guess
	for _, c := range d.Conflicts {
		if c.Attribute != traffic.Model && c.Attribute != traffic.Class {
			continue
		}
		for _, v := range c.Values {
			g := Guess{Class: d.Class.Known(), Manufacturer: d.Manufacturer.Known(), Model: d.Model.Known(), score: v.Confidence * 0.7}
			if c.Attribute == traffic.Model {
				g.Model = v.Value
			} else {
				g.Class = v.Value
			}
			if len(v.Evidence) > 0 {
				g.Reasons = []Saying{v.Evidence[0].said()}
			}
			out = append(out, g)
		}
	}
	return out
}

// resembles compares a device with a kind that is known in the house. What is
// known of the device must not speak against it.
func (k *kind) resembles(d *Device, traits []trait, spread map[trait]int) (Guess, bool) {
	g := Guess{Class: k.class, Manufacturer: k.maker, Model: k.model}
	if m := d.Manufacturer.Known(); m != "" && d.Manufacturer.Evidence[0].Source != fromPrefix && normal(traffic.Manufacturer, m) != normal(traffic.Manufacturer, k.maker) {
		return g, false
	}
	if c := d.Class.Known(); c != "" && c != k.class {
		return g, false
	}
	miss := 1.0
	for _, t := range traits {
		n := k.traits[t]
		if n == 0 {
			continue
		}
		// shared by many kinds, a trait tells little
		w := traitWeight[t.kind] * float64(n) / float64(k.devices) / math.Sqrt(float64(spread[t]))
		miss *= 1 - w
		g.Reasons = append(g.Reasons, say("guess.alike", "trait", t.code(), "value", clip(t.value), "some", strconv.Itoa(n), "all", strconv.Itoa(k.devices), "model", k.model))
	}
	g.score = 1 - miss
	return g, g.score >= 0.1
}

// Unidentified returns the devices within by's scope of which it is not known
// what they are: those with the most look-alikes first, since one answer
// settles them all.
func (r *Registry) Unidentified(ctx context.Context, by bedrail.Actor) ([]Unidentified, error) {
	if err := r.reading(ctx, by); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, by.Scope.Tenant)
	if err != nil {
		return nil, err
	}
	return t.fuser.unidentified(by.Scope, r.Clock.Now()), nil
}

// queueOf are the unidentified devices within a scope by how they look.
func (f *Fuser) queueOf(in bedrail.Scope) (ids []string, traits map[string][]trait, like map[string][]string) {
	traits, like = map[string][]trait{}, map[string][]string{}
	for _, id := range sortedKeys(f.devices) {
		d := f.devices[id]
		if !unidentified(*d) || !in.Admits(d.Location.Site, d.Location.Unit) {
			continue
		}
		ids = append(ids, id)
		traits[id] = f.traitsOf(d)
		key := looks(traits[id])
		like[key] = append(like[key], id)
	}
	return ids, traits, like
}

func (f *Fuser) unidentified(in bedrail.Scope, now time.Time) []Unidentified {
	kinds, spread := f.kinds(func(d Device) bool { return in.Admits(d.Location.Site, d.Location.Unit) })
	ids, traits, like := f.queueOf(in)
	out := []Unidentified{}
	for _, id := range ids[:min(len(ids), maxQueue)] {
		d := f.devices[id]
		u := Unidentified{Summary: SummaryOf(*d, Exposed{}, now), Guesses: guess(d, traits[id], kinds, spread), Shows: []Saying{}}
		if key := looks(traits[id]); key != "" {
			u.Similar = len(like[key]) - 1
		}
		for _, t := range traits[id][:min(len(traits[id]), 12)] {
			u.Shows = append(u.Shows, say("trait."+t.code(), "value", clip(t.value)))
		}
		out = append(out, u)
	}
	slices.SortStableFunc(out, func(a, b Unidentified) int {
		return cmp.Or(cmp.Compare(b.Similar, a.Similar), b.LastSeen.Compare(a.LastSeen), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// An Answer is what a person says that a device of the queue is.
type Answer struct {
	Corrections map[traffic.Attribute]string
	Similar     bool // and so are the others that look the same
	Preview     bool // say which, and change nothing
}

// An Answered is what an answer changes or, in a preview, would change.
type Answered struct {
	ID      string  `json:"id,omitempty"` // by which it can be taken back; empty in a preview
	Applied bool    `json:"applied"`
	Devices []Named `json:"devices"`
}

// A Named is a device by its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Answer says what a device is and, when asked, all that look the same. It is
// a person's word: it wins over all evidence, and can be taken back as one.
func (r *Registry) Answer(ctx context.Context, by bedrail.Actor, id string, a Answer) (Answered, error) {
	p := Patch{Corrections: a.Corrections}
	if len(a.Corrections) == 0 {
		return Answered{}, bedrail.Errorf(bedrail.Invalid, "say what the device is: class, manufacturer or model")
	}
	if err := p.check(); err != nil {
		return Answered{}, err
	}
	if _, err := r.Store.Device(ctx, by.Scope, id); err != nil {
		return Answered{}, err
	}
	var out Answered
	now := r.Clock.Now()
	_, note := p.deed()
	batch := bedrail.NewID("ans", now)
	entry := &audit.Entry{By: by, Did: CorrectDevice, To: batch, Note: note}
	var delta Delta
	err := r.change(ctx, by, &delta, CorrectDevice, entry, func(f *Fuser) error {
		devices, err := f.alike(by.Scope, id, a.Similar)
		if err != nil {
			return err
		}
		for _, d := range devices {
			if err := r.allowPatch(ctx, by, *d, p); err != nil {
				return err
			}
			out.Devices = append(out.Devices, Named{d.ID, d.Name()})
		}
		entry.Note = fmt.Sprintf("%s; of %d devices", note, len(devices))
		if a.Preview {
			return errPreview
		}
		for _, d := range devices {
			s, err := f.spokesman(d.ID)
			if err != nil {
				return err
			}
			for _, attribute := range correctable {
				if v := strings.TrimSpace(a.Corrections[attribute]); v != "" {
					s.Claims = append(s.Claims, claim{attribute, batch, nil, Evidence{Source: fromPerson, Field: by.Name, Value: v, Weight: 1, Time: now, Last: now, Count: 1}})
				}
			}
			s.index = nil
			f.touch(s)
			delta.Events = append(delta.Events, p.events(d.ID, by, now)...)
		}
		return nil
	})
	if errors.Is(err, errPreview) {
		return out, nil
	}
	if err == nil {
		out.ID, out.Applied = batch, true
	}
	return out, err
}

// errPreview ends a change that was only to be looked at.
var errPreview = bedrail.Errorf(bedrail.Internal, "a preview changes nothing")

// alike returns a device and, when asked, the others of the queue that look
// the same.
func (f *Fuser) alike(in bedrail.Scope, id string, similar bool) ([]*Device, error) {
	d := f.devices[id]
	if d == nil {
		return nil, bedrail.Errorf(bedrail.NotFound, "there is no device %s", id)
	}
	out := []*Device{d}
	if !similar {
		return out, nil
	}
	key := looks(f.traitsOf(d))
	if key == "" {
		return out, nil
	}
	_, _, like := f.queueOf(in)
	for _, other := range like[key] {
		if other != id {
			out = append(out, f.devices[other])
		}
	}
	return out, nil
}

// UndoAnswer takes back an answer, of all devices that it was given for. What
// was said before it counts again.
func (r *Registry) UndoAnswer(ctx context.Context, by bedrail.Actor, id string) error {
	entry := &audit.Entry{By: by, Did: "device:correct-undo", To: id, Note: "answer undone"}
	var delta Delta
	return r.change(ctx, by, &delta, CorrectDevice, entry, func(f *Fuser) error {
		n := 0
		for _, d := range f.devices {
			if !f.answered(d.ID, id) {
				continue
			}
			if err := r.Auth.Authorize(ctx, by, CorrectDevice, bedrail.Resource{Type: "device", ID: d.ID, Site: d.Location.Site, Unit: d.Location.Unit}); err != nil {
				return err
			}
			n++
			delta.Events = append(delta.Events, Event{Device: d.ID, At: r.Clock.Now(), Kind: "corrected", Saying: say("answer.undone"), By: by.Name})
		}
		if n == 0 || !strings.HasPrefix(id, "ans_") {
			return bedrail.Errorf(bedrail.NotFound, "there is no answer %s that could be undone", id)
		}
		f.unimport(id, nil, map[string]bool{})
		return nil
	})
}

// answered reports whether a device bears claims of an answer.
func (f *Fuser) answered(device, answer string) bool {
	for _, fr := range f.members[device] {
		for _, s := range fr.sightings {
			if slices.ContainsFunc(s.Claims, func(c claim) bool { return c.Import == answer }) {
				return true
			}
		}
	}
	return false
}
