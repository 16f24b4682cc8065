package oneshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/astm"
	"bedrail/format/dicom"
	"bedrail/format/fhir"
	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
)

// The largest file that is validated. Larger ones are split first, or are no
// messages.
const largestMessageFile = 512 << 20

// A ValidateRequest says which files to check as what.
type ValidateRequest struct {
	Paths   []string // files, folders, or "-" for standard input
	As      string   // a format's name, or empty to recognise each file by its content
	Profile string   // an IHE device profile by its name or a FHIR profile by its URL, or empty to take what the message claims

	Received time.Time // when the messages came in; the zero time leaves clocks unchecked
	Terms    string    // CSV extract of the device nomenclature, or empty

	Definitions string // folder with a guide's FHIR definitions, or empty
	Version     string // of FHIR: R4 (also when empty), R4B or R5

	Stdin io.Reader
	// Problem hears of each file that could not be read.
	Problem func(string)
}

// A Validation is what was found in one file, as printed.
type Validation struct {
	Path     string         `json:"path"`
	Format   string         `json:"format"`
	Valid    bool           `json:"valid"`
	Messages int            `json:"messages"`
	Issues   []MessageIssue `json:"issues"`
}

// A MessageIssue is one thing that is wrong, with its place in the file.
type MessageIssue struct {
	Severity string `json:"severity"` // fatal, error, warning, information
	Code     string `json:"code"`     // FHIR's issue type
	Rule     string `json:"rule,omitempty"`
	Location string `json:"location"`
	Bytes    [2]int `json:"bytes"`
	Text     string `json:"text"`
	Message  int    `json:"message,omitempty"` // which one, from 1, in a file of several
	Line     int    `json:"line,omitempty"`    // from 1, where the format has lines
	Column   int    `json:"column,omitempty"`
	Profile  string `json:"profile,omitempty"` // the FHIR profile that asks for it
}

// A language is a format that can be validated. A new one is a row in
// languages.
type language struct {
	name       string
	recognises func(raw []byte) bool
	validate   func(v *validation, raw []byte) (messages int, issues []MessageIssue)
}

// languages returns the formats in the order in which a file is shown to them:
// the sure signatures first.
func languages() []language {
	return []language{
		{"dicom", recognisesDICOM, (*validation).dicom},
		{"hl7v2", recognisesHL7, (*validation).hl7v2},
		{"fhir", recognisesFHIR, (*validation).fhir},
		{"astm", recognisesASTM, (*validation).astm},
	}
}

// FormatNames returns the names that As may have.
func FormatNames() []string {
	var names []string
	for _, l := range languages() {
		names = append(names, l.name)
	}
	slices.Sort(names)
	return names
}

// A validation is the work of one request.
type validation struct {
	request ValidateRequest
	devices *pcd.Validator
	line    hl7.Sequence // over all files: a day's messages are one line

	resources *fhir.Validator // made for the first resource
}

// ErrSomeUnread says that some file could not be read; the others were used.
var ErrSomeUnread = errors.New("some files could not be read; see the lines above")

// Validate checks files and returns what was found in each, in their order.
func Validate(ctx context.Context, request ValidateRequest) ([]Validation, error) {
	v, err := newValidation(request)
	if err != nil {
		return nil, err
	}
	var out []Validation
	unread := false
	err = eachFile(ctx, request.Paths, request.Stdin, func(path string, raw []byte, err error) {
		if err != nil {
			unread = true
			if request.Problem != nil {
				request.Problem(fmt.Sprintf("%s: %v", path, err))
			}
			return
		}
		out = append(out, v.file(path, raw))
	})
	if err == nil && unread {
		err = ErrSomeUnread
	}
	return out, err
}

func newValidation(request ValidateRequest) (*validation, error) {
	if request.As != "" && !slices.Contains(FormatNames(), request.As) {
		return nil, bedrail.Errorf(bedrail.Invalid, "--as %s: the formats are %s", request.As, strings.Join(FormatNames(), ", "))
	}
	if err := checkProfile(request.Profile, pcd.Observation, pcd.Alarm, pcd.AlarmAnswer, pcd.PumpEvent); err != nil {
		return nil, err
	}
	devices, err := pcd.NewValidator()
	if err != nil {
		return nil, err
	}
	if request.Terms != "" {
		f, err := os.Open(request.Terms)
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "%w", err)
		}
		defer f.Close()
		if _, err := devices.Terms.Import(f); err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "%s: %w", request.Terms, err)
		}
	}
	return &validation{request: request, devices: devices}, nil
}

