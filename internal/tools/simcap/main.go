// Command simcap writes frames of the demonstration hospital into a capture
// file: the fixtures of journeys and the input of the demonstration's tests.
//
//	go run ./internal/tools/simcap -o pump.pcap ALARIS-001 ENGINE-001
//
// Without names it writes the whole morning. With -overheard it writes the
// traffic that shadow mode is tested with:
//
//	go run ./internal/tools/simcap -overheard -o server/testdata/captures/shadow.pcap
//	go run ./internal/tools/simcap -impostor -o server/testdata/captures/impostor.pcap
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"bedrail/sim"
)

func main() {
	out := flag.String("o", "morning.pcap", "the file to write")
	seed := flag.Uint64("seed", 1, "the seed of the hospital")
	start := flag.String("at", "2026-03-02T07:00:00Z", "when the first frame is sent")
	overheard := flag.Bool("overheard", false, "write the traffic that shadow mode is tested with")
	impostor := flag.Bool("impostor", false, "write the traffic of two who speak under one number")
	flag.Parse()
	var scene func(time.Time) []sim.Frame
	switch {
	case *overheard:
		scene = sim.Overheard
	case *impostor:
		scene = sim.Impostor
	}
	if err := write(*out, *seed, *start, scene, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "simcap:", err)
		os.Exit(1)
	}
}

func write(out string, seed uint64, start string, scene func(time.Time) []sim.Frame, names []string) error {
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		return err
	}
	if scene != nil {
		return os.WriteFile(out, pcap(scene(at)), 0o644)
	}
	h := sim.New(seed)
	frames := h.Morning(h.Site(), at)
	if len(names) > 0 {
		frames = nil
		for i, d := range h.Devices {
			if slices.Contains(names, d.Hostname) {
				frames = append(frames, h.Wake(d, at.Add(time.Duration(i)*time.Second))...)
			}
		}
	}
	return os.WriteFile(out, pcap(frames), 0o644)
}

// pcap writes the classic little-endian format with nanoseconds, link type
// Ethernet.
func pcap(frames []sim.Frame) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)
	for _, f := range frames {
		b = binary.LittleEndian.AppendUint32(b, uint32(f.Time.Unix()))
		b = binary.LittleEndian.AppendUint32(b, uint32(f.Time.Nanosecond()))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f.Data)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f.Data)))
		b = append(b, f.Data...)
	}
	return b
}
