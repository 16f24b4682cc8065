package purl_test

import (
	"testing"

	"bedrail/format/purl"
)

func TestEcosystemNames(t *testing.T) {
	for rule, c := range map[string][4]string{
		"NuGet names ignore case":             {"pkg:nuget/jQuery@3.1.1", "NuGet", "jquery", "3.1.1"},
		"an npm scope may be escaped":         {"pkg:npm/%40angular/core@1.0.0", "npm", "@angular/core", "1.0.0"},
		"an npm scope may stand plain":        {"pkg:npm/@angular/core", "npm", "@angular/core", ""},
		"PyPI folds by PEP 503":               {"pkg:pypi/Zope.Interface__x@5", "PyPI", "zope-interface-x", "5"},
		"Maven joins by colon":                {"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar", "Maven", "org.apache.logging.log4j:log4j-core", "2.14.1"},
		"Go paths ignore case":                {"pkg:golang/github.com/Masterminds/sprig/v3@v3.2.0", "Go", "github.com/masterminds/sprig/v3", "v3.2.0"},
		"a github purl is no ecosystem":       {"pkg:github/wolfssl/wolfssl", "", "", ""},
		"a generic purl is no ecosystem":      {"pkg:generic/edgeos@2.0.9-hotfix.7", "", "", "2.0.9-hotfix.7"},
		"a version may hold an escaped plus":  {"pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3?distro=debian-11", "Debian", "openssl", "1.1.1n-0+deb11u3"},
		"an unknown type is no error":         {"pkg:weird/thing@1", "", "", "1"},
		"slashes after the colon are skipped": {"pkg://pypi/x@1", "PyPI", "x", "1"},
	} {
		p, err := purl.Parse(c[0])
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		ecosystem, _, name := p.Ecosystem()
		if ecosystem != c[1] || name != c[2] || p.Version != c[3] {
			t.Errorf("%s: got %s, %s, %s; want %v", rule, ecosystem, name, p.Version, c[1:])
		}
	}
}

func TestRefusesWhatIsNoPURL(t *testing.T) {
	for _, text := range []string{"", "pkg:", "pkg:npm", "pkg:npm/", "http://x", "pkg:n pm/x", "pkg:npm/%zz"} {
		if p, err := purl.Parse(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3?distro=debian-11#a/b")
	f.Add("pkg:npm/%40angular/core@1.0.0")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := purl.Parse(text)
		if err != nil || len(p.String()) > purl.MaxBytes { // escapes make it longer than what is read
			return
		}
		q, err := purl.Parse(p.String())
		if err != nil || q.String() != p.String() {
			t.Fatalf("%q -> %q -> %q, %v", text, p.String(), q.String(), err)
		}
	})
}
