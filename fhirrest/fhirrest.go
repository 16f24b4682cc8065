// Package fhirrest speaks FHIR R4 over HTTP: systems write resources into the
// exchange, read back and search what is kept, and are told of what they
// subscribed to; and the exchange writes resources into other systems.
//
// A resource is answered with success only once it is kept.
package fhirrest

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"bedrail/format/jsondoc"
)

// mediaType is FHIR's own (FHIR R4 http.html#mime-type).
const mediaType = "application/fhir+json"

// namespace is that of Bedrail's identifiers made by RFC 9562 5.5.
var namespace = [16]byte{0x8f, 0x2e, 0x51, 0x0c, 0x7a, 0x11, 0x5b, 0x0a, 0x9c, 0x33, 0xbe, 0xd4, 0x41, 0x10, 0x0f, 0x15}

// NameUUID is the UUID, version 5, of a name: the same name gives the same.
func NameUUID(name string) string {
	h := sha1.New() // what RFC 9562 asks for; nothing is protected by it
	h.Write(namespace[:])
	h.Write([]byte(name))
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	s := hex.EncodeToString(u)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// A head is what every resource has.
type head struct {
	ResourceType, ID string
	Type             string // of a Bundle, a code
	Identifier       json.RawMessage
}

// bundleHead reads what says how a bundle is sent, where it stands before the
// entries: those are large, and whoever receives them reads them anyway.
func bundleHead(body []byte) (h head, ok bool) {
	d := json.NewDecoder(bytes.NewReader(body[:min(len(body), 512)]))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return h, false
	}
	for h.ResourceType == "" || h.Type == "" {
		name, err := d.Token()
		if err != nil {
			return h, false
		}
		value, err := d.Token()
		text, isText := value.(string)
		if err != nil || !isText {
			return h, false
		}
		switch name {
		case "resourceType":
			h.ResourceType = text
		case "type":
			h.Type = text
		}
	}
	return h, h.ResourceType == "Bundle"
}

// headOf reads the head in one pass over the bytes: what follows it is large.
func headOf(body []byte) (h head, err error) {
	if h, ok := bundleHead(body); ok && (h.Type == "transaction" || h.Type == "batch") {
		return h, nil
	}
	d, err := jsondoc.Parse(body, jsondoc.Limits{})
	if err != nil {
		return h, errors.New("it is not a FHIR resource in JSON")
	}
	root := d.Root()
	text := func(name string) string {
		if n := root.Get(name); n.Exists() && n.Kind() == jsondoc.String {
			return n.Text()
		}
		return ""
	}
	h = head{ResourceType: text("resourceType"), ID: text("id"), Type: text("type")}
	if h.ResourceType == "" {
		return h, errors.New("it is not a FHIR resource in JSON")
	}
	if n := root.Get("identifier"); n.Exists() {
		h.Identifier = n.Raw()
	}
	return h, nil
}

// An identifier names a thing within a system.
type identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

// identifiers reads one or many.
func identifiers(raw json.RawMessage) []identifier {
	var many []identifier
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	var one identifier
	if json.Unmarshal(raw, &one) == nil && one.Value != "" {
		return []identifier{one}
	}
	return nil
}

// An outcome is an OperationOutcome.
type outcome struct {
	ResourceType string         `json:"resourceType"`
	Issue        []outcomeIssue `json:"issue"`
}

type outcomeIssue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"`
}

func outcomeOf(severity, code, text string) outcome {
	return outcome{ResourceType: "OperationOutcome", Issue: []outcomeIssue{{Severity: severity, Code: code, Diagnostics: text}}}
}

// codes says what an OperationOutcome complains of without its texts, which
// may speak of a patient.
func codes(body []byte) string {
	var o outcome
	if json.Unmarshal(body, &o) != nil || o.ResourceType != "OperationOutcome" {
		return ""
	}
	var words []string
	for _, i := range o.Issue {
		if i.Severity == "fatal" || i.Severity == "error" {
			words = append(words, i.Code+" "+strings.Join(i.Expression, ","))
		}
		if len(words) == 4 {
			break
		}
	}
	return strings.TrimSpace(strings.Join(words, "; "))
}
