package traffic

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// A member is the value of a key of a JSON object, and the byte at which it
// begins.
type member struct {
	raw json.RawMessage
	at  int
}

// membersOf takes apart an object that begins at byte base. Of a key that comes
// twice the last counts.
func membersOf(b []byte, base int) (map[string]member, bool) {
	d := json.NewDecoder(bytes.NewReader(b))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	members := map[string]member{}
	for d.More() && len(members) <= maxMembers {
		key, err := d.Token()
		name, ok := key.(string)
		var raw json.RawMessage
		if err != nil || !ok || d.Decode(&raw) != nil {
			return nil, false
		}
		members[name] = member{raw, base + int(d.InputOffset()) - len(raw)}
	}
	return members, len(members) <= maxMembers
}

// maxMembers bounds an object that may describe a device.
const maxMembers = 200

// describedJSON returns what a JSON object says of the device that it
// describes. Only keys that name equipment are looked at, and only at the top
// and one level below: a person's data has other names, and is not read.
func describedJSON(b []byte) []Claim {
	if len(b) > maxBody || !json.Valid(b) {
		return nil
	}
	top, ok := membersOf(b, 0)
	if !ok {
		return nil
	}
	claims := orthanc(top)
	claims = jsonClaims(claims, top)
	for _, key := range []string{"device", "deviceInfo", "product", "hardware", "system"} {
		if inner, ok := membersOf(top[key].raw, top[key].at); ok {
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

func jsonClaims(claims []Claim, object map[string]member) []Claim {
	lower := make(map[string]member, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) { // of two that differ in case, always the same one
		if small := strings.ToLower(key); lower[small].raw == nil {
			lower[small] = object[key]
		}
	}
	for _, k := range jsonKeys {
		if value := jsonText(lower[k.key].raw); value != "" {
			claims = append(claims, Claim{Attribute: k.attribute, Value: value, Weight: 0.9, Source: "json", Field: k.key, Offset: lower[k.key].at})
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
func orthanc(top map[string]member) []Claim {
	title, version := top["DicomAet"], top["Version"]
	if title.raw == nil || top["DatabaseVersion"].raw == nil && top["ApiVersion"].raw == nil {
		return nil
	}
	claims := []Claim{
		{Attribute: Model, Value: "Orthanc", Weight: 0.9, Source: "http.body", Field: "DicomAet", Offset: title.at},
		{Attribute: Class, Value: "pacs", Weight: 0.9, Source: "http.body", Field: "DicomAet", Offset: title.at},
	}
	if shown := jsonText(version.raw); shown != "" {
		claims = append(claims, Claim{Attribute: SoftwareVersion, Value: shown, Weight: 0.9, Source: "http.body", Field: "Version", Offset: version.at})
	}
	if shown := jsonText(title.raw); shown != "" {
		claims = append(claims, Claim{Attribute: AETitle, Value: shown, Weight: 0.9, Source: "http.body", Field: "DicomAet", Offset: title.at})
	}
	return claims
}
