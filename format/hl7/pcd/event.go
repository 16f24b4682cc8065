package pcd

import (
	"strconv"
	"strings"

	"bedrail/format/hl7"
)

// An EventReport is what a pump tells by PCD-10.
type EventReport struct {
	Event  string // MDC reference id, such as MDC_EVT_PUMP_DELIV_START, or the code where no name came
	Source string // OBX-4 of the part that it is of
	Values map[string]hl7.Value
	At     hl7.Value // when, as sent (OBX-14 of the event, else OBR-7)

	seg, source hl7.Segment // where event and source stand
	events      int
	device      bool // some row says which pump it is
}

// EventOf reads the event of a PCD-10 message. ok is false when the message
// carries none. Values holds OBX-5 by the reference id of its row.
func EventOf(m *hl7.Message, terms *Table) (e EventReport, ok bool) {
	if ProfileOf(m) != PumpEvent {
		return EventReport{}, false
	}
	e = EventReport{Values: map[string]hl7.Value{}, seg: m.Segment(-1), source: m.Segment(-1)}
	for i := range m.Len() {
		seg := m.Segment(i)
		if !seg.Is("OBX") {
			continue
		}
		switch name := nameOf(seg.Field(3), terms); name {
		case "MDC_ATTR_EVT_COND":
			if e.events++; e.events == 1 {
				e.seg, e.Event, e.At = seg, nameOf(seg.Field(5), terms), seg.Field(14)
			}
		case "MDC_ATTR_EVT_SOURCE":
			e.source, e.Source = seg, seg.Field(5).String()
		default:
			e.Values[name] = seg.Field(5)
			e.device = e.device || !seg.Field(18).Empty()
		}
	}
	if e.At.Empty() {
		e.At = m.Find("OBR", 1).Field(7)
	}
	return e, e.events > 0
}

// nameOf is the reference id of a coded value: by its code where the table has
// it, else as it was sent. Terms without a code of their own come with 0
// (IPEC, X.1.2.2), and so by their name alone.
func nameOf(v hl7.Value, terms *Table) string {
	id, ref, _ := v.Coded()
	if n, ok := id.Int(); ok && n > 0 {
		if t := terms.Code(n); t != nil {
			return t.RefID
		}
	}
	if t := terms.RefID(ref.String()); t != nil {
		return t.RefID
	}
	if ref.Empty() {
		return id.String()
	}
	return ref.String()
}

// event checks PCD-10: what happened, to which part, of which pump.
func (c *check) event() {
	if c.profile != PumpEvent {
		return
	}
	e, ok := EventOf(c.m, c.v.Terms)
	at := c.m.Find("OBR", 1)
	if !at.Exists() {
		at = c.m.Segment(0)
	}
	c.eventCode(at, e, ok)
	c.eventSource(at, e.source, e.source.Exists() && ok)
	if !e.device {
		c.add(at, at.Field(4), 4, hl7.Warning, "required", RuleEventDevice, "no row says by OBX-18 which pump it was; the event cannot be bound to a device")
	}
	if e.events > 1 {
		c.add(at, at.Field(4), 4, hl7.Warning, "business-rule", RuleEvent, "the message reports "+strconv.Itoa(e.events)+" events; each needs a message of its own, so that what comes with it can be told apart")
	}
	c.delivery(at, e)
}

func (c *check) eventCode(at hl7.Segment, e EventReport, seen bool) {
	if !seen {
		c.add(at, at.Field(4), 4, hl7.ErrorLevel, "required", RuleEvent, "the message does not say what happened: no row is 68487 MDC_ATTR_EVT_COND")
		return
	}
	id, ref, _ := e.seg.Field(5).Coded()
	if n, ok := id.Int(); ok && n == 0 && strings.HasPrefix(ref.String(), "MDC_EVT_") {
		return
	} else if !ok || n>>16 != partEvents {
		c.add(e.seg, e.seg.Field(5), 5, hl7.ErrorLevel, "code-invalid", RuleEvent, "the event (MDC_ATTR_EVT_COND) is none of the nomenclature: events are 196608 to 262143")
		return
	}
	c.term(e.seg, 5, e.seg.Field(5), id, ref)
}

// eventSource checks that the part named is a row of the message. c.rows holds
// the places of the last group.
func (c *check) eventSource(at, source hl7.Segment, given bool) {
	if !given {
		c.add(at, at.Field(4), 4, hl7.Warning, "required", RuleEventSource, "the message does not say which part of the pump the event is of: no row is 68488 MDC_ATTR_EVT_SOURCE")
		return
	}
	place, ok := parsePlace(source.Field(5).Bytes())
	for i := range c.rows {
		if ok && c.rows[i] == place {
			return
		}
	}
	c.add(source, source.Field(5), 5, hl7.ErrorLevel, "business-rule", RuleEventSource, "the event names as its source a part of the pump that no row declares")
}

// delivery says which parameters are missing from a message about the
// beginning or the end of a delivery (IPEC, table X.1.2.1-2).
func (c *check) delivery(at hl7.Segment, e EventReport) {
	what, ok := strings.CutPrefix(e.Event, "MDC_EVT_PUMP_DELIV_")
	if !ok || what != "START" && what != "STOP" && what != "COMP" {
		return
	}
	wanted := []string{"MDC_PUMP_INFUSING_STATUS", "MDC_FLOW_FLUID_PUMP_CURRENT", "MDC_DEV_PUMP_ACTIVE_SOURCES", "MDC_DEV_PUMP_CURRENT_DELIVERY_STATUS",
		"MDC_DEV_PUMP_PROGRAM_DELIVERY_MODE", "MDC_DEV_PUMP_SOURCE_CHANNEL_LABEL"}
	if what != "START" {
		if _, segment := e.Values["MDC_VOL_FLUID_DELIV_SEGMENT"]; !segment {
			wanted = append(wanted, "MDC_VOL_FLUID_DELIV_TOTAL")
		}
		if strings.Contains(e.Values["MDC_DEV_PUMP_CURRENT_DELIVERY_STATUS"].String(), "pump-delivery-status-not-delivering") {
			wanted = append(wanted, "MDC_DEV_PUMP_NOT_DELIVERING_REASON")
		}
	}
	var missing []string
	for _, name := range wanted {
		if _, ok := e.Values[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		c.add(at, at.Field(4), 4, hl7.Warning, "required", RuleEventWith, "the event comes without what its reader needs: "+strings.Join(missing, ", "))
	}
}
