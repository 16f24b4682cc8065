package sim_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"bedrail/sim"
)

var morning = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

func TestTheSameSeedGivesTheSameHospital(t *testing.T) {
	a, b, other := wires(1), wires(1), wires(2)
	if len(a) != len(b) {
		t.Fatalf("%d and %d frames", len(a), len(b))
	}
	same := len(a) == len(other)
	for i := range a {
		if !bytes.Equal(a[i].Data, b[i].Data) || !a[i].Time.Equal(b[i].Time) {
			t.Fatalf("frame %d differs between two hospitals of one seed", i)
		}
		same = same && bytes.Equal(a[i].Data, other[i].Data)
	}
	if same {
		t.Error("another seed gives the same hospital")
	}
}

// wires is the morning of all sites, and a day of the week before.
func wires(seed uint64) []sim.Frame {
	h := sim.New(seed)
	var all []sim.Frame
	for _, site := range h.Sites() {
		all = append(all, h.Morning(site, morning)...)
	}
	h.Day(h.Sites()[1], morning, 3, func(f sim.Frame) error { all = append(all, f); return nil })
	return all
}

func TestTheHospitalHasTwoThousandDevicesOfFortyModelsInTwelveUnitsAndHomes(t *testing.T) {
	h := sim.New(1)
	kinds, places, sites, macs := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	addresses := map[string]string{}
	for _, d := range h.Devices {
		kinds[d.Model.Name], places[d.Unit], sites[d.Site] = true, true, true
		if d.Model.Cloud {
			continue
		}
		if macs[d.MAC.String()] {
			t.Errorf("%s has the hardware address of another device", d.Hostname)
		}
		macs[d.MAC.String()] = true
		if other := addresses[d.IP.String()]; other != "" {
			t.Errorf("%s and %s have the address %s at once", d.Hostname, other, d.IP)
		}
		addresses[d.IP.String()] = d.Hostname
	}
	if len(h.Devices) != 2000 || len(kinds) != 40 || len(places) != 12+1 || len(sites) != 2+1 {
		t.Errorf("got %d devices of %d models in %d units of %d sites", len(h.Devices), len(kinds), len(places), len(sites))
	}
}

func TestADayOfTheWeekIsInOrderAndMovesAddresses(t *testing.T) {
	h := sim.New(1)
	leased := map[[4]byte]map[[6]byte]bool{} // who was given an address, over two days
	moved := 0
	for _, ago := range []int{2, 1} {
		last := time.Time{}
		err := h.Day(h.Site(), morning, ago, func(f sim.Frame) error {
			if f.Time.Before(last.Add(-time.Second)) {
				t.Fatalf("a frame of %s comes after one of %s", f.Time, last)
			}
			last = f.Time
			// BOOTP replies: UDP from port 67, yiaddr at 16, chaddr at 28.
			if b := f.Data; len(b) > 14+20+8+44 && b[23] == 17 && b[34] == 0 && b[35] == 67 {
				ip, mac := [4]byte(b[42+16:]), [6]byte(b[42+28:])
				if leased[ip] == nil {
					leased[ip] = map[[6]byte]bool{}
				}
				leased[ip][mac] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range leased {
		if len(who) > 1 {
			moved++
		}
	}
	if len(leased) < 1000 || moved < 100 {
		t.Errorf("%d addresses were leased, %d of them to more than one device in two days", len(leased), moved)
	}
}

func TestTheListDisagreesWithTheWireAsIsSaid(t *testing.T) {
	h := sim.New(1)
	for _, d := range h.Disagreements() {
		if d.Count < 3 {
			t.Errorf("%d %s: too few to be found", d.Count, d.Text)
		}
	}
}

func TestChecksumsOfFramesHold(t *testing.T) {
	sum := func(b []byte) uint16 {
		var s uint32
		for i := 0; i+1 < len(b); i += 2 {
			s += uint32(binary.BigEndian.Uint16(b[i:]))
		}
		for s > 0xffff {
			s = s>>16 + s&0xffff
		}
		return uint16(s)
	}
	for i, f := range wires(1) {
		if binary.BigEndian.Uint16(f.Data[12:]) == 0x0800 && sum(f.Data[14:34]) != 0xffff {
			t.Fatalf("the IPv4 header of frame %d has a wrong checksum", i)
		}
	}
}

func TestRecordsAreWritten(t *testing.T) {
	h := sim.New(1)
	if cmms, err := h.CMMS(); err != nil || bytes.Count(cmms, []byte("\n")) < 1700 {
		t.Errorf("the CMMS file has %d lines, error %v", bytes.Count(cmms, []byte("\n")), err)
	}
	bills, err := h.Bills()
	if err != nil || len(bills) < 8 {
		t.Errorf("%d bills, error %v", len(bills), err)
	}
	whole, err := sim.Feeds("")
	if err != nil {
		t.Fatal(err)
	}
	part, err := sim.Feeds("icsma-22-251-01")
	if err != nil || len(part) >= len(whole) {
		t.Errorf("holding one advisory back left %d of %d bytes, error %v", len(part), len(whole), err)
	}
}
