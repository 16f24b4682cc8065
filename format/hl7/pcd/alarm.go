package pcd

import "bedrail/format/hl7"

// An AlarmReport is what a PCD-04 or an alarm's row group says.
type AlarmReport struct {
	Event        string // MDC code of the event, such as 196670
	Text         string
	Source       string // MDC code of the measurement behind it
	Phase        string // start, continue, end, update, escalate, reset
	State        string // active, inactive, latched
	Inactivation string // enabled, alarm-paused, audio-paused...
	Priority     string // PH, PM, PL, PN
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
		case "PH", "PM", "PL", "PN":
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
