package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bedrail/capture"
	"bedrail/traffic"
)

// The mix is what it says: the same bytes each time, so many connections that
// all live to the end, 40 % of DICOM and HL7, read without a fault.
func TestTheMixIsWhatItSays(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.pcap"), filepath.Join(dir, "two.pcap")
	x := mix{flows: 1000, bytes: 30_000_000, seed: 1}
	for _, path := range []string{one, two} {
		if err := x.write(path); err != nil {
			t.Fatal(err)
		}
	}
	a, errA := os.ReadFile(one)
	b, errB := os.ReadFile(two)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Fatalf("two runs differ (%v, %v)", errA, errB)
	}
	byProtocol := map[string]uint64{}
	total := uint64(0)
	e := traffic.NewEngine(traffic.Options{Converse: func(c traffic.Conversation) {
		byProtocol[c.Protocol] += c.BytesUp + c.BytesDown
		total += c.BytesUp + c.BytesDown
	}})
	src, err := capture.Open(one)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	e.Begin("mix")
	var f traffic.Frame
	for src.Next(&f) == nil {
		e.Frame(&f)
	}
	flows, _ := e.Open()
	e.End()
	if s := e.Stats(); flows != x.flows || s.Faults+s.Malformed+s.Gaps+s.Evicted > 0 {
		t.Errorf("%d flows at the end, %+v", flows, s)
	}
	share := float64(byProtocol["dicom"]+byProtocol["hl7v2"]) / float64(total)
	if share < 0.38 || share > 0.42 || byProtocol["hl7v2"] == 0 {
		t.Errorf("DICOM and HL7 are %.3f of the bytes: %v", share, byProtocol)
	}
}
