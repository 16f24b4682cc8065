package asset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/table"
	"bedrail/traffic"
)

// A LeaseList is what a file of a DHCP server held.
type LeaseList struct {
	Kind         string // "isc-dhcpd", "kea", "dnsmasq" or "windows"
	Observations []traffic.Observation
	Problems     []Problem
	Uncited      int
}

// attributeLeased is an address that a list of leases gave; it keeps in mind
// which import said so.
const attributeLeased traffic.Attribute = "leased"

// Limits of a file of leases.
const (
	maxLeaseLine = 64 << 10
	maxLeaseRows = 2_000_000
)

// ReadLeases reads the leases of a DHCP server: the lease file of ISC dhcpd,
// the CSV of Kea, the file of dnsmasq, or the CSV that Windows exports. The
// kind is told by the content. now is the time at which the file is read, for
// leases without a beginning. A line that cannot be used becomes a Problem.
func ReadLeases(name string, r io.Reader, now time.Time) (LeaseList, error) {
	in := bufio.NewReaderSize(r, maxLeaseLine)
	head, err := in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return LeaseList{}, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	l := leaseReader{name: name, now: now}
	switch {
	case len(strings.TrimSpace(string(head))) == 0:
		return l.out, bedrail.Errorf(bedrail.Invalid, "%s: the file is empty", name)
	case isDhcpd(string(head)):
		l.out.Kind, err = "isc-dhcpd", l.dhcpd(in)
	case isDnsmasq(string(head)):
		l.out.Kind, err = "dnsmasq", l.dnsmasq(in)
	default:
		err = l.csv(in)
	}
	if err != nil && len(l.out.Observations) == 0 {
		return l.out, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	if err != nil {
		l.problem(l.line, err.Error()+"; what came before was used")
	}
	return l.out, nil
}

func isDhcpd(head string) bool {
	for line := range strings.SplitSeq(head, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		word, _, _ := strings.Cut(line, " ")
		switch word {
		case "lease", "authoring-byte-order", "server-duid", "failover", "ia-na":
			return true
		}
		return false
	}
	return false
}

// isDnsmasq recognises "expiry mac address name client-id".
func isDnsmasq(head string) bool {
	line, _, _ := strings.Cut(head, "\n")
	f := strings.Fields(line)
	if len(f) < 4 || strings.Contains(line, ",") {
		return strings.HasPrefix(line, "duid ")
	}
	_, err := strconv.ParseInt(f[0], 10, 64)
	_, bad := netip.ParseAddr(f[2])
	return err == nil && bad == nil
}

type leaseReader struct {
	name string
	now  time.Time
	line int
	out  LeaseList
}

func (l *leaseReader) problem(line int, text string) {
	if len(l.out.Problems) == maxProblems {
		l.out.Uncited++
		return
	}
	l.out.Problems = append(l.out.Problems, Problem{File: l.name, Line: line, Text: text})
}

// A leaseRow is one lease as files of all kinds have it.
type leaseRow struct {
	ip, mac, host, vendor, client string
	from, until                   time.Time
}

func (l *leaseReader) add(line int, row leaseRow) {
	if len(l.out.Observations) >= maxLeaseRows {
		l.problem(line, "more leases than are read; the rest is left out")
		return
	}
	ip, err := netip.ParseAddr(row.ip)
	if err != nil {
		l.problem(line, fmt.Sprintf("%q is not an IP address", clip(row.ip)))
		return
	}
	mac, ok := ParseMAC(row.mac)
	if !ok {
		l.problem(line, fmt.Sprintf("%q is not a MAC address", clip(row.mac)))
		return
	}
	if row.from.IsZero() || row.from.After(l.now) {
		row.from = l.now
	}
	o := traffic.Observation{Capture: l.name, Packet: uint64(line), Time: row.from, MAC: mac, IP: ip, Protocol: "lease",
		Lease: &traffic.Lease{MAC: mac, IP: ip, From: row.from, Until: row.until}}
	say := func(a traffic.Attribute, v string, weight float64, field string) {
		if v = strings.TrimSpace(v); v != "" && len(v) <= 255 {
			o.Claims = append(o.Claims, traffic.Claim{Attribute: a, Value: v, Weight: weight, Source: "lease", Field: field})
		}
	}
	say(attributeLeased, ip.String(), 1, "address")
	say(traffic.Hostname, strings.TrimSuffix(row.host, "."), 0.5, "host name")
	say(traffic.VendorClass, row.vendor, 0.7, "vendor class")
	say(traffic.ClientID, row.client, 0.5, "client id")
	l.out.Observations = append(l.out.Observations, o)
}

func (l *leaseReader) lines(r *bufio.Reader, each func(text string)) error {
	for {
		text, err := r.ReadSlice('\n')
		if err == io.EOF && len(text) == 0 {
			return nil
		}
		l.line++
		if errors.Is(err, bufio.ErrBufferFull) {
			l.problem(l.line, fmt.Sprintf("the line has more than %d bytes", maxLeaseLine))
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.ReadSlice('\n')
			}
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		each(strings.TrimSpace(string(text)))
	}
}

// dhcpd reads the lease file of ISC dhcpd (dhcpd.leases(5)): it is a journal,
// so a later lease of the same address stands for the earlier.
func (l *leaseReader) dhcpd(r *bufio.Reader) error {
	var row leaseRow
	open, state, at := false, "", 0
	return l.lines(r, func(text string) {
		switch {
		case text == "" || text[0] == '#':
		case strings.HasPrefix(text, "lease ") && strings.HasSuffix(text, "{"):
			row, open, state, at = leaseRow{ip: strings.TrimSpace(text[6 : len(text)-1])}, true, "active", l.line
		case text == "}" && open:
			open = false
			if state == "active" || state == "expired" || state == "released" {
				if row.mac != "" {
					l.add(at, row)
				}
			}
		case open:
			dhcpdStatement(&row, &state, strings.TrimSuffix(text, ";"))
		}
	})
}

func dhcpdStatement(row *leaseRow, state *string, text string) {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "starts":
		row.from = dhcpdTime(rest)
	case "ends":
		row.until = dhcpdTime(rest)
	case "binding":
		_, *state, _ = strings.Cut(rest, " ")
	case "hardware":
		_, row.mac, _ = strings.Cut(rest, " ")
	case "client-hostname":
		row.host = strings.Trim(rest, `"`)
	case "uid":
		row.client = strings.Trim(rest, `"`)
	case "set":
		if name, v, ok := strings.Cut(rest, "="); ok && strings.TrimSpace(name) == "vendor-class-identifier" {
			row.vendor = strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
}

// dhcpdTime reads "2 2026/03/03 09:15:00" or "epoch 1772529300".
func dhcpdTime(text string) time.Time {
	text, _, _ = strings.Cut(text, ";")
	if n, ok := strings.CutPrefix(text, "epoch "); ok {
		s, err := strconv.ParseInt(strings.TrimSpace(n), 10, 64)
		if err != nil {
			return time.Time{}
		}
		return time.Unix(s, 0).UTC()
	}
	_, date, _ := strings.Cut(text, " ")
	t, err := time.Parse("2006/01/02 15:04:05", strings.TrimSpace(date))
	if err != nil {
		return time.Time{} // "never", or nothing
	}
	return t
}

// dnsmasq reads its lease file: expiry, MAC, address, name, client id.
func (l *leaseReader) dnsmasq(r *bufio.Reader) error {
	v6 := false
	return l.lines(r, func(text string) {
		f := strings.Fields(text)
		switch {
		case len(f) == 0:
		case f[0] == "duid":
			v6 = true // what follows names clients by DUID, not by MAC
		case v6:
		case len(f) < 4:
			l.problem(l.line, "a lease has expiry, MAC address, IP address and name")
		default:
			row := leaseRow{mac: f[1], ip: f[2], host: f[3]}
			if row.host == "*" {
				row.host = ""
			}
			if len(f) > 4 && f[4] != "*" {
				row.client = f[4]
			}
			if s, err := strconv.ParseInt(f[0], 10, 64); err == nil && s > 0 {
				row.until = time.Unix(s, 0).UTC()
			}
			l.add(l.line, row)
		}
	})
}

// csv reads the tables of Kea and Windows.
func (l *leaseReader) csv(r io.Reader) error {
	var columns map[string]int
	err := table.Read(r, table.Limits{}, func(row table.Row) error {
		l.line = row.Line
		if columns == nil {
			columns = map[string]int{}
			for i, h := range row.Cells {
				columns[plain(h)] = i
			}
			switch {
			case has(columns, "address", "hwaddr"):
				l.out.Kind = "kea"
			case has(columns, "ipaddress", "clientid"):
				l.out.Kind = "windows"
			default:
				return errors.New("these are no leases of ISC dhcpd, Kea, dnsmasq or Windows: the first line names neither address and hwaddr nor IPAddress and ClientId")
			}
			return nil
		}
		l.add(row.Line, l.tableRow(columns, row.Cells))
		return nil
	}, l.problem)
	if err != nil && columns == nil {
		return err
	}
	return err
}

func has(columns map[string]int, names ...string) bool {
	for _, n := range names {
		if _, ok := columns[n]; !ok {
			return false
		}
	}
	return true
}

func (l *leaseReader) tableRow(columns map[string]int, cells []string) leaseRow {
	cell := func(name string) string {
		if i, ok := columns[name]; ok && i < len(cells) {
			return cells[i]
		}
		return ""
	}
	if l.out.Kind == "kea" {
		row := leaseRow{ip: cell("address"), mac: cell("hwaddr"), host: cell("hostname"), client: cell("clientid")}
		until, err := strconv.ParseInt(cell("expire"), 10, 64)
		if valid, err2 := strconv.ParseInt(cell("validlifetime"), 10, 64); err == nil && err2 == nil {
			row.until = time.Unix(until, 0).UTC()
			row.from = row.until.Add(-time.Duration(valid) * time.Second)
		}
		return row
	}
	row := leaseRow{ip: cell("ipaddress"), mac: cell("clientid"), host: cell("hostname")}
	for _, form := range []string{time.RFC3339, "1/2/2006 3:04:05 PM", "2006-01-02 15:04:05", "02.01.2006 15:04:05"} {
		if t, err := time.Parse(form, cell("leaseexpirytime")); err == nil {
			row.until = t.UTC()
			break
		}
	}
	return row
}
