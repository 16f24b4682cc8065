package traffic

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// describedJSON returns what a JSON object says of the device that it
// describes. Only keys that name equipment are looked at, and only at the top
// and one level below: a person's data has other names, and is not read.
func describedJSON(b []byte) []Claim {
	var top map[string]json.RawMessage
	if len(b) > maxBody || json.Unmarshal(b, &top) != nil || len(top) > 200 {
		return nil
	}
	claims := orthanc(top)
	claims = jsonClaims(claims, top)
	for _, key := range []string{"device", "deviceInfo", "product", "hardware", "system"} {
		var inner map[string]json.RawMessage
		if raw, ok := top[key]; ok && json.Unmarshal(raw, &inner) == nil {
			claims = jsonClaims(claims, inner)
		}
	}
	return claims
}

// jsonKeys are the names under which devices describe themselves, in lower
// case.
var jsonKeys = []struct {
	key       string
	attribute Attribute
}{
	{"mfr", Manufacturer}, {"manufacturer", Manufacturer}, {"vendor", Manufacturer},
	{"model", Model}, {"modelname", Model}, {"model_name", Model},
	{"serial", SerialNumber}, {"serialnumber", SerialNumber}, {"serial_number", SerialNumber}, {"sn", SerialNumber},
	{"fw", SoftwareVersion}, {"firmware", SoftwareVersion}, {"firmwareversion", SoftwareVersion}, {"fwversion", SoftwareVersion},
	{"softwareversion", SoftwareVersion}, {"sw", SoftwareVersion}, {"swversion", SoftwareVersion}, {"sw_version", SoftwareVersion},
}

func jsonClaims(claims []Claim, object map[string]json.RawMessage) []Claim {
	lower := make(map[string]json.RawMessage, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) { // of two that differ in case, always the same one
		if small := strings.ToLower(key); lower[small] == nil {
			lower[small] = object[key]
		}
	}
	for _, k := range jsonKeys {
		if value := jsonText(lower[k.key]); value != "" {
			claims = append(claims, Claim{Attribute: k.attribute, Value: value, Weight: 0.9, Source: "json", Field: k.key})
		}
	}
	return claims
}

func jsonText(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || len(raw) > 300 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return text([]byte(s))
}

// orthanc knows the system page of the Orthanc archive by the keys that only
// it has.
func orthanc(top map[string]json.RawMessage) []Claim {
	if top["DicomAet"] == nil || top["DatabaseVersion"] == nil && top["ApiVersion"] == nil {
		return nil
	}
	claims := []Claim{
		{Attribute: Model, Value: "Orthanc", Weight: 0.9, Source: "http.body", Field: "DicomAet"},
		{Attribute: Class, Value: "pacs", Weight: 0.9, Source: "http.body", Field: "DicomAet"},
	}
	if version := jsonText(top["Version"]); version != "" {
		claims = append(claims, Claim{Attribute: SoftwareVersion, Value: version, Weight: 0.9, Source: "http.body", Field: "Version"})
	}
	if title := jsonText(top["DicomAet"]); title != "" {
		claims = append(claims, Claim{Attribute: AETitle, Value: title, Weight: 0.9, Source: "http.body", Field: "DicomAet"})
	}
	return claims
}
