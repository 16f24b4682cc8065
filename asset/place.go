package asset

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bedrail/traffic"
)

// A PlaceLevel says how fine a place is.
type PlaceLevel string

// The levels, from the whole to the part.
const (
	SiteLevel     PlaceLevel = "site"
	BuildingLevel PlaceLevel = "building"
	FloorLevel    PlaceLevel = "floor"
	UnitLevel     PlaceLevel = "unit"
	RoomLevel     PlaceLevel = "room"
	BedLevel      PlaceLevel = "bed"
)

var placeLevels = [...]PlaceLevel{SiteLevel, BuildingLevel, FloorLevel, UnitLevel, RoomLevel, BedLevel}

// A Place is a site, building, floor, unit, room or bed on the hospital's own
// list of places. Its name stands in the field of its level; the fields above
// say within what it lies.
type Place struct {
	ID       string `json:"id"`
	Site     string `json:"site,omitempty"`
	Building string `json:"building,omitempty"`
	Floor    string `json:"floor,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Room     string `json:"room,omitempty"`
	Bed      string `json:"bed,omitempty"`
	Title    string `json:"title,omitempty" doc:"What people call it: Intensive care"`
	// Aliases are other names of a unit in messages and lists: what they say
	// stands in the unit.
	Aliases []string  `json:"aliases,omitempty"`
	Source  string    `json:"source" doc:"person, or the id of an import"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Version int64     `json:"version"`
}

// Spot is where the place is.
func (p Place) Spot() traffic.Spot {
	return traffic.Spot{Site: p.Site, Building: p.Building, Floor: p.Floor, Unit: p.Unit, Room: p.Room, Bed: p.Bed}
}

func (p *Place) stand(s traffic.Spot) {
	p.Site, p.Building, p.Floor, p.Unit, p.Room, p.Bed = s.Site, s.Building, s.Floor, s.Unit, s.Room, s.Bed
}

func (l Location) spot() traffic.Spot {
	return traffic.Spot{Site: l.Site, Building: l.Building, Floor: l.Floor, Unit: l.Unit, Room: l.Room, Bed: l.Bed}
}

func spotParts(s traffic.Spot) [6]string {
	return [6]string{s.Site, s.Building, s.Floor, s.Unit, s.Room, s.Bed}
}

func spotFrom(parts [6]string) traffic.Spot {
	return traffic.Spot{Site: parts[0], Building: parts[1], Floor: parts[2], Unit: parts[3], Room: parts[4], Bed: parts[5]}
}

// levelOf is the finest part that a spot names, and whether it names any.
func levelOf(s traffic.Spot) (level int, ok bool) {
	parts := spotParts(s)
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] != "" {
			return i, true
		}
	}
	return 0, false
}

// above is the place that s lies in: without its finest part.
func above(s traffic.Spot) traffic.Spot {
	parts := spotParts(s)
	if i, ok := levelOf(s); ok {
		parts[i] = ""
	}
	return spotFrom(parts)
}

// PlaceKey names a spot, whatever its capitals.
func PlaceKey(s traffic.Spot) string {
	parts := spotParts(s)
	return strings.ToLower(strings.Join(parts[:], "|"))
}

// tidy writes a spot as claims do, so that both can be compared.
func tidy(s traffic.Spot) traffic.Spot {
	parts := spotParts(s)
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "|", " ")
	}
	return traffic.ParseSpot(spotFrom(parts).String())
}

// A register finds places by the names that claims use. The zero register
// knows none. It is not changed once it is made.
type register struct {
	places []Place
	units  map[string][]*Place // by name or alias in small letters
	rooms  map[string][]*Place
	known  map[string]bool // keys
}

func newRegister(places []Place) register {
	r := register{places: places, units: map[string][]*Place{}, rooms: map[string][]*Place{}, known: map[string]bool{}}
	for i := range places {
		p := &places[i]
		r.known[PlaceKey(p.Spot())] = true
		switch level, _ := levelOf(p.Spot()); placeLevels[level] {
		case UnitLevel:
			for _, name := range append([]string{p.Unit}, p.Aliases...) {
				key := strings.ToLower(name)
				r.units[key] = append(r.units[key], p)
			}
		case RoomLevel:
			r.rooms[strings.ToLower(p.Room)] = append(r.rooms[strings.ToLower(p.Room)], p)
		}
	}
	return r
}

// settle fills in what the list of places knows of a location: messages name a
// unit and a bed, and only the list says in which building these are. What a
// claim says itself is never overruled, and a name that could be two places
// settles nothing.
func (r register) settle(l Location) Location {
	var p *Place
	switch {
	case l.Unit != "":
		p = onlyPlace(r.units[strings.ToLower(l.Unit)], l)
	case l.Room != "":
		p = onlyPlace(r.rooms[strings.ToLower(l.Room)], l)
	}
	if p == nil {
		return l
	}
	l.Listed = true
	l.Site, l.Building, l.Floor = cmp.Or(l.Site, p.Site), cmp.Or(l.Building, p.Building), cmp.Or(l.Floor, p.Floor)
	if p.Unit != "" {
		l.Unit = p.Unit
	}
	return l
}

