package pcd

import (
	"bytes"
	"fmt"

	"bedrail/format/hl7"
	"bedrail/format/ucum"
)

// A place is where an OBX stands in the tree of a device: MDS, VMD, channel,
// metric and facet, as OBX-4 writes them with dots.
type place struct {
	level [5]int32
	n     int8 // how many numbers were written
}

// depth returns 1 for a device (MDS), 2 for a subsystem (VMD), 3 for a
// channel, 4 for a metric, 5 for a facet of one.
func (p place) depth() int {
	for d := int(p.n); d > 0; d-- {
		if p.level[d-1] != 0 {
			return d
		}
	}
	return 0
}

// parse reads OBX-4. ok is false when it is none of the profile's writing.
func parsePlace(b []byte) (p place, ok bool) {
	if len(b) == 0 || len(b) > 64 {
		return place{}, false
	}
	digits := 0
	for _, x := range b {
		switch {
		case x == '.':
			if p.n++; p.n > 4 || digits == 0 {
				return place{}, false
			}
			digits = 0
		case x >= '0' && x <= '9' && digits < 9:
			p.level[p.n] = p.level[p.n]*10 + int32(x-'0')
			digits++
		default:
			return place{}, false
		}
	}
	p.n++
	return p, digits > 0
}

// row checks one OBX.
func (c *check) row(seg hl7.Segment) {
	kind, value := seg.Field(2), seg.Field(5)
	c.stamp(seg, 14)
	c.equipment(seg)
	at, ok := parsePlace(seg.Field(4).Bytes())
	if ok {
		c.containment(seg, at)
	} else if c.profile == Observation {
		c.add(seg, seg.Field(4), 4, hl7.Warning, "value", RuleContainment, "OBX-4 does not say where in the device the value belongs; the profile writes it as numbers with dots, such as 1.6.1.1")
	}
	metric := c.observed(seg)
	numeric := kind.Is("NM") || kind.Is("NA")
	unit := c.unit(seg, metric, numeric && !value.Empty() && !value.Null() && (!ok || at.depth() >= 4))
	flags := c.status(seg, numeric)
	if kind.Is("NM") && !flags.unreliable {
		c.plausible(seg, metric, unit)
	}
}

// observed returns the term of OBX-3, when it is one of the nomenclature.
func (c *check) observed(seg hl7.Segment) *Term {
	f := seg.Field(3)
	code, ref, system := f.Coded()
	if !system.Is("MDC") {
		return nil
	}
	return c.term(seg, 3, f, code, ref)
}

// term checks the code of an OBX field three ways: code against reference id,
// both against the table, and the partition against the field.
func (c *check) term(seg hl7.Segment, field int, f, code, ref hl7.Value) *Term {
	n, ok := code.Int()
	if !ok {
		c.add(seg, code, field, hl7.Warning, "code-invalid", RuleNomenclature, "an MDC code is a number")
		return c.v.Terms.byRef[string(ref.Bytes())]
	}
	byCode := c.v.Terms.byCode[n]
	var byRef *Term
	if byCode == nil || !ref.Is(byCode.RefID) {
		byRef = c.v.Terms.byRef[string(ref.Bytes())]
	}
	switch {
	case n == 0 && byRef != nil: // a term that had no code yet when the device was made (IPEC, X.1.2.2)
		c.add(seg, f, field, hl7.Information, "code-invalid", RuleNomenclature, fmt.Sprintf("%s came without its code, which is %d; it was known by its name", byRef.RefID, byRef.Code))
		return byRef
	case byCode != nil && byRef != nil && byRef != byCode:
		c.add(seg, f, field, hl7.ErrorLevel, "code-invalid", RuleNomenclature, fmt.Sprintf("code %d is %s, but the text beside it says something else; neither can be trusted until the device's interface is mended", n, byCode.RefID))
		return nil
	case byCode == nil && byRef != nil:
		c.add(seg, f, field, hl7.ErrorLevel, "code-invalid", RuleNomenclature, fmt.Sprintf("%s is code %d, but %d was sent; neither can be trusted until the device's interface is mended", byRef.RefID, byRef.Code, n))
		return nil
	case byCode != nil && byRef == nil && !ref.Empty() && !ref.Is(byCode.RefID):
		c.add(seg, f, field, hl7.Warning, "code-invalid", RuleNomenclature, fmt.Sprintf("code %d is %s; the name beside it is none that we know for it, so check which of the two the device means", n, byCode.RefID))
		return nil
	case field == 6 && n>>16 != partUnits && n < 1<<20:
		c.add(seg, f, field, hl7.ErrorLevel, "code-invalid", RuleNomenclature, fmt.Sprintf("code %d is no unit: units of the nomenclature are 262144 to 327679", n))
		return nil
	case field == 3 && n>>16 == partUnits:
		c.add(seg, f, field, hl7.ErrorLevel, "code-invalid", RuleNomenclature, fmt.Sprintf("code %d is a unit, not an observation", n))
	}
	return byCode
}

