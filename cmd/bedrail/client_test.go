package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// A list that is read page by page must take limit: the server refuses
// parameters that it does not know.
func TestListsThatAreReadInPagesHaveThem(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name string }
		}
	}
	text, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	call, seen := regexp.MustCompile(`fetchList\[[^(\n]*\]\([^"\n]*"(/[a-z/-]+)", `), 0
	for _, source := range sources {
		code, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllSubmatch(code, -1) {
			path := string(m[1])
			op, ok := doc.Paths["/api/v1"+path]
			if !ok {
				op, ok = doc.Paths[path]
			}
			names := []string{}
			for _, p := range op["get"].Parameters {
				names = append(names, p.Name)
			}
			if seen++; !ok || !slices.Contains(names, "limit") {
				t.Errorf("%s reads %s in pages, which takes %v", source, path, names)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d lists were found", seen)
	}
}
