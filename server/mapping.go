package server

import (
	"context"
	"errors"
	"slices"

	"bedrail"
	"bedrail/exchange"
	"bedrail/mapping"
)

// wireMapping puts the mappings of the house beside Bedrail's own and gives
// the exchange what it maps with.
func (s *Server) wireMapping() {
	s.Mappings = &mapping.Desk{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: bedrail.Scope{Tenant: s.Config.Tenant}}
	s.API.Mappings = s.Mappings
	s.Exchange.Mapper = mapper{s.Mappings}
}

// A mapper maps what a destination cannot carry as it is.
type mapper struct{ desk *mapping.Desk }

// trustSystem names the codes of trust that are put on resources as security
// labels.
const trustSystem = "urn:x-bedrail:trust"

// Systems of the codes that say why a message was held before it went out, and
// what is in doubt of whom it belongs to.
const (
	holdSystem    = "urn:x-bedrail:held"
	patientSystem = "urn:x-bedrail:patient"
)

// annotated writes into resources whom their message belongs to by others than
// itself, and what became of it after it came.
func annotated(out exchange.Outgoing, doc []byte) ([]byte, error) {
	a := out.Patient
	if a == nil && len(out.Revisions) == 0 {
		return doc, nil
	}
	n := mapping.Note{Message: out.Message, Recorded: out.ReceivedAt}
	for _, r := range out.Revisions {
		if r.Kind == exchange.Recalled {
			continue // the recall writes a Provenance of its own
		}
		n.Revisions = append(n.Revisions, mapping.NoteRevision{N: r.N, Kind: r.Kind, At: r.At, By: r.By, Reason: r.Reason})
	}
	if a != nil {
		n.Patient, n.Confidence, n.Reason = a.Patient, a.Confidence, a.Reason
		n.Instead = slices.ContainsFunc(out.Revisions, func(r exchange.RevisionNote) bool { return r.Kind == exchange.Reassigned })
		n.Certain = n.Instead || !a.Ambiguous && !a.Disagrees && len(out.Facts.Patients) == 0
		code := ""
		switch {
		case n.Instead:
			code = "corrected"
		case a.Disagrees:
			code = "disagrees"
		case n.Certain && a.Patient != "":
			code = "by-location"
		case len(out.Facts.Patients) == 0 && a.Patient == "":
			code = "unknown"
		case len(out.Facts.Patients) == 0:
			code = "ambiguous"
		}
		if code != "" {
			n.Labels = append(n.Labels, mapping.Label{System: patientSystem, Code: code})
		}
		if len(n.Labels) == 0 && len(n.Revisions) == 0 {
			return doc, nil // the message and the bed agree: it says so itself
		}
	}
	return mapping.Annotate(doc, n)
}

// Map implements exchange.Mapper.
func (m mapper) Map(ctx context.Context, name string, out exchange.Outgoing, to []exchange.Format) (exchange.Mapped, error) {
	var labels []mapping.Label
	if out.Released != "" {
		labels = append(labels, mapping.Label{System: holdSystem, Code: out.Released})
	}
	if out.Trust.Trust != "" {
		labels = append(labels, mapping.Label{System: trustSystem, Code: string(out.Trust.Trust)})
	}
	doc, used, issues, err := m.desk.Map(ctx, out.Body, name, out.ReceivedAt, labels...)
	if errors.Is(err, mapping.ErrNone) {
		return exchange.Mapped{}, bedrail.Errorf(bedrail.NotFound, "no mapping is for %s", out.Facts.Type)
	}
	if err != nil {
		return exchange.Mapped{}, err
	}
	mapped := exchange.Mapped{Format: exchange.FHIR, ContentType: "application/fhir+json", Body: doc, Mapping: used, Issues: issues}
	if mapping.FormOf(doc) == "hl7v2" {
		mapped.Format, mapped.ContentType = exchange.HL7v2, "x-application/hl7-v2+er7"
	}
	if mapped.Format == exchange.FHIR {
		if mapped.Body, err = annotated(out, doc); err != nil {
			return exchange.Mapped{}, err
		}
	}
	if len(to) > 0 && !slices.Contains(to, mapped.Format) {
		return exchange.Mapped{}, bedrail.Errorf(bedrail.NotFound, "the mapping %s gives %s, which the destination does not take", used, mapped.Format)
	}
	return mapped, nil
}
