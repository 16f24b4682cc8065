package vuln

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A Conduit is what would have to be closed between two places to keep a
// weakness from being reached, and what that would break. It is a proposal:
// nothing here changes what flows.
type Conduit struct {
	From      string    `json:"from"` // zone of the peers
	To        string    `json:"to"`   // unit of the devices
	Transport string    `json:"transport"`
	Port      uint16    `json:"port"`
	Protocol  string    `json:"protocol"`
	Care      bool      `json:"care"` // what it carries is care: orders, waveforms, images
	Outside   bool      `json:"outside"`
	Devices   []string  `json:"devices"` // addresses
	Peers     []string  `json:"peers"`
	Breaks    []Inbound `json:"breaks"` // the recorded conversations it would break
	Rules     Rules     `json:"rules"`
}

// Rules are the lines of an access list that close a conduit.
type Rules struct {
	IOS      string `json:"ios"`      // extended access list of Cisco IOS
	NFTables string `json:"nftables"` // of Linux
}

// A Containment is what would keep a weakness from being reached.
type Containment struct {
	Services []Service `json:"services"` // that the weakness is reached through; none means that nobody says
	Conduits []Conduit `json:"conduits"` // the least harm first
	Quiet    int       `json:"quiet"`    // devices that no recorded conversation reached: closing harms nothing that was seen
	Unseen   int       `json:"unseen"`   // devices of which nothing was recorded: what closing breaks is not known
	Rules    Rules     `json:"rules"`    // all together
}

// careProtocols carry care: they are broken only by somebody who knows.
var careProtocols = []string{"hl7v2", "dicom", "astm", "poct1a", "sdc", "pcd", "fhir", "ieee11073", "data-export", "philips-dex", "unity", "nurse-call"}

// maxBreaks bounds the conversations told of one conduit.
const maxBreaks = 200

// contain proposes what to close, from who reached what.
func contain(services []Service, flows []Inbound, vulnerability string) Containment {
	c := Containment{Services: services, Conduits: []Conduit{}}
	at := map[string]int{}
	for _, f := range flows {
		k := strings.Join([]string{f.Zone, f.Unit, f.Transport, fmt.Sprint(f.Port)}, "\x00")
		n, known := at[k]
		if !known {
			n = len(c.Conduits)
			at[k] = n
			c.Conduits = append(c.Conduits, Conduit{From: f.Zone, To: cmp.Or(f.Unit, networkOfText(f.Address)), Transport: f.Transport, Port: f.Port, Outside: f.Outside,
				Devices: []string{}, Peers: []string{}, Breaks: []Inbound{}})
		}
		d := &c.Conduits[n]
		d.Protocol = cmp.Or(d.Protocol, f.Protocol)
		d.Care = d.Care || slices.Contains(careProtocols, f.Protocol)
		if !slices.Contains(d.Devices, f.Address) {
			d.Devices = append(d.Devices, f.Address)
		}
		if !slices.Contains(d.Peers, f.Peer) {
			d.Peers = append(d.Peers, f.Peer)
		}
		if len(d.Breaks) < maxBreaks {
			d.Breaks = append(d.Breaks, f)
		}
	}
	var ios, nft []string
	slices.SortFunc(c.Conduits, func(p, q Conduit) int {
		return cmp.Or(cmp.Compare(yesNo(p.Care), yesNo(q.Care)), cmp.Compare(yesNo(q.Outside), yesNo(p.Outside)), cmp.Compare(len(p.Breaks), len(q.Breaks)),
			cmp.Compare(p.From, q.From), cmp.Compare(p.To, q.To), cmp.Compare(p.Transport, q.Transport), cmp.Compare(p.Port, q.Port))
	})
	for i := range c.Conduits {
		d := &c.Conduits[i]
		slices.Sort(d.Devices)
		slices.Sort(d.Peers)
		i, n := d.lines(vulnerability)
		d.Rules = Rules{IOS: strings.Join(i, "\n"), NFTables: strings.Join(n, "\n")}
		ios, nft = append(ios, i...), append(nft, n...)
	}
	c.Rules = Rules{IOS: strings.Join(ios, "\n"), NFTables: strings.Join(nft, "\n")}
	return c
}

func networkOfText(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	return networkOf(a)
}

// word keeps of a text only what may stand in a remark of an access list.
func word(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" .-_/:", r) {
			return r
		}
		return '_'
	}, clip(text, 60))
}

// lines are the entries that close d: each peer that was seen, so that what
// was not seen stays as it is.
func (d *Conduit) lines(vulnerability string) (ios, nft []string) {
	remark := fmt.Sprintf("%s: %s to %s, %s", word(vulnerability), word(d.From), word(d.To), Service{d.Transport, d.Port})
	if d.Care {
		remark += " (carries care)"
	}
	ios, nft = append(ios, " remark "+remark), append(nft, "# "+remark)
	family := func(a string) string {
		if strings.Contains(a, ":") {
			return "ip6"
		}
		return "ip"
	}
	for _, to := range d.Devices {
		for _, from := range d.Peers {
			if family(from) != family(to) {
				continue
			}
			transport, port := d.Transport, ""
			if transport == "tcp" || transport == "udp" {
				port = fmt.Sprintf(" eq %d", d.Port)
			}
			ios = append(ios, fmt.Sprintf(" deny %s host %s host %s%s", transport, from, to, port))
		}
		var four, six []string
		for _, from := range d.Peers {
			if family(from) == "ip6" {
				six = append(six, from)
			} else {
				four = append(four, from)
			}
		}
		same := four
		if family(to) == "ip6" {
			same = six
		}
		if len(same) == 0 {
			continue
		}
		match := "meta l4proto " + d.Transport
		if d.Transport == "tcp" || d.Transport == "udp" {
			match = fmt.Sprintf("%s dport %d", d.Transport, d.Port)
		}
		nft = append(nft, fmt.Sprintf("%s saddr { %s } %s daddr %s %s drop", family(to), strings.Join(same, ", "), family(to), to, match))
	}
	return ios, nft
}
