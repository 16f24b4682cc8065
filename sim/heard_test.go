package sim

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/traffic"
)

// heard fuses what a list says and what frames show, by host name.
func heard(t *testing.T, list []byte, frames []Frame) map[string]asset.Device {
	t.Helper()
	var f asset.Fuser
	inv, err := asset.ReadCMMS("inventory.csv", bytes.NewReader(list), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range inv.Rows {
		f.Observe(asset.ObservationOf(row, frames[0].Time))
	}
	slices.SortStableFunc(frames, func(a, b Frame) int { return a.Time.Compare(b.Time) })
	e := traffic.NewEngine(traffic.Options{Observe: func(o traffic.Observation) { f.Observe(o) }})
	e.Begin("morning.pcap")
	for _, fr := range frames {
		e.Frame(&traffic.Frame{Data: fr.Data, Length: len(fr.Data), Nanos: fr.Time.UnixNano(), Link: traffic.LinkEthernet})
	}
	e.End()
	out := map[string]asset.Device{}
	for _, d := range f.Devices() {
		for _, name := range d.Hostnames {
			out[name] = d
		}
	}
	return out
}

// The evidence disagrees about what the list has wrong on purpose, and not
// about whole kinds of equipment.
func TestTheEvidenceDisagreesAboutFewAndAboutWhoIsImpersonated(t *testing.T) {
	h := New(1)
	list, err := h.CMMS()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	morning := h.Morning(general, at)
	wrong := map[*Device]bool{}
	for _, e := range h.entries() {
		wrong[e.device] = wrong[e.device] || e.wrong != ""
	}
	// As in life: a cabinet built around another firm's computer, an embedded
	// Windows that a browser calls by its kernel, and servers in virtual machines.
	meant := map[string]traffic.Attribute{"Pyxis MedStation ES System": traffic.Manufacturer, "ABL90 FLEX": traffic.OperatingSystem,
		"Vue PACS": traffic.Manufacturer, "Alinity ci": traffic.Manufacturer, "Interface Engine": traffic.Manufacturer}
	known := heard(t, list, slices.Clone(morning))
	by, all := map[string]int{}, 0
	for _, d := range h.Devices {
		if d.Site != general || !d.Speaks() {
			continue
		}
		all++
		if got, ok := known[d.Hostname]; !ok {
			t.Errorf("%s was not heard", d.Hostname)
		} else if len(got.Conflicts) > 0 && !wrong[d] && got.Conflicts[0].Attribute != meant[d.Model.Name] {
			by[d.Model.Name+" "+string(got.Conflicts[0].Attribute)+" "+got.Conflicts[0].Values[0].Value+"/"+got.Conflicts[0].Values[1].Value]++
		}
	}
	for what, n := range by {
		t.Errorf("%d of %s", n, what)
	}

	victim := h.story.victim
	if got := known[victim.Hostname]; got.Name() != victim.Hostname || len(got.Conflicts) > 0 {
		t.Errorf("before: it is called %s, conflicts %+v", got.Name(), got.Conflicts)
	}
	got := heard(t, list, append(morning, h.impersonated(victim, at.Add(time.Hour))...))[victim.Hostname]
	if got.Name() != victim.Hostname || !slices.Contains(got.Hostnames, "DESKTOP-7Q2K") || len(got.MACs) != 2 {
		t.Errorf("it is called %s of %v at %v", got.Name(), got.Hostnames, got.MACs)
	}
	if !slices.ContainsFunc(got.Conflicts, func(c asset.Disagreement) bool { return c.Attribute == traffic.Hostname }) {
		t.Errorf("nothing says that its names disagree: %+v", got.Conflicts)
	}
}
