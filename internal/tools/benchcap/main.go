// Benchcap writes the capture on which the speed of discovery is measured:
// every Ethernet capture of a folder, laid over one another in time, repeated
// with shifted times and addresses until there are enough packets. The same
// folder gives the same file.
//
// With -mix it writes the traffic of a made-up hospital instead: so many
// connections that live at once, and 40 % of the bytes DICOM and HL7.
//
// Usage:
//
//	go run ./internal/tools/benchcap -in ../shared/testdata/traffic -packets 1000000 -out bench.pcap
//	go run ./internal/tools/benchcap -mix -flows 100000 -bytes 800000000 -seed 1 -out mix.pcap
package main

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bedrail/capture"
	"bedrail/traffic"
)

// base is when the bench begins: some Monday.
const base = int64(1_767_571_200_000_000_000)

// longest is how much of a capture is used: a few run for days.
const longest = int64(600e9)

type record struct {
	data   []byte
	length int
	nanos  int64
}

func main() {
	in := flag.String("in", "../shared/testdata/traffic", "folder of captures")
	packets := flag.Int("packets", 1_000_000, "how many at least")
	out := flag.String("out", "bench.pcap", "file to write")
	made := flag.Bool("mix", false, "make traffic up instead")
	var x mix
	flag.IntVar(&x.flows, "flows", 100_000, "connections of the mix that live at once")
	flag.Int64Var(&x.bytes, "bytes", 800_000_000, "of the mix")
	flag.Uint64Var(&x.seed, "seed", 1, "of the mix")
	flag.Parse()
	err := error(nil)
	if *made {
		err = x.write(*out)
	} else {
		err = run(*in, *packets, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchcap:", err)
		os.Exit(1)
	}
}

func run(in string, packets int, out string) error {
	var all []record
	err := filepath.WalkDir(in, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(path, ".pcap") || strings.HasSuffix(path, ".pcapng")) {
			all, err = load(all, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no Ethernet captures in %s", in)
	}
	slices.SortStableFunc(all, func(a, b record) int { return cmp.Compare(a.nanos, b.nanos) })
	return write(all, packets, out)
}

// load appends the frames of one capture, moved in time so that it begins at
// base.
func load(all []record, path string) ([]record, error) {
	src, err := capture.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer src.Close()
	var f traffic.Frame
	first := int64(-1)
	for {
		err := src.Next(&f)
		var broken *capture.Break
		if errors.Is(err, io.EOF) || errors.As(err, &broken) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if first < 0 {
			first = f.Nanos
		}
		if at := f.Nanos - first; f.Link == traffic.LinkEthernet && at >= 0 && at < longest {
			all = append(all, record{slices.Clone(f.Data), f.Length, base + at})
		}
	}
}

func write(all []record, packets int, out string) error {
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	w, err := capture.NewWriter(buffered, traffic.LinkEthernet)
	if err != nil {
		return err
	}
	written := 0
	for round := 0; written < packets; round++ {
		for _, r := range all {
			data := shift(slices.Clone(r.data), byte(round))
			if err := w.Frame(&traffic.Frame{Data: data, Length: r.length, Nanos: r.nanos + int64(round)*longest}); err != nil {
				return err
			}
		}
		written += len(all)
	}
	fmt.Printf("%d packets in %s\n", written, out)
	return errors.Join(w.Flush(), buffered.Flush(), file.Close())
}

// shift moves the unicast addresses of a frame by round. Checksums are left
// wrong: no tool that is compared looks at them.
func shift(b []byte, round byte) []byte {
	if len(b) < 14 || round == 0 {
		return b
	}
	for _, at := range []int{0, 6} {
		if b[at]&1 == 0 {
			b[at+3] += round
		}
	}
	at := 12
	for len(b) > at+6 && binary.BigEndian.Uint16(b[at:]) == 0x8100 {
		at += 4
	}
	body := b[at+2:]
	switch kind := binary.BigEndian.Uint16(b[at:]); {
	case kind == 0x0800 && len(body) >= 20:
		shift4(body[12:], round)
		shift4(body[16:], round)
	case kind == 0x86dd && len(body) >= 40:
		shift6(body[8:], round)
		shift6(body[24:], round)
	case kind == 0x0806 && len(body) >= 28:
		body[11] += round
		shift4(body[14:], round)
		shift4(body[24:], round)
	}
	return b
}

func shift4(ip []byte, round byte) {
	if ip[0] != 0 && ip[0] < 224 {
		ip[1] += round
	}
}

func shift6(ip []byte, round byte) {
	if ip[0] != 0xff {
		ip[9] += round
	}
}
