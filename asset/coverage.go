package asset

import (
	"cmp"
	"context"
	"math"
	"slices"

	"bedrail"
)

// The witnesses of a device.
const (
	ByDHCP   = "dhcp"   // it asked for an address, or a DHCP server's list of leases has it
	ByARP    = "arp"    // it said its hardware address, or a switch's table has it
	ByList   = "cmms"   // the maintenance system's list has it
	BySensor = "sensor" // a sensor heard it say anything else
	ByLease  = "lease"  // a DHCP server's list of leases has it; counted as dhcp
	ByCloud  = "cloud"  // a vendor's cloud tells of it: it is at a patient's home, where no other can see it
)

// witnesses are all of them; the first of them are those who look at the same
// hospital, so that their overlap tells of what none has seen.
var witnesses = [...]string{BySensor, ByDHCP, ByARP, ByList, ByCloud}

const beside = len(witnesses) - 1

// A SourceShare says how many devices one witness has seen.
type SourceShare struct {
	Source  string  `json:"source"` // sensor, dhcp, arp, cmms, cloud
	Devices int     `json:"devices"`
	Share   float64 `json:"share" doc:"Of the devices that any witness has seen, 0 to 1"`
	Alone   int     `json:"alone" doc:"Seen by this witness and no other"`
}

// A Coverage says how much of a place is known, and how much is not.
type Coverage struct {
	Site    string        `json:"site,omitempty"`
	Unit    string        `json:"unit,omitempty"`
	VLAN    uint16        `json:"vlan,omitempty"`
	Sources []SourceShare `json:"sources"`
	CaptureEstimate
	// AtLeast is Chao's lower bound from how many of the four witnesses other
	// than clouds saw each device; it holds also where some devices are harder to see than
	// others. Zero when too few were seen to tell.
	AtLeast float64 `json:"atLeast,omitzero"`
}

// A CoverageReport is how much of everything is known.
type CoverageReport struct {
	Total Coverage   `json:"total"`
	Units []Coverage `json:"units"`
	VLANs []Coverage `json:"vlans"` // by DHCP and what else the wire shows
}

// A Doubt says why there is no estimate.
type Doubt string

// The doubts.
const (
	NoDoubt   Doubt = ""
	FewInBoth Doubt = "few-in-both" // fewer than seven devices in both witnesses
	OneSided  Doubt = "one-sided"   // one of the witnesses has seen nothing
)

// A CaptureEstimate is how many devices there are in all, judged by how far
// two witnesses that know nothing of each other overlap (Chapman, 1951). It is
// as good as its assumptions: nothing comes or goes between the two looks, a
// device is recognised in both, each has the same chance of being seen by a
// witness, and one witness does not make the other likelier. Where devices
// that the network hears are also likelier to be on the list, which is usual,
// it is too low. Devices that neither can see are not in it.
type CaptureEstimate struct {
	Wire  int `json:"wire"`  // heard on the network; for a VLAN, by anything but DHCP
	List  int `json:"list"`  // on the hospital's list; for a VLAN, by DHCP
	Both  int `json:"both"`  // in both
	Known int `json:"known"` // in either
	// Estimate and its 95 % interval (Sadinle, 2009); zero with a doubt.
	Estimate float64 `json:"estimate,omitzero"`
	Low      float64 `json:"low,omitzero"`
	High     float64 `json:"high,omitzero"`
	Doubt    Doubt   `json:"doubt,omitempty" doc:"Why nothing can be told: few-in-both, one-sided"`
}

// leastOverlap is the overlap from which Chapman's estimate has next to no
// bias (Robson and Regier, 1964).
const leastOverlap = 7

// estimate fills in what follows from the counts.
func (c *CaptureEstimate) estimate() {
	c.Known = c.Wire + c.List - c.Both
	switch {
	case c.Wire == 0 || c.List == 0:
		c.Doubt = OneSided
		return
	case c.Both < leastOverlap:
		c.Doubt = FewInBoth
		return
	}
	n, k, m := float64(c.Wire), float64(c.List), float64(c.Both)
	c.Estimate = (n+1)*(k+1)/(m+1) - 1
	c.Low, c.High = interval(n, k, m)
}

// interval is the 95 % interval of how many there are, from what one witness,
// the other, and both have seen: the transformed logit of Sadinle (2009), which
// holds what it says in small places too and never reaches below what was seen.
func interval(n, k, m float64) (low, high float64) {
	a, b, both := n-m+0.5, k-m+0.5, m+0.5
	spread := 1.96 * math.Sqrt(1/both+1/a+1/b+both/(a*b))
	seen, unseen := n+k-m, a*b/both
	return math.Max(seen, seen-0.5+unseen*math.Exp(-spread)), seen - 0.5 + unseen*math.Exp(spread)
}

