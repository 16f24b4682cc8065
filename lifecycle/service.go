package lifecycle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/sbom"
	"bedrail/vuln"
)

// What an actor may do with the lives of models.
const (
	ReadModels     bedrail.Action = "model:read"
	WriteModels    bedrail.Action = "model:write"
	AnswerRecall   bedrail.Action = "recall:answer"
	ReadDocuments  bedrail.Action = "document:read"
	WriteDocuments bedrail.Action = "document:write"
)

// A Store remembers records of models, the work on recalls, and documents.
// Each method is one transaction.
type Store interface {
	// ModelRecords returns every record.
	ModelRecords(ctx context.Context, in bedrail.Scope) ([]Record, error)
	// SaveModelRecord replaces the record if its version is still r.Version
	// (0: there was none) and raises it by one; else it is a Conflict.
	SaveModelRecord(ctx context.Context, in bedrail.Scope, r Record, entry audit.Entry) error
	// ComponentRecords returns every record of a component.
	ComponentRecords(ctx context.Context, in bedrail.Scope) ([]ComponentRecord, error)
	// SaveComponentRecord replaces the record if its revision is still r.Rev (0:
	// there was none) and raises it by one; else it is a Conflict.
	SaveComponentRecord(ctx context.Context, in bedrail.Scope, r ComponentRecord, entry audit.Entry) error
	// RecallWork returns what was done about recalls.
	RecallWork(ctx context.Context, in bedrail.Scope) ([]Work, error)
	// SaveRecallWork keeps works, each in place of what was done before.
	SaveRecallWork(ctx context.Context, in bedrail.Scope, works []Work, entry audit.Entry) error
	// Documents returns the documents of a subject, newest first.
	Documents(ctx context.Context, in bedrail.Scope, subject string) ([]Document, error)
	// Document returns one with its bytes, or a NotFound error.
	Document(ctx context.Context, in bedrail.Scope, id string) (Document, []byte, error)
	// SaveDocument keeps a document; with d.Sealed its bytes lie encrypted.
	SaveDocument(ctx context.Context, in bedrail.Scope, d Document, body []byte, entry audit.Entry) error
	// RemoveDocument forgets a document and its bytes.
	RemoveDocument(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error
}

// A Ledger keeps the lives of models.
type Ledger struct {
	Store  Store
	Auth   bedrail.Authorizer
	Clock  bedrail.Clock
	Tenant string
	Board  *vuln.Board
	Bills  *sbom.Shelf
	// SealDocuments: new documents lie encrypted.
	SealDocuments bool

	mu    sync.RWMutex      // guards codes
	codes map[string]string // product code by record, for recalls; rebuilt by Load
}

func (l *Ledger) may(ctx context.Context, by bedrail.Actor, what bedrail.Action, id string) error {
	return l.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "model", ID: id})
}

