package asset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/table"
	"bedrail/traffic"
)

// WritePlaces is to change the hospital's list of places.
const WritePlaces bedrail.Action = "location:write"

// Limits on the list of places.
const (
	maxPlaces  = 200_000
	maxAliases = 32
)

// PlaceFields are what a column of a list of places can hold.
func PlaceFields() []string {
	return []string{"site", "building", "floor", "unit", "room", "bed", "title", "aliases"}
}

func namesPlaces(fields map[string]bool) bool {
	n := 0
	for _, f := range PlaceFields()[:6] {
		if fields[f] {
			n++
		}
	}
	return n >= 2 || n == 1 && fields["title"]
}

// placeFieldOf guesses what a heading of a list of places names.
func placeFieldOf(heading string) string {
	switch folded(heading) {
	case "title", "name", "longname", "fullname", "description", "locationname", "placename", "bezeichnung", "beschreibung", "designation", "libelle", "nom", "denominacion", "nombre", "descripcion":
		return "title"
	case "unitname", "departmentname":
		return "title"
	case "aliases", "alias", "alsocalled", "othernames", "shortname", "code", "locationcode", "hl7code", "pv13", "kuerzel", "abkuerzung", "abreviation", "abreviatura", "codigo":
		return "aliases"
	}
	if f := fieldOf(heading); slices.Contains(PlaceFields(), f) {
		return f
	}
	return ""
}

// A PlaceRow is one line of a list of places.
type PlaceRow struct {
	Line    int
	Spot    traffic.Spot
	Title   string
	Aliases []string
}

// A PlaceFile is what a list of places held.
type PlaceFile struct {
	Rows     []PlaceRow
	Problems []Problem
	Uncited  int
	Mapping  map[string]string
	Unmapped []string
}

// ReadPlaces reads a list of sites, buildings, floors, units, rooms and beds,
// CSV or XLSX, one place a line: the finest part that a line names is the
// place, the others say in what it lies. A line that cannot be used becomes a
// Problem, and the others are used.
func ReadPlaces(name string, r io.Reader, mapping map[string]string) (PlaceFile, error) {
	var out PlaceFile
	c := columnReader{name: name, mapping: mapping, fieldOf: placeFieldOf, enough: namesPlaces}
	c.use = func(r table.Row) {
		row := PlaceRow{Line: r.Line}
		bad := c.cells(r, row.set)
		if _, ok := levelOf(row.Spot); !ok {
			if !bad {
				c.problem(r.Line, "", "the row names no place: site, building, floor, unit, room and bed are all empty")
			}
			return
		}
		if row.Spot.Bed != "" && row.Spot.Unit == "" && row.Spot.Room == "" {
			c.problem(r.Line, "", fmt.Sprintf("bed %q stands in no unit and no room; give one of them", clip(row.Spot.Bed)))
			return
		}
		out.Rows = append(out.Rows, row)
	}
	err := c.read(r)
	switch {
	case err == nil && c.columns == nil:
		err = errors.New("no line of headings was found: name columns such as site, building, floor, unit, room, bed")
	case err != nil && len(out.Rows) > 0:
		c.problem(c.last, "", err.Error()+"; what came before was used")
		err = nil
	}
	out.Problems, out.Uncited, out.Mapping, out.Unmapped = c.problems, c.uncited, c.fields, c.unmapped
	if err != nil {
		return out, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	return out, nil
}

func (row *PlaceRow) set(field, text string) error {
	if !oneLine(text, maxText) {
		return fmt.Errorf("a name has at most %d bytes on one line", maxText)
	}
	switch field {
	case "title":
		row.Title = text
		return nil
	case "aliases":
		row.Aliases = splitAliases(text)
		return nil
	}
	if len(text) > maxTagText {
		return fmt.Errorf("%q is longer than %d bytes", clip(text), maxTagText)
	}
	parts := spotParts(row.Spot)
	parts[slices.Index(PlaceFields(), field)] = text
	row.Spot = tidy(spotFrom(parts))
	return nil
}

func splitAliases(text string) []string {
	var out []string
	for _, a := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' || r == '|' }) {
		if a = strings.TrimSpace(a); a != "" && len(out) < maxAliases {
			out = append(out, clip(a))
		}
	}
	return out
}

