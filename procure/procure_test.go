package procure_test

import (
	"math/rand"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/format/mds2"
	"bedrail/lifecycle"
	"bedrail/procure"
	"bedrail/sbom"
	"bedrail/vuln"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// sheet answers every question with Yes, but for those that are given.
func sheet(t testing.TB, but map[string]string) *mds2.Sheet {
	t.Helper()
	var b strings.Builder
	for _, q := range mds2.Questions() {
		v, ok := but[q.ID]
		if !ok {
			v = "Yes"
		}
		b.WriteString(q.ID + ",q," + v + ",\n")
	}
	s, err := mds2.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

// good is a device that nothing speaks against.
func good(t testing.TB) procure.Input {
	return procure.Input{
		Model: asset.ModelKey{Manufacturer: "Acme", Model: "Pump 9", Version: "2.1"}, Sheet: sheet(t, nil),
		Bill:         &sbom.Bill{Name: "pump.cdx.json", Quality: sbom.Quality{Score: 9}, Components: []sbom.Component{{Name: "zlib", Version: "1.3", Type: "library"}}},
		Components:   []lifecycle.ComponentLife{{Name: "zlib", Version: "1.3", State: lifecycle.Support}},
		Record:       lifecycle.Record{EndOfSupport: "2040-01-01", Submission: "2025-01-01", CyberDevice: lifecycle.Yes},
		PlannedUntil: "2036-03-02", Policy: procure.DefaultPolicy().Policy, Now: monday,
	}
}

func TestAssess(t *testing.T) {
	for rule, c := range map[string]struct {
		change  func(in *procure.Input)
		verdict procure.Verdict
		broken  string // a rule that is not met; empty is none
	}{
		"a device that meets everything is acceptable":  {func(*procure.Input) {}, procure.Acceptable, ""},
		"without a bill the answer is incomplete":       {func(in *procure.Input) { in.Bill, in.Components = nil, nil }, procure.Incomplete, "bill"},
		"without an MDS2 the answer is incomplete":      {func(in *procure.Input) { in.Sheet = nil }, procure.Incomplete, "mds2"},
		"without feeds nothing found says nothing":      {func(in *procure.Input) { in.NoFeeds = true }, procure.Incomplete, "vulnerabilities"},
		"a poor bill is refused":                        {func(in *procure.Input) { in.Bill.Quality.Score = 3 }, procure.Refused, "bill.score"},
		"a weakness that is exploited refuses":          {func(in *procure.Input) { in.Weaknesses = weak("CVE-1", "low", true, vuln.Affected) }, procure.Refused, "vulnerabilities.exploited"},
		"a critical weakness refuses":                   {func(in *procure.Input) { in.Weaknesses = weak("CVE-1", "critical", false, vuln.Affected) }, procure.Refused, "vulnerabilities.critical"},
		"a high one goes into the contract":             {func(in *procure.Input) { in.Weaknesses = weak("CVE-1", "high", false, vuln.Affected) }, procure.Conditional, "vulnerabilities.high"},
		"what cannot be decided is asked of the maker":  {func(in *procure.Input) { in.Weaknesses = weak("CVE-1", "high", false, vuln.Undecidable) }, procure.Conditional, "vulnerabilities.undecidable"},
		"support that ends within planned use refuses":  {func(in *procure.Input) { in.Record.EndOfSupport = "2030-01-01" }, procure.Refused, "support"},
		"support of unknown end leaves it open":         {func(in *procure.Input) { in.Record.EndOfSupport = "" }, procure.Incomplete, "support"},
		"a system whose support ends in use refuses":    {func(in *procure.Input) { in.System = &vuln.EndOfLife{Product: "Windows", Ends: "2029-01-01"} }, procure.Refused, "support.system"},
		"a component that ends in use is a condition":   {func(in *procure.Input) { in.Components[0].Ends = "2028-01-01" }, procure.Conditional, "support.components"},
		"an answer that must be is refused":             {func(in *procure.Input) { in.Sheet = sheet(t, map[string]string{"CSUP-11": "No"}) }, procure.Refused, "mds2:CSUP-11"},
		"an answer that must be and is blank is open":   {func(in *procure.Input) { in.Sheet = sheet(t, map[string]string{"CSUP-11": ""}) }, procure.Incomplete, "mds2:CSUP-11"},
		"another answer may stand in":                   {func(in *procure.Input) { in.Sheet = sheet(t, map[string]string{"MLDP-2": "No"}) }, procure.Acceptable, ""},
		"a device of before section 524B is asked more": {func(in *procure.Input) { in.Record.Submission = "2020-01-01" }, procure.Conditional, "submission"},
		"a contradiction is to be explained": {func(in *procure.Input) {
			in.Contradicts = []procure.Contradiction{{Rule: "CONN-4", Text: "speaks outside"}}
		}, procure.Conditional, "contradiction:CONN-4"},
		"a deviation that somebody accepted is a condition": {func(in *procure.Input) {
			in.Bill.Quality.Score = 3
			in.Deviations = []procure.Deviation{{Rule: "bill.score", By: "ana", Expires: "2027-01-01"}}
		}, procure.Conditional, "bill.score"},
		"a deviation that has expired counts no more": {func(in *procure.Input) {
			in.Bill.Quality.Score = 3
			in.Deviations = []procure.Deviation{{Rule: "bill.score", By: "ana", Expires: "2026-03-02"}}
		}, procure.Refused, "bill.score"},
	} {
		t.Run(rule, func(t *testing.T) {
			in := good(t)
			c.change(&in)
			a := procure.Assess(in)
			if a.Verdict != c.verdict {
				t.Errorf("verdict %s, want %s: %s", a.Verdict, c.verdict, a.Summary)
			}
			for _, r := range a.Reasons {
				if !r.Met && r.Rule != c.broken && (c.broken != "bill" && c.broken != "mds2") {
					t.Errorf("%s is not met: %s", r.Rule, r.Text)
				}
			}
			if c.broken != "" && (a.Reasons[0].Met || a.Score == 100) {
				t.Errorf("the first reason is %+v with score %d, want one that is not met", a.Reasons[0], a.Score)
			}
			if c.broken != "" && c.broken != "vulnerabilities" && len(a.Clauses) == 0 {
				t.Error("no clause is asked for")
			}
		})
	}
}

func weak(id, severity string, kev bool, s vuln.Status) []procure.Weakness {
	return []procure.Weakness{{ID: id, Severity: severity, KEV: kev, Status: s}}
}

// TestMoreTroubleNeverHelps: whatever is taken from a device, neither verdict
// nor score rises.
func TestMoreTroubleNeverHelps(t *testing.T) {
	worse := map[procure.Verdict]int{procure.Acceptable: 0, procure.Conditional: 1, procure.Incomplete: 2, procure.Refused: 3}
	rnd := rand.New(rand.NewSource(1))
	ids := mds2.Questions()
	for range 300 {
		in := good(t)
		but := map[string]string{}
		for range rnd.Intn(4) {
			but[ids[rnd.Intn(len(ids))].ID] = "No"
		}
		in.Sheet = sheet(t, but)
		if rnd.Intn(2) == 0 {
			in.Weaknesses = weak("CVE-1", "high", false, vuln.Affected)
		}
		before := procure.Assess(in)
		switch rnd.Intn(4) {
		case 0:
			in.Weaknesses = append(in.Weaknesses, weak("CVE-2", "critical", true, vuln.Affected)...)
		case 1:
			in.Record.EndOfSupport = "2027-01-01"
		case 2:
			in.Bill.Quality.Score = 2
		case 3:
			but["AUTH-1"] = "No"
			in.Sheet = sheet(t, but)
		}
		after := procure.Assess(in)
		if worse[after.Verdict] < worse[before.Verdict] || after.Score > before.Score {
			t.Fatalf("%v: from %s %d to %s %d", but, before.Verdict, before.Score, after.Verdict, after.Score)
		}
	}
}

func TestCompare(t *testing.T) {
	in := good(t)
	old := procure.Assess(in)
	if c, same := procure.Compare(old, procure.Assess(in)); !same {
		t.Errorf("nothing changed, and Compare says %+v", c)
	}
	in.Weaknesses = weak("CVE-1", "critical", false, vuln.Affected)
	now := procure.Assess(in)
	c, same := procure.Compare(old, now)
	if same || c.To != procure.Refused || len(c.Worse) != 1 || !strings.Contains(c.Worse[0], "CVE-1") {
		t.Errorf("got %+v", c)
	}
	if back, _ := procure.Compare(now, old); len(back.Better) != 1 || len(back.Worse) != 0 {
		t.Errorf("the way back is %+v", back)
	}
}

func talk(direction, protocol, peer string, port uint16, encrypted bool) procure.SeenTalk {
	return procure.SeenTalk{Device: "dev_1", Talk: asset.Talk{Direction: direction, Transport: "tcp", Port: port, Protocol: protocol, Encrypted: encrypted, BytesDown: 9, Peer: asset.Peer{Address: netip.MustParseAddr(peer).String()}, Last: monday}}
}

func TestContradictions(t *testing.T) {
	bill := &sbom.Bill{Name: "b", Components: []sbom.Component{{Name: "openssl", Version: "3.0.0", PURL: "pkg:generic/openssl@3.0.0", Type: "library"}, {Name: "nameless"}}}
	vex := []vuln.Decision{{Vulnerability: "CVE-9", Authority: vuln.Manufacturer, State: vuln.StateNotAffected, Justification: "component_not_present", PURL: "pkg:generic/openssl", Source: "maker.json"}}
	for rule, c := range map[string]struct {
		says  map[string]string
		bill  *sbom.Bill
		vex   []vuln.Decision
		talks []procure.SeenTalk
		want  string // rules, with blanks
	}{
		"no outside connection, and one was seen":         {map[string]string{"CONN-4": "No"}, bill, nil, []procure.SeenTalk{talk("out", "tls", "198.51.100.7", 443, true)}, "CONN-4"},
		"inside is not outside":                           {map[string]string{"CONN-4": "No"}, bill, nil, []procure.SeenTalk{talk("out", "tls", "10.1.2.3", 443, true)}, ""},
		"the clock's time server is no secret":            {map[string]string{"CONN-4": "No"}, bill, nil, []procure.SeenTalk{talk("out", "ntp", "198.51.100.7", 123, false)}, ""},
		"encrypted data, and clear HL7 was seen":          {nil, bill, nil, []procure.SeenTalk{talk("out", "hl7v2", "10.1.2.3", 2575, false)}, "TXCF-2"},
		"HL7 within TLS agrees":                           {nil, bill, nil, []procure.SeenTalk{talk("out", "hl7v2", "10.1.2.3", 2575, true)}, ""},
		"a bill is stated, and there is none":             {nil, nil, nil, nil, "SBOM-1"},
		"no operating system, and one is in the bill":     {map[string]string{"CSUP-2": "No"}, &sbom.Bill{Components: []sbom.Component{{Name: "Linux", Version: "5", Type: "operating-system"}}}, nil, nil, "CSUP-2"},
		"services are off, and telnet answers":            {nil, bill, nil, []procure.SeenTalk{talk("in", "telnet", "10.1.2.3", 23, false)}, "SAHD-9"},
		"no remote service, and a session from outside":   {map[string]string{"RMOT-1": "No"}, bill, nil, []procure.SeenTalk{talk("in", "ssh", "198.51.100.7", 22, true)}, "RMOT-1"},
		"the maker denies a component that its bill has":  {nil, bill, vex, nil, "vex:CVE-9"},
		"versions are stated, and a component has none":   {nil, &sbom.Bill{Components: []sbom.Component{{Name: "x"}}}, nil, nil, "SBOM-2.3"},
		"without traffic nothing is held against a maker": {map[string]string{"CONN-4": "No", "CONN-3": "No"}, bill, nil, nil, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			var got []string
			for _, x := range procure.Contradictions(sheet(t, c.says), c.bill, c.vex, procure.Seen{Devices: 1, Talks: c.talks}) {
				if x.Rule == "SBOM-2.3" && c.want != "SBOM-2.3" {
					continue // the shared bill has a component without a version
				}
				got = append(got, x.Rule)
				if len(x.Evidence) == 0 && x.Rule != "SBOM-1" {
					t.Errorf("%s has no evidence", x.Rule)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	good := procure.DefaultPolicy().Text
	for name, text := range map[string]string{
		"a misspelt demand":    strings.Replace(good, "demand: must            # a bill", "demand: most            # a bill", 1),
		"a question not asked": strings.Replace(good, "id: SBOM-1,", "id: SBOM-77,", 1),
		"an unknown field":     good + "\nextra: 1\n",
		"a missing clause":     strings.Replace(good, "clause: remote}", "clause: nowhere}", 1),
		"no edition":           strings.Replace(good, "edition: 1", "edition: 0", 1),
	} {
		if text == good {
			t.Fatalf("%s: the text was not changed", name)
		}
		if _, err := procure.ParsePolicy([]byte(text)); err == nil {
			t.Errorf("%s: the policy was taken", name)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(procure.DefaultPolicy().Text)
	f.Fuzz(func(t *testing.T, text string) { procure.ParsePolicy([]byte(text)) })
}