// chao is the lower bound of how many there are (Chao, 1987, in its form
// without bias for t witnesses), from how many were seen by one and by two.
func chao(seen, one, two, t int) float64 {
	if seen < leastOverlap || two == 0 {
		return 0
	}
	f1, f2, of := float64(one), float64(two), float64(t)
	return float64(seen) + (of-1)/of*f1*(f1-1)/(2*(f2+1))
}

// A tally counts for one place.
type tally struct {
	cover Coverage
	by    map[string]*SourceShare
	all   int             // devices that any witness saw
	times [beside + 1]int // devices by how many saw them, of those beside each other
}

func newTally(c Coverage) *tally {
	t := &tally{cover: c, by: map[string]*SourceShare{}}
	for _, w := range witnesses {
		t.by[w] = &SourceShare{Source: w}
	}
	return t
}

// count takes one device in, with two witnesses that are laid beside each
// other.
func (t *tally) count(seen []string, wire, list bool) {
	c := &t.cover.CaptureEstimate
	c.Wire, c.List, c.Both = c.Wire+int(number(wire)), c.List+int(number(list)), c.Both+int(number(wire && list))
	t.all++
	times := len(seen)
	if slices.Contains(seen, ByCloud) {
		times--
	}
	t.times[times]++
	for _, w := range seen {
		t.by[w].Devices++
		if len(seen) == 1 {
			t.by[w].Alone++
		}
	}
}

func (t *tally) finish() Coverage {
	t.cover.estimate()
	for _, w := range witnesses {
		s := *t.by[w]
		if t.all > 0 {
			s.Share = float64(s.Devices) / float64(t.all)
		}
		t.cover.Sources = append(t.cover.Sources, s)
	}
	t.cover.AtLeast = chao(t.all-t.times[0], t.times[1], t.times[2], beside)
	return t.cover
}

// witnessesOf are those that saw a device.
func witnessesOf(d Device) []string {
	var saw [len(witnesses)]bool
	for _, p := range d.Protocols {
		switch {
		case p == ByDHCP || p == ByLease:
			saw[1] = true
		case p == "arp" || p == "ndp" || p == "switch":
			saw[2] = true
		case p == ByList:
			saw[3] = true
		case p == ByCloud:
			saw[4] = true
		case !virtualProtocol(p):
			saw[0] = true
		}
	}
	var out []string
	for i, yes := range saw {
		if yes {
			out = append(out, witnesses[i])
		}
	}
	return out
}

// CoverageOf says how much of devices' places is known.
func CoverageOf(devices []Device) CoverageReport {
	total := newTally(Coverage{})
	units := map[[2]string]*tally{}
	vlans := map[uint16]*tally{}
	for _, d := range devices {
		if wire, list := heard(d); !wire && !list {
			continue // leases alone: an address, and nothing heard from it
		}
		seen := witnessesOf(d)
		list := slices.Contains(seen, ByList)
		wire := countWire(d.Protocols) > 0
		at := [2]string{d.Location.Site, d.Location.Unit}
		if units[at] == nil {
			units[at] = newTally(Coverage{Site: at[0], Unit: at[1]})
		}
		total.count(seen, wire, list)
		units[at].count(seen, wire, list)
		asked := slices.Contains(seen, ByDHCP)
		other := slices.Contains(seen, BySensor) || slices.Contains(seen, ByARP)
		for _, id := range d.VLANs {
			if vlans[id] == nil {
				vlans[id] = newTally(Coverage{VLAN: id})
			}
			vlans[id].count(seen, other, asked)
		}
	}
	r := CoverageReport{Total: total.finish(), Units: []Coverage{}, VLANs: []Coverage{}}
	for _, t := range units {
		r.Units = append(r.Units, t.finish())
	}
	for _, t := range vlans {
		r.VLANs = append(r.VLANs, t.finish())
	}
	slices.SortFunc(r.Units, func(a, b Coverage) int { return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Unit, b.Unit)) })
	slices.SortFunc(r.VLANs, func(a, b Coverage) int { return cmp.Compare(a.VLAN, b.VLAN) })
	return r
}

// Coverage says how much is known of the places within by's scope.
func (r *Registry) Coverage(ctx context.Context, by bedrail.Actor) (CoverageReport, error) {
	devices, err := r.devicesFor(ctx, by)
	if err != nil {
		return CoverageReport{}, err
	}
	return CoverageOf(devices), nil
}
