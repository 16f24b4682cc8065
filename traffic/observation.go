// Package traffic turns the frames of a network into observations: what one
// packet says about one device, and who speaks with whom.
//
// Nothing about a patient leaves this package: a dissector takes the fields
// that identify equipment and drops the rest where it stands.
package traffic

import (
	"net/netip"
	"time"
)

// A MAC is a 48-bit hardware address written as six lower-case hexadecimal
// pairs with colons. The empty MAC is "none was seen": on raw-IP and loopback
// captures no address is ever invented.
type MAC string

// An Attribute is a property of a device that evidence can speak about.
type Attribute string

// The attributes. The first seven are the identity that screens show; the
// others are keys and facts that help to find it.
const (
	Class           Attribute = "class"
	Manufacturer    Attribute = "manufacturer"
	Model           Attribute = "model"
	SerialNumber    Attribute = "serialNumber"
	SoftwareVersion Attribute = "softwareVersion"
	OperatingSystem Attribute = "operatingSystem"
	Location        Attribute = "location"

	Hostname  Attribute = "hostname"
	AETitle   Attribute = "aeTitle"   // DICOM application entity title
	UDI       Attribute = "udi"       // unique device identifier, as carried
	EUI64     Attribute = "eui64"     // 16 upper-case hexadecimal digits
	ClientID  Attribute = "clientId"  // DHCP option 61
	EPR       Attribute = "epr"       // WS-Discovery endpoint reference
	AssetTag  Attribute = "assetTag"  // the hospital's own number
	DeviceUID Attribute = "deviceUid" // DICOM (0018,1002)

	// Facts that are no identity by themselves: rules read identity from them.
	VendorClass Attribute = "vendorClass" // DHCP option 60, as sent
	Fingerprint Attribute = "fingerprint" // of a network stack; the source says which: "dhcp.option" 55, "tls.ja3", "tls.ja4"
	Banner      Attribute = "banner"      // words in which a program names itself: HTTP Server and User-Agent, SSH, sysDescr
	Peer        Attribute = "peer"        // the name of a service that the device asks for: SNI, DNS question, HTTP Host
	Service     Attribute = "service"     // what the device offers: an mDNS or SSDP service type
	Attachment  Attribute = "attachment"  // where it is plugged in: switch and port, DHCP option 82
	CertSubject Attribute = "certificate" // subject of a TLS certificate that the device presents
)

// A Claim says that evidence gives an attribute a value. Weight, from 0 to 1,
// is how often such evidence is right.
type Claim struct {
	Attribute Attribute `json:"attribute"`
	Value     string    `json:"value"`
	Weight    float64   `json:"weight"`
	Source    string    `json:"source"` // for example "dicom.dataset", "dhcp.option"
	Field     string    `json:"field"`  // for example "(0008,0070)", "12", "OBX-18"
	Raw       string    `json:"raw,omitempty"`
	// Offset is the byte at which it stands: in the datagram or message; in the
	// body, unpacked, where the message has one that was read; or, where Frame,
	// in the whole frame.
	Offset int  `json:"offset"`
	Frame  bool `json:"frame,omitempty"`
}

// An Observation is what one packet, or one message over several packets,
// says about one device.
type Observation struct {
	Site    string    `json:"site,omitempty"`
	Sensor  string    `json:"sensor,omitempty"`
	Capture string    `json:"capture"`           // file name or interface, never a path with a person's name
	Packet  uint64    `json:"packet"`            // 1 is the first packet of the capture
	Time    time.Time `json:"time"`              // capture time, never wall clock
	Undated bool      `json:"undated,omitempty"` // a record's word that does not say when the device was heard; Time is when it was told

	// Whose it is: the sender of the packet, or for Lease its client.
	MAC MAC `json:"mac,omitempty"`
	// MACAt is the byte of the frame of Packet at which MAC stands; 0 where it
	// is known from elsewhere, as that of a stream's sender.
	MACAt int        `json:"macAt,omitempty"`
	IP    netip.Addr `json:"ip,omitzero"`
	VLAN  uint16     `json:"vlan,omitempty"`

	Protocol string   `json:"protocol"` // "arp", "dhcp", "dicom", "hl7v2", "http", "tls", "mdns", "dns", "cmms", "lease"...
	Roles    []string `json:"roles,omitempty"`

	// Claims of one observation belong together: they speak of one device.
	Claims []Claim `json:"claims,omitempty"`

	// Content is true when the claims come from a payload that a gateway,
	// archive or engine may have passed on (DICOM dataset, HL7 message): they
	// may speak of a device behind the sender rather than of the sender.
	Content bool `json:"content,omitempty"`

	// Use says that the device is at work on a patient or a sample in this
	// moment, as the message shows; empty is not known. What was measured or
	// given is not kept.
	Use Use `json:"use,omitempty"`

	// Lease is an address given to the device for a time.
	Lease *Lease `json:"lease,omitempty"`

	// Router is true when the sender is known to pass on others' packets at
	// network level, so that its MAC says nothing about IP.
	Router bool `json:"router,omitempty"`

	// Way is how the packets of IP came from MAC, as their hop count shows;
	// empty is not known.
	Way Way `json:"way,omitempty"`

	// Import is the file that says so, by which it can be taken back; empty is
	// what was heard.
	Import string `json:"import,omitempty"`

	at int // byte of the message that shows Roles
}

// A Way is how packets came from an address.
type Way string

