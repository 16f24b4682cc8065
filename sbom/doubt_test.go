package sbom_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestWhatIsUsedWithDoubtIsNamedWithItsPlace reads bills that lie or are
// broken inside: all of them are used, and each doubt says where and why.
func TestWhatIsUsedWithDoubtIsNamedWithItsPlace(t *testing.T) {
	part := func(rest string) string {
		return `{"bom-ref":"a","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"},` + rest
	}
	for rule, c := range map[string]struct {
		components, rest string
		want             []string
	}{
		"nothing is wrong":                {part(`{"bom-ref":"b","name":"right","version":"2","purl":"pkg:npm/right@2"}`), "", nil},
		"a reference that is there twice": {part(`{"bom-ref":"a","name":"right","version":"2"}`), "", []string{`$.components[1]`, `"a" is also that of $.components[0]`}},
		"an empty version":                {part(`{"bom-ref":"b","name":"right","version":"","purl":"pkg:npm/right"}`), "", []string{"$.components[1]", "has no version", "undecidable"}},
		"a package of unknown type":       {part(`{"bom-ref":"b","name":"right","version":"2","purl":"pkg:weird/right@2"}`), "", []string{"$.components[1]", `"weird"`}},
		"a package URL that is none":      {part(`{"bom-ref":"b","name":"right","version":"2","purl":"npm:right"}`), "", []string{"$.components[1]", "cannot be read"}},
		"a CPE name that is none":         {part(`{"bom-ref":"b","name":"right","version":"2","cpe":"cpe:2.3:z:x:y:1"}`), "", []string{"$.components[1]", "CPE"}},
		"inside another component":        {part(`{"bom-ref":"b","name":"right","version":"2","components":[{"name":"x","version":"1"},{"name":"inner","version":""}]}`), "", []string{"$.components[1].components[1]", `"inner"`}},
		"a component that needs itself":   {part(`{"bom-ref":"b","name":"right","version":"2"}`), `,"dependencies":[{"ref":"a","dependsOn":["a"]}]`, []string{"$.components[0]", "circle"}},
		"a circle of two":                 {part(`{"bom-ref":"b","name":"right","version":"2"}`), `,"dependencies":[{"ref":"a","dependsOn":["b"]},{"ref":"b","dependsOn":["a"]}]`, []string{"$.components[1]", "$.components[0]", "circle"}},
		"a dependency on nothing":         {part(`{"bom-ref":"b","name":"right","version":"2"}`), `,"dependencies":[{"ref":"a","dependsOn":["gone"]}]`, []string{"not in the bill"}},
		"a signature":                     {part(`{"bom-ref":"b","name":"right","version":"2"}`), `,"signature":{"algorithm":"ES256","value":"x"}`, []string{"$.signature", "not checked"}},
	} {
		b := read(t, "pump.json", `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[`+c.components+`]`+c.rest+`}`)
		all := strings.Join(b.Warnings, "\n")
		if len(b.Components) < 2 || (len(b.Warnings) == 1) != (c.want != nil) {
			t.Errorf("%s: got %d components and %q, want one line", rule, len(b.Components), b.Warnings)
		}
		for _, w := range c.want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: got %q, want %q", rule, all, w)
			}
		}
		if len(answers(b)) != 1 {
			t.Errorf("%s: the sound part is not used: %q", rule, answers(b))
		}
	}
}

func TestManyDoubtsOfOneSortAreCounted(t *testing.T) {
	var parts, needs []string
	for i := range 5000 {
		parts = append(parts, fmt.Sprintf(`{"bom-ref":"r%d","name":"c%d","version":""}`, i, i))
		needs = append(needs, fmt.Sprintf(`{"ref":"r%d","dependsOn":["r%d"]}`, i, (i+1)%5000))
	}
	b := read(t, "x", `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[`+strings.Join(parts, ",")+`],"dependencies":[`+strings.Join(needs, ",")+`]}`)
	if len(b.Warnings) != 12 || !strings.Contains(strings.Join(b.Warnings, "\n"), "and 4990 more: components without a version") {
		t.Errorf("got %d lines: %q", len(b.Warnings), b.Warnings)
	}
}
