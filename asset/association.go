package asset

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/traffic"
)

// To whom a device belongs that is worn or stands at home: FHIR calls it a
// DeviceAssociation. The patient is sealed like what messages say of patients:
// no list, log, export or audit entry holds it, and who looks says for what
// purpose.

// RevealDevice shows to whom a device belongs, and which devices somebody has.
const RevealDevice bedrail.Action = "device:reveal"

// HoldDevice keeps the links of a device to patients from being forgotten, or
// lets go of them.
const HoldDevice bedrail.Action = "device:hold"

// associateDevices is what the record says of links that came with a feed.
const associateDevices bedrail.Action = "device:associate"

// A Patient names a patient as the feed does: an identifier or a reference. It
// prints as a word, whatever prints it: only who is shown it converts it.
type Patient string

const sealedWord = "[sealed]"

// String, GoString, LogValue and MarshalText keep the patient from texts.
func (Patient) String() string { return sealedWord }

// GoString implements fmt.GoStringer.
func (Patient) GoString() string { return sealedWord }

// LogValue implements slog.LogValuer.
func (Patient) LogValue() slog.Value { return slog.StringValue(sealedWord) }

// MarshalText implements encoding.TextMarshaler.
func (Patient) MarshalText() ([]byte, error) { return []byte(sealedWord), nil }

// Key is by what two names of one patient are the same: the number alone,
// without the system or the kind of resource before it.
func (p Patient) Key() string {
	text := string(p)
	if i := strings.LastIndexAny(text, "|/"); i >= 0 {
		text = text[i+1:]
	}
	return strings.ToUpper(strings.Join(strings.Fields(text), ""))
}

// A Reported is a link as a feed tells it: of the device that an observation
// speaks of.
type Reported struct {
	Of      traffic.Observation
	Patient Patient
	Since   time.Time // zero where the feed does not say
	Until   time.Time // zero while it lasts
	Void    bool      // entered in error
}

// An Association is a link of a device to a patient.
type Association struct {
	ID      string    `json:"id"`
	Device  string    `json:"device"`
	Patient Patient   `json:"-"` // sealed; empty where it was not opened
	Since   time.Time `json:"since,omitzero"`
	Until   time.Time `json:"until,omitzero" doc:"Absent while it lasts"`
	Told    time.Time `json:"told" doc:"When the feed said it last"`
	Source  string    `json:"source" doc:"File or feed that said so"`
	Held    bool      `json:"legalHold,omitempty" doc:"Under legal hold: nothing forgets it"`
	Import  string    `json:"-"` // that tells it
}

// An Associated counts what became of the links of a feed.
type Associated struct {
	ID       string `json:"id,omitempty" doc:"Of the import, by which the links are taken back"`
	New      int    `json:"new"`
	Renewed  int    `json:"renewed"`  // said again
	Ended    int    `json:"ended"`    // another patient has the device now, or nobody
	Voided   int    `json:"voided"`   // entered in error, and forgotten at once
	Unplaced int    `json:"unplaced"` // of a device that is not known by one of its numbers
}

// An AssociationStore keeps links sealed.
type AssociationStore interface {
	// Associate keeps links with the record of their import, renews those it
	// has, and ends those that another takes the place of; with entry, or does
	// neither. It is Unavailable without the keys: a link is never kept in the
	// clear.
	Associate(ctx context.Context, in bedrail.Scope, links []Association, void []Association, record ImportRecord, entry audit.Entry) (Associated, error)
	// HoldAssociations puts the links of a device under legal hold, or lets go
	// of them, and says how many there are.
	HoldAssociations(ctx context.Context, in bedrail.Scope, device string, hold bool, entry audit.Entry) (int, error)
	// ImportedLinks counts the links that an import made or changed, and that were
	// not changed since.
	ImportedLinks(ctx context.Context, in bedrail.Scope, id string) (ImportedLinks, error)
	// Associations returns the links of a device, the latest first, with their
	// patients closed.
	Associations(ctx context.Context, in bedrail.Scope, device string) ([]Association, error)
	// RevealAssociations is Associations with the patients open; entry is
	// committed first.
	RevealAssociations(ctx context.Context, in bedrail.Scope, device string, entry audit.Entry) ([]Association, error)
	// AssociatedWith returns the links of the devices within in to a patient;
	// entry is committed first.
	AssociatedWith(ctx context.Context, in bedrail.Scope, p Patient, entry audit.Entry) ([]Association, error)
}

