package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/asset"
	"bedrail/job"
)

func (e *environment) ingestCommand() *cobra.Command {
	return group("ingest", "Bring in files: captures, bills, lists of devices, leases, what other sensors and switches have noted",
		e.ingestKind("pcap", "Captures (pcap, pcapng, also gzipped)", nil),
		e.ingestBills(), e.ingestVEX(),
		e.ingestKind("mds2", "What makers state about security (MDS2, HN 1-2019 or 2013: XLSX, CSV, JSON)", texts("that the statement is about", "manufacturer", "model", "version")),
		e.ingestKind("maintenance", "When maintenance is due, and which devices are on loan (CSV, XLSX)", nil),
		e.ingestInventory(),
		e.ingestKind("locations", "Lists of sites, buildings, floors, units, rooms and beds (CSV, XLSX)", func(c *cobra.Command, params url.Values) func() error {
			return e.columnMapping(c, asset.PlaceList, params)
		}),
		e.ingestLeases(),
		e.ingestKind("zeek", "Logs of a Zeek sensor (conn, dhcp, http, ssl, x509, snmp, known_*; TSV or JSON, also gzipped)", nil),
		e.ingestKind("switch", "Tables of hardware addresses or ARP of switches and routers, as the command line prints them", nil),
		e.ingestKind("wlc", "Lists of clients of a wireless controller (CSV)", nil),
		e.ingestKind("cloud", "What a vendor's cloud knows of devices at patients' homes (FHIR Device and DeviceAssociation, or CSV)", texts("that the devices belong to; the manufacturer where the file names none", "unit", "manufacturer")),
		e.ingestKind("flows", "Captures of NetFlow, IPFIX or sFlow reports (pcap, pcapng)", nil),
		hidden(e.inventoryUndo()))
}

// ingestKind is the command for files of one kind. flags may add parameters.
func (e *environment) ingestKind(kind, short string, flags func(c *cobra.Command, params url.Values) func() error) *cobra.Command {
	params := url.Values{}
	var dry bool
	var site string
	var ready func() error
	c := &cobra.Command{Use: kind + " FILE...|-", Short: short, Args: cobra.MinimumNArgs(1), RunE: func(c *cobra.Command, files []string) error {
		if ready != nil {
			if err := ready(); err != nil {
				return err
			}
		}
		if site != "" {
			params.Set("site", site)
		}
		return e.ingestFiles(c, kind, files, params, dry)
	}}
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would change, and change nothing")
	c.Flags().StringVar(&site, "site", "", "`SITE` that the files are about")
	if flags != nil {
		ready = flags(c, params)
	}
	return c
}

func (e *environment) ingestBills() *cobra.Command {
	return e.ingestKind("sbom", "Bills of software (CycloneDX JSON or XML, SPDX) of a model", texts("that the bill belongs to", "manufacturer", "model", "version"))
}

func (e *environment) ingestVEX() *cobra.Command {
	c := e.ingestKind("vex", "Statements about weaknesses (OpenVEX, CSAF, CycloneDX)", texts("that the statements are about", "manufacturer", "model", "version", "authority"))
	c.Long = "A statement counts as the manufacturer's when its author is the maker of the model; --authority manufacturer|hospital|third-party says otherwise."
	return c
}

// texts makes flags that are handed over as they are.
func texts(of string, names ...string) func(*cobra.Command, url.Values) func() error {
	return func(c *cobra.Command, params url.Values) func() error {
		values := map[string]*string{}
		for _, name := range names {
			values[name] = c.Flags().String(name, "", name+" "+of)
		}
		return func() error {
			for name, v := range values {
				if *v != "" {
					params.Set(name, *v)
				}
			}
			return nil
		}
	}
}

func (e *environment) ingestInventory() *cobra.Command {
	c := e.ingestKind("cmms", "Lists of a maintenance system (CSV, XLSX)", func(c *cobra.Command, params url.Values) func() error {
		return e.columnMapping(c, asset.DeviceList, params)
	})
	c.Long = "Each line becomes evidence: it joins the device that bears its hardware address, UDI, or serial number and model, or stands for a device of its own.\n" +
		"With --dry-run nothing changes and the matches are printed; with -o json the result holds the mapping of columns that was used, for --mapping.\n" +
		"An import can be taken back by 'bedrail inventory undo ID'."
	return c
}

