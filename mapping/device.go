package mapping

import (
	"strconv"
	"strings"

	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
)

// A pcdView shows a device message by the parts of the device.
type pcdView struct {
	report *pcd.Report
	node   *pcd.Node
	index  int
	alarm  pcd.AlarmReport
	alarms bool
}

// partNames are the parts by their depth.
var partNames = [...]string{1: "mds", 2: "vmd", 3: "channel", 4: "metric", 5: "facet"}

// device gives the parts of a device message: first the message itself
// ("message"), then its alarm if it has one ("alarm"), then the parts in the
// message's order, each within the repetition of the parts above it.
func (r *run) device(report *pcd.Report) {
	r.pcd, r.names = pcdView{report: report}, r.names[:0]
	r.pcd.alarm, r.pcd.alarms = pcd.AlarmOf(r.msg)
	r.vars = r.deviceVariable
	r.segment = r.msg.Segment(0)
	r.at("message", r.segment)
	for i := range r.msg.Len() {
		if s := r.msg.Segment(i); s.Is("PID") || s.Is("PV1") || s.Is("OBR") {
			r.segment = s
			if s.Is("OBR") {
				r.scope = append(r.scope[:0], 9<<16|uint32(s.Index())&0xffff)
			}
			r.at(s.Name(), s)
		} else if s.Is("OBX") {
			break
		}
	}
	if r.scope = r.scope[:0]; r.pcd.alarms {
		r.segment = r.msg.Find("OBR", 1)
		if len(report.Nodes) > 0 {
			r.pcd.node = &report.Nodes[0] // OBX-18 of the event names the device
		}
		r.at("alarm", r.segment)
	}
	for i := range report.Nodes {
		n := &report.Nodes[i]
		r.pcd.node, r.pcd.index = n, i
		r.segment = n.Segment
		r.scope = r.nodeScope(i, r.scope[:0])
		r.at(partOf(n), n.Segment)
	}
}

func partOf(n *pcd.Node) string {
	if n.Depth < 4 && n.Reading != nil {
		return "attribute"
	}
	if n.Depth < 1 || n.Depth >= len(partNames) {
		return "facet"
	}
	return partNames[n.Depth]
}

// nodeScope writes the way from the device down to node i, so that a part
// sees those above it and not those beside it.
func (r *run) nodeScope(i int, into []uint32) []uint32 {
	var up [6]uint32
	n := 0
	own := r.pcd.report.Nodes[i]
	for at := i; at >= 0 && n < len(up); at = r.pcd.report.Nodes[at].Parent {
		// A facet, and what is said of a device, belong to the part above.
		if at != i || own.Depth < 5 && partOf(&own) != "attribute" {
			up[n] = uint32(min(r.pcd.report.Nodes[at].Depth, 8))<<16 | uint32(at)&0xffff
			n++
		}
	}
	for n--; n >= 0; n-- {
		into = append(into, up[n])
	}
	return into
}

// deviceVariable answers for a device message.
func (r *run) deviceVariable(name string) string {
	n := r.pcd.node
	switch name {
	case "test":
		return r.testData()
	case "alarm":
		if r.pcd.alarms {
			return "1"
		}
		return ""
	case "priority":
		return r.pcd.alarm.Priority
	case "kind":
		return r.pcd.alarm.Kind
	case "phase":
		return r.pcd.alarm.Phase
	case "state":
		return r.pcd.alarm.State
	case "inactivation":
		return r.pcd.alarm.Inactivation
	case "event":
		return r.pcd.alarm.Event
	case "eventText":
		return r.pcd.alarm.Text
	case "source":
		return r.pcd.alarm.Source
	case "limits":
		return r.pcd.alarm.Limits
	case "alarmValue":
		return r.pcd.alarm.Value
	}
	if n == nil {
		return r.common(name)
	}
	switch name {
	case "path":
		return n.Path
	case "identity":
		return r.identity()
	case "device":
		return deviceID(n.Device)
	case "deviceType":
		return n.Device.Type
	case "ucum":
		return r.ucum()
	case "value":
		if n.Reading != nil && n.Reading.Absent == "" {
			return n.Reading.Value
		}
	case "low", "high":
		return r.limit(name)
	case "period":
		return r.period()
	case "absent":
		return absent(n.Reading)
	default:
		return r.common(name)
	}
	return ""
}

