package oneshot

import (
	"io"

	"bedrail"
	"bedrail/format/fhir"
	"bedrail/format/fhirpath"
	"bedrail/format/ucum"
)

// A FHIRPathItem is one item of a result.
type FHIRPathItem struct {
	Type  string `json:"type"`
	Value string `json:"value"` // of an element with children: its JSON
}

// FHIRPath evaluates an expression on the resource in a file, or in stdin
// when path is "-". Where nothing is found, hint says which name or type in the
// expression means nothing for this resource, if one does; strict makes that
// an error.
func FHIRPath(expression, path, version string, strict bool, stdin io.Reader) (items []FHIRPathItem, hint string, err error) {
	d, ok := fhir.ForVersion(version)
	if !ok {
		return nil, "", bedrail.Errorf(bedrail.Invalid, "--fhir-version %s: the versions of FHIR are R4, R4B and R5", version)
	}
	e, err := fhirpath.Compile(expression)
	if err != nil {
		return nil, "", bedrail.Errorf(bedrail.Invalid, "the expression cannot be read: %w", err)
	}
	var raw []byte
	if path == "-" {
		raw, err = readAll(stdin)
	} else {
		raw, err = readMessageFile(path)
	}
	if err != nil {
		return nil, "", bedrail.Errorf(bedrail.NotFound, "%s: %w", path, err)
	}
	root, err := guideFile{raw}.root(d)
	if err != nil {
		return nil, "", bedrail.Errorf(bedrail.Invalid, "%s cannot be read: %w", path, err)
	}
	values, err := e.Eval(fhirpath.Root(root, ""), &fhirpath.Options{Model: d, Units: ucum.Standard{}, Terminology: d, Strict: strict})
	if err != nil {
		return nil, "", bedrail.Errorf(bedrail.Invalid, "%s: %w", path, err)
	}
	items = []FHIRPathItem{}
	for _, v := range values {
		items = append(items, FHIRPathItem{v.Type(), v.String()})
	}
	if len(items) == 0 {
		if err := e.Check(root.Get("resourceType").Text(), d); err != nil {
			hint = err.Error()
		}
	}
	return items, hint, nil
}
