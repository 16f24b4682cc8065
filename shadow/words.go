package shadow

import (
	"regexp"
	"strings"

	"bedrail/exchange"
	"bedrail/format/fhir"
	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
)

// What leaves is chosen here: words that name equipment and software, and the
// terms of standards. Everything else a sender wrote stays where it was heard.

const longestWord = 64

// word is a name that a system or device gives itself, if it can be one.
func word(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > longestWord {
		return ""
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7F {
			return ""
		}
	}
	return s
}

var goodTerm = regexp.MustCompile(`^[A-Za-z0-9^_./:()\[\], -]{1,64}$`)

// term is a word that Bedrail or a standard made: a rule, a place.
func term(s string) string {
	if s == "" || goodTerm.MatchString(s) {
		return s
	}
	return "other"
}

var (
	hl7Type    = regexp.MustCompile(`^[A-Z][A-Z0-9]{2}(\^[A-Z][A-Z0-9]{2})?$`)
	hl7Event   = regexp.MustCompile(`^[A-Z][A-Z0-9]{2}$`)
	hl7Version = regexp.MustCompile(`^[0-9](\.[0-9]){0,3}$`)
	hl7Charset = regexp.MustCompile(`^(ASCII|8859/[0-9]{1,2}|ISO IR[0-9]{1,3}|UNICODE( UTF-(8|16|32))?|GB 18030-2000|KS X 1001|CNS 11643-1992|BIG-5)$`)
	uid        = regexp.MustCompile(`^[0-9.]{5,64}$`)
	topicType  = regexp.MustCompile(`^(json|hl7v2|fhir|text|binary|empty)$`)
)

// typeOf is the type of a message, where its format knows such a one: what a
// sender made up is "other".
func typeOf(f exchange.Format, s string) string {
	ok := false
	switch f {
	case exchange.HL7v2:
		ok = hl7Type.MatchString(s)
	case exchange.FHIR:
		ok = fhir.R4().IsResource(s)
	case exchange.DICOM:
		ok = uid.MatchString(s)
	default:
		ok = topicType.MatchString(s)
	}
	if ok || s == "" {
		return s
	}
	return "other"
}

func fits(form *regexp.Regexp, s string) string {
	if s == "" || form.MatchString(s) {
		return s
	}
	return "other"
}

var goodProfile = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,160}$`)

func profile(s string) string {
	if s == "" || goodProfile.MatchString(s) {
		return s
	}
	return "other"
}

var (
	index    = regexp.MustCompile(`\[[^\]]*\]`)
	hl7Path  = regexp.MustCompile(`^[A-Z][A-Z0-9]{2}([.-][0-9]{1,3}){0,4}$`)
	fhirPart = regexp.MustCompile(`^[a-zA-Z]{1,40}$`)
	tagPath  = regexp.MustCompile(`^\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)$`)
)

// path is where an issue stands, without which of several and without names
// that a sender may have made up.
func path(f exchange.Format, i exchange.Issue) string {
	p := index.ReplaceAllString(i.Location, "")
	switch f {
	case exchange.HL7v2:
		if hl7Path.MatchString(p) {
			return p
		}
	case exchange.DICOM:
		if tagPath.MatchString(p) {
			return p
		}
	case exchange.FHIR:
		return fhirPath(p, i.Rule)
	}
	return ""
}

// fhirPath keeps elements of FHIR. An element that FHIR does not know is not
// named: its name may hold anything.
func fhirPath(p, rule string) string {
	p, _, _ = strings.Cut(strings.ReplaceAll(p, "ofType", ""), "/")
	parts := strings.Split(p, ".")
	if rule == "unknown-element" && len(parts) > 0 {
		parts = parts[:len(parts)-1]
	}
	var out []string
	for _, part := range parts {
		if !fhirPart.MatchString(part) || len(out) == 8 {
			break
		}
		out = append(out, part)
	}
	return strings.Join(out, ".")
}

// A wrong is what the watch over feeds tells issues apart by.
type wrong int

const (
	wrongNothing wrong = iota
	wrongUnits
	wrongValue
	wrongCharset
	wrongOtherwise
)

func kindOf(i exchange.Issue) wrong {
	switch i.Rule {
	case pcd.RuleUnitDimension, pcd.RuleUnitMissing:
		return wrongUnits
	case pcd.RuleImplausible, pcd.RuleSentinel:
		return wrongValue
	case hl7.RuleCharset:
		return wrongCharset
	}
	if i.Severity == hl7.ErrorLevel || i.Severity == hl7.Fatal {
		return wrongOtherwise
	}
	return wrongNothing
}
