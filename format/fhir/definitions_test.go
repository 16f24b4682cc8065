package fhir_test

import (
	"slices"
	"testing"

	"bedrail/format/fhir"
	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
	"bedrail/format/ucum"
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
		list      bool
		choice    bool
	}{
		"an element of a resource":                  {"Patient", "name", []string{"HumanName"}, true, false},
		"one that must be there":                    {"Observation", "status", []string{"code"}, false, false},
		"an element with a choice of types":         {"Patient", "deceased", []string{"boolean", "dateTime"}, false, true},
		"an inherited element":                      {"Patient", "contained", []string{"Resource"}, true, false},
		"inherited from the root of all resources":  {"Patient", "id", []string{"id"}, false, false},
		"an element of an element":                  {"Patient.contact", "gender", []string{"code"}, false, false},
		"what every element of an element may have": {"Patient.contact", "modifierExtension", []string{"Extension"}, true, false},
		"an element of a data type":                 {"HumanName", "given", []string{"string"}, true, false},
		"inherited by a data type that specialises": {"Age", "value", []string{"decimal"}, false, false},
		"an extension of a primitive":               {"code", "extension", []string{"Extension"}, true, false},
	}
	for name, c := range cases {
		e, ok := d.Element(c.typ, c.name)
		if !ok {
			t.Errorf("%s: %s has no %s", name, c.typ, c.name)
			continue
		}
		if !slices.Equal(e.Types, c.types) || e.List != c.list || e.Choice != c.choice {
			t.Errorf("%s: got %+v", name, e)
		}
	}
	if _, ok := d.Element("Patient", "colour"); ok {
		t.Error("a patient has no colour")
	}
	if e, _ := d.Element("Observation.component", "referenceRange"); !slices.Equal(e.Types, []string{"Observation.referenceRange"}) {
		t.Errorf("an element that repeats another's content: %+v", e)
	}
	for typ, want := range map[string]bool{"Patient": true, "code": true, "Patient.contact": false, "Nurse": false} {
		if d.IsType(typ) != want {
			t.Errorf("IsType(%q) = %v", typ, !want)
		}
	}
}

// TestCheckKnowsTypesBeforeValues shows what is refused before a resource is
// seen, and what must not be refused.
func TestCheckKnowsTypesBeforeValues(t *testing.T) {
	for expression, refused := range map[string]bool{
		"Patient.name.given.first()":                                    false,
		"name.where(use = 'official').given[0]":                         false,
		"name.wher":                                                     true,
		"name.where(usage = 'official')":                                true,
		"(deceased as boolean).not()":                                   false,
		"(multipleBirth as Period).unit":                                true,
		"multipleBirth.ofType(integer) + 1":                             false,
		"children().skip(1)":                                            true,
		"descendants().where($this is Reference).first()":               true,
		"children().where($this is HumanName).count()":                  false,
		"(name | contact.name).first()":                                 true,
		"(name | contact.name).family.count()":                          false,
		"managingOrganization.resolve().anything":                       false,
		"contained.where(id = 'x').anything":                            false,
		"contact.organization.identifier.value":                         false,
		"contact.organisation":                                          true,
		"iif(active, name.given, contact.nam)":                          true,
		"%resource.nothing":                                             true,
		"birthDate.extension('http://x').value":                         false,
		"name.select(given | family).count()":                           false,
		"name.given.startsWith('A') or contact.exists(gendr = 'x')":     true,
		"name.aggregate($this.family & $total, '').exists()":            false,
		"link.all(other.resolve().ofType(Patient).link.othr.empty())":   true,
		"link.all(other.resolve().ofType(Patient).link.other.exists())": false,
	} {
		e, err := fhirpath.Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Check("Patient", fhir.R4()); (err != nil) != refused {
			t.Errorf("%s: got %v, want it refused: %v", expression, err, refused)
		}
	}
}

// FuzzFHIRPath checks and evaluates what a stranger asks of a patient, by the
// definitions.
func FuzzFHIRPath(f *testing.F) {
	for _, s := range []string{"name.where(use='official').given.first()", "(multipleBirth as Period).unit", "descendants().where($this is Reference).first()", "link.all(other.resolve().ofType(Patient).link.other.exists())",
		"identifier.type.memberOf('http://hl7.org/fhir/ValueSet/identifier-type')", "birthDate.extension('u').value + 1 'a'", "children().sort(-$this)", "%resource.contact[0].`name`.given & ''"} {
		f.Add(s)
	}
	doc, err := jsondoc.Parse([]byte(patient), jsondoc.Limits{})
	if err != nil {
		f.Fatal(err)
	}
	root := fhirpath.Root(doc.Root(), "")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := fhirpath.Compile(s)
		if err != nil {
			return
		}
		_ = e.Check("Patient", fhir.R4())
		for _, strict := range []bool{false, true} {
			vs, err := e.Eval(root, &fhirpath.Options{Model: fhir.R4(), Units: ucum.Standard{}, Terminology: fhir.R4(), Steps: 1 << 14, Strict: strict})
			if err == nil {
				for _, v := range vs {
					_ = v.String()
				}
			}
		}
	})
}
