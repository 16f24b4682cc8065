package sbom_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/sbom"
	"bedrail/vuln"
)

// The same three components in every format that is read.
var forms = map[string]string{
	"pump.cdx.json": `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
{"bom-ref":"a","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"},
{"bom-ref":"b","name":"Django","version":"2.0","purl":"pkg:pypi/Django@2.0"},
{"bom-ref":"c","name":"freertos","version":"9.0.0","cpe":"cpe:2.3:o:amazon:freertos:9.0.0:*:*:*:*:*:*:*"}]}`,
	"pump.cdx.xml": `<?xml version="1.0" encoding="UTF-8"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>
<component type="library" bom-ref="a"><name>left</name><version>1.0.0</version><purl>pkg:npm/left@1.0.0</purl></component>
<component type="library"><name>Django</name><version><![CDATA[2.0]]></version><purl>pkg:pypi/Django@2.0</purl></component>
<component type="firmware"><name>freertos</name><version>9.0.0</version><cpe>cpe:2.3:o:amazon:freertos:9.0.0:*:*:*:*:*:*:*</cpe></component></components></bom>`,
	"pump.spdx.json": `{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3","name":"pump","creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: t-1","Organization: Acme (a@example.org)"]},"packages":[
{"SPDXID":"SPDXRef-a","name":"left","versionInfo":"1.0.0","supplier":"Organization: Acme (a@example.org)","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/left@1.0.0"}]},
{"SPDXID":"SPDXRef-b","name":"Django","versionInfo":"2.0","supplier":"NOASSERTION","externalRefs":[{"referenceCategory":"PACKAGE_MANAGER","referenceType":"purl","referenceLocator":"pkg:pypi/Django@2.0"}]},
{"SPDXID":"SPDXRef-c","name":"freertos","versionInfo":"9.0.0","externalRefs":[{"referenceCategory":"SECURITY","referenceType":"http://spdx.org/rdf/references/cpe23Type","referenceLocator":"cpe:2.3:o:amazon:freertos:9.0.0:*:*:*:*:*:*:*"}]}],
"relationships":[{"spdxElementId":"SPDXRef-a","relatedSpdxElement":"SPDXRef-b","relationshipType":"DEPENDS_ON"}]}`,
	"pump.spdx.yaml": `SPDXID: "SPDXRef-DOCUMENT"
spdxVersion: "SPDX-2.3"
name: pump
creationInfo: {created: "2026-01-01T00:00:00Z", creators: ["Tool: t-1", "Organization: Acme (a@example.org)"]}
packages:
- SPDXID: SPDXRef-a
  name: left
  versionInfo: 1.0.0
  externalRefs:
  - &purl {referenceCategory: PACKAGE-MANAGER, referenceType: purl, referenceLocator: "pkg:npm/left@1.0.0"}
- {SPDXID: SPDXRef-b, name: Django, versionInfo: "2.0", supplier: NOASSERTION, externalRefs: [{referenceType: purl, referenceLocator: "pkg:pypi/Django@2.0"}]}
- SPDXID: SPDXRef-c
  name: freertos
  versionInfo: 9.0.0
  comment: |
    over several
    lines
  externalRefs:
  - referenceCategory: SECURITY
    referenceType: cpe23Type
    referenceLocator: cpe:2.3:o:amazon:freertos:9.0.0:*:*:*:*:*:*:*
relationships:
- spdxElementId: SPDXRef-a
  relatedSpdxElement: SPDXRef-b
  relationshipType: DEPENDS_ON
`,
	"pump.spdx.rdf": `<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#">
<spdx:Package rdf:about="http://example.org/pump#SPDXRef-a"><spdx:name>left</spdx:name><spdx:versionInfo>1.0.0</spdx:versionInfo>
<spdx:supplier>Organization: Acme (a@example.org)</spdx:supplier>
<spdx:externalRef><spdx:ExternalRef><spdx:referenceCategory rdf:resource="http://spdx.org/rdf/terms#referenceCategory_packageManager"/><spdx:referenceType rdf:resource="http://spdx.org/rdf/references/purl"/>
<spdx:referenceLocator>pkg:npm/left@1.0.0</spdx:referenceLocator></spdx:ExternalRef></spdx:externalRef>
<spdx:relationship><spdx:Relationship><spdx:relationshipType rdf:resource="http://spdx.org/rdf/terms#relationshipType_dependsOn"/>
<spdx:relatedSpdxElement><spdx:Package rdf:about="http://example.org/pump#SPDXRef-b"><spdx:name>Django</spdx:name><spdx:versionInfo>2.0</spdx:versionInfo>
<spdx:externalRef><spdx:ExternalRef><spdx:referenceType rdf:resource="http://spdx.org/rdf/references/purl"/><spdx:referenceLocator>pkg:pypi/Django@2.0</spdx:referenceLocator></spdx:ExternalRef></spdx:externalRef>
</spdx:Package></spdx:relatedSpdxElement></spdx:Relationship></spdx:relationship></spdx:Package>
<rdf:Description rdf:about="http://example.org/pump#SPDXRef-c"><rdf:type rdf:resource="http://spdx.org/rdf/terms#Package"/><spdx:name>freertos</spdx:name><spdx:versionInfo>9.0.0</spdx:versionInfo>
<rdfs:comment>no part of the name</rdfs:comment>
<spdx:externalRef><spdx:ExternalRef><spdx:referenceType rdf:resource="http://spdx.org/rdf/references/cpe23Type"/><spdx:referenceLocator>cpe:2.3:o:amazon:freertos:9.0.0:*:*:*:*:*:*:*</spdx:referenceLocator></spdx:ExternalRef></spdx:externalRef></rdf:Description>
<spdx:SpdxDocument rdf:about="http://example.org/pump#SPDXRef-DOCUMENT"><spdx:specVersion>SPDX-2.3</spdx:specVersion><spdx:name>pump</spdx:name>
<spdx:creationInfo><spdx:CreationInfo><spdx:created>2026-01-01T00:00:00Z</spdx:created><spdx:creator>Tool: t-1</spdx:creator><spdx:creator>Organization: Acme</spdx:creator></spdx:CreationInfo></spdx:creationInfo></spdx:SpdxDocument></rdf:RDF>`,
	"pump.spdx": `SPDXVersion: SPDX-2.2
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: pump
Creator: Organization: Acme
Created: 2026-01-01T00:00:00Z
DocumentComment: <text>several
PackageName: not one
lines</text>
PackageName: left
SPDXID: SPDXRef-a
PackageVersion: 1.0.0
ExternalRef: PACKAGE-MANAGER purl pkg:npm/left@1.0.0
FileName: ./x.c
SPDXID: SPDXRef-f
PackageName: Django
SPDXID: SPDXRef-b
PackageVersion: 2.0
ExternalRef: PACKAGE-MANAGER purl pkg:pypi/Django@2.0
PackageName: freertos
SPDXID: SPDXRef-c
PackageVersion: 9.0.0
ExternalRef: SECURITY cpe23Type cpe:2.3:o:amazon:freertos:9.0.0:*:*:*:*:*:*:*
Relationship: SPDXRef-a DEPENDS_ON SPDXRef-b
`,
	"pump.spdx3.json": `{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
{"type":"Relationship","spdxId":"urn:r","from":"urn:a","to":["urn:b"],"relationshipType":"dependsOn"},
{"type":"software_Package","spdxId":"urn:a","name":"left","software_packageVersion":"1.0.0","software_packageUrl":"pkg:npm/left@1.0.0","suppliedBy":"urn:org"},
{"type":"software_Package","spdxId":"urn:b","name":"Django","software_packageVersion":"2.0","externalIdentifier":[{"type":"ExternalIdentifier","externalIdentifierType":"packageUrl","identifier":"pkg:pypi/Django@2.0"}]},
{"type":"software_Package","spdxId":"urn:c","name":"freertos","software_packageVersion":"9.0.0","externalIdentifier":[{"type":"ExternalIdentifier","externalIdentifierType":"cpe23","identifier":"cpe:2.3:o:amazon:freertos:9.0.0:*:*:*:*:*:*:*"}]},
{"type":"Organization","spdxId":"urn:org","name":"Acme"},
{"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1","created":"2026-01-01T00:00:00Z","createdBy":["urn:org"]}]}`,
}

