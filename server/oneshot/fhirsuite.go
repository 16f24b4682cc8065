package oneshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"bedrail"
	"bedrail/format/fhir"
	"bedrail/format/jsondoc"
)

// A validatorManifest is the list of FHIR's validator cases (manifest.json).
type validatorManifest struct {
	Cases []validatorCase `json:"test-cases"`
}

type validatorCase struct {
	Name       string          `json:"name"`
	File       string          `json:"file"`
	Version    string          `json:"version"`
	Module     string          `json:"module"`
	Java       json.RawMessage `json:"java"`
	Packages   []string        `json:"packages"`
	Supporting []string        `json:"supporting"`
	Profiles   []string        `json:"profiles"`
	Questions  []string        `json:"questionnaires"`
	Security   bool            `json:"security-checks"`
	Contains   string          `json:"validateContains"`
	Comments   bool            `json:"allow-comments"`
	Examples   *bool           `json:"examples"`
	Profile    *struct {
		Source     string          `json:"source"`
		Supporting []string        `json:"supporting"`
		Java       json.RawMessage `json:"java"`
	} `json:"profile"`
	Matches *struct{} `json:"matchetype"`
	Logical *struct{} `json:"logical"`
}

// A recorded is what the reference validator said of a case.
type recorded struct {
	ErrorCount *int            `json:"errorCount"`
	Outcome    json.RawMessage `json:"outcome"`
	Issues     []recordedIssue `json:"issue"`
}

type recordedIssue struct {
	Severity   string   `json:"severity"`
	Expression []string `json:"expression"`
	Location   []string `json:"location"`
	Details    struct {
		Text string `json:"text"`
	} `json:"details"`
	Extensions []struct {
		URL string `json:"url"`
	} `json:"extension"`
}

func (r recordedIssue) wrong() bool { return r.Severity == "error" || r.Severity == "fatal" }

// ValidatorCounts is the score of the validator suite beside the verdicts. A
// case passes when its verdict (has errors or not) is the recorded one; a case
// with a profile counts twice, without it and with it.
type ValidatorCounts struct {
	Invalid        int           `json:"invalid"` // recorded invalid
	Found          int           `json:"found"`   // of these, found invalid
	FalsePositives int           `json:"falsePositives"`
	FalseNegatives int           `json:"falseNegatives"`
	Errors         int           `json:"errors"`    // recorded issues at severity error
	Located        int           `json:"located"`   // of these, with one of ours at the same place
	Offline        *ValidatorSet `json:"offlineR4"` // R4 in JSON, without terminology server
}

// A validatorScore is a run that is going on.
type validatorScore struct {
	Conformance
	ValidatorCounts
}

// A ValidatorSet is the score of some of the cases.
type ValidatorSet struct {
	Total          int `json:"total"`
	Passed         int `json:"passed"`
	Invalid        int `json:"invalid"`
	Found          int `json:"found"`
	FalsePositives int `json:"falsePositives"`
	Errors         int `json:"errors"`
	Located        int `json:"located"`
}

// FHIRValidatorSuite runs the validator cases whose manifest.json is at path.
// definitions is a folder with further definitions, or empty.
func FHIRValidatorSuite(path, definitions string) (Conformance, error) {
	score := validatorScore{Conformance: Conformance{Suite: "fhir-validator", Failed: []FailedCase{}, Skipped: []SkipCase{}}, ValidatorCounts: ValidatorCounts{Offline: &ValidatorSet{}}}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "manifest.json")
	}
	b, err := readSuite(path)
	if err != nil {
		return score.Conformance, err
	}
	var manifest validatorManifest
	if err := json.Unmarshal(b, &manifest); err != nil {
		return score.Conformance, bedrail.Errorf(bedrail.Invalid, "%s cannot be read as JSON: %v", path, err)
	}
	if len(manifest.Cases) == 0 {
		return score.Conformance, bedrail.Errorf(bedrail.Invalid, "%s holds no validator cases; give their manifest.json", path)
	}
	extra, err := readDefinitions(definitions)
	if err != nil {
		return score.Conformance, err
	}
	for _, c := range manifest.Cases {
		c.run(&score, filepath.Dir(path), extra)
	}
	score.Conformance.ValidatorCounts = &score.ValidatorCounts
	return score.Conformance, nil
}

