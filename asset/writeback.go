package asset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
)

// WriteBackDevices is to send corrections and work orders to the maintenance
// system.
const WriteBackDevices bedrail.Action = "inventory:writeback"

// An Outbox carries what the maintenance system is told. What Keep took is
// there in the end, or is shown as dead.
type Outbox interface {
	// Ready returns an error with its mend when nothing can be sent.
	Ready() error
	// Channel names the channel that carries it, empty without one, and says
	// whether what persons correct goes out by itself.
	Channel() (name string, persons bool)
	// Keep returns the id of the message once it is kept. The same key and
	// body give one message.
	Keep(ctx context.Context, key, kind string, body []byte) (message string, err error)
	// States says where messages stand: pending, held, delivered, dead; a
	// message that is no longer kept is left out.
	States(ctx context.Context, messages []string) (map[string]string, error)
}

// A Sent is one thing that the maintenance system was told.
type Sent struct {
	Key     string    `json:"key"`
	Kind    string    `json:"kind" doc:"correction or work-order"`
	Device  string    `json:"device"`
	Name    string    `json:"name"`
	Field   string    `json:"field,omitempty"`
	Text    string    `json:"text" doc:"The value, or what is to be done"`
	Message string    `json:"message"`
	State   string    `json:"state" doc:"Where its message stands: pending, held, delivered, dead; gone when it is no longer kept"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
}

// Kinds of what is sent.
const (
	CorrectionKind = "correction"
	WorkOrderKind  = "work-order"
)

func correctionKey(parts ...string) string { return bedrail.HashID("wb", parts...) }

// Corrections lists what the maintenance system's list should be told of the
// devices within by's scope, and what it was told already.
func (r *Registry) Corrections(ctx context.Context, by bedrail.Actor) ([]Correction, error) {
	devices, err := r.devicesFor(ctx, by)
	if err != nil {
		return nil, err
	}
	var out []Correction
	for _, d := range devices {
		out = append(out, correctionsOf(d)...)
	}
	slices.SortFunc(out, func(a, b Correction) int {
		return strings.Compare(a.Name+"|"+a.Device+"|"+a.Field, b.Name+"|"+b.Device+"|"+b.Field)
	})
	sent, err := r.sent(ctx, by)
	if err != nil {
		return nil, err
	}
	by1 := map[string]Sent{}
	for _, s := range sent {
		by1[s.Key] = s
	}
	for i := range out {
		if s, ok := by1[out[i].Key]; ok {
			out[i].State, out[i].Message, out[i].SentAt, out[i].SentBy = s.State, s.Message, s.At, s.By
		}
	}
	return out, nil
}

// Differences lists every attribute about which the maintenance system's list
// and the network do not say the same.
func (r *Registry) Differences(ctx context.Context, by bedrail.Actor) ([]Difference, error) {
	devices, err := r.devicesFor(ctx, by)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, d := range devices {
		if wire, list := heard(d); wire && list {
			out = append(out, differencesOf(d)...)
		}
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return strings.Compare(a.Name+"|"+a.Device+"|"+a.Field, b.Name+"|"+b.Device+"|"+b.Field)
	})
	return out, nil
}

// devicesFor are the devices that by may read.
func (r *Registry) devicesFor(ctx context.Context, by bedrail.Actor) ([]Device, error) {
	if err := r.reading(ctx, by); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, by.Scope.Tenant)
	if err != nil {
		return nil, err
	}
	return t.within(by.Scope), nil
}

// WrittenBack lists what the maintenance system was told, newest first.
func (r *Registry) WrittenBack(ctx context.Context, by bedrail.Actor) ([]Sent, error) {
	if err := r.reading(ctx, by); err != nil {
		return nil, err
	}
	return r.sent(ctx, by)
}

// sent lists what was sent of devices within by's scope, with where each
// message stands.
func (r *Registry) sent(ctx context.Context, by bedrail.Actor) ([]Sent, error) {
	all, err := r.Store.WrittenBack(ctx, by.Scope)
	if err != nil || len(all) == 0 {
		return all, err
	}
	states := map[string]string{}
	if r.Outbox != nil {
		var ids []string
		for _, s := range all {
			ids = append(ids, s.Message)
		}
		if states, err = r.Outbox.States(ctx, ids); err != nil {
			return nil, err
		}
	}
	for i := range all {
		if all[i].State = states[all[i].Message]; all[i].State == "" {
			all[i].State = "gone"
		}
	}
	return all, nil
}

// An OutboxState says whether the maintenance system can be told anything.
type OutboxState struct {
	Ready   bool   `json:"ready"`
	Channel string `json:"channel" doc:"Of the exchange; its page shows how the receiver stands"`
	Persons bool   `json:"persons" doc:"What a person corrects goes out by itself"`
	Why     string `json:"why,omitempty" doc:"Why nothing can be sent, and what to do"`
}

// OutboxState says whether the maintenance system can be told anything.
func (r *Registry) OutboxState(ctx context.Context, by bedrail.Actor) (OutboxState, error) {
	if err := r.reading(ctx, by); err != nil || r.Outbox == nil {
		return OutboxState{Why: "nothing carries corrections here"}, err
	}
	var s OutboxState
	s.Channel, s.Persons = r.Outbox.Channel()
	if err := r.Outbox.Ready(); err != nil {
		s.Why = err.Error()
		return s, nil
	}
	s.Ready = true
	return s, nil
}

// A WriteBackReport says what was sent, or would be.
type WriteBackReport struct {
	DryRun  bool          `json:"dryRun"`
	Sending []Sent        `json:"sending" doc:"What is sent, or would be"`
	Already int           `json:"already" doc:"Sent before, and not again"`
	Refused []BulkRefusal `json:"refused"`
}

// SendCorrections tells the maintenance system the corrections of these keys,
// those of them that were not sent before. Each is kept in the outbox before
// it is noted as sent; what a crash leaves between the two is sent again under
// the same key, by which the receiver knows it.
func (r *Registry) SendCorrections(ctx context.Context, by bedrail.Actor, keys []string, dryRun bool) (WriteBackReport, error) {
	report := WriteBackReport{DryRun: dryRun, Sending: []Sent{}, Refused: []BulkRefusal{}}
	if len(keys) == 0 {
		return report, bedrail.Errorf(bedrail.Invalid, "name the corrections by their keys")
	}
	if err := r.outboxReady(ctx, by); err != nil {
		return report, err
	}
	all, err := r.Corrections(ctx, by)
	if err != nil {
		return report, err
	}
	found := 0
	for _, c := range all {
		if !slices.Contains(keys, c.Key) {
			continue
		}
		found++
		if c.State != OpenCorrection {
			report.Already++
			continue
		}
		if err := r.mayWriteBack(ctx, by, c.Device, c.Site, c.Unit); err != nil {
			report.refuse(err, c.Name)
			continue
		}
		s := Sent{Key: c.Key, Kind: CorrectionKind, Device: c.Device, Name: c.Name, Field: c.Field, Text: c.BedrailSays}
		if !dryRun {
			if s, err = r.send(ctx, by, s, c.message()); err != nil {
				return report, err
			}
		}
		report.Sending = append(report.Sending, s)
	}
	if found == 0 {
		return report, bedrail.Errorf(bedrail.NotFound, "none of these corrections is to be made any more; look again")
	}
	return report, nil
}

func (r *Registry) outboxReady(ctx context.Context, by bedrail.Actor) error {
	if err := r.Auth.Authorize(ctx, by, WriteBackDevices, bedrail.Resource{Type: "device", Site: only(by.Scope.Sites), Unit: only(by.Scope.Units)}); err != nil {
		return err
	}
	if r.Outbox == nil {
		return bedrail.Errorf(bedrail.Unavailable, "nothing carries corrections here")
	}
	return r.Outbox.Ready()
}

func (r *Registry) mayWriteBack(ctx context.Context, by bedrail.Actor, id, site, unit string) error {
	return r.Auth.Authorize(ctx, by, WriteBackDevices, bedrail.Resource{Type: "device", ID: id, Site: site, Unit: unit})
}

// send keeps one message in the outbox and notes that it was sent.
func (r *Registry) send(ctx context.Context, by bedrail.Actor, s Sent, message map[string]any) (Sent, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return s, err
	}
	if s.Message, err = r.Outbox.Keep(ctx, s.Key, s.Kind, body); err != nil {
		return s, err
	}
	s.State, s.At, s.By = "pending", r.Clock.Now(), by.Name
	return s, r.Store.SaveWrittenBack(ctx, by.Scope, s, audit.Entry{By: by, Did: WriteBackDevices, To: s.Device,
		Note: strings.TrimSpace(fmt.Sprintf("%s %s: %s (%s)", s.Kind, s.Field, s.Text, s.Message))})
}

func (rep *WriteBackReport) refuse(err error, name string) {
	for i := range rep.Refused {
		if rep.Refused[i].Reason == err.Error() {
			rep.Refused[i].Devices++
			return
		}
	}
	rep.Refused = append(rep.Refused, BulkRefusal{Reason: err.Error(), Devices: 1, Example: name})
}

// message is what leaves the house. It depends on nothing but the correction,
// so that sending it again gives the same bytes.
func (c Correction) message() map[string]any {
	return map[string]any{"kind": CorrectionKind, "key": c.Key, "field": c.Field, "listSays": c.ListSays, "value": c.BedrailSays, "status": c.Status,
		"source": c.Source, "evidence": c.Evidence,
		"device": map[string]any{"id": c.Device, "name": c.Name, "assetTag": c.AssetTag, "serialNumber": c.SerialNumber, "class": c.Class,
			"manufacturer": c.Manufacturer, "model": c.Model, "site": c.Site, "unit": c.Unit}}
}

// A WorkOrder asks the maintenance system that somebody does something about
// devices.
type WorkOrder struct {
	Devices  []string
	Summary  string
	Text     string
	Priority string // low, normal, high
	DryRun   bool
}

func (w *WorkOrder) check() error {
	w.Summary = strings.TrimSpace(w.Summary)
	switch {
	case len(w.Devices) == 0 || len(w.Devices) > bulkPiece:
		return bedrail.Errorf(bedrail.Invalid, "a work order is about 1 to %d devices", bulkPiece).At("/devices")
	case w.Summary == "" || !oneLine(w.Summary, maxText):
		return bedrail.Errorf(bedrail.Invalid, "say in 1 to %d bytes on one line what is to be done", maxText).At("/summary")
	case len(w.Text) > 10*maxText:
		return bedrail.Errorf(bedrail.Invalid, "the text has at most %d bytes", 10*maxText).At("/text")
	}
	if w.Priority == "" {
		w.Priority = "normal"
	}
	if !slices.Contains([]string{"low", "normal", "high"}, w.Priority) {
		return bedrail.Errorf(bedrail.Invalid, "%q is no priority; low, normal and high are", w.Priority).At("/priority")
	}
	return nil
}

// SendWorkOrders asks for the same of each of some devices. The same order for
// the same device on the same day is one.
func (r *Registry) SendWorkOrders(ctx context.Context, by bedrail.Actor, w WorkOrder) (WriteBackReport, error) {
	report := WriteBackReport{DryRun: w.DryRun, Sending: []Sent{}, Refused: []BulkRefusal{}}
	if err := w.check(); err != nil {
		return report, err
	}
	if err := r.outboxReady(ctx, by); err != nil {
		return report, err
	}
	before, err := r.Store.WrittenBack(ctx, by.Scope)
	if err != nil {
		return report, err
	}
	for _, id := range w.Devices {
		d, err := r.Store.Device(ctx, by.Scope, id)
		if err != nil {
			return report, err
		}
		if err := r.mayWriteBack(ctx, by, id, d.Location.Site, d.Location.Unit); err != nil {
			report.refuse(err, d.Name())
			continue
		}
		key := correctionKey(WorkOrderKind, id, w.Summary, w.Text, r.Clock.Now().UTC().Format(time.DateOnly))
		if slices.ContainsFunc(before, func(s Sent) bool { return s.Key == key }) {
			report.Already++
			continue
		}
		s := Sent{Key: key, Kind: WorkOrderKind, Device: id, Name: d.Name(), Text: w.Summary}
		if !w.DryRun {
			if s, err = r.send(ctx, by, s, w.message(key, d)); err != nil {
				return report, err
			}
		}
		report.Sending = append(report.Sending, s)
	}
	return report, nil
}

func (w WorkOrder) message(key string, d Device) map[string]any {
	return map[string]any{"kind": WorkOrderKind, "key": key, "summary": w.Summary, "text": w.Text, "priority": w.Priority,
		"device": map[string]any{"id": d.ID, "name": d.Name(), "assetTag": d.AssetTag, "serialNumber": d.SerialNumber.Known(), "class": d.Class.Known(),
			"manufacturer": d.Manufacturer.Known(), "model": d.Model.Known(), "softwareVersion": d.SoftwareVersion.Known(), "site": d.Location.Site, "unit": d.Location.Unit,
			"room": d.Location.Room, "bed": d.Location.Bed}}
}

// SendPersons sends every correction that a person made and that was not sent
// before: what a channel of the maintenance system may ask for.
func (r *Registry) SendPersons(ctx context.Context, by bedrail.Actor) (int, error) {
	all, err := r.Corrections(ctx, by)
	if err != nil {
		return 0, err
	}
	var keys []string
	for _, c := range all {
		if c.State == OpenCorrection && strings.HasPrefix(c.Source, fromPerson) {
			keys = append(keys, c.Key)
		}
	}
	if len(keys) == 0 {
		return 0, nil
	}
	report, err := r.SendCorrections(ctx, by, keys, false)
	return len(report.Sending), err
}