// The ways of packets.
const (
	Direct Way = "direct" // with a hop count that stacks begin with, or within the link
	Routed Way = "routed" // with one that a router has lowered: MAC may be the router's
)

// A Use is what a device is doing while it is in use.
type Use string

// The uses that protocols show.
const (
	Infusing   Use = "infusing"   // a fluid pump reports a flow that is not zero
	Monitoring Use = "monitoring" // a monitor reports vital signs
	Study      Use = "study"      // an imaging device sends the images of an examination
)

// A Lease binds an address to a hardware address for an interval.
type Lease struct {
	MAC   MAC        `json:"mac"`
	IP    netip.Addr `json:"ip"`
	From  time.Time  `json:"from"`
	Until time.Time  `json:"until"`
}

// A Conversation is what two addresses exchanged over one service within one
// minute.
type Conversation struct {
	Site      string     `json:"site,omitempty"`
	Sensor    string     `json:"sensor,omitempty"`
	Minute    time.Time  `json:"minute"`
	ClientMAC MAC        `json:"clientMac,omitempty"`
	ServerMAC MAC        `json:"serverMac,omitempty"`
	Client    netip.Addr `json:"client"`
	Server    netip.Addr `json:"server"`
	VLAN      uint16     `json:"vlan,omitempty"`
	Transport string     `json:"transport"` // "tcp", "udp", "icmp", or the IP protocol number
	Port      uint16     `json:"port"`      // the server's
	Protocol  string     `json:"protocol,omitempty"`
	Packets   uint64     `json:"packets"`
	BytesUp   uint64     `json:"bytesUp"`   // client to server
	BytesDown uint64     `json:"bytesDown"` // server to client
	Encrypted bool       `json:"encrypted,omitempty"`
}

// A Batch is what travels between a sensor and the record: observations and
// conversation deltas, with the coverage of the interval they come from.
type Batch struct {
	Site          string         `json:"site,omitempty"`
	Sensor        string         `json:"sensor"`
	Observations  []Observation  `json:"observations,omitempty"`
	Conversations []Conversation `json:"conversations,omitempty"`
	Coverage      *Coverage      `json:"coverage,omitempty"`
	Gaps          []Gap          `json:"gaps,omitempty"`
	Health        *Health        `json:"health,omitempty"`
	Overheard     []Overheard    `json:"overheard,omitempty"`
}

// Coverage says what a sensor saw and what it missed within an interval.
type Coverage struct {
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
	Packets   uint64    `json:"packets"`
	Bytes     uint64    `json:"bytes"`
	Dropped   uint64    `json:"dropped"`   // by the kernel before we saw them
	Evicted   uint64    `json:"evicted"`   // flows given up for want of memory
	Truncated uint64    `json:"truncated"` // packets cut by the capture's snap length
	Malformed uint64    `json:"malformed"`
	Missing   uint64    `json:"missing,omitempty"` // batches lost between sensor and record

	VLANs []VLANSeen `json:"vlans,omitempty"`
}

// A VLANSeen counts the packets of one virtual network; 0 is without a tag.
type VLANSeen struct {
	VLAN    uint16 `json:"vlan"`
	Packets uint64 `json:"packets"`
}

// A GapReason says why nothing is known of a time.
type GapReason string

// The reasons of a gap.
const (
	GapLink    GapReason = "link"    // the interface was down or away
	GapStopped GapReason = "stopped" // the sensor was stopped in order
	GapKilled  GapReason = "killed"  // the sensor ended without saying so: at most the minute that it had not kept is lost besides
	GapFull    GapReason = "full"    // the outbox or its disk took nothing more
	GapMissing GapReason = "missing" // batches vanished on their way
)

// A Gap is a time of which an interface, or a whole sensor, knows nothing.
type Gap struct {
	Interface string    `json:"interface,omitempty"` // empty is the whole sensor
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
	Reason    GapReason `json:"reason"`
	Missing   uint64    `json:"missing,omitempty"` // batches, where they are counted
}

// A Health is how a sensor does; each says so every ten seconds.
type Health struct {
	At         time.Time         `json:"at"`
	Version    string            `json:"version"`
	Started    time.Time         `json:"started"` // of this run
	Stopping   bool              `json:"stopping,omitempty"`
	Interfaces []InterfaceHealth `json:"interfaces"`
	Rate       float64           `json:"rate"`    // packets per second within the last minute
	Lost       float64           `json:"lost"`    // and dropped by the kernel, per second
	Refused    uint64            `json:"refused"` // batches that the outbox did not take in this run
	RefusedAt  time.Time         `json:"refusedAt,omitzero"`
	Outbox     OutboxHealth      `json:"outbox"`
	DiskFree   int               `json:"diskFree"` // percent
	CertEnds   time.Time         `json:"certEnds,omitzero"`
}

// An InterfaceHealth is how the capture on one interface does, since the
// sensor began.
type InterfaceHealth struct {
	Name    string `json:"name"`
	Up      bool   `json:"up"`
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
	Dropped uint64 `json:"dropped"`
	Freezes uint64 `json:"freezes,omitempty"`
	Trouble string `json:"trouble,omitempty"`
}

// An OutboxHealth is what a sensor holds that the hub has not confirmed.
type OutboxHealth struct {
	Messages uint64    `json:"messages"`
	Bytes    uint64    `json:"bytes"`
	Limit    uint64    `json:"limit"`
	Oldest   time.Time `json:"oldest,omitzero"`
}
