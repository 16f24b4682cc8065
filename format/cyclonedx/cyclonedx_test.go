package cyclonedx_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"bedrail/format/cyclonedx"
	"bedrail/format/jsonread"
)

const nested = `{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:x","version":1,
"metadata":{"timestamp":"2026-01-01T00:00:00Z","tools":{"components":[{"name":"maker"}]},"component":{"type":"device","name":"Pump","version":"4"}},
"components":[{"bom-ref":"a","type":"firmware","name":"outer","version":"","components":[{"bom-ref":"b","name":"inner","version":1.5,"purl":"pkg:npm/inner@1.5"}]},{"name":"next","version":"2"}],
"dependencies":[{"ref":"a","dependsOn":["b","c"]}],"compositions":[{"aggregate":"incomplete"}],
"vulnerabilities":[{"id":"CVE-1","analysis":{"state":"not_affected","justification":"code_not_reachable"},"affects":[{"ref":"b"}]}]}`

func TestReadsNestedComponentsAndEmptyVersions(t *testing.T) {
	b, err := cyclonedx.Read(strings.NewReader(nested))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Components) != 3 || b.Components[1].Name != "inner" || b.Components[1].Parent != 0 || b.Components[0].Version != "" ||
		b.Components[1].Version != "1.5" || b.Components[2].Parent != -1 {
		t.Errorf("components: %+v", b.Components)
	}
	if b.Subject == nil || b.Subject.Name != "Pump" || len(b.Tools) != 1 || b.Edges != 2 || b.Complete != "incomplete" || len(b.Analyses) != 1 {
		t.Errorf("the rest: %+v", b)
	}
}

func TestVersionsOfTheFormat(t *testing.T) {
	for version, warned := range map[string]bool{"1.2": false, "1.7": false, "1.9": true} {
		b, err := cyclonedx.Read(strings.NewReader(`{"bomFormat":"CycloneDX","specVersion":"` + version + `"}`))
		if err != nil || (len(b.Warnings) > 0) != warned {
			t.Errorf("%s: %v, warnings %q", version, err, b.Warnings)
		}
	}
	for _, doc := range []string{`{"bomFormat":"CycloneDX","specVersion":"2.0"}`, `{"spdxVersion":"SPDX-2.3"}`, `{}`, `[]`, ``} {
		if b, err := cyclonedx.Read(strings.NewReader(doc)); err == nil {
			t.Errorf("%s: got %+v, want an error", doc, b)
		}
	}
}

// repeat yields text n times without holding it.
func repeat(head, text, tail string, n int) io.Reader {
	return io.MultiReader(strings.NewReader(head), &repeater{text: text, left: n}, strings.NewReader(tail))
}

type repeater struct {
	text string
	left int
	rest string
}

func (r *repeater) Read(b []byte) (int, error) {
	if r.rest == "" {
		if r.left == 0 {
			return 0, io.EOF
		}
		r.left--
		r.rest = r.text
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestHostileBillsAreBounded(t *testing.T) {
	for rule, src := range map[string]io.Reader{
		"deep nesting":        repeat(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":`, `[{"components":`, ``, 100_000),
		"too many components": repeat(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[`, `{},`, `{}]}`, cyclonedx.MaxComponents+1),
		"a long name":         repeat(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"`, strings.Repeat("x", 1000), `"}]}`, 2_000),
	} {
		_, err := cyclonedx.Read(src)
		var at *jsonread.Error
		if !errors.As(err, &at) || len(err.Error()) > 600 {
			t.Errorf("%s: got %.200v, want an error with its place", rule, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(nested))
	f.Fuzz(func(t *testing.T, doc []byte) {
		b, err := cyclonedx.Read(strings.NewReader(string(doc)))
		for _, c := range b.Components {
			if err == nil && c.Parent >= len(b.Components) {
				t.Errorf("a parent beyond the list: %+v", c)
			}
		}
	})
}
