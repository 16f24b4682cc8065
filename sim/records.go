package sim

import (
	"archive/zip"
	"bytes"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"

	"bedrail"
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

// CMMS returns the hospital's inventory of record as a maintenance system
// exports it. It leaves out what nobody registered and knows some equipment
// in the wrong unit, as in life.
func (h *Hospital) CMMS() ([]byte, error) {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Write([]string{"Asset Tag", "Equipment Type", "Manufacturer", "Model", "Serial Number", "Software Version", "Operating System", "MAC Address", "Site", "Department", "Room", "Bed"})
	for i, d := range h.Devices {
		if !d.InRecords {
			continue
		}
		unit, version := d.Unit, d.Version
		if i%29 == 0 {
			unit = units[(i/29)%len(units)]
		}
		if i%7 == 0 {
			version = "" // nobody wrote it down
		}
		w.Write([]string{d.AssetTag, d.Model.Class, d.Model.Manufacturer, d.Model.Name, d.Serial, version, d.System, d.MAC.String(), h.Site, unit, d.Room, d.Bed})
	}
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
