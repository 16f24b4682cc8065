package traffic

import (
	"bytes"

	"bedrail/format/astm"
)

// poct1a is how point-of-care devices (glucose meters, blood gas analysers)
// speak: XML messages over a stream (POCT1-A). The first, HELLO, says what the
// device is; nothing after it is read.
func poct1a() Dissector {
	return Dissector{Name: "poct1a", Sniff: sniffPOCT, New: func() Parser { return &poctParser{} }}
}

// maxHello is the longest HELLO that is waited for.
const maxHello = 16 << 10

func sniffPOCT(first []byte, _ uint16) bool {
	first = afterDeclaration(first)
	return len(first) == 0 || bytes.HasPrefix(first, []byte("<HELLO.R01")) || bytes.HasPrefix(first, []byte("<HEL.R01"))
}

// afterDeclaration returns what follows the declaration of XML: nothing while
// the root comes with the next segment only.
func afterDeclaration(first []byte) []byte {
	first = bytes.TrimLeft(first, " \t\r\n")
	if bytes.HasPrefix(first, []byte("<?xml")) {
		_, first, _ = bytes.Cut(first, []byte("?>"))
		first = bytes.TrimLeft(first, " \t\r\n")
	}
	return first
}

// mayBeHello reports whether what came so far can still become a HELLO.
func mayBeHello(first []byte) bool {
	first = afterDeclaration(first)
	for _, tag := range []string{"<?xml", "<HELLO.R01", "<HEL.R01"} {
		if n := min(len(tag), len(first)); string(first[:n]) == tag[:n] {
			return true
		}
	}
	return false
}

type poctParser struct {
	buf      [2][]byte // by direction
	answered bool      // the side that was called does not begin with a HELLO
}

func (h *poctParser) Feed(s *Stream, dir Direction, data []byte) {
	if dir == ToClient && h.answered {
		return // the answer to what the device said
	}
	buf := append(h.buf[dir], data[:min(len(data), maxHello)]...)
	if dir == ToClient && !mayBeHello(buf) {
		h.answered, h.buf[dir] = true, nil
		return
	}
	h.buf[dir] = buf
	end := helloEnd(buf)
	if end < 0 {
		if len(buf) >= maxHello {
			s.Leave()
		}
		return
	}
	s.Leave()
	p, err := astm.ParsePOCT(buf[:end])
	if err != nil {
		return
	}
	if claims := poctClaims(p.Device, buf[:end]); len(claims) > 0 {
		s.Emit(dir, Observation{Claims: claims, Roles: []string{"poct1a-device"}, Content: true})
	}
}

// helloEnd returns where the message ends, or -1.
func helloEnd(b []byte) int {
	for _, tag := range []string{"</HELLO.R01>", "</HEL.R01>"} {
		if at := bytes.Index(b, []byte(tag)); at >= 0 {
			return at + len(tag)
		}
	}
	return -1
}

func poctClaims(d astm.POCTDevice, hello []byte) []Claim {
	var claims []Claim
	for _, c := range []struct {
		attribute Attribute
		field     string
		value     string
		weight    float64
	}{
		{Manufacturer, "DEV.manufacturer_name", d.Manufacturer, 0.95},
		{Manufacturer, "DEV.vendor_id", d.Vendor, 0.9},
		{Model, "DEV.model_id", d.Model, 0.95},
		{SerialNumber, "DEV.serial_id", d.Serial, 0.95},
		{SoftwareVersion, "DEV.sw_version", d.Software, 0.95},
		{Banner, "DEV.device_name", d.Name, 0.5},
		{Banner, "DEV.device_id", d.ID, 0.5},
	} {
		if value := text([]byte(c.value)); value != "" {
			claims = append(claims, Claim{Attribute: c.attribute, Value: value, Weight: c.weight, Source: "poct1a", Field: c.field, Offset: max(0, bytes.Index(hello, []byte("<"+c.field)))})
		}
	}
	return claims
}

// Gap ends it: without its HELLO, a stream says nothing.
func (h *poctParser) Gap(s *Stream, _ Direction, _ int) { s.Leave() }

// Held implements Holder.
func (h *poctParser) Held() int { return len(h.buf[0]) + len(h.buf[1]) }
