package asset

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/query"
)

// An ExportFormat is a form in which other systems take devices in.
type ExportFormat string

// The formats. What the columns of each mean stands in docs/inventory.md.
const (
	WriteBack  ExportFormat = "writeback"  // corrections to the maintenance system's list, CSV
	NetBox     ExportFormat = "netbox"     // devices as NetBox's bulk import takes them, CSV
	ServiceNow ExportFormat = "servicenow" // configuration items as an import set takes them, CSV
	FHIR       ExportFormat = "fhir"       // a Bundle of Device resources, R4
)

// ExportFormats lists them.
func ExportFormats() []ExportFormat { return []ExportFormat{WriteBack, NetBox, ServiceNow, FHIR} }

// ContentType is what a browser is told of the format.
func (f ExportFormat) ContentType() string {
	if f == FHIR {
		return "application/fhir+json"
	}
	return "text/csv; charset=utf-8"
}

// Export writes the devices within by's scope that match filter. Only what is
// likely or confirmed is written: a blank is not known.
func (r *Registry) Export(ctx context.Context, by bedrail.Actor, f ExportFormat, filter query.Filter, out io.Writer) error {
	if err := r.reading(ctx, by); err != nil {
		return err
	}
	e, err := newExporter(f, out, r.Clock.Now())
	if err != nil {
		return err
	}
	req := query.Request{Filter: filter, Sort: []query.SortKey{{Field: "id"}}, Limit: 500}
	for {
		page, err := r.Store.Devices(ctx, by.Scope, req)
		if err != nil {
			return err
		}
		for _, s := range page.Items {
			d, err := r.Store.Device(ctx, by.Scope, s.ID)
			if bedrail.KindOf(err) == bedrail.NotFound {
				continue // gone meanwhile
			}
			if err == nil {
				err = e.device(d)
			}
			if err != nil {
				return err
			}
		}
		if page.Next == "" {
			return e.end()
		}
		req.Cursor = page.Next
	}
}

// An exporter writes one device after the other.
type exporter interface {
	device(Device) error
	end() error
}

func newExporter(f ExportFormat, out io.Writer, now time.Time) (exporter, error) {
	switch f {
	case WriteBack:
		return newTableExport(out, []string{"asset_tag", "serial_number", "field", "list_says", "bedrail_says", "status", "source", "evidence", "seen"}, writeBackRows)
	case NetBox:
		return newTableExport(out, []string{"name", "role", "manufacturer", "device_type", "serial", "asset_tag", "site", "location", "status", "comments"},
			func(d Device) [][]string { return [][]string{netBoxRow(d, now)} })
	case ServiceNow:
		return newTableExport(out, []string{"correlation_id", "name", "sys_class_name", "manufacturer", "model_id", "serial_number", "asset_tag", "mac_address", "ip_address",
			"firmware_version", "os", "location", "first_discovered", "last_discovered", "discovery_source"},
			func(d Device) [][]string { return [][]string{serviceNowRow(d)} })
	case FHIR:
		return &fhirExport{out: out}, nil
	}
	return nil, bedrail.Errorf(bedrail.Invalid, "there is no export of the form %q; the forms are %v", f, ExportFormats())
}

// A tableExport writes CSV.
type tableExport struct {
	csv  *csv.Writer
	rows func(Device) [][]string
}

func newTableExport(out io.Writer, head []string, rows func(Device) [][]string) (*tableExport, error) {
	t := &tableExport{csv.NewWriter(out), rows}
	return t, t.csv.Write(head)
}

func (t *tableExport) device(d Device) error {
	for _, row := range t.rows(d) {
		for i := range row {
			row[i] = harmless(row[i])
		}
		if err := t.csv.Write(row); err != nil {
			return err
		}
	}
	return nil
}

func (t *tableExport) end() error {
	t.csv.Flush()
	return t.csv.Error()
}

