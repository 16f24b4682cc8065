package fhir_test

import (
	"slices"
	"testing"

	"bedrail/format/fhir"
	"bedrail/format/fhirpath"
)

var _ fhirpath.Model = (*fhir.Definitions)(nil)

func TestDefinitionsOfR4(t *testing.T) {
	d := fhir.R4()
	if d.Version != "4.0.1" {
		t.Errorf("version %q", d.Version)
	}
	cases := map[string]struct {
		typ, name string
		types     []string
		min, max  int
		choice    bool
	}{
		"an element of a resource":                  {"Patient", "name", []string{"HumanName"}, 0, fhir.Unbounded, false},
		"one that must be there":                    {"Observation", "status", []string{"code"}, 1, 1, false},
		"an element with a choice of types":         {"Patient", "deceased", []string{"boolean", "dateTime"}, 0, 1, true},
		"an inherited element":                      {"Patient", "contained", []string{"Resource"}, 0, fhir.Unbounded, false},
		"inherited from the root of all resources":  {"Patient", "id", []string{"string"}, 0, 1, false},
		"an element of an element":                  {"Patient.contact", "gender", []string{"code"}, 0, 1, false},
		"what every element of an element may have": {"Patient.contact", "modifierExtension", []string{"Extension"}, 0, fhir.Unbounded, false},
		"an element of a data type":                 {"HumanName", "given", []string{"string"}, 0, fhir.Unbounded, false},
		"inherited by a data type that specialises": {"Age", "value", []string{"decimal"}, 0, 1, false},
		"an extension of a primitive":               {"code", "extension", []string{"Extension"}, 0, fhir.Unbounded, false},
	}
	for name, c := range cases {
		e, ok := d.Find(c.typ, c.name)
		if !ok {
			t.Errorf("%s: %s has no %s", name, c.typ, c.name)
			continue
		}
		var types []string
		for _, r := range e.Types {
			types = append(types, r.Name)
		}
		if !slices.Equal(types, c.types) || e.Min != c.min || e.Max != c.max || e.Choice != c.choice {
			t.Errorf("%s: got %+v", name, e)
		}
	}
	if _, ok := d.Find("Patient", "colour"); ok {
		t.Error("a patient has no colour")
	}
	if e, _ := d.Element("Observation.component", "referenceRange"); !slices.Equal(e.Types, []string{"Observation.referenceRange"}) {
		t.Errorf("an element that repeats another's content: %+v", e)
	}
	if e, _ := d.Find("Account", "owner"); len(e.Types) != 1 || !slices.Equal(e.Types[0].Targets, []string{"Organization"}) {
		t.Errorf("the targets of a reference: %+v", e)
	}
	for typ, want := range map[string]bool{"Patient": true, "code": true, "Patient.contact": false, "Nurse": false} {
		if d.IsType(typ) != want {
			t.Errorf("IsType(%q) = %v", typ, !want)
		}
	}
}
