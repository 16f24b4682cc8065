package oneshot

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/feed"
	"bedrail/format/cpe"
	"bedrail/format/eol"
	"bedrail/format/kev"
	"bedrail/format/purl"
	"bedrail/format/recall"
	"bedrail/sbom"
	"bedrail/vuln"
)

// An AssessRequest says what to assess against which feeds.
type AssessRequest struct {
	Bills   []string // files
	Devices string   // export of a maintenance system, CSV or XLSX, or empty
	Feeds   []string // folders or files
	Cache   string   // folder in which parsed feeds are kept by their content; empty keeps none
	Clock   bedrail.Clock
	// Problem hears of each file, or place in one, that could not be used.
	Problem func(string)
}

// An Assessment is the answer of bedrail assess, as printed.
type Assessment struct {
	Bills    []BillSummary  `json:"bills"`
	Feeds    []feed.Summary `json:"feeds"`
	Findings []Finding      `json:"findings"`
	Coverage []Coverage     `json:"coverage"`
	Problems []string       `json:"problems"`

	Devices []DeviceExposure `json:"devices,omitempty"`
	Units   []UnitExposure   `json:"units,omitempty"`
}

// A BillSummary is one bill that was read.
type BillSummary struct {
	Path        string       `json:"path"`
	Format      string       `json:"format"`
	SpecVersion string       `json:"specVersion"`
	Components  int          `json:"components"`
	Quality     sbom.Quality `json:"quality"`
	Warnings    []string     `json:"warnings,omitempty"`
}

// A Finding is one component and one weakness that touches it.
type Finding struct {
	Bill          string        `json:"bill"`
	Component     ComponentName `json:"component"`
	Vulnerability string        `json:"vulnerability"`
	Aliases       []string      `json:"aliases"`
	Title         string        `json:"title,omitempty"`
	Status        vuln.Status   `json:"status"`
	Match         MatchSummary  `json:"match"`
	Fixed         []string      `json:"fixed"`
	KEV           bool          `json:"kev"`
	EPSS          *float32      `json:"epss"`
	CVSS          []vuln.Score  `json:"cvss"`
	Sources       []string      `json:"sources"`
}

