package main

import (
	"strings"
)

// structure reduces a StructureDefinition. Base types keep what is their own
// (inherited elements come from their base); profiles keep their snapshot.
func structure(r object) object {
	out := keep(r, "resourceType", "url", "version", "name", "kind", "abstract", "type", "baseDefinition", "derivation", "contextInvariant")
	if c := each(r["context"], func(c object) object { return keep(c, "type", "expression") }); c != nil {
		out["context"] = c
	}
	snapshot, _ := r["snapshot"].(object)
	typ := text(r["type"])
	var elements []object
	for _, e := range list(snapshot["element"]) {
		elements = append(elements, element(e, typ))
	}
	out["snapshot"] = object{"element": elements}
	return out
}

func element(e object, typ string) object {
	out := keep(e, "path", "sliceName", "min", "max", "contentReference", "maxLength")
	if id := text(e["id"]); id != text(e["path"]) {
		out["id"] = id
	}
	for name, v := range e {
		for _, prefix := range [...]string{"fixed", "pattern", "minValue", "maxValue"} {
			if strings.HasPrefix(name, prefix) {
				out[name] = v
			}
		}
	}
	if e["isModifier"] == true {
		out["isModifier"] = true
	}
	if s, ok := e["slicing"].(object); ok {
		out["slicing"] = keep(s, "discriminator", "ordered", "rules")
	}
	if t := each(e["type"], typeOf); t != nil {
		out["type"] = t
	}
	if b, ok := e["binding"].(object); ok && b["valueSet"] != nil && b["strength"] != "example" {
		out["binding"] = keep(b, "strength", "valueSet")
	}
	if c := each(e["constraint"], func(c object) object { return constraint(c, text(e["path"])) }); c != nil {
		out["constraint"] = c
	}
	return out
}

// constraint reduces an invariant. Those that hold for each element of FHIR
// (ele-1, ext-1) are not repeated at each.
func constraint(c object, path string) object {
	if k := c["key"]; k == "ele-1" && path != "Element" || k == "ext-1" && path != "Extension" {
		return nil
	}
	return keep(c, "key", "severity", "human", "expression")
}

// typeOf reduces a type; the types of FHIRPath that primitives are made of
// are written as the FHIR type they stand for.
func typeOf(t object) object {
	out := keep(t, "code", "profile", "targetProfile", "aggregation", "versioning")
	if strings.HasPrefix(text(t["code"]), "http://hl7.org/fhirpath/") {
		out["code"] = "string"
		for _, x := range list(t["extension"]) {
			if u := text(x["valueUrl"]) + text(x["valueUri"]); u != "" {
				out["code"] = u
			}
		}
	}
	return out
}
