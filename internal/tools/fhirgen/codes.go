package main

import (
	"regexp"
	"strings"
)

// foreign finds the owners of code systems that licence them on terms of
// their own; those systems are left out.
var foreign = regexp.MustCompile(`(?i)SNOMED|IHTSDO|LOINC|American Medical Association|\bCPT\b|IEEE|World Health Organi[sz]ation|\bICD-|Regenstrief|\bNUCC\b|\bADA\b|NCPDP|American Dental`)

// ours are the systems that HL7 itself publishes.
func ours(url string) bool {
	for _, prefix := range [...]string{"http://hl7.org/", "http://terminology.hl7.org/", "http://dicom.nema.org/", "urn:iso:std:iso:4217", "urn:iso:std:iso:3166", "urn:iso-astm:"} {
		if strings.HasPrefix(url, prefix) {
			return true
		}
	}
	return false
}

// codeSystem reduces a code system to its codes, their order and the
// properties that value sets filter by.
func codeSystem(r object) object {
	if !ours(text(r["url"])) || strings.HasPrefix(text(r["url"]), "http://dicom.nema.org/") || foreign.MatchString(text(r["copyright"])) {
		return nil
	}
	out := keep(r, "resourceType", "url", "version", "content", "caseSensitive", "supplements", "hierarchyMeaning", "valueSet")
	if c := each(r["concept"], concept); c != nil {
		out["concept"] = c
	}
	return out
}

func concept(c object) object {
	out := keep(c, "code")
	properties := each(c["property"], func(p object) object {
		if _, prose := p["valueString"]; prose || p["code"] == "comments" || p["code"] == "synonymCode" {
			return nil
		}
		return keep(p, "code", "valueCode", "valueBoolean", "valueInteger")
	})
	if properties != nil {
		out["property"] = properties
	}
	if children := each(c["concept"], concept); children != nil {
		out["concept"] = children
	}
	return out
}

// valueSet reduces a value set to what decides who belongs to it.
func valueSet(r object) object {
	out := keep(r, "resourceType", "url", "version", "immutable")
	compose, ok := r["compose"].(object)
	if !ok {
		return nil
	}
	small := object{}
	for _, name := range [...]string{"include", "exclude"} {
		if sets := each(compose[name], set); sets != nil {
			small[name] = sets
		}
	}
	out["compose"] = small
	return out
}

func set(s object) object {
	out := keep(s, "system", "version", "valueSet")
	if c := each(s["concept"], func(c object) object { return keep(c, "code") }); c != nil {
		out["concept"] = c
	}
	if f := each(s["filter"], func(f object) object { return keep(f, "property", "op", "value") }); f != nil {
		out["filter"] = f
	}
	return out
}
