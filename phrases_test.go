package bedrail_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The server says its sentences in English; pages say them in other languages
// by the phrasebooks web/ui/src/words/told. The tests here hold both together:
// no phrase that nobody says, and in the files below no sentence that no
// phrasebook knows.

// told are the files whose sentences stand on pages, with what stands in them
// and is shown to nobody as it is there: notes of the audit record, words that
// are looked for, configuration that is written.
var told = map[string][]string{
	"exchange/associate.go":        {},
	"exchange/hold.go":             {"the data of a contained device: {}", "source withheld", "source restored"},
	"exchange/movingrules.go":      {"{}, step {}"},
	"exchange/movingways.go":       {"destination {}", "{} filter", "{} transformer"},
	"format/fhir/binding.go":       {},
	"format/fhir/bundle.go":        {},
	"format/fhir/datatypes.go":     {},
	"format/fhir/extension.go":     {},
	"format/fhir/primitive.go":     {},
	"format/fhir/profile.go":       {},
	"format/fhir/profilerules.go":  {},
	"format/fhir/questionnaire.go": {"Coding string"},
	"format/fhir/reference.go":     {},
	"format/fhir/rules.go":         {},
	"format/fhir/slicing.go":       {},
	"format/fhir/validate.go":      {},
	"format/fhir/walk.go":          {"at least {}"},
	"format/hl7/pcd/alarm.go":      {},
	"format/hl7/pcd/event.go":      {},
	"format/hl7/pcd/row.go":        {"{} and ", "{}channel {}.{}.{}.0"},
	"format/hl7/pcd/rules.go":      {},
	"format/hl7/pcd/validate.go":   {},
	"format/hl7/structure.go":      {" behind {}", "segment {} is out of order{}; a strict receiver will refuse or misread the message"},
	"format/hl7/types.go":          {},
	"format/hl7/validate.go":       {},
	"format/mds2/questions.go":     {},
	"job/progress.go":              {},
	"lobby/lobby.go":               {},
	"mllp/frame.go":                {},
	"mllp/listen.go":               {"HL7 v2 over MLLP: listens for monitors, pumps, laboratories and hospital systems"},
	"patch/about.go":               {},
	"procure/assess.go":            {"{} and {} more", "{}, or Yes to {}", "the maker has not said until when it supports the product; use is planned until {}", "supported until {}; use is planned until {}", "{} (a person must read the note)", "{}; at most {}"},
	"procure/contradiction.go":     {},
	"release/release.go":           {},
	"sbom/quality.go":              {},
	"server/disk.go":               {},
	"server/exposed.go":            {},
	"server/health.go":             {"text/plain; charset=utf-8", "not ready\n"},
	"server/joined.go":             {},
	"server/sensors.go":            {"Bedrail authority for sensors", "new sensors"},
	"server/status.go":             {},
	"server/watch.go":              {"ends of support"},
	"exchange/judge.go":            {},
	"lifecycle/ledger.go":          {"on {} of {} devices: support of {} ended{}"},
	"lifecycle/record.go":          {"end of life was {}{}"},
	"mllp/doctor.go":               {"timed out"},
	"quality/beside.go":            {},
	"quality/watch.go":             {"{} series, {} alerts"},
	"shadow/draft.go":              {"drafted from what was overheard at {}, to take that listener over"},
	"shadow/steps.go":              {"bedrail channel pause {}"},
	"sim/movein.go":                {},
	"vuln/care.go":                 {},
	"vuln/condition.go":            {},
	"vuln/control.go":              {"control for {} of {}, until {}", "control taken back"},
	"vuln/cpematch.go":             {"another product", "{} or {} others"},
	"vuln/expression.go":           {"all versions", "all version", "model {} at {}", "one of, as versions or as numbers of models: {}", "one of: {}", "not available", "see notes"},
	"vuln/finding.go":              {},
	"vuln/lifecycle.go":            {" microsoft linux os apple google oracle ibm red hat the server ", "service pack "},
	"vuln/match.go":                {"{} (built from {})"},
	"vuln/model.go":                {},
	"vuln/place.go":                {},
	"vuln/priority.go":             {"not known"},
	"vuln/reach.go":                {"every service", "{} and {} more", "remote desktop", "sql server"},
	"vuln/recall.go":               {"{} to {}"},
	"vuln/rubric.go":               {},
	"vuln/system.go":               {},
}

const phrasebooks = "web/ui/src/words/told/"

