package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/asset"
	"bedrail/rule"
	"bedrail/server/oneshot"
)

func (e *environment) discoverCommand() *cobra.Command {
	var rules string
	var overhear bool
	c := &cobra.Command{
		Use:   "discover FILE...",
		Short: "Say which devices captures show, and why; needs no server",
		Long: "Reads captures (pcap, pcapng, also gzipped) as they are and prints the devices on them with the evidence for each attribute.\n" +
			"Nothing is sent to any device and nothing about patients is kept. Exit status 7 when some input could not be read.",
		Example: "  bedrail discover ward.pcap\n  bedrail discover *.pcapng -o json > devices.json\n  bedrail discover eval --truth truth.tsv ward.pcap",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			pack, err := rule.Load(rules)
			if err != nil {
				return err
			}
			found, err := oneshot.DiscoverBy(ctx, e.clock, pack, overhear, files)
			if err != nil {
				return err
			}
			if len(found.Captures) == 0 || found.Stats.Packets > 0 || e.output == "json" || e.output == "yaml" {
				err = e.printDiscovery(found)
			}
			if err != nil {
				return err
			}
			return e.captureErrors(found, files)
		},
	}
	c.Flags().StringVar(&rules, "rules", "", "`FOLDER` of rules over the built-in; see \"bedrail rules\"")
	c.Flags().BoolVar(&overhear, "shadow", false, "also check the messages of HL7 v2, DICOM, FHIR and MQTT as the exchange would, and count what is wrong (-o json)")
	c.AddCommand(e.discoverEvalCommand())
	return c
}

func (e *environment) printDiscovery(found oneshot.Discovery) error {
	switch e.output {
	case "json", "yaml":
		return e.writeDocument(found, nil)
	}
	if err := writeList(e, found.Devices, foundColumns); err != nil {
		return err
	}
	s := found.Stats
	e.say("%d packets, %d devices, %d conversations in %.2f s", s.Packets, len(found.Devices), s.Conversations, s.Seconds)
	return nil
}

// captureErrors tells what could not be read, one line each.
func (e *environment) captureErrors(found oneshot.Discovery, files []string) error {
	broken := 0
	for _, c := range found.Captures {
		for _, text := range c.Errors {
			e.warn("%s", text)
			broken++
		}
	}
	switch {
	case broken == 0:
		return nil
	case found.Stats.Packets == 0:
		if !slices.ContainsFunc(files, isThere) {
			return exitWith(exitNotFound, "")
		}
		return exitWith(exitFailed, "")
	}
	return exitWith(exitPartly, "")
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

var foundColumns = []column[oneshot.Found]{
	{"id", true, func(d oneshot.Found) string { return d.ID }},
	{"mac", false, func(d oneshot.Found) string { return joined(d.MACs) }},
	{"address", false, func(d oneshot.Found) string { return joined(d.Addresses) }},
	{"host", false, func(d oneshot.Found) string { return joined(d.Hostnames) }},
	{"class", false, func(d oneshot.Found) string { return shown(d.Class) }},
	{"manufacturer", false, func(d oneshot.Found) string { return shown(d.Manufacturer) }},
	{"model", false, func(d oneshot.Found) string { return shown(d.Model) }},
	{"serial", false, func(d oneshot.Found) string { return shown(d.SerialNumber) }},
	{"version", false, func(d oneshot.Found) string { return shown(d.SoftwareVersion) }},
	{"os", true, func(d oneshot.Found) string { return shown(d.OperatingSystem) }},
	{"unit", true, func(d oneshot.Found) string { return d.Location.Unit }},
	{"bed", true, func(d oneshot.Found) string { return d.Location.Bed }},
	{"behind", true, func(d oneshot.Found) string { return d.Device.Behind }},
	{"protocols", true, func(d oneshot.Found) string { return strings.Join(d.Protocols, " ") }},
	{"conflicts", false, func(d oneshot.Found) string { return conflictWords(d.Conflicts) }},
}

// joined lists values; of many, the first few.
func joined[T any](values []T) string {
	const few = 2
	var parts []string
	for i, v := range values {
		if i == few {
			parts = append(parts, fmt.Sprintf("+%d", len(values)-few))
			break
		}
		parts = append(parts, fmt.Sprint(v))
	}
	return strings.Join(parts, " ")
}

// shown is a value for a table: what is not certain carries its status.
func shown(v asset.Value) string {
	switch v.Status {
	case asset.Confirmed:
		return v.Value
	case asset.Unknown, "":
		return ""
	case asset.Conflict:
		return "(conflict)"
	}
	return v.Value + " (" + string(v.Status) + ")"
}

func conflictWords(list []asset.Disagreement) string {
	var parts []string
	for _, c := range list {
		parts = append(parts, string(c.Attribute))
	}
	return strings.Join(parts, " ")
}

func (e *environment) discoverEvalCommand() *cobra.Command {
	var truth, rules, calibrate string
	var byProtocol bool
	c := &cobra.Command{
		Use:   "eval --truth FILE.tsv FILE...",
		Short: "Judge what captures show by what is known to be right",
		Long: "Prints for each attribute how often it was told right, wrong and not at all, and which devices were invented.\nA value counts as told when it is likely or confirmed.\n" +
			"With --calibrate, writes how often each word (confirmed, likely, candidate) was right. A server that is given the file (rules.calibration)\n" +
			"tells that share beside the word, with its interval, as soon as " + strconv.Itoa(asset.MinimumJudged) + " values were judged and as long as the rules are the same.",
		Example: "  bedrail discover eval --truth truth.tsv *.pcap\n  bedrail discover eval --truth truth.tsv --calibrate house.json *.pcap",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			if truth == "" {
				return usage("give the table of what is right by --truth")
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			pack, err := rule.Load(rules)
			if err != nil {
				return err
			}
			got, found, err := oneshot.EvaluateDiscovery(ctx, e.clock, pack, truth, files)
			if err != nil {
				return err
			}
			if calibrate != "" {
				if err := e.writeCalibration(calibrate, asset.NewCalibration(got, pack, filepath.Base(truth)), pack); err != nil {
					return err
				}
			}
			if err := e.printEvaluation(got, byProtocol); err != nil {
				return err
			}
			return e.captureErrors(found, files)
		},
	}
	c.Flags().StringVar(&rules, "rules", "", "`FOLDER` of rules over the built-in; see \"bedrail rules\"")
	c.Flags().StringVar(&calibrate, "calibrate", "", "`FILE` to write how often each word was right")
	c.Flags().BoolVar(&byProtocol, "by-protocol", false, "judge the hosts of each protocol by themselves, too")
	c.Flags().StringVar(&truth, "truth", "", "tab-separated `FILE` of what is known to be right")
	return c
}

// writeCalibration writes what was judged, and says of what a share is told.
func (e *environment) writeCalibration(name string, c asset.Calibration, pack *rule.Pack) error {
	var text bytes.Buffer
	if _, err := c.WriteTo(&text); err != nil {
		return err
	}
	if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
		return err
	}
	told := c.Told(pack)
	for _, w := range c.Words {
		note := "told"
		if !slices.Contains(told, w) {
			note = fmt.Sprintf("not told: of fewer than %d", c.Minimum)
		}
		e.say("%s %s: %d of %d right, 95 %% interval %.3f to %.3f; %s", w.Attribute, w.Status, w.Right, w.Total, w.Low, w.High, note)
	}
	return nil
}

