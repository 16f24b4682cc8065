package pcd

import (
	"fmt"
	"strconv"
	"strings"

	"bedrail/format/hl7"
)

// Rules of the single transactions. IHE PCD TF-2 is the technical framework of
// IHE Patient Care Device, volume 2; its section 3.n is transaction PCD-n, and
// 3.10 stands in the supplement Infusion Pump Event Communication (IPEC,
// revision 1.5), whose appendix X lists events and parameters. The texts of the
// rules are ours.
const (
	RuleClaim         = "pcd/claim"         // MSH-21 names the transaction that MSH-9 shows
	RuleSender        = "pcd-01/sender"     // 3.1, MSH-3: the software that speaks is named
	RuleOrder         = "pcd-01/orc"        // 3.1: observations of devices carry no ORC
	RuleAlarmValue    = "pcd-04/value"      // 3.4: phase, state and inactivation are words of the transaction
	RuleAlarmParent   = "pcd-04/parent"     // 3.4, OBR-29: what updates or ends an alarm names it
	RuleAlarmKind     = "pcd-04/kind"       // 3.4: physiological, technical or advisory
	RuleAnswerType    = "pcd-05/type"       // 3.5: ORA^R41^ORA_R41
	RuleAnswerOf      = "pcd-05/answers"    // 3.5: MSA-2 or the order number name the alarm
	RuleDissemination = "pcd-06/transport"  // 3.6, 3.7: to communicators by WCTP, not as HL7 v2
	RuleEvent         = "pcd-10/event"      // X.1.1: one event of partition 3, in MDC_ATTR_EVT_COND
	RuleEventSource   = "pcd-10/source"     // X.1.1: MDC_ATTR_EVT_SOURCE names a part of this device
	RuleEventDevice   = "pcd-10/device"     // X.1.1: the pump says which it is
	RuleEventWith     = "pcd-10/parameters" // table X.1.2.1-2: what comes with the beginning and the end of a delivery
)

// transactionOf returns n of the PCD-n that an OID of MSH-21 stands for: both
// ...19376.1.6.1.n.1 and ...19376.1.6.4.n are in use.
func transactionOf(oid string) int {
	rest, ok := strings.CutPrefix(oid, deviceOID+".")
	if !ok {
		return 0
	}
	parts := strings.Split(rest, ".")
	switch {
	case len(parts) == 3 && parts[0] == "1" && parts[2] == "1", len(parts) == 2 && parts[0] == "4":
		n, err := strconv.Atoi(parts[1])
		if err == nil && n > 0 && n < 100 {
			return n
		}
	}
	return 0
}

// claim compares MSH-21 with the event of MSH-9.
func (c *check) claim() {
	msh := c.m.Segment(0)
	f := msh.Field(21)
	for r := 1; r <= f.Reps() && r <= 8; r++ {
		oid := f.Rep(r).Component(3)
		if oid.Empty() || len(oid.Bytes()) > 64 {
			continue
		}
		if oid.Is(deviceOID + ".1.1.1") { // of nearly every message
			if c.profile != Observation {
				c.add(msh, oid, 21, hl7.Warning, "value", RuleClaim, "MSH-21 claims PCD-01, but the event in MSH-9 is of another transaction; one of the two is set up wrongly")
			}
			continue
		}
		switch n := transactionOf(string(oid.Bytes())); {
		case n == 6 || n == 7:
			c.add(msh, oid, 21, hl7.Warning, "value", RuleDissemination, fmt.Sprintf("MSH-21 claims PCD-%02d, which goes between alarm manager and communicator by WCTP; it does not exist as an HL7 v2 message", n))
		case n == 4 && c.profile != Alarm, n == 5 && c.profile != AlarmAnswer, n == 10 && c.profile != PumpEvent, n == 1 && c.profile != Observation:
			c.add(msh, oid, 21, hl7.Warning, "value", RuleClaim, fmt.Sprintf("MSH-21 claims PCD-%02d, but the event in MSH-9 is of another transaction; one of the two is set up wrongly", n))
		}
	}
}

