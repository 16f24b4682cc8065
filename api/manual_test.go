package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const manualPage = "../docs/manual/api.md"

// manualText is the page of the manual: what the document says, by capability.
func manualText(t *testing.T) string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			ID         string   `json:"operationId"`
			Summary    string   `json:"summary"`
			Tags       []string `json:"tags"`
			Deprecated bool     `json:"deprecated"`
			Commands   []string `json:"x-bedrail-commands"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(document(t), &doc); err != nil {
		t.Fatal(err)
	}
	byTag := map[string][]string{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if op.ID == "" {
				continue
			}
			ends := ""
			if op.Deprecated {
				ends = " **Goes.**"
			}
			tag := "Other"
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			byTag[tag] = append(byTag[tag], fmt.Sprintf("| `%s %s` | `%s` | %s%s | %s |\n", strings.ToUpper(method), path, op.ID, strings.ReplaceAll(op.Summary, "|", "\\|"), ends, commandNames(op.Commands)))
		}
	}
	head, err := os.ReadFile("testdata/api-head.md")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.Write(head)
	tags := make([]string, 0, len(byTag))
	for tag := range byTag {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	for _, tag := range tags {
		slices.Sort(byTag[tag])
		fmt.Fprintf(&b, "\n## %s\n\n| request | operation | what it does | command |\n|---|---|---|---|\n%s", tag, strings.Join(byTag[tag], ""))
	}
	return b.String()
}

// commandNames are the commands of an operation without what is filled in.
func commandNames(lines []string) string {
	var names []string
	for _, line := range lines {
		end := strings.IndexAny(line, "{[")
		if end < 0 {
			end = len(line)
		}
		words := strings.Fields(line[:end])
		if last := len(words) - 1; last > 0 && (strings.HasPrefix(words[last], "--") || words[last] == "FILE") {
			words = words[:last]
		}
		if name := "`" + strings.Join(words, " ") + "`"; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "`api`"
	}
	return strings.Join(names, ", ")
}

func TestTheManualListsEveryOperation(t *testing.T) {
	want := manualText(t)
	if *update {
		if err := os.WriteFile(manualPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(manualPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale; write it anew: go test ./api -update", manualPage)
	}
}