// Places lists where devices can stand and do, within by's scope, in the order
// of a tree.
func (r *Registry) Places(ctx context.Context, by bedrail.Actor) ([]PlaceNode, error) {
	if err := r.reading(ctx, by); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, by.Scope.Tenant)
	if err != nil {
		return nil, err
	}
	var places []Place
	for _, p := range t.fuser.places.places {
		if by.Scope.Admits(p.Site, p.Unit) {
			places = append(places, p)
		}
	}
	return placeNodes(places, t.within(by.Scope)), nil
}

// within are the devices that a scope admits.
func (t *tenantState) within(in bedrail.Scope) []Device {
	out := make([]Device, 0, len(t.devices))
	for _, kept := range t.devices {
		if l := kept.Device.Location; in.Admits(l.Site, l.Unit) {
			out = append(out, *kept.Device)
		}
	}
	return out
}

// A PlaceChange is what a person says of a place.
type PlaceChange struct {
	Spot    traffic.Spot
	Title   string
	Aliases []string
}

func (c *PlaceChange) check() error {
	c.Spot = tidy(c.Spot)
	if _, ok := levelOf(c.Spot); !ok {
		return bedrail.Errorf(bedrail.Invalid, "a place has a name: give site, building, floor, unit, room or bed")
	}
	for i, part := range spotParts(c.Spot) {
		if !oneLine(part, maxTagText) {
			return bedrail.Errorf(bedrail.Invalid, "a name has at most %d bytes on one line", maxTagText).At("/" + PlaceFields()[i])
		}
	}
	if c.Spot.Bed != "" && c.Spot.Unit == "" && c.Spot.Room == "" {
		return bedrail.Errorf(bedrail.Invalid, "a bed stands in a unit or a room; give one of them").At("/unit")
	}
	if !oneLine(c.Title, maxText) {
		return bedrail.Errorf(bedrail.Invalid, "a title has at most %d bytes on one line", maxText).At("/title")
	}
	level, _ := levelOf(c.Spot)
	if len(c.Aliases) > 0 && placeLevels[level] != UnitLevel {
		return bedrail.Errorf(bedrail.Invalid, "only a unit has other names; this is a %s", placeLevels[level]).At("/aliases")
	}
	for i, a := range c.Aliases {
		if c.Aliases[i] = strings.TrimSpace(a); c.Aliases[i] == "" || !oneLine(a, maxTagText) {
			return bedrail.Errorf(bedrail.Invalid, "another name has 1 to %d bytes on one line", maxTagText).At(fmt.Sprintf("/aliases/%d", i))
		}
	}
	return nil
}

// SavePlace puts a place on the list or, when id names one, changes it: what
// lies in it moves along. version is the one that the person saw.
func (r *Registry) SavePlace(ctx context.Context, by bedrail.Actor, id string, version int64, c PlaceChange) (PlaceNode, error) {
	if err := r.Auth.Authorize(ctx, by, WritePlaces, bedrail.Resource{Type: "location", ID: id, Site: c.Spot.Site, Unit: c.Spot.Unit}); err != nil {
		return PlaceNode{}, err
	}
	if err := c.check(); err != nil {
		return PlaceNode{}, err
	}
	now := r.Clock.Now()
	entry := &audit.Entry{By: by, Did: WritePlaces, To: id, Note: c.Spot.String()}
	d := Delta{}
	var saved Place
	err := r.change(ctx, by, &d, WritePlaces, entry, func(f *Fuser) error {
		list := slices.Clone(f.places.places)
		at := slices.IndexFunc(list, func(p Place) bool { return p.ID == id })
		same := slices.IndexFunc(list, func(p Place) bool { return PlaceKey(p.Spot()) == PlaceKey(c.Spot) })
		if same >= 0 && same != at {
			return bedrail.Errorf(bedrail.Conflict, "%s is on the list already", c.Spot)
		}
		if id != "" {
			if err := r.mayChangePlace(ctx, by, list, at, id, version); err != nil {
				return err
			}
			entry.Note = list[at].Spot().String() + " becomes " + c.Spot.String()
			moveParts(list, list[at].Spot(), c.Spot, &d)
		} else {
			list = append(list, Place{ID: bedrail.NewID("plc", now)})
			at = len(list) - 1
			entry.To = list[at].ID
		}
		p := &list[at]
		p.stand(c.Spot)
		p.Title, p.Aliases, p.Source, p.By, p.At, p.Version = c.Title, c.Aliases, fromPerson, by.Name, now, p.Version+1
		saved = *p
		d.Places = append(d.Places, *p)
		if len(list) > maxPlaces {
			return bedrail.Errorf(bedrail.Conflict, "the list holds %d places, which is the most", maxPlaces)
		}
		f.setPlaces(list)
		return nil
	})
	if err != nil {
		return PlaceNode{}, err
	}
	return r.placeNode(ctx, by, saved)
}

