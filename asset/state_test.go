package asset_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/traffic"
)

// byMAC fuses observations and returns the devices by their first hardware
// address.
func byMAC(observations ...traffic.Observation) map[traffic.MAC]asset.Device {
	var f asset.Fuser
	for _, o := range observations {
		f.Observe(o)
	}
	out := map[traffic.MAC]asset.Device{}
	for _, d := range f.Devices() {
		key := traffic.MAC("")
		if len(d.MACs) > 0 {
			key = d.MACs[0]
		}
		out[key] = d
	}
	return out
}

func at(when time.Duration, o traffic.Observation) traffic.Observation {
	o.Time = monday.Add(when)
	return o
}

func leased(when, lasts time.Duration, mac, ip string) traffic.Observation {
	o := at(when, seen(mac, ip, "dhcp", 0.5))
	o.Lease = &traffic.Lease{MAC: traffic.MAC(mac), IP: netip.MustParseAddr(ip), From: o.Time, Until: o.Time.Add(lasts)}
	return o
}

// The sensor stands behind a router: it sees addresses only, and the address
// is a pump's in the morning and a monitor's in the afternoon.
func TestAnAddressThatMovesFromAPumpToAMonitorMovesNoIdentity(t *testing.T) {
	const ip = "10.1.0.5"
	speaks := func(when time.Duration, model, serial string) traffic.Observation {
		return at(when, seen("", ip, "poct1a", 0.95, "model", model, "serialNumber", serial))
	}
	leases := []traffic.Observation{leased(0, 2*time.Hour, pumpMAC, ip), leased(3*time.Hour, 2*time.Hour, monitorMAC, ip)}
	content := []traffic.Observation{speaks(time.Hour, "Plum A+", "77120"), speaks(4*time.Hour, "MX800", "DE9911"), speaks(time.Hour+time.Minute, "Plum A+", "77120")}
	for name, order := range map[string][]traffic.Observation{
		"leases before content": slices.Concat(leases, content),
		"as they happen":        {leases[0], content[0], leases[1], content[1]},
	} {
		t.Run(name, func(t *testing.T) {
			got := byMAC(order...)
			if len(got) != 2 {
				t.Fatalf("got %d devices, want 2: %v", len(got), got)
			}
			for mac, want := range map[traffic.MAC]string{pumpMAC: "77120", monitorMAC: "DE9911"} {
				if d := got[mac]; d.SerialNumber.Value != want || len(d.Conflicts) > 0 || len(d.Held) != 1 || d.Held[0].By != "lease" {
					t.Errorf("%s is %s %s, held %v, conflicts %v; want serial %s", mac, d.Model.Value, d.SerialNumber.Value, d.Held, d.Conflicts, want)
				}
			}
		})
	}
	t.Run("a list of leases that comes after what was seen", func(t *testing.T) {
		got := byMAC(content[0], leases[0])
		if d := got[pumpMAC]; len(got) != 1 || d.SerialNumber.Value != "77120" {
			t.Errorf("got %v", got)
		}
	})
}

func TestTheAddressOfNowIsThatOfTheNewestLease(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		seen []traffic.Observation
		want string
	}{
		"the newest lease, not the least address":    {[]traffic.Observation{leased(0, day, pumpMAC, "10.1.0.5"), leased(day, day, pumpMAC, "10.1.0.9"), leased(2*day, day, pumpMAC, "10.1.0.7")}, "10.1.0.7"},
		"a renewed lease while the older still runs": {[]traffic.Observation{leased(0, 9*day, pumpMAC, "10.1.0.5"), leased(day, day, pumpMAC, "10.1.0.9")}, "10.1.0.9"},
		"no lease: seen last":                        {[]traffic.Observation{at(0, seen(pumpMAC, "10.1.0.5", "arp", 0.5)), at(day, seen(pumpMAC, "10.1.0.9", "arp", 0.5))}, "10.1.0.9"},
		"seen after its lease ran out":               {[]traffic.Observation{leased(0, day, pumpMAC, "10.1.0.5"), at(3*day, seen(pumpMAC, "10.1.0.9", "arp", 0.5))}, "10.1.0.9"},
	} {
		t.Run(name, func(t *testing.T) {
			d := byMAC(c.seen...)[pumpMAC]
			if got := d.AddressNow(); got.String() != c.want {
				t.Errorf("got %s of %v, want %s", got, d.Held, c.want)
			}
		})
	}
	if (asset.Device{}).AddressNow().IsValid() {
		t.Error("a device without addresses has one")
	}
}

