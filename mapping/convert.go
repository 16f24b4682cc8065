package mapping

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bedrail/format/hl7"
)

// A converter turns a value of a message into a value of FHIR.
type converter uint8

const (
	convNone converter = iota
	convText
	convCode
	convURI
	convBoolean
	convDecimal
	convInteger
	convPositive
	convDateTime
	convInstant
	convDate
	convTime
	convBase64
	convSystem    // the name of a coding system (table 0396) to its URI
	convAuthority // the name of an assigning authority to a URI of the sender's
	convConcept   // into a complex element: its usual member
	convSamples
	convNameText
	convVitalUnit // a unit without its annotation: {beat}/min is /min
	convUID       // a DICOM UID to urn:oid
	convEncode    // a text to the Base64 of its bytes
	convHex       // bytes in hexadecimal to Base64
	convAboveZero // a decimal, when it is above zero
	convMinutes   // a quantity of time with its unit (CQ) to minutes
)

// converterNames are the converters that a rule may name in by.
var converterNames = map[string]converter{
	"text": convText, "code": convCode, "dateTime": convDateTime, "instant": convInstant, "date": convDate, "decimal": convDecimal,
	"base64": convBase64, "samples": convSamples, "nameText": convNameText, "authority": convAuthority, "system": convSystem,
	"oid": convUID, "vitalUnit": convVitalUnit, "positive": convAboveZero, "encode": convEncode, "hex": convHex,
}

// converterOf returns the converter that a type of element takes by itself.
func converterOf(typ string) converter {
	switch typ {
	case "string", "markdown":
		return convText
	case "code", "id":
		return convCode
	case "uri", "url", "canonical", "oid", "uuid":
		return convURI
	case "boolean":
		return convBoolean
	case "decimal":
		return convDecimal
	case "integer":
		return convInteger
	case "positiveInt", "unsignedInt":
		return convPositive
	case "dateTime":
		return convDateTime
	case "instant":
		return convInstant
	case "date":
		return convDate
	case "time":
		return convTime
	case "base64Binary":
		return convBase64
	}
	if usualMember(typ) != "" {
		return convConcept
	}
	return convNone
}

// usualMember is where a bare value goes in a complex type.
func usualMember(typ string) string {
	switch typ {
	case "CodeableConcept", "Annotation", "HumanName", "Address":
		return "text"
	case "Coding":
		return "code"
	case "Identifier", "Quantity", "ContactPoint", "Age", "Duration", "Count":
		return "value"
	case "Reference":
		return "display"
	case "Period":
		return "start"
	}
	return ""
}

// scalar converts what d says. ok is false when it is none of the kind.
func (r *run) scalar(conv converter, d datum) (text string, literal, ok bool) {
	switch conv {
	case convDateTime, convInstant, convDate, convTime:
		text, ok = r.moment(conv, d)
		return text, false, ok
	case convSamples:
		text, ok = r.samples(d)
		return text, false, ok
	case convNameText:
		text = strings.Join(strings.Fields(strings.Join([]string{r.textOf(d.part(5)), r.textOf(d.part(2)), r.textOf(d.part(3)), r.textOf(d.part(1).part(1)), r.textOf(d.part(4))}, " ")), " ")
		return text, false, text != ""
	}
	for !d.plain && d.depth < 2 {
		d = d.part(1)
	}
	text = strings.TrimSpace(r.textOf(d))
	if text == "" {
		return "", false, false
	}
	switch conv {
	case convCode:
		if hasSpace(text) {
			text = strings.Join(strings.Fields(text), " ")
		}
	case convURI, convUID:
		return uriOf(conv, text)
	case convVitalUnit:
		text = bareUnit(text)
	case convSystem:
		text = systemOf(text)
	case convAuthority:
		text = "urn:x-hl7v2-authority:" + urnSafe(text)
	case convBoolean:
		switch strings.ToUpper(text) {
		case "Y", "1", "TRUE", "T", "YES":
			return "true", true, true
		case "N", "0", "FALSE", "F", "NO":
			return "false", true, true
		}
		return "", false, false
	case convDecimal:
		text, ok = decimalText(text)
		return text, true, ok
	case convEncode:
		text = base64.StdEncoding.EncodeToString([]byte(text))
	case convHex:
		raw, err := hex.DecodeString(text)
		return base64.StdEncoding.EncodeToString(raw), false, err == nil
	case convAboveZero:
		text, ok = decimalText(text)
		return text, true, ok && text[0] != '-' && strings.Trim(text, "0.") != ""
	case convInteger, convPositive:
		whole, _, _ := strings.Cut(text, ".")
		n, err := strconv.ParseInt(strings.TrimPrefix(whole, "+"), 10, 32)
		if err != nil || conv == convPositive && n < 1 {
			return "", false, false
		}
		return strconv.FormatInt(n, 10), true, true
	case convBase64:
		text = strings.Join(strings.Fields(text), "") // lines of a message are no part of it
		if _, err := base64.StdEncoding.DecodeString(text); err != nil || len(text)%4 != 0 {
			text = base64.StdEncoding.EncodeToString([]byte(text))
		}
	}
	return text, false, true
}