func (e *environment) printEvaluation(got asset.Evaluation, byProtocol bool) error {
	switch e.output {
	case "json", "yaml", "ndjson":
		return e.writeDocument(got, nil)
	}
	if err := writeList(e, got.Scores, scoreColumns); err != nil || e.output == "csv" {
		return err
	}
	for _, s := range got.Scores {
		for _, note := range s.Notes {
			e.say("%s of %s", s.Attribute, note)
		}
	}
	if _, err := io.WriteString(e.stdout, fmt.Sprintf("hosts %d, found %d, invented %d\n", got.Hosts, got.Found, got.Invented)); err != nil || !byProtocol {
		return err
	}
	if _, err := io.WriteString(e.stdout, "\n"); err != nil {
		return err
	}
	return writeList(e, got.ByProtocol, protocolColumns)
}

var protocolColumns = []column[asset.ProtocolScore]{
	{"protocol", false, func(s asset.ProtocolScore) string { return s.Protocol }},
	{"hosts", false, func(s asset.ProtocolScore) string { return fmt.Sprint(s.Hosts) }},
	{"attribute", false, func(s asset.ProtocolScore) string { return s.Attribute }},
	{"total", false, func(s asset.ProtocolScore) string { return fmt.Sprint(s.Total) }},
	{"right", false, func(s asset.ProtocolScore) string { return fmt.Sprint(s.Right) }},
	{"wrong", false, func(s asset.ProtocolScore) string { return fmt.Sprint(s.Wrong) }},
	{"precision", false, func(s asset.ProtocolScore) string { return fmt.Sprintf("%.3f", s.Precision) }},
	{"recall", false, func(s asset.ProtocolScore) string { return fmt.Sprintf("%.3f", s.Recall) }},
	{"wrong-at-confirmed", false, func(s asset.ProtocolScore) string { return fmt.Sprint(s.WrongAtConfirmed) }},
}

var scoreColumns = []column[asset.Score]{
	{"attribute", false, func(s asset.Score) string { return s.Attribute }},
	{"total", false, func(s asset.Score) string { return fmt.Sprint(s.Total) }},
	{"right", false, func(s asset.Score) string { return fmt.Sprint(s.Right) }},
	{"wrong", false, func(s asset.Score) string { return fmt.Sprint(s.Wrong) }},
	{"missing", false, func(s asset.Score) string { return fmt.Sprint(s.Missing) }},
	{"precision", false, func(s asset.Score) string { return fmt.Sprintf("%.3f", s.Precision) }},
	{"recall", false, func(s asset.Score) string { return fmt.Sprintf("%.3f", s.Recall) }},
	{"wrong-at-confirmed", false, func(s asset.Score) string { return fmt.Sprint(s.WrongAtConfirmed) }},
}