// observation checks what PCD-01 says of header and orders.
func (c *check) observation() {
	if c.profile != Observation {
		return
	}
	msh := c.m.Segment(0)
	if msh.Field(3).Empty() {
		c.add(msh, msh.Field(3), 3, hl7.Warning, "required", RuleSender, "MSH-3 does not name the software that sends; whose message it is cannot be told from the message")
	}
	if orc := c.m.Find("ORC", 1); orc.Exists() {
		c.add(orc, orc.Field(1), 1, hl7.Information, "structure", RuleOrder, "device observations carry no ORC; receivers of the profile ignore it")
	}
}

// answer checks PCD-05: which alarm it answers.
func (c *check) answer() {
	if c.profile != AlarmAnswer {
		return
	}
	msh := c.m.Segment(0)
	kind := msh.Field(9)
	if !kind.Component(1).Is("ORA") || !kind.Component(2).Is("R41") {
		c.add(msh, kind, 9, hl7.ErrorLevel, "value", RuleAnswerType, "the answer to an alarm is ORA^R41^ORA_R41; this is another message")
		return
	}
	msa, obr := c.m.Find("MSA", 1), c.m.Find("OBR", 1)
	if msa.Field(2).Empty() && obr.Field(3).Empty() && obr.Field(29).Empty() {
		c.add(msa, msa.Field(2), 2, hl7.ErrorLevel, "required", RuleAnswerOf, "the answer names neither the message (MSA-2) nor the alarm (OBR-3); the alarm manager cannot tell which alarm was taken")
	}
}

// Words of the alarm transactions; an implementation may also name none.
var (
	alarmPhases = map[string]bool{"": true, "tpoint": true, "start": true, "continue": true, "end": true, "present": true, "update": true, "escalate": true, "deescalate": true, "de-escalate": true, "reset": true}
	alarmStates = map[string]bool{"": true, "off": true, "inactive": true, "active": true, "latched": true}
	alarmQuiets = map[string]bool{"": true, "enabled": true, "audio-paused": true, "audio-off": true, "alarm-paused": true, "alarm-off": true, "alert-acknowledged": true}
)

// alarmWords checks the words of the facets, and that a later message of an
// alarm names the first.
func (c *check) alarmWords(at hl7.Segment, field int, a AlarmReport) {
	for _, row := range [...]struct {
		value, what string
		known       map[string]bool
	}{
		{a.Phase, "phase (MDC_ATTR_EVENT_PHASE): start, continue, update, escalate, reset or end", alarmPhases},
		{a.State, "state (MDC_ATTR_ALARM_STATE): active, inactive, latched or off", alarmStates},
		{a.Inactivation, "inactivation (MDC_ATTR_ALARM_INACTIVATION_STATE): enabled, audio-paused, audio-off, alarm-paused, alarm-off or alert-acknowledged", alarmQuiets},
	} {
		for word := range strings.SplitSeq(row.value, "~") {
			if !row.known[word] {
				c.add(at, at.Field(field), field, hl7.Warning, "code-invalid", RuleAlarmValue, "the alarm has a word that is no "+row.what+"; a phone may show it wrongly")
				break
			}
		}
	}
	if a.Kind == "" {
		c.add(at, at.Field(field), field, hl7.Warning, "required", RuleAlarmKind, "the alarm does not say whether it is of the patient (SP), of the equipment (ST) or advice (SA)")
	}
	switch a.Phase {
	case "continue", "end", "update", "escalate", "deescalate", "de-escalate", "reset":
		if a.Parent == "" {
			c.add(at, at.Field(29), 29, hl7.Warning, "required", RuleAlarmParent, "the message goes on with an alarm but does not name it (OBR-29); the phone cannot take the first one back")
		}
	}
}