// onlyPlace is the one of list that a location can mean, or nil.
func onlyPlace(list []*Place, l Location) *Place {
	var found *Place
	for _, p := range list {
		if !agrees(l.Site, p.Site) || !agrees(l.Building, p.Building) || !agrees(l.Floor, p.Floor) {
			continue
		}
		if found != nil && found != p {
			return nil
		}
		found = p
	}
	return found
}

func agrees(said, listed string) bool {
	return said == "" || listed == "" || strings.EqualFold(said, listed)
}

// setPlaces takes the list of places over and looks again at the devices that
// then stand elsewhere.
func (f *Fuser) setPlaces(places []Place) {
	f.ready()
	f.places = newRegister(places)
	for id, d := range f.devices {
		var claims []claim
		for _, fr := range f.members[id] {
			claims = append(claims, fr.claims()...)
		}
		same := f.whereIs(claims, f.members[id]) == d.Location
		f.letGo([]string{id})
		if same {
			continue
		}
		for _, fr := range f.members[id] {
			for _, s := range fr.sightings {
				f.dirty[holderName(s.Key)] = true
			}
		}
	}
}

// whereIs says where claims put a device, with what the list of places knows.
func (f *Fuser) whereIs(claims []claim, component []*fragment) Location {
	l := locate(claims)
	if l.Site == "" {
		l.Site = siteOf(component)
	}
	return f.places.settle(l)
}

// elsewhere is what the maintenance list says of a device's place, beside who
// says otherwise and is believed; nil where both agree. What was said before
// the list was taken in is no contradiction of it.
func (f *Fuser) elsewhere(claims []claim, l Location) *Disagreement {
	if l.Source == "" || l.Source == ByList {
		return nil
	}
	var list, other *claim
	for i := range claims {
		c := &claims[i]
		switch {
		case !c.places():
		case c.Source == ByList:
			if list == nil || c.Last.After(list.Last) {
				list = c
			}
		case other == nil || compareLocation(c, other) < 0:
			other = c
		}
	}
	if list == nil || other == nil {
		return nil
	}
	s := spotOf(list.Value)
	named := f.places.settle(Location{Site: s.Site, Building: s.Building, Floor: s.Floor, Unit: s.Unit, Room: s.Room, Bed: s.Bed})
	if s = named.spot(); !disagree(s, l.spot()) && (s.Site == "" || l.Site == "" || strings.EqualFold(s.Site, l.Site)) {
		return nil
	}
	l.apart(&named)
	return &Disagreement{Attribute: traffic.Location, Values: []Rival{{l.place(), other.Weight, []Evidence{other.Evidence}}, {named.place(), list.Weight, []Evidence{list.Evidence}}}}
}

// apart leaves out of two places the levels above the unit that both share or
// one does not name, so that they say in what they differ.
func (l *Location) apart(o *Location) {
	for _, level := range [][2]*string{{&l.Site, &o.Site}, {&l.Building, &o.Building}, {&l.Floor, &o.Floor}} {
		if *level[0] == "" || *level[1] == "" || strings.EqualFold(*level[0], *level[1]) {
			*level[0], *level[1] = "", ""
		}
	}
}

// A PlaceNode is a place with what stands there: one of the list, or one that
// devices name and the list does not know.
type PlaceNode struct {
	Place
	Key     string     `json:"key" doc:"Names the place, whatever its capitals"`
	Parent  string     `json:"parent" doc:"Key of the place that it lies in; empty at the top"`
	Level   PlaceLevel `json:"level"`
	Name    string     `json:"name" doc:"The part of its own level"`
	Listed  bool       `json:"listed" doc:"On the hospital's list of places"`
	Devices int        `json:"devices" doc:"That stand here or in a part of it"`
	Here    int        `json:"here" doc:"That stand here, and in no known part of it"`
	Parts   int        `json:"parts" doc:"Places directly in it"`
}

// placeNodes lays the list of places and where devices stand together, in the
// order of a tree.
func placeNodes(places []Place, devices []Device) []PlaceNode {
	nodes := map[string]*PlaceNode{}
	node := func(s traffic.Spot) *PlaceNode {
		key := PlaceKey(s)
		n := nodes[key]
		if n == nil {
			level, _ := levelOf(s)
			n = &PlaceNode{Key: key, Level: placeLevels[level], Name: spotParts(s)[level]}
			n.stand(s)
			nodes[key] = n
		}
		return n
	}
	for _, p := range places {
		n := node(p.Spot())
		n.Place, n.Listed = p, true
		eachAbove(p.Spot(), func(s traffic.Spot) { node(s) })
	}
	for _, d := range devices {
		s := d.Location.spot()
		if _, ok := levelOf(s); !ok {
			continue
		}
		n := node(s)
		n.Here++
		n.Devices++
		eachAbove(s, func(s traffic.Spot) { node(s).Devices++ })
	}
	out := make([]PlaceNode, 0, len(nodes))
	for _, n := range nodes {
		if up := above(n.Spot()); up != (traffic.Spot{}) {
			n.Parent = PlaceKey(up)
			if p := nodes[n.Parent]; p != nil {
				p.Parts++
			}
		}
	}
	for _, n := range nodes {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b PlaceNode) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// eachAbove calls fn for every place that s lies in.
func eachAbove(s traffic.Spot, fn func(traffic.Spot)) {
	for s = above(s); s != (traffic.Spot{}); s = above(s) {
		fn(s)
	}
}
