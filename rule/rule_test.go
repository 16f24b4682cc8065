package rule_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail/rule"
)

func TestTheBuiltInRulesReadTheirExamples(t *testing.T) {
	for _, err := range rule.Builtin().Test() {
		t.Error(err)
	}
	if n := len(rule.Builtin().Rules()); n < 150 {
		t.Errorf("the pack has only %d rules", n)
	}
}

func TestARuleOfTheHouseReplacesTheBuiltIn(t *testing.T) {
	folder := t.TempDir()
	text := `{pack: house, version: "1", license: proprietary, rules: [
		{id: product-centrella, field: product, contains: [centrella], gives: {manufacturer: Our Beds, class: smart-bed}, weight: 0.9, yes: [Centrella], cite: stock list},
		{id: house-names, field: hostname, match: "^ICU-P(\\d+)$", gives: {model: "Pump $1"}, weight: 0.5, yes: [ICU-P7], no: [ICU-PX], cite: naming scheme}]}`
	if err := os.WriteFile(filepath.Join(folder, "house.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := rule.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range p.Test() {
		t.Error(err)
	}
	got := p.Read("product", "", "Hillrom CENTRELLA bed")
	if len(got) != 1 || got[0].Gives["manufacturer"] != "Our Beds" || !got[0].Rule.Local {
		t.Errorf("read %+v", got)
	}
	if got := p.Read("hostname", "dhcp.option", "ICU-P12"); len(got) != 1 || got[0].Gives["model"] != "Pump 12" {
		t.Errorf("read %+v", got)
	}
	if got := p.Read("hostname", "", "NPI0A1B2C"); len(got) != 1 || got[0].Rule.Local {
		t.Errorf("the built-in rules are lost: %+v", got)
	}
}

func TestWhatIsWrongWithARuleIsSaid(t *testing.T) {
	const good = `{id: a, field: hostname, match: "^x$", gives: {model: X}, weight: 0.5, yes: [x], cite: y}`
	for wrong, says := range map[string]string{
		`match: "(?=x)"`:           "RE2",
		`match: "("`:               "missing closing",
		`field: colour`:            "no field",
		`weight: 2`:                "weight",
		`yes: []`:                  "no example",
		`gives: {serialNumber: x}`: "cannot give",
		`gives: {cloud: x}`:        "field peer",
		`exact: [x]`:               "give one of",
		`cite: ""`:                 "cite",
		`sound: loud`:              "sound",
	} {
		key, _, _ := strings.Cut(wrong, ":")
		var kept []string
		for _, part := range []string{`id: a`, `field: hostname`, `match: "^x$"`, `gives: {model: X}`, `weight: 0.5`, `yes: [x]`, `cite: y`} {
			if !strings.HasPrefix(part, key+":") {
				kept = append(kept, part)
			}
		}
		text := `{pack: p, version: "1", license: l, rules: [{` + strings.Join(append(kept, wrong), ", ") + `}]}`
		if _, err := rule.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if _, err := rule.Parse([]byte(`{pack: p, version: "1", license: l, rules: [` + good + `]}`)); err != nil {
		t.Error(err)
	}
}

func TestRecogFingerprintsBecomeRules(t *testing.T) {
	const xml = `<fingerprints protocol="telnet">
	<fingerprint pattern="^(\S+) by Pumpco"><description>A pump</description><example>P100 by Pumpco</example>
	<param pos="0" name="hw.vendor" value="Pumpco"/><param pos="1" name="hw.product"/></fingerprint>
	<fingerprint pattern="^(?!x)y"><description>Look-around</description><example>y</example><param pos="0" name="hw.vendor" value="Y"/></fingerprint>
	<fingerprint pattern="^Linux"><description>Software</description><example>Linux</example><param pos="0" name="os.vendor" value="Linux"/></fingerprint>
	</fingerprints>`
	text, rejected, err := rule.ImportRecog("x.xml", strings.NewReader(xml))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := rule.Parse(text)
	if err != nil || len(rules) != 1 || rules[0].Gives["model"] != "$1" || rules[0].From != "telnet" {
		t.Errorf("%+v, %v", rules, err)
	}
	if len(rejected) != 2 || !strings.Contains(rejected[0].Reason, "RE2") || !strings.Contains(rejected[1].Reason, "software") {
		t.Errorf("rejected %+v", rejected)
	}
}

func TestRecogFilesAreTakenIn(t *testing.T) {
	const folder = "../../shared/testdata/traffic/fingerprints/recog-xml"
	names, _ := filepath.Glob(filepath.Join(folder, "*.xml"))
	if len(names) == 0 {
		t.Skip("needs ../shared/testdata/traffic/fingerprints/recog-xml, not there")
	}
	taken, left := 0, 0
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text, rejected, err := rule.ImportRecog(filepath.Base(name), f)
		f.Close()
		if err != nil {
			continue // of a kind that is not kept
		}
		rules, err := rule.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		taken, left = taken+len(rules), left+len(rejected)
	}
	t.Logf("%d rules, %d rejected with a reason", taken, left)
	if taken < 300 {
		t.Errorf("only %d rules were taken", taken)
	}
}

func BenchmarkReadAHostName(b *testing.B) {
	p := rule.Builtin()
	b.ReportAllocs()
	for b.Loop() {
		p.Read("hostname", "dhcp.option", "ward-7-workstation-12")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{pack: p, version: "1", license: l, rules: []}`))
	f.Fuzz(func(t *testing.T, raw []byte) { rule.Parse(raw) })
}
