package lifecycle

import (
	"cmp"
	"slices"
	"time"

	"bedrail"
	"bedrail/vuln"
)

// A WorkState says what a unit has done about a recalled device.
type WorkState string

// The states of the work on a recall.
const (
	WorkOpen     WorkState = "open"
	Acknowledged WorkState = "acknowledged" // the unit has read the notice
	Quarantined  WorkState = "quarantined"  // out of use until it is corrected
	Corrected    WorkState = "corrected"
	Returned     WorkState = "returned"
	NotOurs      WorkState = "not-affected" // looked at: the recall does not mean this piece
)

// Done reports whether nothing is left to do.
func (w WorkState) Done() bool { return w == Corrected || w == Returned || w == NotOurs }

// Work is what was done about one device under one recall.
type Work struct {
	Recall string    `json:"recall"`
	Device string    `json:"device"`
	State  WorkState `json:"state"`
	Note   string    `json:"note,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Seen   time.Time `json:"seen,omitzero"` // when the unit first acknowledged it
}

// WorkID names the work on a device under a recall.
func WorkID(recall, device string) string { return bedrail.HashID("rcw", recall, device) }

// A Task is one line of a unit's worklist.
type Task struct {
	ID           string      `json:"id"`
	Recall       string      `json:"recall"`
	Title        string      `json:"title"`
	Class        string      `json:"class,omitempty"`
	Action       string      `json:"action,omitempty"`
	Manufacturer string      `json:"manufacturer"`
	Model        string      `json:"model"`
	Device       string      `json:"device"`
	Name         string      `json:"name"`
	SerialNumber string      `json:"serialNumber"`
	Site         string      `json:"site"`
	Unit         string      `json:"unit"`
	Match        vuln.Status `json:"match"` // affected, or undecidable
	Reason       string      `json:"reason"`
	State        WorkState   `json:"state"`
	Note         string      `json:"note,omitempty"`
	By           string      `json:"by,omitempty"`
	At           time.Time   `json:"at,omitzero"`
}

// Worklist lays what was done over what is recalled: open work first, the
// gravest class first, unit by unit.
func Worklist(recalls []vuln.RecallRow, done []Work) []Task {
	by := map[string]Work{}
	for _, w := range done {
		by[WorkID(w.Recall, w.Device)] = w
	}
	out := []Task{}
	for _, r := range recalls {
		for _, d := range r.Work {
			t := Task{ID: WorkID(r.ID, d.Device), Recall: r.ID, Title: r.Title, Class: r.Classification, Action: r.Action, Manufacturer: r.Manufacturer, Model: r.Model,
				Device: d.Device, Name: d.Name, SerialNumber: d.SerialNumber, Site: d.Site, Unit: d.Unit, Match: d.Status, Reason: d.Reason, State: WorkOpen}
			if w, ok := by[t.ID]; ok {
				t.State, t.Note, t.By, t.At = w.State, w.Note, w.By, w.At
			}
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Task) int {
		return cmp.Or(rank(a.State)-rank(b.State), cmp.Compare(cmp.Or(a.Class, "Z"), cmp.Or(b.Class, "Z")), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Unit, b.Unit),
			cmp.Compare(a.Recall, b.Recall), cmp.Compare(a.Device, b.Device))
	})
	return out
}

func rank(s WorkState) int {
	switch {
	case s == WorkOpen:
		return 0
	case !s.Done():
		return 1
	}
	return 2
}

// step refuses a state that does not exist or needs words.
func (w Work) step() error {
	switch w.State {
	case WorkOpen, Acknowledged, Quarantined, Corrected, Returned:
	case NotOurs:
		if w.Note == "" {
			return bedrail.Errorf(bedrail.Invalid, "say how it was found that the recall does not mean this device")
		}
	default:
		return bedrail.Errorf(bedrail.Invalid, "there is no state %q; there are open, acknowledged, quarantined, corrected, returned and not-affected", w.State)
	}
	return nil
}
