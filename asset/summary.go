package asset

import (
	"net/netip"
	"time"

	"bedrail/traffic"
)

// A Brief is a Value without its evidence, for lists.
type Brief struct {
	Value      string  `json:"value"`
	Status     Status  `json:"status"`
	Confidence float64 `json:"confidence"`
}

// BriefOf leaves the evidence out.
func BriefOf(v Value) Brief { return Brief{v.Value, v.Status, v.Confidence} }

// A Summary is a device as a list shows it.
type Summary struct {
	ID              string        `json:"id"`
	Name            string        `json:"name"`
	Class           Brief         `json:"class"`
	Manufacturer    Brief         `json:"manufacturer"`
	Model           Brief         `json:"model"`
	SerialNumber    Brief         `json:"serialNumber"`
	SoftwareVersion Brief         `json:"softwareVersion"`
	OperatingSystem Brief         `json:"operatingSystem"`
	Address         netip.Addr    `json:"address,omitzero" doc:"The address that it has now, as far as is known"`
	Addresses       []netip.Addr  `json:"addresses" doc:"All that it had"`
	MACs            []traffic.MAC `json:"macs"`
	Hostnames       []string      `json:"hostnames"`
	Location        PlacedAt      `json:"location"`
	Roles           []string      `json:"roles"`
	Protocols       []string      `json:"protocols"`
	Tags            []string      `json:"tags"`
	AssetTag        string        `json:"assetTag"`
	Behind          string        `json:"behind"`
	Conflicts       int           `json:"conflicts"`
	Exposure        Exposed       `json:"exposure"`
	Support         Support       `json:"support" doc:"Of the operating system, or of the model where no record knows the system"`
	State           DeviceState   `json:"state"`
	Attachment      string        `json:"attachment"`
	Posture         []string      `json:"posture"` // codes of weaknesses that the wire shows
	Randomised      bool          `json:"randomised,omitempty"`
	FirstSeen       time.Time     `json:"firstSeen,omitzero" doc:"When the network heard it first. Absent when it never did"`
	LastSeen        time.Time     `json:"lastSeen,omitzero" doc:"When the network heard it last. Absent when it never did"`
	Reported        time.Time     `json:"reported,omitzero" doc:"When a list, a DHCP server's leases or a vendor's cloud spoke of it last"`
	Version         int64         `json:"version"`
}

// A PlacedAt is a Location with how exactly it is known at the time of asking.
type PlacedAt struct {
	Location
	Precision Precision `json:"precision"`
}

// Exposed counts the advisories that touch a device.
type Exposed struct {
	Affected    int    `json:"affected"`
	Undecidable int    `json:"undecidable"`
	Highest     string `json:"highest"` // severity, or empty

	// Support stands beside it in lists.
	Support Support `json:"-"`
}

// SummaryOf is d as a list shows it at a time.
func SummaryOf(d Device, x Exposed, now time.Time) Summary {
	return Summary{ID: d.ID, Name: d.Name(), Class: BriefOf(d.Class), Manufacturer: BriefOf(d.Manufacturer), Model: BriefOf(d.Model),
		SerialNumber: BriefOf(d.SerialNumber), SoftwareVersion: BriefOf(d.SoftwareVersion), OperatingSystem: BriefOf(d.OperatingSystem),
		Address: d.AddressNow(), Addresses: d.Addresses, MACs: d.MACs, Hostnames: d.Hostnames, Location: PlacedAt{d.Location, PrecisionOf(d.Location, now)},
		Roles: d.Roles, Protocols: d.Protocols, Tags: d.Tags, AssetTag: d.AssetTag, Behind: d.Behind, Conflicts: len(d.Conflicts),
		State: StateOf(d, now), Attachment: d.Attachment.Known(), Posture: codesOf(d.Posture), Randomised: d.Randomised,
		Exposure: x, Support: x.Support.At(now), FirstSeen: d.FirstSeen, LastSeen: d.LastSeen, Reported: d.Reported(), Version: d.Version}
}

func codesOf(list []Weakness) []string {
	codes := make([]string, len(list))
	for i, w := range list {
		codes[i] = string(w.Code)
	}
	return codes
}

// A Facet counts the values of one field.
type Facet struct {
	Field  string  `json:"field"`
	Values []Tally `json:"values"`
}

// A Tally is how many devices have a value.
type Tally struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Counts is the list of devices in figures. Every device counts in exactly one
// of Location's four.
type Counts struct {
	Total    int     `json:"total"`
	ByClass  []Tally `json:"byClass"`
	ByStatus []Tally `json:"byStatus"`
	Location struct {
		Bed     int `json:"bed"`
		Unit    int `json:"unit"`
		Stale   int `json:"stale"`
		Unknown int `json:"unknown"`
	} `json:"location"`
}

// A Talk is what a device exchanged with a peer over one service.
type Talk struct {
	Peer      Peer      `json:"peer"`
	Direction string    `json:"direction"` // "out" when the device is the client, else "in"
	Transport string    `json:"transport"`
	Port      uint16    `json:"port"`
	Protocol  string    `json:"protocol"`
	Encrypted bool      `json:"encrypted"`
	Packets   uint64    `json:"packets"`
	BytesUp   uint64    `json:"bytesUp"`
	BytesDown uint64    `json:"bytesDown"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
}

// A Peer is the other side of a Talk.
type Peer struct {
	Address string `json:"address"`
	Device  string `json:"deviceId,omitempty"`
	Name    string `json:"name,omitempty"`
}

// A ModelCount is how many devices there are of one model at one version.
type ModelCount struct {
	ModelKey
	Class           string `json:"class"`
	OperatingSystem string `json:"operatingSystem"`
	Devices         int    `json:"devices"`
}
