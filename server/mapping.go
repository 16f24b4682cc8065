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

// Map implements exchange.Mapper.
func (m mapper) Map(ctx context.Context, name string, out exchange.Outgoing, to []exchange.Format) (exchange.Mapped, error) {
	var labels []mapping.Label
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
	if len(to) > 0 && !slices.Contains(to, mapped.Format) {
		return exchange.Mapped{}, bedrail.Errorf(bedrail.NotFound, "the mapping %s gives %s, which the destination does not take", used, mapped.Format)
	}
	return mapped, nil
}
