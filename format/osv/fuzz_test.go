package osv_test

import (
	"bytes"
	"testing"

	"bedrail/format/jsonread"
	"bedrail/format/osv"
)

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"id":"GHSA-1","aliases":["CVE-2026-1"],"modified":"2026-01-01T00:00:00Z","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N"}],"affected":[{"package":{"ecosystem":"npm","name":"x"},
"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1"},{"last_affected":"2"}]}],"versions":["1"]}],"references":[{"type":"WEB","url":"https://example.org"}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := osv.Read(jsonread.New(bytes.NewReader(doc), jsonread.Limits{}))
		if err == nil && len(r.ID) > len(doc) {
			t.Errorf("a name longer than the document: %q", r.ID)
		}
	})
}
