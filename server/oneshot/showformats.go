package oneshot

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"bedrail/format/astm"
	"bedrail/format/dicom"
	"bedrail/format/fhir"
	"bedrail/format/jsondoc"
)

// Bounds of what is shown of one file: it is read by a person.
const (
	MostShown    = 20_000 // rows
	longestShown = 200    // characters of a value
)

// readingEnded names the row that says where a damaged file could not be read on.
const readingEnded = "reading ended"

// brief cuts a value to what fits a line, with a digest by which two that begin
// alike are told apart.
func brief(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= longestShown {
		return text
	}
	cut := longestShown
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s... (%d bytes, %s)", text[:cut], len(text), digest([]byte(text)))
}

// digest is the beginning of the SHA-256 of a value too long to be shown.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("SHA-256 %x", sum[:8])
}

// A dicomShower lists the elements of a file with their names.
type dicomShower struct {
	patients bool
	inflated bool // the data set was compressed: no byte of the file can be named
	order    binary.ByteOrder
	out      []ShownField
}

func showDICOM(raw []byte, patients bool) ([]ShownField, error) {
	f, err := dicom.Parse(raw, dicom.Limits{})
	if err != nil {
		return nil, err
	}
	s := dicomShower{patients: patients, order: binary.LittleEndian}
	s.set(f.Meta, "")
	s.inflated = f.Syntax.Deflated
	if f.Syntax.BigEndian {
		s.order = binary.BigEndian
	}
	if f.Set != nil {
		s.set(f.Set, "")
	}
	if f.Broken != nil {
		s.out = append(s.out, ShownField{Path: "end", Name: readingEnded, Value: f.Broken.Error(), Bytes: [2]int{len(raw), len(raw)}})
	}
	return s.out, nil
}

func (s *dicomShower) set(d *dicom.Dataset, within string) {
	for _, f := range d.Fields {
		if len(s.out) >= MostShown {
			return
		}
		row := ShownField{Path: within + f.Tag.String(), Name: dicom.Name(f.Tag), Bytes: [2]int{f.Start(), f.End()}}
		if s.inflated {
			row.Bytes = [2]int{}
		}
		vr := d.VROf(f)
		row.Patient = strings.Contains(within, "(0010,") || dicomOfPerson(f.Tag, vr)
		row.Value = s.value(d, f, vr)
		if row.Patient && !s.patients && row.Value != "" {
			row.Value = Masked
		}
		s.out = append(s.out, row)
		if vr == dicom.SQ && f.Tag != dicom.PixelData {
			items, _ := d.Items(f.Tag) // what cannot be read is said at the end of the file
			for i, item := range items {
				s.set(item, fmt.Sprintf("%s%s[%d].", within, f.Tag, i+1))
			}
		}
	}
}

// dicomOfPerson reports whether an element may tell who the patient or another
// person is. Private elements and free text are taken to.
func dicomOfPerson(t dicom.Tag, vr dicom.VR) bool {
	switch vr {
	case dicom.PN, dicom.LT, dicom.ST, dicom.UT, dicom.UN, dicom.UR:
		return true
	}
	if t.Private() && t.Group() > 2 {
		return t.Element() > 0xFF // the names of private creators are makers' names
	}
	switch t.Group() {
	case 0x0010, 0x0032, 0x0038, 0x4008: // patient, request, visit, results
		return true
	case 0x0040: // the procedure: codes and times tell nothing, identifiers and descriptions may
		return vr == dicom.LO || vr == dicom.SH
	}
	switch t {
	case 0x00080050, 0x00200010, 0x00081030, 0x0008103E, 0x00204000: // accession number, study id, descriptions that people type
		return true
	}
	return false
}

