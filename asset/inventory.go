package asset

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"bedrail"
	"bedrail/format/table"
	"bedrail/traffic"
)

// An InventoryRow is one device as the hospital's own record has it.
type InventoryRow struct {
	File string `json:"file"`
	Line int    `json:"line"`

	AssetTag        string      `json:"assetTag,omitempty"`
	Class           string      `json:"class,omitempty"` // a class word, or empty when the text names none
	Description     string      `json:"description,omitempty"`
	Manufacturer    string      `json:"manufacturer,omitempty"`
	Model           string      `json:"model,omitempty"`
	SerialNumber    string      `json:"serialNumber,omitempty"`
	SoftwareVersion string      `json:"softwareVersion,omitempty"`
	OperatingSystem string      `json:"operatingSystem,omitempty"`
	UDI             string      `json:"udi,omitempty"`
	MAC             traffic.MAC `json:"mac,omitempty"`
	IP              netip.Addr  `json:"ip,omitzero"`
	Hostname        string      `json:"hostname,omitempty"`
	Site            string      `json:"site,omitempty"`
	Building        string      `json:"building,omitempty"`
	Floor           string      `json:"floor,omitempty"`
	Unit            string      `json:"unit,omitempty"`
	Room            string      `json:"room,omitempty"`
	Bed             string      `json:"bed,omitempty"`
}

// A Problem is a place in a file that could not be used. The rest was.
type Problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"` // heading of the cell, where it is one cell
	Text   string `json:"text"`
}

func (p Problem) String() string { return p.Place() + ": " + p.Text }

// Place is where in the file it is.
func (p Problem) Place() string {
	if p.Column != "" {
		return fmt.Sprintf("%s, line %d, column %q", p.File, p.Line, p.Column)
	}
	return fmt.Sprintf("%s, line %d", p.File, p.Line)
}

// maxProblems bounds how many problems of one file are kept; the others are
// counted.
const maxProblems = 200

// An Inventory is what a CMMS export held.
type Inventory struct {
	Rows     []InventoryRow    `json:"rows"`
	Problems []Problem         `json:"problems"`
	Uncited  int               `json:"uncited"`  // problems beyond those listed
	Mapping  map[string]string `json:"mapping"`  // heading to field
	Unmapped []string          `json:"unmapped"` // headings that were not understood
}

// ReadCMMS reads the export of a maintenance system, CSV or XLSX. Its headings
// are guessed from the words hospitals use; mapping, from heading to field
// name, overrides the guess and may be nil ("-" leaves a column out). A row
// that cannot be used becomes a Problem and the others are used. An error
// means that nothing was: it names the file and what to do.
func ReadCMMS(name string, r io.Reader, mapping map[string]string) (Inventory, error) {
	var out Inventory
	c := columnReader{name: name, mapping: mapping, fieldOf: fieldOf, enough: namesDevices}
	c.use = func(r table.Row) {
		row := InventoryRow{File: name, Line: r.Line}
		bad := c.cells(r, row.set)
		switch {
		case row.names():
			out.Rows = append(out.Rows, row)
		case !bad:
			c.problem(r.Line, "", "the row names no device: asset tag, serial number, model, MAC and UDI are all empty")
		}
	}
	err := c.read(r)
	out.Problems, out.Uncited, out.Mapping, out.Unmapped = c.problems, c.uncited, c.fields, c.unmapped
	switch {
	case err != nil && len(out.Rows) == 0:
		return out, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	case err != nil:
		c.problem(c.last, "", err.Error()+"; what came before was used")
		out.Problems, out.Uncited = c.problems, c.uncited
	case c.columns == nil:
		return out, bedrail.Errorf(bedrail.Invalid, "%s: no line of headings was found: name the columns on the screen or by a mapping; one has to hold the asset tag, model or serial number", name)
	}
	return out, nil
}

// namesDevices reports whether columns are those of a list of devices: one of
// them identifies a device, and another says something of it.
func namesDevices(fields map[string]bool) bool {
	for _, f := range []string{"assetTag", "model", "serialNumber", "mac", "udi"} {
		if fields[f] {
			return len(fields) >= 2
		}
	}
	return false
}

func (row *InventoryRow) set(field, text string) error {
	switch field {
	case "mac":
		m, ok := ParseMAC(text)
		if !ok {
			return fmt.Errorf("%q is not a MAC address", clip(text))
		}
		row.MAC = m
	case "ip":
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("%q is not an IP address", clip(text))
		}
		row.IP = ip.Unmap()
	case "class":
		row.Description = text
		row.Class = ClassOfText(text)
	default:
		*row.text(field) = text
	}
	return nil
}

// text returns the place of a field that is plain text.
func (row *InventoryRow) text(field string) *string {
	switch field {
	case "assetTag":
		return &row.AssetTag
	case "manufacturer":
		return &row.Manufacturer
	case "model":
		return &row.Model
	case "serialNumber":
		return &row.SerialNumber
	case "softwareVersion":
		return &row.SoftwareVersion
	case "operatingSystem":
		return &row.OperatingSystem
	case "udi":
		return &row.UDI
	case "hostname":
		return &row.Hostname
	case "site":
		return &row.Site
	case "building":
		return &row.Building
	case "floor":
		return &row.Floor
	case "unit":
		return &row.Unit
	case "room":
		return &row.Room
	case "bed":
		return &row.Bed
	}
	return new(string)
}

func (row InventoryRow) names() bool {
	return row.AssetTag != "" || row.SerialNumber != "" || row.Model != "" || row.MAC != "" || row.UDI != ""
}

// blank reports the ways in which people write that a cell is empty.
func blank(text string) bool {
	switch strings.ToLower(text) {
	case "", "-", "--", "n/a", "na", "none", "null", "unknown", "unk", "tbd", "?", "#n/a", "k.a.", "k. a.", "unbekannt", "keine", "entfällt", "inconnu", "néant", "desconocido", "ninguno":
		return true
	}
	return false
}

func clip(text string) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(text[:40], "") + "..."
	}
	return text
}

// CMMSFields are the fields that a column can be mapped to.
func CMMSFields() []string {
	return []string{"assetTag", "class", "manufacturer", "model", "serialNumber", "softwareVersion", "operatingSystem", "udi",
		"mac", "ip", "hostname", "site", "building", "floor", "unit", "room", "bed"}
}

// ParseMapping reads a mapping of columns: a JSON object from heading to one of
// fields, as an import's report gives it. Nothing is no mapping.
func ParseMapping(text string, fields []string) (map[string]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var m map[string]string
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "the mapping of columns is no JSON object from heading to field, such as {\"Type of thing\": \"class\"}: %w", err)
	}
	return m, checkMapping(m, fields)
}

func checkMapping(m map[string]string, fields []string) error {
	for _, heading := range sortedKeys(m) {
		if field := m[heading]; field != "-" && !slices.Contains(fields, field) {
			return bedrail.Errorf(bedrail.Invalid, "the mapping of columns gives %q the field %q; the fields are %s, and - leaves a column out", heading, field, strings.Join(fields, ", "))
		}
	}
	return nil
}

// plain keeps the letters and digits of text, in lower case.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127:
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, text)
}