// unit checks OBX-6 and returns its UCUM writing, or "".
func (c *check) unit(seg hl7.Segment, metric *Term, needed bool) string {
	f := seg.Field(6)
	if f.Empty() || f.Null() {
		if needed && (metric == nil || metric.Kind == "metric") {
			c.add(seg, f, 6, hl7.ErrorLevel, "required", RuleUnitMissing, "the value has no unit, so it cannot be read safely")
		}
		return ""
	}
	id, ref, system := f.Coded()
	if !system.Is("MDC") {
		code := string(id.Bytes())
		if system.Is("UCUM") && ucum.Validate(code) != nil {
			c.add(seg, id, 6, hl7.ErrorLevel, "code-invalid", RuleNomenclature, "the unit is said to be UCUM and is none that UCUM knows")
			return ""
		}
		measures := ucumDimension(code)
		if measures == "" && metric != nil && system.Is("UCUM") {
			measures = parsedDimension(code)
		}
		c.dimension(seg, metric, measures, code)
		return code
	}
	term := c.term(seg, 6, f, id, ref)
	if term == nil {
		return ""
	}
	c.dimension(seg, metric, term.Dimension, term.RefID)
	return term.UCUM
}

func (c *check) dimension(seg hl7.Segment, metric *Term, dimension, unit string) {
	if metric == nil || metric.Dimension == "" || dimension == "" || metric.Dimension == dimension {
		return
	}
	c.add(seg, seg.Field(6), 6, hl7.ErrorLevel, "value", RuleUnitDimension, fmt.Sprintf("unit %s measures a %s, but %s is a %s", unit, dimension, metric.RefID, metric.Dimension))
}

// plausible compares a value with what a living patient can have. Devices also
// send numbers that mean "no signal".
func (c *check) plausible(seg hl7.Segment, metric *Term, unit string) {
	if metric == nil || !metric.Bounded || unit == "" || seg.Field(5).Empty() {
		return
	}
	number, ok := seg.Field(5).Float()
	if !ok {
		return // said by the data type
	}
	x := number
	switch unit {
	case "[degF]":
		x = (x - 32) / 1.8
	case "kPa":
		x *= 7.50062
	case "cm[H2O]":
		x *= 0.735559
	}
	if x >= metric.Low && x <= metric.High {
		return
	}
	switch number {
	case -1, -100, -999, -9999, -32768, 32767, 65535, 999, 9999, 8388607:
		c.add(seg, seg.Field(5), 5, hl7.Warning, "value", RuleSentinel, metric.RefID+" cannot be so; devices send such a number when there is no signal. It should come as OBX-8 NAV or INV without a value")
	default:
		c.add(seg, seg.Field(5), 5, hl7.Warning, "value", RuleImplausible, fmt.Sprintf("the value of %s is outside what a patient can have (%g to %g)", metric.RefID, metric.Low, metric.High))
	}
}

// flags is what OBX-8 and OBX-11 say of a value.
type flags struct {
	unreliable bool
}

// status checks OBX-8 against OBX-11 and the value (HL7 PoCD guide, mapping of
// v2).
func (c *check) status(seg hl7.Segment, numeric bool) flags {
	var out flags
	f, result := seg.Field(8), seg.Field(11)
	empty := seg.Field(5).Empty() || seg.Field(5).Null()
	explained := result.Is("X") || result.Is("D") || result.Is("W") || result.Is("I") || result.Is("N") || result.Is("O")
	for n := 1; n <= f.Reps(); n++ {
		flag := f.Rep(n)
		switch string(flag.Component(1).Bytes()) {
		case "DEMO", "TEST":
			c.add(seg, flag, 8, hl7.Warning, "business-rule", RuleDemo, "the device runs in demonstration or test mode; the value must never be charted as a patient's")
		case "INV":
			out.unreliable, explained = true, true
			if !result.Is("X") && c.profile == Observation {
				c.add(seg, result, 11, hl7.Warning, "value", RuleStatus, "OBX-8 says the value is invalid, so OBX-11 must be X")
			}
		case "NAV", "NI", "OFF":
			out.unreliable, explained = true, true
			if !empty {
				c.add(seg, seg.Field(5), 5, hl7.Warning, "value", RuleStatus, "OBX-8 says there is no value, but OBX-5 holds one")
			}
		case "BUSY", "CAL", "QUES":
			explained = true
		case "VAL", "EARLY", "ALACT", "ALINH", ">", "<", "N", "L", "LL", "H", "HH", "A", "PN", "PL", "PM", "PH", "PI", "PU", "SP", "ST", "SA", "AA", "U", "D", "B", "W":
		case "":
		default:
			c.add(seg, flag, 8, hl7.Information, "code-invalid", RuleStatus, "the flag in OBX-8 is none that the device profiles know")
		}
	}
	if numeric && empty && !explained {
		c.add(seg, seg.Field(5), 5, hl7.Warning, "required", RuleStatus, "the value is empty and neither OBX-8 nor OBX-11 says why")
	}
	return out
}