// absent says why a reading has no value: what is called a number and is none
// is an error, and is not charted.
func absent(r *pcd.Reading) string {
	switch {
	case r == nil:
		return ""
	case r.Absent != "" || r.Type != "NM":
		return r.Absent
	case r.Value == "":
		return "unknown"
	}
	if _, ok := decimalText(r.Value); !ok {
		return "error"
	}
	return ""
}

// deviceID is the id of OBX-18: the universal id where it stands, in capitals.
func deviceID(e hl7.Entity) string {
	if e.Universal != "" {
		return strings.ToUpper(e.Universal)
	}
	return strings.ToUpper(e.ID)
}

// testData says whether what is measured is no patient's: by the flags of the
// value, or by the processing id of the message (table 0103: D and T).
func (r *run) testData() string {
	if id := r.msg.Segment(0).Field(11).Component(1); id.Is("T") || id.Is("D") {
		return "1"
	}
	if n := r.pcd.node; n != nil && n.Reading != nil && !n.Reading.Charted() {
		return "1"
	}
	return ""
}

func (r *run) ucum() string {
	if r.pcd.node.Reading == nil {
		return ""
	}
	return r.pcd.node.Reading.UCUM
}

// limit returns an end of OBX-7: 40-120, <120, >40.
func (r *run) limit(which string) string {
	n := r.pcd.node
	if n.Reading == nil || n.Reading.Range == "" {
		return ""
	}
	text := n.Reading.Range
	low, high := "", ""
	switch text[0] {
	case '<':
		high = strings.TrimLeft(text, "<=")
	case '>':
		low = strings.TrimLeft(text, ">=")
	default:
		i := strings.IndexByte(text[1:], '-') // the first sign may be a minus
		if i < 0 {
			return ""
		}
		low, high = text[:i+1], text[i+2:]
	}
	if which == "low" {
		high = low
	}
	out, ok := decimalText(strings.TrimSpace(high))
	if !ok {
		return ""
	}
	return out
}

// period returns the milliseconds between two samples, from the facets that
// say so: as a period, or as a rate.
func (r *run) period() string {
	for _, i := range r.pcd.node.Children {
		c := &r.pcd.report.Nodes[i]
		rate := strings.Contains(c.Code.Text, "SAMP_RATE")
		if c.Reading == nil || !rate && !strings.Contains(c.Code.Text, "PD_SAMP") {
			continue
		}
		v, err := strconv.ParseFloat(c.Reading.Value, 64)
		if err != nil || v <= 0 {
			continue
		}
		if rate {
			v = 1000 / v
		} else if c.Reading.UCUM == "s" {
			v *= 1000
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// identity names a part of a device in every message: the device's own id and
// the codes on the way to the part, with a number where two brothers share a
// code. The numbers of OBX-4 may change from message to message and are no
// part of it.
func (r *run) identity() string {
	nodes := r.pcd.report.Nodes
	for len(r.names) < len(nodes) {
		r.names = append(r.names, "")
	}
	id := deviceID(nodes[r.pcd.index].Device)
	if id == "" {
		id = r.sender
	}
	name := &r.names[r.pcd.index]
	if *name == "" {
		*name = r.codePath(id, r.pcd.index)
	}
	return *name
}

// codePath writes an id and the codes on the way to part i. A part above has its
// name already, mostly under the same id.
func (r *run) codePath(id string, i int) string {
	nodes := r.pcd.report.Nodes
	n := &nodes[i]
	if n.Parent < 0 {
		return id + "/" + n.Code.ID
	}
	above := r.names[n.Parent]
	if own := deviceID(nodes[n.Parent].Device); above == "" || own != id && (own != "" || id != r.sender) {
		above = r.codePath(id, n.Parent)
	}
	nth := 1
	for _, k := range nodes[n.Parent].Children {
		if k == i {
			break
		}
		if nodes[k].Code.ID == n.Code.ID {
			nth++
		}
	}
	if nth > 1 {
		return above + "/" + n.Code.ID + "#" + strconv.Itoa(nth)
	}
	return above + "/" + n.Code.ID
}