func (s *validatorScore) skip(name, why string) {
	s.Skipped = append(s.Skipped, SkipCase{name, why})
}

// run runs one case: the resource alone, and where the case has one, with its
// profile.
func (c validatorCase) run(score *validatorScore, dir string, extra []guideFile) {
	version := c.Version
	if version == "" {
		version = "5.0"
	}
	d, ok := fhir.ForVersion(version)
	raw, err := os.ReadFile(filepath.Join(dir, c.File))
	switch {
	case !ok:
		score.skip(c.Name, "it is of FHIR "+version)
		return
	case err != nil:
		score.skip(c.Name, "its file is not there")
		return
	case len(c.Packages) > 0:
		score.skip(c.Name, "it needs packages: "+strings.Join(c.Packages, ", "))
		return
	case c.Matches != nil || c.Logical != nil:
		c.Profile = nil
	}
	guides := extra
	for _, name := range slices.Concat(c.Supporting, c.Profiles, c.Questions) {
		guides = append(slices.Clip(guides), readGuide(filepath.Join(dir, name))...)
	}
	v := fhir.Validator{Definitions: withGuides(d, guides), Strict: c.Security || c.Examples != nil && !*c.Examples,
		SkipContained: c.Contains == "IGNORE", Comments: c.Comments}
	offline := version == "4.0" && strings.HasSuffix(c.File, ".json")
	score.judge(c.Name, dir, c.Java, v.Validate(raw), offline)
	if c.Profile == nil {
		return
	}
	for _, name := range append([]string{c.Profile.Source}, c.Profile.Supporting...) {
		guides = append(slices.Clip(guides), readGuide(filepath.Join(dir, name))...)
	}
	v.Definitions = withGuides(d, guides)
	url := c.Profile.Source
	if g := readGuide(filepath.Join(dir, url)); len(g) > 0 {
		url = g[0].url(d)
	} else if !v.Definitions.Knows(url) {
		score.skip(c.Name+" with its profile", "the profile "+url+" is of a guide that is not here; give it by --definitions")
		return
	}
	score.judge(c.Name+" with its profile", dir, c.Profile.Java, v.Validate(raw, url), offline)
}

// judge compares what was found with what is recorded.
func (s *validatorScore) judge(name, dir string, java json.RawMessage, got []fhir.Issue, offline bool) {
	want, ok := readOutcome(dir, java)
	if !ok {
		s.skip(name, "no outcome of the reference validator is recorded")
		return
	}
	if want.usedServer() {
		s.skip(name, "its outcome needs a terminology server")
		return
	}
	var wrong []string
	located, errs := 0, 0
	for _, i := range want.Issues {
		if i.wrong() {
			errs++
			wrong = append(wrong, i.place()+" "+i.Details.Text)
			if hasAt(got, i.place()) {
				located++
			}
		}
	}
	invalid := errs > 0 || want.ErrorCount != nil && *want.ErrorCount > 0
	found := !fhir.Valid(got)
	sets := []*ValidatorSet{{}}
	if offline {
		sets = append(sets, s.Offline)
	}
	for _, set := range sets {
		set.count(invalid, found)
		set.Errors += errs
		set.Located += located
	}
	one := sets[0]
	s.Invalid += one.Invalid
	s.Found += one.Found
	s.FalsePositives += one.FalsePositives
	s.FalseNegatives += one.Invalid - one.Found
	s.Errors += errs
	s.Located += located
	s.Total++
	if invalid == found {
		s.Passed++
		return
	}
	s.Failed = append(s.Failed, FailedCase{name, verdict(invalid, strings.Join(wrong, "; ")), verdict(found, firstError(got))})
}

func (s *ValidatorSet) count(invalid, found bool) {
	s.Total++
	if invalid == found {
		s.Passed++
	}
	if invalid {
		s.Invalid++
	}
	if invalid && found {
		s.Found++
	}
	if !invalid && found {
		s.FalsePositives++
	}
}