// BeginFeed keeps the record of a cloud's feed that is about to be taken in, so
// that whatever comes of it can be taken back.
func (r *Registry) BeginFeed(ctx context.Context, by bedrail.Actor, name string) (ImportRecord, error) {
	if err := r.Auth.Authorize(ctx, by, ImportCapture, bedrail.Resource{Type: "capture"}); err != nil {
		return ImportRecord{}, err
	}
	now := r.Clock.Now()
	record := ImportRecord{ID: bedrail.NewID("imp", now), Kind: ByCloud, Name: clip(name), By: by.Name, At: now}
	return record, r.Store.SaveImportRecord(ctx, by.Scope, record, audit.Entry{By: by, Did: ImportDevices, To: record.ID, Note: "a cloud's feed is taken in"})
}

// Weigh adds to the record of a feed how some of what it tells meets what is
// known, before any of it is taken in.
func (r *Registry) Weigh(ctx context.Context, by bedrail.Actor, told []traffic.Observation, record *ImportRecord) error {
	var report ImportReport
	err := r.preview(ctx, by, told, &report)
	record.Rows += len(told)
	record.Exact, record.Probable, record.Conflict, record.New = record.Exact+report.Exact, record.Probable+report.Probable, record.Conflict+report.Conflict, record.New+report.New
	return err
}

// EndFeed keeps what a feed was in the end, and to whom its devices belong. These
// must be in the record already.
func (r *Registry) EndFeed(ctx context.Context, by bedrail.Actor, record ImportRecord, reported []Reported) (Associated, error) {
	done, err := r.Associate(ctx, by, record, reported)
	if err != nil || len(reported) > done.Unplaced {
		return done, err
	}
	record.Problems += done.Unplaced
	return done, r.Store.SaveImportRecord(ctx, by.Scope, record, audit.Entry{By: by, Did: ImportDevices, To: record.ID, Note: fmt.Sprintf("%d devices: %d exact, %d probable, %d in conflict, %d new", record.Rows, record.Exact, record.Probable, record.Conflict, record.New)})
}

// Associate keeps to whom the devices of a feed belong, with the feed's record.
// The devices must be in the record already.
func (r *Registry) Associate(ctx context.Context, by bedrail.Actor, record ImportRecord, reported []Reported) (Associated, error) {
	if err := r.Auth.Authorize(ctx, by, ImportCapture, bedrail.Resource{Type: "capture"}); err != nil {
		return Associated{}, err
	}
	now := r.Clock.Now()
	if record.ID == "" {
		record.ID, record.Kind, record.By, record.At = bedrail.NewID("imp", now), ByCloud, by.Name, now
	}
	var links, void []Association
	unplaced := 0
	err := r.placing(ctx, by, func(device func(*traffic.Observation) string) {
		for i := range reported {
			l := &reported[i]
			a := Association{ID: bedrail.NewID("asn", now), Device: device(&l.Of), Patient: l.Patient, Since: l.Since, Until: l.Until, Told: now, Source: record.Name, Import: record.ID}
			switch {
			case a.Device == "":
				unplaced++
			case l.Void:
				void = append(void, a)
			default:
				links = append(links, a)
			}
		}
	})
	if err != nil || len(links)+len(void) == 0 {
		return Associated{ID: record.ID, Unplaced: unplaced}, err
	}
	entry := audit.Entry{By: by, Did: associateDevices, To: "devices", Note: "links of devices to patients kept, sealed"}
	record.Problems += unplaced
	done, err := r.Store.Associate(ctx, by.Scope, links, void, record, entry)
	done.ID, done.Unplaced = record.ID, unplaced
	return done, err
}

// placing gives use the device that an observation speaks of, where exactly
// one bears its numbers.
func (r *Registry) placing(ctx context.Context, by bedrail.Actor, use func(func(*traffic.Observation) string)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, by.Scope.Tenant)
	if err != nil {
		return err
	}
	f := &t.fuser
	use(func(o *traffic.Observation) string {
		fr := fragmentOfLine(f.pack(), o)
		if fr == nil {
			return ""
		}
		found := ""
		for _, k := range fr.keys {
			for _, known := range f.byKey[k] {
				id := f.deviceOf[known.name]
				if found != "" && found != id {
					return ""
				}
				found = id
			}
		}
		return found
	})
	return nil
}

