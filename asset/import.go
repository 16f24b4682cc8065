package asset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bedrail"
	"bedrail/audit"
	"bedrail/rule"
	"bedrail/traffic"
)

// A Match says how a line of a list meets what is known.
type Match string

// The matches of an import.
const (
	ExactMatch    Match = "exact"    // a number that only one device has leads to one device
	ProbableMatch Match = "probable" // names or a bare serial number lead to one device; it is not joined to it
	ClashMatch    Match = "conflict" // its numbers lead to different devices, or it disagrees with what is confirmed
	NewMatch      Match = "new"
)

// A MatchedRow is what an import does with one line.
type MatchedRow struct {
	Line    int      `json:"line"`
	Name    string   `json:"name"`
	Match   Match    `json:"match"`
	Device  string   `json:"device,omitempty"`
	Why     string   `json:"why" doc:"The reasons in English"`
	Reasons []Saying `json:"reasons"`
	Adds    []string `json:"adds,omitempty"` // what the device does not have yet
}

// An ImportReport is what an import did or, in a dry run, would do.
type ImportReport struct {
	ID       string            `json:"id"` // by which it can be undone; empty in a dry run
	DryRun   bool              `json:"dryRun"`
	Rows     int               `json:"rows"`
	Exact    int               `json:"exact"`
	Probable int               `json:"probable"`
	Conflict int               `json:"conflict"`
	New      int               `json:"new"`
	Matches  []MatchedRow      `json:"matches"` // the first of each kind
	Mapping  map[string]string `json:"mapping,omitempty"`
	Unmapped []string          `json:"unmapped,omitempty"`
	Problems []Problem         `json:"problems"`
	Uncited  int               `json:"uncited,omitempty"`
}

// maxMatches is how many lines of each kind a report lists.
const maxMatches = 500

// An ImportOptions says how a list is taken in.
type ImportOptions struct {
	Site   string // of the devices whose line names none
	Name   string // of the file
	DryRun bool
	// Progress is called now and then with how many lines are done. It may be
	// nil.
	Progress func(done int)
}

// weights of a maintenance system's columns: numbers are copied from the
// plate, software versions grow old in it.
var cmmsWeights = []struct {
	attribute traffic.Attribute
	weight    float64
	value     func(InventoryRow) string
}{
	{traffic.AssetTag, 0.95, func(r InventoryRow) string { return r.AssetTag }},
	{traffic.Class, 0.7, func(r InventoryRow) string { return r.Class }},
	{traffic.Manufacturer, 0.8, func(r InventoryRow) string { return r.Manufacturer }},
	{traffic.Model, 0.8, func(r InventoryRow) string { return r.Model }},
	{traffic.SerialNumber, 0.85, func(r InventoryRow) string { return r.SerialNumber }},
	{traffic.SoftwareVersion, 0.65, func(r InventoryRow) string { return r.SoftwareVersion }},
	{traffic.OperatingSystem, 0.65, func(r InventoryRow) string { return r.OperatingSystem }},
	{traffic.UDI, 0.85, func(r InventoryRow) string { return r.UDI }},
	{traffic.Hostname, 0.5, func(r InventoryRow) string { return r.Hostname }},
	{traffic.Location, 0.7, func(r InventoryRow) string {
		return traffic.Spot{Site: r.Site, Building: r.Building, Floor: r.Floor, Unit: r.Unit, Room: r.Room, Bed: r.Bed}.String()
	}},
}

// ObservationOf is a line of a maintenance system as evidence.
func ObservationOf(row InventoryRow, now time.Time) traffic.Observation {
	o := traffic.Observation{Capture: row.File, Packet: uint64(row.Line), Time: now, MAC: row.MAC, Protocol: "cmms"}
	for _, w := range cmmsWeights {
		if v := w.value(row); v != "" {
			o.Claims = append(o.Claims, traffic.Claim{Attribute: w.attribute, Value: v, Weight: w.weight, Source: "cmms", Field: string(w.attribute)})
		}
	}
	return o
}

// ImportInventory takes the lines of a maintenance system in as evidence, or
// says what that would do. It takes in all of them or none.
func (r *Registry) ImportInventory(ctx context.Context, by bedrail.Actor, inv Inventory, opts ImportOptions) (ImportReport, error) {
	observations := make([]traffic.Observation, len(inv.Rows))
	now := r.Clock.Now()
	for i, row := range inv.Rows {
		if row.Site == "" {
			row.Site = opts.Site
		}
		observations[i] = ObservationOf(row, now)
	}
	report := ImportReport{Rows: len(inv.Rows), Mapping: inv.Mapping, Unmapped: inv.Unmapped, Problems: inv.Problems, Uncited: inv.Uncited}
	return r.importAll(ctx, by, string(DeviceList), observations, report, opts)
}

