package asset

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/traffic"
)

// A Patch is what a person changes of a device. A nil field stays as it is.
type Patch struct {
	Tags     *[]string
	Location *traffic.Spot // the zero Spot takes the person's word back
	AssetTag *string
	// Corrections says what an attribute is; an empty text takes an earlier
	// correction back.
	Corrections map[traffic.Attribute]string
}

// correctable are the attributes that a person can correct.
var correctable = []traffic.Attribute{traffic.Class, traffic.Manufacturer, traffic.Model, traffic.SerialNumber, traffic.SoftwareVersion, traffic.OperatingSystem}

// Limits on what a person writes.
const (
	maxTags    = 32
	maxTagText = 64
	maxText    = 200
)

// Patch changes what a person says of a device. version is the one that the
// person saw; when the device differs by now it is a Conflict.
func (r *Registry) Patch(ctx context.Context, by bedrail.Actor, id string, version int64, p Patch) (Device, error) {
	d, err := r.Store.Device(ctx, by.Scope, id)
	if err != nil {
		return Device{}, err
	}
	if err := r.allowPatch(ctx, by, d, p); err != nil {
		return Device{}, err
	}
	if err := p.check(); err != nil {
		return Device{}, err
	}
	if version != 0 && version != d.Version {
		return Device{}, bedrail.Errorf(bedrail.Conflict, "the device was changed meanwhile: it is at version %d, not %d; look again", d.Version, version).
			Because("version", "now", strconv.FormatInt(d.Version, 10), "before", strconv.FormatInt(version, 10))
	}
	now := r.Clock.Now()
	did, note := p.deed()
	part := ""
	err = r.change(ctx, by, &Delta{Events: p.events(id, by, now)}, did,
		&audit.Entry{By: by, Did: did, To: id, Note: note}, func(f *Fuser) error {
			s, err := f.spokesman(id)
			if err != nil {
				return err
			}
			p.write(s, by, now)
			f.touch(s)
			part = f.names(id)[0]
			return nil
		})
	if err != nil {
		return Device{}, err
	}
	return r.told(ctx, by, r.heir(by.Scope.Tenant, id, part))
}

// heir is a device after a change: it may have become a part of another, as
// when its number was corrected to the other's.
func (r *Registry) heir(tenant, id, part string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.tenants[tenant]; t != nil && t.fuser.devices[id] == nil {
		return cmp.Or(t.fuser.deviceOf[part], id)
	}
	return id
}

func (r *Registry) allowPatch(ctx context.Context, by bedrail.Actor, d Device, p Patch) error {
	res := bedrail.Resource{Type: "device", ID: d.ID, Site: d.Location.Site, Unit: d.Location.Unit}
	var asked []bedrail.Action
	if p.Tags != nil {
		asked = append(asked, TagDevice)
	}
	if p.Location != nil {
		asked = append(asked, LocateDevice)
	}
	if len(p.Corrections) > 0 || p.AssetTag != nil {
		asked = append(asked, CorrectDevice)
	}
	if len(asked) == 0 {
		return bedrail.Errorf(bedrail.Invalid, "nothing was given to change; give tags, location, assetTag or corrections")
	}
	for _, what := range asked {
		if err := r.Auth.Authorize(ctx, by, what, res); err != nil {
			return err
		}
	}
	return nil
}

func (p Patch) check() error {
	if p.Tags != nil {
		if len(*p.Tags) > maxTags {
			return bedrail.Errorf(bedrail.Invalid, "a device has at most %d tags", maxTags).Because("tags", "n", strconv.Itoa(maxTags)).At("/tags")
		}
		for i, t := range *p.Tags {
			if t = strings.TrimSpace(t); t == "" || len(t) > maxTagText || strings.ContainsAny(t, "\r\n\t") {
				return bedrail.Errorf(bedrail.Invalid, "a tag has 1 to %d bytes on one line", maxTagText).Because("tag", "n", strconv.Itoa(maxTagText)).At(fmt.Sprintf("/tags/%d", i))
			}
		}
	}
	for a, v := range p.Corrections {
		at := "/corrections/" + string(a)
		switch {
		case !slices.Contains(correctable, a):
			return bedrail.Errorf(bedrail.Invalid, "%q cannot be corrected; class, manufacturer, model, serialNumber, softwareVersion and operatingSystem can", a).At(at)
		case len(v) > maxText || strings.ContainsAny(v, "\r\n\t"):
			return bedrail.Errorf(bedrail.Invalid, "a correction has at most %d bytes on one line", maxText).At(at)
		case a == traffic.Class && v != "" && !IsClass(v):
			return bedrail.Errorf(bedrail.Invalid, "%q is no class; the classes are %s", v, strings.Join(Classes(), ", ")).At(at)
		}
	}
	return nil
}

