package oneshot_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"bedrail/asset"
	"bedrail/capture"
	"bedrail/server/oneshot"
	"bedrail/traffic"
)

// observationsOf plays captures through an engine.
func observationsOf(t *testing.T, paths ...string) []traffic.Observation {
	t.Helper()
	var out []traffic.Observation
	e := traffic.NewEngine(traffic.Options{Observe: func(o traffic.Observation) { out = append(out, o) }})
	for _, path := range paths {
		src, err := capture.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		e.Begin(path)
		var f traffic.Frame
		for {
			if err = src.Next(&f); err != nil {
				break
			}
			e.Frame(&f)
		}
		src.Close()
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	e.End()
	return out
}

// named writes devices as JSON with names in the place of their ids: a device
// that was known before its strongest number was seen keeps the id that it had.
func named(t *testing.T, devices []asset.Device) []byte {
	t.Helper()
	names := map[string]string{"": ""}
	for _, d := range devices {
		names[d.ID] = fmt.Sprint(d.MACs, d.Addresses, d.Model.Value, d.SerialNumber.Value)
	}
	for i := range devices {
		devices[i].ID, devices[i].Behind = names[devices[i].ID], names[devices[i].Behind]
	}
	slices.SortFunc(devices, func(a, b asset.Device) int { return cmp.Compare(a.ID, b.ID) })
	out, err := json.Marshal(devices)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Devices that were computed after each batch are in the end those that are
// computed at once, byte for byte but for their ids, whatever the size of the
// batches.
func TestAnyBatchSizeGivesTheSameBytes(t *testing.T) {
	all := observationsOf(t, need(t, "lab/hospital-lab.pcap"), need(t, "lab/sdc-lab.pcap"), need(t, "iot-sentinel/HueBridge/Setup-A-1-STA.pcap"))
	var first []byte
	for _, size := range []int{len(all), 1, 2, 3, 7, 64, 500, 4096} {
		var fuser asset.Fuser
		for from := 0; from < len(all); from += size {
			for _, o := range all[from:min(len(all), from+size)] {
				fuser.Observe(o)
			}
			fuser.Devices()
		}
		got := named(t, fuser.Devices())
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			at := 0
			for at < min(len(got), len(first)) && got[at] == first[at] {
				at++
			}
			t.Errorf("in batches of %d the result differs at byte %d:\n%.300s\nat once:\n%.300s", size, at, got[max(0, at-150):], first[max(0, at-150):])
		}
	}
}

// What discover writes is the same to the last byte, ids and evidence with it,
// in whatever lots the packets come, and as the command itself writes it. The
// captures are the product's own, so this runs on any clone.
func TestPacketsInAnyLotGiveTheSameBytes(t *testing.T) {
	paths := []string{"../testdata/captures/emergency.pcap", "../testdata/captures/infusion-pump.pcap", "../testdata/captures/shadow.pcap", "../testdata/captures/pump-outside.pcap"}
	for _, name := range []string{"lab/hospital-lab.pcap", "lab/sdc-lab.pcap", "iot-sentinel/HueBridge/Setup-A-1-STA.pcap"} {
		if path := filepath.Join(shared, name); isFile(path) {
			paths = append(paths, path)
		}
	}
	d, err := oneshot.Discover(context.Background(), nil, paths)
	if err != nil || len(d.Devices) < 20 {
		t.Fatalf("%d devices, error %v", len(d.Devices), err)
	}
	whole := make([]asset.Device, len(d.Devices))
	for i := range d.Devices {
		whole[i] = d.Devices[i].Device
	}
	want := devicesJSON(t, whole)
	for _, lot := range []int{1, 7, 64, 4096} {
		if got := devicesJSON(t, devicesInLots(t, lot, paths)); !bytes.Equal(got, want) {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			t.Errorf("in lots of %d packets the result differs at byte %d:\n%.300s\nby the command:\n%.300s", lot, at, got[max(0, at-150):], want[max(0, at-150):])
		}
	}
}

// devicesInLots plays captures in lots of so many packets: after each the
// engine is flushed, as a live capture's is, and the observations are fused.
func devicesInLots(t *testing.T, lot int, paths []string) []asset.Device {
	t.Helper()
	var fuser asset.Fuser
	var held []traffic.Observation
	fuse := func() {
		for _, o := range held {
			fuser.Observe(o)
		}
		held = held[:0]
	}
	e := traffic.NewEngine(traffic.Options{Observe: func(o traffic.Observation) { held = append(held, o) }})
	n := 0
	for _, path := range paths {
		src, err := capture.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		e.Begin(filepath.Base(path))
		var f traffic.Frame
		for ; src.Next(&f) == nil; n++ {
			e.Frame(&f)
			if n%lot == lot-1 {
				e.Flush(f.Time())
				e.Coverage(0)
				fuse()
			}
		}
		src.Close()
	}
	e.End()
	fuse()
	return fuser.Devices()
}

func devicesJSON(t *testing.T, devices []asset.Device) []byte {
	t.Helper()
	out, err := json.Marshal(devices)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Two engines that are given the same frames in lots of any size say the same:
// what is flushed in between, as a live capture does, changes nothing.
func TestFramesInAnyLotGiveTheSameObservations(t *testing.T) {
	path := need(t, "lab/hospital-lab.pcap")
	want := observationsOf(t, path)
	for _, lot := range []int{1, 7, 13, 64, 500, 4096} {
		var got []traffic.Observation
		e := traffic.NewEngine(traffic.Options{Observe: func(o traffic.Observation) { got = append(got, o) }})
		src, err := capture.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		e.Begin(path)
		var f traffic.Frame
		for n := 1; src.Next(&f) == nil; n++ {
			e.Frame(&f)
			if n%lot == 0 {
				e.Flush(f.Time())
				e.Coverage(0)
			}
		}
		src.Close()
		e.End()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("in lots of %d: %d observations, want the same %d", lot, len(got), len(want))
		}
	}
}
