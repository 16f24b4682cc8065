package fhir

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"bedrail/format/jsondoc"
)

// places leads from a byte of the JSON that XML was turned into back to the
// byte of the XML.
type places struct {
	json, xml []int
	late      []latecomer
}

// A latecomer is an element of the XML that stands behind one that should
// follow it.
type latecomer struct {
	json        int
	name, after string
}

func (p *places) add(json, xml int) {
	p.json, p.xml = append(p.json, json), append(p.xml, xml)
}

func (p *places) of(json int) int {
	i, found := slices.BinarySearch(p.json, json)
	if !found {
		i--
	}
	if i < 0 || len(p.xml) == 0 {
		return 0
	}
	return p.xml[i]
}

// LooksLikeXML reports whether data begins as an XML document does.
func LooksLikeXML(data []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 256)], []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(head) > 0 && head[0] == '<'
}

// decode brings what was given into JSON of UTF-8.
func (c *check) decode(raw []byte) ([]byte, bool) {
	limit := c.v.Limits.Bytes
	if limit == 0 {
		limit = jsondoc.DefaultBytes
	}
	if len(raw) > limit {
		c.refuse(limit, "the resource is larger than the limit; split it or raise the limit")
		return nil, false
	}
	data, text := fromUTF16(raw)
	if text != "" {
		c.refuse(0, text)
		return nil, false
	}
	if len(raw) > 0 && (len(data) != len(raw) || &data[0] != &raw[0]) {
		c.source, c.wide = data, 1
		if raw[0] >= 0xFE {
			c.wide += 2
		}
	}
	if !LooksLikeXML(data) {
		if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
			data = slices.Concat([]byte("   "), data[3:]) // the offsets stay as they are
		}
		if c.v.Comments {
			data = withoutComments(data)
		}
		return data, true
	}
	c.source = data
	var p places
	out, err := c.d.fromXML(data, &p)
	if err != nil {
		var bad *XMLError
		at := 0
		if errors.As(err, &bad) {
			at = int(bad.Offset)
		}
		c.refuse(at, "the resource cannot be read as XML: "+err.Error())
		return nil, false
	}
	c.places = &p
	c.order(out, p.late)
	return out, true
}

// maxLate bounds how many elements out of order are told of; each is looked
// up from the start of the document.
const maxLate = 50

// order reports the elements of XML that stand too late.
func (c *check) order(data []byte, late []latecomer) {
	for _, l := range late[:min(len(late), maxLate)] {
		location := placeOf(data, l.json)
		if at := strings.LastIndexByte(location, '.') + 1; !strings.HasPrefix(location[at:], l.name+"[") {
			location += "." + l.name // of what is no list the place is that of its parent
		}
		c.issues = append(c.issues, Issue{Severity: Error, Code: "structure", Rule: "xml-order", Location: location, Start: l.json, End: l.json,
			Text: fmt.Sprintf("<%s> stands behind <%s>; in XML elements keep the order of the definitions, so it must stand before", l.name, l.after)})
	}
}

func (c *check) refuse(at int, text string) {
	c.issues = append(c.issues, Issue{Severity: Fatal, Code: "structure", Rule: "document", Start: at, End: at, Text: text})
}

// fromUTF16 turns UTF-16, told by its byte order mark or by the zeros between
// Latin letters, into UTF-8.
func fromUTF16(raw []byte) ([]byte, string) {
	if len(raw) < 4 {
		return raw, ""
	}
	var order func(a, b byte) uint16
	switch {
	case raw[0] == 0xFF && raw[1] == 0xFE, raw[1] == 0 && raw[0] != 0 && raw[3] == 0:
		order = func(a, b byte) uint16 { return uint16(a) | uint16(b)<<8 }
	case raw[0] == 0xFE && raw[1] == 0xFF, raw[0] == 0 && raw[1] != 0 && raw[2] == 0:
		order = func(a, b byte) uint16 { return uint16(a)<<8 | uint16(b) }
	default:
		return raw, ""
	}
	if len(raw)%2 != 0 {
		return nil, "the resource is UTF-16 with half a character at its end; FHIR is written in UTF-8"
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i < len(raw); i += 2 {
		units = append(units, order(raw[i], raw[i+1]))
	}
	out := make([]byte, 0, len(raw))
	for _, r := range utf16.Decode(units) {
		if r != 0xFEFF {
			out = utf8.AppendRune(out, r)
		}
	}
	return out, ""
}

// withoutComments puts blanks where comments stand, so that offsets stay.
func withoutComments(data []byte) []byte {
	out := slices.Clone(data)
	text := false
	for i := 0; i+1 < len(out); i++ {
		switch {
		case text && out[i] == '\\':
			i++
		case out[i] == '"':
			text = !text
		case !text && out[i] == '/' && (out[i+1] == '/' || out[i+1] == '*'):
			end := bytes.Index(out[i+2:], []byte("*/"))
			stop := i + 2 + end + 2
			if out[i+1] == '/' {
				end = bytes.IndexByte(out[i:], '\n')
				stop = i + end
			}
			if end < 0 {
				stop = len(out)
			}
			for ; i < stop; i++ {
				if out[i] != '\n' {
					out[i] = ' '
				}
			}
			i--
		}
	}
	return out
}

// widen turns places in UTF-8 into those of the UTF-16 that was given. The
// issues stand in order.
func (c *check) widen(issues []Issue) {
	at, units := 0, 0
	for i := range issues {
		start, end := min(issues[i].Start, len(c.source)), min(issues[i].End, len(c.source))
		units += unitsOf(c.source[at:start])
		at = start
		issues[i].Start = c.wide - 1 + 2*units
		issues[i].End = issues[i].Start + 2*unitsOf(c.source[start:max(start, end)])
	}
}

func unitsOf(b []byte) int {
	n := 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		b = b[size:]
		n += utf16.RuneLen(r)
	}
	return n
}
