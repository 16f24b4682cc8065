// Package mapping turns what devices and hospital systems say into the
// resources that charts and warehouses read, and back: a monitor's HL7 v2
// message becomes Device, DeviceMetric and Observation, an admission becomes
// Patient and Encounter, an image becomes ImagingStudy.
//
// A mapping is data, not code: a YAML file whose rules name a place in the
// message and a place in a resource. The tables of HL7's v2-to-FHIR guide are
// rules of the same form. Rules are checked against the definitions of FHIR
// when they are compiled, so a misspelt element is found then and not at
// three in the morning. A compiled mapping is safe for concurrent use, gives
// the same bytes for the same message, and its work is bounded.
package mapping
