package procure

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bedrail/asset"
	"bedrail/format/mds2"
	"bedrail/format/purl"
	"bedrail/sbom"
	"bedrail/vuln"
)

// Seen is what was observed of the devices of a model on the network.
type Seen struct {
	Devices  int
	System   string // operating system, when it is known
	Talks    []SeenTalk
	Versions []string
}

// A SeenTalk is one kind of conversation of one device.
type SeenTalk struct {
	Device string
	asset.Talk
}

// A Contradiction is a place where two statements about a model cannot both
// hold. Which of them is wrong, a person finds out.
type Contradiction struct {
	ID       string    `json:"id"`
	Rule     string    `json:"rule"`
	Model    string    `json:"model"`
	Maker    string    `json:"manufacturer"`
	Says     string    `json:"says"`    // the statement
	Against  string    `json:"against"` // what stands against it
	Text     string    `json:"text"`
	Version  string    `json:"version,omitempty"` // of the statement; empty is every one
	Severity string    `json:"severity"`          // how much hangs on it: high, medium or low
	Evidence []string  `json:"evidence"`          // devices, components, statements
	Devices  int       `json:"devices"`
	Last     time.Time `json:"last,omitzero"`  // when it was last seen so
	Since    time.Time `json:"since,omitzero"` // when it was first found
	Gone     time.Time `json:"gone,omitzero"`  // since when it is no longer so
	State    string    `json:"state,omitempty"`
	Owner    string    `json:"owner,omitempty"`
}

// byTraffic stands against a statement when conversations do.
const byTraffic = "observed traffic"

// gravity is how much hangs on a contradiction: high where a device can be
// reached, or data read, that should not be.
func gravity(rule string) string {
	switch {
	case strings.HasPrefix(rule, "vex:"), rule == "CONN-4", rule == "TXCF-2", rule == "RMOT-1", rule == "CONN-1":
		return "high"
	case rule == "SAHD-9", rule == "MPII-3.5", rule == "CONN-3", rule == "CSUP-2":
		return "medium"
	}
	return "low"
}

// Contradictions compares what a maker states with its bill, its statements
// about weaknesses, and what was observed. Only what was seen contradicts:
// silence proves nothing.
func Contradictions(s *mds2.Sheet, bill *sbom.Bill, decisions []vuln.Decision, seen Seen) []Contradiction {
	c := contradictor{sheet: s, seen: seen, out: []Contradiction{}}
	if s != nil {
		c.network()
		c.services()
		c.inside(bill)
	}
	c.statements(bill, decisions)
	for i := range c.out {
		c.out[i].Severity = gravity(c.out[i].Rule)
	}
	slices.SortFunc(c.out, func(a, b Contradiction) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Against, b.Against))
	})
	return c.out
}

type contradictor struct {
	sheet *mds2.Sheet
	seen  Seen
	out   []Contradiction
}

// says reports whether the maker answered a question with v.
func (c *contradictor) says(id string, v mds2.Value) bool { return c.sheet.Answer(id).Value == v }

func (c *contradictor) statement(id string) string {
	return fmt.Sprintf("%s = %s (%s)", id, c.sheet.Answer(id).Value, mds2.Label(id))
}

// against files the conversations that stand against an answer.
func (c *contradictor) against(id, what string, counts func(SeenTalk) bool) {
	var evidence []string
	devices := map[string]bool{}
	var last time.Time
	for _, t := range c.seen.Talks {
		if !counts(t) {
			continue
		}
		devices[t.Device] = true
		if t.Last.After(last) {
			last = t.Last
		}
		line := fmt.Sprintf("%s %s %s/%d %s %s", t.Device, t.Direction, t.Transport, t.Port, cmp.Or(t.Protocol, "unknown protocol"), t.Peer.Address)
		if len(evidence) < 20 && !slices.Contains(evidence, line) {
			evidence = append(evidence, line)
		}
	}
	if len(evidence) == 0 {
		return
	}
	slices.Sort(evidence)
	c.out = append(c.out, Contradiction{Rule: id, Says: c.statement(id), Against: byTraffic, Text: "the maker states " + c.statement(id) + ", but " + what, Evidence: evidence, Devices: len(devices), Last: last})
}

func (c *contradictor) network() {
	if c.says("CONN-4", mds2.No) {
		c.against("CONN-4", "devices were seen to open conversations with systems outside", func(t SeenTalk) bool { return t.Direction == "out" && outside(t.Peer.Address) && clinical(t) })
	}
	if c.says("CONN-3", mds2.No) {
		c.against("CONN-3", "devices were seen to speak with other systems of the hospital", func(t SeenTalk) bool { return !outside(t.Peer.Address) && carries(t.Protocol) })
	}
	if c.says("CONN-1", mds2.No) || c.says("CONN-1.2.1", mds2.No) && c.says("CONN-1.1", mds2.No) {
		c.against("CONN-1", "devices were seen on the network", func(SeenTalk) bool { return true })
	}
	if c.says("MPII-3.5", mds2.No) && !c.says("MPII-3.6", mds2.Yes) {
		c.against("MPII-3.5", "protocols that carry personal data were seen", func(t SeenTalk) bool { return carries(t.Protocol) })
	}
	if c.says("TXCF-2", mds2.Yes) {
		c.against("TXCF-2", "protocols that carry personal data were seen without encryption", func(t SeenTalk) bool { return carries(t.Protocol) && !t.Encrypted })
	}
	if c.says("CONN-7", mds2.No) {
		c.against("CONN-7", "TLS was seen", func(t SeenTalk) bool { return t.Encrypted && (t.Protocol == "tls" || t.Protocol == "https") })
	}
}

