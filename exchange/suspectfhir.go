package exchange

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"bedrail"
)

const dataOperation = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"

// withdrawable are the resources that say what was found or done, and so may
// be wrong, with whether their status knows "corrected".
func withdrawable(typ string) (corrected, ok bool) {
	switch typ {
	case "Observation", "DiagnosticReport":
		return true, true
	case "ImagingStudy", "Media", "MedicationAdministration", "Procedure", "Communication", "QuestionnaireResponse", "RiskAssessment":
		return false, true
	}
	return false, false
}

// applyFHIR gives the results in a resource or bundle the status
// entered-in-error or corrected, under the ids that their receiver knows, with
// a Provenance that says why. Who and where they are about stays as it is.
func (s Suspicion) applyFHIR(out *Outgoing) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(out.Body))
	d.UseNumber()
	var root map[string]any
	if err := d.Decode(&root); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "what was sent cannot be read again as FHIR")
	}
	if root["resourceType"] != "Bundle" {
		root = map[string]any{"resourceType": "Bundle", "type": "transaction", "entry": []any{map[string]any{"resource": root, "request": map[string]any{"method": "PUT", "url": standingOf(root, out.Facts.ControlID)}}}}
	}
	entries, _ := root["entry"].([]any)
	var targets []any
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		res, _ := entry["resource"].(map[string]any)
		typ, _ := res["resourceType"].(string)
		corrected, ok := withdrawable(typ)
		if !ok {
			continue
		}
		if !named(entry, res, typ) {
			return nil, bedrail.Errorf(bedrail.Invalid, "a %s has no id and no identifier by which its receiver would know it again; tell it by a person", typ)
		}
		s.restate(res, corrected)
		targets = append(targets, map[string]any{"reference": referenceOf(entry, res, typ)})
	}
	if len(targets) == 0 {
		return nil, bedrail.Errorf(bedrail.Invalid, "no resource in it is a result that could be withdrawn; tell the receiver by a person")
	}
	root["entry"] = append(entries, s.provenance(out.Message, targets))
	return json.Marshal(root)
}

// standingOf is where a receiver has a single resource: under its own id, or that
// which a FHIR door gave it when it came.
func standingOf(res map[string]any, control string) string {
	typ, _ := res["resourceType"].(string)
	if id, _ := res["id"].(string); id != "" {
		return typ + "/" + id
	}
	if kind, rest, ok := strings.Cut(control, "/"); ok && kind == typ {
		id, _, _ := strings.Cut(rest, "/")
		res["id"] = id
		return typ + "/" + id
	}
	return ""
}

// named makes the request of an entry one that changes what the receiver has.
func named(entry, res map[string]any, typ string) bool {
	request, _ := entry["request"].(map[string]any)
	if request == nil {
		request = map[string]any{}
		entry["request"] = request
	}
	place, _ := request["url"].(string)
	if request["method"] == "PUT" && place != "" {
		return true
	}
	if exist, _ := request["ifNoneExist"].(string); exist != "" {
		delete(request, "ifNoneExist")
		request["method"], request["url"] = "PUT", typ+"?"+exist
		return true
	}
	if id, _ := res["id"].(string); id != "" && request["method"] != "POST" {
		request["method"], request["url"] = "PUT", typ+"/"+id
		return true
	}
	list, _ := res["identifier"].([]any)
	for _, i := range list {
		one, _ := i.(map[string]any)
		system, _ := one["system"].(string)
		if value, _ := one["value"].(string); value != "" {
			request["method"], request["url"] = "PUT", typ+"?identifier="+url.QueryEscape(system+"|"+value)
			return true
		}
	}
	return false
}

func referenceOf(entry, res map[string]any, typ string) string {
	if url, _ := entry["fullUrl"].(string); url != "" {
		return url
	}
	if id, _ := res["id"].(string); id != "" {
		return typ + "/" + id
	}
	request, _ := entry["request"].(map[string]any)
	url, _ := request["url"].(string)
	return url
}

// restate gives a result its new status, and its times where they are put
// right.
func (s Suspicion) restate(res map[string]any, corrected bool) {
	if s.Treatment == Withdraw {
		res["status"] = "entered-in-error"
		return
	}
	if corrected {
		res["status"] = "corrected"
	}
	for _, name := range []string{"effectiveDateTime", "effectiveInstant", "performedDateTime", "issued", "started", "sent"} {
		s.shiftFHIR(res, name)
	}
	for _, name := range []string{"effectivePeriod", "performedPeriod"} {
		if period, ok := res[name].(map[string]any); ok {
			s.shiftFHIR(period, "start")
			s.shiftFHIR(period, "end")
		}
	}
}

func (s Suspicion) shiftFHIR(in map[string]any, name string) {
	text, _ := in[name].(string)
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil && s.Shift != 0 {
		in[name] = t.Add(s.Shift).Format(time.RFC3339Nano)
	}
}

// provenance says what was done to the targets, by whom and why (FHIR R4
// Provenance; v3 DataOperation NULLIFY, UPDATE).
func (s Suspicion) provenance(message string, targets []any) map[string]any {
	id := fhirID(s.Recall, message)
	code, text := "NULLIFY", "withdrawn; replaces what was sent before"
	if s.Treatment == Amend {
		code, text = "UPDATE", "times corrected; replaces what was sent before"
	}
	return map[string]any{"request": map[string]any{"method": "PUT", "url": "Provenance/" + id},
		"resource": map[string]any{"resourceType": "Provenance", "id": id, "target": slices.Clone(targets), "recorded": s.At.UTC().Format(time.RFC3339),
			"activity": map[string]any{"coding": []any{map[string]any{"system": dataOperation, "code": code}}, "text": text},
			"reason":   []any{map[string]any{"text": s.Cause + ": " + s.Reason}},
			"agent": []any{map[string]any{"type": map[string]any{"coding": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "author"}}},
				"who": map[string]any{"display": s.By}}},
			"entity": []any{map[string]any{"role": "revision", "what": map[string]any{"identifier": map[string]any{"system": "urn:x-bedrail:message", "value": message}}},
				map[string]any{"role": "source", "what": map[string]any{"identifier": map[string]any{"system": "urn:x-bedrail:recall", "value": s.Recall}}}}}}
}

// fhirID names a resource of Bedrail's own, the same each time.
func fhirID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "bedrail-" + hex.EncodeToString(sum[:16])
}

// suspectNoticeFHIR tells a FHIR server of a recall, as a Communication about
// the device.
func suspectNoticeFHIR(destination string, s Suspicion) ([]byte, error) {
	id := fhirID(s.Recall, "notice", destination)
	return json.Marshal(map[string]any{"resourceType": "Bundle", "type": "transaction", "entry": []any{map[string]any{
		"request": map[string]any{"method": "PUT", "url": "Communication/" + id},
		"resource": map[string]any{"resourceType": "Communication", "id": id, "status": "completed", "priority": "urgent", "sent": s.At.UTC().Format(time.RFC3339),
			"category":   []any{map[string]any{"coding": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/communication-category", "code": "alert"}}}},
			"identifier": []any{map[string]any{"system": "urn:x-bedrail:recall", "value": s.Recall}},
			"about":      []any{map[string]any{"type": "Device", "identifier": map[string]any{"system": "urn:x-bedrail:device", "value": s.Device}}},
			"reasonCode": []any{map[string]any{"text": s.Cause}},
			"payload":    []any{map[string]any{"contentString": s.inWords()}}}}}})
}
