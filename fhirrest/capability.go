package fhirrest

import "slices"

// capabilities says what this server does (FHIR R4 capabilitystatement.html).
// Every type is treated alike, so one entry without a type would do; clients
// look for types, so those that devices and their systems use are named.
func (t *turn) capabilities() any {
	type m = map[string]any
	var params []m
	for _, p := range searchParams() {
		params = append(params, m{"name": p.name, "type": p.kind})
	}
	params = append(params, m{"name": "_id", "type": "token"}, m{"name": "_lastUpdated", "type": "date"})
	acts := []m{{"code": "create"}, {"code": "update"}, {"code": "read"}, {"code": "vread"}, {"code": "search-type"}}
	var types []m
	for _, kind := range []string{"Bundle", "Communication", "Device", "DeviceMetric", "DiagnosticReport", "DocumentReference", "Encounter", "ImagingStudy", "Location",
		"MedicationAdministration", "Observation", "Organization", "Patient", "Practitioner", "Procedure", "Provenance", "ServiceRequest", "Specimen", "Subscription"} {
		types = append(types, m{"type": kind, "interaction": acts, "versioning": "versioned-update", "readHistory": true, "updateCreate": true,
			"conditionalCreate": true, "conditionalRead": "not-match", "conditionalUpdate": true, "searchParam": slices.Clone(params)})
	}
	rest := m{"mode": "server", "resource": types, "interaction": []m{{"code": "transaction"}, {"code": "batch"}},
		"documentation": "A resource is answered for only once it is kept. Searches compare exactly; results come newest first."}
	if len(t.settings.Clients) > 0 {
		rest["security"] = m{"description": "Clients show a bearer token or a certificate."}
	}
	return m{"resourceType": "CapabilityStatement", "status": "active", "date": "2026-11-28", "kind": "instance", "fhirVersion": "4.0.1",
		"format": []string{"json"}, "software": m{"name": "Bedrail"}, "implementation": m{"description": "The channel " + t.config.Channel + " of an exchange", "url": t.address("")}, "rest": []m{rest}}
}
