package oneshot_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"math/rand"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedrail/sbom"
	"bedrail/server/oneshot"
)

// TestTheFormatOfABillChangesNoFinding writes real bills anew in each format
// that is read, in another order, with names in another case and with purls
// escaped otherwise, and asks all of them at once.
func TestTheFormatOfABillChangesNoFinding(t *testing.T) {
	for _, name := range []string{"med-extended", "proton-bridge_proton-bridge-v1.8.0"} {
		path := sharedBill(t, "sboms/"+name+".cdx.json")
		src, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		b, err := sbom.Read(path, src)
		if err != nil {
			t.Fatal(err)
		}
		dir, paths := t.TempDir(), []string{path}
		for form, write := range writers {
			out := filepath.Join(dir, form)
			if err := os.WriteFile(out, []byte(write(b.Components)), 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, out)
		}
		got, err := oneshot.Assess(context.Background(), oneshot.AssessRequest{Bills: paths, Feeds: []string{sharedBill(t, "feeds")}, Clock: onDay("2026-11-24"), Problem: func(s string) { t.Error(s) }})
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]string{}
		for _, f := range got.Findings {
			line := fmt.Sprintf("%s %s %s %s %s", f.Status, strings.ToLower(f.Component.Name), f.Component.Version, f.Vulnerability, f.Match.By)
			found[f.Bill] = append(found[f.Bill], line)
		}
		slices.Sort(found[path])
		if len(found[path]) < 5 {
			t.Fatalf("%s: only %q", name, found[path])
		}
		for _, p := range paths[1:] {
			slices.Sort(found[p])
			if !slices.Equal(found[p], found[path]) {
				t.Errorf("%s as %s: %d findings, want %d\n%s", name, filepath.Base(p), len(found[p]), len(found[path]), strings.Join(found[p], "\n"))
			}
		}
	}
}

var writers = map[string]func([]sbom.Component) string{
	"a.cdx.json":   cdx,
	"a.cdx.xml":    cdxXML,
	"a.spdx.json":  spdxJSON,
	"a.spdx":       spdxTags,
	"a.spdx.yaml":  spdxYAML,
	"a.spdx.rdf":   spdxRDF,
	"a.spdx3.json": spdx3,
	"shuffled.json": func(cs []sbom.Component) string {
		cs = slices.Clone(cs)
		rand.New(rand.NewSource(7)).Shuffle(len(cs), func(i, j int) { cs[i], cs[j] = cs[j], cs[i] })
		return cdx(cs)
	},
	"cased.json": func(cs []sbom.Component) string {
		return each(cs, func(c *sbom.Component) {
			if strings.HasPrefix(c.PURL, "pkg:nuget/") {
				name, version, _ := strings.Cut(c.PURL[len("pkg:nuget/"):], "@")
				c.PURL = "pkg:NuGet/" + strings.ToUpper(name) + "@" + version
			}
			c.CPE = strings.Replace(c.CPE, "cpe:2.3:a:", "cpe:2.3:A:", 1)
		})
	},
	"escaped.json": func(cs []sbom.Component) string {
		return each(cs, func(c *sbom.Component) {
			if head, tail, ok := strings.Cut(c.PURL, "@"); ok {
				version, rest, more := strings.Cut(tail, "?")
				c.PURL = head + "@" + strings.ReplaceAll(url.QueryEscape(version), ".", "%2E")
				if more {
					c.PURL += "?" + rest
				}
			}
		})
	},
}

func each(cs []sbom.Component, change func(*sbom.Component)) string {
	cs = slices.Clone(cs)
	for i := range cs {
		change(&cs[i])
	}
	return cdx(cs)
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func asXML(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err)
	}
	return b.String()
}

type object = map[string]any

func cdx(cs []sbom.Component) string {
	list := []object{}
	for i, c := range cs {
		o := object{"type": "library", "bom-ref": fmt.Sprint("r", i), "name": c.Name, "version": c.Version}
		maps.Copy(o, idsOf(c, "purl", "cpe"))
		list = append(list, o)
	}
	return asJSON(object{"bomFormat": "CycloneDX", "specVersion": "1.7", "components": list})
}

