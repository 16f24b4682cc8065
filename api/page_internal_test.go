package api

import (
	"testing"

	"bedrail/format/query"
)

// Lists that are kept in memory take for a truth what lists of the store take.
func TestATruthIsWrittenEitherWay(t *testing.T) {
	type row struct {
		Name   string `json:"name"`
		Shadow bool   `json:"shadow"`
		Silent bool   `json:"silent,omitempty"`
	}
	all := []row{{"own", false, false}, {"heard", true, true}}
	for text, want := range map[string]int{"shadow:true": 1, "shadow:yes": 1, "shadow:false": 1, "shadow:no": 1, "shadow:true,false": 2, "silent:false": 1, "silent:no": 1, "-silent:true": 1, "name:true": 0} {
		f, err := query.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := chosen(all, query.Request{Filter: f}); err != nil || len(got) != want {
			t.Errorf("%s: %d rows, %v; want %d", text, len(got), err, want)
		}
	}
}