// eachFile reads each file, those of a folder in the order of their names.
func eachFile(ctx context.Context, paths []string, stdin io.Reader, use func(path string, raw []byte, err error)) error {
	for _, path := range paths {
		if path == "-" {
			raw, err := readAll(stdin)
			use("-", raw, err)
			continue
		}
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				use(name, nil, err)
			case d.Type().IsRegular() || name == path && !d.IsDir():
				raw, err := readMessageFile(name)
				use(name, raw, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func readMessageFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, errors.New("nothing to read")
	}
	raw, err := io.ReadAll(io.LimitReader(r, largestMessageFile+1))
	if err == nil && len(raw) > largestMessageFile {
		err = fmt.Errorf("the file is larger than %d MiB; split it first", largestMessageFile>>20)
	}
	return raw, err
}

func (v *validation) file(path string, raw []byte) Validation {
	out := Validation{Path: path, Valid: true, Issues: []MessageIssue{}}
	l, ok := v.languageOf(raw)
	switch {
	case len(raw) == 0:
		out.Valid = false
		out.Issues = append(out.Issues, MessageIssue{Severity: "fatal", Code: "structure", Rule: "format", Text: "the file is empty; look whether its sender or the copy was interrupted"})
		return out
	case !ok:
		out.Valid = false
		out.Issues = append(out.Issues, MessageIssue{Severity: "fatal", Code: "structure", Bytes: [2]int{0, min(len(raw), 16)}, Rule: "format",
			Text: "the file is none of the formats " + strings.Join(FormatNames(), ", ") + "; name one by --as if it is damaged at its beginning"})
		return out
	}
	out.Format = l.name
	messages, issues := l.validate(v, raw)
	out.Messages = messages
	out.Issues = append(out.Issues, issues...)
	for i := range out.Issues {
		if s := out.Issues[i].Severity; s == "fatal" || s == "error" {
			out.Valid = false
		}
	}
	return out
}

func (v *validation) languageOf(raw []byte) (language, bool) {
	for _, l := range languages() {
		if l.name == v.request.As || v.request.As == "" && l.recognises(raw) {
			return l, true
		}
	}
	return language{}, false
}

func recognisesDICOM(raw []byte) bool {
	if len(raw) >= 132 && string(raw[128:132]) == "DICM" {
		return true
	}
	_, ok := dicom.GuessSyntax(raw[:min(len(raw), 64)])
	return ok && !recognisesHL7(raw) && !recognisesASTM(raw) && !recognisesFHIR(raw)
}

func recognisesHL7(raw []byte) bool {
	if hl7.IsWide(bytes.TrimPrefix(raw[:min(len(raw), 512)], []byte{0x0B})) && !fhir.LooksLikeXML(raw) {
		return true
	}
	head := bytes.TrimLeft(raw[:min(len(raw), 512)], "\xef\xbb\xbf \t\r\n\x0b")
	for _, name := range [...]string{"MSH", "FHS", "BHS"} {
		if len(head) >= 4 && string(head[:3]) == name && head[3] > ' ' {
			return true
		}
	}
	return false
}

func recognisesASTM(raw []byte) bool {
	head := bytes.TrimLeft(raw[:min(len(raw), 512)], "\r\n")
	switch {
	case len(head) < 4:
		return false
	case head[0] == astm.ENQ, head[0] == astm.STX && head[1] >= '0' && head[1] <= '7':
		return true
	case head[0] == 'H' && string(head[1:4]) == `|\^`:
		return true
	}
	return astm.IsPOCT(raw)
}

func (v *validation) dicom(raw []byte) (int, []MessageIssue) {
	var out []MessageIssue
	for _, i := range dicom.Validate(raw) {
		out = append(out, MessageIssue{Severity: string(i.Severity), Code: i.Code, Location: i.Location, Bytes: i.Bytes, Text: i.Text})
	}
	return 1, out
}

// hl7v2 checks every message of a file, alone, framed or in batches.
func (v *validation) hl7v2(raw []byte) (int, []MessageIssue) {
	if hl7.IsWide(raw) {
		return v.wide(raw, v.narrow)
	}
	return v.narrow(raw)
}

// wide checks what came in UTF-16 by its text and tells the places of what
// came.
func (v *validation) wide(raw []byte, check func([]byte) (int, []MessageIssue)) (int, []MessageIssue) {
	w, err := hl7.Widen(raw)
	var bad *hl7.Error
	if errors.As(err, &bad) {
		return 1, []MessageIssue{{Severity: "fatal", Code: "structure", Rule: hl7.RuleCharset, Location: bad.Path, Bytes: [2]int{bad.Offset, len(raw)}, Text: bad.Text}}
	}
	messages, issues := check(w.Text)
	for i := range issues {
		issues[i].Bytes = [2]int{w.Offset(issues[i].Bytes[0]), w.Offset(issues[i].Bytes[1])}
	}
	return messages, issues
}

// narrow checks a file whose delimiters are bytes.
func (v *validation) narrow(raw []byte) (int, []MessageIssue) {
	f := hl7.Split(raw)
	total := f.Messages()
	var out []MessageIssue
	if total == 0 {
		return 0, []MessageIssue{{Severity: "fatal", Code: "structure", Rule: hl7.RuleStructure, Bytes: [2]int{0, min(len(raw), 16)}, Location: "MSH", Text: "the file holds no HL7 v2 message; one begins with MSH"}}
	}
	nth := 0
	for _, p := range f.Parts {
		if p.Kind != "MSH" {
			continue
		}
		nth++
		for _, row := range v.part(p, raw) {
			row.Bytes = [2]int{p.Start + row.Bytes[0], p.Start + row.Bytes[1]}
			if total > 1 {
				row.Message = nth
			}
			out = append(out, row)
		}
	}
	for _, i := range f.Issues {
		out = append(out, fromHL7(i))
	}
	return total, out
}

// part checks one message of a file; places are counted from its beginning.
func (v *validation) part(p hl7.Part, raw []byte) []MessageIssue {
	check := func(raw []byte) (int, []MessageIssue) {
		var out []MessageIssue
		for _, i := range v.message(raw) {
			out = append(out, fromHL7(i))
		}
		return 1, out
	}
	raw = raw[p.Start:p.End]
	if !p.Wide {
		_, out := check(raw)
		return out
	}
	_, out := v.wide(raw, check)
	return append(out, MessageIssue{Severity: "warning", Code: "not-supported", Rule: hl7.RuleCharset, Location: "MSH.18", Bytes: [2]int{0, len(raw)},
		Text: "UTF-16 inside an MLLP frame: a character may look like the end of the frame, so MLLP forbids the set; ask the sender for UNICODE UTF-8"})
}

func (v *validation) message(raw []byte) []hl7.Issue {
	m, err := hl7.Parse(raw)
	var bad *hl7.Error
	if errors.As(err, &bad) {
		return []hl7.Issue{{Severity: hl7.Fatal, Code: "structure", Rule: hl7.RuleStructure, Location: bad.Path, Start: bad.Offset, End: min(bad.Offset+1, len(raw)), Text: bad.Text}}
	}
	profile := v.request.Profile
	if profile == "" || strings.Contains(profile, ":") {
		profile = pcd.ProfileOf(m)
	}
	var issues []hl7.Issue
	if profile == "" {
		issues = v.devices.Base.Validate(m, nil)
	} else {
		issues = v.devices.Validate(m, profile, v.request.Received, nil)
	}
	return v.line.Check(m, issues)
}

func fromHL7(i hl7.Issue) MessageIssue {
	return MessageIssue{Severity: string(i.Severity), Code: i.Code, Rule: i.Rule, Location: i.Location, Bytes: [2]int{i.Start, i.End}, Text: i.Text}
}

// astm checks a recorded line, a file of records or a POCT1-A message.
func (v *validation) astm(raw []byte) (int, []MessageIssue) {
	if astm.IsPOCT(raw) {
		return 1, poctIssues(raw)
	}
	t, err := astm.Read(raw)
	if err != nil {
		return 0, []MessageIssue{{Severity: "fatal", Code: "structure", Rule: "structure", Bytes: [2]int{0, min(len(raw), 16)}, Text: err.Error()}}
	}
	messages := 0
	for _, r := range t.Records {
		if r.Type == 'H' {
			messages++
		}
	}
	var out []MessageIssue
	for _, i := range t.Issues {
		out = append(out, MessageIssue{Severity: i.Severity, Code: i.Code, Rule: i.Rule, Location: i.Location, Bytes: [2]int{i.Start, i.End}, Text: i.Text})
	}
	return messages, out
}

func poctIssues(raw []byte) []MessageIssue {
	var out []MessageIssue
	for _, i := range astm.CheckPOCT(raw) {
		out = append(out, MessageIssue{Severity: i.Severity, Code: i.Code, Rule: i.Rule, Location: i.Location, Bytes: [2]int{i.Start, i.End}, Text: i.Text})
	}
	return out
}
