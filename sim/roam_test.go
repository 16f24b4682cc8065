package sim

import (
	"net/netip"
	"testing"
)

// However much wanders, no address is lent to two devices: shadow mode would
// take the second for somebody who speaks under the first one's name.
func TestNoAddressIsLentTwice(t *testing.T) {
	h := New(1)
	moved := 0
	for range 3 {
		for _, d := range h.Devices {
			if !d.Model.Wanders {
				continue
			}
			d.IP = h.roam(d)
			moved++
		}
		at := map[netip.Addr]*Device{}
		for _, d := range h.Devices {
			if d.OnWire && at[d.IP] != nil {
				t.Errorf("%s and %s are both at %s", d.Hostname, at[d.IP].Hostname, d.IP)
			}
			at[d.IP] = d
		}
	}
	if moved < 200 {
		t.Errorf("only %d moved", moved)
	}
}
