package cpe_test

import (
	"testing"

	"bedrail/format/cpe"
)

func TestParse(t *testing.T) {
	for rule, c := range map[string]struct{ text, part, vendor, product, version string }{
		"a formatted string":          {"cpe:2.3:o:amazon:freertos:10.0.1:*:*:*:-:*:*:*", "o", "amazon", "freertos", "10.0.1"},
		"an escaped colon stays":      {`cpe:2.3:a:x:y\:z:1\.0:*:*:*:*:*:*:*`, "a", "x", "y:z", "1.0"},
		"the older URI form":          {"cpe:/o:microsoft:windows_7", "o", "microsoft", "windows_7", "*"},
		"a short form fills with any": {"cpe:2.3:o:microsoft:windows", "o", "microsoft", "windows", "*"},
		"upper case is folded":        {"cpe:2.3:A:Apache:Log4Net:2.0.8:*:*:*:*:*:*:*", "a", "apache", "log4net", "2.0.8"},
		"a version not applicable":    {"cpe:2.3:h:bd:alaris_8015_pcu:-:*:*:*:*:*:*:*", "h", "bd", "alaris_8015_pcu", "-"},
	} {
		n, err := cpe.Parse(c.text)
		if err != nil || n.Part != c.part || n.Vendor != c.vendor || n.Product != c.product || n.Version != c.version {
			t.Errorf("%s: got %+v, %v", rule, n, err)
		}
	}
	for _, text := range []string{"", "cpe:", "cpe:2.3:x:a:b", "cpe:2.3:a", "cpe:2.3:a:b:c:1:2:3:4:5:6:7:8:9"} {
		if n, err := cpe.Parse(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, n)
		}
	}
}

func TestFieldCovers(t *testing.T) {
	for rule, c := range map[string]struct {
		pattern, value string
		want           bool
	}{
		"any covers all":              {"*", "x", true},
		"unknown is not contradicted": {"linux", "*", true},
		"a star inside":               {"1.2.*", "1.2.3", true},
		"a question mark":             {"1.2.?", "1.2.34", false},
		"another word":                {"linux", "windows", false},
		"not applicable is a value":   {"-", "windows", false},
	} {
		if got := cpe.Field(c.pattern, c.value); got != c.want {
			t.Errorf("%s: got %v", rule, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`cpe:2.3:a:x:y\:z:1\.0:*:*:*:*:*:*:*`)
	f.Add("cpe:/o:microsoft:windows_7::sp1")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := cpe.Parse(text)
		if err != nil {
			return
		}
		cpe.Same(n, n)
		_ = n.String()
	})
}
