package asset

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"bedrail/traffic"
)

// compose makes the device of a component's fragments.
func (f *Fuser) compose(id string, component []*fragment) Device {
	d := Device{ID: id, MACs: []traffic.MAC{}, Addresses: []netip.Addr{}, Hostnames: []string{}, Roles: []string{}, Protocols: []string{},
		Tags: []string{}, Conflicts: []Disagreement{}}
	var sightings []*Sighting
	size := 0
	for _, fr := range component {
		size += len(fr.claims())
	}
	claims := make([]claim, 0, size)
	present := false
	for _, fr := range component {
		d.MACs = append(d.MACs, fr.macs...)
		claims = append(claims, fr.claims()...)
		sightings = append(sightings, fr.sightings...)
		present = present || fr.behind == ""
		d.gather(fr)
	}
	for _, fr := range component {
		if !present && d.Behind == "" {
			d.Behind = f.deviceOf[fr.behind]
		}
	}
	d.decide(claims)
	d.Location = f.whereIs(claims, component)
	d.Elsewhere = f.elsewhere(claims, d.Location)
	d.Placed = placedBy(claims)
	d.name(claims)
	slices.Sort(d.MACs)
	d.MACs = slices.Compact(d.MACs)
	d.Posture, d.Versions, d.Rhythm, d.Randomised = weaknesses(claims), versionsOf(claims, traffic.SoftwareVersion), rhythmOf(sightings), randomised(d.MACs)
	d.Systems = versionsOf(claims, traffic.OperatingSystem)
	for _, s := range sightings {
		d.VLANs = append(d.VLANs, s.VLANs...)
	}
	slices.Sort(d.VLANs)
	d.VLANs = slices.Compact(d.VLANs)
	d.Held = []AddressHeld{}
	if present {
		d.Held = append(d.Held, heldBy(sightings)...)
	}
	d.Unbound = unboundOf(component)
	slices.SortFunc(d.Addresses, netip.Addr.Compare)
	d.Addresses = slices.Compact(d.Addresses)
	slices.Sort(d.Hostnames)
	d.Hostnames = slices.Compact(d.Hostnames)
	d.callItself(component)
	return d
}

// siteOf is the site of the sensor that saw a device: a bed named on the wire
// stands there, even where nothing says more.
func siteOf(component []*fragment) string {
	least := ""
	for _, fr := range component {
		for _, s := range fr.sightings {
			if s.Key.Site != "" && (least == "" || s.Key.Site < least) {
				least = s.Key.Site
			}
		}
	}
	return least
}

// gather takes over what needs no decision: when, how and where it was seen.
// What a list or a vendor's cloud says of a device is no sighting of it.
func (d *Device) gather(fr *fragment) {
	for _, s := range fr.sightings {
		d.KnownSince = earlier(d.KnownSince, s.First)
		if countWire(s.Protocols) > 0 {
			d.FirstSeen = earlier(d.FirstSeen, s.Since)
			if s.Heard.After(d.LastSeen) {
				d.LastSeen = s.Heard
			}
		}
		d.report(s)
		for _, p := range s.Protocols {
			if p != fromPerson {
				d.Protocols = addWord(d.Protocols, p)
			}
		}
		if fr.behind != "" {
			continue // roles and addresses are the carrier's
		}
		for _, r := range s.Roles {
			d.Roles = addWord(d.Roles, r)
		}
		if s.Key.IP.IsValid() {
			d.Addresses = append(d.Addresses, s.Key.IP)
		}
	}
}

// earlier is the earlier of two times; a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// report notes which records speak of the device, and when each did last.
func (d *Device) report(s *Sighting) {
	for i := range s.Claims {
		switch c := &s.Claims[i]; {
		case c.Source == ByList:
			d.reported(ByList, c.Last)
		case c.Source == cloudSource || c.Source == cloudTable:
			d.reported(ByCloud, c.Last)
		}
	}
	for _, l := range s.Leases {
		if slices.Contains(s.Protocols, ByLease) {
			d.reported(ByLease, l.From)
		}
	}
}