func (c *contradictor) services() {
	in := func(t SeenTalk, words ...string) bool {
		return t.Direction == "in" && slices.Contains(words, t.Protocol)
	}
	if c.says("SAHD-9", mds2.Yes) {
		c.against("SAHD-9", "services of the kind that should be off were answered", func(t SeenTalk) bool {
			return in(t, "telnet", "ftp", "tftp", "rsh") || t.Direction == "in" && t.Transport == "tcp" && (t.Port == 23 || t.Port == 21) && t.BytesDown > 0
		})
	}
	if c.says("RMOT-1", mds2.No) {
		c.against("RMOT-1", "sessions of remote control from outside were seen", func(t SeenTalk) bool {
			return outside(t.Peer.Address) && (in(t, "rdp", "vnc", "ssh", "telnet") || t.Direction == "in" && slices.Contains([]uint16{22, 23, 3389, 5900}, t.Port))
		})
	}
}

// inside compares with the bill and with what was found of the software.
func (c *contradictor) inside(bill *sbom.Bill) {
	file := func(id, against, what string, evidence ...string) {
		c.out = append(c.out, Contradiction{Rule: id, Says: c.statement(id), Against: against, Text: "the maker states " + c.statement(id) + ", but " + what, Evidence: evidence, Devices: c.seen.Devices})
	}
	if c.says("SBOM-1", mds2.Yes) && bill == nil {
		file("SBOM-1", "the hospital's shelf", "the hospital has no bill of it; ask for it")
	}
	if c.says("SBOM-1", mds2.No) && bill != nil {
		file("SBOM-1", "bill", "there is a bill: "+bill.Name)
	}
	if c.says("CSUP-2", mds2.No) && c.seen.System != "" {
		file("CSUP-2", byTraffic, "devices show an operating system", c.seen.System)
	}
	if bill == nil {
		return
	}
	var nameless, systems, others []string
	for _, p := range bill.Components {
		switch {
		case p.Version == "":
			nameless = append(nameless, p.Name)
		case p.Type == "operating-system":
			systems = append(systems, p.Name+" "+p.Version)
		case p.Type == "library" || p.Type == "framework" || p.PURL != "":
			others = append(others, p.Name+" "+p.Version)
		}
	}
	if c.says("SBOM-2.3", mds2.Yes) && len(nameless) > 0 {
		file("SBOM-2.3", "bill", fmt.Sprintf("%d components of the bill have no version", len(nameless)), first(nameless)...)
	}
	if c.says("CSUP-2", mds2.No) && len(systems) > 0 {
		file("CSUP-2", "bill", "the bill holds an operating system", first(systems)...)
	}
	if c.says("CSUP-1", mds2.No) && len(others)+len(systems) > 0 {
		file("CSUP-1", "bill", "the bill holds software that gets security updates", first(append(systems, others...))...)
	}
}

// statements compares what is said about weaknesses with the bill.
func (c *contradictor) statements(bill *sbom.Bill, decisions []vuln.Decision) {
	if bill == nil {
		return
	}
	for _, d := range decisions {
		if d.Authority != vuln.Manufacturer || d.State != vuln.StateNotAffected || d.Justification != "component_not_present" || d.PURL == "" {
			continue
		}
		for _, p := range bill.Components {
			if samePackage(d.PURL, p.PURL) {
				says := d.Vulnerability + ": " + strings.ReplaceAll(d.Justification, "_", " ")
				c.out = append(c.out, Contradiction{Rule: "vex:" + d.Vulnerability, Says: says, Against: "bill", Text: "the maker states " + says + ", but its bill holds " + p.Name + " " + p.Version,
					Evidence: []string{p.PURL, d.Source}, Devices: c.seen.Devices})
			}
		}
	}
}

func samePackage(a, b string) bool {
	p, err1 := purl.Parse(a)
	q, err2 := purl.Parse(b)
	return err1 == nil && err2 == nil && p.Type == q.Type && strings.EqualFold(p.Namespace, q.Namespace) && strings.EqualFold(p.Name, q.Name) && (p.Version == "" || p.Version == q.Version)
}

func first(list []string) []string {
	slices.Sort(list)
	return list[:min(len(list), 20)]
}

// outside reports whether an address lies beyond the hospital: a public one.
func outside(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsGlobalUnicast() && !ip.IsPrivate() && !netip.MustParsePrefix("100.64.0.0/10").Contains(ip)
}

// clinical leaves out what every computer does by itself.
func clinical(t SeenTalk) bool {
	return t.Protocol != "dns" && t.Protocol != "ntp" && t.Port != 53 && t.Port != 123
}

// carries reports whether a protocol carries the data of patients.
func carries(protocol string) bool {
	switch protocol {
	case "hl7v2", "dicom", "fhir", "astm", "poct1a", "poct1-a", "sdc", "intellivue", "medibus":
		return true
	}
	return false
}