func (s *dicomShower) value(d *dicom.Dataset, f dicom.Field, vr dicom.VR) string {
	if texts := d.Texts(f.Tag); texts != nil {
		return brief(strings.Join(texts, `\`))
	}
	b := d.Bytes(f)
	width := map[dicom.VR]int{dicom.US: 2, dicom.SS: 2, dicom.UL: 4, dicom.SL: 4, dicom.FL: 4, dicom.FD: 8, dicom.AT: 4}[vr]
	switch {
	case len(b) == 0:
		return ""
	case vr == dicom.SQ:
		items, _ := d.Items(f.Tag)
		return fmt.Sprintf("(%d items)", len(items))
	case width == 0 || len(b)%width != 0 || len(b) > 32*width:
		return fmt.Sprintf("(%d bytes %s, %s)", len(b), vr, digest(b))
	}
	var words []string
	for ; len(b) > 0; b = b[width:] {
		words = append(words, dicomNumber(s.order, vr, b))
	}
	return strings.Join(words, `\`)
}

func dicomNumber(order binary.ByteOrder, vr dicom.VR, b []byte) string {
	switch vr {
	case dicom.US:
		return strconv.Itoa(int(order.Uint16(b)))
	case dicom.SS:
		return strconv.Itoa(int(int16(order.Uint16(b))))
	case dicom.UL:
		return strconv.FormatUint(uint64(order.Uint32(b)), 10)
	case dicom.SL:
		return strconv.Itoa(int(int32(order.Uint32(b))))
	case dicom.FL:
		return strconv.FormatFloat(float64(math.Float32frombits(order.Uint32(b))), 'g', -1, 32)
	case dicom.AT:
		return dicom.NewTag(order.Uint16(b), order.Uint16(b[2:])).String()
	}
	return strconv.FormatFloat(math.Float64frombits(order.Uint64(b)), 'g', -1, 64)
}

// A fhirShower lists the values of a resource by their paths.
type fhirShower struct {
	patients bool
	base     int
	nth      int
	out      []ShownField
}

func showFHIR(raw []byte, patients bool) ([]ShownField, error) {
	if fhir.LooksLikeXML(raw) {
		return showXML(raw, patients)
	}
	if !manyResources(raw) {
		return showResource(raw, patients, 0, 0, nil)
	}
	var out []ShownField
	at, nth := 0, 0
	for line := range strings.Lines(string(raw)) {
		if strings.TrimSpace(line) != "" {
			nth++
			var err error
			if out, err = showResource([]byte(line), patients, at, nth, out); err != nil {
				return out, fmt.Errorf("resource %d: %w", nth, err)
			}
		}
		at += len(line)
	}
	return out, nil
}

// showXML shows a resource in XML as JSON has it; no byte of the file can be
// named then.
func showXML(raw []byte, patients bool) ([]ShownField, error) {
	converted, err := fhir.R4().FromXML(raw)
	if err != nil {
		return nil, err
	}
	out, err := showResource(converted, patients, 0, 0, nil)
	for i := range out {
		out[i].Bytes = [2]int{}
	}
	return out, err
}

func showResource(raw []byte, patients bool, base, nth int, out []ShownField) ([]ShownField, error) {
	doc, err := jsondoc.Parse(raw, jsondoc.Limits{})
	if err != nil {
		return out, err
	}
	s := fhirShower{patients: patients, base: base, nth: nth, out: out}
	root := doc.Root()
	s.node(root, root.Get("resourceType").Text(), "", false)
	return s.out, nil
}

// node lists n. kind is the resource around it; hidden says that an element
// above belongs to a person.
func (s *fhirShower) node(n jsondoc.Node, path, key string, hidden bool) {
	if len(s.out) >= MostShown {
		return
	}
	kind, _, _ := strings.Cut(path, ".")
	if at := strings.LastIndexByte(path, '>'); at >= 0 {
		kind, _, _ = strings.Cut(path[at+1:], ".")
	}
	switch n.Kind() {
	case jsondoc.Object:
		if own := n.Get("resourceType").Text(); own != "" && key != "" {
			path, kind, hidden = path+">"+own, own, false
		}
		hidden = hidden || fhirPersons[kind]
		for kid := n.First(); kid.Exists(); kid = kid.Next() {
			name := kid.Key()
			s.node(kid, path+"."+name, name, hidden || fhirHides(kind, name))
		}
	case jsondoc.Array:
		i := 0
		for kid := n.First(); kid.Exists(); kid = kid.Next() {
			s.node(kid, fmt.Sprintf("%s[%d]", path, i), key, hidden)
			i++
		}
	default:
		s.value(n, path, kind, key, hidden)
	}
}

func (s *fhirShower) value(n jsondoc.Node, path, kind, key string, hidden bool) {
	start, end := n.Range()
	row := ShownField{Path: path, Value: brief(string(n.Raw())), Bytes: [2]int{s.base + start, s.base + end}, Message: s.nth}
	if n.Kind() == jsondoc.String {
		row.Value = brief(n.Text())
	}
	open := key == "resourceType" || n.Kind() != jsondoc.String && !hidden || !hidden && (fhirEquipment[kind] || fhirOpen[key] || openMoment(key))
	if row.Patient = !open; row.Patient && !s.patients {
		row.Value = Masked
	}
	s.out = append(s.out, row)
}

// fhirPersons are resources about a person as a whole.
var fhirPersons = map[string]bool{"Patient": true, "Person": true, "RelatedPerson": true, "Practitioner": true, "PractitionerRole": true}

// fhirEquipment are resources about things and definitions, whose texts are shown.
var fhirEquipment = map[string]bool{"Device": true, "DeviceMetric": true, "DeviceDefinition": true, "CapabilityStatement": true, "ValueSet": true, "CodeSystem": true, "ConceptMap": true,
	"StructureDefinition": true, "OperationOutcome": true, "SearchParameter": true, "ImplementationGuide": true}

// fhirOpen are texts that say nothing of a person. A text that nobody thought
// of is masked.
var fhirOpen = map[string]bool{"resourceType": true, "code": true, "system": true, "version": true, "unit": true, "status": true, "use": true, "type": true, "profile": true, "url": true,
	"intent": true, "priority": true, "mode": true, "language": true, "comparator": true, "contentType": true, "lower": true, "upper": true, "origin": true, "method": true, "display": true}

// fhirHides reports whether an element of a resource about anything else leads
// to a person, or holds what somebody wrote.
func fhirHides(kind, name string) bool {
	switch name {
	case "subject", "patient", "individual", "performer", "recorder", "asserter", "author", "participant", "recipient", "sender", "source", "who", "requester", "actor", "agent", "encounter",
		"beneficiary", "subscriber", "text", "note", "telecom", "address", "contact", "answer", "generalPractitioner", "birthDate", "name", "photo", "data", "valueString", "valueAttachment", "fullUrl", "link":
		return !(fhirEquipment[kind] && (name == "name" || name == "source" || name == "data"))
	case "identifier":
		return !fhirEquipment[kind]
	}
	return false
}

// openMoment reports whether an element is a time of an event, as those of
// other formats are shown too.
func openMoment(key string) bool {
	switch key {
	case "issued", "lastUpdated", "effectiveDateTime", "effectiveInstant", "start", "end", "authoredOn", "recorded", "timestamp", "date":
		return true
	}
	return false
}

func showPOCT(raw []byte, patients bool) ([]ShownField, error) {
	values, err := astm.POCTValues(raw)
	if err != nil {
		return nil, err
	}
	var out []ShownField
	for _, v := range values {
		row := ShownField{Path: v.Path, Value: brief(v.Text), Bytes: [2]int{v.Start, v.End}, Patient: v.Person()}
		if row.Patient && !patients {
			row.Value = Masked
		}
		out = append(out, row)
	}
	return out, nil
}