func (r *Registry) mayChangePlace(ctx context.Context, by bedrail.Actor, list []Place, at int, id string, version int64) error {
	if at < 0 {
		return bedrail.Errorf(bedrail.NotFound, "there is no place %s on the list", id)
	}
	if err := r.Auth.Authorize(ctx, by, WritePlaces, bedrail.Resource{Type: "location", ID: id, Site: list[at].Site, Unit: list[at].Unit}); err != nil {
		return err
	}
	if version != 0 && version != list[at].Version {
		return bedrail.Errorf(bedrail.Conflict, "the place was changed meanwhile: it is at version %d, not %d; look again", list[at].Version, version)
	}
	return nil
}

// moveParts renames, in all that lies in from, the parts that to names
// otherwise.
func moveParts(list []Place, from, to traffic.Spot, d *Delta) {
	level, _ := levelOf(from)
	if other, _ := levelOf(to); other != level {
		return
	}
	old, next := spotParts(from), spotParts(to)
	for i := range list {
		parts := spotParts(list[i].Spot())
		if at, _ := levelOf(list[i].Spot()); at <= level || !strings.EqualFold(strings.Join(parts[:level+1], "|"), strings.Join(old[:level+1], "|")) {
			continue
		}
		copy(parts[:level+1], next[:level+1])
		list[i].stand(spotFrom(parts))
		list[i].Version++
		d.Places = append(d.Places, list[i])
	}
}

// RemovePlace takes a place, and all that lies in it, off the list. Devices
// stay where evidence puts them.
func (r *Registry) RemovePlace(ctx context.Context, by bedrail.Actor, id string, version int64) error {
	entry := &audit.Entry{By: by, Did: WritePlaces, To: id}
	d := Delta{}
	return r.change(ctx, by, &d, WritePlaces, entry, func(f *Fuser) error {
		list := f.places.places
		at := slices.IndexFunc(list, func(p Place) bool { return p.ID == id })
		if err := r.mayChangePlace(ctx, by, list, at, id, version); err != nil {
			return err
		}
		prefix := spotParts(list[at].Spot())
		level, _ := levelOf(list[at].Spot())
		var kept []Place
		for _, p := range list {
			parts := spotParts(p.Spot())
			if strings.EqualFold(strings.Join(parts[:level+1], "|"), strings.Join(prefix[:level+1], "|")) {
				d.GonePlaces = append(d.GonePlaces, p.ID)
				continue
			}
			kept = append(kept, p)
		}
		entry.Note = fmt.Sprintf("%s removed with %d parts", list[at].Spot(), len(d.GonePlaces)-1)
		f.setPlaces(kept)
		return nil
	})
}

func (r *Registry) placeNode(ctx context.Context, by bedrail.Actor, p Place) (PlaceNode, error) {
	all, err := r.Places(ctx, by)
	if err != nil {
		return PlaceNode{}, err
	}
	for _, n := range all {
		if n.ID == p.ID {
			return n, nil
		}
	}
	return PlaceNode{}, bedrail.Errorf(bedrail.NotFound, "there is no place %s on the list", p.ID)
}

