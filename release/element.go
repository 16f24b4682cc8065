package release

import (
	"slices"
	"strings"
)

// elements is what may leave of FHIR R4 resources: type, element, and the forms
// in which it may. What is not here stays here: narrative, extensions, names,
// addresses, texts, notes, displays, attachments, contained resources.
// Every line holds codes, measures, times or who or what is meant, and nothing
// that a person wrote.
const elements = `
Patient id,identifier pseudonym
Patient gender,deceasedBoolean,maritalStatus code
Patient birthDate age,year
Patient deceasedDateTime shift,year
Patient address.postalCode postcode
Encounter id,identifier,subject,location.location,serviceProvider pseudonym
Encounter status,class,type,serviceType,priority,reasonCode,hospitalization.admitSource,hospitalization.dischargeDisposition code
Encounter period.start,period.end shift,year
Encounter length.value number
Device id,identifier,patient,location,parent pseudonym
Device type,status code
Specimen id,identifier,accessionIdentifier,subject pseudonym
Specimen status,type,collection.bodySite,collection.method code
Specimen receivedTime,collection.collectedDateTime,collection.collectedPeriod.start shift,year
Observation id,identifier,subject,encounter,device,specimen,performer,basedOn pseudonym
Observation status,category,code,valueCodeableConcept,valueBoolean,valueQuantity.code,valueQuantity.comparator,dataAbsentReason,interpretation,bodySite,method code
Observation valueQuantity.value,valueInteger,referenceRange.low.value,referenceRange.high.value number
Observation effectiveDateTime,effectiveInstant,effectivePeriod.start,effectivePeriod.end,issued,valueDateTime shift,year
Observation component.code,component.valueCodeableConcept,component.valueBoolean,component.valueQuantity.code,component.valueQuantity.comparator,component.dataAbsentReason,component.interpretation code
Observation component.valueQuantity.value,component.valueInteger number
DiagnosticReport id,identifier,subject,encounter,specimen,basedOn,performer pseudonym
DiagnosticReport status,category,code,conclusionCode code
DiagnosticReport effectiveDateTime,effectivePeriod.start,effectivePeriod.end,issued shift,year
Condition id,identifier,subject,encounter pseudonym
Condition clinicalStatus,verificationStatus,category,severity,code,bodySite code
Condition onsetDateTime,onsetPeriod.start,abatementDateTime,recordedDate shift,year
Condition onsetAge.value number
Procedure id,identifier,subject,encounter,performer.actor pseudonym
Procedure status,category,code,bodySite,outcome,reasonCode,complication code
Procedure performedDateTime,performedPeriod.start,performedPeriod.end shift,year
MedicationRequest id,identifier,subject,encounter,requester pseudonym
MedicationRequest status,intent,category,priority,medicationCodeableConcept,reasonCode,dosageInstruction.route,dosageInstruction.doseAndRate.doseQuantity.code code
MedicationRequest dosageInstruction.doseAndRate.doseQuantity.value number
MedicationRequest authoredOn shift,year
MedicationAdministration id,identifier,subject,context,request,device pseudonym
MedicationAdministration status,category,medicationCodeableConcept,reasonCode,dosage.route,dosage.site,dosage.method,dosage.dose.code,dosage.rateQuantity.code code
MedicationAdministration dosage.dose.value,dosage.rateQuantity.value number
MedicationAdministration effectiveDateTime,effectivePeriod.start,effectivePeriod.end shift,year
Immunization id,identifier,patient,encounter pseudonym
Immunization status,vaccineCode,site,route,doseQuantity.code,reasonCode code
Immunization doseQuantity.value number
Immunization occurrenceDateTime,recorded shift,year
AllergyIntolerance id,identifier,patient,encounter pseudonym
AllergyIntolerance clinicalStatus,verificationStatus,type,category,criticality,code,reaction.substance,reaction.manifestation,reaction.severity code
AllergyIntolerance onsetDateTime,recordedDate,lastOccurrence shift,year
ServiceRequest id,identifier,subject,encounter,requester pseudonym
ServiceRequest status,intent,category,priority,code,bodySite,reasonCode code
ServiceRequest authoredOn,occurrenceDateTime,occurrencePeriod.start shift,year
ImagingStudy id,identifier,subject,encounter pseudonym
ImagingStudy status,modality,procedureCode,series.modality,series.bodySite code
ImagingStudy numberOfSeries,numberOfInstances number
ImagingStudy started shift,year
`

// A Place is one place of a message from which something may leave, with the
// forms in which it may.
type Place struct {
	From  string   `json:"from"`
	Kind  string   `json:"kind" enum:"hl7v2,fhir"`
	Of    string   `json:"of" doc:"Segment or type of resource"`
	Forms []string `json:"forms"`
}

// Places lists every place that may be named: what is not in it stays here.
// Of HL7 v2 any field may also be a pseudonym, a moved time or its year.
func Places() []Place {
	var out []Place
	for _, s := range []string{"MSH", "EVN", "PID", "PV1", "OBR", "OBX", "DG1", "AL1", "PR1", "RXA", "SPM"} {
		for _, f := range codedFields(s) {
			out = append(out, hl7Place(s, f))
		}
		switch s {
		case "PID":
			out = append(out, Place{From: "PID-7", Kind: "hl7v2", Of: s, Forms: []string{Age, Year, Shifted, Pseudonym}},
				Place{From: "PID-11", Kind: "hl7v2", Of: s, Forms: []string{Zip3, Pseudonym}})
		}
	}
	eachElement(func(of, path string, forms []string) {
		out = append(out, Place{From: of + "." + path, Kind: "fhir", Of: of, Forms: forms})
	})
	return out
}

// eachElement goes through the table of elements.
func eachElement(f func(of, path string, forms []string)) {
	for line := range strings.Lines(strings.TrimSpace(elements)) {
		of, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		paths, forms, _ := strings.Cut(rest, " ")
		for path := range strings.SplitSeq(paths, ",") {
			f(of, path, strings.Split(forms, ","))
		}
	}
}

// formsOf are the forms in which an element may leave; none is not at all.
func formsOf(of, path string) (forms []string, known bool) {
	eachElement(func(o, p string, f []string) {
		known = known || o == of
		if o == of && p == path {
			forms = f
		}
	})
	return forms, known
}

// around are the types that say more about what a row is of; every other type
// is what rows are of.
func around(of string) bool {
	return slices.Contains([]string{"Patient", "Encounter", "Device", "Specimen"}, of)
}
