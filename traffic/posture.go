package traffic

import (
	"slices"
	"strconv"
	"strings"
)

// PostureFact is the attribute of claims about how a device guards what it
// says: the value is a Posture, the field says in which part of the protocol
// it was seen, and the observation says in which packet.
const PostureFact Attribute = "posture"

// A Posture is a code for a weakness that can be seen on the wire. Codes are
// stable: reports and policies name them.
type Posture string

// The postures. A device that does the right thing has none.
const (
	ClearDICOM         Posture = "clear-text-dicom"
	ClearHL7           Posture = "clear-text-hl7"
	ClearMQTT          Posture = "clear-text-mqtt"
	ClearResults       Posture = "clear-text-results" // POCT1-A or ASTM
	ClearTerminal      Posture = "clear-text-terminal"
	ClearPassword      Posture = "clear-text-password" // DICOM user identity with a passcode
	OldSMB             Posture = "old-smb"
	AnonymousMQTT      Posture = "anonymous-mqtt"
	PublicSNMP         Posture = "snmp-public"
	OldTLS             Posture = "old-tls"
	ExpiredCertificate Posture = "expired-certificate"
	DefaultAETitle     Posture = "default-ae-title"
	WeakRemoteDesktop  Posture = "remote-desktop-without-tls"
	InternetEgress     Posture = "internet-egress"
)

// String says it to a person.
func (p Posture) String() string {
	switch p {
	case ClearDICOM:
		return "sends or takes images unencrypted (DICOM without TLS)"
	case ClearHL7:
		return "sends or takes messages unencrypted (HL7 v2 without TLS)"
	case ClearMQTT:
		return "sends or takes telemetry unencrypted (MQTT without TLS)"
	case ClearResults:
		return "sends or takes results unencrypted (POCT1-A or ASTM without TLS)"
	case ClearTerminal:
		return "offers a terminal unencrypted (telnet)"
	case ClearPassword:
		return "sends a user's password unencrypted (DICOM user identity)"
	case OldSMB:
		return "agrees to SMB 1, which Windows no longer supports"
	case AnonymousMQTT:
		return "connects to an MQTT broker without name and password"
	case PublicSNMP:
		return `answers SNMP to the community "public" or "private"`
	case OldTLS:
		return "agrees to TLS 1.1 or older"
	case ExpiredCertificate:
		return "presents a certificate that has expired"
	case DefaultAETitle:
		return "uses the application entity title that its software came with"
	case WeakRemoteDesktop:
		return "offers remote desktop without TLS"
	case InternetEgress:
		return "opens connections to the internet"
	}
	return string(p)
}

// defaultTitles are application entity titles that toolkits and archives come
// with, as their manuals say.
func defaultTitle(title string) bool {
	switch strings.ToUpper(strings.TrimSpace(title)) {
	case "ANY-SCP", "ANY-SCU", "STORESCP", "STORESCU", "ECHOSCU", "FINDSCU", "MOVESCU", "GETSCU", "DCMQRSCP", "TERMSCU", "COMMON", // DCMTK
		"ORTHANC", "DCM4CHEE", "CONQUESTSRV1", "PYNETDICOM", "FO-DICOM", "GDCMSCU", "CLEARCANVAS", "HOROS", "OSIRIX":
		return true
	}
	return false
}

