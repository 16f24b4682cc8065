package exchange

import (
	"errors"
	"slices"
	"strings"
	"time"

	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
)

// mostOfAKind bounds how many patients, orders and devices are taken from one
// message; a gateway of a whole ward stays below.
const mostOfAKind = 64

// readHL7 fills in what f lacks from an HL7 v2 message.
func readHL7(m *hl7.Message, f *Facts, zone *time.Location) {
	msh := m.Segment(0)
	kind := msh.Field(9)
	fill(&f.Type, join(kind.Component(1), kind.Component(2)))
	fill(&f.Event, kind.Component(2).String())
	fill(&f.Version, msh.Field(12).Component(1).String())
	fill(&f.Sender, joinWith("@", msh.Field(3).Component(1), msh.Field(4).Component(1)))
	fill(&f.Receiver, joinWith("@", msh.Field(5).Component(1), msh.Field(6).Component(1)))
	fill(&f.ControlID, msh.Field(10).String())
	fill(&f.Profile, pcd.ProfileOf(m))
	if f.SentAt.IsZero() {
		f.SentAt = timeOf(msh.Field(7), zone)
	}
	device := map[string]int{}
	for i := range m.Len() {
		readSegment(m.Segment(i), f, device, zone)
	}
	if eui := euiOf(msh.Field(3).Component(2), msh.Field(3).Component(3)); eui != "" && len(f.Devices) == 0 {
		f.Devices = append(f.Devices, DeviceClaim{EUI64: eui, Name: msh.Field(3).Component(1).String(), Location: "MSH.3"})
	}
	if f.Live == NotLive {
		f.Live = liveness(m, f.Profile)
	}
}

func readSegment(s hl7.Segment, f *Facts, devices map[string]int, zone *time.Location) {
	switch {
	case s.Is("PID"):
		for n := 1; n <= min(s.Field(3).Reps(), mostOfAKind); n++ {
			f.add(&f.Patients, s.Field(3).Rep(n).Component(1))
		}
		fillValue(&f.Visit, s.Field(18).Component(1))
	case s.Is("MRG"):
		for n := 1; n <= min(s.Field(1).Reps(), mostOfAKind); n++ {
			f.add(&f.Patients, s.Field(1).Rep(n).Component(1))
		}
	case s.Is("PV1"):
		at := s.Field(3)
		fillValue(&f.Assigned.Unit, at.Component(1))
		fillValue(&f.Assigned.Room, at.Component(2))
		fillValue(&f.Assigned.Bed, at.Component(3))
		fillValue(&f.Visit, s.Field(19).Component(1))
	case s.Is("ORC"), s.Is("OBR"):
		f.add(&f.Orders, s.Field(2).Component(1))
		f.add(&f.Orders, s.Field(3).Component(1))
		if s.Is("OBR") {
			f.add(&f.Orders, s.Field(18).Component(1)) // placer field 1: the accession number of many
			f.observed(timeOf(s.Field(7), zone))
		}
	case s.Is("OBX"):
		readOBX(s, f, devices, zone)
	case s.Is("PRT"):
		if eui := euiOf(s.Field(10).Component(1), s.Field(10).Component(3), s.Field(10).Component(4)); eui != "" || !s.Field(10).Empty() {
			c := claimOf(f, devices, "prt", eui)
			if eui == "" {
				fillValue(&c.UDI, s.Field(10).Component(1))
			}
			fill(&c.Location, hl7.Locate(s, 10, 0, 0))
		}
	}
}

func readOBX(s hl7.Segment, f *Facts, devices map[string]int, zone *time.Location) {
	if !s.Field(5).Empty() {
		f.Values++
	}
	f.observed(timeOf(s.Field(14), zone))
	ei := s.Field(18)
	mds, _, _ := strings.Cut(string(s.Field(4).Bytes()), ".")
	set := productData(s.Field(3))
	if ei.Empty() && set == nil {
		return
	}
	eui := euiOf(ei.Component(1), ei.Component(3), ei.Component(4))
	c := claimOf(f, devices, mds, eui)
	if c == nil {
		return
	}
	if set != nil {
		fill(set(c), strings.TrimSpace(s.Field(5).Rep(1).Component(1).String()))
	}
	if eui == "" && !ei.Empty() {
		fillValue(&c.Serial, ei.Component(1))
	}
	fill(&c.Location, hl7.Locate(s, 18, 0, 0))
}

