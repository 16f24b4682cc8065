// Discovery measures how fast a capture becomes observations, beside the
// peers that are installed, on the same file in the same run. CPU seconds are
// the fair number: wall time is the machine's mood.
//
// Usage:
//
//	go run ./internal/tools/benchcap -out /tmp/bench.pcap
//	go run ./internal/tools/bench/discovery /tmp/bench.pcap
//
// With -bedrail bin/bedrail the whole command is measured too, with fusion
// and output.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/pprof"
	"syscall"
	"time"

	"bedrail/asset"
	"bedrail/capture"
	"bedrail/traffic"
)

// measure is one program's cost.
type measure struct {
	name      string
	cpu, wall time.Duration
	rss       int64 // KiB
	flows     int   // that were remembered at the end, ours only
	streams   int   // of them followed
	note      string
}

func main() {
	profile := flag.String("profile", "", "write a CPU profile of our part here")
	alone := flag.Bool("alone", false, "measure no peers")
	bedrail := flag.String("bedrail", "", "the built program, to measure `bedrail discover` whole")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *profile, *bedrail, *alone); err != nil {
		fmt.Fprintln(os.Stderr, "discovery:", err)
		os.Exit(1)
	}
}

func run(path, profile, bedrail string, alone bool) error {
	ours, stats, err := engine(path, "")
	if err != nil {
		return err
	}
	full, devices, err := fullPath(path, profile)
	if err != nil {
		return err
	}
	fmt.Printf("%d packets, %d MB, %d conversations, %d observations, %d flows, %d evicted, %d gaps, %d malformed, %d faults, ",
		stats.Packets, stats.Bytes>>20, stats.Conversations, stats.Observations, stats.Flows, stats.Evicted, stats.Gaps, stats.Malformed, stats.Faults)
	fmt.Printf("%d devices, %d flows remembered at the end, %d of them followed\n\n", devices, ours.flows, ours.streams)
	all := []measure{ours, full}
	if bedrail != "" {
		all = append(all, program("bedrail discover", bedrail, "discover", path, "-o", "json"))
	}
	if !alone {
		all = append(all,
			program("ndpiReader", "ndpiReader", "-q", "-i", path),
			program("tshark", "tshark", "-n", "-r", path),
			program("p0f", "p0f", "-r", path),
		)
	}
	fmt.Printf("%-24s %10s %10s %14s %10s %10s %8s\n", "", "CPU s", "wall s", "packets/CPU-s", "MB/CPU-s", "RSS MB", "ratio")
	for _, m := range all {
		if m.cpu == 0 {
			fmt.Printf("%-24s %s\n", m.name, m.note)
			continue
		}
		fmt.Printf("%-24s %10.2f %10.2f %14.0f %10.0f %10d %8.2f\n", m.name, m.cpu.Seconds(), m.wall.Seconds(),
			float64(stats.Packets)/m.cpu.Seconds(), float64(stats.Bytes)/1e6/m.cpu.Seconds(), m.rss>>10, m.cpu.Seconds()/ours.cpu.Seconds())
	}
	return nil
}

// fullPath runs all that stands before the store: decoding, dissectors and
// fusion to devices.
func fullPath(path, profile string) (measure, int, error) {
	var fuser asset.Fuser
	devices := 0
	m, _, err := pass(path, profile, fuser.Observe, func() { devices = len(fuser.Devices()) })
	m.name = "bedrail full path"
	return m, devices, err
}

// engine runs capture and traffic in this process.
func engine(path, profile string) (measure, traffic.Stats, error) {
	return pass(path, profile, func(traffic.Observation) {}, func() {})
}

func pass(path, profile string, observe func(traffic.Observation), last func()) (measure, traffic.Stats, error) {
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return measure{}, traffic.Stats{}, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return measure{}, traffic.Stats{}, err
		}
		defer pprof.StopCPUProfile()
	}
	begun, before := time.Now(), usage(syscall.RUSAGE_SELF)
	src, err := capture.Open(path)
	if err != nil {
		return measure{}, traffic.Stats{}, err
	}
	defer src.Close()
	e := traffic.NewEngine(traffic.Options{Observe: observe, Converse: func(traffic.Conversation) {}})
	e.Begin(path)
	var f traffic.Frame
	for {
		if err = src.Next(&f); err != nil {
			break
		}
		e.Frame(&f)
	}
	flows, streams := e.Open()
	e.End()
	last()
	var broken *capture.Break
	if !errors.Is(err, io.EOF) && !errors.As(err, &broken) {
		return measure{}, traffic.Stats{}, err
	}
	after := usage(syscall.RUSAGE_SELF)
	return measure{name: "bedrail capture+traffic", cpu: cpu(after) - cpu(before), wall: time.Since(begun), rss: after.Maxrss, flows: flows, streams: streams}, e.Stats(), nil
}

func program(name string, argv ...string) measure {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return measure{name: name, note: "not installed"}
	}
	cmd := exec.Command(path, argv[1:]...)
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return measure{name: name, note: err.Error()}
	}
	u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return measure{name: name, note: "its cost is not known here"}
	}
	return measure{name: name, cpu: cpu(*u), wall: time.Since(begun), rss: u.Maxrss}
}

func usage(who int) syscall.Rusage {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return syscall.Rusage{}
	}
	return u
}

func cpu(u syscall.Rusage) time.Duration {
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
