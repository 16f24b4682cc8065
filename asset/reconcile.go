package asset

import (
	"cmp"
	"context"
	"math"
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
	// Differs are the attributes on which they disagree.
	Differs []Disagreement `json:"differs,omitempty"`
}

// A Reconciliation lays the list of the maintenance system beside what the
// network shows.
type Reconciliation struct {
	Unlisted []Mismatch      `json:"unlisted"` // on the wire, not on the list
	Silent   []Mismatch      `json:"silent"`   // on the list, not heard for thirty days
	Differs  []Mismatch      `json:"differs"`  // on both, and they disagree
	Units    []UnitCoverage  `json:"units"`
	VLANs    []VLANCoverage  `json:"vlans"` // by DHCP and what else the wire shows
	Sources  []SourceTally   `json:"sources"`
	Total    CaptureEstimate `json:"total"`
}

// A SourceTally says how many devices one kind of source has seen.
type SourceTally struct {
	Source  string `json:"source"` // "wire", "dhcp", "arp", "cmms"
	Devices int    `json:"devices"`
}

// A UnitCoverage estimates how much of a unit is known.
type UnitCoverage struct {
	Site string `json:"site,omitempty"`
	Unit string `json:"unit,omitempty"`
	CaptureEstimate
}

// A VLANCoverage estimates how much of a VLAN is known. The list of the
// hospital knows no VLANs, so two witnesses of the network are laid beside each
// other: leases and DHCP ("list"), and all other packets ("wire").
type VLANCoverage struct {
	VLAN uint16 `json:"vlan"`
	CaptureEstimate
}

// A CaptureEstimate is how many devices there are in all, judged by how far
// two sources that know nothing of each other overlap (Chapman, 1951). It is
// as good as that assumption: devices that neither can see are not in it.
type CaptureEstimate struct {
	Wire  int `json:"wire"`  // heard on the network
	List  int `json:"list"`  // on the hospital's list
	Both  int `json:"both"`  // in both
	Known int `json:"known"` // in either
	// Estimate and the bounds of its 95 % interval; zero when fewer than
	// seven devices are in both, from which nothing can be told.
	Estimate float64 `json:"estimate,omitzero"`
	Low      float64 `json:"low,omitzero"`
	High     float64 `json:"high,omitzero"`
}

// leastOverlap is the overlap from which Chapman's estimate has next to no
// bias (Robson and Regier, 1964).
const leastOverlap = 7

// estimate fills in what follows from the counts.
func (c *CaptureEstimate) estimate() {
	c.Known = c.Wire + c.List - c.Both
	if c.Both < leastOverlap {
		return
	}
	n, k, m := float64(c.Wire), float64(c.List), float64(c.Both)
	c.Estimate = (n+1)*(k+1)/(m+1) - 1
	spread := 1.96 * math.Sqrt((n+1)*(k+1)*(n-m)*(k-m)/((m+1)*(m+1)*(m+2)))
	c.Low = math.Max(float64(c.Known), c.Estimate-spread) // those that are known exist
	c.High = c.Estimate + spread
}

// heard reports how a device is known: from the wire, from the list.
func heard(d Device) (wire, list bool) {
	for _, p := range d.Protocols {
		switch {
		case p == "cmms":
			list = true
		case !virtualProtocol(p):
			wire = true
		}
	}
	return wire, list
}

// Reconcile lays devices beside each other as of now.
func Reconcile(devices []Device, now time.Time) Reconciliation {
	r := Reconciliation{Unlisted: []Mismatch{}, Silent: []Mismatch{}, Differs: []Mismatch{}, Units: []UnitCoverage{}}
	units := map[[2]string]*UnitCoverage{}
	sources := map[string]int{}
	vlans := map[uint16]*VLANCoverage{}
	for _, d := range devices {
		wire, list := heard(d)
		if !wire && !list {
			continue // leases alone: an address, and nothing heard from it
		}
		at := [2]string{d.Location.Site, d.Location.Unit}
		if units[at] == nil {
			units[at] = &UnitCoverage{Site: at[0], Unit: at[1]}
		}
		for _, c := range []*CaptureEstimate{&r.Total, &units[at].CaptureEstimate} {
			c.Wire, c.List, c.Both = c.Wire+int(number(wire)), c.List+int(number(list)), c.Both+int(number(wire && list))
		}
		for _, p := range d.Protocols {
			if p == "dhcp" || p == "arp" || p == "lease" || p == "cmms" {
				sources[p]++
			}
		}
		sources["wire"] += int(number(wire))
		witnessVLANs(vlans, d)
		m := Mismatch{Device: d.ID, Name: d.Name(), Site: at[0], Unit: at[1]}
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
	for _, u := range units {
		u.estimate()
		r.Units = append(r.Units, *u)
	}
	r.VLANs = []VLANCoverage{}
	for _, v := range vlans {
		v.estimate()
		r.VLANs = append(r.VLANs, *v)
	}
	r.Total.estimate()
	for s, n := range sources {
		r.Sources = append(r.Sources, SourceTally{s, n})
	}
	r.order()
	return r
}

// witnessVLANs counts a device for the VLANs in which it was heard.
func witnessVLANs(vlans map[uint16]*VLANCoverage, d Device) {
	var asked, other bool
	for _, p := range d.Protocols {
		switch {
		case p == "dhcp" || p == "lease":
			asked = true
		case !virtualProtocol(p):
			other = true
		}
	}
	for _, id := range d.VLANs {
		v := vlans[id]
		if v == nil {
			v = &VLANCoverage{VLAN: id}
			vlans[id] = v
		}
		v.Wire, v.List, v.Both = v.Wire+int(number(other)), v.List+int(number(asked)), v.Both+int(number(asked && other))
	}
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
	slices.SortFunc(r.Units, func(a, b UnitCoverage) int { return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Unit, b.Unit)) })
	slices.SortFunc(r.VLANs, func(a, b VLANCoverage) int { return cmp.Compare(a.VLAN, b.VLAN) })
	slices.SortFunc(r.Sources, func(a, b SourceTally) int { return cmp.Compare(a.Source, b.Source) })
}

// listDiffers are the disagreements in which the list has a part.
func listDiffers(d Device) []Disagreement {
	var out []Disagreement
	for _, c := range d.Conflicts {
		for _, v := range c.Values {
			if slices.ContainsFunc(v.Evidence, func(e Evidence) bool { return e.Source == "cmms" }) {
				out = append(out, c)
				break
			}
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
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, by.Scope.Tenant)
	if err != nil {
		return Reconciliation{}, err
	}
	var devices []Device
	for _, kept := range t.devices {
		if l := kept.Device.Location; by.Scope.Admits(l.Site, l.Unit) {
			devices = append(devices, kept.Device)
		}
	}
	return Reconcile(devices, r.Clock.Now()), nil
}

func countWire(protocols []string) int {
	n := 0
	for _, p := range protocols {
		if !virtualProtocol(p) {
			n++
		}
	}
	return n
}