// postures returns what an observation says about how its sender guards
// itself.
func postures(o *Observation) []Claim {
	var out []Claim
	add := func(p Posture, source, field string, at int) {
		if !slices.ContainsFunc(out, func(c Claim) bool { return c.Value == string(p) }) {
			out = append(out, Claim{Attribute: PostureFact, Value: string(p), Weight: 0.9, Source: source, Field: field, Offset: at})
		}
	}
	switch o.Protocol {
	case "dicom":
		add(ClearDICOM, "dicom.posture", "association without TLS", readable(o))
	case "hl7v2":
		add(ClearHL7, "hl7.posture", "MLLP without TLS", readable(o))
	case "mqtt":
		add(ClearMQTT, "mqtt.posture", "CONNECT without TLS", readable(o))
	case "poct1a", "astm":
		add(ClearResults, o.Protocol+".posture", "stream without TLS", readable(o))
	}
	for _, role := range o.Roles {
		switch role {
		case "mqtt-anonymous":
			add(AnonymousMQTT, "mqtt.posture", "CONNECT flags", o.at)
		case "dicom-user-password":
			add(ClearPassword, "dicom.posture", "user identity negotiation", o.at)
		case "smb1-server":
			add(OldSMB, "smb.posture", "dialect agreed to", o.at)
		case "telnet-server":
			add(ClearTerminal, "telnet.posture", "greeting", o.at)
		case "rdp-without-tls":
			add(WeakRemoteDesktop, "rdp.posture", "negotiation", o.at)
		}
	}
	for i := range o.Claims {
		c := &o.Claims[i]
		switch {
		case c.Attribute == AETitle && defaultTitle(c.Value):
			add(DefaultAETitle, "dicom.posture", c.Field+" "+c.Value, c.Offset)
		case c.Source == "tls.certificate" && c.Field == "not after" && !o.Time.IsZero() && c.Value < o.Time.UTC().Format("2006-01-02"):
			add(ExpiredCertificate, "tls.posture", "not after "+c.Value, c.Offset)
		}
	}
	return out
}

// readable is the byte of the first thing that was read of a message, which
// shows that it is not encrypted.
func readable(o *Observation) int {
	for i := range o.Claims {
		if at := o.Claims[i].Offset; at > 0 {
			return at
		}
	}
	return o.at
}

// posture hands on, once a minute for each sender, what o says about how its
// sender guards itself. It is never about a device behind the sender.
func (e *Engine) posture(o *Observation) {
	if o.Router || o.Content && o.Protocol == "" {
		return
	}
	claims := slices.DeleteFunc(postures(o), func(c Claim) bool {
		return !e.said.once(Hash(uint64(o.VLAN)+1, string(o.MAC), o.IP.String(), c.Value, c.Field))
	})
	if len(claims) > 0 {
		e.observe(Observation{Capture: o.Capture, Packet: o.Packet, Time: o.Time, MAC: o.MAC, IP: o.IP, VLAN: o.VLAN, Protocol: o.Protocol, Claims: claims})
	}
}

// egress notes that a device of this site has opened a conversation with an
// address on the internet. Which one is not kept but for the first.
func (e *Engine) egress(f *flow, side int, d *decoded) {
	if int(f.client) != side || !d.transport || f.router[side] || !d.src.local() || d.src.shared() || d.dst.local() || d.dst.shared() {
		return
	}
	field := transport(d.proto) + " port " + strconv.Itoa(int(d.dport))
	if !e.said.once(Hash(d.src.lo^d.src.hi+uint64(f.key.vlan()), field, string(InternetEgress))) {
		return
	}
	emitAt(e.at, Observation{MAC: e.hosts.text(f.host[side]), MACAt: d.macAt, IP: d.src.netip(), VLAN: f.key.vlan(), Protocol: "ip", Claims: []Claim{{
		Attribute: PostureFact, Value: string(InternetEgress), Weight: 0.9, Source: "ip.posture", Field: field, Raw: d.dst.netip().String(), Offset: d.dstAt, Frame: true,
	}}}, nil, e.emitted)
}

// oldTLS reads which version a ServerHello chose, when it is one that RFC 8996
// forbids.
func oldTLS(b []byte) []Claim {
	if len(b) < 2 || b[0] != 3 || b[1] > 2 {
		return nil
	}
	version := "SSL 3.0"
	if b[1] > 0 {
		version = "TLS 1." + strconv.Itoa(int(b[1])-1)
	}
	return []Claim{{Attribute: PostureFact, Value: string(OldTLS), Weight: 0.9, Source: "tls.posture", Field: "ServerHello " + version, Offset: 4}}
}

// publicCommunity tells an answer to a community that everybody knows.
func publicCommunity(community []byte, at int) []Claim {
	switch name := string(community); name {
	case "public", "private":
		return []Claim{{Attribute: PostureFact, Value: string(PublicSNMP), Weight: 0.9, Source: "snmp.posture", Field: "community " + name, Offset: at}}
	}
	return nil
}
