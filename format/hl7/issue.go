package hl7

import "strconv"

// A Severity says what an issue means for the message, in the words of FHIR's
// OperationOutcome.
type Severity string

// The severities. A message with none of the first two is valid.
const (
	Fatal       Severity = "fatal"       // it cannot be read or answered for
	ErrorLevel  Severity = "error"       // it says something wrong
	Warning     Severity = "warning"     // it should be looked at
	Information Severity = "information" // worth knowing
)

// An Issue is one thing that is wrong with a message: where, in which bytes,
// and in a sentence that a nurse or biomedical engineer can act on. Text
// never holds a patient's data.
type Issue struct {
	Severity   Severity
	Code       string // FHIR's word for the kind: structure, required, value, code-invalid...
	Rule       string // the check that found it; stable, for tags and filters
	Location   string // a path: OBX[3].6
	Start, End int    // the bytes
	Text       string
	Error      int // row of HL7 table 0357 for an ERR segment; 0 is none
}

// Rules of this package. Profiles add their own.
const (
	RuleStructure = "structure"      // segments out of order or missing
	RuleRequired  = "required-field" // a field that must be there is not
	RuleDatatype  = "datatype"       // a value that its type forbids
	RuleCode      = "code"           // a code that HL7's own table does not hold
	RuleRepeats   = "repetition"     // a field that may not repeat does
	RuleCharset   = "charset"        // bytes that the declared character set cannot hold
	RuleVersion   = "version"        // MSH-12 is not one that is spoken here
	RuleType      = "type"           // MSH-9 is not one that is spoken here
	RuleProcess   = "processing-id"  // MSH-11 is not P, T or D
	RuleWriting   = "writing"        // line ends, delimiters: tolerated
	RuleBatch     = "batch-count"    // BTS-1 or FTS-1 disagrees with what was sent
	RuleDuplicate = "duplicate-of"   // the same bytes under the same control id
	RuleReuse     = "control-id-reuse-with-different-content"
)

// Rows of table 0357, message error condition codes.
const (
	errSequence  = 100
	errRequired  = 101
	errDatatype  = 102
	errTable     = 103
	errType      = 200
	errEvent     = 201
	errProcess   = 202
	errVersion   = 203
	errDuplicate = 205
	errInternal  = 207
)

// InvalidMessage reports whether any of issues is an error or worse.
func InvalidMessage(issues []Issue) bool {
	for i := range issues {
		if issues[i].Severity == Fatal || issues[i].Severity == ErrorLevel {
			return true
		}
	}
	return false
}

// Locate writes the path of field n of segment s, and below it, as Path
// does. Zeros are left out.
func Locate(s Segment, field, rep, component int) string {
	b := make([]byte, 0, 20)
	b = append(b, s.name()...)
	if n := s.Occurrence(); n > 1 {
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(n), 10)
		b = append(b, ']')
	}
	if field > 0 {
		b = append(b, '.')
		b = strconv.AppendInt(b, int64(field), 10)
	}
	if rep > 0 {
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(rep), 10)
		b = append(b, ']')
	}
	if component > 0 {
		b = append(b, '.')
		b = strconv.AppendInt(b, int64(component), 10)
	}
	return string(b)
}

// At makes an issue about value v, which is at (field, component) of s.
func At(s Segment, v Value, field, component int, severity Severity, code, rule, text string, row int) Issue {
	start, end := v.Span()
	return Issue{Severity: severity, Code: code, Rule: rule, Location: Locate(s, field, 0, component), Start: start, End: end, Text: text, Error: row}
}
