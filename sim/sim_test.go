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
	a, b, other := sim.New(1).Morning(morning), sim.New(1).Morning(morning), sim.New(2).Morning(morning)
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

func TestTheHospitalHasThreeHundredDevicesOfTwentyModelsInSixUnits(t *testing.T) {
	h := sim.New(1)
	kinds, places, macs := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, d := range h.Devices {
		kinds[d.Model.Name], places[d.Unit] = true, true
		if macs[d.MAC.String()] {
			t.Errorf("%s has the hardware address of another device", d.Hostname)
		}
		macs[d.MAC.String()] = true
	}
	if len(h.Devices) != 300 || len(kinds) != 20 || len(places) != 6 {
		t.Errorf("got %d devices of %d models in %d units", len(h.Devices), len(kinds), len(places))
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
	for i, f := range sim.New(1).Morning(morning) {
		if binary.BigEndian.Uint16(f.Data[12:]) == 0x0800 && sum(f.Data[14:34]) != 0xffff {
			t.Fatalf("the IPv4 header of frame %d has a wrong checksum", i)
		}
	}
}

func TestRecordsAreWritten(t *testing.T) {
	h := sim.New(1)
	if cmms, err := h.CMMS(); err != nil || bytes.Count(cmms, []byte("\n")) < 250 {
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
