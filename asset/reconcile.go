package asset

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bedrail"
)

// silentAfter is how long a device of the list may be unheard before it is
// asked whether it still exists.
const silentAfter = 30 * 24 * time.Hour

// A Mismatch is a device about which the hospital's list and the network do
// not say the same.
type Mismatch struct {
	Device string    `json:"device"`
	Name   string    `json:"name"`
	Site   string    `json:"site,omitempty"`
	Unit   string    `json:"unit,omitempty"`
	Last   time.Time `json:"last,omitzero"` // when the network last heard it; zero is never

	Class        string `json:"class,omitempty"`
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model,omitempty"`
	SerialNumber string `json:"serialNumber,omitempty"`
	AssetTag     string `json:"assetTag,omitempty"`
	// Differs are the attributes on which they disagree.
	Differs []Disagreement `json:"differs,omitempty"`
}

// A Reconciliation lays the list of the maintenance system beside what the
// network shows.
type Reconciliation struct {
	Unlisted []Mismatch `json:"unlisted"` // on the wire, not on the list
	Silent   []Mismatch `json:"silent"`   // on the list, not heard for thirty days
	Differs  []Mismatch `json:"differs"`  // on both, and they disagree
	CoverageReport
}

// heard reports how a device is known: from what it says itself, on the wire or
// to its maker's cloud, and from the list.
func heard(d Device) (wire, list bool) {
	for _, p := range d.Protocols {
		switch {
		case p == ByList:
			list = true
		case !virtualProtocol(p):
			wire = true
		}
	}
	return wire, list
}

// Reconcile lays devices beside each other as of now.
func Reconcile(devices []Device, now time.Time) Reconciliation {
	r := Reconciliation{Unlisted: []Mismatch{}, Silent: []Mismatch{}, Differs: []Mismatch{}, CoverageReport: CoverageOf(devices)}
	for _, d := range devices {
		wire, list := heard(d)
		if !wire && !list {
			continue // leases alone: an address, and nothing heard from it
		}
		m := Mismatch{Device: d.ID, Name: d.Name(), Site: d.Location.Site, Unit: d.Location.Unit, Class: d.Class.Known(), Manufacturer: d.Manufacturer.Known(),
			Model: d.Model.Known(), SerialNumber: d.SerialNumber.Known(), AssetTag: d.AssetTag}
		if wire {
			m.Last = d.Rhythm.Heard
		}
		switch {
		case !list:
			r.Unlisted = append(r.Unlisted, m)
		case !wire || now.Sub(m.Last) > silentAfter:
			r.Silent = append(r.Silent, m)
		}
		if m.Differs = listDiffers(d); wire && list && len(m.Differs) > 0 {
			r.Differs = append(r.Differs, m)
		}
	}
	r.order()
	return r
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

func (r *Reconciliation) order() {
	byName := func(a, b Mismatch) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Device, b.Device))
	}
	for _, list := range [][]Mismatch{r.Unlisted, r.Silent, r.Differs} {
		slices.SortFunc(list, byName)
	}
}

// listDiffers are the disagreements in which the list has a part. That a
// network card has another maker than the device it sits in is none: nobody
// would change a list for it.
func listDiffers(d Device) []Disagreement {
	var out []Disagreement
	if d.Elsewhere != nil {
		out = append(out, *d.Elsewhere)
	}
	for _, c := range d.Conflicts {
		listed, others := false, false
		for _, v := range c.Values {
			if slices.ContainsFunc(v.Evidence, func(e Evidence) bool { return e.Source == "cmms" }) {
				listed = true
			} else if slices.ContainsFunc(v.Evidence, func(e Evidence) bool { return e.Source != fromPrefix }) {
				others = true
			}
		}
		if listed && others {
			out = append(out, c)
		}
	}
	return out
}

// Reconcile lays the list of the maintenance system beside what the network
// shows, of the devices within by's scope.
func (r *Registry) Reconcile(ctx context.Context, by bedrail.Actor) (Reconciliation, error) {
	if err := r.Auth.Authorize(ctx, by, ReadDevices, bedrail.Resource{Type: "device"}); err != nil {
		return Reconciliation{}, err
	}
	devices, err := r.devicesFor(ctx, by)
	if err != nil {
		return Reconciliation{}, err
	}
	return Reconcile(devices, r.Clock.Now()), nil
}

// countWire counts the protocols that the network heard: neither records nor
// the word of a vendor's cloud.
func countWire(protocols []string) int {
	n := 0
	for _, p := range protocols {
		if p != ByCloud && !virtualProtocol(p) {
			n++
		}
	}
	return n
}