// An AssociationState says that a device belongs to a patient, not to whom.
type AssociationState struct {
	Linked  bool      `json:"linked" doc:"Whether a patient has the device now, as far as is known"`
	Since   time.Time `json:"since,omitzero"`
	Told    time.Time `json:"told,omitzero" doc:"When the feed said it last"`
	Source  string    `json:"source,omitempty"`
	Earlier int       `json:"earlier" doc:"Links that ended and are still kept"`
	Held    bool      `json:"legalHold" doc:"A link of it is under legal hold"`
}

// Association says whether a device belongs to a patient.
func (r *Registry) Association(ctx context.Context, by bedrail.Actor, id string) (AssociationState, error) {
	d, err := r.Device(ctx, by, id)
	if err != nil {
		return AssociationState{}, err
	}
	all, err := r.Store.Associations(ctx, by.Scope, d.ID)
	var s AssociationState
	for _, a := range all {
		s.Held = s.Held || a.Held
		if lasts := a.Until.IsZero() || a.Until.After(r.Clock.Now()); lasts && !s.Linked {
			s.Linked, s.Since, s.Told, s.Source = true, a.Since, a.Told, a.Source
		} else {
			s.Earlier++
		}
	}
	return s, err
}

// HoldAssociations puts the links of a device to patients under legal hold, so
// that neither time nor a feed nor an import that is taken back forgets them;
// or lets go of them.
func (r *Registry) HoldAssociations(ctx context.Context, by bedrail.Actor, id string, hold bool, reason string) (int, error) {
	d, err := r.Store.Device(ctx, by.Scope, id)
	if err != nil {
		return 0, err
	}
	if err := r.Auth.Authorize(ctx, by, HoldDevice, bedrail.Resource{Type: "device", ID: id, Site: d.Location.Site, Unit: d.Location.Unit}); err != nil {
		return 0, err
	}
	if reason = strings.TrimSpace(reason); len(reason) < 3 {
		return 0, bedrail.Errorf(bedrail.Invalid, "say why the links are held, or let go").At("reason")
	}
	note := map[bool]string{true: "links to patients put under legal hold", false: "links to patients let go from legal hold"}[hold]
	n, err := r.Store.HoldAssociations(ctx, by.Scope, id, hold, audit.Entry{By: by, Did: HoldDevice, To: id, Note: note, Personal: map[string]string{"reason": reason}})
	if err == nil && n == 0 {
		err = bedrail.Errorf(bedrail.NotFound, "no link of the device to a patient is kept")
	}
	return n, err
}

// Reveal shows to whom a device belongs and belonged, the latest first.
func (r *Registry) Reveal(ctx context.Context, by bedrail.Actor, id, purpose string) ([]Association, error) {
	d, err := r.Store.Device(ctx, by.Scope, id)
	if err != nil {
		return nil, err
	}
	if err := r.Auth.Authorize(ctx, by, RevealDevice, bedrail.Resource{Type: "device", ID: id, Site: d.Location.Site, Unit: d.Location.Unit}); err != nil {
		return nil, err
	}
	entry, err := revealEntry(by, id, "patient of a device shown", purpose)
	if err != nil {
		return nil, err
	}
	return r.Store.RevealAssociations(ctx, by.Scope, id, entry)
}

// DevicesOf returns the links of the devices that a patient has, of those that
// by may see.
func (r *Registry) DevicesOf(ctx context.Context, by bedrail.Actor, p Patient, purpose string) ([]Association, error) {
	if err := r.Auth.Authorize(ctx, by, RevealDevice, bedrail.Resource{Type: "device", Site: only(by.Scope.Sites), Unit: only(by.Scope.Units)}); err != nil {
		return nil, err
	}
	if p.Key() == "" {
		return nil, bedrail.Errorf(bedrail.Invalid, "name the patient by the number that the feed uses").At("patient")
	}
	entry, err := revealEntry(by, "devices", "devices of a patient shown", purpose)
	if err != nil {
		return nil, err
	}
	return r.Store.AssociatedWith(ctx, by.Scope, p, entry)
}

func revealEntry(by bedrail.Actor, to, note, purpose string) (audit.Entry, error) {
	purpose = strings.TrimSpace(purpose)
	if len(purpose) < 3 {
		return audit.Entry{}, bedrail.Errorf(bedrail.Invalid, "say for what purpose you look at a patient's data").At("purpose")
	}
	return audit.Entry{By: by, Did: RevealDevice, To: to, Note: note, Personal: map[string]string{"purpose": purpose}}, nil
}
