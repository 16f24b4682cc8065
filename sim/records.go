package sim

import (
	"archive/zip"
	"bytes"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"bedrail"
	"bedrail/api"
)

// feeds are published advisories, end-of-life records and exploited-
// vulnerability entries; docs/data-licences.md names sources and licences.
//
//go:embed data
var feeds embed.FS

// Feeds returns the hospital's vulnerability feeds as one zip archive, of the
// folders as they would lie on a mirror. Files whose name begins with hold
// are left out, so that they can arrive later.
func Feeds(hold string) ([]byte, error) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	err := fs.WalkDir(feeds, "data", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || hold != "" && len(d.Name()) >= len(hold) && d.Name()[:len(hold)] == hold {
			return err
		}
		body, err := feeds.ReadFile(path)
		if err != nil {
			return err
		}
		w, err := z.Create(path[len("data/"):])
		if err != nil {
			return err
		}
		_, err = w.Write(body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("packing the feeds: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("packing the feeds: %w", err)
	}
	return buf.Bytes(), nil
}

// Advisory returns one advisory of the feeds by its file name.
func Advisory(name string) ([]byte, error) { return feeds.ReadFile("data/csaf/" + name) }

// An entry is a line of the inventory of record, with in what it is wrong.
type entry struct {
	device                       *Device
	unit, version, serial, model string
	wrong                        string
	again                        bool // the same equipment a second time, under another tag
}

// entries are the lines of the inventory of record. It leaves out what nobody
// registered, lists what was thrown away, and knows some equipment in the
// wrong unit, by a mistyped number, by another name, or twice, as in life.
func (h *Hospital) entries() []entry {
	var out []entry
	for i, d := range h.Devices {
		if !d.InRecords {
			continue
		}
		e := entry{device: d, unit: d.Unit, version: d.Version, serial: d.Serial, model: d.Model.Name}
		switch {
		case d.Model.Cloud || d == h.story.pump || d == h.story.victim || d == h.story.scanner:
		case i%29 == 0:
			if other := units[(i/29)%len(units)]; other.Site == d.Site && other.Name != d.Unit {
				e.unit, e.wrong = other.Name, "wrong-unit"
			}
		case i%41 == 0:
			e.serial, e.wrong = swapped(d.Serial), "mistyped-serial"
		case i%37 == 0:
			e.model, e.wrong = strings.ToUpper(d.Model.Name), "renamed"
		case i%7 == 0 && d.Version != "":
			e.version, e.wrong = "", "no-version"
		case !d.OnWire:
			e.wrong = "absent"
		}
		out = append(out, e)
		if i%311 == 10 {
			e.again, e.wrong = true, "twice"
			out = append(out, e)
		}
	}
	return out
}

// swapped is a number as a tired person types it: two digits change places.
func swapped(s string) string {
	b := []byte(s)
	for i := len(b) - 1; i > 0; i-- {
		if b[i] != b[i-1] {
			b[i], b[i-1] = b[i-1], b[i]
			break
		}
	}
	return string(b)
}

// Disagreements counts in what the inventory of record differs from the wire.
func (h *Hospital) Disagreements() []api.DemoDisagreement {
	counts := map[string]int{}
	for _, e := range h.entries() {
		counts[e.wrong]++
	}
	for _, d := range h.Devices {
		if d.Speaks() && !d.InRecords {
			counts["unregistered"]++
		}
	}
	out := []api.DemoDisagreement{
		{Kind: "unregistered", Text: "are on the wire and in no list"}, {Kind: "absent", Text: "are on the list and not on the wire"},
		{Kind: "wrong-unit", Text: "stand in another unit than the list says"}, {Kind: "mistyped-serial", Text: "have two digits of their serial number swapped"},
		{Kind: "renamed", Text: "have the name of their model written otherwise"}, {Kind: "no-version", Text: "have no software version on the list"},
		{Kind: "twice", Text: "are listed twice under two tags"},
	}
	for i := range out {
		out[i].Count = counts[out[i].Kind]
	}
	return out
}

// CMMS returns the hospital's inventory of record as a maintenance system
// exports it.
func (h *Hospital) CMMS() ([]byte, error) {
	return table([]string{"Asset Tag", "Equipment Type", "Manufacturer", "Model", "Serial Number", "Software Version", "Operating System", "MAC Address", "Site", "Department", "Room", "Bed"},
		func(row func(...string)) {
			for _, e := range h.entries() {
				d := e.device
				tag := d.AssetTag
				if e.again {
					tag = strings.Replace(tag, "DG-1", "DG-9", 1)
				}
				row(tag, d.Model.Class, d.Model.Manufacturer, e.model, e.serial, e.version, d.System, d.MAC.String(), d.Site, e.unit, d.Room, d.Bed)
			}
		})
}

// Maintenance returns when the equipment is next looked after, and which of it
// is on loan.
func (h *Hospital) Maintenance(now time.Time) ([]byte, error) {
	return table([]string{"Asset Tag", "Next PM", "Interval", "Loaner", "Type"}, func(row func(...string)) {
		for i, d := range h.Devices {
			if !d.InRecords || d.Model.Cloud || d.Model.MDC == "" {
				continue
			}
			loan := ""
			if i%173 == 0 {
				loan = "yes"
			}
			row(d.AssetTag, now.AddDate(0, 0, i*7%180-10).Format(time.DateOnly), "180", loan, d.Model.Class)
		}
	})
}

func table(head []string, fill func(row func(...string))) ([]byte, error) {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Write(head)
	fill(func(cells ...string) { w.Write(cells) })
	w.Flush()
	return buf.Bytes(), w.Error()
}

// A Bill is a bill of materials for one model at one version.
type Bill struct {
	Manufacturer, Model, Version string
	CycloneDX                    []byte
}

// Bills returns a bill for every version of every model that has one.
func (h *Hospital) Bills() ([]Bill, error) {
	var bills []Bill
	for i := range models {
		m := &models[i]
		if !m.InBill {
			continue
		}
		for _, version := range m.Versions {
			doc, err := json.MarshalIndent(m.bill(version), "", " ")
			if err != nil {
				return nil, fmt.Errorf("writing the bill of %s: %w", m.Name, err)
			}
			bills = append(bills, Bill{m.Manufacturer, m.Name, version, doc})
		}
	}
	return bills, nil
}

type component struct {
	Type     string `json:"type"`
	Ref      string `json:"bom-ref"`
	Name     string `json:"name"`
	Version  string `json:"version"`
	PURL     string `json:"purl,omitempty"`
	CPE      string `json:"cpe,omitempty"`
	Supplier *party `json:"supplier,omitempty"`
}

type party struct {
	Name string `json:"name"`
}

// bill is the model's bill in CycloneDX 1.6.
func (m *Model) bill(version string) map[string]any {
	var parts []component
	for i, p := range m.Parts {
		parts = append(parts, component{Type: "library", Ref: fmt.Sprint("part-", i), Name: p.Name, Version: p.Version, PURL: p.PURL, CPE: p.CPE})
	}
	return map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"serialNumber": "urn:uuid:" + uuid(m.Name, version),
		"metadata": map[string]any{
			"timestamp":  "2026-01-15T08:00:00Z",
			"component":  component{Type: "device", Ref: "device", Name: m.Name, Version: version, Supplier: &party{m.Manufacturer}},
			"properties": []map[string]string{{"name": "demo", "value": "made up for demonstration"}},
		},
		"components": parts,
	}
}

// uuid forms a version 8 UUID (RFC 9562) from the parts.
func uuid(parts ...string) string {
	const hex = "0123456789abcdef"
	id := bedrail.HashID("", parts...)
	out := []byte("00000000-0000-8000-8000-000000000000")
	k := 1
	for i := range out {
		if out[i] == '0' && k < len(id) {
			out[i] = hex[id[k]%16]
			k++
		}
	}
	return string(out)
}
