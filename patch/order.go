package patch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/mds2"
	"bedrail/lifecycle"
)

// A Party is one of the three that agree to a plan.
type Party string

// The parties.
const (
	IT          Party = "it"
	Engineering Party = "clinical-engineering"
	UnitParty   Party = "unit"
)

// Parties lists them.
func Parties() []Party { return []Party{IT, Engineering, UnitParty} }

// A Stage is how far an order has come.
type Stage string

// The stages of an order.
const (
	Proposed  Stage = "proposed"
	Booked    Stage = "booked" // all three agreed
	Done      Stage = "done"   // somebody says it was done
	Verified  Stage = "verified"
	Excepted  Stage = "exception" // no patch: a control stands in, until a day
	Cancelled Stage = "cancelled"
)

// A Means is who may bring a patch in.
type Means string

// The means.
const (
	ByVendor   Means = "vendor"   // only the maker or whom it authorises (CSUP-x.2)
	ByRemote   Means = "remote"   // can be installed from afar (CSUP-x.3)
	ByHospital Means = "hospital" // the maker documents how the hospital does it (CSUP-x.1)
	ByItself   Means = "automatic"
	NotStated  Means = "not-stated"
)

// MeansOf reads from a maker's statement who may patch a model. part is the
// kind of software: an operating system (CSUP-2), firmware (CSUP-3), or
// whatever else (CSUP-5, CSUP-6). "Only the maker" goes before everything.
func MeansOf(s *mds2.Sheet, part string) (Means, string) {
	if s == nil {
		return NotStated, "there is no MDS2 of the model: ask its maker who may patch it"
	}
	sections := []string{"CSUP-5", "CSUP-6"}
	switch part {
	case "operating-system":
		sections = []string{"CSUP-2"}
	case "firmware", "device":
		sections = []string{"CSUP-3"}
	}
	yes := func(suffix string) (string, bool) {
		for _, sec := range sections {
			if s.Answer(sec+suffix).Value == mds2.Yes {
				return sec + suffix, true
			}
		}
		return "", false
	}
	if id, ok := yes(".2"); ok {
		return ByVendor, id + " = Yes: " + mds2.Label(id)
	}
	if s.Answer("CSUP-8").Value == mds2.Yes {
		return ByItself, "CSUP-8 = Yes: " + mds2.Label("CSUP-8")
	}
	if id, ok := yes(".3"); ok {
		return ByRemote, id + " = Yes: " + mds2.Label(id)
	}
	if id, ok := yes(".1"); ok {
		return ByHospital, id + " = Yes: " + mds2.Label(id)
	}
	return NotStated, "the MDS2 does not say who may patch it: ask its maker"
}

