package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/server/oneshot"
	"bedrail/vuln"
)

func (e *environment) assessCommand() *cobra.Command {
	var feeds []string
	var devices, cache string
	c := &cobra.Command{
		Use:   "assess [BILL...] --feeds DIR",
		Short: "Say which components of a bill, or devices of an inventory, are exposed; needs no server",
		Long: "Reads bills of software (CycloneDX, SPDX) or an inventory (CSV, XLSX) and the published feeds below DIR as they are:\n" +
			"OSV zip or JSON, CVE, NVD 2.0, CSAF 2.0, KEV, EPSS, end-of-life records and openFDA recalls.\n" +
			"What cannot be decided is said so with its reason. Exit status 3 when anything is affected, 7 when some input could not be read.",
		Example: "  bedrail assess pump.cdx.json --feeds feeds -o json\n  bedrail assess --devices inventory.csv --feeds feeds",
		RunE: func(c *cobra.Command, bills []string) error {
			switch {
			case len(bills) == 0 && devices == "":
				return usage("give a bill, or an inventory by --devices")
			case len(feeds) == 0:
				return usage("give the folder of the feeds by --feeds")
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			switch cache {
			case "":
				cache = oneshot.DefaultCache()
			case "off":
				cache = ""
			}
			debug.SetGCPercent(50) // the process ends with its answer: memory counts for more than the collector's work
			got, err := oneshot.Assess(ctx, oneshot.AssessRequest{
				Bills: bills, Devices: devices, Feeds: feeds, Cache: cache, Clock: e.clock,
				Problem: func(text string) { e.warn("%s", text) },
			})
			if err != nil {
				return err
			}
			if err := e.printAssessment(got); err != nil {
				return err
			}
			if got.AnyAffected() {
				return exitWith(exitFindings, "")
			}
			if len(got.Problems) > 0 {
				return exitWith(exitPartly, "some input could not be read; see the lines above")
			}
			return nil
		},
	}
	c.Flags().StringSliceVar(&feeds, "feeds", nil, "folder or file with published `FEEDS`; may be given again")
	c.Flags().StringVar(&cache, "cache", "", "`FOLDER` that keeps parsed feeds by their content, so that the same feeds are read once; the user's cache folder unless given, off keeps none")
	c.Flags().StringVar(&devices, "devices", "", "inventory of a maintenance system, CSV or XLSX `FILE`")
	return c
}

func (e *environment) printAssessment(got oneshot.Assessment) error {
	switch e.output {
	case "json", "yaml":
		return e.writeDocument(got, nil)
	case "ndjson", "csv":
		if len(got.Bills) == 0 {
			return writeList(e, got.Devices, deviceColumns)
		}
		return writeList(e, got.Findings, findingColumns)
	}
	if len(got.Bills) > 0 {
		if err := writeList(e, got.Findings, findingColumns); err != nil {
			return err
		}
		e.sayCoverage(e.stdout, got)
	}
	if got.Units != nil {
		return writeList(e, got.Units, unitColumns)
	}
	return nil
}

// sayCoverage tells what could not be asked: no answer there is not a clean
// answer.
func (e *environment) sayCoverage(w io.Writer, got oneshot.Assessment) {
	var affected, undecidable int
	for _, f := range got.Findings {
		switch f.Status {
		case vuln.Affected:
			affected++
		case vuln.Undecidable:
			undecidable++
		}
	}
	fmt.Fprintf(w, "\n%d affected, %d undecidable\n", affected, undecidable)
	for _, c := range got.Coverage {
		switch {
		case c.Ecosystem == "no identifier":
			fmt.Fprintf(w, "not covered: %d components have neither purl nor CPE\n", c.Components)
		case c.Missing:
			fmt.Fprintf(w, "not covered: no advisories for %s, %d components were not checked\n", c.Ecosystem, c.Components)
		case c.Stale:
			fmt.Fprintf(w, "covered until %s only: the newest advisory for %s is of that day, %d components\n", c.Newest, c.Ecosystem, c.Components)
		}
	}
	if len(got.Problems) > 0 {
		fmt.Fprintf(w, "not covered: %d files or places could not be read\n", len(got.Problems))
	}
}

var findingColumns = []column[oneshot.Finding]{
	{"status", false, func(f oneshot.Finding) string { return string(f.Status) }},
	{"vulnerability", false, func(f oneshot.Finding) string { return f.Vulnerability }},
	{"severity", false, func(f oneshot.Finding) string { return severityOf(f.CVSS) }},
	{"kev", false, func(f oneshot.Finding) string { return yesOrNothing(f.KEV) }},
	{"component", false, func(f oneshot.Finding) string { return f.Component.Name + " " + f.Component.Version }},
	{"fixed", false, func(f oneshot.Finding) string { return strings.Join(f.Fixed, ", ") }},
	{"by", false, func(f oneshot.Finding) string { return string(f.Match.By) }},
	{"reason", false, func(f oneshot.Finding) string { return f.Match.Reason }},
	{"bill", true, func(f oneshot.Finding) string { return f.Bill }},
	{"aliases", true, func(f oneshot.Finding) string { return strings.Join(f.Aliases, ", ") }},
	{"confidence", true, func(f oneshot.Finding) string { return strconv.FormatFloat(f.Match.Confidence, 'f', 2, 64) }},
	{"sources", true, func(f oneshot.Finding) string { return strings.Join(f.Sources, ", ") }},
}

func severityOf(scores []vuln.Score) string {
	best, known := vuln.Best(scores)
	if !known {
		return "unknown"
	}
	return fmt.Sprintf("%s %.1f", vuln.Severity(best.Score, true), best.Score)
}

func yesOrNothing(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}

var deviceColumns = []column[oneshot.DeviceExposure]{
	{"assetTag", false, func(d oneshot.DeviceExposure) string { return d.AssetTag }},
	{"manufacturer", false, func(d oneshot.DeviceExposure) string { return d.Manufacturer }},
	{"model", false, func(d oneshot.DeviceExposure) string { return d.Model }},
	{"softwareVersion", false, func(d oneshot.DeviceExposure) string { return d.SoftwareVersion }},
	{"unit", false, func(d oneshot.DeviceExposure) string { return d.Unit }},
	{"status", false, func(d oneshot.DeviceExposure) string { return string(d.Status) }},
	{"vulnerabilities", false, func(d oneshot.DeviceExposure) string { return strconv.Itoa(len(d.Vulnerabilities)) }},
	{"recalls", false, func(d oneshot.DeviceExposure) string { return strconv.Itoa(len(d.Recalls)) }},
	{"endOfLife", false, func(d oneshot.DeviceExposure) string {
		if d.EndOfLife == nil || !d.EndOfLife.Over {
			return ""
		}
		return d.EndOfLife.Ends
	}},
	{"reason", true, func(d oneshot.DeviceExposure) string { return d.Reason }},
}

var unitColumns = []column[oneshot.UnitExposure]{
	{"unit", false, func(u oneshot.UnitExposure) string { return u.Unit }},
	{"devices", false, func(u oneshot.UnitExposure) string { return strconv.Itoa(u.Devices) }},
	{"affected", false, func(u oneshot.UnitExposure) string { return strconv.Itoa(u.Affected) }},
	{"undecidable", false, func(u oneshot.UnitExposure) string { return strconv.Itoa(u.Undecidable) }},
	{"endOfLife", false, func(u oneshot.UnitExposure) string { return strconv.Itoa(u.EndOfLife) }},
	{"recalled", false, func(u oneshot.UnitExposure) string { return strconv.Itoa(u.Recalled) }},
}