func read(t testing.TB, name, text string) sbom.Bill {
	t.Helper()
	b, err := sbom.Read(name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answers are the findings of a bill, against advisories for its components.
func answers(b sbom.Bill) []string {
	x := vuln.NewIndex()
	x.Add(vuln.Advisory{ID: "CVE-1", Source: "s", Packages: []vuln.Package{{Ecosystem: "npm", Name: "left", Ranges: []vuln.Range{{{Introduced: "0"}, {Fixed: "2"}}}}}})
	x.Add(vuln.Advisory{ID: "CVE-2", Source: "s", Packages: []vuln.Package{{Ecosystem: "PyPI", Name: "django", Ranges: []vuln.Range{{{Introduced: "1"}, {Fixed: "3"}}}}}})
	x.Seal(time.Unix(0, 0))
	var out []string
	for _, c := range b.Components {
		for _, m := range x.Component(c, nil) {
			out = append(out, fmt.Sprint(m.Vulnerability, m.Status, strings.ToLower(c.Name), c.Version))
		}
	}
	slices.Sort(out)
	return out
}

func TestTheSameContentInAnyFormatGivesTheSameFindings(t *testing.T) {
	want := answers(read(t, "pump.cdx.json", forms["pump.cdx.json"]))
	if len(want) != 2 {
		t.Fatalf("got %q", want)
	}
	for name, text := range forms {
		b := read(t, name, text)
		if got := answers(b); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if len(b.Components) != 3 || b.Components[2].CPE == "" {
			t.Errorf("%s: got %+v", name, b.Components)
		}
		if b.Format == "spdx" {
			from := slices.IndexFunc(b.Components, func(c sbom.Component) bool { return c.Name == "left" })
			to := b.Components[from].DependsOn
			if len(to) != 1 || b.Components[to[0]].Name != "Django" || b.Author != "Acme" || b.Made.IsZero() {
				t.Errorf("%s: left depends on %v; made by %q at %v", name, to, b.Author, b.Made)
			}
		}
		if d := sbom.Diff(read(t, "pump.cdx.json", forms["pump.cdx.json"]), b); len(d.Added)+len(d.Removed)+len(d.Changed) > 0 || d.Same != 3 {
			t.Errorf("%s differs: %+v", name, d)
		}
	}
}

func TestOrderCaseAndEscapesDoNotMatter(t *testing.T) {
	plain := forms["pump.cdx.json"]
	want := answers(read(t, "x", plain))
	for rule, text := range map[string]string{
		"another case of a PyPI name":            strings.Replace(plain, "pkg:pypi/Django@2.0", "pkg:pypi/dJANGO@2.0", 1),
		"an escape where none is needed":         strings.Replace(plain, "pkg:npm/left@1.0.0", "pkg:npm/l%65ft@1.0.0", 1),
		"an upper-case type":                     strings.Replace(plain, "pkg:npm/", "pkg:NPM/", 1),
		"qualifiers":                             strings.Replace(plain, "left@1.0.0\"", "left@1.0.0?arch=x\"", 1),
		"an escape of JSON":                      strings.Replace(plain, "pkg:npm", `pkg\u003anpm`, 1),
		"a mark at the beginning":                "\ufeff" + plain,
		"a newer minor version of the format":    strings.Replace(plain, `"1.6"`, `"1.9"`, 1),
		"components inside components":           strings.Replace(strings.Replace(plain, "pkg:npm/left@1.0.0\"}", "pkg:npm/left@1.0.0\",\"components\":[", 1), "pkg:pypi/Django@2.0\"},", "pkg:pypi/Django@2.0\"}]},", 1),
		"the format's name after the components": strings.Replace(strings.Replace(plain, `"bomFormat":"CycloneDX",`, "", 1), "}]}", `}],"bomFormat":"CycloneDX"}`, 1),
	} {
		text = strings.Replace(text, "\"components\":[,\n", "\"components\":[\n", 1)
		if rule == "components inside components" {
			text = strings.Replace(text, "\"components\":[,", "\"components\":[", 1)
		}
		b, err := sbom.Read("x", strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		if got := answers(b); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", rule, got, want)
		}
	}
	b := read(t, "x", plain)
	for seed := range int64(20) {
		rand.New(rand.NewSource(seed)).Shuffle(len(b.Components), func(i, j int) { b.Components[i], b.Components[j] = b.Components[j], b.Components[i] })
		if got := answers(b); !slices.Equal(got, want) {
			t.Errorf("seed %d: got %q, want %q", seed, got, want)
		}
	}
}

func TestOneBillInXMLAndJSONIsOneContent(t *testing.T) {
	folder := "../../shared/testdata/sbom/sboms"
	for _, version := range []string{"1.2", "1.3", "1.4"} {
		var bills []sbom.Bill
		for _, kind := range []string{"json", "xml"} {
			path := filepath.Join(folder, "laravel-7.12.0."+version+".cdx."+kind)
			f, err := os.Open(path)
			if err != nil {
				t.Skipf("needs %s, not there", path)
			}
			b, err := sbom.Read(path, f)
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			bills = append(bills, b)
		}
		if !reflect.DeepEqual(bills[0].Components, bills[1].Components) || bills[0].SpecVersion != version || bills[1].SpecVersion != version {
			t.Errorf("%s: %d and %d components differ: %+v", version, len(bills[0].Components), len(bills[1].Components), sbom.Diff(bills[0], bills[1]))
		}
	}
	for _, name := range []string{"sbomqs_photon.spdx.json", "sbomqs_perl-Mojolicious.spdx.json"} {
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Skipf("needs %s, not there", name)
		}
		if b := read(t, name, string(raw)); b.Format != "spdx" || len(b.Components) == 0 {
			t.Errorf("%s: %s %s, %d components", name, b.Format, b.SpecVersion, len(b.Components))
		} else {
			t.Logf("%s: SPDX %s, %d components, quality %.1f", name, b.SpecVersion, len(b.Components), b.Quality.Score)
		}
	}
}

func TestWhatCannotBeReadIsOneLineWithItsPlace(t *testing.T) {
	for rule, c := range map[string]struct{ text, want string }{
		"nothing":                          {"", "empty"},
		"a picture":                        {"\x89PNG", "neither JSON, XML nor SPDX"},
		"XML that ends early":              {`<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components><component><name>x`, "/bom/components/component/name"},
		"XML of another kind":              {`<html><body/></html>`, "begins with <html>"},
		"XML of another line":              {`<bom xmlns="http://cyclonedx.org/schema/bom/2.0"/>`, "no version of CycloneDX"},
		"XML too deep":                     {`<bom xmlns="http://cyclonedx.org/schema/bom/1.4">` + strings.Repeat("<x>", 100_000), "deep"},
		"entities of one's own":            {`<!DOCTYPE x [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.4"><serialNumber>&a;</serialNumber></bom>`, "entity"},
		"SPDX of another line":             {`{"spdxVersion":"SPDX-9.0","packages":[]}`, "SPDX"},
		"SPDX tags with an open text":      {"SPDXVersion: SPDX-2.3\nSPDXID: x\nPackageComment: <text>no end", "does not end"},
		"SPDX that ends early":             {`{"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":`, "packages"},
		"YAML that is none":                {"spdxVersion: SPDX-2.3\npackages:\n  - name: [x\n", "line "},
		"YAML that grows without end":      {"spdxVersion: SPDX-2.3\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "grows without end"},
		"YAML that holds itself":           {"spdxVersion: SPDX-2.3\npackages: &a\n  - *a\n", ""},
		"YAML of the newer line":           {"spdxVersion: SPDX-3.0\npackages: []\n", "SPDX"},
		"RDF that ends early":              {`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#"><spdx:Package><spdx:name>x`, "line 1"},
		"RDF too deep":                     {`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#">` + strings.Repeat("<spdx:x>", 100_000), "deep"},
		"RDF that is no bill":              {`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#"/>`, "neither spdxVersion nor"},
		"a graph that is none":             {`{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[7]}`, "@graph"},
		"a bill of an empty line of words": {"SPDXID: x\nnothing", "neither spdxVersion nor"},
	} {
		_, err := sbom.Read("x.bill", strings.NewReader(c.text))
		if bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", rule, err, c.want)
		}
	}
}

// bigBill gives a CycloneDX bill of at least size bytes without holding it.
func bigBill(size int) io.Reader {
	r, w := io.Pipe()
	go func() {
		fmt.Fprint(w, `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[`)
		var b bytes.Buffer
		for n := 0; size > 0; n++ {
			b.Reset()
			if n > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"bom-ref":"r%d","type":"library","name":"c%d","version":"1.%d","purl":"pkg:npm/c%d@1.%d","description":%q}`, n, n, n, n, n, strings.Repeat("words that nobody matches ", 20))
			size -= b.Len()
			w.Write(b.Bytes())
		}
		fmt.Fprint(w, `]}`)
		w.Close()
	}()
	return r
}

func TestABillOfFiftyMegabytesIsReadInBoundedMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	b, err := sbom.Read("big.json", bigBill(50<<20))
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || len(b.Components) < 50_000 {
		t.Fatalf("%d components, %v", len(b.Components), err)
	}
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("50 MB, %d components: %v, %d MiB kept, %d MiB from the system", len(b.Components), time.Since(start), kept>>20, (after.Sys-before.Sys)>>20)
	if kept > 60<<20 || after.Sys-before.Sys > 200<<20 {
		t.Errorf("%d MiB are kept, %d MiB were taken", kept>>20, (after.Sys-before.Sys)>>20)
	}
	runtime.KeepAlive(b)
}

func TestDiff(t *testing.T) {
	c := func(name, version string) sbom.Component { return sbom.Component{Name: name, Version: version} }
	d := sbom.Diff(sbom.Bill{Components: []sbom.Component{c("a", "1"), c("b", "1"), c("c", "1"), c("c", "2"), c("a", "1")}},
		sbom.Bill{Components: []sbom.Component{c("c", "2"), c("c", "3"), c("d", "1"), c("A", "1")}})
	if len(d.Added) != 1 || d.Added[0].Name != "d" || len(d.Removed) != 1 || d.Removed[0].Name != "b" || len(d.Changed) != 1 || d.Changed[0] != (sbom.VersionChanged{Name: "c", From: "1", To: "3"}) || d.Same != 2 {
		t.Errorf("got %+v", d)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range forms {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		b, err := sbom.Read("x", bytes.NewReader(doc))
		for _, c := range b.Components {
			if err == nil && c.Parent >= len(b.Components) {
				t.Errorf("a parent beyond the list: %+v", c)
			}
		}
	})
}