// A Consent is what one party said about an order.
type Consent struct {
	Party Party     `json:"party"`
	Agree bool      `json:"agree"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Note  string    `json:"note,omitempty"`
}

// An Order is the mending of the devices of one model in one unit.
type Order struct {
	ID            string         `json:"id"`
	Model         asset.ModelKey `json:"model"` // Version is the one that is to go
	Site          string         `json:"site"`
	Unit          string         `json:"unit"`
	Class         string         `json:"class"`
	Target        string         `json:"target,omitempty"` // software version that mends it, where it is known
	Weaknesses    []string       `json:"weaknesses"`
	Severity      string         `json:"severity"`
	KEV           bool           `json:"kev"`
	Means         Means          `json:"means"`
	MeansReason   string         `json:"meansReason"`
	Devices       []Piece        `json:"devices"`
	Windows       []Window       `json:"windows"`
	Spare         int            `json:"spare"`
	Left          []string       `json:"left"`
	Why           string         `json:"why,omitempty"`
	Stage         Stage          `json:"stage"`
	Consents      []Consent      `json:"consents"`
	Exception     *Exception     `json:"exception,omitempty"`
	OpenedBy      string         `json:"openedBy"`
	OpenedAt      time.Time      `json:"openedAt"`
	LastActBy     string         `json:"lastActBy,omitempty"`
	LastActAt     time.Time      `json:"lastActAt,omitzero"`
	Version       int64          `json:"version"`
	OverdueSince  time.Time      `json:"overdueSince,omitzero"` // when its last window passed without being verified
	VerifiedCount int            `json:"verifiedCount"`
}

// A Piece is one device of an order.
type Piece struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Was        string    `json:"was"`                 // software version before
	Is         string    `json:"is,omitempty"`        // what was seen since
	Evidence   string    `json:"evidence,omitempty"`  // where: the wire, or a record
	VerifiedAt time.Time `json:"verifiedAt,omitzero"` //
}

// An Exception says that a weakness stays, and what holds it back meanwhile.
type Exception struct {
	Reason  string        `json:"reason"` // why there is no patch, or why it would harm
	Control string        `json:"control"`
	Expires lifecycle.Day `json:"expires"`
	By      string        `json:"by"`
	At      time.Time     `json:"at"`
}

// consent files what a party says. When all three agree, the order is booked;
// a party that disagrees takes the order back to a proposal.
func (o *Order) consent(c Consent) error {
	if !slices.Contains(Parties(), c.Party) {
		return bedrail.Errorf(bedrail.Invalid, "the parties are it, clinical-engineering and unit, not %q", c.Party)
	}
	if o.Stage != Proposed && o.Stage != Booked {
		return bedrail.Errorf(bedrail.Conflict, "the order is %s; nothing is to be agreed about it", o.Stage)
	}
	if len(o.Windows) == 0 {
		return bedrail.Errorf(bedrail.Conflict, "the order has no window yet; propose again with other days")
	}
	for _, other := range o.Consents {
		if other.By == c.By && other.Party != c.Party && other.Agree && c.Agree {
			return bedrail.Errorf(bedrail.Denied, "%s agreed for %s already; three parties are three people", c.By, other.Party)
		}
	}
	o.Consents = append(slices.DeleteFunc(o.Consents, func(old Consent) bool { return old.Party == c.Party }), c)
	agreed := 0
	for _, c := range o.Consents {
		if c.Agree {
			agreed++
		}
	}
	o.Stage = Proposed
	if agreed == len(Parties()) {
		o.Stage = Booked
	}
	return nil
}

// except puts a control in the place of a patch, until a day.
func (o *Order) except(e Exception, now time.Time) error {
	switch {
	case o.Stage == Verified || o.Stage == Cancelled:
		return bedrail.Errorf(bedrail.Conflict, "the order is %s", o.Stage)
	case strings.TrimSpace(e.Reason) == "" || strings.TrimSpace(e.Control) == "":
		return bedrail.Errorf(bedrail.Invalid, "an exception says why there is no patch, and what holds the weakness back meanwhile")
	case e.Expires == "" || !e.Expires.Valid() || e.Expires <= lifecycle.DayOf(now):
		return bedrail.Errorf(bedrail.Invalid, "an exception ends on a day to come, such as %s", lifecycle.DayOf(now.AddDate(0, 3, 0)))
	case e.Expires > lifecycle.DayOf(now.AddDate(1, 0, 0)):
		return bedrail.Errorf(bedrail.Invalid, "an exception is looked at again within a year; %s is later", e.Expires)
	}
	o.Exception, o.Stage = &e, Excepted
	return nil
}

// A Sight is the software version that is seen on a device now, and where, and
// what is known of it.
type Sight struct {
	Version, Source string
	// Weak: at this version a weakness of the order is still known. Clean: this
	// version was asked about, and none of them is.
	Weak, Clean bool
}

// A BillSight is a bill of the model that came after the order was opened, and
// in which none of its weaknesses is left.
type BillSight struct {
	ID, Version string
	At          time.Time
}

// Look says what a look at the devices, and at the bills of the model, makes of
// an order. A device is verified when another version than the one that was to
// go is seen on it, and that version mends it. A bill says what a version
// holds, and not what runs: it verifies a device only once somebody says that
// the work was done, and where nothing that was seen on the device says
// otherwise. found maps devices to what is seen now.
func (o Order) Look(found map[string]Sight, bills []BillSight, now time.Time) (Order, bool) {
	if o.Stage == Cancelled {
		return o, false
	}
	changed := false
	o.Devices = slices.Clone(o.Devices)
	o.VerifiedCount = 0
	for i := range o.Devices {
		p := &o.Devices[i]
		s, ok := found[p.ID]
		switch bill, told := o.billed(bills); {
		case ok && p.VerifiedAt.IsZero() && o.mended(p, s):
			p.Is, p.Evidence, p.VerifiedAt, changed = s.Version, s.Source, now, true
		case p.VerifiedAt.IsZero() && told && (s.Version == "" || strings.EqualFold(s.Version, p.Was) && strings.EqualFold(bill.Version, p.Was)):
			p.Is, p.Evidence, p.VerifiedAt, changed = bill.Version, "bill "+bill.ID, now, true
		case ok && !p.VerifiedAt.IsZero() && s.Version != "" && strings.EqualFold(s.Version, p.Was) && !strings.EqualFold(p.Is, p.Was):
			p.Is, p.Evidence, p.VerifiedAt, changed = s.Version, s.Source, time.Time{}, true // put back to the old version
		}
		if !p.VerifiedAt.IsZero() {
			o.VerifiedCount++
		}
	}
	stage, late := o.Stage, o.OverdueSince
	switch {
	case len(o.Devices) > 0 && o.VerifiedCount == len(o.Devices):
		o.Stage, o.OverdueSince = Verified, time.Time{}
	case o.Stage == Verified:
		o.Stage = Booked
	case o.Stage == Excepted && o.Exception.Expires <= lifecycle.DayOf(now):
		o.Stage = Proposed // the exception has ended: it is open again
	}
	if end := o.lastEnd(); (o.Stage == Booked || o.Stage == Done) && !end.IsZero() && now.After(end) && o.OverdueSince.IsZero() {
		o.OverdueSince = end
	}
	return o, changed || stage != o.Stage || !late.Equal(o.OverdueSince)
}

// mended reports whether what is seen on a device is another version, and one
// that mends it: the target, or one of which it is known that nothing of the
// order is left in it. Where no target is named, it is enough that the version
// is not known to be weak.
func (o *Order) mended(p *Piece, s Sight) bool {
	if s.Version == "" || strings.EqualFold(s.Version, p.Was) || s.Weak {
		return false
	}
	return o.Target == "" || strings.EqualFold(s.Version, o.Target) || s.Clean
}

// billed returns the newest bill that speaks for an order which somebody says
// was carried out.
func (o *Order) billed(bills []BillSight) (newest BillSight, ok bool) {
	if o.Stage != Done {
		return newest, false
	}
	for _, b := range bills {
		if b.At.After(o.OpenedAt) && b.At.After(newest.At) {
			newest, ok = b, true
		}
	}
	return newest, ok
}

func (o Order) lastEnd() (end time.Time) {
	for _, w := range o.Windows {
		if w.Until.After(end) {
			end = w.Until
		}
	}
	return end
}

// title names an order in a calendar.
func (o Order) title() string {
	return fmt.Sprintf("Patch %s %s (%s)", o.Model.Manufacturer, o.Model.Model, o.Unit)
}
