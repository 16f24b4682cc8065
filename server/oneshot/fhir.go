package oneshot

import (
	"bytes"
	"fmt"
	"strings"

	"bedrail"
	"bedrail/format/fhir"
)

// recognisesFHIR tells a resource in JSON by its resourceType and one in XML by
// its namespace.
func recognisesFHIR(raw []byte) bool {
	head := raw[:min(len(raw), 64<<10)]
	if fhir.LooksLikeXML(head) {
		return bytes.Contains(head, []byte("http://hl7.org/fhir"))
	}
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{' && bytes.Contains(raw, []byte(`"resourceType"`))
}

// fhirValidator returns the validator of the request, with its guides.
func fhirValidator(request ValidateRequest) (*fhir.Validator, error) {
	d := fhir.R4()
	if request.Version != "" {
		var ok bool
		if d, ok = fhir.ForVersion(request.Version); !ok {
			return nil, bedrail.Errorf(bedrail.Invalid, "--fhir-version %s: the versions of FHIR are R4, R4B and R5", request.Version)
		}
	}
	guides, err := readDefinitions(request.Definitions)
	if err != nil {
		return nil, err
	}
	if len(guides) > 0 {
		d = withGuides(d, guides)
	}
	return &fhir.Validator{Definitions: d}, nil
}

// fhir checks a resource, or each line of a file of many (NDJSON).
func (v *validation) fhir(raw []byte) (int, []MessageIssue) {
	if v.resources == nil {
		resources, err := fhirValidator(v.request)
		if err != nil {
			return 0, []MessageIssue{{Severity: "fatal", Code: "exception", Rule: "definitions", Text: err.Error()}}
		}
		v.resources = resources
	}
	var profiles []string
	if strings.Contains(v.request.Profile, ":") {
		profiles = append(profiles, v.request.Profile)
	}
	if !manyResources(raw) {
		return 1, fromFHIR(v.resources.Validate(raw, profiles...), 0, 0, 0)
	}
	var out []MessageIssue
	nth, at, number := 0, 0, 0
	for line := range bytes.Lines(raw) {
		number++
		if text := bytes.TrimSpace(line); len(text) > 0 {
			nth++
			out = append(out, fromFHIR(v.resources.Validate(bytes.TrimRight(line, "\r\n"), profiles...), at, number-1, nth)...)
		}
		at += len(line)
	}
	return nth, out
}

// manyResources reports whether a file holds one resource a line.
func manyResources(raw []byte) bool {
	first, rest, more := bytes.Cut(bytes.TrimSpace(raw), []byte{'\n'})
	first, rest = bytes.TrimSpace(first), bytes.TrimSpace(rest)
	return more && len(first) > 2 && first[0] == '{' && first[len(first)-1] == '}' && len(rest) > 0 && rest[0] == '{'
}

func fromFHIR(issues []fhir.Issue, base, lines, nth int) []MessageIssue {
	var out []MessageIssue
	for _, i := range issues {
		out = append(out, MessageIssue{Severity: i.Severity, Code: i.Code, Rule: i.Rule, Location: i.Location, Bytes: [2]int{base + i.Start, base + i.End},
			Line: lines + i.Line, Column: i.Column, Profile: i.Profile, Text: i.Text, Message: nth})
	}
	return out
}

// checkProfile refuses what is neither a device profile nor a URL.
func checkProfile(profile string, known ...string) error {
	for _, k := range known {
		if profile == k {
			return nil
		}
	}
	if profile == "" || strings.Contains(profile, ":") {
		return nil
	}
	return bedrail.Errorf(bedrail.Invalid, "--profile %s: the profiles of device messages are %s; profiles of FHIR are given by their URL", profile, fmt.Sprint(strings.Join(known, ", ")))
}

// Outcome is the validation as an OperationOutcome of FHIR in one line of JSON.
// A place in a resource stands as FHIRPath; one in another format is no
// FHIRPath and stands before the text.
func (v Validation) Outcome() []byte {
	var issues []fhir.Issue
	for _, i := range v.Issues {
		out := fhir.Issue{Severity: i.Severity, Code: i.Code, Text: i.Text, Start: i.Bytes[0], End: i.Bytes[1], Line: i.Line, Column: i.Column}
		switch {
		case v.Format == "fhir":
			out.Location = i.Location
		case i.Message > 0:
			out.Text = fmt.Sprintf("message %d, %s: %s", i.Message, i.Location, i.Text)
		case i.Location != "":
			out.Text = i.Location + ": " + i.Text
		}
		issues = append(issues, out)
	}
	return fhir.Outcome(issues)
}
