package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Note is what is known of a message beside what it says: whom it belongs
// to, and what became of it after it came. It is written into the resources
// that are made of it, so that nobody takes them for what the device said.
type Note struct {
	Message  string // the message's name in the house
	Recorded time.Time
	// Patient is an identifier of whom the message belongs to; Confidence is 0
	// to 1. Certain puts it in where the message names nobody; Instead puts it
	// in whatever the message says.
	Patient    string
	Confidence float64
	Certain    bool
	Instead    bool
	Reason     string // in words
	Labels     []Label
	Revisions  []NoteRevision
}

// A NoteRevision is one change by a person.
type NoteRevision struct {
	N      int
	Kind   string // repair, patient
	At     time.Time
	By     string
	Reason string
}

// subjectOf are the elements by which resources name their patient.
func subjectOf(typ string) string {
	switch typ {
	case "Observation", "DiagnosticReport", "Encounter", "ImagingStudy", "ServiceRequest", "Specimen", "Media", "DeviceUseStatement", "Procedure", "Condition",
		"MedicationRequest", "MedicationDispense", "DocumentReference", "CareTeam":
		return "subject"
	case "Device", "AllergyIntolerance", "Immunization":
		return "patient"
	}
	return ""
}

// personal reports whether a resource is of the patient whom the message named,
// and of nobody else: with another patient it says nothing.
func personal(typ string) bool {
	switch typ {
	case "Patient", "Encounter", "RelatedPerson", "Coverage", "Account", "EpisodeOfCare", "Linkage":
		return true
	}
	return false
}

// Annotate writes n into a bundle. A Provenance says what was added, by whom
// and why; with a correction the patient that the message named is left out,
// with what is of that patient only: the encounter, relatives, insurance.
func Annotate(bundle []byte, n Note) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(bundle))
	d.UseNumber()
	var root map[string]any
	if err := d.Decode(&root); err != nil {
		return nil, fmt.Errorf("reading what was mapped: %w", err)
	}
	entries, _ := root["entry"].([]any)
	gone := map[string]bool{}
	var kept, targets []any
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		res, _ := entry["resource"].(map[string]any)
		typ, _ := res["resourceType"].(string)
		if n.Instead && personal(typ) {
			url, _ := entry["fullUrl"].(string)
			gone[url] = true
			continue
		}
		if n.associate(typ, res) && typ != "Device" {
			targets = append(targets, map[string]any{"reference": entry["fullUrl"]})
		}
		kept = append(kept, e)
	}
	if len(gone) > 0 {
		for _, e := range kept {
			dropReferences(e, gone)
		}
	}
	if len(n.Revisions) > 0 && len(targets) == 0 {
		for _, e := range kept {
			entry, _ := e.(map[string]any)
			res, _ := entry["resource"].(map[string]any)
			if typ, _ := res["resourceType"].(string); typ == "Observation" || typ == "DiagnosticReport" {
				targets = append(targets, map[string]any{"reference": entry["fullUrl"]})
			}
		}
	}
	if len(targets) > 0 {
		kept = append(kept, n.provenance(targets)...)
	}
	root["entry"] = kept
	return json.Marshal(root)
}

// associate names the patient in a resource and labels it. It returns whether
// the patient was put in.
func (n *Note) associate(typ string, res map[string]any) bool {
	element := subjectOf(typ)
	if element == "" {
		return false
	}
	for _, l := range n.Labels {
		meta, _ := res["meta"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
			res["meta"] = meta
		}
		security, _ := meta["security"].([]any)
		meta["security"] = append(security, map[string]any{"system": l.System, "code": l.Code})
	}
	subject, _ := res[element].(map[string]any)
	has := subject["reference"] != nil || subject["identifier"] != nil
	if n.Patient == "" || !n.Instead && (has || !n.Certain) {
		if !has && typ == "Observation" { // the profiles of vital signs ask for a subject, known or not
			res[element] = map[string]any{"extension": []any{map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}}}
		}
		return false
	}
	if typ == "Device" && !has {
		return false // it is the device of many, unless its message says otherwise
	}
	res[element] = map[string]any{"type": "Patient", "identifier": map[string]any{"value": n.Patient},
		"extension": []any{map[string]any{"url": "urn:x-bedrail:patient-confidence", "valueDecimal": json.Number(fmt.Sprintf("%.2f", n.Confidence))}}}
	if n.Instead {
		delete(res, "encounter")
	}
	return true
}

// dropReferences takes references to what is gone out of v.
func dropReferences(v any, gone map[string]bool) bool {
	switch t := v.(type) {
	case map[string]any:
		if ref, _ := t["reference"].(string); ref != "" && gone[ref] {
			return true
		}
		for name, inner := range t {
			if dropReferences(inner, gone) {
				delete(t, name)
				continue
			}
			if list, ok := inner.([]any); ok {
				list = slices.DeleteFunc(list, func(i any) bool { return dropReferences(i, gone) })
				if t[name] = list; len(list) == 0 {
					delete(t, name)
				}
			}
		}
	}
	return false
}

// provenance says where the patient, and what a person changed, come from.
func (n *Note) provenance(targets []any) []any {
	var out []any
	add := func(key, activity, role, who, reason string, at time.Time) {
		raw, _ := id5(nil, n.Message, key)
		id := string(raw[:])
		agent := map[string]any{"type": map[string]any{"coding": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": role}}},
			"who": map[string]any{"display": who}}
		kind := "source"
		if role == "author" {
			kind = "revision"
		}
		out = append(out, map[string]any{"fullUrl": "urn:uuid:" + id, "request": map[string]any{"method": "PUT", "url": "Provenance/" + id},
			"resource": map[string]any{"resourceType": "Provenance", "id": id, "target": targets, "recorded": at.UTC().Format(time.RFC3339),
				"activity": map[string]any{"coding": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "UPDATE"}}, "text": activity},
				"reason":   []any{map[string]any{"text": reason}}, "agent": []any{agent},
				"entity": []any{map[string]any{"role": kind, "what": map[string]any{"identifier": map[string]any{"system": "urn:x-bedrail:message", "value": n.Message}}}}}})
	}
	if n.Certain && n.Patient != "" && !n.Instead {
		add("association", "patient associated by the bed at which the device stands", "assembler", "Bedrail", strings.TrimSpace(n.Reason), n.Recorded)
	}
	for _, r := range n.Revisions {
		activity := "content repaired by a person; what came is kept"
		if r.Kind == "patient" {
			activity = "patient corrected; replaces what was sent before"
		}
		add(fmt.Sprint("revision-", r.N), activity, "author", r.By, r.Reason, r.At)
	}
	return out
}