// deed names what the patch does, for the audit record: which fields, never
// more of a person's words than needed.
func (p Patch) deed() (bedrail.Action, string) {
	var parts []string
	did := TagDevice
	if p.Tags != nil {
		parts = append(parts, "tags: "+strings.Join(*p.Tags, ", "))
	}
	if p.Location != nil {
		did = LocateDevice
		parts = append(parts, "location: "+orUnknown(p.Location.String()))
	}
	if p.AssetTag != nil {
		did = CorrectDevice
		parts = append(parts, "asset tag: "+*p.AssetTag)
	}
	for _, a := range correctable {
		if v, ok := p.Corrections[a]; ok {
			did = CorrectDevice
			parts = append(parts, string(a)+": "+orUnknown(v))
		}
	}
	return did, strings.Join(parts, "; ")
}

// events are what the patch puts into the timeline of a device: one for each
// thing that it says.
func (p Patch) events(id string, by bedrail.Actor, now time.Time) []Event {
	var out []Event
	add := func(kind, code, name, value string, more ...string) {
		if value == "" {
			code += ".none"
		} else {
			more = append(more, name, value)
		}
		out = append(out, Event{Device: id, At: now, Kind: kind, Saying: say(code, more...), By: by.Name})
	}
	if p.Tags != nil {
		add("tagged", "tags", "tags", strings.Join(*p.Tags, ", "))
	}
	if p.Location != nil {
		add("moved", "placed", "place", p.Location.String())
	}
	if p.AssetTag != nil {
		add("tagged", "tagged", "value", strings.TrimSpace(*p.AssetTag))
	}
	for _, a := range correctable {
		if v, ok := p.Corrections[a]; ok {
			add("corrected", "corrected", "value", strings.TrimSpace(v), "attribute", string(a))
		}
	}
	return out
}

// write puts the person's word among the claims of s, in place of the last.
func (p Patch) write(s *Sighting, by bedrail.Actor, now time.Time) {
	say := func(a traffic.Attribute, values ...string) { s.say(by, now, a, values...) }
	if p.Tags != nil {
		say(attributeTag, *p.Tags...)
	}
	if p.Location != nil {
		say(traffic.Location, p.Location.String())
	}
	if p.AssetTag != nil {
		say(traffic.AssetTag, *p.AssetTag)
	}
	for a, v := range p.Corrections {
		say(a, v)
	}
}

// say replaces what a person has said of an attribute; nothing takes it back.
func (s *Sighting) say(by bedrail.Actor, now time.Time, a traffic.Attribute, values ...string) {
	s.drop(func(c claim) bool { return c.Source == fromPerson && c.Attribute == a })
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			s.Claims = append(s.Claims, claim{a, "", nil, Evidence{Source: fromPerson, Field: by.Name, Value: v, Weight: 1, Time: now, Last: now, Count: 1}})
		}
	}
	s.index = nil
}

// spokesman is the sighting to which a person's word about a device is
// attached: it stays with that part should the device be split.
func (f *Fuser) spokesman(id string) (*Sighting, error) {
	var best *fragment
	for _, fr := range f.members[id] {
		if best == nil || best.behind != "" && fr.behind == "" {
			best = fr
		}
	}
	if best == nil || len(best.sightings) == 0 {
		return nil, bedrail.Errorf(bedrail.NotFound, "there is no device %s", id)
	}
	for _, s := range best.sightings { // where the person spoke before
		for _, c := range s.Claims {
			if c.Source == fromPerson {
				return s, nil
			}
		}
	}
	return best.sightings[0], nil
}

// A Merging says that two devices are one.
type Merging struct {
	Devices []string
	Reason  string
	// Despite is for devices whose serial numbers differ: a board or a label was
	// changed. It needs the reason.
	Despite bool
}

