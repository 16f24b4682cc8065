package knowledge_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bedrail/asset"
	"bedrail/knowledge"
	"bedrail/vuln"
)

// TestPage signs a page, and alters it in every way in which somebody might.
func TestPage(t *testing.T) {
	secret, public, err := note.GenerateKey(nil, "hospital")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(text string) (string, error) {
		raw, err := note.Sign(&note.Note{Text: text}, signer)
		return string(raw), err
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	view := knowledge.View{At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Asked: "everything <at> noon", Records: map[string]int{"advisory": 3}, Limits: []string{"none"},
		Findings: []vuln.Finding{{Vulnerability: "CVE-2020-1", Model: asset.ModelKey{Manufacturer: "Acme", Model: `<script>alert(1)</script>`}, Status: vuln.Affected, Devices: 7}}, Total: knowledge.Total{Findings: 1, Affected: 1}}
	var b bytes.Buffer
	if err := knowledge.Write(&b, view, "General", "ana", view.At, sign); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if strings.Contains(page, "<script>alert") {
		t.Error("a model's name is taken for markup")
	}
	for name, c := range map[string]struct {
		page  string
		valid bool
	}{
		"as it was made":             {page, true},
		"a number altered":           {strings.Replace(page, ">7<", ">0<", 1), false},
		"a finding removed":          {strings.Replace(page, "CVE-2020-1", "CVE-2020-2", 1), false},
		"a style that hides a row":   {strings.Replace(page, "</style>", "tr{display:none}</style>", 1), false},
		"added after the signature":  {strings.Replace(page, "</main></body>", "<p>fine</p></main></body>", 1), false},
		"the signature taken away":   {page[:strings.Index(page, "<pre>bedrail evidence")] + "</section>\n</main></body></html>\n", false},
		"the data for programs only": {strings.Replace(page, "&#34;devices&#34;: 7", "&#34;devices&#34;: 0", 1), false},
	} {
		if name != "as it was made" && c.page == page {
			t.Fatalf("%s: nothing was altered", name)
		}
		v, err := knowledge.Verify(strings.NewReader(c.page), note.VerifierList(verifier))
		if err != nil || v.Valid != c.valid {
			t.Errorf("%s: got %+v, %v, want valid %t", name, v, err, c.valid)
		}
	}
	_, other, err := note.GenerateKey(nil, "hospital")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := note.NewVerifier(other)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := knowledge.Verify(strings.NewReader(page), note.VerifierList(stranger)); err != nil || v.Valid {
		t.Errorf("another's key verifies: %+v, %v", v, err)
	}
}