// ImportLeases takes the leases of a DHCP server in as evidence.
func (r *Registry) ImportLeases(ctx context.Context, by bedrail.Actor, list LeaseList, opts ImportOptions) (ImportReport, error) {
	report := ImportReport{Rows: len(list.Observations), Problems: list.Problems, Uncited: list.Uncited}
	return r.importAll(ctx, by, "leases", list.Observations, report, opts)
}

func (r *Registry) importAll(ctx context.Context, by bedrail.Actor, kind string, observations []traffic.Observation, report ImportReport, opts ImportOptions) (ImportReport, error) {
	if err := r.Auth.Authorize(ctx, by, ImportDevices, bedrail.Resource{Type: "device", Site: opts.Site}); err != nil {
		return report, err
	}
	if report.Problems == nil {
		report.Problems = []Problem{}
	}
	report.DryRun = opts.DryRun
	report.Matches = []MatchedRow{}
	if err := r.preview(ctx, by, observations, &report); err != nil || opts.DryRun {
		return report, err
	}
	now := r.Clock.Now()
	report.ID = bedrail.NewID("imp", now)
	return report, r.importPieces(ctx, by, observations, report, report.record(kind, by, opts.Name, now), opts.Progress)
}

// importPiece is how many lines one transaction takes in, so that others get
// their turn at the record meanwhile.
const importPiece = 2000

// importPieces takes the lines in, piece by piece. When one fails, what the
// earlier brought is taken back.
func (r *Registry) importPieces(ctx context.Context, by bedrail.Actor, observations []traffic.Observation, report ImportReport, record *ImportRecord, tell func(done int)) error {
	note := fmt.Sprintf("%d lines: %d exact, %d probable, %d in conflict, %d new", report.Rows, report.Exact, report.Probable, report.Conflict, report.New)
	done := 0
	for piece := range slices.Chunk(observations, importPiece) {
		entry := audit.Entry{By: by, Did: ImportDevices, To: report.ID, Note: note}
		if len(observations) > importPiece {
			entry.Note = fmt.Sprintf("%s; these are %d to %d", note, done+1, done+len(piece))
		}
		d := Delta{}
		if done == 0 {
			d.Imported = record
		}
		err := r.change(ctx, by, &d, ImportDevices, &entry, func(f *Fuser) error {
			for _, o := range piece {
				o.Import = report.ID
				f.Observe(o)
			}
			return ctx.Err()
		})
		if err != nil && done > 0 {
			_, undone := r.UndoImport(context.WithoutCancel(ctx), by, report.ID)
			err = errors.Join(err, undone)
		}
		if err != nil {
			return err
		}
		done += len(piece)
		if tell != nil {
			tell(done)
		}
	}
	return nil
}

// preview says how each line meets what is known, before anything changes.
func (r *Registry) preview(ctx context.Context, by bedrail.Actor, observations []traffic.Observation, report *ImportReport) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, by.Scope.Tenant)
	if err != nil {
		return err
	}
	bySerial := t.fuser.bySerial()
	counts := map[Match]int{}
	earlier := map[string]firstLine{}
	for i := range observations {
		m := t.fuser.match(&observations[i], bySerial, earlier)
		if counts[m.Match]++; counts[m.Match] <= maxMatches {
			report.Matches = append(report.Matches, m)
		}
	}
	report.Exact, report.Probable, report.Conflict, report.New = counts[ExactMatch], counts[ProbableMatch], counts[ClashMatch], counts[NewMatch]
	order := []Match{ClashMatch, ProbableMatch, NewMatch, ExactMatch}
	slices.SortStableFunc(report.Matches, func(a, b MatchedRow) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Match), slices.Index(order, b.Match)), cmp.Compare(a.Line, b.Line))
	})
	return nil
}

// bySerial indexes devices by serial number alone.
func (f *Fuser) bySerial() map[string][]string {
	index := map[string][]string{}
	for id, d := range f.devices {
		if s := d.SerialNumber.Known(); s != "" {
			index[serialKey(s)] = append(index[serialKey(s)], id)
		}
	}
	return index
}

