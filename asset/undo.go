package asset

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/traffic"
)

// An Undone is what became of an import that was taken back.
type Undone struct {
	Claims      int      `json:"claims" doc:"What it alone said of devices, and was forgotten"`
	Gone        int      `json:"gone" doc:"Devices that nothing else spoke of"`
	Stay        int      `json:"stay" doc:"Devices that something else speaks of"`
	Places      int      `json:"places" doc:"Places that it put on the list"`
	Links       int      `json:"links" doc:"Links to patients: forgotten, or again as they were"`
	Held        int      `json:"held" doc:"Links to patients that ended and are kept: they are under legal hold"`
	HeldDevices []string `json:"heldDevices" doc:"Devices that nothing else speaks of and that are kept for the sake of such links"`
}

// An ImportedLinks is what is kept of the links to patients that an import told.
type ImportedLinks struct {
	Free    int      // made or changed by it, and not under legal hold
	Held    int      // made by it, under legal hold
	Devices []string // all devices with a link under legal hold, whoever told it
}

// UndoImport takes back everything that an import said, and the places that it
// put on the list, and the links to patients that it told. Devices that nothing
// else speaks of go with it. What is under legal hold is kept, with its device;
// once that is let go, the rest can be taken back in the same way.
func (r *Registry) UndoImport(ctx context.Context, by bedrail.Actor, id string) (Undone, error) {
	done := Undone{HeldDevices: []string{}}
	if err := r.Auth.Authorize(ctx, by, ImportDevices, bedrail.Resource{Type: "device"}); err != nil {
		return done, err
	}
	record, err := r.Store.ImportRecord(ctx, by.Scope, id)
	if err != nil && bedrail.KindOf(err) != bedrail.NotFound {
		return done, err
	}
	links, err := r.Store.ImportedLinks(ctx, by.Scope, id)
	if err != nil {
		return done, err
	}
	done.Links, done.Held = links.Free, links.Held
	d := Delta{Unimported: &ImportRecord{ID: id, Undone: r.Clock.Now(), UndoneBy: by.Name}}
	spoken := map[string]bool{}
	err = r.change(ctx, by, &d, ImportDevices, &audit.Entry{By: by, Did: "device:import-undo", To: id, Note: "import undone"}, func(f *Fuser) error {
		done.HeldDevices = f.onlySaidBy(id, links.Devices)
		done.Claims = f.unimport(id, done.HeldDevices, spoken)
		if f.unimportPlaces(id, &d); len(d.GonePlaces) > 0 {
			if err := r.Auth.Authorize(ctx, by, WritePlaces, bedrail.Resource{Type: "location"}); err != nil {
				return err
			}
		}
		done.Places = len(d.GonePlaces)
		if len(spoken)+done.Places+done.Links == 0 {
			return nothingLeft(record, id, done)
		}
		return nil
	})
	if err != nil {
		return Undone{HeldDevices: []string{}}, err
	}
	for _, gone := range d.Gone {
		if spoken[gone] && d.Became[gone] == "" {
			done.Gone++
		}
	}
	done.Stay = len(spoken) - done.Gone
	return done, nil
}

// nothingLeft says why there is nothing to take back; nil where that is what
// becomes of a list that brought nothing.
func nothingLeft(record ImportRecord, id string, done Undone) error {
	switch {
	case record.ID == "":
		return bedrail.Errorf(bedrail.NotFound, "there is no import %s that could be undone", id)
	case record.Undone.IsZero():
		return nil
	case done.Held > 0:
		return bedrail.Errorf(bedrail.Conflict, "the import %s was already undone; of it %d links to patients are kept, as they are under legal hold", id, done.Held).
			Because("undone-held", "id", id, "n", strconv.Itoa(done.Held))
	}
	return bedrail.Errorf(bedrail.Conflict, "the import %s was already undone", id).Because("undone", "id", id)
}

// onlySaidBy are those of the devices of which nothing but an import speaks.
func (f *Fuser) onlySaidBy(id string, devices []string) []string {
	alone := map[string]bool{}
	for _, s := range f.sightings {
		if device := f.deviceOf[s.holder]; slices.Contains(devices, device) {
			said, before := alone[device]
			alone[device] = (said || !before) && s.recorded() && !slices.ContainsFunc(s.Claims, func(c claim) bool { return c.Import != id || len(c.Also) > 0 })
		}
	}
	out := []string{}
	for device, yes := range alone {
		if yes {
			out = append(out, device)
		}
	}
	slices.Sort(out)
	return out
}