func verdict(invalid bool, why string) string {
	if invalid {
		return "invalid: " + why
	}
	return "valid"
}

func firstError(issues []fhir.Issue) string {
	for _, i := range issues {
		if i.Severity == fhir.Error || i.Severity == fhir.Fatal {
			return i.Location + " " + i.Text
		}
	}
	return ""
}

func readOutcome(dir string, java json.RawMessage) (recorded, bool) {
	var out recorded
	var name string
	if json.Unmarshal(java, &name) == nil {
		b, err := os.ReadFile(filepath.Join(dir, "outcomes", name))
		if err != nil {
			return out, false
		}
		java = b
	}
	if len(java) == 0 || json.Unmarshal(java, &out) != nil {
		return out, false
	}
	if len(out.Outcome) > 0 {
		inner := recorded{}
		if json.Unmarshal(out.Outcome, &inner) == nil {
			out.Issues = append(out.Issues, inner.Issues...)
		}
	}
	return out, true
}

// usedServer tells from the outcome whether a terminology server had a say.
func (r recorded) usedServer() bool {
	return slices.ContainsFunc(r.Issues, func(i recordedIssue) bool {
		for _, x := range i.Extensions {
			if strings.HasSuffix(x.URL, "/operationoutcome-issue-server") {
				return true
			}
		}
		return false
	})
}

func (r recordedIssue) place() string {
	if len(r.Expression) > 0 {
		return plainPlace(r.Expression[0])
	}
	if len(r.Location) > 0 {
		return plainPlace(r.Location[0])
	}
	return ""
}

var (
	placeComment = regexp.MustCompile(`/\*.*?\*/`)
	placeFilter  = regexp.MustCompile(`\[[^\]0-9][^\]]*\]`)
)

// plainPlace leaves out what the reference validator writes into locations
// beside the path.
func plainPlace(s string) string {
	return placeFilter.ReplaceAllString(placeComment.ReplaceAllString(s, ""), "")
}

func hasAt(issues []fhir.Issue, place string) bool {
	for _, i := range issues {
		if (i.Severity == fhir.Error || i.Severity == fhir.Fatal) && i.Location == place {
			return true
		}
	}
	return false
}

// A guideFile is a resource with definitions, as it stands in its file.
type guideFile struct{ raw []byte }

// readGuide reads one file of a guide; a file that is not there gives none:
// the name may be a URL.
func readGuide(path string) []guideFile {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return []guideFile{{b}}
}

// root opens the file in the terms of a version.
func (g guideFile) root(d *fhir.Definitions) (jsondoc.Node, error) {
	raw := g.raw
	if fhir.LooksLikeXML(raw) {
		converted, err := d.FromXML(raw)
		if err != nil {
			return jsondoc.Node{}, err
		}
		raw = converted
	} else {
		raw = []byte(strings.TrimPrefix(string(raw), "\ufeff"))
	}
	doc, err := jsondoc.Parse(raw, jsondoc.Limits{})
	if err != nil {
		return jsondoc.Node{}, err
	}
	return doc.Root(), nil
}

func (g guideFile) url(d *fhir.Definitions) string {
	n, err := g.root(d)
	if err != nil {
		return ""
	}
	return n.Get("url").Text()
}

func withGuides(d *fhir.Definitions, guides []guideFile) *fhir.Definitions {
	var roots []jsondoc.Node
	for _, g := range guides {
		if n, err := g.root(d); err == nil {
			roots = append(roots, n)
		}
	}
	return d.With(roots...)
}

// readDefinitions reads the JSON and XML files of a folder.
func readDefinitions(dir string) ([]guideFile, error) {
	if dir == "" {
		return nil, nil
	}
	var out []guideFile
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Type().IsRegular() && (strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".xml")) {
			out = append(out, readGuide(path)...)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, bedrail.Errorf(bedrail.NotFound, "the definitions cannot be opened: %v", err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the definitions in %s: %w", dir, err)
	}
	return out, nil
}