func (d *Device) reported(by string, at time.Time) {
	i, had := slices.BinarySearchFunc(d.Reports, by, func(r Report, by string) int { return cmp.Compare(r.By, by) })
	switch {
	case !had:
		d.Reports = slices.Insert(d.Reports, i, Report{by, at})
	case at.After(d.Reports[i].At):
		d.Reports[i].At = at
	}
}

// Reported is when a record spoke of the device last, or zero.
func (d Device) Reported() (at time.Time) {
	for _, r := range d.Reports {
		if r.At.After(at) {
			at = r.At
		}
	}
	return at
}

// decide fuses the attributes that have a Value.
func (d *Device) decide(claims []claim) {
	for _, a := range []struct {
		attribute traffic.Attribute
		value     *Value
	}{{traffic.Class, &d.Class}, {traffic.Manufacturer, &d.Manufacturer}, {traffic.Model, &d.Model}, {traffic.SerialNumber, &d.SerialNumber},
		{traffic.SoftwareVersion, &d.SoftwareVersion}, {traffic.OperatingSystem, &d.OperatingSystem}, {traffic.Attachment, &d.Attachment}} {
		about := about(claims, a.attribute)
		switch a.attribute {
		case traffic.SoftwareVersion, traffic.OperatingSystem, traffic.Attachment:
			about = current(about)
		}
		var rivals *Disagreement
		*a.value, rivals = fuse(a.attribute, about)
		if rivals != nil {
			d.Conflicts = append(d.Conflicts, *rivals)
		}
	}
}

// about returns the claims that speak of an attribute.
func about(claims []claim, a traffic.Attribute) []claim {
	n := 0
	for i := range claims {
		if claims[i].Attribute == a {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]claim, 0, n)
	for i := range claims {
		if claims[i].Attribute == a {
			out = append(out, claims[i])
		}
	}
	return out
}

// name takes names, numbers and tags over; each is a list or the latest.
func (d *Device) name(claims []claim) {
	var tag, udi *claim
	for i := range claims {
		c := &claims[i]
		switch c.Attribute {
		case traffic.Hostname:
			d.Hostnames = append(d.Hostnames, c.Value)
		case traffic.AssetTag:
			if tag == nil || compareClaims(*c, *tag) < 0 {
				tag = c
			}
		case traffic.UDI:
			if udi == nil || compareClaims(*c, *udi) < 0 {
				udi = c
			}
		case attributeTag:
			d.Tags = addWord(d.Tags, c.Value)
		}
	}
	if udi != nil {
		d.UDI = udi.Value
	}
	if tag != nil {
		d.AssetTag = tag.Value
	}
}

// attributeTag is a word that a person put on a device.
const attributeTag traffic.Attribute = "tag"

// locate takes the newest claim of the best source about where a device
// stands: a person's word, then what the device says, then records.
func locate(claims []claim) Location {
	best := believed(claims)
	if best == nil {
		return Location{Status: Unknown}
	}
	s := spotOf(best.Value)
	l := Location{Site: s.Site, Building: s.Building, Floor: s.Floor, Unit: s.Unit, Room: s.Room, Bed: s.Bed, Seen: best.Last, Source: locationSource(best.Source)}
	switch {
	case best.Weight >= confirmedAt:
		l.Status = Confirmed
	case best.Weight >= likelyAt:
		l.Status = Likely
	default:
		l.Status = Candidate
	}
	for _, c := range claims {
		if l.Status != Confirmed && c.Attribute == traffic.Location && disagree(spotOf(c.Value), s) && c.Weight >= best.Weight-decidingMargin &&
			!c.Last.Before(best.Last.Add(-time.Hour)) {
			l.Status = Conflict
		}
	}
	return l
}

// believed is the claim that says where a device stands, or nil.
func believed(claims []claim) (best *claim) {
	for i := range claims {
		c := &claims[i]
		if c.places() && (best == nil || compareLocation(c, best) < 0) {
			best = c
		}
	}
	return best
}

// places reports whether the claim says where a device stands.
func (c *claim) places() bool {
	return c.Attribute == traffic.Location && spotOf(c.Value) != (traffic.Spot{})
}

