// Package pcd checks what bedside devices say in HL7 v2 by the profiles of
// IHE: observations (PCD-01), alarms (PCD-04 to 06) and pump events (PCD-10).
// It finds what would mislead whoever reads the chart: a saturation in
// millimetres of mercury, a value of a channel that does not exist, data of a
// demonstration, a clock that is wrong.
package pcd

import (
	"fmt"
	"strconv"
	"time"

	"bedrail/format/hl7"
)

// Rules of this package.
const (
	RuleUnitDimension = "unit-dimension-mismatch"
	RuleUnitMissing   = "unit-missing"
	RuleImplausible   = "implausible"
	RuleSentinel      = "implausible/sentinel"
	RuleContainment   = "containment"
	RuleNomenclature  = "nomenclature"
	RuleClock         = "clock-drift"
	RuleZone          = "timestamp-without-offset"
	RuleDemo          = "demo-data"
	RulePatient       = "patient-unknown"
	RuleIdentity      = "identity"
	RuleStatus        = "status"
	RuleAlarm         = "alarm"
	RuleProfile       = "profile"
)

// The names of the profiles, as the command line and channels give them.
const (
	Observation = "ihe-pcd-01"
	Alarm       = "ihe-pcd-04"
	AlarmAnswer = "ihe-pcd-05"
	PumpEvent   = "ihe-pcd-10"
)

// deviceOID is the root under which IHE names its device profiles in MSH-21.
const deviceOID = "1.3.6.1.4.1.19376.1.6"

// ProfileOf returns the profile that m claims (MSH-21) or shows by its event
// and its codes, or "".
func ProfileOf(m *hl7.Message) string {
	msh := m.Segment(0)
	event := msh.Field(9).Component(2)
	switch {
	case event.Is("R40"):
		return Alarm
	case event.Is("R41") && msh.Field(9).Component(1).Is("ORA"):
		return AlarmAnswer
	case event.Is("R42"):
		return PumpEvent
	}
	claimed := msh.Field(21)
	for n := 1; n <= claimed.Reps() && n <= 8; n++ {
		if oid := claimed.Rep(n).Component(3).Bytes(); len(oid) >= len(deviceOID) && string(oid[:len(deviceOID)]) == deviceOID {
			return Observation
		}
	}
	if !msh.Field(9).Component(1).Is("ORU") {
		return ""
	}
	for i, rows := 0, 0; i < m.Len() && rows < 3; i++ {
		if seg := m.Segment(i); seg.Is("OBX") {
			rows++
			if seg.Field(3).Component(3).Is("MDC") {
				return Observation
			}
		}
	}
	return ""
}

// A Validator checks device messages. It is safe for several goroutines.
type Validator struct {
	Base  *hl7.Validator
	Terms *Table
	// Skew is how far the sender's clock may be from ours; default one minute.
	Skew time.Duration
}

// NewValidator returns a Validator with the embedded definitions and terms.
func NewValidator() (*Validator, error) {
	base, err := hl7.NewValidator()
	if err != nil {
		return nil, err
	}
	terms, err := NewTable()
	if err != nil {
		return nil, err
	}
	return &Validator{Base: base, Terms: terms}, nil
}

// Validate returns what is wrong with m by HL7 and by the device profile.
// received is when it came in; the zero time leaves the clock unchecked.
func (v *Validator) Validate(m *hl7.Message, profile string, received time.Time, issues []hl7.Issue) []hl7.Issue {
	before := len(issues)
	issues = v.Base.Validate(m, issues)
	for i := range issues[before:] {
		if row := issues[before+i]; row.Severity == hl7.Fatal || row.Severity == hl7.ErrorLevel && len(row.Location) > 3 && row.Location[:3] == "MSH" {
			return issues
		}
	}
	issues = withoutPatientFields(issues, before)
	c := check{v: v, m: m, profile: profile, issues: issues}
	c.header(received)
	c.patient()
	for i := range m.Len() {
		switch seg := m.Segment(i); {
		case seg.Is("OBR"):
			c.rows = c.rows[:0]
			c.stamp(seg, 7)
		case seg.Is("OBX"):
			c.row(seg)
		}
	}
	c.identity()
	c.claim()
	c.observation()
	c.alarm()
	c.answer()
	c.event()
	c.zone()
	return c.issues
}

// withoutPatientFields drops the base rules for PID-3 and PID-5: devices often
// know no patient, and the profile says so in one finding of its own.
func withoutPatientFields(issues []hl7.Issue, from int) []hl7.Issue {
	keep := from
	for i := from; i < len(issues); i++ {
		if issues[i].Rule == hl7.RuleRequired && (issues[i].Location == "PID.3" || issues[i].Location == "PID.5") {
			continue
		}
		issues[keep] = issues[i]
		keep++
	}
	return issues[:keep]
}

