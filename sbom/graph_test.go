package sbom_test

import (
	"fmt"
	"strings"
	"testing"

	"bedrail/sbom"
)

// graphBill is a bill with a circle, a reference to nothing, one that is there
// twice, and two components that depend on one.
const graphBill = `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"bom-ref":"pump","name":"Pump"}},"components":[
{"bom-ref":"app","name":"app","version":"1"},{"bom-ref":"ui","name":"ui","version":"1"},{"bom-ref":"lib","name":"lib","version":"1"},{"bom-ref":"x","name":"x","version":"1"},
{"bom-ref":"y","name":"y","version":"1"},{"bom-ref":"two","name":"two","version":"1"},{"bom-ref":"two","name":"two","version":"2"}],
"dependencies":[{"ref":"pump","dependsOn":["app","ui"]},{"ref":"app","dependsOn":["lib","nowhere"]},{"ref":"ui","dependsOn":["lib","two"]},{"ref":"x","dependsOn":["y"]},{"ref":"y","dependsOn":["x"]}]}`

func nodes(t *testing.T, b sbom.Bill, of int, up bool) string {
	t.Helper()
	n, err := b.Graph(of, up, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, one := range n.Nodes {
		out = append(out, fmt.Sprintf("%s/%d/%d", one.Name, one.DependsOn, one.Dependents))
	}
	return strings.Join(out, " ")
}

func TestAGraphIsWalkedFromNodeToNode(t *testing.T) {
	b, err := sbom.Read("pump.json", strings.NewReader(graphBill))
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		of   int
		up   bool
		want string
	}{
		"at the top stand those that nothing needs": {sbom.Top, false, "app/1/0 two/0/0 two/0/0 ui/1/0"},
		"what app needs":             {0, false, "lib/0/2"},
		"what needs lib":             {2, true, "app/1/0 ui/1/0"},
		"a circle is walked as such": {3, false, "y/1/1"},
	} {
		if got := nodes(t, b, c.of, c.up); got != c.want {
			t.Errorf("%s: got %q, want %q", what, got, c.want)
		}
	}
	if got, err := b.Graph(sbom.Top, false, 1, 2); err != nil || got.Total != 4 || len(got.Nodes) != 2 || got.Nodes[1].Version != "2" {
		t.Errorf("a page: got %+v, %v", got, err)
	}
	if _, err := b.Graph(7, false, 0, 10); err == nil {
		t.Error("a component that is not there has neighbours")
	}
	if all := strings.Join(b.Warnings, "\n"); len(b.Warnings) != 3 || !strings.Contains(all, "2 dependencies") || !strings.Contains(all, "circle") || !strings.Contains(all, `"two" is also that of`) {
		t.Errorf("warnings: got %q, want one each about dependencies that lead nowhere certain, a circle, and a reference that stands twice", b.Warnings)
	}
}

func TestEveryFormatTellsTheSameGraph(t *testing.T) {
	for name, text := range map[string]string{
		"cyclonedx.json": `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"bom-ref":"a","name":"a"},{"bom-ref":"b","name":"b"}],"dependencies":[{"ref":"a","dependsOn":["b"]}]}`,
		"cyclonedx.xml": `<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component type="library" bom-ref="a"><name>a</name></component><component type="library" bom-ref="b"><name>b</name></component></components>
<dependencies><dependency ref="a"><dependency ref="b"/></dependency></dependencies></bom>`,
		"spdx.json": `{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"x","packages":[{"SPDXID":"SPDXRef-a","name":"a"},{"SPDXID":"SPDXRef-b","name":"b"}],
"relationships":[{"spdxElementId":"SPDXRef-b","relationshipType":"DEPENDENCY_OF","relatedSpdxElement":"SPDXRef-a"}]}`,
		"spdx.tags": "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: x\n\nPackageName: a\nSPDXID: SPDXRef-a\n\nPackageName: b\nSPDXID: SPDXRef-b\n\nRelationship: SPDXRef-a DEPENDS_ON SPDXRef-b\n",
	} {
		b, err := sbom.Read(name, strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := nodes(t, b, sbom.Top, false); got != "a/1/0" {
			t.Errorf("%s: got %q at the top, want a, on which nothing depends", name, got)
		}
	}
}