var (
	verb    = regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z]`)
	blank   = regexp.MustCompile(`\{\w*\}`)
	prose   = regexp.MustCompile(`[a-z,;:]{2,} [a-z]{2,}|[a-z]{2,} \{\}|\{\} [a-z]{2,}`)
	several = regexp.MustCompile(`\{\}( \{\})+`)
	silent  = []string{"Errorf", "New", "Info", "Warn", "Error", "Debug", "InfoContext", "WarnContext", "ErrorContext", "MustCompile", "panic", "At"}
)

// A sentence is what the source says, with {} for what is put in.
type sentence struct {
	at, text string
	refused  bool // in an error or a line of the log
}

func TestEveryPhraseIsSaidAndInEveryLanguage(t *testing.T) {
	english := phrasebook(t, "en")
	said := everySentence(t)
	var all strings.Builder
	for _, s := range said {
		all.WriteString(s.text + "\n")
	}
	for _, code := range slices.Sorted(maps.Keys(english)) {
		if !madeOf(english[code], all.String()) && !slices.ContainsFunc(said, func(s sentence) bool { return s.isOf(english[code]) }) {
			t.Errorf("%s: nobody says %q", code, english[code])
		}
	}
	for _, locale := range []string{"de", "fr", "es"} {
		own := phrasebook(t, locale)
		for code, text := range english {
			if strings.TrimSpace(own[code]) == "" {
				t.Errorf("%s: %s is missing", locale, code)
			} else if !slices.Equal(blanks(own[code]), blanks(text)) {
				t.Errorf("%s: %s holds %v, want %v", locale, code, blanks(own[code]), blanks(text))
			}
		}
		for code := range own {
			if _, ok := english[code]; !ok {
				t.Errorf("%s: %s is not in English", locale, code)
			}
		}
	}
}

// madeOf reports whether each part of a phrase between its blanks stands in
// what is said.
func madeOf(phrase, said string) bool {
	for part := range strings.SplitSeq(blank.ReplaceAllString(strings.ReplaceAll(phrase, "; ", "{}"), "{}"), "{}") {
		if part = strings.Trim(bare(part), "() "); part != "" && !strings.Contains(said, part) {
			return false
		}
	}
	return true
}

func TestEverySentenceOfPagesIsAPhrase(t *testing.T) {
	english := slices.Collect(maps.Values(phrasebook(t, "en")))
	for _, file := range slices.Sorted(maps.Keys(told)) {
		said := sentences(t, file)
		for _, s := range said {
			if s.refused || !prose.MatchString(s.text) || slices.Contains(told[file], s.text) {
				continue
			}
			if !slices.ContainsFunc(english, func(phrase string) bool { return s.isOf(phrase) || strings.Contains(phrase, s.text) }) {
				t.Errorf("%s: %q is in no phrasebook; say it in the four files of %s", s.at, s.text, phrasebooks)
			}
		}
		for _, aside := range told[file] {
			if !slices.ContainsFunc(said, func(s sentence) bool { return s.text == aside }) {
				t.Errorf("%s no longer holds %q", file, aside)
			}
		}
	}
}

// isOf reports whether a phrase is the sentence, or the sentence with some of
// its blanks filled in.
func (s sentence) isOf(phrase string) bool {
	phrase = several.ReplaceAllString(blank.ReplaceAllString(phrase, "{}"), "{}")
	if said := bare(s.text); said != "" && bare(phrase) == said {
		return true
	}
	parts := strings.Split(s.text, "{}")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 || len(strings.Join(parts, "")) < 4 || !strings.HasPrefix(phrase, first) || !strings.HasSuffix(phrase[len(first):], last) {
		return false
	}
	phrase = phrase[len(first) : len(phrase)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(phrase, part)
		if !ok {
			return false
		}
		phrase = after
	}
	return true
}

// bare takes off what a phrase begins or ends with of other sentences.
func bare(text string) string {
	return strings.Trim(strings.TrimSuffix(strings.TrimSpace(text), "."), "{}:;, ")
}

func blanks(text string) []string {
	found := blank.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

func phrasebook(t *testing.T, locale string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(phrasebooks + locale + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]string
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// everySentence is what all packages say.
func everySentence(t *testing.T) (out []sentence) {
	t.Helper()
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	more, _ := filepath.Glob("format/*/*.go") // the pattern is ours and good
	deeper, _ := filepath.Glob("format/*/*/*.go")
	for _, file := range slices.Concat(files, more, deeper) {
		if !strings.HasSuffix(file, "_test.go") {
			out = append(out, sentences(t, file)...)
		}
	}
	return slices.Concat(out, wordsOfCare(t), wordsOfData(t))
}

// commands are packages whose refusals are read on a terminal, or in a log.
var commands = []string{"capture", "cmd", "sensor/tls.go", "server", "seal", "store/backup.go", "store/release.go", "store/seal.go", "store/auditlog.go", "sim/feeds.go"}

// TestWhatIsNotThereIsAPhrase holds what a person is told of a thing that is
// not there, the refusal that an old link or a second person brings about.
func TestWhatIsNotThereIsAPhrase(t *testing.T) {
	english := slices.Collect(maps.Values(phrasebook(t, "en")))
	files, err := filepath.Glob("*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no packages", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || slices.ContainsFunc(commands, func(c string) bool { return file == c || strings.HasPrefix(file, c+"/") }) {
			continue
		}
		for _, s := range notThere(t, file) {
			if prose.MatchString(s.text) && !slices.ContainsFunc(english, s.isOf) {
				t.Errorf("%s: %q is in no phrasebook; say it in the four files of %s", s.at, s.text, phrasebooks)
			}
		}
	}
}

// notThere are the refusals of kind NotFound in a file.
func notThere(t *testing.T, path string) (out []sentence) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		if nameOf(call.Fun) == "orNotFound" || nameOf(call.Fun) == "Errorf" && nameOf(call.Args[0]) == "NotFound" {
			if text, ok := textOf(call.Args[1]); ok {
				out = append(out, sentence{path + ":" + strconv.Itoa(set.Position(call.Pos()).Line), shape(text), true})
			}
		}
		return true
	})
	return out
}

// TestEveryTitleAndClauseOfDataIsAPhrase holds the titles of the mappings and
// the clauses of the policy, which pages show, to the phrasebooks.
func TestEveryTitleAndClauseOfDataIsAPhrase(t *testing.T) {
	english := slices.Collect(maps.Values(phrasebook(t, "en")))
	for _, s := range wordsOfData(t) {
		if !slices.Contains(english, s.text) {
			t.Errorf("%s: %q is in no phrasebook", s.at, s.text)
		}
	}
}

var titleOrClause = regexp.MustCompile(`(?m)^(?:title|  [a-z0-9]+): ([A-Z].+)$`)

// wordsOfData are titles and clauses in the data of the program.
func wordsOfData(t *testing.T) (out []sentence) {
	t.Helper()
	files, err := filepath.Glob("mapping/data/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no mappings", err)
	}
	for _, file := range append(files, "procure/data/policy.yaml") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range titleOrClause.FindAllStringSubmatch(string(raw), -1) {
			out = append(out, sentence{at: file, text: found[1]})
		}
	}
	return out
}

// wordsOfCare are the sentences of data that is part of the program.
func wordsOfCare(t *testing.T) (out []sentence) {
	t.Helper()
	const file = "vuln/data/care-roles.json"
	var care struct {
		Roles map[string]struct{ Words string }
	}
	if raw, err := os.ReadFile(file); err != nil {
		t.Fatal(err)
	} else if err := json.Unmarshal(raw, &care); err != nil {
		t.Fatal(err)
	}
	for _, r := range care.Roles {
		out = append(out, sentence{at: file, text: r.Words})
	}
	return out
}

// sentences are the texts that a file puts together, errors and logs aside.
func sentences(t *testing.T, path string) (out []sentence) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	refused := false // within an error or a line of the log
	add := func(at token.Pos, text string) {
		p := set.Position(at)
		out = append(out, sentence{path + ":" + strconv.Itoa(p.Line), shape(text), refused})
	}
	var walk func(n ast.Node) bool
	walk = func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			ast.Inspect(x.Type, walk)
			return false
		case *ast.CallExpr:
			if slices.Contains(silent, nameOf(x.Fun)) {
				ast.Inspect(x.Fun, walk) // the refusal that At places
				was := refused
				refused = true
				for _, arg := range x.Args {
					ast.Inspect(arg, walk)
				}
				refused = was
				return false
			}
		case *ast.AssignStmt:
			if x.Tok == token.ADD_ASSIGN && len(x.Rhs) == 1 {
				if text, ok := textOf(x.Rhs[0]); ok {
					add(x.Pos(), "{}"+text)
					return false
				}
			}
		}
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := textOf(e)
		if !ok {
			return true
		}
		add(e.Pos(), text)
		return false
	}
	ast.Inspect(file, walk)
	return out
}

// shape is a text with {} for each of its verbs.
func shape(text string) string {
	text = verb.ReplaceAllString(strings.ReplaceAll(text, "%%", "\x00"), "{}")
	return several.ReplaceAllString(strings.ReplaceAll(text, "\x00", "%"), "{}")
}

// textOf is a text that an expression puts together, with {} for what is not
// written there. It is false where nothing is written.
func textOf(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			text, err := strconv.Unquote(x.Value)
			return text, err == nil
		}
	case *ast.ParenExpr:
		return textOf(x.X)
	case *ast.BinaryExpr:
		if x.Op == token.ADD {
			left, l := textOf(x.X)
			right, r := textOf(x.Y)
			return left + right, l || r
		}
	case *ast.CallExpr:
		if nameOf(x.Fun) == "Sprintf" && len(x.Args) > 0 {
			format, ok := textOf(x.Args[0])
			return format, ok
		}
	}
	return "{}", false
}

func nameOf(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}