func TestSoftwareThatWasUpdatedIsHistoryAndNoConflict(t *testing.T) {
	says := func(when time.Duration, version string) traffic.Observation {
		return at(when, seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, "softwareVersion", version))
	}
	d := byMAC(says(0, "9.1"), says(time.Hour, "9.1"), says(2*time.Hour, "9.33"), says(3*time.Hour, "9.33"))[pumpMAC]
	if d.SoftwareVersion.Value != "9.33" || d.SoftwareVersion.Status != asset.Confirmed || len(d.Conflicts) != 0 {
		t.Errorf("got %+v, conflicts %v", d.SoftwareVersion, d.Conflicts)
	}
	if len(d.Versions) != 2 || d.Versions[0].Value != "9.33" || !d.Versions[1].Last.Equal(monday.Add(time.Hour)) {
		t.Errorf("the history is %v", d.Versions)
	}
	// Two versions that the same field says by turns are no update.
	d = byMAC(says(0, "9.1"), says(time.Hour, "9.33"), says(2*time.Hour, "9.1"), says(3*time.Hour, "9.33"))[pumpMAC]
	if d.SoftwareVersion.Status != asset.Conflict || len(d.Versions) != 2 {
		t.Errorf("got %+v %v", d.SoftwareVersion, d.Versions)
	}
}

func TestADeviceIsQuietByItsOwnRhythm(t *testing.T) {
	var chatty []traffic.Observation
	for i := range 200 {
		chatty = append(chatty, at(time.Duration(i)*5*time.Minute, seen(pumpMAC, "10.1.0.5", "ip", 0.5)))
	}
	rare := []traffic.Observation{at(0, seen(monitorMAC, "10.1.0.6", "ip", 0.5))}
	last := monday.Add(199 * 5 * time.Minute)
	pump, monitor := byMAC(chatty...)[pumpMAC], byMAC(rare...)[monitorMAC]
	listed := byMAC(at(0, seen("00:03:b1:00:10:09", "", "cmms", 0.8, "assetTag", "T-1")))["00:03:b1:00:10:09"]
	for _, c := range []struct {
		name  string
		d     asset.Device
		after time.Time
		want  asset.DeviceState
	}{
		{"a week young", pump, last.Add(time.Minute), asset.NewDevice},
		{"silent for longer than thrice its usual silence", pump, last.Add(2 * time.Hour), asset.QuietDevice},
		{"silent for a month", pump, last.Add(31 * 24 * time.Hour), asset.GoneDevice},
		{"a rhythm that is not learned gives three days", monitor, monday.Add(50 * time.Hour), asset.NewDevice},
		{"and no more", monitor, monday.Add(80 * time.Hour), asset.QuietDevice},
		{"on the list only", listed, monday.Add(time.Hour), asset.ListedOnly},
	} {
		if got := asset.StateOf(c.d, c.after); got != c.want {
			t.Errorf("%s: got %s, want %s (rhythm %+v)", c.name, got, c.want, c.d.Rhythm)
		}
	}
	if !pump.Rhythm.Learned || pump.Rhythm.Silence != 8*60 {
		t.Errorf("the rhythm is %+v", pump.Rhythm)
	}
}

func TestAddressesThatSoftwareMadeUpAreTold(t *testing.T) {
	for mac, want := range map[string]bool{"a6:11:22:33:44:55": true, pumpMAC: false, "52:54:00:11:22:33": false, "02:42:ac:11:00:02": false} {
		if got := byMAC(seen(mac, "10.1.0.9", "ip", 0.5))[traffic.MAC(mac)].Randomised; got != want {
			t.Errorf("%s: got %t", mac, got)
		}
	}
}

func TestPostureHasThePacketsThatShowIt(t *testing.T) {
	o := seen(pumpMAC, "10.1.0.5", "hl7.posture", 0.9, "posture", string(traffic.ClearHL7))
	o.Packet = 42
	d := byMAC(o, at(time.Hour, o))[pumpMAC]
	if fmt.Sprint(len(d.Posture)) != "1" || d.Posture[0].Code != traffic.ClearHL7 || d.Posture[0].Evidence[0].Packet != 42 || d.Posture[0].Count != 2 {
		t.Errorf("got %+v", d.Posture)
	}
}
