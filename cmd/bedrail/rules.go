package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bedrail"
	"bedrail/rule"
)

func (e *environment) rulesCommand() *cobra.Command {
	return group("rules", "The rules by which makers and products are recognised",
		e.rulesTest(), e.rulesList(), e.rulesExplain(), e.rulesImportRecog())
}

func (e *environment) rulesTest() *cobra.Command {
	return &cobra.Command{Use: "test [FOLDER]", Short: "Run the examples of all rules, with those of a folder over the built-in", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			pack, err := rule.Load(strings.Join(args, ""))
			if err != nil {
				return err
			}
			wrong := pack.Test()
			for _, err := range wrong {
				e.warn("%v", err)
			}
			if len(wrong) > 0 {
				return exitWith(exitFailed, "%d examples of %d rules came out wrong", len(wrong), len(pack.Rules()))
			}
			e.say("%d rules read their examples and nothing else's", len(pack.Rules()))
			return nil
		}}
}

var ruleColumns = []column[*rule.Rule]{
	{"id", false, func(r *rule.Rule) string { return r.ID }},
	{"field", false, func(r *rule.Rule) string { return r.Field }},
	{"reads", false, func(r *rule.Rule) string {
		return r.Match + strings.Join(r.Exact, ", ") + strings.Join(r.Contains, ", ")
	}},
	{"gives", false, func(r *rule.Rule) string { return givenWords(r.Gives) }},
	{"weight", false, func(r *rule.Rule) string { return fmt.Sprint(r.Weight) }},
	{"pack", true, func(r *rule.Rule) string { return r.Pack }},
	{"source", true, (*rule.Rule).Source},
}

func givenWords(gives map[string]string) string {
	var parts []string
	for _, a := range slices.Sorted(maps.Keys(gives)) {
		parts = append(parts, a+"="+gives[a])
	}
	return strings.Join(parts, " ")
}

func (e *environment) rulesList() *cobra.Command {
	var folder string
	c := &cobra.Command{Use: "list", Short: "List the rules", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		pack, err := rule.Load(folder)
		if err != nil {
			return err
		}
		looked := 0
		for _, r := range pack.Rules() {
			if r.Verified != "" {
				looked++
			}
		}
		defer e.say("%d rules; of %d the source was looked up, the others are marked as unverified (-o wide shows them)", len(pack.Rules()), looked)
		return writeList(e, pack.Rules(), ruleColumns)
	}}
	c.Flags().StringVar(&folder, "rules", "", "`FOLDER` of rules over the built-in")
	return c
}

func (e *environment) rulesExplain() *cobra.Command {
	var folder, source string
	c := &cobra.Command{Use: "explain FIELD TEXT", Short: "Say which rules read a text, and as what", Args: cobra.ExactArgs(2),
		Example: "  bedrail rules explain hostname NPI0A1B2C\n  bedrail rules explain product 'Perfusor Space 1.2'",
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(rule.Fields(), args[0]) {
				return bedrail.Errorf(bedrail.Invalid, "there is no field %q; the fields are %s", args[0], strings.Join(rule.Fields(), ", "))
			}
			pack, err := rule.Load(folder)
			if err != nil {
				return err
			}
			found := pack.Read(args[0], source, args[1])
			if found == nil {
				found = []rule.Reading{}
			}
			return writeList(e, found, []column[rule.Reading]{
				{"rule", false, func(r rule.Reading) string { return r.Rule.ID }},
				{"gives", false, func(r rule.Reading) string { return givenWords(r.Gives) }},
				{"weight", false, func(r rule.Reading) string { return fmt.Sprint(r.Rule.Weight) }},
				{"source", false, func(r rule.Reading) string { return r.Rule.Source() }},
			})
		}}
	c.Flags().StringVar(&folder, "rules", "", "`FOLDER` of rules over the built-in")
	c.Flags().StringVar(&source, "from", "", "`SOURCE` of the text, for rules that ask for one")
	return c
}

func (e *environment) rulesImportRecog() *cobra.Command {
	return &cobra.Command{Use: "import-recog FILE.xml", Short: "Turn fingerprints of recog into rules, on standard output", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			text, rejected, err := rule.ImportRecog(filepath.Base(args[0]), f)
			if err != nil {
				return bedrail.Errorf(bedrail.Invalid, "%w", err)
			}
			for _, r := range rejected {
				e.warn("left out %s: %s", r.Name, r.Reason)
			}
			_, err = e.stdout.Write(text)
			return err
		}}
}
