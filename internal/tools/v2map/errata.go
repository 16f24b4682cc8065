package main

import (
	"maps"
	"os"
	"slices"
	"strings"

	"bedrail/mapping"

	"go.yaml.in/yaml/v3"
)

// An erratum changes a row of the tables or leaves it out. Map, From and To
// name the row; an empty one means every.
type erratum struct {
	Map   string `yaml:"map"`
	From  string `yaml:"from"`
	To    string `yaml:"to"`
	Prose string `yaml:"prose"` // beginning of the narrative condition
	When  string `yaml:"when"`  // beginning of the condition
	Drop  bool   `yaml:"drop"`
	// What it becomes.
	Target string `yaml:"target"`
	If     string `yaml:"if"`
	By     string `yaml:"by"`
	Table  string `yaml:"table"`
	Value  string `yaml:"value"`
	Why    string `yaml:"why"`
}

// errata are what the tables are put right by.
type errata struct {
	Spelling map[string]string                        `yaml:"spelling"`
	Rows     []erratum                                `yaml:"rows"`
	Add      map[string][]mapping.Rule                `yaml:"add"`
	Strict   []string                                 `yaml:"strict"` // groups that only their first segment opens
	Insert   map[string]struct{ After, Parts string } `yaml:"insert"`
}

func (g *generator) readErrata(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(text, &g.errata)
}

func (e errata) added(name string) []mapping.Rule { return e.Add[name] }

func (e errata) find(name, from, to, condition, prose string) (erratum, bool) {
	for _, x := range e.Rows {
		if x.Map != "" && x.Map != name || x.From != "" && x.From != from || x.To != "" && x.To != to && (!strings.HasSuffix(x.To, "*") || !strings.HasPrefix(to, strings.TrimSuffix(x.To, "*"))) {
			continue
		}
		if !strings.HasPrefix(prose, x.Prose) || !strings.HasPrefix(condition, x.When) {
			continue
		}
		return x, true
	}
	return erratum{}, false
}

func (x erratum) apply(to, condition, by, table, value string) (string, string, string, string, string) {
	for _, c := range []struct {
		into *string
		with string
	}{{&to, x.Target}, {&condition, x.If}, {&by, x.By}, {&table, x.Table}, {&value, x.Value}} {
		if c.with == "-" {
			*c.into = ""
		} else if c.with != "" {
			*c.into = c.with
		}
	}
	return to, condition, by, table, value
}

// spelled puts misspelt words right, the longest first, and closes
// parentheses that a table leaves open.
func (e errata) spelled(text string) string {
	for _, from := range slices.SortedFunc(maps.Keys(e.Spelling), func(a, b string) int { return len(b) - len(a) }) {
		text = strings.ReplaceAll(text, from, e.Spelling[from])
	}
	return text + strings.Repeat(")", max(0, strings.Count(text, "(")-strings.Count(text, ")")))
}