// maxPlaced bounds the evidence that is listed for a place.
const maxPlaced = 8

// placedBy lists what says where a device stands: what locate believes, then
// the rest, the strongest first.
func placedBy(claims []claim) []Evidence {
	best := believed(claims)
	if best == nil {
		return nil
	}
	var rest []claim
	for i := range claims {
		if c := &claims[i]; c != best && c.places() {
			rest = append(rest, *c)
		}
	}
	slices.SortFunc(rest, compareClaims)
	return append([]Evidence{best.Evidence}, evidenceOf(rest[:min(len(rest), maxPlaced-1)])...)
}

// placeWords find a bed and a room in a place written by hand, such as the
// sysLocation of SNMP: "ICU-3 Bed 12".
var placeWords = regexp.MustCompile(`(?i)\b(bed|room|rm\.?|floor|bldg\.?|building)[ #:-]*([0-9A-Za-z][0-9A-Za-z.-]{0,15})`)

// spotOf reads a place: as dissectors write it, else as people do.
func spotOf(text string) traffic.Spot {
	s := traffic.ParseSpot(text)
	if s != (traffic.Spot{}) {
		return s
	}
	for _, m := range placeWords.FindAllStringSubmatch(text, 4) {
		switch strings.ToLower(m[1][:1]) {
		case "b":
			if strings.EqualFold(m[1], "bed") {
				s.Bed = m[2]
			} else {
				s.Building = m[2]
			}
		case "r":
			s.Room = m[2]
		case "f":
			s.Floor = m[2]
		}
	}
	if s == (traffic.Spot{}) {
		return s // free text that names no bed, room, floor or building may be anything
	}
	rest := strings.Trim(placeWords.ReplaceAllString(text, ""), " ,;/-")
	if len(rest) <= 40 {
		s.Unit = rest
	}
	return s
}

// locationSource names the kind of source for a person: the protocol, not the
// field.
func locationSource(source string) string {
	head, _, _ := strings.Cut(source, ".")
	switch head {
	case "hl7":
		return "hl7v2"
	case "dicom":
		return "dicom"
	}
	return head
}

// compareLocation puts the claim first that is to be believed: a person's
// until something newer by a day speaks, then the newer, then the heavier.
func compareLocation(a, b *claim) int {
	const day = 24 * time.Hour
	ap, bp := a.Source == fromPerson, b.Source == fromPerson
	if ap != bp {
		if ap {
			return -1
		}
		return 1
	}
	if gap := a.Last.Sub(b.Last); gap > day || gap < -day || ap {
		return b.Last.Compare(a.Last)
	}
	// What was heard since a list was taken in knows better than the list:
	// equipment moves, and nobody tells the maintenance system.
	if heard, listed := a, b; (a.Import == "") != (b.Import == "") {
		if heard.Import != "" {
			heard, listed = b, a
		}
		if heard.Last.After(listed.Last) && heard == a {
			return -1
		} else if heard.Last.After(listed.Last) {
			return 1
		}
	}
	return cmp.Or(cmp.Compare(b.Weight, a.Weight), b.Last.Compare(a.Last), compareClaims(*a, *b))
}

func disagree(a, b traffic.Spot) bool {
	return a.Unit != "" && b.Unit != "" && !strings.EqualFold(a.Unit, b.Unit) ||
		a.Bed != "" && b.Bed != "" && !strings.EqualFold(a.Bed, b.Bed)
}

// PrecisionOf says how exactly a location is known at a time. Whatever the
// source, a place that nobody repeated for 24 hours is stale: equipment moves.
func PrecisionOf(l Location, now time.Time) Precision {
	switch {
	case l.Unit == "" && l.Bed == "" && l.Room == "":
		return NowhereKnown
	case !l.Seen.IsZero() && now.Sub(l.Seen) > 24*time.Hour:
		return Stale
	case l.Bed != "":
		return AtBed
	case l.Unit != "" || l.Room != "":
		return AtUnit
	}
	return NowhereKnown
}
