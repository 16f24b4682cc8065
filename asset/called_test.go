package asset_test

import (
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/traffic"
)

// nameAndDoubt gives a device's name and whether its evidence about it disagrees.
func nameAndDoubt(d asset.Device) (string, bool) {
	for _, c := range d.Conflicts {
		if c.Attribute == traffic.Hostname {
			return d.Name(), true
		}
	}
	return d.Name(), false
}

func TestWhoPresentsTheNumberOfAnotherDoesNotTakeItsName(t *testing.T) {
	const own, other = "00:80:a3:00:00:01", "00:e0:4c:68:01:37"
	says := func(mac, ip, host string, after time.Duration) traffic.Observation {
		o := seen(mac, ip, "hl7.mdc", 0.95, "hostname", host, "manufacturer", "Hamilton Medical", "model", "T1 Ventilator", "serialNumber", "TVE004711")
		o.Time = monday.Add(after)
		return o
	}
	ventilator := []traffic.Observation{says(own, "10.0.0.7", "HAMILTON-T1-007", 0), says(own, "10.0.0.7", "HAMILTON-T1-007", 3*time.Hour)}
	tests := map[string]struct {
		seen  []traffic.Observation
		name  string
		doubt bool
	}{
		"alone":                      {ventilator, "HAMILTON-T1-007", false},
		"another, while it is heard": {append(ventilator[:2:2], says(other, "10.0.4.9", "DESKTOP-7Q2K", 2*time.Hour)), "HAMILTON-T1-007", true},
		"another, in the minute in which it was heard last": {append(ventilator[:1:1], says(other, "10.0.4.9", "DESKTOP-7Q2K", 40*time.Second)), "HAMILTON-T1-007", true},
		"another, in the minute after":                      {append(ventilator[:1:1], says(other, "10.0.4.9", "DESKTOP-7Q2K", 100*time.Second)), "HAMILTON-T1-007", false},
		"told in another order":                             {append([]traffic.Observation{says(other, "10.0.4.9", "DESKTOP-7Q2K", 2*time.Hour)}, ventilator...), "HAMILTON-T1-007", true},
		"a second card of its own asks as it does":          {append(ventilator[:2:2], says(other, "10.0.4.9", "hamilton-t1-007.ward.example", 2*time.Hour)), "HAMILTON-T1-007", false},
		"a card that took the place of the old one":         {append(ventilator[:2:2], says(other, "10.0.4.9", "AAA-NEW", 5*time.Hour)), "HAMILTON-T1-007", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := devices(tt.seen...)
			if len(got) != 1 {
				t.Fatalf("got %d devices, want one", len(got))
			}
			if name, doubt := nameAndDoubt(got[0]); name != tt.name || doubt != tt.doubt {
				t.Errorf("it is called %s, doubt %v; want %s, %v (all names %v)", name, doubt, tt.name, tt.doubt, got[0].Hostnames)
			}
		})
	}
}

func TestWhatDoesNotDisagreeIsNoConflict(t *testing.T) {
	tests := map[string]struct {
		mac         string
		list, wire  []string
		class       string
		classStatus asset.Status
		conflicts   int
	}{
		"a network module of another firm": {"00:80:a3:00:00:01", nil,
			[]string{"manufacturer", "Hamilton Medical", "class", "ventilator"}, "ventilator", asset.Confirmed, 0},
		"a telemetry unit that the nomenclature calls a monitor": {"00:09:5c:00:00:01", []string{"manufacturer", "Philips", "class", "telemetry"},
			[]string{"manufacturer", "Philips", "class", "patient-monitor"}, "telemetry", asset.Confirmed, 0},
		"two kinds of equipment": {"00:09:5c:00:00:01", []string{"manufacturer", "Philips", "class", "infusion-pump"},
			[]string{"manufacturer", "Philips", "class", "patient-monitor"}, "", asset.Conflict, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			all := []traffic.Observation{seen(tt.mac, "10.0.0.1", "hl7.mdc", 0.95, tt.wire...)}
			if tt.list != nil {
				all = append(all, seen(tt.mac, "10.0.0.1", "cmms", 0.9, tt.list...))
			}
			got := devices(all...)[0]
			if got.Class.Value != tt.class || got.Class.Status != tt.classStatus || len(got.Conflicts) != tt.conflicts {
				t.Errorf("got class %q %s, conflicts %+v", got.Class.Value, got.Class.Status, got.Conflicts)
			}
		})
	}
}