// harmless keeps a spreadsheet from taking text of the network for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// writeBackRows are what the list of the maintenance system should be told: a
// row for each attribute that it lacks or has otherwise.
func writeBackRows(d Device) [][]string {
	var rows [][]string
	for _, c := range correctionsOf(d) {
		rows = append(rows, []string{c.AssetTag, c.SerialNumber, c.Field, c.ListSays, c.BedrailSays, string(c.Status), c.Source, c.Evidence, stamp(c.Seen)})
	}
	return rows
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func netBoxRow(d Device, now time.Time) []string {
	status := "active"
	switch StateOf(d, now) {
	case QuietDevice, GoneDevice:
		status = "offline"
	case ListedOnly:
		status = "inventory"
	}
	return []string{d.Name(), d.Class.Known(), d.Manufacturer.Known(), d.Model.Known(), d.SerialNumber.Known(), d.AssetTag, d.Location.Site,
		place(d.Location), status, "bedrail " + d.ID}
}

// place is where a device stands, below its site.
func place(l Location) string {
	l.Site = ""
	return l.place()
}

func serviceNowRow(d Device) []string {
	class := "cmdb_ci_netgear"
	switch d.Class.Known() {
	case "":
		class = "cmdb_ci_unclassed_hardware"
	case "server":
		class = "cmdb_ci_server"
	case "workstation", "imaging-workstation":
		class = "cmdb_ci_computer"
	case "printer":
		class = "cmdb_ci_printer"
	case "network":
	default:
		class = "cmdb_ci_medical_device"
	}
	mac, ip := "", ""
	if len(d.MACs) > 0 {
		mac = string(d.MACs[0])
	}
	if len(d.Addresses) > 0 {
		ip = d.Addresses[0].String()
	}
	return []string{d.ID, d.Name(), class, d.Manufacturer.Known(), d.Model.Known(), d.SerialNumber.Known(), d.AssetTag, mac, ip,
		d.SoftwareVersion.Known(), d.OperatingSystem.Known(), d.Location.place(), stamp(d.FirstSeen), stamp(d.LastSeen), "Bedrail"}
}

// A fhirExport writes a Bundle, entry by entry.
type fhirExport struct {
	out io.Writer
	n   int
}

func (f *fhirExport) device(d Device) error {
	head := `{"resourceType":"Bundle","type":"collection","entry":[`
	if f.n > 0 {
		head = ","
	}
	f.n++
	raw, err := json.Marshal(map[string]any{"fullUrl": "urn:bedrail:device:" + d.ID, "resource": fhirDevice(d)})
	if err != nil {
		return err
	}
	_, err = io.WriteString(f.out, head+"\n"+string(raw))
	return err
}

func (f *fhirExport) end() error {
	text := "\n]}\n"
	if f.n == 0 {
		text = `{"resourceType":"Bundle","type":"collection"}` + "\n"
	}
	_, err := io.WriteString(f.out, text)
	return err
}

// fhirDevice is a device as FHIR R4 has it (Device; hl7.org/fhir/R4).
func fhirDevice(d Device) map[string]any {
	r := map[string]any{"resourceType": "Device", "id": strings.ReplaceAll(d.ID, "_", "-"), "status": "active"}
	identifiers := []map[string]any{{"system": "urn:bedrail:device", "value": d.ID}}
	if d.AssetTag != "" {
		identifiers = append(identifiers, map[string]any{"system": "urn:bedrail:asset-tag", "value": d.AssetTag})
	}
	for _, m := range d.MACs {
		identifiers = append(identifiers, map[string]any{"system": "urn:bedrail:mac", "value": string(m)})
	}
	r["identifier"] = identifiers
	set := func(name, value string) {
		if value != "" {
			r[name] = value
		}
	}
	set("manufacturer", d.Manufacturer.Known())
	set("serialNumber", d.SerialNumber.Known())
	if m := d.Model.Known(); m != "" {
		r["deviceName"] = []map[string]any{{"name": m, "type": "model-name"}}
	}
	if c := d.Class.Known(); c != "" {
		r["type"] = map[string]any{"coding": []map[string]any{{"system": "urn:bedrail:class", "code": c}}, "text": c}
	}
	if v := d.SoftwareVersion.Known(); v != "" {
		r["version"] = []map[string]any{{"value": v}}
	}
	if p := d.Location.place(); p != "" {
		r["location"] = map[string]any{"display": p}
	}
	return r
}
