package spdx_test

import (
	"bytes"
	"strings"
	"testing"

	"bedrail/format/spdx"
)

func TestUnknownMinorVersionsAreReadAsFarAsUnderstood(t *testing.T) {
	for rule, text := range map[string]string{
		"a later 2.x":          `{"spdxVersion":"SPDX-2.9","packages":[{"SPDXID":"a","name":"left","novelty":{"x":[1,2]}}]}`,
		"a later 2.x in YAML":  "spdxVersion: SPDX-2.9\npackages:\n- {SPDXID: a, name: left, novelty: {x: [1, 2]}}\n",
		"a later 2.x in tags":  "SPDXVersion: SPDX-2.9\nPackageName: left\nNovelty: x\n",
		"a later 3.x":          `{"@context":"https://spdx.org/rdf/3.7.0/spdx-context.jsonld","@graph":[{"type":"CreationInfo","specVersion":"3.7.0"},{"type":"software_Package","spdxId":"a","name":"left","novelty":7}]}`,
		"an element unknown":   `{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"novelty_Thing","spdxId":"z"},{"type":"software_Package","spdxId":"a","name":"left"},{"type":"CreationInfo","specVersion":"3.0.1"}]}`,
		"a graph out of order": `{"@graph":[{"type":"software_Package","spdxId":"a","name":"left"},{"type":"CreationInfo","specVersion":"3.0.1"}],"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}`,
	} {
		d, err := spdx.Read(strings.NewReader(text))
		if err != nil || len(d.Packages) != 1 || d.Packages[0].Name != "left" {
			t.Errorf("%s: got %+v, %v", rule, d, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"spdxVersion: SPDX-2.3\npackages:\n- &a {name: x, externalRefs: [{referenceType: purl, referenceLocator: 'pkg:npm/x@1'}]}\n- *a\n",
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#"><spdx:Package rdf:about="#a"><spdx:name>x</spdx:name></spdx:Package></rdf:RDF>`,
		"SPDXVersion: SPDX-2.3\nPackageName: x\nPackageComment: <text>a\nb</text>\n",
		`{"@graph":[{"type":"software_Package","spdxId":"a"},{"type":"Relationship","from":"a","to":["a"]}]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		d, err := spdx.Read(bytes.NewReader(doc))
		if err == nil && d.Version == "" {
			t.Errorf("read without a version: %+v", d)
		}
	})
}
