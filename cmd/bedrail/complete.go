package main

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail/access"
)

// completeWait is how long the Tab key may take: whoever presses it waits.
const completeWait = 2 * time.Second

// An offer is one value with what it is called, as completion shows it.
type offer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// complete gives the commands below root what the Tab key offers: fixed words,
// and names from the Bedrail that the flags before it point to.
func (e *environment) complete(root *cobra.Command) {
	words(root, "output", "table", "wide", "json", "ndjson", "csv", "yaml")
	words(root, "progress", "auto", "json", "none")
	for _, c := range everyone(root) {
		if c.Flags().Lookup("role") != nil {
			words(c, "role", roleWords()...)
		}
		if c.Flags().Lookup("as") != nil {
			words(c, "as", "hl7v2", "fhir", "dicom", "astm")
		}
	}
	byName := func(o offer) string { return o.Name }
	byID := func(o offer) string { return o.ID }
	for path, from := range map[string]struct {
		list string
		show func(offer) string
	}{
		"user reset-password": {"/users", byName}, "user disable": {"/users", byName}, "user grant": {"/users", byName},
		"token revoke": {"/tokens", byID}, "job cancel": {"/jobs", byID}, "feed sync": {"/feeds", byName},
		"device get": {"/devices", byID}, "device tag": {"/devices", byID}, "device locate": {"/devices", byID},
		"device merge": {"/devices", byID}, "device split": {"/devices", byID}, "device correct": {"/devices", byID},
		"finding get": {"/findings", byID}, "bill components": {"/bills", byID},
	} {
		if c, _, err := root.Find(strings.Fields(path)); err == nil && c.CommandPath() == "bedrail "+path {
			c.ValidArgsFunction = e.offers(from.list, from.show)
		}
	}
	if c, _, err := root.Find([]string{"conformance"}); err == nil {
		c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault // a path
			}
			return []string{"fhirpath", "ucum", "fhir-validator"}, cobra.ShellCompDirectiveNoFileComp
		}
	}
}

// everyone returns c and every command below it.
func everyone(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, everyone(sub)...)
	}
	return all
}

func words(c *cobra.Command, flag string, all ...string) {
	// The only error is that the flag is not there or was done twice; the test
	// of completion shows both.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp))
}

func roleWords() (all []string) {
	for _, r := range access.Roles() {
		all = append(all, string(r))
	}
	return all
}

// offers completes arguments from a list of the API. Whatever goes wrong,
// nothing is offered: a message in the middle of a line helps nobody.
func (e *environment) offers(list string, show func(offer) string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		e.timeout, e.limit = completeWait, 100
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[offer](ctx, e, list, url.Values{})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var found []string
		for _, r := range rows {
			word := printable(show(r))
			if !strings.HasPrefix(word, begun) || slices.Contains(args, word) {
				continue
			}
			if r.Name != "" && word != printable(r.Name) {
				word += "\t" + printable(r.Name)
			}
			found = append(found, word)
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}
