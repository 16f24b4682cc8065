package server

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"bedrail/exchange"
)

// TestTheManualOfTheDoorsHolds checks every example of the page as a channel
// would be, and that no kind is missing from it.
func TestTheManualOfTheDoorsHolds(t *testing.T) {
	page, err := os.ReadFile("../docs/manual/exchange-doors.md")
	if err != nil {
		t.Fatal(err)
	}
	kinds, shown := (&Server{}).kinds(), map[string]bool{}
	for i, part := range strings.Split(string(page), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(part, "```")
		var list []any
		if err := yaml.Unmarshal([]byte(text), &list); err != nil {
			t.Fatalf("example %d: %v", i+1, err)
		}
		raw, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		defs, err := exchange.ParseDefinitions(raw)
		if err != nil {
			t.Fatalf("example %d: %v", i+1, err)
		}
		for _, d := range defs {
			if err := d.Check(kinds); err != nil {
				t.Errorf("example %d: %s: %v", i+1, d.Name, err)
			}
			shown["source "+d.Source.Kind] = true
			for _, to := range d.Destinations {
				shown["destination "+to.Endpoint.Kind] = true
			}
		}
	}
	for _, k := range kinds.Sources {
		if !shown["source "+k.Name] && k.Name != "mllp" {
			t.Errorf("the page has no example of the source %s", k.Name)
		}
		if err := k.Check(json.RawMessage(k.Example)); err != nil {
			t.Errorf("the example of the source %s: %v", k.Name, err)
		}
	}
	for _, k := range kinds.Destinations {
		if !shown["destination "+k.Name] && k.Name != "mllp" {
			t.Errorf("the page has no example of the destination %s", k.Name)
		}
		if err := k.Check(json.RawMessage(k.Example)); err != nil {
			t.Errorf("the example of the destination %s: %v", k.Name, err)
		}
	}
}
