package asset

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/table"
	"bedrail/traffic"
)

// portName is how switches name their ports.
var portName = regexp.MustCompile(`(?i)^(?:gi|te|fa|eth|et|twe|fo|hu|po|ge|xe|ae|lag|trk|port|swp)[a-z-]*\d[\d/.:]*$|^\d+/\d+(?:/\d+)*$|^[a-z]\d{1,2}$`)

// promptName is the name of a switch in front of a command that somebody
// typed.
var promptName = regexp.MustCompile(`^([A-Za-z0-9._-]{1,64})[#>]\s*\S`)

// ReadSwitchTable reads what a switch or router knows of its neighbours: its
// table of hardware addresses (which port each is on) or its ARP table (which
// address each holds), as the command line prints it or as CSV. Lines that
// name no hardware address are headings and notes, and are passed over. at is
// when the table was taken. The number of lines used is returned.
func ReadSwitchTable(name string, r io.Reader, at time.Time, emit func(traffic.Observation)) (int, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 4096), 64<<10)
	device := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	used, ports := 0, map[string]int{}
	var rows []switchRow
	for line := 1; in.Scan(); line++ {
		if m := promptName.FindStringSubmatch(strings.TrimSpace(in.Text())); m != nil {
			device = m[1]
			continue
		}
		row, ok := switchRowOf(in.Text(), line, device)
		if !ok {
			continue
		}
		if used++; used > maxLeaseRows {
			return used, bedrail.Errorf(bedrail.Invalid, "%s: line %d: more than %d lines", name, line, maxLeaseRows)
		}
		rows = append(rows, row)
		ports[row.device+" "+row.port]++
	}
	if err := in.Err(); err != nil {
		return used, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, errors.Join(err))
	}
	if used == 0 {
		return 0, bedrail.Errorf(bedrail.Invalid, "%s: no line holds a hardware address with a port or an address", name)
	}
	for _, row := range rows {
		emit(row.observation(filepath.Base(name), at, ports[row.device+" "+row.port]))
	}
	return used, nil
}

type switchRow struct {
	line         int
	device, port string
	mac          traffic.MAC
	ip           netip.Addr
	vlan         uint16
}

// manyNeighbours is from how many addresses on a port on it leads to another
// switch: it says no longer where a device is plugged in.
const manyNeighbours = 8

func (r switchRow) observation(name string, at time.Time, neighbours int) traffic.Observation {
	o := traffic.Observation{Capture: name, Packet: uint64(r.line), Time: at.UTC(), MAC: r.mac, IP: r.ip, VLAN: r.vlan, Protocol: "switch"}
	if r.ip.IsValid() {
		o.Protocol = "arp" // the router's word, as good as the packet that it had
	}
	if r.port != "" && !r.ip.IsValid() && neighbours < manyNeighbours {
		o.Claims = []traffic.Claim{{Attribute: traffic.Attachment, Value: r.device + " " + r.port, Weight: 0.8, Source: "switch", Field: "port"}}
	}
	return o
}

// switchRowOf finds in a line what can be told by its form alone.
func switchRowOf(line string, n int, device string) (switchRow, bool) {
	row := switchRow{line: n, device: device}
	for _, word := range strings.FieldsFunc(line, func(r rune) bool {
		return r == ' ' || r == '\t' || r == ',' || r == ';' || r == '"' || r == '|' || r == '*'
	}) {
		if mac, ok := ParseMAC(word); ok && row.mac == "" && len(word) > 11 {
			row.mac = mac
			continue
		}
		if ip, err := netip.ParseAddr(word); err == nil && !row.ip.IsValid() {
			row.ip = ip.Unmap().WithZone("")
			continue
		}
		if id, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(word), "vlan"), 10, 16); err == nil && id > 0 && id < 4095 && row.vlan == 0 && row.mac == "" {
			row.vlan = uint16(id)
			continue
		}
		if portName.MatchString(word) {
			row.port = word
		}
	}
	return row, row.mac != "" && (row.port != "" || row.ip.IsValid()) && !row.ip.IsMulticast() && !row.ip.IsUnspecified()
}

