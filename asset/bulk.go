package asset

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/traffic"
)

// A Selection names devices: by their ids, or all that match a filter.
type Selection struct {
	IDs    []string
	Filter query.Filter
}

// A BulkChange is what a person changes of many devices at once.
type BulkChange struct {
	AddTags    []string
	RemoveTags []string
	Location   *traffic.Spot // the zero Spot takes the person's word back
	Batch      string        // of the change that this goes on with; empty begins one
}

// A BulkReport says what a change of many devices does, or would do.
type BulkReport struct {
	ID       string        `json:"id,omitempty" doc:"Of the change, by which it is undone"`
	DryRun   bool          `json:"dryRun"`
	Matching int           `json:"matching" doc:"Devices that were chosen"`
	Changing int           `json:"changing" doc:"Of them, those that become different"`
	Same     int           `json:"same" doc:"Of them, those that are so already"`
	Refused  []BulkRefusal `json:"refused" doc:"Of them, those that stay as they are, with the reason"`
}

// A BulkRefusal is a reason for which devices are left as they are.
type BulkRefusal struct {
	Reason  string `json:"reason" doc:"In English"`
	Why     Saying `json:"why" doc:"The same by its code, where it has one"`
	Devices int    `json:"devices"`
	Example string `json:"example" doc:"Name of one of them"`
}

// A BulkBefore is what a person had said of a device before a change of many.
type BulkBefore struct {
	Device   string      `json:"device"`
	Tags     []string    `json:"tags,omitempty"`
	Location string      `json:"location,omitempty"`
	After    Fingerprint `json:"after"` // what the change made of it
}

// A Fingerprint tells whether somebody changed a device again meanwhile.
type Fingerprint struct {
	Tags     []string `json:"tags,omitempty"`
	Location string   `json:"location,omitempty"`
}

// A BulkPart is what a change of many did to one device.
type BulkPart struct {
	ID     string     `json:"id" doc:"The change of many"`
	Before BulkBefore `json:"before"`
	// Stands says that nobody spoke of the device since, so that it can be
	// taken back.
	Stands bool `json:"stands"`
}

// bulkPiece is how many devices one transaction changes.
const bulkPiece = 500

// Bulk changes the devices that sel names, as far as by may, and says what
// became of them. tell, when not nil, hears how many are done.
func (r *Registry) Bulk(ctx context.Context, by bedrail.Actor, sel Selection, c BulkChange, dryRun bool, tell func(done, total int)) (BulkReport, error) {
	report := BulkReport{DryRun: dryRun, Refused: []BulkRefusal{}}
	if err := c.check(); err != nil {
		return report, err
	}
	chosen, err := r.selected(ctx, by, sel)
	if err != nil {
		return report, err
	}
	report.Matching = len(chosen)
	wanted := r.bulkWanted(ctx, by, chosen, c, &report)
	report.Changing = len(wanted)
	if dryRun || len(wanted) == 0 {
		return report, nil
	}
	report.ID = cmp.Or(c.Batch, r.NewBatch())
	did, note := c.deed()
	done := 0
	for piece := range slices.Chunk(wanted, bulkPiece) {
		entry := audit.Entry{By: by, Did: did, To: report.ID, Note: fmt.Sprintf("%s; %d to %d of %d devices", note, done+1, done+len(piece), len(wanted))}
		if err := r.bulkPiece(ctx, by, report.ID, did, c, piece, &entry); err != nil {
			return report, fmt.Errorf("after %d of %d devices: %w", done, len(wanted), err)
		}
		done += len(piece)
		if tell != nil {
			tell(done, len(wanted))
		}
		if err := ctx.Err(); err != nil {
			return report, context.Cause(ctx)
		}
	}
	return report, nil
}

// events are what the change puts into the timeline of one device.
func (c BulkChange) events(id string, by bedrail.Actor, now time.Time) []Event {
	out := Patch{Location: c.Location}.events(id, by, now)
	tagged := func(code string, tags []string) {
		if len(tags) > 0 {
			out = append(out, Event{Device: id, At: now, Kind: "tagged", Saying: say(code, "tags", strings.Join(tags, ", ")), By: by.Name})
		}
	}
	tagged("tags.added", c.AddTags)
	tagged("tags.removed", c.RemoveTags)
	return out
}

// NewBatch names a change of many devices.
func (r *Registry) NewBatch() string { return bedrail.NewID("blk", r.Clock.Now()) }

func (c BulkChange) check() error {
	if len(c.AddTags)+len(c.RemoveTags) == 0 && c.Location == nil {
		return bedrail.Errorf(bedrail.Invalid, "nothing was given to change; give addTags, removeTags or location").Because("nothing")
	}
	for _, tags := range [][]string{c.AddTags, c.RemoveTags} {
		if err := (Patch{Tags: &tags}).check(); err != nil {
			return err
		}
	}
	return nil
}

