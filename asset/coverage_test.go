package asset

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestTheIntervalHoldsWhatItSays draws hospitals whose size is known, shows each
// device to two witnesses that know nothing of each other, and asks how often
// the 95 % interval holds the truth.
func TestTheIntervalHoldsWhatItSays(t *testing.T) {
	draw := rand.New(rand.NewPCG(7, 11))
	for _, c := range []struct {
		devices    int
		wire, list float64
	}{{40, 0.7, 0.6}, {200, 0.8, 0.7}, {2000, 0.9, 0.5}} {
		const rounds = 2000
		held, told, sum := 0, 0, 0.0
		for range rounds {
			var e CaptureEstimate
			for range c.devices {
				w, l := draw.Float64() < c.wire, draw.Float64() < c.list
				e.Wire, e.List, e.Both = e.Wire+int(number(w)), e.List+int(number(l)), e.Both+int(number(w && l))
			}
			if e.estimate(); e.Doubt != NoDoubt {
				continue
			}
			told++
			sum += e.Estimate
			if n := float64(c.devices); e.Low <= n && n <= e.High {
				held++
			}
		}
		if share := float64(held) / float64(told); share < 0.92 || share > 0.99 {
			t.Errorf("of %d devices the interval holds the truth in %.1f %% of %d hospitals, want about 95", c.devices, 100*share, told)
		}
		if mean := sum / float64(told); math.Abs(mean-float64(c.devices)) > 0.02*float64(c.devices) {
			t.Errorf("of %d devices the mean estimate is %.1f: it is biased", c.devices, mean)
		}
	}
}

func TestWhereTooLittleIsKnownNothingIsEstimated(t *testing.T) {
	for name, c := range map[string]struct {
		CaptureEstimate
		want Doubt
	}{
		"only the list speaks":       {CaptureEstimate{List: 40}, OneSided},
		"six in both are too few":    {CaptureEstimate{Wire: 40, List: 30, Both: 6}, FewInBoth},
		"seven in both are enough":   {CaptureEstimate{Wire: 40, List: 30, Both: 7}, NoDoubt},
		"nothing was seen":           {CaptureEstimate{}, OneSided},
		"the two agree in all there": {CaptureEstimate{Wire: 12, List: 12, Both: 12}, NoDoubt},
	} {
		e := c.CaptureEstimate
		if e.estimate(); e.Doubt != c.want || (e.Doubt != NoDoubt) != (e.Estimate == 0) {
			t.Errorf("%s: got %+v", name, e)
		}
		if e.Doubt == NoDoubt && (e.Low < float64(e.Known) || e.High < e.Estimate) {
			t.Errorf("%s: the interval %v to %v does not fit %v known and %v estimated", name, e.Low, e.High, e.Known, e.Estimate)
		}
	}
}

func TestWitnessesAreCountedApart(t *testing.T) {
	device := func(id string, vlan uint16, protocols ...string) Device {
		return Device{ID: id, Protocols: protocols, VLANs: []uint16{vlan}, Location: Location{Site: "north", Unit: "ICU"}}
	}
	r := CoverageOf([]Device{
		device("a", 10, "dhcp", "hl7v2", "cmms"), device("b", 10, "arp"), device("c", 10, "cmms"), device("d", 20, "lease", "dicom"),
		device("e", 20, "lease"), // an address and nothing heard
	})
	want := map[string][2]int{ByDHCP: {2, 0}, ByARP: {1, 1}, ByList: {2, 1}, BySensor: {2, 0}}
	for _, s := range r.Total.Sources {
		if got := [2]int{s.Devices, s.Alone}; got != want[s.Source] {
			t.Errorf("%s saw %d devices, %d alone; want %v", s.Source, s.Devices, s.Alone, want[s.Source])
		}
	}
	if len(r.Units) != 1 || len(r.VLANs) != 2 || r.VLANs[0].VLAN != 10 || r.VLANs[0].Wire != 2 || r.VLANs[0].List != 1 || r.VLANs[0].Both != 1 {
		t.Errorf("the places are %+v and %+v", r.Units, r.VLANs)
	}
}