// idsOf holds the identifiers that a component has.
func idsOf(c sbom.Component, purl, cpe string) object {
	o := object{}
	if c.PURL != "" {
		o[purl] = c.PURL
	}
	if c.CPE != "" {
		o[cpe] = c.CPE
	}
	return o
}

func cdxXML(cs []sbom.Component) string {
	var b strings.Builder
	b.WriteString(`<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>`)
	for i, c := range cs {
		fmt.Fprintf(&b, `<component type="library" bom-ref="r%d"><name>%s</name><version>%s</version>`, i, asXML(c.Name), asXML(c.Version))
		for kind, value := range idsOf(c, "purl", "cpe") {
			fmt.Fprintf(&b, "<%s>%s</%s>", kind, asXML(value.(string)), kind)
		}
		b.WriteString("</component>")
	}
	return b.String() + "</components></bom>"
}

func spdxDocument(cs []sbom.Component) object {
	list := []object{}
	for i, c := range cs {
		refs := []object{}
		for kind, value := range idsOf(c, "purl", "cpe23Type") {
			refs = append(refs, object{"referenceCategory": "OTHER", "referenceType": kind, "referenceLocator": value})
		}
		list = append(list, object{"SPDXID": fmt.Sprint("SPDXRef-", i), "name": c.Name, "versionInfo": c.Version, "externalRefs": refs})
	}
	return object{"SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "packages": list}
}

func spdxJSON(cs []sbom.Component) string { return asJSON(spdxDocument(cs)) }

// spdxYAML writes each package as one line of flow YAML, which JSON is.
func spdxYAML(cs []sbom.Component) string {
	var b strings.Builder
	b.WriteString("spdxVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\npackages:\n")
	for _, p := range spdxDocument(cs)["packages"].([]object) {
		b.WriteString("- " + asJSON(p) + "\n")
	}
	return b.String()
}

func spdxTags(cs []sbom.Component) string {
	var b strings.Builder
	b.WriteString("SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\n")
	for i, c := range cs {
		fmt.Fprintf(&b, "\nPackageName: %s\nSPDXID: SPDXRef-%d\nPackageVersion: %s\n", c.Name, i, c.Version)
		for kind, value := range idsOf(c, "purl", "cpe23Type") {
			fmt.Fprintf(&b, "ExternalRef: OTHER %s %s\n", kind, value)
		}
	}
	return b.String()
}

func spdxRDF(cs []sbom.Component) string {
	var b strings.Builder
	b.WriteString(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#"><spdx:SpdxDocument rdf:about="urn:x#SPDXRef-DOCUMENT"><spdx:specVersion>SPDX-2.3</spdx:specVersion></spdx:SpdxDocument>`)
	for i, c := range cs {
		fmt.Fprintf(&b, `<spdx:Package rdf:about="urn:x#SPDXRef-%d"><spdx:name>%s</spdx:name><spdx:versionInfo>%s</spdx:versionInfo>`, i, asXML(c.Name), asXML(c.Version))
		for kind, value := range idsOf(c, "purl", "cpe23Type") {
			fmt.Fprintf(&b, `<spdx:externalRef><spdx:ExternalRef><spdx:referenceType rdf:resource="http://spdx.org/rdf/references/%s"/><spdx:referenceLocator>%s</spdx:referenceLocator></spdx:ExternalRef></spdx:externalRef>`,
				kind, asXML(value.(string)))
		}
		b.WriteString("</spdx:Package>")
	}
	return b.String() + "</rdf:RDF>"
}

func spdx3(cs []sbom.Component) string {
	graph := []object{{"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1"}}
	for i, c := range cs {
		ids := []object{}
		for kind, value := range idsOf(c, "packageUrl", "cpe23") {
			ids = append(ids, object{"type": "ExternalIdentifier", "externalIdentifierType": kind, "identifier": value})
		}
		graph = append(graph, object{"type": "software_Package", "spdxId": fmt.Sprint("urn:", i), "name": c.Name, "software_packageVersion": c.Version, "externalIdentifier": ids})
	}
	return asJSON(object{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})
}
