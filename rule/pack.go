package rule

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"bedrail"
)

//go:embed pack/*.yaml
var own embed.FS

// A file is one file of rules.
type file struct {
	Pack    string  `yaml:"pack"`
	Version string  `yaml:"version"`
	License string  `yaml:"license"`
	Notice  string  `yaml:"notice,omitempty"`
	Rules   []*Rule `yaml:"rules"`
}

// A Pack is a set of rules, ready to read. It may be used by several
// goroutines.
type Pack struct {
	rules   []*Rule
	byField map[string]*fieldRules
	texts   map[string]string // files by name
	version func() string
}

// fieldRules are the rules of one field with the literals by which those that
// can match at all are found.
type fieldRules struct {
	rules   []*Rule
	always  []int // rules without a literal
	finder  *finder
	literal []int // rule by literal
}

// Builtin is the pack that comes with the product.
var Builtin = sync.OnceValue(func() *Pack {
	p, err := load(own, "pack", false, &Pack{texts: map[string]string{}})
	if err != nil {
		panic(err) // the tests read it too
	}
	return p
})

// Load returns the built-in pack with the rules of a folder over it: a rule
// there replaces the built-in rule of the same id, and what it reads comes
// first. An empty folder name is the built-in pack alone.
func Load(folder string) (*Pack, error) {
	if folder == "" {
		return Builtin(), nil
	}
	p, err := load(os.DirFS(folder), ".", true, &Pack{texts: map[string]string{}})
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "the folder of rules %s: %w", folder, err)
	}
	had := map[string]bool{}
	for _, r := range p.rules {
		had[r.ID] = true
	}
	for _, r := range Builtin().rules {
		if !had[r.ID] {
			p.rules = append(p.rules, r)
		}
	}
	p.index()
	return p, nil
}

// maxFile bounds one file of rules.
const maxFile = 16 << 20

func load(from fs.FS, folder string, local bool, p *Pack) (*Pack, error) {
	names, err := fs.Glob(from, path.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 && local {
		return nil, errors.New("no file *.yaml is in it")
	}
	seen := map[string]string{}
	for _, name := range names {
		raw, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		if len(raw) > maxFile {
			return nil, fmt.Errorf("%s is larger than %d MB", name, maxFile>>20)
		}
		rules, err := Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, r := range rules {
			if seen[r.ID] != "" {
				return nil, fmt.Errorf("%s: rule %s stands in %s too", name, r.ID, seen[r.ID])
			}
			seen[r.ID], r.Local = name, local
		}
		p.rules = append(p.rules, rules...)
	}
	p.index()
	return p, nil
}

// Parse reads one file of rules and checks each. It does not run their
// examples: Test does.
func Parse(raw []byte) ([]*Rule, error) {
	var f file
	d := yaml.NewDecoder(strings.NewReader(string(raw)))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("it is no file of rules: %w", err)
	}
	if f.Pack == "" || f.Version == "" || f.License == "" {
		return nil, errors.New("a file of rules begins with pack, version and license")
	}
	for i, r := range f.Rules {
		if r == nil {
			return nil, fmt.Errorf("rule %d is empty", i+1)
		}
		if err := r.check(); err != nil {
			return nil, err
		}
		r.Pack = f.Pack + " " + f.Version
	}
	return f.Rules, nil
}

func (p *Pack) index() {
	p.version = sync.OnceValue(p.digest)
	p.byField = map[string]*fieldRules{}
	words := map[string][]string{}
	for _, r := range p.rules {
		fr := p.byField[r.Field]
		if fr == nil {
			fr = &fieldRules{}
			p.byField[r.Field] = fr
		}
		at := len(fr.rules)
		fr.rules = append(fr.rules, r)
		found := r.literals()
		if len(found) == 0 {
			fr.always = append(fr.always, at)
		}
		for _, w := range found {
			words[r.Field] = append(words[r.Field], w)
			fr.literal = append(fr.literal, at)
		}
	}
	for field, fr := range p.byField {
		fr.finder = newFinder(words[field])
	}
}

// Version names what the pack reads: it differs when a rule is added, removed
// or changed, in whatever file it stands.
func (p *Pack) Version() string { return p.version() }

func (p *Pack) digest() string {
	lines := make([]string, 0, len(p.rules))
	for _, r := range p.rules {
		line, err := json.Marshal(r)
		if err != nil {
			return "" // a rule is made of texts and numbers
		}
		lines = append(lines, string(line))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:8])
}

// Rules returns all rules, local ones first.
func (p *Pack) Rules() []*Rule { return p.rules }

// A Reading is what one rule read out of a text.
type Reading struct {
	Rule  *Rule
	Gives map[string]string
}

// Read returns what the rules for field read out of text that came from
// source, in the order of the pack.
func (p *Pack) Read(field, source, text string) []Reading {
	fr := p.byField[field]
	if fr == nil || text == "" {
		return nil
	}
	folded := letters(text)
	tried := make([]bool, len(fr.rules))
	for _, i := range fr.always {
		tried[i] = true
	}
	fr.finder.find(folded, func(word int) { tried[fr.literal[word]] = true })
	var out []Reading
	for i, try := range tried {
		r := fr.rules[i]
		if !try || !strings.HasPrefix(source, r.From) {
			continue
		}
		if g := r.read(text, folded); g != nil {
			out = append(out, Reading{r, g})
		}
	}
	return out
}

// Test runs the examples of every rule, and each rule over the examples of
// the others of its field: a rule too loose names another's maker there.
func (p *Pack) Test() []error {
	var wrong []error
	for _, r := range p.rules {
		for _, text := range r.Yes {
			if !p.reads(r, text) {
				wrong = append(wrong, fmt.Errorf("rule %s does not read its example %q", r.ID, text))
			}
			for _, other := range p.Read(r.Field, r.From, text) {
				a, b := r.Gives["manufacturer"], other.Gives["manufacturer"]
				if other.Rule != r && a != "" && b != "" && !strings.EqualFold(a, b) && !strings.Contains(a+b, "$") {
					wrong = append(wrong, fmt.Errorf("rule %s is too loose: it reads %q, an example of %s, as %s", other.Rule.ID, text, r.ID, b))
				}
			}
		}
		for _, text := range r.No {
			if p.reads(r, text) {
				wrong = append(wrong, fmt.Errorf("rule %s reads %q, which it must not", r.ID, text))
			}
		}
	}
	return wrong
}

func (p *Pack) reads(r *Rule, text string) bool {
	for _, found := range p.Read(r.Field, r.From, text) {
		if found.Rule == r {
			return true
		}
	}
	return false
}
