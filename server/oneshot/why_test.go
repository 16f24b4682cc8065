package oneshot_test

import (
	"context"
	"testing"

	"bedrail/asset"
	"bedrail/server/oneshot"
)

// Of each attribute of each device of the lab, its place included, it can be
// asked why: every piece of evidence names capture, packet and field.
func TestEveryAttributeSaysWhy(t *testing.T) {
	d, err := oneshot.Discover(context.Background(), nil, []string{need(t, "lab/hospital-lab.pcap"), need(t, "lab/sdc-lab.pcap")})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	ask := func(of, attribute string, evidence []asset.Evidence) {
		asked++
		if len(evidence) == 0 {
			t.Errorf("%s: nothing says why of its %s", of, attribute)
		}
		for _, e := range evidence {
			if e.Capture == "" || e.Packet == 0 || e.Source == "" || e.Field == "" || e.Value == "" {
				t.Errorf("%s: its %s rests on %+v", of, attribute, e)
			}
		}
	}
	for _, dev := range d.Devices {
		for name, v := range map[string]asset.Value{"class": dev.Class, "manufacturer": dev.Manufacturer, "model": dev.Model, "serial number": dev.SerialNumber,
			"software": dev.SoftwareVersion, "operating system": dev.OperatingSystem, "attachment": dev.Attachment} {
			if v.Status != asset.Unknown {
				ask(dev.Name(), name, v.Evidence)
			}
		}
		if dev.Location.Status != asset.Unknown {
			ask(dev.Name(), "place", dev.Placed)
		}
		for _, w := range dev.Posture {
			ask(dev.Name(), string(w.Code), w.Evidence)
		}
		for _, c := range dev.Conflicts {
			for _, rival := range c.Values {
				ask(dev.Name(), string(c.Attribute)+" "+rival.Value, rival.Evidence)
			}
		}
	}
	if asked < 60 {
		t.Errorf("only %d attributes were asked for", asked)
	}
}
