package pcd

import (
	"strings"

	"bedrail/format/hl7"
)

// An AlarmReport is what a PCD-04 or an alarm's row group says.
type AlarmReport struct {
	Event        string // MDC code of the event, such as 196670
	Text         string
	Source       string // MDC code of the measurement behind it
	Phase        string // start, continue, end, update, escalate, reset
	State        string // active, inactive, latched
	Inactivation string // enabled, alarm-paused, audio-paused...
	Priority     string // PH, PM, PL, PN; PI and PU of devices that have more
	Kind         string // SP physiological, ST technical, SA advisory
	Value        string
	Limits       string
	At           hl7.Value // when, as sent
	Parent       string    // order number of the alarm that this one updates (OBR-29)
}

// AlarmOf reads the alarm of a PCD-04 message. ok is false when the message
// carries none.
func AlarmOf(m *hl7.Message) (a AlarmReport, ok bool) {
	obr := m.Find("OBR", 1)
	if !obr.Field(4).Component(1).Is("196616") && ProfileOf(m) != Alarm {
		return AlarmReport{}, false
	}
	if a.Parent = obr.Field(29).Component(1).Sub(1).String(); a.Parent == "" { // EIP: placer's and filler's number
		a.Parent = obr.Field(29).Component(2).Sub(1).String()
	}
	for i := range m.Len() {
		if seg := m.Segment(i); seg.Is("OBX") {
			a.facet(seg)
		}
	}
	return a, true
}

// facet reads one row: what it is stands in its code or, for event and source,
// in the last number of OBX-4.
func (a *AlarmReport) facet(seg hl7.Segment) {
	at, _ := parsePlace(seg.Field(4).Bytes())
	value := seg.Field(5).String()
	switch code := seg.Field(3).Component(1); {
	case code.Is("68481"):
		a.Phase = value
	case code.Is("68482"):
		a.State = value
	case code.Is("68483"):
		a.Inactivation = value
	case code.Is("68484"):
		a.Priority = value
	case code.Is("68485"):
		a.Kind = value
	case at.level[4] == 1 && code.Is("196616"): // MDC_EVT_ALARM: which one stands in the value
		event := seg.Field(5)
		if a.Event, a.Text, a.At = event.Component(1).String(), event.Component(9).String(), seg.Field(14); a.Text == "" {
			a.Text = event.Component(2).String()
		}
	case at.level[4] == 1:
		a.Event, a.Text, a.At = code.String(), value, seg.Field(14)
	case at.level[4] == 2:
		a.Source, a.Value, a.Limits = code.String(), value, seg.Field(7).String()
	}
	flags := seg.Field(8)
	for n := 1; n <= flags.Reps(); n++ {
		switch flag := flags.Rep(n).Component(1).String(); flag {
		case "PH", "PM", "PL", "PN", "PI", "PU":
			a.Priority = flag
		case "SP", "ST", "SA":
			a.Kind = flag
		}
	}
}

// alarm checks that an alarm says what a nurse's phone must know.
func (c *check) alarm() {
	if c.profile != Alarm {
		return
	}
	a, ok := AlarmOf(c.m)
	if !ok {
		return
	}
	at, field := c.m.Find("OBR", 1), 4
	if !at.Exists() {
		at, field = c.m.Segment(0), 9
	}
	if a.Source == "" && !strings.Contains(a.Text, "WATCHDOG") { // a sign of life is of no part
		c.add(at, at.Field(field), field, hl7.Warning, "required", RuleAlarm, "the alarm does not say which measurement or part it is of (facet 2)")
	}
	for _, row := range [...]struct{ value, text string }{
		{a.Event, "the alarm does not say which event it reports (facet 1)"},
		{a.Phase, "the alarm does not say whether it starts, goes on or ends (MDC_ATTR_EVENT_PHASE, facet 3)"},
		{a.State, "the alarm does not say whether it is active (MDC_ATTR_ALARM_STATE, facet 4)"},
		{a.Priority, "the alarm has no priority (PH, PM, PL or PN in OBX-8)"},
	} {
		if row.value == "" {
			c.add(at, at.Field(field), field, hl7.Warning, "required", RuleAlarm, row.text)
		}
	}
	c.alarmWords(at, field, a)
}

// An AlarmStatus is what a PCD-05 tells about an alarm that was passed on.
type AlarmStatus struct {
	Message string // control id of the alarm's message (MSA-2)
	Alarm   string // its order number (OBR-3)
	Status  string // what became of it (PRT-3): Delivered, Read, Accepted, Rejected...
	By      string // who answered (PRT-5); of a person, never for a log
}

// AlarmStatusOf reads a PCD-05. ok is false for other messages.
func AlarmStatusOf(m *hl7.Message) (s AlarmStatus, ok bool) {
	if ProfileOf(m) != AlarmAnswer {
		return AlarmStatus{}, false
	}
	prt := m.Find("PRT", 1)
	s = AlarmStatus{Message: m.Find("MSA", 1).Field(2).String(), Alarm: m.Find("OBR", 1).Field(3).Component(1).String(), By: prt.Field(5).Component(1).String()}
	id, text, _ := prt.Field(3).Coded()
	if s.Status = id.String(); s.Status == "" {
		s.Status = text.String()
	}
	return s, true
}