// claimOf returns the claim of the device that number mds of OBX-4 or an EUI-64
// names; devices are their places in f. It stays valid until the next.
func claimOf(f *Facts, devices map[string]int, mds, eui string) *DeviceClaim {
	key := mds
	if eui != "" {
		key = eui
		if i, ok := devices[mds]; ok && (f.Devices[i].EUI64 == "" || f.Devices[i].EUI64 == eui) {
			f.Devices[i].EUI64 = eui
			devices[eui] = i
			return &f.Devices[i]
		}
	}
	if i, ok := devices[key]; ok {
		return &f.Devices[i]
	}
	if len(f.Devices) == mostOfAKind {
		return &DeviceClaim{}
	}
	i := len(f.Devices)
	f.Devices = append(f.Devices, DeviceClaim{EUI64: eui})
	devices[key] = i
	if _, ok := devices[mds]; !ok {
		devices[mds] = i
	}
	return &f.Devices[i]
}

// productData says which part of a claim a row of production data is (IEEE
// 11073-10101, MDC_ID_...).
func productData(id hl7.Value) func(*DeviceClaim) *string {
	switch code := id.Component(1); {
	case code.Is("531969"):
		return func(c *DeviceClaim) *string { return &c.Model }
	case code.Is("531970"):
		return func(c *DeviceClaim) *string { return &c.Manufacturer }
	case code.Is("531972"):
		return func(c *DeviceClaim) *string { return &c.Serial }
	case code.Is("531975"), code.Is("531976"):
		return func(c *DeviceClaim) *string { return &c.Software }
	}
	return nil
}

// liveness says whether people at a bed wait for m: alarms and pump events,
// waveforms, and what monitors say of the moment. A laboratory's result is
// not live.
func liveness(m *hl7.Message, profile string) Liveness {
	switch profile {
	case pcd.Alarm, pcd.PumpEvent:
		return LiveAlarm
	case pcd.Observation:
	default:
		return NotLive
	}
	for i := range m.Len() {
		if s := m.Segment(i); s.Is("OBX") && (s.Field(2).Is("NA") || s.Field(2).Is("MA") || s.Field(2).Is("ED")) {
			return LiveWave
		}
	}
	return LiveVital
}

func fill(field *string, text string) {
	if *field == "" {
		*field = text
	}
}

func fillValue(field *string, v hl7.Value) {
	if *field == "" && !v.Empty() && !v.Null() {
		*field = v.String()
	}
}

func (f *Facts) add(list *[]string, v hl7.Value) {
	if v.Empty() || v.Null() || len(*list) == mostOfAKind {
		return
	}
	if text := v.String(); !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

func (f *Facts) observed(at time.Time) {
	if at.After(f.ObservedAt) {
		f.ObservedAt = at
	}
}

func timeOf(v hl7.Value, zone *time.Location) time.Time {
	if v.Empty() || v.Null() {
		return time.Time{}
	}
	t, err := v.Time(zone)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func join(a, b hl7.Value) string { return joinWith("^", a, b) }

func joinWith(sep string, a, b hl7.Value) string {
	if b.Empty() {
		return a.String()
	}
	return a.String() + sep + b.String()
}

// euiOf returns the first of values that is an EUI-64 which somebody gave: all
// zeros and all ones are what a device sends that never got one.
func euiOf(values ...hl7.Value) string {
	for _, v := range values {
		if len(v.Bytes()) < 16 {
			continue
		}
		if eui := CleanEUI64(v.String()); eui != "" {
			return eui
		}
	}
	return ""
}

// CleanEUI64 returns the sixteen hexadecimal digits of an EUI-64 in upper
// case, or nothing.
func CleanEUI64(text string) string {
	var b [16]byte
	n := 0
	for i := range len(text) {
		c := text[i]
		switch {
		case c == ':' || c == '-' || c == '.' || c == ' ':
			continue
		case c >= 'a' && c <= 'f':
			c -= 'a' - 'A'
		case c >= '0' && c <= '9', c >= 'A' && c <= 'F':
		default:
			return ""
		}
		if n == 16 {
			return ""
		}
		b[n] = c
		n++
	}
	s := string(b[:n])
	if n != 16 || strings.Trim(s, "0") == "" || strings.Trim(s, "F") == "" {
		return ""
	}
	return s
}

// unreadableIssue says where bytes stop being a message.
func unreadableIssue(err error, size int) Issue {
	i := Issue{Severity: hl7.Fatal, Code: "structure", Rule: hl7.RuleStructure, Text: "the bytes cannot be read as a message", Error: 100}
	var at *hl7.Error
	if errors.As(err, &at) {
		i.Location, i.Start, i.End, i.Text = at.Path, at.Offset, min(at.Offset+1, size), at.Text
	}
	return i
}