// hasSpace reports whether text may hold white space.
func hasSpace(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x80 {
			return true
		}
	}
	return false
}

func uriOf(conv converter, text string) (string, bool, bool) {
	for i := range len(text) {
		switch text[i] {
		case ' ', '\t', '\n', '\r', '<', '>', '"', '{', '}', '|', '\\', '^', '`':
			return "", false, false
		}
	}
	if conv == convUID {
		text = "urn:oid:" + text
	}
	if oid, ok := strings.CutPrefix(text, "urn:oid:"); ok && !oidForm.MatchString(oid) {
		return "", false, false // no OID, whatever the message calls it
	}
	if id, ok := strings.CutPrefix(text, "urn:uuid:"); ok && !uuidForm.MatchString(id) {
		return "", false, false
	}
	return text, false, true
}

// timeUnits are units of time in seconds, by UCUM and by the spellings of HL7
// v2 (chapter 4, TQ.2 and RI; ISO+).
var timeUnits = map[string]float64{
	"s": 1, "sec": 1, "min": 60, "minute": 60, "minutes": 60, "m": 60, "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600,
	"d": 86400, "day": 86400, "days": 86400, "wk": 604800, "week": 604800, "weeks": 604800,
}

// minutesText writes a time of a known unit as whole minutes; part of a minute
// is none.
func minutesText(number, unit string) (string, bool) {
	seconds, ok := timeUnits[strings.ToLower(strings.TrimSpace(unit))]
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	minutes := n * seconds / 60
	if !ok || err != nil || minutes < 0 || minutes > 1<<31-1 || minutes != float64(int64(minutes)) {
		return "", false
	}
	return strconv.FormatInt(int64(minutes), 10), true
}

var oidForm = regexp.MustCompile(`^[0-2](\.(0|[1-9][0-9]*))+$`)

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// decimalText writes a number as FHIR has it: no plus, no leading or trailing
// point, every digit kept.
func decimalText(text string) (string, bool) {
	t := strings.TrimPrefix(text, "+")
	neg := strings.HasPrefix(t, "-")
	t = strings.TrimPrefix(t, "-")
	whole, fraction, _ := strings.Cut(t, ".")
	if !areDigits(whole) || !areDigits(fraction) || t == "" || t == "." || len(t) > 100 {
		return "", false
	}
	zeros := 0
	for zeros < len(whole)-1 && whole[zeros] == '0' {
		zeros++
	}
	switch {
	case fraction == "":
		whole = whole[zeros:]
	case whole != "":
		whole = t[zeros:]
	default:
		whole = "0" + t
	}
	if neg && strings.Trim(whole, "0.") != "" {
		whole = "-" + whole
	}
	return whole, true
}

func areDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// systems are coding systems by their name in HL7 table 0396.
var systems = map[string]string{
	"LN": "http://loinc.org", "LOINC": "http://loinc.org", "SCT": "http://snomed.info/sct", "SNM": "http://snomed.info/sct", "SNOMED-CT": "http://snomed.info/sct",
	"MDC": "urn:iso:std:iso:11073:10101", "UCUM": "http://unitsofmeasure.org", "I10": "http://hl7.org/fhir/sid/icd-10", "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
	"ICD10": "http://hl7.org/fhir/sid/icd-10", "ICD-10": "http://hl7.org/fhir/sid/icd-10", "I9": "http://hl7.org/fhir/sid/icd-9-cm", "I9C": "http://hl7.org/fhir/sid/icd-9-cm", "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm",
	"ICD9": "http://hl7.org/fhir/sid/icd-9-cm", "C4": "http://www.ama-assn.org/go/cpt", "CPT": "http://www.ama-assn.org/go/cpt", "CPT4": "http://www.ama-assn.org/go/cpt", "CPTM": "http://www.ama-assn.org/go/cpt",
	"CVX": "http://hl7.org/fhir/sid/cvx", "MVX": "http://terminology.hl7.org/CodeSystem/MVX", "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
	"NDC": "http://hl7.org/fhir/sid/ndc", "DCM": "http://dicom.nema.org/resources/ontology/DCM", "ISO3166": "urn:iso:std:iso:3166", "ISO4217": "urn:iso:std:iso:4217",
	"ISO639": "urn:iso:std:iso:639:-1", "CDCREC": "urn:oid:2.16.840.1.113883.6.238", "BCP47": "urn:ietf:bcp:47", "ISBT": "http://www.isbt128.org",
}

