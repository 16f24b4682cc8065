package astm

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A POCT is a message of POCT1-A: point-of-care devices that speak XML. Only
// what identifies device and message is taken; results stay in the raw bytes.
type POCT struct {
	Type      string // HELLO.R01, DST.R01, OBS.R01, OBS.R02, EVS.R01, ACK.R01, END.R01...
	ControlID string
	Version   string
	Created   string
	Device    POCTDevice
	Services  int // SVC elements: tests on patients, controls, calibrations
	Results   int // OBS elements
	AckFor    string
	AckCode   string // AA or AE
}

// A POCTDevice is the DEV element of HELLO.R01.
type POCTDevice struct {
	ID, Vendor, Model, Serial, Manufacturer, Hardware, Software, Name, Location string
}

// Limits of a POCT1-A message.
const (
	poctDepth = 32
	poctBytes = 1 << 20
	poctNodes = 50_000
)

// IsPOCT reports whether b looks like a POCT1-A message.
func IsPOCT(b []byte) bool {
	b = bytes.TrimLeft(b, "\xef\xbb\xbf \t\r\n")
	return len(b) > 0 && b[0] == '<' && bytes.Contains(b[:min(len(b), 512)], []byte(".R0"))
}

// ParsePOCT reads one message. Errors name the byte where reading stopped.
func ParsePOCT(b []byte) (*POCT, error) {
	if len(b) > poctBytes {
		return nil, &POCTError{poctBytes, fmt.Sprintf("the message is longer than the limit of %d bytes", poctBytes)}
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Entity = map[string]string{} // no entities of its own: nothing is fetched or expanded
	p := &POCT{}
	var path []string
	for nodes := 0; ; nodes++ {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, &POCTError{int(d.InputOffset()), "not well-formed XML: " + err.Error()}
		}
		if nodes == poctNodes {
			return nil, &POCTError{int(d.InputOffset()), fmt.Sprintf("more than %d elements", poctNodes)}
		}
		switch e := token.(type) {
		case xml.StartElement:
			if len(path) == poctDepth {
				return nil, &POCTError{int(d.InputOffset()), fmt.Sprintf("elements lie more than %d deep", poctDepth)}
			}
			path = append(path, e.Name.Local)
			p.element(path, e.Attr)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if text := strings.TrimSpace(string(e)); text != "" {
				p.set(path, text)
			}
		}
	}
	if !strings.Contains(p.Type, ".R0") {
		return nil, &POCTError{0, "the root element is no message of POCT1-A (such as HELLO.R01)"}
	}
	return p, nil
}

// element counts what matters, and takes values that stand in the V attribute
// as POCT1-A writes them: <HDR.control_id V="12345"/>.
func (p *POCT) element(path []string, attrs []xml.Attr) {
	name := path[len(path)-1]
	switch {
	case len(path) == 1:
		p.Type = name
	case name == "SVC":
		p.Services++
	case name == "OBS":
		p.Results++
	}
	for _, a := range attrs {
		if a.Name.Local == "V" {
			p.set(path, a.Value)
		}
	}
}

func (p *POCT) set(path []string, text string) {
	if len(path) == 0 || len(text) > 256 {
		return
	}
	for _, row := range [...]struct {
		name string
		into *string
	}{
		{"HDR.control_id", &p.ControlID}, {"HDR.version_id", &p.Version}, {"HDR.creation_dttm", &p.Created},
		{"DEV.device_id", &p.Device.ID}, {"DEV.vendor_id", &p.Device.Vendor}, {"DEV.model_id", &p.Device.Model}, {"DEV.serial_id", &p.Device.Serial},
		{"DEV.manufacturer_name", &p.Device.Manufacturer}, {"DEV.hw_version", &p.Device.Hardware}, {"DEV.sw_version", &p.Device.Software},
		{"DEV.device_name", &p.Device.Name}, {"DEV.location", &p.Device.Location},
		{"ACK.ack_control_id", &p.AckFor}, {"ACK.type_cd", &p.AckCode},
	} {
		if path[len(path)-1] == row.name && *row.into == "" {
			*row.into = text
		}
	}
}

// AppendPOCTAck writes the acknowledgment of p behind b: AA when ok, else AE.
func AppendPOCTAck(b []byte, p *POCT, controlID, created string, ok bool) []byte {
	code := "AA"
	if !ok {
		code = "AE"
	}
	attr := func(name, value string) {
		b = append(b, "<"+name+` V="`...)
		var out bytes.Buffer
		_ = xml.EscapeText(&out, []byte(value)) // a buffer takes whatever it is given
		b = append(append(b, out.Bytes()...), `"/>`...)
	}
	b = append(b, "<ACK.R01><HDR>"...)
	attr("HDR.control_id", controlID)
	attr("HDR.version_id", "POCT1")
	attr("HDR.creation_dttm", created)
	b = append(b, "</HDR><ACK>"...)
	attr("ACK.type_cd", code)
	attr("ACK.ack_control_id", p.ControlID)
	return append(b, "</ACK></ACK.R01>"...)
}
