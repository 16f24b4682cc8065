package openvex_test

import (
	"bytes"
	"strings"
	"testing"

	"bedrail/format/jsonread"
	"bedrail/format/openvex"
)

const sample = `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.org/vex-1","author":"Acme","timestamp":"2026-01-01T00:00:00Z","statements":[
{"vulnerability":{"name":"CVE-2026-1","aliases":["GHSA-1"]},"products":[{"@id":"pkg:generic/pump@4.1","identifiers":{"purl":"pkg:generic/pump@4.1"},"subcomponents":[{"@id":"pkg:npm/left@1.0.0"}]}],
 "status":"not_affected","justification":"component_not_present"},
{"vulnerability":"CVE-2026-2","products":["pkg:npm/right@1"],"status":"fixed"}]}`

func TestRead(t *testing.T) {
	d, err := openvex.Read(jsonread.New(strings.NewReader(sample), jsonread.Limits{}))
	if err != nil || d.Author != "Acme" || len(d.Statements) != 2 || d.Statements[0].Products[0].Subcomponents[0].ID != "pkg:npm/left@1.0.0" ||
		d.Statements[0].Aliases[0] != "GHSA-1" || d.Statements[1].Products[0].ID != "pkg:npm/right@1" {
		t.Errorf("got %+v, %v", d, err)
	}
	for rule, text := range map[string]string{"no statements": `{}`, "no vulnerability": `{"statements":[{"status":"fixed"}]}`, "no end": `{"statements":[`} {
		if _, err := openvex.Read(jsonread.New(strings.NewReader(text), jsonread.Limits{})); err == nil {
			t.Errorf("%s: no error", rule)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, doc []byte) {
		d, err := openvex.Read(jsonread.New(bytes.NewReader(doc), jsonread.Limits{}))
		for _, s := range d.Statements {
			if err == nil && s.Vulnerability == "" {
				t.Error("a statement about nothing")
			}
		}
	})
}