// systemOf returns the URI of a coding system: of one that is known by its
// name, of HL7's own tables, or a URN that keeps a local name apart.
func systemOf(name string) string {
	if uri, ok := systems[strings.ToUpper(name)]; ok {
		return uri
	}
	if strings.Contains(name, ":") && !strings.ContainsAny(name, " <>\"") {
		return name
	}
	if digits, ok := strings.CutPrefix(strings.ToUpper(name), "HL7"); ok && len(digits) == 4 && strings.Trim(digits, "0123456789") == "" {
		return "http://terminology.hl7.org/CodeSystem/v2-" + digits
	}
	if strings.Count(name, ".") > 2 && strings.Trim(name, "0123456789.") == "" {
		return "urn:oid:" + name
	}
	return "urn:x-hl7v2-0396:" + urnSafe(name)
}

// urnSafe writes a name as the last part of a URN.
func urnSafe(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

// moment writes a time of a message as FHIR has it, as exactly as it was
// written and no more so.
func (r *run) moment(conv converter, d datum) (string, bool) {
	if d.plain {
		t, ok := plainMoment(d.text, r.opt.zone())
		if conv == convDate && len(t) > 10 {
			t = t[:10]
		}
		return t, ok && (conv != convInstant || len(t) > 10)
	}
	for d.depth < 2 {
		d = d.part(1)
	}
	if conv == convTime {
		return clockText(r.textOf(d))
	}
	if r.when.text != "" && r.when.conv == conv && d.v.Is(r.when.raw) {
		return r.when.text, true // as of the row before
	}
	t, err := d.v.Time(r.opt.zone())
	if err != nil {
		start, end := d.v.Span()
		r.issue(hl7.Warning, "value", start, end, "a time is left out: it cannot be read as one")
		return "", false
	}
	r.when = written{conv, string(d.v.Bytes()), momentText(conv, t, d.v.Bytes())}
	return r.when.text, true
}

// A written time is one of the message, and what it became.
type written struct {
	conv      converter
	raw, text string
}

func momentText(conv converter, t hl7.Time, raw []byte) string {
	layout := "2006-01-02T15:04:05"
	switch {
	case t.Precision == hl7.Year && conv != convInstant:
		return t.Format("2006")
	case t.Precision == hl7.Month && conv != convInstant:
		return t.Format("2006-01")
	case (t.Precision == hl7.Day || conv == convDate) && conv != convInstant:
		return t.Format("2006-01-02")
	}
	if t.Precision == hl7.Fraction {
		digits := 0
		for _, c := range raw[strings.IndexByte(string(raw), '.')+1:] {
			if c < '0' || c > '9' {
				break
			}
			digits++
		}
		layout += "." + strings.Repeat("0", digits)
	}
	return t.Format(layout + zoneLayout(t.Time))
}

func zoneLayout(t time.Time) string {
	if _, offset := t.Zone(); offset == 0 {
		return "Z"
	}
	return "-07:00"
}

// clockText writes HHMM[SS[.S]] as a time.
func clockText(text string) (string, bool) {
	text, _, _ = strings.Cut(strings.ReplaceAll(text, ":", ""), "+")
	whole, fraction, _ := strings.Cut(text, ".")
	for len(whole) < 6 {
		whole += "0"
	}
	if len(whole) != 6 || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", false
	}
	out := whole[:2] + ":" + whole[2:4] + ":" + whole[4:]
	if fraction != "" {
		out += "." + fraction
	}
	_, err := time.Parse("15:04:05.999999999", out)
	return out, err == nil
}

// samples writes the numbers of an NA as SampledData has them: with spaces
// between, E where one is missing.
func (r *run) samples(d datum) (string, bool) {
	if d.plain {
		return d.text, d.text != ""
	}
	var b strings.Builder
	n := d.v.Components()
	for i := 1; i <= n; i++ {
		if i > 1 {
			b.WriteByte(' ')
		}
		text, ok := decimalText(strings.TrimSpace(d.v.Component(i).String()))
		if !ok {
			text = "E"
		}
		b.WriteString(text)
	}
	return b.String(), n > 0
}

// bareUnit leaves the annotations of a UCUM unit out where a unit remains.
func bareUnit(unit string) string {
	open := strings.IndexByte(unit, '{')
	end := strings.IndexByte(unit, '}')
	if open < 0 || end < open {
		return unit
	}
	if rest := unit[:open] + unit[end+1:]; rest != "" {
		return rest
	}
	return unit
}