// ImportPlaces puts the lines of a list of places on the hospital's own, or
// says what that would do. What is there already stays; a title or other names
// that the line gives replace those there.
func (r *Registry) ImportPlaces(ctx context.Context, by bedrail.Actor, in PlaceFile, opts ImportOptions) (ImportReport, error) {
	report := ImportReport{DryRun: opts.DryRun, Rows: len(in.Rows), Mapping: in.Mapping, Unmapped: in.Unmapped, Problems: in.Problems, Uncited: in.Uncited, Matches: []MatchedRow{}}
	if report.Problems == nil {
		report.Problems = []Problem{}
	}
	if err := r.Auth.Authorize(ctx, by, WritePlaces, bedrail.Resource{Type: "location", Site: opts.Site}); err != nil {
		return report, err
	}
	now := r.Clock.Now()
	id := bedrail.NewID("imp", now)
	d := Delta{}
	entry := &audit.Entry{By: by, Did: WritePlaces, To: id}
	err := r.change(ctx, by, &d, WritePlaces, entry, func(f *Fuser) error {
		list := placeList{by: by, now: now, id: id, places: slices.Clone(f.places.places)}
		list.take(in.Rows, opts.Site, &report)
		if len(list.places) > maxPlaces {
			return bedrail.Errorf(bedrail.Conflict, "the list would hold %d places; %d are the most", len(list.places), maxPlaces)
		}
		if opts.DryRun {
			return errPreview
		}
		report.ID = id
		entry.Note = fmt.Sprintf("%d lines: %d new, %d changed, %d as they were", report.Rows, report.New, report.Probable, report.Exact)
		d.Places, d.Imported = list.changed(), report.record(string(PlaceList), by, opts.Name, now)
		f.setPlaces(list.places)
		return nil
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	if opts.Progress != nil && err == nil {
		opts.Progress(report.Rows)
	}
	return report, err
}

// A placeList is the list of places while lines are put on it.
type placeList struct {
	by     bedrail.Actor
	now    time.Time
	id     string // of the import
	places []Place
	at     map[string]int
	fresh  map[int]bool
}

func (l *placeList) take(rows []PlaceRow, site string, report *ImportReport) {
	l.at, l.fresh = map[string]int{}, map[int]bool{}
	for i, p := range l.places {
		l.at[PlaceKey(p.Spot())] = i
	}
	for _, row := range rows {
		if row.Spot.Site == "" {
			row.Spot.Site = tidy(traffic.Spot{Site: site}).Site
		}
		m := l.put(row)
		if report.count(m.Match) <= maxMatches {
			report.Matches = append(report.Matches, m)
		}
	}
}

// put puts one line on the list, with the places that it lies in.
func (l *placeList) put(row PlaceRow) MatchedRow {
	m := MatchedRow{Line: row.Line, Name: row.Spot.String(), Match: ExactMatch}
	m.is(ExactMatch, say("place.known"))
	eachAbove(row.Spot, func(s traffic.Spot) { l.add(s) })
	i, fresh := l.add(row.Spot)
	p := &l.places[i]
	if row.Title != "" && row.Title != p.Title || len(row.Aliases) > 0 && !slices.Equal(row.Aliases, p.Aliases) {
		m.is(ProbableMatch, say("place.named"))
		if row.Title != "" {
			p.Title = row.Title
		}
		if level, _ := levelOf(row.Spot); len(row.Aliases) > 0 && placeLevels[level] == UnitLevel {
			p.Aliases = row.Aliases
		}
		if !l.fresh[i] {
			l.fresh[i] = true
			p.Version++
			p.By, p.At = l.by.Name, l.now
		}
	}
	if fresh {
		m.is(NewMatch, say("place.new"))
	}
	return m
}

func (l *placeList) add(s traffic.Spot) (at int, fresh bool) {
	key := PlaceKey(s)
	if i, ok := l.at[key]; ok {
		return i, false
	}
	p := Place{ID: bedrail.NewID("plc", l.now), Source: l.id, By: l.by.Name, At: l.now, Version: 1}
	p.stand(s)
	l.places = append(l.places, p)
	at = len(l.places) - 1
	l.at[key], l.fresh[at] = at, true
	return at, true
}

func (l *placeList) changed() []Place {
	var out []Place
	for i := range l.places {
		if l.fresh[i] {
			out = append(out, l.places[i])
		}
	}
	return out
}

// count counts a match, and returns how many of its kind there are now.
func (rep *ImportReport) count(m Match) int {
	n := map[Match]*int{ExactMatch: &rep.Exact, ProbableMatch: &rep.Probable, ClashMatch: &rep.Conflict, NewMatch: &rep.New}[m]
	*n++
	return *n
}

// unimportPlaces takes the places off the list that an import put there. One
// that a person has changed since is the person's.
func (f *Fuser) unimportPlaces(id string, d *Delta) {
	var kept []Place
	for _, p := range f.places.places {
		if p.Source == id {
			d.GonePlaces = append(d.GonePlaces, p.ID)
		} else {
			kept = append(kept, p)
		}
	}
	if len(d.GonePlaces) > 0 {
		f.setPlaces(kept)
	}
}