// Load reads what other parts ask for at every turn.
func (l *Ledger) Load(ctx context.Context) error {
	records, err := l.Store.ModelRecords(ctx, bedrail.Scope{Tenant: l.Tenant})
	if err != nil {
		return fmt.Errorf("reading the records of models: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.codes = map[string]string{}
	for _, r := range records {
		l.codes[r.ID()] = r.ProductCode
	}
	return nil
}

// ProductCode returns the FDA's product code of a model, "" when not known.
func (l *Ledger) ProductCode(manufacturer, model string) string {
	l.mu.RLock()
	loaded := l.codes != nil
	l.mu.RUnlock()
	if !loaded && l.Load(context.Background()) != nil {
		return "" // recalls are then matched by what else is known, and this is asked again
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.codes[RecordID(manufacturer, model)]
}

// Records returns every record.
func (l *Ledger) Records(ctx context.Context, by bedrail.Actor) ([]Record, error) {
	if err := l.may(ctx, by, ReadModels, ""); err != nil {
		return nil, err
	}
	return l.Store.ModelRecords(ctx, by.Scope)
}

// Record returns the record of a model. A model without one gives an empty
// record of version 0.
func (l *Ledger) Record(ctx context.Context, by bedrail.Actor, manufacturer, model string) (Record, error) {
	all, err := l.Records(ctx, by)
	if err != nil {
		return Record{}, err
	}
	manufacturer = asset.CanonicalManufacturer(manufacturer)
	for _, r := range all {
		if r.ID() == RecordID(manufacturer, model) {
			return r, nil
		}
	}
	return Record{Manufacturer: manufacturer, Model: model}, nil
}

// Save keeps a record in place of the version that the asker saw.
func (l *Ledger) Save(ctx context.Context, by bedrail.Actor, r Record) (Record, error) {
	if err := l.may(ctx, by, WriteModels, ""); err != nil {
		return Record{}, err
	}
	r.Manufacturer, r.Model = asset.CanonicalManufacturer(strings.TrimSpace(r.Manufacturer)), strings.TrimSpace(r.Model)
	r.ProductCode = strings.ToUpper(strings.TrimSpace(r.ProductCode))
	if r.Transfer != nil {
		t := *r.Transfer
		if t.On == "" {
			t.On = DayOf(l.Clock.Now())
		}
		r.Transfer = &t
	}
	if err := r.check(); err != nil {
		return Record{}, err
	}
	r.At, r.By = l.Clock.Now(), by.Name
	state, _ := StateOf(r, DayOf(r.At))
	note := fmt.Sprintf("%s %s: %s", r.Manufacturer, r.Model, state)
	if r.Transfer != nil {
		note += ", responsibility taken over until the review of " + string(r.Transfer.ReviewBy)
	}
	if err := l.Store.SaveModelRecord(ctx, by.Scope, r, audit.Entry{By: by, Did: WriteModels, To: r.ID(), Note: note}); err != nil {
		return Record{}, err
	}
	r.Version++
	l.mu.Lock()
	if l.codes == nil {
		l.codes = map[string]string{}
	}
	l.codes[r.ID()] = r.ProductCode
	l.mu.Unlock()
	return r, nil
}

// endings joins every device that by may see with the record of its model.
func (l *Ledger) endings(ctx context.Context, by bedrail.Actor) ([]Ending, []Record, error) {
	records, err := l.Records(ctx, by)
	if err != nil {
		return nil, nil, err
	}
	devices, err := l.Board.Supports(ctx, by)
	if err != nil {
		return nil, nil, err
	}
	byID := map[string]*Record{}
	for i := range records {
		byID[records[i].ID()] = &records[i]
	}
	out := make([]Ending, len(devices))
	for i, d := range devices {
		out[i] = EndingOf(d, byID[RecordID(d.Model.Manufacturer, d.Model.Model)])
	}
	return out, records, nil
}

// Ledger returns every model that by may see a device of, or that has a
// record.
func (l *Ledger) Ledger(ctx context.Context, by bedrail.Actor) ([]Standing, error) {
	endings, records, err := l.endings(ctx, by)
	if err != nil {
		return nil, err
	}
	return Standings(endings, records, DayOf(l.Clock.Now())), nil
}

// Forecast counts devices without support on quarters to come; with on, on
// that day too, and names them.
func (l *Ledger) Forecast(ctx context.Context, by bedrail.Actor, years int, on Day) (Forecast, []Ending, error) {
	if !on.Valid() {
		return Forecast{}, nil, bedrail.Errorf(bedrail.Invalid, "%q is no day such as 2027-03-31", on)
	}
	endings, _, err := l.endings(ctx, by)
	if err != nil {
		return Forecast{}, nil, err
	}
	days := Quarters(l.Clock.Now(), years)
	over := []Ending{}
	if on != "" {
		days = []Day{on}
		for _, e := range endings {
			if e.Ends != "" && e.Ends <= on {
				over = append(over, e)
			}
		}
	}
	return Predict(endings, days), over, nil
}

// Components returns where the components of a bill stand.
func (l *Ledger) Components(ctx context.Context, by bedrail.Actor, bill string) ([]ComponentLife, error) {
	b, err := l.Bills.Bill(ctx, by, bill)
	if err != nil {
		return nil, err
	}
	records, err := l.componentRecords(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	now := DayOf(l.Clock.Now())
	out := make([]ComponentLife, len(b.Components))
	for i, c := range b.Components {
		out[i] = l.stateOf(ctx, c, records, now)
	}
	return out, nil
}

// Worklist returns the work on recalls within the scope of by.
func (l *Ledger) Worklist(ctx context.Context, by bedrail.Actor) ([]Task, error) {
	recalls, err := l.Board.Recalls(ctx, by)
	if err != nil {
		return nil, err
	}
	done, err := l.Store.RecallWork(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	return Worklist(recalls, done), nil
}

// AnswerRecalls records what a unit did about recalled devices. Each device
// must lie where by may act.
func (l *Ledger) AnswerRecalls(ctx context.Context, by bedrail.Actor, ids []string, state WorkState, note string) ([]Task, error) {
	w := Work{State: state, Note: strings.TrimSpace(note), By: by.Name, At: l.Clock.Now()}
	if err := w.step(); err != nil {
		return nil, err
	}
	all, err := l.Worklist(ctx, by)
	if err != nil {
		return nil, err
	}
	byID := map[string]Task{}
	for _, t := range all {
		byID[t.ID] = t
	}
	works, out := []Work{}, []Task{}
	for _, id := range ids {
		t, ok := byID[id]
		if !ok {
			return nil, bedrail.Errorf(bedrail.NotFound, "there is no recalled device %s", id)
		}
		if err := l.Auth.Authorize(ctx, by, AnswerRecall, bedrail.Resource{Type: "device", ID: t.Device, Site: t.Site, Unit: t.Unit}); err != nil {
			return nil, err
		}
		one := w
		one.Recall, one.Device = t.Recall, t.Device
		works = append(works, one)
		t.State, t.Note, t.By, t.At = w.State, w.Note, w.By, w.At
		out = append(out, t)
	}
	if len(works) == 0 {
		return nil, bedrail.Errorf(bedrail.Invalid, "name at least one recalled device")
	}
	entry := audit.Entry{By: by, Did: AnswerRecall, To: ids[0], Note: fmt.Sprintf("%s: %d devices %s", works[0].Recall, len(works), state)}
	return out, l.Store.SaveRecallWork(ctx, by.Scope, works, entry)
}

// Documents returns what is attached to a subject.
func (l *Ledger) Documents(ctx context.Context, by bedrail.Actor, subject string) ([]Document, error) {
	if err := l.may(ctx, by, ReadDocuments, ""); err != nil {
		return nil, err
	}
	return l.Store.Documents(ctx, by.Scope, subject)
}

// Document returns one document with its bytes.
func (l *Ledger) Document(ctx context.Context, by bedrail.Actor, id string) (Document, []byte, error) {
	if err := l.may(ctx, by, ReadDocuments, ""); err != nil {
		return Document{}, nil, err
	}
	return l.Store.Document(ctx, by.Scope, id)
}

// Attach keeps a document of a subject.
func (l *Ledger) Attach(ctx context.Context, by bedrail.Actor, subject, name string, body io.Reader) (Document, error) {
	if err := l.may(ctx, by, WriteDocuments, ""); err != nil {
		return Document{}, err
	}
	clean, kind, err := nameOf(name)
	if err != nil {
		return Document{}, err
	}
	if subject == "" || len(subject) > 200 {
		return Document{}, bedrail.Errorf(bedrail.Invalid, "say what the document belongs to")
	}
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(body, MaxDocument+1))
	if err != nil {
		return Document{}, fmt.Errorf("reading %s: %w", clean, err)
	}
	if n > MaxDocument || n == 0 {
		return Document{}, bedrail.Errorf(bedrail.Invalid, "%s has %d bytes or more; a document has at least 1 and at most %d MiB", clean, n, MaxDocument>>20)
	}
	have, err := l.Store.Documents(ctx, by.Scope, subject)
	if err != nil {
		return Document{}, err
	}
	if len(have) >= MaxDocuments {
		return Document{}, bedrail.Errorf(bedrail.Conflict, "there are %d documents already; remove one first", len(have))
	}
	sum := sha256.Sum256(buf.Bytes())
	now := l.Clock.Now()
	d := Document{ID: bedrail.NewID("doc", now), Subject: subject, Name: clean, Media: kind, Size: n, SHA256: hex.EncodeToString(sum[:]), Sealed: l.SealDocuments, By: by.Name, At: now}
	entry := audit.Entry{By: by, Did: WriteDocuments, To: d.ID, Note: fmt.Sprintf("attached to %s, %d bytes, sha256 %s", subject, n, d.SHA256)}
	return d, l.Store.SaveDocument(ctx, by.Scope, d, buf.Bytes(), entry)
}

// Detach forgets a document.
func (l *Ledger) Detach(ctx context.Context, by bedrail.Actor, id string) error {
	if err := l.may(ctx, by, WriteDocuments, ""); err != nil {
		return err
	}
	return l.Store.RemoveDocument(ctx, by.Scope, id, audit.Entry{By: by, Did: WriteDocuments, To: id, Note: "removed"})
}