// wirelessColumns are the headings of wireless controllers' client lists, in
// small letters without blanks. A column with a person's name is not read.
var wirelessColumns = map[string]string{
	"mac": "mac", "macaddress": "mac", "clientmac": "mac", "clientmacaddress": "mac",
	"ip": "ip", "ipaddress": "ip", "clientip": "ip", "clientipaddress": "ip", "ipv4address": "ip",
	"ap": "ap", "apname": "ap", "accesspoint": "ap", "associatedap": "ap", "connectedto": "ap",
	"hostname": "host", "clienthostname": "host", "clientname": "", "name": "", "username": "", "user": "",
	"os": "os", "operatingsystem": "os", "devicetype": "type", "clienttype": "type", "vlan": "vlan", "vlanid": "vlan",
	"lastseen": "", "manufacturer": "maker", "vendor": "maker",
}

// ReadWireless reads the list of clients of a wireless controller (CSV). The
// controller's guess at what a device is counts little. It returns how many
// lines were used, and what was wrong with the others.
func ReadWireless(name string, r io.Reader, at time.Time, emit func(traffic.Observation)) (used int, problems []Problem, err error) {
	var columns []string
	bad := func(line int, text string) {
		if len(problems) < maxProblems {
			problems = append(problems, Problem{File: name, Line: line, Text: text})
		}
	}
	err = table.Read(r, table.Limits{}, func(row table.Row) error {
		if columns == nil {
			if columns = wirelessHeadings(row.Cells); columns == nil && row.Line > 20 {
				return bedrail.Errorf(bedrail.Invalid, "none of the first lines names a column for the hardware address and one for the access point")
			}
			return nil
		}
		o := traffic.Observation{Capture: filepath.Base(name), Packet: uint64(row.Line), Time: at.UTC(), Protocol: "wireless"}
		for i, cell := range row.Cells {
			if i < len(columns) {
				wirelessCell(&o, columns[i], strings.TrimSpace(cell))
			}
		}
		if o.MAC == "" {
			bad(row.Line, "the line has no hardware address")
			return nil
		}
		used++
		emit(o)
		return nil
	}, bad)
	switch {
	case err != nil:
		return used, problems, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	case columns == nil:
		return 0, problems, bedrail.Errorf(bedrail.Invalid, "%s: no line names a column for the hardware address and one for the access point", name)
	}
	return used, problems, nil
}

// wirelessHeadings returns what each column holds, or nil when the line is no
// heading.
func wirelessHeadings(cells []string) []string {
	out := make([]string, len(cells))
	have := map[string]bool{}
	for i, cell := range cells {
		key := strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.TrimSpace(cell)))
		out[i] = wirelessColumns[key]
		have[out[i]] = true
	}
	if !have["mac"] || !have["ap"] {
		return nil
	}
	return out
}

func wirelessCell(o *traffic.Observation, column, value string) {
	if value == "" || len(value) > 255 || value == "-" || strings.EqualFold(value, "unknown") || strings.EqualFold(value, "n/a") {
		return
	}
	say := func(a traffic.Attribute, weight float64) {
		o.Claims = append(o.Claims, traffic.Claim{Attribute: a, Value: value, Weight: weight, Source: "wireless", Field: column})
	}
	switch column {
	case "mac":
		o.MAC, _ = ParseMAC(value)
	case "ip":
		if ip, err := netip.ParseAddr(value); err == nil && !ip.IsUnspecified() {
			o.IP = ip.Unmap().WithZone("")
		}
	case "vlan":
		if id, err := strconv.ParseUint(value, 10, 12); err == nil {
			o.VLAN = uint16(id)
		}
	case "ap":
		say(traffic.Attachment, 0.7)
	case "host":
		say(traffic.Hostname, 0.5)
	case "os":
		say(traffic.OperatingSystem, 0.4)
	case "type":
		say(traffic.Banner, 0.3)
	case "maker":
		say(traffic.Manufacturer, 0.3)
	}
}
