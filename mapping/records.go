package mapping

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"bedrail/format/astm"
	"bedrail/format/hl7"
	"bedrail/format/ucum"
)

// start begins a run over what is no HL7 v2.
func (r *run) start(p *Program, lib *Library, raw []byte, opt *Options) {
	r.reset(p, lib, opt)
	r.raw = raw
	r.sender = opt.Sender
	r.vars = r.common
}

// digest is the control id of what has none.
func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// An astmView is a transmission of an analyser, record by record.
type astmView struct {
	record     astm.Record
	instrument astm.Instrument
	specimen   string
	quality    bool // a sample of the laboratory's own: no patient's
}

// astm maps the results of an analyser.
func (p *Program) astm(lib *Library, raw []byte, opt *Options) (*Result, error) {
	t, err := astm.Read(raw)
	if err != nil {
		return nil, err
	}
	r := runs.Get().(*run)
	defer r.done()
	r.start(p, lib, raw, opt)
	v := &astmView{}
	v.instrument, _ = t.Instrument()
	if r.sender == "" {
		r.sender = v.instrument.Name + "|" + v.instrument.Serial
	}
	r.vars = func(name string) string {
		if text, ok := v.variable(name); ok {
			return text
		}
		return r.common(name)
	}
	for _, i := range t.Issues {
		r.issue(hl7.Severity(i.Severity), i.Code, i.Start, i.End, i.Text)
	}
	patient, order := uint32(0), uint32(0)
	for i, rec := range t.Records {
		v.record = rec
		switch rec.Type {
		case 'H':
			if r.control = rec.Component(3, 1); r.control == "" {
				r.control = digest(raw)
			}
			r.scope = r.scope[:0]
		case 'P':
			patient++
			r.scope = append(r.scope[:0], 1<<16|patient&0xffff)
		case 'O':
			order++
			v.specimen, v.quality = rec.Component(3, 1), rec.Component(12, 1) == "Q"
			r.scope = append(r.scope[:min(1, len(r.scope))], 2<<16|order&0xffff)
		case 'R':
			r.scope = append(r.scope[:min(2, len(r.scope))], 3<<16|uint32(i)&0xffff)
		}
		first := len(r.resources)
		r.at(string(rec.Type), noSegment)
		r.placed(first, string(rec.Type)+"["+strconv.Itoa(i+1)+"]", rec)
	}
	return r.finish()
}

// placed notes the place of what a record made.
func (r *run) placed(first int, name string, rec astm.Record) {
	for i := first; i < len(r.resources); i++ {
		start, end := rec.Span(0)
		r.resources[i].placeName, r.resources[i].from, r.resources[i].to = name, start, end
	}
}

// variable answers f4 and f3.4: a field of the record, a component of it.
func (v *astmView) variable(name string) (string, bool) {
	switch name {
	case "instrument":
		return v.instrument.Name, true
	case "model":
		return v.instrument.Model, true
	case "serial":
		return v.instrument.Serial, true
	case "software":
		return v.instrument.Software, true
	case "specimen":
		return v.specimen, true
	case "quality":
		if v.quality {
			return "1", true
		}
		return "", true
	case "number", "text":
		value := v.record.Component(4, 1)
		_, isNumber := decimalText(value)
		if isNumber == (name == "number") {
			return value, true
		}
		return "", true
	case "ucum":
		return ucumUnit(v.record.Component(5, 1)), true
	}
	if !strings.HasPrefix(name, "f") {
		return "", false
	}
	field, component, _ := strings.Cut(name[1:], ".")
	f, err := strconv.Atoi(field)
	if err != nil {
		return "", false
	}
	c, err := strconv.Atoi(component)
	if err != nil {
		c = 1
	}
	return v.record.Component(f, c), true
}

// ucumUnit returns a unit that is UCUM, or "".
func ucumUnit(unit string) string {
	if unit == "" || ucum.Validate(unit) != nil {
		return ""
	}
	return unit
}

// A poctView is a message of a point-of-care device: its values by the
// objects that hold them.
type poctView struct {
	raw    []byte
	values []astm.POCTValue
	object string // OBS.R01/SVC[2]/OBS
}

