package csaf_test

import (
	"bytes"
	"testing"

	"bedrail/format/csaf"
	"bedrail/format/jsonread"
)

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"document":{"category":"csaf_vex","title":"T","publisher":{"name":"Acme"},"tracking":{"id":"A-1","status":"final","current_release_date":"2026-01-01T00:00:00Z"}},
"product_tree":{"branches":[{"category":"vendor","name":"Acme","branches":[{"category":"product_name","name":"Pump","branches":[{"category":"product_version_range","name":"< 2",
"product":{"product_id":"P1","name":"Acme Pump <2","product_identification_helper":{"cpe":"cpe:2.3:h:acme:pump:*:*:*:*:*:*:*:*","model_numbers":["1*"]}}}]}]}],
"relationships":[{"category":"installed_on","product_reference":"P1","relates_to_product_reference":"P1","full_product_name":{"product_id":"P2","name":"x"}}]},
"vulnerabilities":[{"cve":"CVE-2026-1","product_status":{"known_affected":["P1"]},"flags":[{"label":"component_not_present","product_ids":["P1"]}],"remediations":[{"category":"mitigation","details":"d"}]}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		d, err := csaf.Read(jsonread.New(bytes.NewReader(doc), jsonread.Limits{}))
		for _, p := range d.Products {
			if err == nil && len(p.ID) > len(doc) {
				t.Errorf("a name longer than the document: %q", p.ID)
			}
		}
	})
}