// containment checks that a row's place is its own and that what it hangs on
// was declared before it.
func (c *check) containment(seg hl7.Segment, at place) {
	if c.rows == nil {
		c.rows = c.store[:0]
	}
	for i := range c.rows {
		if c.rows[i].level[3] == at.level[3] && c.rows[i] == at {
			c.add(seg, seg.Field(4), 4, hl7.ErrorLevel, "value", RuleContainment, "OBX-4 "+string(seg.Field(4).Bytes())+" stands twice in this group; it cannot be told which value belongs where")
			return
		}
	}
	if (c.profile == Observation || c.profile == PumpEvent) && at.n == 4 && at.depth() == 4 {
		c.parents(seg, at)
	}
	if len(c.rows) < 1024 { // a group of more rows is checked as far as this
		c.rows = append(c.rows, at)
	}
}

// parents reports subsystem and channel that a metric names and nobody
// declared. Where a level is 0 there is none, as personal devices write it; a
// group that declares no device at all keeps its tree elsewhere.
func (c *check) parents(seg hl7.Segment, at place) {
	mds := place{level: [5]int32{at.level[0]}, n: 4}
	vmd := place{level: [5]int32{at.level[0], at.level[1]}, n: 4}
	channel := place{level: [5]int32{at.level[0], at.level[1], at.level[2]}, n: 4}
	declared, hasVMD, hasChannel := false, at.level[1] == 0, at.level[2] == 0
	for i := range c.rows {
		declared = declared || c.rows[i] == mds
		hasVMD = hasVMD || c.rows[i] == vmd
		hasChannel = hasChannel || c.rows[i] == channel
	}
	if !declared || hasVMD && hasChannel {
		return
	}
	missing := ""
	if !hasVMD {
		missing = fmt.Sprintf("VMD %d.%d.0.0", at.level[0], at.level[1])
	}
	if !hasChannel {
		if missing != "" {
			missing += " and "
		}
		missing += fmt.Sprintf("channel %d.%d.%d.0", at.level[0], at.level[1], at.level[2])
	}
	c.add(seg, seg.Field(4), 4, hl7.ErrorLevel, "business-rule", RuleContainment, "the value hangs on "+missing+", which no row declares; it cannot be told which part of the device measured it")
}

// equipment reads OBX-18 and notes a bad EUI-64.
func (c *check) equipment(seg hl7.Segment) {
	f := seg.Field(18)
	if f.Empty() || c.device.Bytes() != nil && bytes.Equal(f.Bytes(), c.device.Bytes()) {
		return // most rows name the device of the row before
	}
	c.device = f
	for n := 1; n <= f.Reps() && n <= 4; n++ {
		ei := f.Rep(n)
		if !ei.Component(4).Is("EUI-64") {
			continue
		}
		eui := ei.Component(3)
		if eui.Empty() {
			eui = ei.Component(1)
		}
		if why := badEUI(eui.Bytes()); why != "" {
			c.add(seg, eui, 18, hl7.Warning, "value", RuleIdentity, why)
			continue
		}
		if c.euis == 0 {
			c.eui, c.euis = eui, 1
		} else if string(c.eui.Bytes()) != string(eui.Bytes()) {
			c.euis++
		}
	}
}

func badEUI(b []byte) string {
	digits, zeros := 0, 0
	for _, x := range b {
		switch {
		case x >= '0' && x <= '9', x >= 'A' && x <= 'F', x >= 'a' && x <= 'f':
			digits++
			if x == '0' {
				zeros++
			}
		case x == '-' || x == ':':
		default:
			return "an EUI-64 is 16 hexadecimal digits"
		}
	}
	switch {
	case digits != 16:
		return "an EUI-64 is 16 hexadecimal digits"
	case zeros == 16:
		return "the EUI-64 is all zeros: the device was never given its number, and it cannot be told from others"
	}
	return ""
}