func (e *environment) ingestLeases() *cobra.Command {
	return e.ingestKind("leases", "Leases of a DHCP server (ISC dhcpd, Kea, dnsmasq, Windows CSV)", nil)
}

// hidden lets a command go on under a name that help no longer shows.
func hidden(c *cobra.Command) *cobra.Command {
	c.Hidden = true
	return c
}

// ingestFiles sends one file after the other. A file that fails does not stop
// the others.
func (e *environment) ingestFiles(c *cobra.Command, kind string, files []string, params url.Values, dry bool) error {
	var jobs []job.Job
	failed, status := 0, exitFailed
	used := false // something of the files was
	for _, path := range files {
		j, err := e.ingestFile(c, kind, path, params, dry)
		if err != nil {
			if c.Context().Err() != nil {
				return c.Context().Err()
			}
			err = e.late(err)
			e.warn("%s: %v", path, why(err))
			failed, status = failed+1, statusOf(err)
			continue
		}
		for _, f := range j.Errors {
			e.warn("%s: %s", f.Place, f.Text)
		}
		if j.State != job.Done {
			failed++
		}
		used = used || j.State == job.Done || j.State == job.Partly
		jobs = append(jobs, j)
	}
	if len(jobs) == 0 {
		return exitWith(status, "")
	}
	if err := e.printImports(jobs); err != nil {
		return err
	}
	switch {
	case failed == 0:
		return nil
	case !used:
		return exitWith(status, "")
	}
	return exitWith(exitPartly, "")
}

func (e *environment) ingestFile(c *cobra.Command, kind, path string, params url.Values, dry bool) (job.Job, error) {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	f, size, err := e.openInput(path)
	if err != nil {
		return job.Job{}, err
	}
	defer f.Close()
	if path == "-" {
		path = "stdin" // what the import is listed as
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return job.Job{}, err
	}
	q := url.Values{"kind": {kind}, "name": {filepath.Base(path)}}
	for k, v := range params {
		q[k] = v
	}
	if dry {
		q.Set("dryRun", strconv.FormatBool(true))
	}
	m := e.meter(filepath.Base(path), size)
	defer m.end()
	var j job.Job
	err = conn.do(ctx, call{method: http.MethodPost, path: "/imports", query: q, stream: m.reader(f), size: size}, &j)
	return j, err
}

// openInput opens a file and tells its size where it is known; "-" is standard
// input.
func (e *environment) openInput(path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(e.stdin), 0, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	var size int64
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	return f, size, nil
}

// printImports prints the jobs; for lists of devices, what each did.
func (e *environment) printImports(jobs []job.Job) error {
	if e.output != "table" && e.output != "wide" {
		return writeList(e, jobs, jobColumns())
	}
	if err := writeList(e, jobs, jobColumns()); err != nil {
		return err
	}
	for _, j := range jobs {
		raw, err := json.Marshal(j.Result)
		var r struct {
			asset.ImportReport
			Feed *asset.ImportRecord `json:"feed"`
		}
		if err != nil || json.Unmarshal(raw, &r) != nil {
			continue
		}
		if f := r.Feed; f != nil {
			r.ImportReport = asset.ImportReport{ID: f.ID, Rows: f.Rows, Exact: f.Exact, Probable: f.Probable, Conflict: f.Conflict, New: f.New}
		}
		if r.Rows > 0 {
			printReport(e.stdout, r.ImportReport)
		}
	}
	return nil
}

func printReport(w io.Writer, r asset.ImportReport) {
	fmt.Fprintf(w, "%d lines: %d exact, %d probable, %d in conflict, %d new\n", r.Rows, r.Exact, r.Probable, r.Conflict, r.New)
	if len(r.Unmapped) > 0 {
		fmt.Fprintf(w, "columns left out: %s (--mapping says what a column holds)\n", printable(strings.Join(r.Unmapped, ", ")))
	}
	for i, m := range r.Matches {
		if i == 40 || m.Match == asset.NewMatch && !r.DryRun {
			break
		}
		fmt.Fprintf(w, "  line %d %s: %s: %s\n", m.Line, printable(m.Name), m.Match, printable(m.Why))
	}
	if r.ID != "" {
		fmt.Fprintf(w, "to take it back: bedrail inventory undo %s\n", r.ID)
	}
}
