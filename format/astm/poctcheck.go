package astm

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A POCTValue is one value of a POCT1-A message with its place.
type POCTValue struct {
	Path       string // OBS.R01/SVC[2]/OBS/OBS.value
	Name       string // of the element: OBS.value
	Text       string
	Start, End int // of the element's tag in the message
}

// Person reports whether the value may tell who the patient or another person
// is. It names the objects that do not: what nobody thought of is taken to.
func (v POCTValue) Person() bool {
	object, _, _ := strings.Cut(v.Name, ".")
	switch object {
	case "HDR", "DEV", "DCP", "DSC", "DST", "ACK", "SVC", "OBS", "CTC", "RGT", "ESC", "TRM", "EVT", "REQ", "DTV", "CMD", "EOT":
		return strings.HasSuffix(v.Name, "_note") || strings.HasSuffix(v.Name, ".note_txt")
	}
	return true
}

// POCTValues lists the values of a message in their order. The error names the
// byte where reading stopped.
func POCTValues(b []byte) ([]POCTValue, error) {
	var out []POCTValue
	err := walkPOCT(b, func(v POCTValue) { out = append(out, v) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// A POCTError says why a message cannot be read, and where.
type POCTError struct {
	Offset int
	Text   string
}

// Error is the place and the reason.
func (e *POCTError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Text) }

// walkPOCT calls each for each value: an element with the attribute V, or with
// text of its own.
func walkPOCT(b []byte, each func(POCTValue)) error {
	if len(b) > poctBytes {
		return &POCTError{poctBytes, fmt.Sprintf("the message is longer than the limit of %d bytes", poctBytes)}
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Entity = map[string]string{}
	var path []string
	counts := []map[string]int{{}}
	for nodes := 0; ; nodes++ {
		start := int(d.InputOffset())
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		end := int(d.InputOffset())
		if err != nil || nodes == poctNodes {
			text := fmt.Sprintf("more than %d elements", poctNodes)
			if err != nil {
				text = "not well-formed XML: " + err.Error()
			}
			return &POCTError{end, text}
		}
		switch e := token.(type) {
		case xml.StartElement:
			if len(path) == poctDepth {
				return &POCTError{start, fmt.Sprintf("elements lie more than %d deep", poctDepth)}
			}
			name := e.Name.Local
			step := name
			if counts[len(path)][name]++; counts[len(path)][name] > 1 {
				step += fmt.Sprintf("[%d]", counts[len(path)][name])
			}
			path = append(path, step)
			counts = append(counts, map[string]int{})
			for _, a := range e.Attr {
				if a.Name.Local == "V" {
					each(POCTValue{strings.Join(path, "/"), name, a.Value, start, end})
				}
			}
		case xml.EndElement:
			path, counts = path[:len(path)-1], counts[:len(counts)-1]
		case xml.CharData:
			if text := strings.TrimSpace(string(e)); text != "" && len(path) > 0 {
				name, _, _ := strings.Cut(path[len(path)-1], "[")
				each(POCTValue{strings.Join(path, "/"), name, text, start, end})
			}
		}
	}
}

// CheckPOCT returns what is wrong with a POCT1-A message: XML that is none, a
// message type that is none, a header without control id, an answer that names
// nothing, a device that does not say which it is.
func CheckPOCT(b []byte) []Issue {
	p, err := ParsePOCT(b)
	var values []POCTValue
	if err == nil {
		values, err = POCTValues(b)
	}
	if err != nil {
		at, text := 0, err.Error()
		var bad *POCTError
		if errors.As(err, &bad) {
			at, text = bad.Offset, bad.Text
		}
		return []Issue{{Severity: "fatal", Code: "structure", Rule: "structure", Location: "POCT1-A", Start: min(at, len(b)), End: min(at+1, len(b)), Text: text}}
	}
	c := poctCheck{values: values, end: min(len(b), 64)}
	c.demand(p.ControlID, "HDR.control_id", "error", "the control id is missing, so no acknowledgment can name the message")
	c.demand(p.Version, "HDR.version_id", "warning", "the version of POCT1 is missing")
	c.demand(p.Created, "HDR.creation_dttm", "warning", "the message does not say when it was made")
	switch {
	case strings.HasPrefix(p.Type, "HELLO."):
		c.demand(p.Device.ID+p.Device.Serial, "DEV.device_id", "error", "the device says neither its id nor its serial number; it cannot be told from others of its kind")
	case strings.HasPrefix(p.Type, "ACK."):
		c.demand(p.AckFor, "ACK.ack_control_id", "error", "the acknowledgment does not say which message it answers")
		if p.AckCode != "AA" && p.AckCode != "AE" {
			c.say("ACK.type_cd", "error", "code-invalid", "the answer must be AA (taken) or AE (not taken)")
		}
	}
	return c.issues
}

type poctCheck struct {
	values []POCTValue
	end    int
	issues []Issue
}

func (c *poctCheck) demand(value, name, severity, text string) {
	if value == "" {
		c.say(name, severity, "required", text)
	}
}

// say reports an issue at the element of that name or, when there is none, at
// the beginning of the message.
func (c *poctCheck) say(name, severity, code, text string) {
	i := Issue{Severity: severity, Code: code, Rule: "poct1-a", Location: name, End: c.end, Text: text}
	for _, v := range c.values {
		if v.Name == name {
			i.Start, i.End = v.Start, v.End
			break
		}
	}
	c.issues = append(c.issues, i)
}