func (m Merging) check() error {
	switch {
	case len(m.Devices) != 2 || m.Devices[0] == m.Devices[1]:
		return bedrail.Errorf(bedrail.Invalid, "two different devices make one; give two ids")
	case m.Despite && len(clipText(m.Reason)) < 3:
		return bedrail.Errorf(bedrail.Invalid, "say why they are one device although their serial numbers differ").At("/reason")
	}
	return nil
}

// Merge makes two devices one, because a person says so. It stays so until
// somebody splits them again. Devices whose serial numbers differ are a
// Conflict, unless the person says that they are one all the same.
func (r *Registry) Merge(ctx context.Context, by bedrail.Actor, m Merging) (Device, error) {
	if err := m.check(); err != nil {
		return Device{}, err
	}
	if err := r.allowLink(ctx, by, m.Devices...); err != nil {
		return Device{}, err
	}
	now := r.Clock.Now()
	link := Link{ID: bedrail.NewID("lnk", now), Kind: Merged, At: now, By: by.Name, Reason: clipText(m.Reason)}
	entry := &audit.Entry{By: by, Did: MergeDevice, To: m.Devices[0], Note: "one with " + m.Devices[1] + " (" + link.ID + ")"}
	var delta Delta
	err := r.change(ctx, by, &delta, MergeDevice, entry, func(f *Fuser) error {
		happened, err := f.merge(&link, m)
		if err != nil {
			return err
		}
		if link.Despite {
			entry.Note += ", although their serial numbers differ: " + link.Reason
		}
		delta.Events = []Event{{Device: f.deviceOf[link.A[0]], At: now, Kind: "merged", Saying: happened, By: by.Name}}
		return nil
	})
	if err != nil {
		return Device{}, err
	}
	return r.told(ctx, by, r.deviceOf(by.Scope.Tenant, link.A[0]))
}

// merge joins what link is to join, and says it; or why it cannot.
func (f *Fuser) merge(link *Link, m Merging) (Saying, error) {
	a, b := m.Devices[0], m.Devices[1]
	if link.A, link.B = f.names(a), f.names(b); len(link.A) == 0 || len(link.B) == 0 {
		return Saying{}, bedrail.Errorf(bedrail.NotFound, "one of the devices %s and %s is no more", a, b)
	}
	first, second := f.devices[a].Name(), f.devices[b].Name()
	happened := say("merged", "name", second)
	if one, other := f.serialsApart(a, b); one != "" {
		if !m.Despite {
			return Saying{}, bedrail.Errorf(bedrail.Conflict, "%s has the serial number %s and %s has %s: as long as both stand they are two devices. "+
				"Correct the one that is wrong and merge then; or say that they are one all the same, with the reason", first, one, second, other).
				Because("serials", "first", first, "one", one, "second", second, "other", other)
		}
		link.Despite = true
		happened = say("merged.despite", "name", second, "one", one, "other", other)
	}
	f.unpart(link.A, link.B)
	f.Relink(*link)
	f.resolve()
	if f.deviceOf[link.A[0]] != f.deviceOf[link.B[0]] {
		return Saying{}, bedrail.Errorf(bedrail.Conflict, "%s and %s stay apart: a part of one is said not to be a part of the other; take that split back first", first, second).
			Because("apart", "first", first, "second", second)
	}
	return happened, nil
}

// serialsApart returns a serial number of each of two devices that keep them
// apart, or nothing.
func (f *Fuser) serialsApart(a, b string) (one, other string) {
	for _, x := range f.members[a] {
		for _, y := range f.members[b] {
			if xs, ys := x.sure(traffic.SerialNumber), y.sure(traffic.SerialNumber); xs != "" && ys != "" && xs != ys {
				return x.value(traffic.SerialNumber), y.value(traffic.SerialNumber)
			}
		}
	}
	return "", ""
}

// deviceOf returns the id of the device that a part belongs to.
func (r *Registry) deviceOf(tenant, name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.tenants[tenant]; t != nil {
		return t.fuser.deviceOf[name]
	}
	return ""
}

