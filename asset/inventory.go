package asset

import (
	"encoding/json"
	"errors"
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
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

func (p Problem) String() string { return p.Place() + ": " + p.Text }

// Place is where in the file it is.
func (p Problem) Place() string { return fmt.Sprintf("%s, line %d", p.File, p.Line) }

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
	c := cmmsReader{name: name, mapping: mapping}
	err := table.Read(r, table.Limits{}, c.row, func(line int, text string) { c.problem(line, text) })
	if err != nil && len(c.out.Rows) == 0 {
		return c.out, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	if err != nil {
		c.problem(c.last, err.Error()+"; what came before was used")
	}
	if c.columns == nil {
		return c.out, bedrail.Errorf(bedrail.Invalid, "%s: no line of headings was found: name a column for the asset tag, model or serial number", name)
	}
	return c.out, nil
}

type cmmsReader struct {
	name    string
	mapping map[string]string
	columns []string // field of each column, "" when not used
	tries   int
	last    int
	out     Inventory
}

func (c *cmmsReader) problem(line int, text string) {
	if len(c.out.Problems) == maxProblems {
		c.out.Uncited++
		return
	}
	c.out.Problems = append(c.out.Problems, Problem{c.name, line, text})
}

// headingTries is how many lines may stand above the headings: report titles,
// dates, empty decoration.
const headingTries = 20

func (c *cmmsReader) row(r table.Row) error {
	c.last = r.Line
	if c.columns == nil {
		c.headings(r.Cells)
		if c.tries++; c.columns == nil && c.tries == headingTries {
			return errors.New("none of the first lines reads like headings; give the mapping of columns")
		}
		return nil
	}
	row, err := c.fill(r)
	if err != nil {
		c.problem(r.Line, err.Error())
	}
	if !row.names() {
		if err == nil {
			c.problem(r.Line, "the row names no device: asset tag, serial number, model, MAC and UDI are all empty")
		}
		return nil
	}
	c.out.Rows = append(c.out.Rows, row)
	return nil
}

// headings takes cells as the headings when at least two of them are known
// and one of these identifies a device.
func (c *cmmsReader) headings(cells []string) {
	columns := make([]string, len(cells))
	mapping := map[string]string{}
	var unmapped []string
	identifies := false
	taken := map[string]bool{}
	for i, h := range cells {
		field := fieldOf(h, c.mapping)
		if field == "-" || h == "" {
			continue
		}
		if field == "" || taken[field] {
			unmapped = append(unmapped, h)
			continue
		}
		taken[field] = true
		columns[i], mapping[h] = field, field
		switch field {
		case "assetTag", "model", "serialNumber", "mac", "udi":
			identifies = true
		}
	}
	if len(mapping) < 2 || !identifies {
		return
	}
	c.columns, c.out.Mapping, c.out.Unmapped = columns, mapping, unmapped
}

// fill reads the cells of a row. It returns what could be used even with an
// error, which names the cell that could not.
func (c *cmmsReader) fill(r table.Row) (InventoryRow, error) {
	row := InventoryRow{File: c.name, Line: r.Line}
	var wrong []string
	for i, text := range r.Cells {
		if i >= len(c.columns) || c.columns[i] == "" || blank(text) {
			continue
		}
		if err := row.set(c.columns[i], text); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	if wrong != nil {
		return row, errors.New(strings.Join(wrong, "; "))
	}
	return row, nil
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
	case "", "-", "--", "n/a", "na", "none", "null", "unknown", "unk", "tbd", "?", "#n/a":
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

// ParseMapping reads a saved mapping of columns: a JSON object from heading to
// field, as an import's report gives it. Nothing is no mapping.
func ParseMapping(text string) (map[string]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var m map[string]string
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "the mapping of columns is no JSON object from heading to field, such as {\"Type of thing\": \"class\"}: %w", err)
	}
	for _, heading := range sortedKeys(m) {
		if field := m[heading]; field != "-" && !slices.Contains(CMMSFields(), field) {
			return nil, bedrail.Errorf(bedrail.Invalid, "the mapping of columns gives %q the field %q; the fields are %s, and - leaves a column out", heading, field, strings.Join(CMMSFields(), ", "))
		}
	}
	return m, nil
}

// fieldOf guesses the field that a heading names.
func fieldOf(heading string, mapping map[string]string) string {
	if f, ok := mapping[heading]; ok {
		return f
	}
	words := plain(heading)
	for _, f := range CMMSFields() {
		if words == plain(f) {
			return f
		}
	}
	return headingOf(words)
}

// headingOf knows the headings that maintenance systems give their columns,
// in plain form: letters and digits only.
func headingOf(words string) string {
	switch words {
	case "assetnumber", "assetno", "assetid", "asset", "tag", "tagnumber", "equipmentid", "equipmentnumber", "equipmentno", "equipno", "controlnumber", "controlno",
		"cenumber", "ceno", "inventorynumber", "inventoryno", "inventarnummer", "invnr", "bmetag", "biomedtag", "propertynumber", "barcode", "tagno", "equipid":
		return "assetTag"
	case "devicetype", "type", "equipmenttype", "category", "devicecategory", "description", "equipmentdescription", "assetdescription", "assettype", "devicedescription",
		"modality", "umdnsname", "gmdnname", "nomenclature", "gerätetyp", "geräteart", "bezeichnung":
		return "class"
	case "make", "mfr", "mfg", "manufacturername", "vendor", "oem", "brand", "hersteller", "mfrname", "mfgname", "maker":
		return "manufacturer"
	case "modelname", "modelnumber", "modelno", "modelnr", "modell", "typ", "product", "productname", "modeldescription":
		return "model"
	case "serial", "serialno", "sn", "seriennummer", "serialnr", "serialnum", "snr":
		return "serialNumber"
	case "software", "softwarerev", "softwarerevision", "swversion", "swrev", "firmware", "firmwareversion", "fwversion", "version", "softwarelevel", "sw", "revision":
		return "softwareVersion"
	case "os", "osname", "osversion", "operatingsystemversion", "betriebssystem":
		return "operatingSystem"
	case "udidi", "gtin", "deviceidentifier", "udinumber", "di":
		return "udi"
	case "macaddress", "macaddr", "ethernetaddress", "hardwareaddress", "physicaladdress", "macadresse", "wiredmac", "ethernetmac":
		return "mac"
	case "ipaddress", "ipaddr", "ipv4", "ipv4address", "networkaddress", "ipadresse":
		return "ip"
	case "host", "computername", "dnsname", "networkname", "systemname", "devicename", "fqdn":
		return "hostname"
	case "facility", "campus", "hospital", "facilityname", "sitename", "region", "standort":
		return "site"
	case "bldg", "buildingname", "gebäude":
		return "building"
	case "level", "storey", "etage", "flr":
		return "floor"
	case "department", "dept", "ward", "nursingunit", "careunit", "costcenter", "costcentre", "departmentname", "owningdepartment", "location", "unitname", "station", "abteilung":
		return "unit"
	case "roomnumber", "roomno", "rm", "raum", "zimmer":
		return "room"
	case "bedno", "bednumber", "bedspace", "bett", "bay":
		return "bed"
	}
	return ""
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