func (c BulkChange) deed() (bedrail.Action, string) {
	var parts []string
	did := TagDevice
	if len(c.AddTags) > 0 {
		parts = append(parts, "tags added: "+strings.Join(c.AddTags, ", "))
	}
	if len(c.RemoveTags) > 0 {
		parts = append(parts, "tags removed: "+strings.Join(c.RemoveTags, ", "))
	}
	if c.Location != nil {
		did = LocateDevice
		parts = append(parts, "location: "+orUnknown(c.Location.String()))
	}
	return did, strings.Join(parts, "; ")
}

// patch is c for one device; nil when the device is so already.
func (c BulkChange) patch(d Summary) *Patch {
	var p Patch
	tags := slices.Clone(d.Tags)
	for _, t := range c.AddTags {
		if t = strings.TrimSpace(t); !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	tags = slices.DeleteFunc(tags, func(t string) bool { return slices.Contains(c.RemoveTags, t) })
	if !slices.Equal(tags, d.Tags) {
		p.Tags = &tags
	}
	if c.Location != nil {
		spot := *c.Location
		if spot != (traffic.Spot{}) && spot.Site == "" { // a unit is one of the site where the device is
			spot.Site = d.Location.Site
		}
		if spot != personSpot(d.Location.Location) {
			p.Location = &spot
		}
	}
	if p.Tags == nil && p.Location == nil {
		return nil
	}
	return &p
}

// personSpot is where a person said that a device stands.
func personSpot(l Location) traffic.Spot {
	if l.Source != fromPerson {
		return traffic.Spot{}
	}
	return traffic.Spot{Site: l.Site, Building: l.Building, Floor: l.Floor, Unit: l.Unit, Room: l.Room, Bed: l.Bed}
}

// selected lists the devices that sel names, as far as by may see them.
func (r *Registry) selected(ctx context.Context, by bedrail.Actor, sel Selection) ([]Summary, error) {
	if err := r.reading(ctx, by); err != nil {
		return nil, err
	}
	var out []Summary
	req := query.Request{Filter: sel.Filter, Limit: 1000}
	pick := map[string]bool{}
	if len(sel.IDs) > 0 {
		req.Filter = query.Filter{{Field: "id", Op: query.Has, Values: sel.IDs}}
	}
	for {
		page, err := r.Store.Devices(ctx, by.Scope, req)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Items {
			if !pick[d.ID] {
				pick[d.ID] = true
				out = append(out, d)
			}
		}
		if page.Next == "" {
			return out, nil
		}
		req.Cursor = page.Next
	}
}

// A wantedChange is one device of a change of many.
type wantedChange struct {
	id    string
	patch Patch
}

// bulkWanted says which devices become different, and why others do not. What
// by may do in a place is asked once for each.
func (r *Registry) bulkWanted(ctx context.Context, by bedrail.Actor, chosen []Summary, c BulkChange, report *BulkReport) []wantedChange {
	type where struct {
		site, unit string
		tag, move  bool
	}
	asked := map[where]error{}
	refuse := func(d Summary, err error) {
		i := slices.IndexFunc(report.Refused, func(x BulkRefusal) bool { return x.Reason == err.Error() })
		if i < 0 {
			report.Refused = append(report.Refused, BulkRefusal{Reason: err.Error(), Why: refusal(err), Example: d.Name})
			i = len(report.Refused) - 1
		}
		report.Refused[i].Devices++
	}
	var out []wantedChange
	for _, d := range chosen {
		p := c.patch(d)
		if p == nil {
			report.Same++
			continue
		}
		at := where{d.Location.Site, d.Location.Unit, p.Tags != nil, p.Location != nil}
		err, known := asked[at]
		if !known {
			err = r.allowPatch(ctx, by, Device{ID: d.ID, Location: d.Location.Location}, *p)
			asked[at] = err
		}
		if err == nil {
			err = p.check()
		}
		if err != nil {
			refuse(d, err)
			continue
		}
		out = append(out, wantedChange{d.ID, *p})
	}
	return out
}

func (r *Registry) bulkPiece(ctx context.Context, by bedrail.Actor, batch string, did bedrail.Action, c BulkChange, piece []wantedChange, entry *audit.Entry) error {
	now := r.Clock.Now()
	d := Delta{Batch: batch}
	for _, w := range piece {
		d.Events = append(d.Events, c.events(w.id, by, now)...)
		d.Before = append(d.Before, BulkBefore{Device: w.id})
	}
	return r.change(ctx, by, &d, did, entry, func(f *Fuser) error {
		for i, w := range piece {
			s, err := f.spokesman(w.id)
			if err != nil {
				continue // it is no more since it was chosen
			}
			d.Before[i].Tags, d.Before[i].Location = s.personSays()
			w.patch.write(s, by, now)
			d.Before[i].After.Tags, d.Before[i].After.Location = s.personSays()
			f.touch(s)
		}
		return nil
	})
}

// personSays is what a person has said of tags and place.
func (s *Sighting) personSays() (tags []string, location string) {
	for _, c := range s.Claims {
		if c.Source != fromPerson {
			continue
		}
		switch c.Attribute {
		case attributeTag:
			tags = append(tags, c.Value)
		case traffic.Location:
			location = c.Value
		}
	}
	return tags, location
}

// UndoBulk takes a change of many devices back. A device that somebody changed
// again meanwhile stays as it is, and is counted as refused.
func (r *Registry) UndoBulk(ctx context.Context, by bedrail.Actor, batch string, tell func(done, total int)) (BulkReport, error) {
	return r.undoBulk(ctx, by, batch, "", tell)
}

// UndoBulkOf takes back what a change of many did to one device.
func (r *Registry) UndoBulkOf(ctx context.Context, by bedrail.Actor, batch, device string) (BulkReport, error) {
	return r.undoBulk(ctx, by, batch, device, nil)
}

// BulksOf returns the changes of many of which a device was part.
func (r *Registry) BulksOf(ctx context.Context, by bedrail.Actor, device string) ([]BulkPart, error) {
	if _, err := r.Device(ctx, by, device); err != nil {
		return nil, err
	}
	parts, err := r.Store.BulksOf(ctx, by.Scope, device)
	if err != nil || len(parts) == 0 {
		return parts, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, by.Scope.Tenant)
	if err != nil {
		return nil, err
	}
	s, err := t.fuser.spokesman(device)
	if err != nil {
		return nil, err
	}
	tags, location := s.personSays()
	for i := range parts {
		after := parts[i].Before.After
		parts[i].Stands = slices.Equal(tags, after.Tags) && location == after.Location
	}
	return parts, nil
}

// undoBulk takes a change back, of the one device or, when none is named, of
// all.
func (r *Registry) undoBulk(ctx context.Context, by bedrail.Actor, batch, device string, tell func(done, total int)) (BulkReport, error) {
	report := BulkReport{ID: batch, Refused: []BulkRefusal{}}
	if err := r.reading(ctx, by); err != nil {
		return report, err
	}
	before, err := r.Store.BulkBefore(ctx, by.Scope, batch)
	if err != nil {
		return report, err
	}
	if device != "" {
		before = slices.DeleteFunc(before, func(b BulkBefore) bool { return b.Device != device })
		if len(before) == 0 {
			return report, bedrail.Errorf(bedrail.NotFound, "the change %s did nothing to %s", batch, device)
		}
	}
	for _, what := range []bedrail.Action{TagDevice, LocateDevice} {
		moved := slices.ContainsFunc(before, func(b BulkBefore) bool { return b.Location != b.After.Location })
		if what == LocateDevice && !moved {
			continue
		}
		// What reaches into places that by may not change stays whole.
		if err := r.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "device", ID: batch, Site: only(by.Scope.Sites), Unit: only(by.Scope.Units)}); err != nil {
			return report, err
		}
	}
	report.Matching = len(before)
	done := 0
	for piece := range slices.Chunk(before, bulkPiece) {
		now := r.Clock.Now()
		d := Delta{}
		entry := audit.Entry{By: by, Did: "device:bulk-undo", To: batch, Note: fmt.Sprintf("%d to %d of %d devices", done+1, done+len(piece), len(before))}
		restored, same := 0, 0
		err := r.change(ctx, by, &d, "device:bulk-undo", &entry, func(f *Fuser) error {
			restored, same = 0, 0
			for _, b := range piece {
				switch {
				case f.restoreOne(b, by, now):
					restored++
				case f.isAsBefore(b):
					same++ // an undo that was broken off came this far
				}
			}
			return nil
		})
		if err != nil {
			return report, err
		}
		report.Changing += restored
		report.Same += same
		done += len(piece)
		if tell != nil {
			tell(done, len(before))
		}
	}
	if left := report.Matching - report.Changing - report.Same; left > 0 {
		why := say("refused.since")
		report.Refused = append(report.Refused, BulkRefusal{Reason: why.Text, Why: why, Devices: left})
	}
	return report, nil
}

func (f *Fuser) isAsBefore(b BulkBefore) bool {
	s, err := f.spokesman(b.Device)
	if err != nil {
		return false
	}
	tags, location := s.personSays()
	return slices.Equal(tags, b.Tags) && location == b.Location
}

// restoreOne makes of one device what it was, unless somebody spoke of it since.
func (f *Fuser) restoreOne(b BulkBefore, by bedrail.Actor, now time.Time) bool {
	s, err := f.spokesman(b.Device)
	if err != nil {
		return false
	}
	tags, location := s.personSays()
	if !slices.Equal(tags, b.After.Tags) || location != b.After.Location {
		return false
	}
	s.say(by, now, attributeTag, b.Tags...)
	s.say(by, now, traffic.Location, b.Location)
	f.touch(s)
	return true
}