// A firstLine is the line of a file that was the first to bear a key.
type firstLine struct {
	line   int
	serial string
}

// sameAs returns the earlier line of the file that fr will be one device with,
// and notes what fr bears for the lines after it.
func (fr *fragment) sameAs(earlier map[string]firstLine, line int) (first int) {
	serial := fr.sure(traffic.SerialNumber)
	for _, k := range append([]string{fr.name}, fr.keys...) {
		switch e, known := earlier[k]; {
		case !known:
			earlier[k] = firstLine{line, serial}
		case first > 0:
		case serial == "", e.serial == "", serial == e.serial, k == fr.name, keyKind(k) == "mac":
			first = e.line // else their serial numbers keep them apart, as they do between devices
		}
	}
	return first
}

// match says how a line meets what is known, and the lines before it in its file.
func (f *Fuser) match(o *traffic.Observation, bySerial map[string][]string, earlier map[string]firstLine) MatchedRow {
	m := MatchedRow{Line: int(o.Packet)}
	m.is(NewMatch, say("match.unknown"))
	fr := fragmentOfLine(f.pack(), o)
	if fr == nil {
		return m
	}
	ids := map[string]string{} // device id to the key that leads there
	for _, k := range fr.keys {
		for _, known := range f.byKey[k] {
			ids[f.deviceOf[known.name]] = k
		}
	}
	var row Device
	row.decide(fr.claims())
	row.Location = locate(fr.claims())
	row.name(fr.claims())
	m.Name = row.Name()
	first := fr.sameAs(earlier, m.Line)
	switch len(ids) {
	case 0:
		if first > 0 {
			m.is(ExactMatch, say("match.line", "n", strconv.Itoa(first)))
			return m
		}
		if s := row.SerialNumber.Value; s != "" {
			if same := bySerial[serialKey(s)]; len(same) == 1 {
				d := f.devices[same[0]]
				if model := d.Model.Known(); model != "" && row.Model.Value != "" && !sameModel(modelKey(model), modelKey(row.Model.Value)) {
					return m // another model's number
				}
				m.Device = same[0]
				m.is(ProbableMatch, say("match.serial"))
			}
		}
	case 1:
		for id, key := range ids {
			m.Device = id
			m.is(ExactMatch, say("match.key", "key", keyKind(key)))
			m.compare(*f.devices[id], row)
		}
	default:
		m.is(ClashMatch, say("match.several", "n", strconv.Itoa(len(ids))))
	}
	return m
}

// fragmentOfLine is what a line contributes by itself; nil when it names
// nobody.
func fragmentOfLine(pack *rule.Pack, o *traffic.Observation) *fragment {
	key := new(Fuser).place(o)
	name := holderName(key)
	if name == "" {
		return nil
	}
	s := &Sighting{Key: key}
	s.observe(o)
	fr := &fragment{rules: pack, name: name, site: key.Site}
	if key.MAC != "" {
		fr.macs = []traffic.MAC{key.MAC}
	}
	fr.sightings = []*Sighting{s}
	fr.keys = fr.mergeKeys()
	return fr
}

// is says what an import does with the line, and why.
func (m *MatchedRow) is(match Match, reasons ...Saying) {
	m.Match, m.Reasons, m.Why = match, reasons, textOf(reasons)
}

// inWords is the name of a field as people write it: "serialNumber" is "serial
// number".
func inWords(field string) string {
	var b strings.Builder
	for _, r := range field {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// compare says what the line adds to the device, and where it disagrees with
// what is confirmed.
func (m *MatchedRow) compare(have, row Device) {
	for _, a := range correctable {
		h, r := have.value(a), row.value(a)
		switch {
		case r.Value == "":
		case h.Value == "":
			m.Adds = append(m.Adds, string(a))
		case h.Status == Confirmed && normal(a, h.Value) != normal(a, r.Value) && !(a == traffic.Model && sameModel(modelKey(h.Value), modelKey(r.Value))):
			m.is(ClashMatch, append(m.Reasons, say("match.differs", "attribute", string(a), "value", r.Value, "confirmed", h.Value))...)
		}
	}
	if have.AssetTag == "" && row.AssetTag != "" {
		m.Adds = append(m.Adds, "assetTag")
	}
	if have.Location.Unit == "" && row.Location.Unit != "" {
		m.Adds = append(m.Adds, "location")
	}
}
