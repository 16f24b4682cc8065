package exchange

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail/format/fhir"
	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
)

// A Checker reads and checks messages. It is safe for several goroutines.
type Checker struct {
	Zone *time.Location // of times that name no offset; nil is the machine's

	devices   *pcd.Validator
	resources func() *fhir.Validator // made for the first resource
}

// NewChecker returns a Checker with the embedded definitions.
func NewChecker() (*Checker, error) {
	devices, err := pcd.NewValidator()
	if err != nil {
		return nil, err
	}
	return &Checker{devices: devices, resources: sync.OnceValue(fhir.NewValidator)}, nil
}

// A reading is what a Checker makes of one message.
type reading struct {
	facts  Facts
	issues []Issue
	hl7    *hl7.Message
	// unreadable is set when the bytes are none of their format: they are
	// kept, and their sender is told.
	unreadable bool
	refusal    bool // not for us: type, version, processing id
}

// read reads and checks in by what its format says.
func (c *Checker) read(in *Inbound, v *Validation, received time.Time) reading {
	r := reading{facts: in.Facts, issues: slices.Clone(in.Issues)}
	if in.Unreadable != "" {
		r.unreadable = true
		r.issues = append(r.issues, Issue{Severity: hl7.Fatal, Code: "structure", Rule: hl7.RuleStructure, Text: in.Unreadable, Error: 100})
		return r
	}
	switch in.Format {
	case HL7v2:
		c.readHL7(in.Body, v, received, &r)
	case FHIR:
		c.readFHIR(in.Body, v, &r)
	case DICOM:
		ReadDICOM(in.Body, &r.facts)
	case ASTM:
		c.readASTM(in.Body, &r)
	}
	return r
}

func (c *Checker) zone() *time.Location {
	if c.Zone == nil {
		return time.Local
	}
	return c.Zone
}

func (c *Checker) readHL7(body []byte, v *Validation, received time.Time, r *reading) {
	m, err := hl7.Parse(body)
	if err != nil {
		r.unreadable = true
		r.issues = append(r.issues, unreadableIssue(err, len(body)))
		return
	}
	r.hl7 = m
	readHL7(m, &r.facts, c.zone())
	profile := r.facts.Profile
	if v != nil && v.Profile != "" && v.Profile != "hl7v2" {
		profile = v.Profile
	}
	before := len(r.issues)
	r.issues = c.devices.Validate(m, profile, received, r.issues)
	r.refusal = hl7.OutcomeOf(headerIssues(r.issues[before:])) == hl7.Refused
}

// headerIssues are those that an acknowledgment depends on (table 0357, rows
// 200 to 203).
func headerIssues(issues []Issue) (out []Issue) {
	for _, i := range issues {
		if i.Error >= 200 && i.Error <= 203 && (i.Severity == hl7.Fatal || i.Severity == hl7.ErrorLevel) {
			out = append(out, i)
		}
	}
	return out
}

func (c *Checker) readFHIR(body []byte, v *Validation, r *reading) {
	var resource struct {
		ResourceType string `json:"resourceType"`
		ID           string `json:"id"`
		Meta         struct {
			Profile []string `json:"profile"`
		} `json:"meta"`
		Subject struct {
			Reference  string `json:"reference"`
			Identifier struct {
				Value string `json:"value"`
			} `json:"identifier"`
		} `json:"subject"`
		Identifier json.RawMessage `json:"identifier"`
	}
	if err := json.Unmarshal(body, &resource); err != nil && resource.ResourceType == "" {
		r.unreadable = true
		r.issues = append(r.issues, Issue{Severity: hl7.Fatal, Code: "structure", Rule: hl7.RuleStructure, Text: "the bytes cannot be read as a FHIR resource in JSON", End: min(len(body), 1)})
		return
	}
	fill(&r.facts.Type, resource.ResourceType)
	if len(resource.Meta.Profile) > 0 {
		fill(&r.facts.Profile, resource.Meta.Profile[0])
	}
	if id, ok := strings.CutPrefix(resource.Subject.Reference, "Patient/"); ok {
		r.facts.Patients = append(r.facts.Patients, id)
	}
	if id := resource.Subject.Identifier.Value; id != "" {
		r.facts.Patients = append(r.facts.Patients, id)
	}
	if resource.ResourceType == "Patient" {
		var ids []struct {
			Value string `json:"value"`
		}
		if json.Unmarshal(resource.Identifier, &ids) == nil {
			for _, i := range ids {
				if i.Value != "" && len(r.facts.Patients) < mostOfAKind {
					r.facts.Patients = append(r.facts.Patients, i.Value)
				}
			}
		}
	}
	var profiles []string
	if v != nil && v.Profile != "" && v.Profile != "fhir" {
		profiles = append(profiles, v.Profile)
	}
	for _, i := range c.resources().Validate(body, profiles...) {
		r.issues = append(r.issues, fromFHIR(i))
	}
}

// severityRank orders severities; "" is the least.
func severityRank(s hl7.Severity) int {
	switch s {
	case hl7.Fatal:
		return 4
	case hl7.ErrorLevel:
		return 3
	case hl7.Warning:
		return 2
	case hl7.Information:
		return 1
	}
	return 0
}

func worst(issues []Issue) string {
	var w hl7.Severity
	for _, i := range issues {
		if severityRank(i.Severity) > severityRank(w) {
			w = i.Severity
		}
	}
	return string(w)
}