// A ComponentName names a component of a bill.
type ComponentName struct {
	Ref     string `json:"ref"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
	CPE     string `json:"cpe"`
}

// A MatchSummary says how an answer was found and how sure it is.
type MatchSummary struct {
	By         vuln.By `json:"by"`
	Confidence float64 `json:"confidence"`
	Reason     string  `json:"reason"`
}

// Coverage says how many components of an ecosystem there are, and how many
// advisories could be asked about them. Missing means none: nothing is known
// of those components, which is not the same as clean.
type Coverage struct {
	Ecosystem  string `json:"ecosystem"`
	Components int    `json:"components"`
	Advisories int    `json:"advisories"`
	Missing    bool   `json:"missing"`

	Newest string `json:"newest,omitempty"` // day of the newest advisory
	Stale  bool   `json:"stale,omitempty"`  // no advisory of the last quarter: what was published since is not known
}

// A DeviceExposure is what is known of one device of the inventory.
type DeviceExposure struct {
	ID              string          `json:"id"`
	AssetTag        string          `json:"assetTag"`
	Manufacturer    string          `json:"manufacturer"`
	Model           string          `json:"model"`
	SoftwareVersion string          `json:"softwareVersion"`
	Site            string          `json:"site,omitempty"`
	Unit            string          `json:"unit"`
	Status          vuln.Status     `json:"status"`
	Reason          string          `json:"reason,omitempty"`
	Vulnerabilities []DeviceMatch   `json:"vulnerabilities"`
	EndOfLife       *vuln.EndOfLife `json:"endOfLife"`
	Recalls         []vuln.Recall   `json:"recalls"`
}

// A DeviceMatch is one weakness of a device's model.
type DeviceMatch struct {
	Vulnerability string      `json:"vulnerability"`
	Status        vuln.Status `json:"status"`
	By            vuln.By     `json:"by"`
	Confidence    float64     `json:"confidence"`
	Reason        string      `json:"reason"`
	KEV           bool        `json:"kev"`
	Score         float64     `json:"score"`
	Sources       []string    `json:"sources"`
}

// A UnitExposure counts the devices of a unit.
type UnitExposure struct {
	Unit        string `json:"unit"`
	Devices     int    `json:"devices"`
	Affected    int    `json:"affected"`
	Undecidable int    `json:"undecidable"`
	EndOfLife   int    `json:"endOfLife"`
	Recalled    int    `json:"recalled"`

	RecallUndecidable int `json:"recallUndecidable"`
}

// AnyAffected reports whether anything is affected, which is what the exit
// status says.
func (a Assessment) AnyAffected() bool {
	return slices.ContainsFunc(a.Findings, func(f Finding) bool { return f.Status == vuln.Affected }) ||
		slices.ContainsFunc(a.Devices, func(d DeviceExposure) bool { return d.Status == vuln.Affected })
}

// Assess answers which components of the bills, and which devices of the
// inventory, are exposed to what the feeds know. What cannot be read is told
// to req.Problem and the rest is used. An error means that nothing could be
// assessed.
func Assess(ctx context.Context, req AssessRequest) (Assessment, error) {
	out := Assessment{Bills: []BillSummary{}, Findings: []Finding{}, Coverage: []Coverage{}, Problems: []string{}}
	problem := func(text string) {
		out.Problems = append(out.Problems, text)
		if req.Problem != nil {
			req.Problem(text)
		}
	}
	var bills []sbom.Bill
	for _, path := range req.Bills {
		b, err := readBill(path)
		if err != nil {
			problem(err.Error())
			continue
		}
		bills = append(bills, b)
	}
	if len(bills) == 0 && req.Devices == "" {
		return out, bedrail.Errorf(bedrail.Invalid, "none of the bills could be read; see the lines above")
	}
	x, feeds, err := cachedFeeds(ctx, req, problem)
	if err != nil {
		return out, err
	}
	out.Feeds = feeds
	covered := coverage{}
	for _, b := range bills {
		out.Bills = append(out.Bills, BillSummary{b.Name, b.Format, b.SpecVersion, len(b.Components), b.Quality, b.Warnings})
		out.Findings = assessBill(ctx, x, b, covered, out.Findings)
	}
	slices.SortStableFunc(out.Findings, compareFindings)
	out.Coverage = covered.list(x, newestOf(feeds), req.Clock.Now())
	if req.Devices != "" {
		if err := out.assessDevices(ctx, x, req, problem); err != nil {
			return out, err
		}
	}
	return out, ctx.Err()
}

func readBill(path string) (sbom.Bill, error) {
	f, err := os.Open(path)
	if err != nil {
		return sbom.Bill{}, err
	}
	defer f.Close()
	return sbom.Read(path, f)
}

// loadFeeds reads the feeds into an index.
func loadFeeds(ctx context.Context, req AssessRequest, problem func(string)) (*vuln.Index, []feed.Summary, error) {
	x := vuln.NewIndex()
	r := feed.Reader{Sink: feed.Sink{
		Advisory: x.Add,
		KEV:      func(e kev.Entry) { x.KEV[e.CVE] = e },
		EPSS:     func(cve string, score float32) { x.EPSS[cve] = score },
		EOL:      func(p eol.Product) { x.EOL = append(x.EOL, p) },
		Recall:   func(n recall.Notice) { x.Recalls = append(x.Recalls, n) },
		Problem:  func(p feed.Problem) { problem(p.String()) },
	}}
	for _, path := range req.Feeds {
		if err := r.Path(ctx, path); err != nil {
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			problem(fmt.Sprintf("%s: %v; give a folder that holds the feeds", path, err))
		}
	}
	x.Seal(req.Clock.Now())
	return x, r.Summaries(), nil
}

// assessBill asks for every component, on every processor: an index is only
// read.
func assessBill(ctx context.Context, x *vuln.Index, b sbom.Bill, covered coverage, into []Finding) []Finding {
	present := vuln.Present(b.Components)
	for _, c := range b.Components {
		covered.add(c)
	}
	size := max(1, (len(b.Components)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	parts := slices.Collect(slices.Chunk(b.Components, size))
	found := make([][]Finding, len(parts))
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() {
			for _, c := range part {
				if ctx.Err() != nil {
					return
				}
				found[i] = assessComponent(x, b.Name, c, present, found[i])
			}
		})
	}
	all.Wait()
	return append(into, slices.Concat(found...)...)
}

func assessComponent(x *vuln.Index, bill string, c sbom.Component, present []cpe.Name, into []Finding) []Finding {
	for _, m := range x.Component(c, present) {
		f := Finding{
			Bill: bill, Component: ComponentName{c.Ref, c.Name, c.Version, c.PURL, c.CPE},
			Vulnerability: m.Vulnerability, Aliases: m.Aliases, Title: m.Title, Status: m.Status,
			Match: MatchSummary{m.By, m.Confidence, m.Reason}, Fixed: m.Fixed, KEV: m.KEV, CVSS: m.Scores, Sources: m.Sources,
		}
		if f.CVSS == nil {
			f.CVSS = []vuln.Score{}
		}
		if score, ok := x.Likelihood(m); ok {
			f.EPSS = &score
		}
		into = append(into, f)
	}
	return into
}

func compareFindings(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Bill, b.Bill), cmp.Compare(a.Component.Name, b.Component.Name), cmp.Compare(a.Component.Version, b.Component.Version),
		cmp.Compare(a.Component.Ref, b.Component.Ref), cmp.Compare(a.Vulnerability, b.Vulnerability))
}

// coverage counts components by the ecosystem under which they are looked up.
type coverage map[string]int

func (c coverage) add(component sbom.Component) {
	p, err := purl.Parse(component.PURL)
	ecosystem := ""
	if err == nil {
		ecosystem, _, _ = p.Ecosystem()
	}
	switch {
	case ecosystem != "":
		c[ecosystem]++
	case component.CPE != "":
		c["CPE"]++
	default:
		c["no identifier"]++
	}
}

// quarter is the age from which the newest advisory of an ecosystem shows that
// its feed was not brought in lately.
const quarter = 92 * 24 * time.Hour

// newestOf returns the time of the newest advisory by ecosystem.
func newestOf(feeds []feed.Summary) map[string]time.Time {
	out := map[string]time.Time{}
	for _, f := range feeds {
		kind, ecosystem, _ := strings.Cut(f.Name, ":")
		if kind == "nvd" || kind == "cve" {
			ecosystem = "CPE"
		}
		if f.Newest.After(out[ecosystem]) {
			out[ecosystem] = f.Newest
		}
	}
	return out
}

func (c coverage) list(x *vuln.Index, newest map[string]time.Time, now time.Time) []Coverage {
	out := []Coverage{}
	known := x.Ecosystems()
	for name, n := range c {
		row := Coverage{Ecosystem: name, Components: n, Advisories: known[name], Missing: known[name] == 0}
		if at := newest[name]; !at.IsZero() && !row.Missing {
			row.Newest, row.Stale = at.Format(time.DateOnly), now.Sub(at) > quarter
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b Coverage) int { return cmp.Compare(a.Ecosystem, b.Ecosystem) })
	return out
}

// assessDevices reads the inventory and answers for each device. Devices of
// one model and version share their answer.
func (a *Assessment) assessDevices(ctx context.Context, x *vuln.Index, req AssessRequest, problem func(string)) error {
	f, err := os.Open(req.Devices)
	if err != nil {
		return err
	}
	defer f.Close()
	inventory, err := asset.ReadCMMS(req.Devices, bufio.NewReaderSize(io.Reader(f), 64<<10), nil)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "%w", err)
	}
	for _, p := range inventory.Problems {
		problem(p.String())
	}
	if inventory.Uncited > 0 {
		problem(fmt.Sprintf("%s: %d more lines could not be used", req.Devices, inventory.Uncited))
	}
	models := map[asset.ModelKey][]DeviceMatch{}
	systems := map[string]*vuln.EndOfLife{}
	units := map[string]*UnitExposure{}
	a.Devices = make([]DeviceExposure, 0, len(inventory.Rows))
	for _, row := range inventory.Rows {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d := exposureOf(x, row, models, systems)
		a.Devices = append(a.Devices, d)
		unit := units[d.Unit]
		if unit == nil {
			unit = &UnitExposure{Unit: d.Unit}
			units[d.Unit] = unit
		}
		unit.count(d)
	}
	a.Units = make([]UnitExposure, 0, len(units))
	for _, u := range units {
		a.Units = append(a.Units, *u)
	}
	slices.SortFunc(a.Units, func(p, q UnitExposure) int { return cmp.Compare(p.Unit, q.Unit) })
	return nil
}

func (u *UnitExposure) count(d DeviceExposure) {
	u.Devices++
	switch d.Status {
	case vuln.Affected:
		u.Affected++
	case vuln.Undecidable:
		u.Undecidable++
	}
	if d.EndOfLife != nil && d.EndOfLife.Over {
		u.EndOfLife++
	}
	switch {
	case slices.ContainsFunc(d.Recalls, func(r vuln.Recall) bool { return r.Status == vuln.Affected }):
		u.Recalled++
	case slices.ContainsFunc(d.Recalls, func(r vuln.Recall) bool { return r.Status == vuln.Undecidable }):
		u.RecallUndecidable++
	}
}

func exposureOf(x *vuln.Index, row asset.InventoryRow, models map[asset.ModelKey][]DeviceMatch, systems map[string]*vuln.EndOfLife) DeviceExposure {
	key := asset.ModelKey{Manufacturer: row.Manufacturer, Model: row.Model, Version: row.SoftwareVersion}
	matches, ok := models[key]
	if !ok {
		matches = modelMatches(x, key)
		models[key] = matches
	}
	d := DeviceExposure{
		ID: bedrail.HashID("dev", row.AssetTag, row.Manufacturer, row.Model, row.SerialNumber, string(row.MAC)), AssetTag: row.AssetTag,
		Manufacturer: row.Manufacturer, Model: row.Model, SoftwareVersion: row.SoftwareVersion, Site: row.Site, Unit: row.Unit,
		Vulnerabilities: matches, Recalls: x.Recalled(row.Manufacturer, row.Model, row.SoftwareVersion, row.SerialNumber, row.UDI),
	}
	if d.Recalls == nil {
		d.Recalls = []vuln.Recall{}
	}
	d.EndOfLife = endOfLife(x, row, systems)
	d.judge()
	return d
}

func modelMatches(x *vuln.Index, key asset.ModelKey) []DeviceMatch {
	out := []DeviceMatch{}
	for _, m := range x.Model(key) {
		best, _ := vuln.Best(m.Scores)
		out = append(out, DeviceMatch{m.Vulnerability, m.Status, m.By, m.Confidence, m.Reason, m.KEV, best.Score, m.Sources})
	}
	return out
}

// endOfLife asks for the operating system, else for the model itself. A
// device still supported has none to show.
func endOfLife(x *vuln.Index, row asset.InventoryRow, known map[string]*vuln.EndOfLife) *vuln.EndOfLife {
	key := row.OperatingSystem + "\x00" + row.Manufacturer + "\x00" + row.Model
	if e, ok := known[key]; ok {
		return e
	}
	var found *vuln.EndOfLife
	e, ok := x.OperatingSystem(row.OperatingSystem)
	if !ok {
		e, ok = x.DeviceModel(row.Manufacturer, row.Model)
	}
	if ok {
		found = &e
	}
	known[key] = found
	return found
}

// judge sets the device's answer: the strongest of its weaknesses. A device
// whose maker or model is not known, or whose version is not known, is
// undecidable, never clean.
func (d *DeviceExposure) judge() {
	d.Status = vuln.NotAffected
	for _, m := range d.Vulnerabilities {
		switch {
		case m.Status == vuln.Affected:
			d.Status, d.Reason = vuln.Affected, m.Vulnerability+": "+m.Reason
			return
		case m.Status == vuln.Undecidable && d.Status != vuln.Undecidable:
			d.Status, d.Reason = vuln.Undecidable, m.Vulnerability+": "+m.Reason
		}
	}
	if d.Status == vuln.Undecidable {
		return
	}
	switch {
	case d.Manufacturer == "" || d.Model == "":
		d.Status, d.Reason = vuln.Undecidable, "the record does not name maker and model"
	case d.SoftwareVersion == "":
		d.Status, d.Reason = vuln.Undecidable, "the software version is not known, and there is no bill"
	}
}
