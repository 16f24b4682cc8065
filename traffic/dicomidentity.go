package traffic

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"bedrail/format/dicom"
)

// Tags of a performed procedure step (PS3.4 F.7.2) that speak of equipment.
const (
	performedStationAE   dicom.Tag = 0x00400241
	performedStationName dicom.Tag = 0x00400242
	lastIdentityTag                = performedStationName
)

// wishDICOM is the list of all that is ever taken out of a data set. No tag of
// group 0010, the patient, is on it or can get on it.
func wishDICOM(_, tag dicom.Tag, depth int) dicom.Wish {
	if depth > 0 {
		// Sequences repeat tags of other equipment (contributing, source,
		// referenced); only the UDI stands in one.
		if tag == dicom.UDI {
			return dicom.Take
		}
		return dicom.Skip
	}
	switch tag {
	case dicom.UDISequence:
		return dicom.Enter
	case dicom.SpecificCharacterSet, dicom.Modality, dicom.Manufacturer, dicom.StationName, dicom.DepartmentName, dicom.ModelName,
		dicom.SOPInstanceUID, dicom.DeviceSerialNumber, dicom.DeviceUID, dicom.SoftwareVersions, performedStationAE,
		performedStationName:
		return dicom.Take
	}
	return dicom.Skip
}

// datasetAttributes maps a tag to what it says.
var datasetAttributes = map[dicom.Tag]Attribute{
	dicom.Manufacturer: Manufacturer, dicom.ModelName: Model, dicom.DeviceSerialNumber: SerialNumber,
	dicom.SoftwareVersions: SoftwareVersion, dicom.StationName: StationName, dicom.DeviceUID: DeviceUID, dicom.UDI: UDI,
	performedStationAE: AETitle, performedStationName: StationName,
}

// datasetWeight is how often identity in a data set is right of its producer.
const datasetWeight = 0.95

// claims turns what was read into claims. instance is the SOP instance UID of
// the command, which carries the producer's UID root even through a gateway.
func (d *dicomSet) claims(instance string) []Claim {
	d.inflate()
	var charset dicom.Charset
	var claims []Claim
	for _, f := range d.fields {
		switch f.tag {
		case dicom.SpecificCharacterSet:
			charset, _ = dicom.CharsetOf(string(f.value))
		case dicom.SOPInstanceUID:
			instance = strings.TrimRight(string(f.value), " \x00")
		case dicom.Modality:
			claims = append(claims, modalityClaim(f)...)
		case dicom.DepartmentName:
			claims = append(claims, departmentClaim(f, charset)...)
		default:
			claims = append(claims, fieldClaim(f, charset)...)
		}
	}
	if len(claims) == 0 {
		return nil
	}
	if r, ok := rootOf(instance); ok && r.maker {
		// The instance itself is left out: it leads to one patient's image.
		claims = append(claims, Claim{Attribute: Manufacturer, Value: r.owner, Raw: r.root, Weight: 0.6,
			Source: "dicom.uidroot", Field: dicom.SOPInstanceUID.String()})
	}
	return claims
}

func modalityClaim(f dicomField) []Claim {
	raw := strings.Trim(string(f.value), " \x00")
	class, ok := modalityClasses[raw]
	if !ok {
		return nil
	}
	return []Claim{{Attribute: Class, Value: class, Raw: raw, Weight: datasetWeight, Source: "dicom.dataset",
		Field: f.tag.String(), Offset: int(f.offset)}}
}

// departmentClaim is where the equipment stands as far as its configuration
// knows, which nobody corrects when it moves.
func departmentClaim(f dicomField, charset dicom.Charset) []Claim {
	text, err := charset.Text(f.value)
	if text = strings.TrimSpace(text); err != nil || !tells(Location, text) {
		return nil
	}
	spot := Spot{Unit: text}.String()
	if spot == "" {
		return nil
	}
	return []Claim{{Attribute: Location, Value: spot, Raw: text, Weight: 0.5, Source: "dicom.dataset",
		Field: f.tag.String(), Offset: int(f.offset)}}
}