// unimport forgets what an import said but for devices that are to be kept, and
// says how many claims there were; spoken are the devices that it was of.
func (f *Fuser) unimport(id string, keep []string, spoken map[string]bool) int {
	n := 0
	for _, s := range f.sightings {
		device := f.deviceOf[s.holder]
		if slices.Contains(keep, device) || !s.toldBy(id) {
			continue
		}
		spoken[device] = true
		before := len(s.Claims)
		s.untell(id)
		n += before - len(s.Claims)
		f.touch(s)
		if s.recorded() && len(s.Claims)+len(s.Told) == 0 {
			delete(f.sightings, s.Key)
			at := addressKey{s.Key.Site, s.Key.IP}
			f.bound[at] = slices.DeleteFunc(f.bound[at], func(o *Sighting) bool { return o == s })
			f.moved[at] = true
			h := f.holders[holderName(s.Key)]
			h.sightings = slices.DeleteFunc(h.sightings, func(o *Sighting) bool { return o == s })
		}
	}
	return n
}

// recorded reports whether a sighting is known from records only.
func (s *Sighting) recorded() bool {
	return !slices.ContainsFunc(s.Protocols, func(p string) bool { return p != ByCloud && !virtualProtocol(p) })
}

// A telling is when an import spoke of a sighting, and when the device had then
// been heard last; zero where it does not say.
type telling struct {
	Import string    `json:"import"`
	At     time.Time `json:"at"`
	Heard  time.Time `json:"heard,omitzero"`
}

// maxTold bounds the imports that are kept for what they said: the first, and
// the latest. What the others said was said again since.
const maxTold = 4

// tell notes that an import spoke.
func (s *Sighting) tell(o *traffic.Observation) {
	if o.Import == "" {
		return
	}
	t := telling{Import: o.Import, At: o.Time}
	if !virtualProtocol(o.Protocol) && !o.Undated {
		t.Heard = o.Time
	}
	if i := s.tellingOf(o.Import); i >= 0 {
		had := &s.Told[i]
		had.At, had.Heard = later(had.At, t.At), later(had.Heard, t.Heard)
		return
	}
	if len(s.Told) == maxTold {
		s.Told = slices.Delete(s.Told, 1, 2)
	}
	s.Told = append(s.Told, t)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// saidBy notes that an import said it too.
func (c *claim) saidBy(id string) {
	if id == "" || c.Import == "" || c.Import == id || slices.Contains(c.Also, id) {
		return
	}
	if len(c.Also) == maxTold-1 {
		c.Also = slices.Delete(c.Also, 0, 1)
	}
	c.Also = append(c.Also, id)
}

// toldBy reports whether an import spoke of the sighting.
func (s *Sighting) toldBy(id string) bool {
	return s.tellingOf(id) >= 0 || slices.ContainsFunc(s.Claims, func(c claim) bool { return c.Import == id || slices.Contains(c.Also, id) })
}

func (s *Sighting) tellingOf(id string) int {
	return slices.IndexFunc(s.Told, func(t telling) bool { return t.Import == id })
}

// untell forgets what an import said and nothing else did, and when it said so.
func (s *Sighting) untell(id string) {
	s.drop(func(c claim) bool { return c.Import == id && len(c.Also) == 0 })
	var was telling
	if i := s.tellingOf(id); i >= 0 {
		was = s.Told[i]
		s.Told = slices.Delete(s.Told, i, i+1)
	}
	at := map[string]time.Time{}
	for _, t := range s.Told {
		at[t.Import] = t.At
	}
	for i := range s.Claims {
		c := &s.Claims[i]
		if c.Import == id {
			c.Import, c.Also = c.Also[0], c.Also[1:]
		} else if at := slices.Index(c.Also, id); at >= 0 {
			c.Also = slices.Delete(c.Also, at, at+1)
		} else {
			continue
		}
		last := at[c.Import]
		for _, other := range c.Also {
			last = later(last, at[other])
		}
		if !last.IsZero() {
			c.Last = last
		}
		if len(c.Also) == 0 {
			c.Also = nil
		}
	}
	s.unhear(was)
}

// unhear forgets that a cloud heard the device, where no sensor did.
func (s *Sighting) unhear(was telling) {
	cloud := slices.ContainsFunc(s.Claims, func(c claim) bool { return strings.HasPrefix(c.Source, ByCloud) })
	if !cloud {
		s.Protocols = slices.DeleteFunc(s.Protocols, func(p string) bool { return p == ByCloud })
		if len(s.Claims) > 0 && s.recorded() {
			s.Roles = slices.DeleteFunc(s.Roles, func(r string) bool { return r == remoteRole })
			s.Virtual = true
		}
	}
	if was.Heard.IsZero() || !s.recorded() {
		return
	}
	since, heard := time.Time{}, time.Time{}
	for _, t := range s.Told {
		since, heard = earlier(since, t.Heard), later(heard, t.Heard)
	}
	if !s.Since.Before(was.Heard) || heard.IsZero() {
		s.Since = since
	}
	s.Heard = heard
}
