// Package mqtt speaks MQTT with devices and gateways: it is a broker that they
// publish to, or a client of a broker that is there already, and it publishes
// for others. What is published with QoS 1 or 2 is acknowledged only once it
// is kept; what comes with QoS 0 is counted as unassured.
package mqtt

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"bedrail"
	"bedrail/exchange"
)

// SourceSettings are those of {mqtt: {listen: ...}} and {mqtt: {address: ...}}.
type SourceSettings struct {
	// Listen makes this door a broker.
	Listen    string           `json:"listen,omitempty"`
	Plain     bool             `json:"plain,omitempty"`
	Clients   []ClientSettings `json:"clients,omitempty"`   // who may connect
	Anonymous bool             `json:"anonymous,omitempty"` // anybody may, on this machine only

	// Address makes it a client of a broker, such as mqtt://broker:1883 or
	// mqtts://broker:8883.
	Address      string   `json:"address,omitempty"`
	Topics       []string `json:"topics,omitempty"`
	ClientID     string   `json:"clientId,omitempty"`
	User         string   `json:"user,omitempty"`
	PasswordFile string   `json:"passwordFile,omitempty"`

	TLS      *exchange.TLSSettings `json:"tls,omitempty"`
	Format   exchange.Format       `json:"format,omitempty"` // of payloads; json
	MaxBytes uint32                `json:"maxBytes,omitempty"`
}

// ClientSettings say who may connect under a client id. At least one of
// password, certificate and address proves it.
type ClientSettings struct {
	ID           string   `json:"id"`
	User         string   `json:"user,omitempty"`
	PasswordFile string   `json:"passwordFile,omitempty"`
	Certificate  string   `json:"certificate,omitempty"` // subject, such as CN=monitor-7
	Address      string   `json:"address,omitempty"`     // IP
	Topics       []string `json:"topics,omitempty"`      // that it may publish to; empty is every one
}

const (
	packetUsual = 1 << 20
	packetMost  = 64 << 20
)

func (s *SourceSettings) check() error {
	if s.Format == "" {
		s.Format = exchange.JSON
	}
	if s.MaxBytes == 0 {
		s.MaxBytes = packetUsual
	}
	if s.MaxBytes > packetMost {
		return bedrail.Errorf(bedrail.Invalid, "maxBytes is %d; at most %d", s.MaxBytes, packetMost).At("maxBytes")
	}
	if known := []exchange.Format{exchange.JSON, exchange.HL7v2, exchange.FHIR, exchange.ASTM, exchange.CSV, exchange.Binary}; !slices.Contains(known, s.Format) {
		return bedrail.Errorf(bedrail.Invalid, "format is %q; it is json, hl7v2, fhir, astm, csv or binary", s.Format).At("format")
	}
	switch {
	case s.Listen != "" && s.Address != "":
		return bedrail.Errorf(bedrail.Invalid, "listen makes a broker and address calls one; give one of them").At("address")
	case s.Listen != "":
		return s.checkBroker()
	case s.Address != "":
		if len(s.Topics) == 0 {
			return bedrail.Errorf(bedrail.Invalid, "topics is missing; it lists what is subscribed to, such as ward/+/vitals").At("topics")
		}
		return checkURL(s.Address)
	}
	return bedrail.Errorf(bedrail.Invalid, "listen is missing; it is an address and port such as 127.0.0.1:1883, or address names a broker").At("listen")
}

func (s *SourceSettings) checkBroker() error {
	if err := exchange.CheckAddress("listen", s.Listen); err != nil {
		return err
	}
	if s.Anonymous && !exchange.Loopback(s.Listen) {
		return bedrail.Errorf(bedrail.Invalid, "anonymous is for this machine only; %s is reachable from others", s.Listen).At("anonymous")
	}
	if len(s.Clients) == 0 && !s.Anonymous {
		return bedrail.Errorf(bedrail.Invalid, "clients is missing; it lists who may connect").At("clients")
	}
	for _, c := range s.Clients {
		if c.ID == "" || c.PasswordFile == "" && c.Certificate == "" && c.Address == "" {
			return bedrail.Errorf(bedrail.Invalid, "a client has an id, and a passwordFile, a certificate or an address that proves it").At("clients")
		}
	}
	return nil
}

func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts" {
		return bedrail.Errorf(bedrail.Invalid, "address is %q; it is a broker such as mqtt://broker:1883 or mqtts://broker:8883", address).At("address")
	}
	if u.User != nil {
		return bedrail.Errorf(bedrail.Invalid, "address holds a password; name a file in passwordFile instead").At("address")
	}
	return nil
}

// DestinationSettings are those of a destination {mqtt: {address: ..., topic: ...}}.
type DestinationSettings struct {
	Address      string                `json:"address"`
	Topic        string                `json:"topic"` // may hold {channel}, {type}, {sender}
	ClientID     string                `json:"clientId,omitempty"`
	User         string                `json:"user,omitempty"`
	PasswordFile string                `json:"passwordFile,omitempty"`
	TLS          *exchange.TLSSettings `json:"tls,omitempty"`
	Retain       bool                  `json:"retain,omitempty"`
}

func (d *DestinationSettings) check() error {
	if err := checkURL(d.Address); err != nil {
		return err
	}
	if d.Topic == "" || strings.ContainsAny(d.Topic, "+#\x00") {
		return bedrail.Errorf(bedrail.Invalid, "topic is %q; it is a topic without wildcards, such as bedrail/{channel}/{type}", d.Topic).At("topic")
	}
	return nil
}

// SourceKind is the kind "mqtt" of sources.
func SourceKind() exchange.SourceKind {
	read := func(raw json.RawMessage) (SourceSettings, error) {
		var s SourceSettings
		if err := exchange.Decode(raw, &s); err != nil {
			return s, err
		}
		return s, s.check()
	}
	return exchange.SourceKind{
		Name: "mqtt", Format: exchange.JSON,
		About:   "Takes what devices and gateways publish, as a broker of its own or from one that is there.",
		Example: `{"listen": "127.0.0.1:1883", "clients": [{"id": "gateway-1", "passwordFile": "gateway-1.password"}]}`,
		Check:   func(raw json.RawMessage) error { _, err := read(raw); return err },
		Address: func(raw json.RawMessage) string {
			s, err := read(raw)
			if err != nil || s.Listen == "" {
				return ""
			}
			return "tcp/" + s.Listen
		},
		Open: func(c exchange.SourceConfig) (exchange.Source, error) {
			s, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			if s.Listen != "" {
				return newBroker(s, c), nil
			}
			return newSubscriber(s, c), nil
		},
	}
}

// DestinationKind is the kind "mqtt" of destinations.
func DestinationKind() exchange.DestinationKind {
	read := func(raw json.RawMessage) (DestinationSettings, error) {
		var d DestinationSettings
		if err := exchange.Decode(raw, &d); err != nil {
			return d, err
		}
		return d, d.check()
	}
	return exchange.DestinationKind{
		Name: "mqtt", About: "Publishes messages to a broker, with QoS 1.",
		Example: `{"address": "mqtt://127.0.0.1:1883", "topic": "bedrail/{channel}/{type}"}`,
		Check:   func(raw json.RawMessage) error { _, err := read(raw); return err },
		Open: func(c exchange.DestinationConfig) (exchange.Sender, error) {
			d, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			return newPublisher(d, c)
		},
	}
}

func contentType(f exchange.Format) string {
	return map[exchange.Format]string{exchange.JSON: "application/json", exchange.FHIR: "application/fhir+json", exchange.HL7v2: "x-application/hl7-v2+er7", exchange.CSV: "text/csv"}[f]
}
