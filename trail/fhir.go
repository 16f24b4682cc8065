package trail

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bedrail/audit"
	"bedrail/exchange"
)

// Systems of codes and identifiers.
const (
	systemDCM    = "http://dicom.nema.org/resources/ontology/DCM"
	systemAction = "urn:x-bedrail:action"
	systemThing  = "urn:x-bedrail:id"
	systemActor  = "urn:x-bedrail:actor"
	systemHash   = "urn:x-bedrail:sha256"
	systemLife   = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
	systemAgent  = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
	systemEntity = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	systemRole   = "http://terminology.hl7.org/CodeSystem/object-role"
	systemSource = "http://terminology.hl7.org/CodeSystem/security-source-type"
)

type (
	node = map[string]any
	list = []any
)

func coding(system, code, display string) node {
	c := node{"system": system, "code": code}
	if display != "" {
		c["display"] = display
	}
	return c
}

func concept(system, code, display string) node {
	return node{"coding": list{coding(system, code, display)}}
}

func identified(system, value string) node {
	return node{"identifier": node{"system": system, "value": value}}
}

func instant(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000000Z") }

// AuditEvent writes e as a FHIR R4 AuditEvent.
func (s Site) AuditEvent(e Event) map[string]any {
	r := node{"resourceType": "AuditEvent", "id": "entry-" + strconv.FormatInt(e.Seq, 10), "type": coding(systemDCM, e.ID.Value, e.ID.Meaning), "action": e.Action,
		"recorded": instant(e.At), "outcome": strconv.Itoa(e.Outcome), "agent": s.agents(e)}
	kinds := list{}
	if e.Type.Value != "" {
		kinds = append(kinds, coding(systemDCM, e.Type.Value, e.Type.Meaning))
	}
	r["subtype"] = append(kinds, coding(systemAction, e.Did, ""))
	if e.Purpose != "" {
		r["purposeOfEvent"] = list{node{"text": e.Purpose}}
	}
	observer := node{"observer": node{"display": s.Process}, "type": list{coding(systemSource, "4", "Application Server")}}
	if s.Name != "" {
		observer["site"] = s.Name
	}
	r["source"] = observer
	if e.Target != "" {
		thing := node{"what": identified(systemThing, e.Target), "type": coding(systemEntity, "2", "System Object"), "role": coding(systemRole, "3", "Report")}
		if e.Note != "" {
			thing["detail"] = list{node{"type": "note", "valueString": e.Note}}
		}
		r["entity"] = list{thing}
	}
	return r
}

func (s Site) agents(e Event) list {
	who := node{"who": identified(systemActor, orElse(e.By, s.Process)), "requestor": true}
	if e.ByName != "" {
		who["name"] = e.ByName
	}
	out := list{who}
	if e.From != "" {
		from := node{"type": concept(systemDCM, source.Value, source.Meaning), "who": node{"display": e.From}, "requestor": false}
		if at, kind := accessPoint(e.FromAt); at != "" {
			from["network"] = node{"address": at, "type": kind}
		}
		out = append(out, from)
	}
	if e.To != "" {
		out = append(out, node{"type": concept(systemDCM, destination.Value, destination.Meaning), "who": node{"display": e.To}, "requestor": false})
	}
	return out
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Provenance writes the way of a message as FHIR R4 Provenance: one for its
// receipt, from the bytes as they came, and one for each delivery.
func (s Site) Provenance(v exchange.View, hash string, records []audit.Record) []map[string]any {
	var out []map[string]any
	for _, r := range records {
		switch r.Did {
		case "message:receive":
			p := s.provenance(r, v.ID, "receive", "Receive/Retain Record Lifecycle Event")
			p["entity"] = list{node{"role": "source", "what": identified(systemHash, hash)}}
			agents := p["agent"].(list)
			device := node{"display": orElse(v.Sender, v.Channel)}
			if v.Device != "" {
				device = identified(systemThing, v.Device)
				device["display"] = orElse(v.Sender, v.Device)
			}
			p["agent"] = append(list{node{"type": concept(systemAgent, "author", "Author"), "who": device}}, agents...)
			out = append(out, p)
		case "message:deliver":
			d, ok := exchange.ReadDelivery(r.Note)
			if !ok || !d.Arrived {
				continue
			}
			p := s.provenance(r, v.ID+"/"+d.To, "transmit", "Transmit Record Lifecycle Event")
			p["entity"] = list{node{"role": "derivation", "what": identified(systemThing, v.ID)}}
			if d.Purpose != "" {
				p["reason"] = list{node{"text": d.Purpose}}
			}
			out = append(out, p)
		}
	}
	return out
}

func (s Site) provenance(r audit.Record, target, did, display string) node {
	return node{"resourceType": "Provenance", "id": "entry-" + strconv.FormatInt(r.Seq, 10), "target": list{identified(systemThing, target)}, "recorded": instant(r.At),
		"activity": concept(systemLife, did, display), "agent": list{node{"type": concept(systemAgent, "custodian", "Custodian"), "who": node{"display": s.Process}}}}
}

// Bundle gathers resources as the answer to a search, or as a collection.
func Bundle(kind string, resources []map[string]any, next string) ([]byte, error) {
	b := node{"resourceType": "Bundle", "type": kind}
	entries := list{}
	for _, r := range resources {
		e := node{"fullUrl": fmt.Sprintf("urn:x-bedrail:%s:%s", strings.ToLower(r["resourceType"].(string)), r["id"]), "resource": r}
		if kind == "searchset" {
			e["search"] = node{"mode": "match"}
		}
		entries = append(entries, e)
	}
	if len(entries) > 0 {
		b["entry"] = entries
	}
	if next != "" {
		b["link"] = list{node{"relation": "next", "url": next}}
	}
	return json.Marshal(b)
}