// Split takes parts out of a device, because a person says that they are
// another; or, when p names an earlier merge or split, takes that back.
func (r *Registry) Split(ctx context.Context, by bedrail.Actor, id string, p Parting) (Device, error) {
	if (p.Undo == "") == (len(p.MACs)+len(p.Addresses) == 0) {
		return Device{}, bedrail.Errorf(bedrail.Invalid, "give either the merge to undo or the addresses that are another device")
	}
	if err := r.allowLink(ctx, by, id); err != nil {
		return Device{}, err
	}
	now := r.Clock.Now()
	note, happened := "undoes "+p.Undo, say("split.undone")
	if p.Undo == "" {
		note = "another device: " + p.parts()
		happened = say("split", "macs", p.parts())
	}
	err := r.change(ctx, by, &Delta{Events: []Event{{Device: id, At: now, Kind: "split", Saying: happened, By: by.Name}}}, MergeDevice,
		&audit.Entry{By: by, Did: "device:split", To: id, Note: note}, func(f *Fuser) error {
			if p.Undo != "" {
				return f.undo(p.Undo)
			}
			return f.part(Link{ID: bedrail.NewID("lnk", now), Kind: Parted, At: now, By: by.Name}, id, p)
		})
	if err != nil {
		return Device{}, err
	}
	return r.told(ctx, by, id)
}

// A Parting says what is not part of a device: the merge or split to take back,
// or its parts that are another device. Either is given, not both.
type Parting struct {
	Undo      string        // id of a link
	MACs      []traffic.MAC // with all that was heard of them
	Addresses []netip.Addr  // what was heard at them without a hardware address
}

func (p Parting) parts() string {
	var texts []string
	for _, m := range p.MACs {
		texts = append(texts, string(m))
	}
	for _, ip := range p.Addresses {
		texts = append(texts, ip.String())
	}
	return strings.Join(texts, ", ")
}

func (r *Registry) allowLink(ctx context.Context, by bedrail.Actor, ids ...string) error {
	for _, id := range ids {
		d, err := r.Store.Device(ctx, by.Scope, id)
		if err != nil {
			return err
		}
		if err := r.Auth.Authorize(ctx, by, MergeDevice, bedrail.Resource{Type: "device", ID: id, Site: d.Location.Site, Unit: d.Location.Unit}); err != nil {
			return err
		}
	}
	return nil
}

// names lists the parts of a device.
func (f *Fuser) names(id string) []string {
	var names []string
	for _, fr := range f.members[id] {
		names = append(names, fr.name)
	}
	return names
}

// undo takes a link back, and sees to it that what it joined does not join
// again by itself.
func (f *Fuser) undo(id string) error {
	for _, l := range f.links {
		if l.ID == id && !l.Undone {
			l.Undone = true
			f.Relink(l)
			if l.Kind == Merged {
				f.Relink(Link{ID: l.ID + "-undone", Kind: Parted, A: l.A, B: l.B, At: l.At, By: l.By})
			}
			return nil
		}
	}
	return bedrail.Errorf(bedrail.NotFound, "there is no merge or split %s that could be undone", id)
}

// unpart takes back splits between a and b: the later word counts.
func (f *Fuser) unpart(a, b []string) {
	for _, l := range f.links {
		if l.Kind == Parted && !l.Undone && (overlaps(l.A, a) && overlaps(l.B, b) || overlaps(l.A, b) && overlaps(l.B, a)) {
			l.Undone = true
			f.Relink(l)
		}
	}
}

func overlaps(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func (f *Fuser) part(l Link, id string, p Parting) error {
	for _, fr := range f.members[id] {
		if fr.at.IsValid() && slices.Contains(p.Addresses, fr.at) || slices.ContainsFunc(fr.macs, func(m traffic.MAC) bool { return slices.Contains(p.MACs, m) }) {
			l.B = append(l.B, fr.name)
		} else {
			l.A = append(l.A, fr.name)
		}
	}
	switch {
	case len(l.B) == 0:
		return bedrail.Errorf(bedrail.Invalid, "the device has none of these hardware addresses, and was not heard at these addresses without one")
	case len(l.A) == 0:
		return bedrail.Errorf(bedrail.Invalid, "these are all parts of the device; leave one out")
	}
	f.unmerge(l.A, l.B)
	f.Relink(l)
	return nil
}

// unmerge takes back merges between a and b.
func (f *Fuser) unmerge(a, b []string) {
	for _, l := range f.links {
		if l.Kind == Merged && !l.Undone && overlaps(slices.Concat(l.A, l.B), a) && overlaps(slices.Concat(l.A, l.B), b) {
			l.Undone = true
			f.Relink(l)
		}
	}
}

func clipText(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "")
}