func (p *Program) poct(lib *Library, raw []byte, opt *Options) (*Result, error) {
	head, err := astm.ParsePOCT(raw)
	if err != nil {
		return nil, err
	}
	values, err := astm.POCTValues(raw)
	if err != nil {
		return nil, err
	}
	r := runs.Get().(*run)
	defer r.done()
	r.start(p, lib, raw, opt)
	if r.control = head.ControlID; r.control == "" {
		r.control = digest(raw)
	}
	v := &poctView{raw: raw, values: values}
	if r.sender == "" {
		r.sender = head.Device.ID
	}
	r.vars = func(name string) string {
		switch name {
		case "device":
			return head.Device.ID
		case "type":
			return head.Type
		case "recorded":
			if opt.Received.IsZero() && head.Created != "" {
				if t, ok := plainMoment(head.Created, opt.zone()); ok && len(t) > len("2006-01-02") {
					return t
				}
			}
		case "number", "text":
			value := v.text("OBS.value")
			if _, isNumber := decimalText(value); isNumber == (name == "number") {
				return value
			}
			return ""
		case "ucum":
			return ucumUnit(v.unit("OBS.value"))
		case "unit":
			return v.unit("OBS.value")
		}
		if strings.Contains(name, ".") {
			return v.text(name)
		}
		return r.common(name)
	}
	v.walk(r)
	return r.finish()
}

// walk gives each object once, the outer ones first: DEV, SVC, PT, OBS.
func (v *poctView) walk(r *run) {
	seen := map[string]bool{}
	for i, value := range v.values {
		object := value.Path[:max(0, strings.LastIndexByte(value.Path, '/'))]
		if object == "" || seen[object] {
			continue
		}
		seen[object] = true
		v.object = object
		kind := object[strings.LastIndexByte(object, '/')+1:]
		kind, _, _ = strings.Cut(kind, "[")
		r.scope = poctScope(object, r.scope[:0])
		first := len(r.resources)
		r.at(kind, noSegment)
		for k := first; k < len(r.resources); k++ {
			r.resources[k].placeName, r.resources[k].from, r.resources[k].to = object, v.values[i].Start, value.End
		}
	}
}

// poctScope makes one level of each object on the way that has a number.
func poctScope(object string, into []uint32) []uint32 {
	for i, part := range strings.Split(object, "/") {
		_, number, ok := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		n, _ := strconv.Atoi(number)
		if ok && len(into) < 6 {
			into = append(into, uint32(i)<<16|uint32(n)&0xffff)
		}
	}
	return into
}

// find returns the value called name of the object, or of one around it, or
// of one beside: the patient of a service.
func (v *poctView) find(name string) (astm.POCTValue, bool) {
	for at := v.object; ; {
		for _, value := range v.values {
			if value.Name == name && strings.HasPrefix(value.Path, at+"/") && (at == v.object || !strings.Contains(value.Path[len(at)+1:], "OBS/")) {
				return value, true
			}
		}
		slash := strings.LastIndexByte(at, '/')
		if slash < 0 {
			return astm.POCTValue{}, false
		}
		at = at[:slash]
	}
}

func (v *poctView) text(name string) string {
	value, _ := v.find(name)
	return value.Text
}

// unit returns the attribute U of the value called name.
func (v *poctView) unit(name string) string {
	value, ok := v.find(name)
	if !ok || value.End > len(v.raw) || value.Start > value.End {
		return ""
	}
	tag := v.raw[value.Start:value.End]
	for _, quote := range []string{`"`, `'`} {
		if _, after, ok := bytes.Cut(tag, []byte(` U=`+quote)); ok {
			unit, _, _ := bytes.Cut(after, []byte(quote))
			return string(unit)
		}
	}
	return ""
}

// plainMoment writes a time that is digits (20260301101500) or ISO 8601 as
// FHIR has it.
func plainMoment(text string, zone *time.Location) (string, bool) {
	if strings.Trim(text, "0123456789") == "" {
		for n, layout := range map[int]string{4: "2006", 6: "200601", 8: "20060102", 12: "200601021504", 14: "20060102150405"} {
			if len(text) != n {
				continue
			}
			t, err := time.ParseInLocation(layout, text, zone)
			if err != nil {
				return "", false
			}
			switch n {
			case 4, 6, 8:
				return t.Format([]string{4: "2006", 6: "2006-01", 8: "2006-01-02"}[n]), true
			}
			return t.Format("2006-01-02T15:04:05" + zoneLayout(t)), true
		}
		return "", false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			if layout == "2006-01-02" {
				return text, true
			}
			return t.Format("2006-01-02T15:04:05.999999" + zoneLayout(t)), true
		}
	}
	return "", false
}
