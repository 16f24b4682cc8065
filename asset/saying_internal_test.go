package asset

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
	"strings"
	"testing"

	"bedrail"
	"bedrail/access"
)

// Each sentence that the server says stands in the catalogue of every
// language, with the same things in it; and the English of both is one.
func TestEverySayingIsInEveryCatalogue(t *testing.T) {
	for _, locale := range []string{"en", "de", "fr", "es"} {
		words := catalogue(t, locale)
		for code, english := range sayings {
			said, ok := words["said."+code].(string)
			switch {
			case !ok:
				t.Errorf("%s: said.%s is missing", locale, code)
			case locale == "en" && said != english:
				t.Errorf("said.%s is %q in the catalogue and %q here", code, said, english)
			case !slices.Equal(holes(said), holes(english)):
				t.Errorf("%s: said.%s holds %v, want %v", locale, code, holes(said), holes(english))
			}
		}
		for key := range words {
			if code, ok := strings.CutPrefix(key, "said."); ok && sayings[code] == "" {
				t.Errorf("%s: %s is said by nobody", locale, key)
			}
		}
		for kind := range keyWords {
			if _, ok := words["mergekey."+kind]; !ok {
				t.Errorf("%s: mergekey.%s is missing", locale, kind)
			}
		}
	}
}

func catalogue(t *testing.T, locale string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile("../web/ui/src/words/" + locale + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]any
	if err := json.Unmarshal(raw, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

func holes(text string) []string {
	found := blanks.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// Every code that the program names is a sentence, and every sentence is said
// with all that stands in it.
func TestEveryCodeIsASaying(t *testing.T) {
	used := map[string]bool{}
	for kind := range traitWeight {
		used["trait."+kind] = true
	}
	for _, code := range []string{
		"trait.options",                                             // trait.code
		"tags.none", "placed.none", "tagged.none", "corrected.none", // Patch.events
		"quiet", "gone", // silence
		"edge.new", "edge.unencrypted", "edge.louder", "edge.gone", // Edge.change
	} {
		used[code] = true
	}
	for _, p := range fieldPhrases {
		used[p.code] = true
	}
	for _, reason := range reasonsOf(t) {
		used["refused."+reason] = true
	}
	for _, call := range callsOf(t, "say", "since", "tell", "add", "tagged") {
		for _, arg := range call.Args {
			lit, ok := arg.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				continue
			}
			if code := strings.Trim(lit.Value, `"`); sayings[code] != "" {
				used[code] = true
			}
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok && call.Fun.(*ast.Ident).Name == "say" && sayings[strings.Trim(lit.Value, `"`)] == "" {
			t.Errorf("say(%s) is no sentence", lit.Value)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(sayings)) {
		if !used[code] {
			t.Errorf("%s is said nowhere", code)
		}
	}
	for code := range used {
		if sayings[code] == "" {
			t.Errorf("%s is no sentence", code)
		}
	}
}

// reasonsOf are the reasons that errors of this package and of access are given.
func reasonsOf(t *testing.T) []string {
	t.Helper()
	named := regexp.MustCompile(`\bBecause\("([a-z-]+)"`)
	reasons := []string{"unit", "site", "house"} // access.reach
	for _, folder := range []string{".", "../access"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range named.FindAllStringSubmatch(string(raw), -1) {
				reasons = append(reasons, found[1])
			}
		}
	}
	return reasons
}

// A refusal is said with all that stands in it, in the words of the error.
func TestARefusalReadsAsItsError(t *testing.T) {
	for _, err := range []error{
		bedrail.Errorf(bedrail.Conflict, "the import imp_1 was already undone").Because("undone", "id", "imp_1"),
		Patch{Tags: &[]string{""}}.check(),
		(&access.Policy{}).Authorize(t.Context(), bedrail.Actor{}, TagDevice, bedrail.Resource{Unit: "ICU"}),
	} {
		s := refusal(err)
		if s.english(s.Code) != err.Error() {
			t.Errorf("%s: %q, and the error is %q", s.Code, s.english(s.Code), err)
		}
	}
}

// callsOf finds the calls of functions by their name in this package.
func callsOf(t *testing.T, names ...string) []*ast.CallExpr {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []*ast.CallExpr
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); ok && slices.Contains(names, f.Name) && len(call.Args) > 0 {
				out = append(out, call)
			}
			return true
		})
	}
	return out
}

func TestASayingIsEnglish(t *testing.T) {
	for want, got := range map[string]Saying{
		"software 2.1, before unknown":                                      say("software", "now", "2.1", "before", ""),
		"evidence disagrees about the serial number":                        say("conflict", "attribute", "serialNumber"),
		"opens connections to the internet":                                 say("posture", "posture", "internet-egress"),
		"hardware address begins with 00:03:b1, as 3 of 4 Plum 360 here":    say("guess.alike", "trait", "prefix", "value", "00:03:b1", "some", "3", "all", "4", "model", "Plum 360"),
		"agrees by hardware address, but says model X where Y is confirmed": {Text: textOf([]Saying{say("match.key", "key", "mac"), say("match.differs", "attribute", "model", "value", "X", "confirmed", "Y")})},
		"is now client of infusion-pump over hl7v2 port 2575":               Edge{Role: "client", Peer: "infusion-pump", Protocol: "hl7v2", Port: 2575}.change("new").Saying,
	} {
		if got.Text != want {
			t.Errorf("got %q, want %q", got.Text, want)
		}
	}
}
