package quality

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"bedrail/exchange"
	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
)

// A Sample is what the watch looks at of one message. It lives for a moment:
// its values are never kept.
type Sample struct {
	Channel   string
	Shadow    bool // it was only overheard
	Message   string
	Received  time.Time
	Observed  time.Time // by its sender's clock; zero when it names none
	Device    string
	Name      string
	Site      string
	Unit      string
	Place     string // bed, as a key: what stands there measures one patient
	Type      string
	Live      bool
	Duplicate bool
	Rejected  bool
	Retried   bool // an old message: its clock says nothing
	Wrong     Wrong
	Values    []Value
}

// Wrong is what checking found, by kind.
type Wrong struct {
	Units, Implausible, Charset, Invalid bool
}

// A Value is one number with what it measures.
type Value struct {
	Code   string
	Number float64
}

// valuesMost bounds what is looked at of one message.
const valuesMost = 64

// SampleOf makes a sample of a message that was kept. m may be nil.
func SampleOf(k *exchange.Message, m *hl7.Message, site, unit string) Sample {
	f := &k.Sealed.Facts
	s := Sample{Channel: k.Channel, Message: k.ID, Received: k.ReceivedAt, Observed: f.ObservedAt, Device: k.Device, Name: nameOf(k), Site: site, Unit: unit,
		Type: k.Type, Live: k.Live.Live(), Duplicate: k.State == exchange.Duplicate, Rejected: k.State == exchange.Rejected}
	if s.Observed.IsZero() && strings.HasPrefix(k.Type, "ADT") {
		s.Observed = f.SentAt
	}
	if p := k.Sealed.Patient; p != nil && p.Place.Bed != "" {
		s.Place = p.Place.Unit + "|" + p.Place.Room + "|" + p.Place.Bed
	}
	for _, i := range k.Sealed.Issues {
		switch i.Rule {
		case pcd.RuleUnitDimension, pcd.RuleUnitMissing:
			s.Wrong.Units = true
		case pcd.RuleImplausible, pcd.RuleSentinel:
			s.Wrong.Implausible = true
		case hl7.RuleCharset:
			s.Wrong.Charset = true
		default:
			s.Wrong.Invalid = s.Wrong.Invalid || i.Severity == hl7.ErrorLevel || i.Severity == hl7.Fatal
		}
	}
	if m != nil && !s.Duplicate && !s.Rejected {
		s.Values = valuesOf(m)
	}
	return s
}

// nameOf is how a sender calls itself: by a number of the device before the
// name of the system.
func nameOf(k *exchange.Message) string {
	if d := k.Sealed.Facts.Devices; len(d) > 0 {
		for _, n := range []string{d[0].Serial, d[0].EUI64, d[0].UDI, d[0].AETitle, d[0].Name} {
			if n != "" {
				return n
			}
		}
	}
	for _, n := range []string{k.Sealed.Peer.ClientID, k.Sealed.Peer.AETitle, k.Sender, k.Peer, k.Channel} {
		if n != "" {
			return n
		}
	}
	return ""
}

// valuesOf reads the numbers of a device's message: OBX-2 NM, with the code of
// OBX-3. Alarms repeat values of before and are left out.
func valuesOf(m *hl7.Message) []Value {
	n := 0
	for i := range m.Len() {
		if m.Segment(i).Is("OBX") {
			n++
		}
	}
	if n == 0 || m.Segment(0).Field(9).Component(2).Is("R40") {
		return nil
	}
	out := make([]Value, 0, min(n, valuesMost))
	for i := range m.Len() {
		s := m.Segment(i)
		if !s.Is("OBX") || !s.Field(2).Is("NM") || len(out) == valuesMost {
			continue
		}
		if v, ok := s.Field(5).Float(); ok {
			out = append(out, Value{s.Field(3).Component(1).String(), v})
		}
	}
	return out
}

// seriesID names a series so that nothing can be read from it.
func seriesID(channel, subject string) string {
	sum := sha256.Sum256([]byte(channel + "\x00" + subject))
	return "qs_" + hex.EncodeToString(sum[:10])
}

// subject is who speaks, within a channel.
func (s *Sample) subject() string {
	if s.Device != "" {
		return s.Device
	}
	return s.Name
}