// A check is the work on one message.
type check struct {
	v       *Validator
	m       *hl7.Message
	profile string
	issues  []hl7.Issue

	rows     []place // of this OBR
	store    [48]place
	device   hl7.Value // OBX-18 of the row before
	eui      hl7.Value // the only EUI-64 of equipment, while there is one
	euis     int
	unzoned  int
	unzonedS hl7.Segment
	unzonedN int
	unzonedV hl7.Value
}

func (c *check) add(seg hl7.Segment, v hl7.Value, field int, severity hl7.Severity, code, rule, text string) {
	if len(c.issues) < 400 {
		c.issues = append(c.issues, hl7.At(seg, v, field, 0, severity, code, rule, text, 0))
	}
}

func (c *check) header(received time.Time) {
	msh := c.m.Segment(0)
	if c.profile == Observation && !msh.Field(2).Is(`^~\&`) && !msh.Field(2).Is(`^~\&#`) {
		c.add(msh, msh.Field(2), 2, hl7.Warning, "value", RuleProfile, `device profiles demand ^~\& in MSH-2 (IHE PCD TF-2, MSH segment)`)
	}
	c.stamp(msh, 7)
	if received.IsZero() {
		return
	}
	sent, err := msh.Field(7).Time(received.Location())
	if err != nil || sent.Precision < hl7.Minute {
		return
	}
	limit := c.v.Skew
	if limit <= 0 {
		limit = time.Minute
	}
	skew := sent.Sub(received)
	if skew > limit || skew < -limit {
		word := "ahead"
		if skew < 0 {
			word, skew = "behind", -skew
		}
		c.add(msh, msh.Field(7), 7, hl7.Warning, "value", RuleClock, fmt.Sprintf("the sender's clock is %s %s; values would be charted at the wrong time. Set the device to the hospital's time server", skew.Round(time.Second), word))
	}
}

// stamp remembers the first time that names no offset from UTC.
func (c *check) stamp(seg hl7.Segment, field int) {
	f := seg.Field(field)
	b := f.Component(1).Bytes()
	if len(b) < 10 {
		return
	}
	if sign := b[len(b)-5]; sign == '+' || sign == '-' {
		return
	}
	if c.unzoned++; c.unzoned == 1 {
		c.unzonedS, c.unzonedN, c.unzonedV = seg, field, f
	}
}

func (c *check) zone() {
	if c.unzoned == 0 {
		return
	}
	c.add(c.unzonedS, c.unzonedV, c.unzonedN, hl7.Warning, "value", RuleZone, "the time names no offset from UTC, so the facility's zone has to be assumed; twice a year that is an hour wrong ("+strconv.Itoa(c.unzoned)+" in this message)")
}

// patient says when a value cannot be bound to a patient by the message.
func (c *check) patient() {
	if c.profile == AlarmAnswer {
		return
	}
	pid := c.m.Find("PID", 1)
	if id := pid.Field(3).Component(1); !id.Empty() && !id.Null() {
		return
	}
	if pid.Exists() {
		c.add(pid, pid.Field(3), 3, hl7.Warning, "business-rule", RulePatient, "the message names no patient; its values must be bound by the device's place or held")
		return
	}
	c.issues = append(c.issues, hl7.Issue{Severity: hl7.Warning, Code: "business-rule", Rule: RulePatient, Location: "PID", Text: "the message names no patient; its values must be bound by the device's place or held"})
}

// identity compares the address that the header claims with the one that the
// same application is given in the order numbers, and with the only device's.
func (c *check) identity() {
	msh := c.m.Segment(0)
	hd := msh.Field(3)
	if !hd.Component(3).Is("EUI-64") || c.euis != 1 {
		return
	}
	claimed, device := hd.Component(2), c.eui
	if string(claimed.Bytes()) == string(device.Bytes()) || !c.sameApplication(hd.Component(1), device) {
		return // a gateway speaks for its devices under its own address
	}
	c.add(msh, claimed, 3, hl7.Warning, "business-rule", RuleIdentity, "MSH-3 gives the sender another EUI-64 than its own device rows do; the device was exchanged, wrongly set up, or somebody speaks in its name")
}

// sameApplication reports whether the application in MSH-3 is known by the
// device's address in OBR-2 or OBR-3, so that the header contradicts itself.
func (c *check) sameApplication(name, device hl7.Value) bool {
	obr := c.m.Find("OBR", 1)
	for _, n := range [...]int{2, 3} {
		ei := obr.Field(n)
		if string(ei.Component(2).Bytes()) == string(name.Bytes()) && string(ei.Component(3).Bytes()) == string(device.Bytes()) {
			return true
		}
	}
	return false
}