func fieldClaim(f dicomField, charset dicom.Charset) []Claim {
	vals, err := charset.Values(f.value)
	if err != nil {
		return nil // text that cannot be read names nothing
	}
	raw := strings.Join(vals, `\`)
	value := raw
	if f.tag == dicom.SoftwareVersions {
		value = softwareVersion(vals)
	}
	attribute := datasetAttributes[f.tag]
	if !tells(attribute, value) {
		return nil
	}
	c := Claim{Attribute: attribute, Value: value, Weight: datasetWeight, Source: "dicom.dataset", Field: f.tag.String(),
		Offset: int(f.offset)}
	if raw != value {
		c.Raw = raw
	}
	return []Claim{c}
}

// softwareVersion joins the versions of a system's parts, which makers list in
// one element, without repetition.
func softwareVersion(vals []string) string {
	var kept []string
	for _, v := range vals {
		if v != "" && !strings.Contains(`\`+strings.Join(kept, `\`)+`\`, `\`+v+`\`) {
			kept = append(kept, v)
		}
	}
	return strings.Join(kept, `\`)
}

// tells is false for values that fill a field without saying anything, and for
// the known misuse of the serial number as a place for an address.
func tells(a Attribute, v string) bool {
	if v == "" || len(v) > 256 || !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r == utf8.RuneError }) {
		return false
	}
	switch strings.ToLower(strings.Trim(v, " .-_*")) {
	case "", "0", "unknown", "none", "n/a", "na", "null", "no value", "not available", "undefined", "anonymous", "anonymized",
		"removed", "default", "empty":
		return false
	}
	switch a {
	case SerialNumber:
		_, err := netip.ParseAddr(v)
		return err != nil && strings.Trim(v, "0") != ""
	case StationName:
		return strings.Trim(v, "0") != ""
	}
	return true
}

// modalityClasses maps Modality (0008,0060) to the class of the equipment that
// acquires it. Modalities of documents, plans and derived objects (SR, PR, SEG,
// OT, RTPLAN) are left out: any workstation makes them.
var modalityClasses = map[string]string{
	"CT": "ct-scanner", "MR": "mr-scanner", "US": "ultrasound", "IVUS": "ultrasound", "BDUS": "ultrasound",
	"NM": "nuclear-medicine", "PT": "nuclear-medicine", "MG": "mammography",
	"CR": "x-ray", "DX": "x-ray", "RF": "x-ray", "XA": "x-ray", "IO": "x-ray", "PX": "x-ray", "RG": "x-ray", "BMD": "x-ray",
	"ES": "endoscopy", "ECG": "ecg",
}

// A uidRoot is a prefix of unique identifiers and who gives them out.
type uidRoot struct {
	root, owner string
	maker       bool // of equipment; else of a toolkit, which says nothing about the device
}

// uidRoots are registered prefixes. A toolkit hides the maker, so it is known
// only to be passed over.
var uidRoots = []uidRoot{
	{"1.2.276.0.7230010.3", "DCMTK", false},
	{"1.2.40.0.13.1", "dcm4che", false},
	{"1.3.6.1.4.1.30071.8", "fo-dicom", false},
	{"1.2.826.0.1.3680043.2.1143", "GDCM", false},
	{"1.2.826.0.1.3680043.9.3811", "pynetdicom", false},
	{"1.2.826.0.1.3680043.8.498", "pydicom", false},
	{"1.2.840.113619", "GE Healthcare", true},
	{"1.3.12.2.1107", "Siemens Healthineers", true},
	{"1.3.46.670589", "Philips", true},
	{"1.2.392.200036.9116", "Canon Medical", true},
	{"1.2.392.200036.9125", "Fujifilm", true},
	{"1.2.392.200036.9107", "Hitachi", true},
	{"1.2.124.113532", "Agfa", true},
	{"1.2.840.113564", "Carestream", true},
}

// rootOf finds the root that a UID begins with.
func rootOf(uid string) (uidRoot, bool) {
	for _, r := range uidRoots {
		if strings.HasPrefix(uid, r.root) && (len(uid) == len(r.root) || uid[len(r.root)] == '.') {
			return r, true
		}
	}
	return uidRoot{}, false
}

func validUID(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "0123456789.") == ""
}
