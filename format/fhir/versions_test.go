package fhir_test

import (
	"strings"
	"testing"

	"bedrail/format/fhir"
)

// TestEachVersionByItsOwnDefinitions holds resources of R4B and R5 that R4
// does not have or has otherwise, each with a fault that must be found.
func TestEachVersionByItsOwnDefinitions(t *testing.T) {
	const text = `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},`
	for name, c := range map[string]struct {
		version, resource string
		from, to          string // the fault
		location          string
	}{
		"R4B: an ingredient of a medicinal product": {"R4B",
			`{"resourceType":"Ingredient",` + text + `"status":"active","role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleClass","code":"ACTI"}]},"substance":{"code":{"concept":{"text":"saline"}}}}`,
			`"status":"active"`, `"status":"running"`, "Ingredient.status"},
		"R4B: a topic of subscriptions": {"R4B",
			`{"resourceType":"SubscriptionTopic",` + text + `"url":"http://hospital.test/topic/1","status":"draft","resourceTrigger":[{"resource":"http://hl7.org/fhir/StructureDefinition/Encounter"}]}`,
			`"resourceTrigger":[{"resource":"http://hl7.org/fhir/StructureDefinition/Encounter"}]`, `"resourceTrigger":[{"description":"x"}]`, "SubscriptionTopic.resourceTrigger[0]"},
		"R4B: a nutrition product": {"R4B",
			`{"resourceType":"NutritionProduct",` + text + `"status":"active","code":{"text":"formula"}}`,
			`"active"`, `"live"`, "NutritionProduct.status"},
		"R4B: an observation is as in R4": {"R4B", observation, `"status":"final"`, `"status":"done"`, "Observation.status"},
		"R5: a device has several types": {"R5",
			`{"resourceType":"Device",` + text + `"status":"active","type":[{"text":"monitor"}],"name":[{"value":"M1","type":"registered-name"}]}`,
			`"type":[{"text":"monitor"}]`, `"type":{"text":"monitor"}`, "Device.type[0]"},
		"R5: a metric names its device": {"R5",
			`{"resourceType":"DeviceMetric",` + text + `"type":{"text":"SpO2"},"device":{"reference":"Device/d"},"category":"measurement"}`,
			`"device":{"reference":"Device/d"},`, ``, "DeviceMetric"},
		"R5: the size of an attachment is text": {"R5",
			`{"resourceType":"DocumentReference",` + text + `"status":"current","content":[{"attachment":{"contentType":"text/plain","size":"12345678901","url":"http://h.test/x"}}]}`,
			`"size":"12345678901"`, `"size":12345678901`, "DocumentReference.content[0].attachment.size"},
		"R5: a reason is a concept or a reference": {"R5",
			`{"resourceType":"Procedure",` + text + `"status":"completed","subject":{"reference":"Patient/p"},"reason":[{"concept":{"text":"pain"}}],"occurrenceDateTime":"2026-01-05"}`,
			`{"concept":{"text":"pain"}}`, `{"text":"pain"}`, "Procedure.reason[0]"},
		"R5: a requirement": {"R5",
			`{"resourceType":"Requirements",` + text + `"status":"draft","statement":[{"key":"a1","requirement":"shall"}]}`,
			`"key":"a1"`, `"label":"a1"`, "Requirements.statement[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			d, ok := fhir.ForVersion(c.version)
			if !ok {
				t.Fatal("no such version")
			}
			v := fhir.Validator{Definitions: d}
			for _, i := range v.Validate([]byte(c.resource)) {
				if i.Severity == fhir.Error || i.Severity == fhir.Fatal {
					t.Errorf("good: %s: %s", i.Location, i.Text)
				}
			}
			if !strings.Contains(c.resource, c.from) {
				t.Fatalf("%s is not in the resource", c.from)
			}
			found := ""
			for _, i := range v.Validate([]byte(strings.Replace(c.resource, c.from, c.to, 1))) {
				if found += i.Severity + " " + i.Location + ": " + i.Text + "\n"; i.Severity == fhir.Error && i.Location == c.location {
					return
				}
			}
			t.Errorf("the fault was not found at %s:\n%s", c.location, found)
		})
	}
	for _, typ := range []string{"Ingredient", "SubscriptionTopic"} {
		if issues := fhir.NewValidator().Validate([]byte(`{"resourceType":"` + typ + `"}`)); fhir.Valid(issues) {
			t.Errorf("R4 takes %s, which it does not have", typ)
		}
	}
}
