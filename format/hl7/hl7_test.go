package hl7

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func parse(t testing.TB, text string) *Message {
	t.Helper()
	m, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCharacterSets(t *testing.T) {
	head := func(set string) string {
		return "MSH|^~\\&|A|B|C|D|20260301||ADT^A01|1|P|2.5.1||||||" + set + "\rPID|1||X||"
	}
	cases := map[string]struct {
		set, family, given string // bytes as sent
		wantFamily, want   string
		fails              bool
	}{
		"Latin-1 as declared":                         {"8859/1", "M\xfcller", "Zo\xeb", "Müller", "Zoë", false},
		"UTF-8 as declared":                           {"UNICODE UTF-8", "Müller", "Zoë", "Müller", "Zoë", false},
		"Latin-1 where UTF-8 was declared is no text": {"UNICODE UTF-8", "M\xfcller", "Z", "", "Z", true},
		"Cyrillic": {"8859/5", "\xb8\xd2\xd0\xdd\xde\xd2", "X", "Иванов", "X", false},
		"Japanese by ISO 2022, a delimiter inside":    {"ASCII~ISO IR87", "\x1b$B;3ED\x1b(B", "\x1b$B^|B@\x1b(B", "山田", "栃太", false},
		"GB 18030, a delimiter as second byte":        {"GB 18030-2000", "\x81|", "X", "亅", "X", false},
		"no set declared, and not ASCII":              {"", "M\xfcller", "X", "", "X", true},
		"hexadecimal escapes are in the declared set": {"8859/1", "M\\XFC\\ller", "X", "Müller", "X", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := parse(t, head(c.set)+c.family+"^"+c.given+"\r")
			f := m.Find("PID", 1).Field(5)
			got, err := f.Component(1).Text()
			if (err != nil) != c.fails || !c.fails && got != c.wantFamily {
				t.Errorf("got %q, %v, want %q", got, err, c.wantFamily)
			}
			if got := f.Component(2).String(); !c.fails && c.want != "栃太" && got != c.want || f.Components() != 2 {
				t.Errorf("got %q of %d components, want %q", got, f.Components(), c.want)
			}
		})
	}
}

// A message in UTF-16 is widened, read, and written back to the byte; one that
// is not widened, or that is damaged, is refused with one reason.
func TestUTF16(t *testing.T) {
	text := "MSH|^~\\&|A|B|C|D|20260301||ADT^A01|1|P|2.5.1||||||UNICODE UTF-16\rPID|1||X||Müller^山𝒜\r"
	for name, c := range map[string]struct {
		order interface{ PutUint16([]byte, uint16) }
		mark  string
	}{
		"big end first, marked":       {binary.BigEndian, "\xfe\xff"},
		"little end first, marked":    {binary.LittleEndian, "\xff\xfe"},
		"big end first, not marked":   {binary.BigEndian, ""},
		"little end first, no marked": {binary.LittleEndian, ""},
	} {
		t.Run(name, func(t *testing.T) {
			raw := []byte(c.mark)
			for _, u := range utf16.Encode([]rune(text)) {
				raw = append(raw, 0, 0)
				c.order.PutUint16(raw[len(raw)-2:], u)
			}
			if _, err := Parse(raw); err == nil || !strings.Contains(err.Error(), "UTF-16") {
				t.Errorf("got %v, want a reason that names UTF-16", err)
			}
			w, err := Widen(raw)
			if err != nil || string(w.Text) != text || !bytes.Equal(w.Encode(w.Text), raw) {
				t.Fatalf("got %+v, %v", w, err)
			}
			f := parse(t, string(w.Text)).Find("PID", 1).Field(5)
			if got, err := f.Component(2).Text(); err != nil || got != "山𝒜" {
				t.Errorf("got %q, %v", got, err)
			}
			_, end := f.Span()
			if got, want := w.Offset(end), len(raw)-2; got != want {
				t.Errorf("the name ends at byte %d, want %d", got, want)
			}
			if _, err := Widen(raw[:len(raw)-7]); err == nil {
				t.Error("half a character was taken")
			}
		})
	}
}

// What switches the character set is followed where the set allows it and is
// otherwise an error with its place, never passed over.
func TestSetSwitchingEscapes(t *testing.T) {
	v, err := NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		set, value, want string
		fails            bool
	}{
		"Japanese by \\M, back to ASCII by \\C": {"ASCII~ISO IR87", "a\\M2442\\;3ED\\C2842\\b", "a山田b", false},
		"back to ASCII where nothing else is":   {"UNICODE UTF-8", "a\\C2842\\b", "ab", false},
		"a set that MSH-18 does not declare":    {"8859/1", "a\\M2442\\;3ED", "", true},
	} {
		m := parse(t, "MSH|^~\\&|A|B|C|D|20260301||ACK|1|P|2.6||||||"+c.set+"\rMSA|AA|1|"+c.value+"\r")
		got, err := m.Find("MSA", 1).Field(3).Text()
		if (err != nil) != c.fails || got != c.want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		found := 0
		for _, i := range v.Validate(m, nil) {
			if i.Rule == RuleCharset && i.Location == "MSA.3" {
				found++
			}
		}
		if (found == 1) != c.fails {
			t.Errorf("%s: %d findings", name, found)
		}
	}
}

// A frame of UTF-16 is found although MLLP forbids it, also where characters
// hold the bytes that end frames.
func TestUTF16InsideFrames(t *testing.T) {
	const text = "MSH|^~\\&|A|B|C|D|20260301||ACK|1|P|2.6||||||UNICODE UTF-16\rMSA|AA|1|\u041c\u1c0d\u0d1c\u0b1c\r"
	for name, c := range map[string]struct {
		order interface{ PutUint16([]byte, uint16) }
		mark  string
	}{
		"big end first":    {binary.BigEndian, "\xfe\xff"},
		"little end first": {binary.LittleEndian, ""},
	} {
		wide := []byte(c.mark)
		for _, u := range utf16.Encode([]rune(text)) {
			wide = append(wide, 0, 0)
			c.order.PutUint16(wide[len(wide)-2:], u)
		}
		raw := slices.Concat([]byte("\x0b"), wide, []byte("\x1c\r\x0bMSH|^~\\&|A|B|C|D|20260301||ACK|2|P|2.6\rMSA|AA|1\r\x1c\r\x0b"), wide, []byte("\x1c\r"))
		var got []string
		for _, p := range Split(raw).Parts {
			if p.Kind != "MSH" {
				continue
			}
			b := raw[p.Start:p.End]
			if p.Wide {
				w, err := Widen(b)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				b = w.Text
			}
			got = append(got, string(b))
		}
		if len(got) != 3 || got[0] != text || got[2] != text || !strings.HasPrefix(got[1], "MSH|") {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte("\x0bMSH|^~\\&|A\rPID|1\x1c\r\x0b\xff\xfeM\x00S\x00H\x00|\x00\x1c\r"))
	f.Add([]byte("FHS|^~\\&\rBHS|^~\\&\rMSH|^~\\&|A\rBTS|1\rFTS|1\r"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		at := 0
		for _, p := range Split(raw).Parts {
			if p.Start != at || p.End <= p.Start {
				t.Fatalf("a part begins at %d after %d and ends at %d", p.Start, at, p.End)
			}
			at = p.End
			if p.Wide {
				_, _ = Widen(raw[p.Start:p.End])
			}
		}
		if at != len(raw) {
			t.Errorf("the parts end at %d of %d", at, len(raw))
		}
	})
}

func FuzzWiden(f *testing.F) {
	f.Add([]byte("\xfe\xff\x00M\x00S\x00H\x00|"))
	f.Add([]byte("M\x00S\x00H\x00|\x00\x35\xd8\x9c\xdc"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		w, err := Widen(raw)
		if err != nil {
			return
		}
		if got := w.Encode(w.Text); !bytes.Equal(got, raw) {
			t.Errorf("got %q, want %q", got, raw)
		}
		if half := len(w.Text) / 2; w.Offset(half) > len(raw) {
			t.Errorf("byte %d is at %d of %d", half, w.Offset(half), len(raw))
		}
		if got := w.Offset(len(w.Text)); got != len(raw) {
			t.Errorf("the end is at %d, want %d", got, len(raw))
		}
	})
}

func TestTimes(t *testing.T) {
	cest := time.FixedZone("CEST", 7200)
	cases := map[string]struct {
		text      string
		want      time.Time
		precision Precision
		zoned     bool
		fails     bool
	}{
		"a year":                             {"2026", time.Date(2026, 1, 1, 0, 0, 0, 0, cest), Year, false, false},
		"a day":                              {"20260301", time.Date(2026, 3, 1, 0, 0, 0, 0, cest), Day, false, false},
		"a minute with offset":               {"202603011015+0000", time.Date(2026, 3, 1, 10, 15, 0, 0, time.UTC), Minute, true, false},
		"a fraction":                         {"20260301101500.125-0530", time.Date(2026, 3, 1, 15, 45, 0, 125e6, time.UTC), Fraction, true, false},
		"the leap day":                       {"20240229", time.Date(2024, 2, 29, 0, 0, 0, 0, cest), Day, false, false},
		"no leap day":                        {"20260229", time.Time{}, 0, false, true},
		"an hour that is none":               {"2026030125", time.Time{}, 0, false, true},
		"a length between":                   {"202603011", time.Time{}, 0, false, true},
		"a fraction of a minute":             {"202603011015.5", time.Time{}, 0, false, true},
		"an offset that is none":             {"20260301+9999", time.Time{}, 0, false, true},
		"letters":                            {"2O26", time.Time{}, 0, false, true},
		"the component of an old time stamp": {"20260301^D", time.Date(2026, 3, 1, 0, 0, 0, 0, cest), Day, false, false},
	}
	for name, c := range cases {
		got, err := parse(t, "MSH|^~\\&|||||"+c.text+"\r").Find("MSH", 1).Field(7).Time(cest)
		if (err != nil) != c.fails || !c.fails && (!got.Equal(c.want) || got.Precision != c.precision || got.Zoned != c.zoned) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, c)
		}
	}
}

func TestTypedAccessors(t *testing.T) {
	m := parse(t, "MSH|^~\\&|APP^1.2.3^ISO\rPID|1||7^1^M10^H&9.9&ISO^MR^F&8&ISO||Doe&van^Jane^Q^III^Dr^PhD^L\rPV1|1|I|ICU^3^12^H&1&ISO^O^N^B2^4\r"+
		"OBX|1|SN|1^Glucose^L^2^Zucker^L2|1|>^100\rOBX|2|ED|2||LAB^application^pdf^Base64^QUJD\rOBX|3|NM|3||-12.50\rOBX|4|SN|4||^1^:^x\rOBX|5|NM|5|||||||||||||||7^SP^0025DF0000A10001^EUI-64\r")
	if got, want := m.Find("PID", 1).Field(3).Identifier(), (Identifier{"7", "1", "M10", Entity{"", "H", "9.9", "ISO"}, "MR", Entity{"", "F", "8", "ISO"}}); got != want {
		t.Errorf("CX: got %+v, want %+v", got, want)
	}
	if got, want := m.Find("PID", 1).Field(5).Name(), (Name{"Doe", "Jane", "Q", "III", "Dr", "PhD", "L"}); got != want {
		t.Errorf("XPN: got %+v, want %+v", got, want)
	}
	if got, want := m.Find("PV1", 1).Field(3).Place(), (Place{"ICU", "3", "12", Entity{"", "H", "1", "ISO"}, "O", "N", "B2", "4"}); got != want {
		t.Errorf("PL: got %+v, want %+v", got, want)
	}
	if got, want := m.Find("MSH", 1).Field(3).Designator(), (Entity{"", "APP", "1.2.3", "ISO"}); got != want {
		t.Errorf("HD: got %+v, want %+v", got, want)
	}
	if got, want := m.Find("OBX", 5).Field(18).Entity(), (Entity{"7", "SP", "0025DF0000A10001", "EUI-64"}); got != want {
		t.Errorf("EI: got %+v, want %+v", got, want)
	}
	if id, text, system := m.Find("PID", 1).Field(3).Coded(); !id.Is("7") || !text.Is("1") || !system.Is("M10") {
		t.Errorf("got %s, %s, %s", id, text, system)
	}
	if id, text, system := parse(t, "MSH|^~\\&|a~b^c\r").Segment(0).Field(3).Coded(); !id.Is("a") || !text.Empty() || !system.Empty() {
		t.Errorf("got %s, %s, %s of the first repetition", id, text, system)
	}
	if got, want := m.Find("OBX", 1).Field(3).Code(), (Code{ID: "1", Text: "Glucose", System: "L", AltID: "2", AltText: "Zucker", AltSystem: "L2"}); got != want {
		t.Errorf("CWE: got %+v, want %+v", got, want)
	}
	if got, err := m.Find("OBX", 1).Field(5).Structured(); err != nil || got != (Structured{Comparator: ">", Num1: "100"}) {
		t.Errorf("SN: got %+v, %v", got, err)
	}
	if _, err := m.Find("OBX", 4).Field(5).Structured(); err == nil {
		t.Error("SN: a letter was taken for a number")
	}
	ed := m.Find("OBX", 2).Field(5).Encapsulated()
	if ed.Source.Namespace != "LAB" || ed.Subtype != "pdf" || ed.Encoding != "Base64" || !ed.Data.Is("QUJD") {
		t.Errorf("ED: got %+v", ed)
	}
	if got, err := m.Find("OBX", 3).Field(5).Decimal(); err != nil || got != (Decimal{"-12.50", -12.5}) {
		t.Errorf("NM: got %+v, %v", got, err)
	}
	if got, ok := m.Find("OBX", 3).Field(5).Float(); !ok || got != -12.5 {
		t.Errorf("NM: got %v, %v", got, ok)
	}
}

func TestAcknowledgmentModes(t *testing.T) {
	cases := map[string]struct {
		accept, application string
		kind                string
		out                 Outcome
		want                Expects
	}{
		"original mode":                         {"", "", "ORU^R01", Accepted, Expects{Application: true}},
		"always a commit, never an application": {"AL", "NE", "ORU^R01", Accepted, Expects{Enhanced: true, Commit: true}},
		"on error only, and there was none":     {"ER", "NE", "ORU^R01", Accepted, Expects{Enhanced: true}},
		"on error only, and there was one":      {"ER", "ER", "ORU^R01", Refused, Expects{Enhanced: true, Commit: true, Application: true}},
		"on success only":                       {"SU", "SU", "ORU^R01", Failed, Expects{Enhanced: true}},
		"only an application answer":            {"NE", "AL", "ORU^R01", Accepted, Expects{Enhanced: true, Application: true}},
		"never acknowledge an acknowledgment":   {"", "", "ACK^R01", Accepted, Expects{}},
	}
	for name, c := range cases {
		m := parse(t, "MSH|^~\\&|A|B|C|D|20260301||"+c.kind+"|1|P|2.6|||"+c.accept+"|"+c.application+"\r")
		if got := m.Expected(c.out); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestAcknowledgmentOfOldVersions(t *testing.T) {
	m := parse(t, "MSH|^~\\&|A|B|C|D|20260301||ADT^A01|7|T|2.3||||||8859/1\rPID|1\r")
	issue := Issue{Severity: ErrorLevel, Location: "PID.3", Error: errRequired, Text: "no"}
	got := string(Acknowledge(m, Answer{Outcome: Failed, ControlID: "9", At: time.Date(2026, 3, 1, 1, 2, 3, 0, time.UTC), Issues: []Issue{issue}}))
	want := "MSH|^~\\&|C|D|A|B|20260301010203.000+0000||ACK^A01^ACK|9|T|2.3||||||8859/1\rMSA|AE|7\rERR|PID^1^3^101\r"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAcknowledgmentOfNothing(t *testing.T) {
	got := string(Acknowledge(nil, Answer{Outcome: Refused, Commit: true, ControlID: "1", At: time.Unix(0, 0).UTC()}))
	if !strings.Contains(got, "MSA|CR|\r") {
		t.Errorf("got %q", got)
	}
}

func TestDraft(t *testing.T) {
	d := NewDraft(Standard)
	for _, set := range [][2]string{{"MSH.3", "GW"}, {"MSH.9.1", "ORU"}, {"MSH.9.2", "R01"}, {"MSH.12", "2.6"}} {
		if err := d.Set(set[0], set[1]); err != nil {
			t.Fatal(err)
		}
	}
	d.Add("OBX")
	d.Add("OBX")
	for _, set := range [][2]string{{"OBX[2].5[2].1.3", "a|b^c&d~e\\f\r\ng"}, {"OBX.1", "1"}} {
		if err := d.Set(set[0], set[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.SetNull("OBX[2].6"); err != nil {
		t.Fatal(err)
	}
	want := "MSH|^~\\&|GW||||||ORU^R01|||2.6\rOBX|1\rOBX|||||~&&a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\.br\\g|\"\"\r"
	if got := string(d.Bytes()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, err := parse(t, want).Get("OBX[2].5[2].1.3"); err != nil || got != "a|b^c&d~e\\f\ng" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, path := range []string{"ZZZ.1", "MSH.1", "MSH.2", "OBX", "OBX[x].1", "OBX.1.2.3.4"} {
		if err := d.Set(path, "x"); err == nil {
			t.Errorf("%s was set", path)
		}
	}
}

func TestStructure(t *testing.T) {
	v, err := NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	msh := func(kind, version string) string {
		return "MSH|^~\\&|A|B|C|D|20260301||" + kind + "|1|P|" + version + "\r"
	}
	cases := map[string]struct {
		text string
		want []string // location and rule
	}{
		"all there":                                         {msh("ORU^R01^ORU_R01", "2.6") + "OBR|||1|1\rOBX||NM|1||1||||||F\rNTE|1\rOBR|||2|1\r", nil},
		"a segment is missing":                              {msh("ADT^A01^ADT_A01", "2.5.1") + "EVN||2026\rPV1||I\r", []string{"PID structure"}},
		"a group's first segment is missing":                {msh("ORU^R01", "2.5"), []string{"OBR structure"}},
		"each of a run out of order is said with its place": {msh("ORU^R01^ORU_R01", "2.6") + "OBR|||1|1\rPV1||I\rPV2|1\rOBX||NM|1||1||||||F\rEVN||2026\rPV1||I\rOBX||NM|2||1||||||F\r", []string{"PV1 structure", "PV2 structure", "EVN structure", "PV1[2] structure"}},
		"what comes twice where once is allowed":            {msh("ADT^A01^ADT_A01", "2.5.1") + "EVN||2026\rPID|||1||A^B\rEVN||2026\rPV1||I\r", []string{"EVN[2] structure"}},
		"an order without its ORC is said once":             {msh("OML^O21^OML_O21", "2.5.1") + "PID|||1||A^B\rGT1|1|1|G^H||||||||S\rOBR|||1|1\rNTE|1\rDG1|1||1|||A\rOBX||NM|1||1||||||F\rSPM|1|||1\r", []string{"ORC structure"}},
		"an ORC after an order begins the next one":         {msh("OML^O21^OML_O21", "2.7.1") + "PID|||1||A^B\rORC|NW\rOBR|||1|1\rORC|NW\rTQ1|1\rOBR|||2|1\rSPM|1|||1\rPV1||I\rORC|NW\rOBR|||3|1\rOBX||NM|1||1||||||F\r", nil},
		"notes before a route are not demanded":             {msh("RDS^O13^RDS_O13", "2.6") + "ORC|NW\rRXO|1\rRXR|IV\rRXE|1|1^A|1||1\rTQ1|1\rRXR|PO\rRXD|1|1^A|2026|10|||7\rRXR|PO\r", nil},
		"a field that came with 2.8":                        {msh("ORU^R01^ORU_R01", "2.8.2") + "OBR|||1|1\rOBX||NM|1||1||||||F||||||||||||||||||||||||2026\r", nil},
		"what came into admissions since 2.7.1":             {msh("ADT^A08^ADT_A01", "2.8.2") + "ARV|1|A|1\rEVN||2026\rPID|||1||A^B\rOH1|A\rARV|1|A|1\rNK1|1\rOH2|1\rPV1||I\rAL1|1|DA|1\rIAM|1||1|||A\rIN1|1|1|1\rAUT||1\r", nil},
		"the event alone finds the structure of today":      {msh("ADT^A08", "2.8") + "EVN||2026\rPID|||1||A^B\rOH1|A\rPV1||I\r", nil},
		"what older admissions do not know":                 {msh("ADT^A08^ADT_A01", "2.6") + "EVN||2026\rPID|||1||A^B\rOH1|A\rPV1||I\r", []string{"OH1 structure"}},
		"restricted access in a report of 2.8":              {msh("ORU^R01^ORU_R01", "2.8") + "PID|||1||A^B\rARV|1|A|1\rOBR|||1|1\rOBX||NM|1||1||||||F\r", nil},
		"a segment out of order is said once":               {msh("ORU^R01^ORU_R01", "2.6") + "OBR|||1|1\rPV1||I\rOBX||NM|1||1||||||F\r", []string{"PV1 structure"}},
		"a segment of another message":                      {msh("ACK", "2.6") + "MSA|AA|1\rOBX||NM|1||1||||||F\r", []string{"OBX structure"}},
		"local segments and PRT may stand anywhere":         {msh("ACK", "2.6") + "ZZ1|a\rMSA|AA|1\rPRT||UC||EQUIP\r", nil},
		"a withdrawn message is read as it was":             {msh("ORM^O01", "2.8") + "ORC|NW\r", nil},
		"an event that nobody knows is not refused":         {msh("ADT^Z99", "2.6"), []string{"MSH.9.2 type"}},
		"a required field is empty":                         {msh("ACK", "2.6") + "MSA||1\r", []string{"MSA.1 required-field"}},
		"a code that the table does not hold":               {msh("ACK", "2.6") + "MSA|OK|1\r", []string{"MSA.1 code"}},
		"a processing id that is none":                      {strings.Replace(msh("ACK", "2.6"), "|P|", "|X|", 1) + "MSA|AA|1\r", []string{"MSH.11.1 processing-id"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, i := range v.Validate(parse(t, c.text), nil) {
				got = append(got, i.Location+" "+i.Rule)
			}
			if strings.Join(got, "; ") != strings.Join(c.want, "; ") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Messages newer than the newest definitions are read by those, with the fields
// that were added since; a finding that rests on the older ones says so.
func TestNewerVersions(t *testing.T) {
	v, err := NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	text := "MSH|^~\\&|A|B|C|D|20260301||ORU^R01^ORU_R01|1|P|%s\rOBR|||1\rPRT||||||||||||||||||tomorrow\r"
	for version, says := range map[string]bool{"2.7.1": false, "2.8": true, "2.8.2": true, "2.9": true} {
		older, typed := 0, 0
		for _, i := range v.Validate(parse(t, fmt.Sprintf(text, version)), nil) {
			if strings.Contains(i.Text, "definitions of 2.7.1") {
				older++
			}
			if i.Location == "PRT.18" && i.Rule == RuleDatatype {
				typed++
			}
		}
		if (older > 0) != says || (typed == 1) != says {
			t.Errorf("%s: %d findings by older definitions, %d of a field that came later", version, older, typed)
		}
	}
}

// A message of many segments in the worst order takes time in proportion.
func TestStructureIsLinear(t *testing.T) {
	v, err := NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	head := "MSH|^~\\&|A|B|C|D|20260301||ORU^R01^ORU_R01|1|P|2.6\r"
	m := parse(t, head+strings.Repeat("SPM|1\rPV1||I\rOBX|1\rFT1|1\rPID|1\rNTE|1\rCTI|1\rDSC|\r", 4000))
	began := time.Now()
	v.Validate(m, nil)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("32,000 segments took %s", took)
	}
}

func TestParseRefuses(t *testing.T) {
	cases := map[string]struct {
		text   string
		offset int
	}{
		"nothing":               {"", 0},
		"another format":        {"PID|1", 0},
		"a letter as separator": {"MSHX", 3},
		"letters as delimiters": {"MSH|abcd|", 4},
		"six delimiters":        {"MSH|^~\\&#$|", 9},
	}
	for name, c := range cases {
		_, err := Parse([]byte(c.text))
		if e, ok := err.(*Error); !ok || e.Offset != c.offset {
			t.Errorf("%s: got %v, want an error at %d", name, err, c.offset)
		}
	}
	if err := new(Message).Reset([]byte("MSH|^~\\&|\rA01\rA02\rA03\r"), Limits{Segments: 2}); err == nil {
		t.Error("a limit was passed")
	}
}

func TestPathsReadWhatTheyWrite(t *testing.T) {
	for _, text := range []string{"OBX", "OBX[3].6.1", "PID.3[2].4.2", "MSH.9"} {
		p, err := ParsePath(text)
		if err != nil || p.String() != text {
			t.Errorf("%s: got %s, %v", text, p, err)
		}
	}
	for _, text := range []string{"", "OB", "obx.1", "OBX.", "OBX.0", "OBX[.1", "OBX.1.2.3.4", "OBX.1-2"} {
		if p, err := ParsePath(text); err == nil {
			t.Errorf("%s: got %+v", text, p)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte("MSH|^~\\&|A|B|C|D|20260301||ADT^A01|1|P|2.5.1||||||8859/1\rPID|1||7^1&2~3||M\\XFC\\\\.br\\\\F\\\r\nNTE|x\n\nmore|y"))
	f.Add([]byte("MSH|^~\\&|||||||||||||||ASCII~ISO IR87\rPID|\x1b$B^|B@\x1b(B|"))
	f.Add([]byte("MSH|^~\\&|||||||||||||||GB 18030-2000\rPID|\x81||"))
	v, err := NewValidator()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		whole := 0
		file := Split(raw)
		for _, p := range file.Parts {
			if p.Start != whole || p.End < p.Start {
				t.Fatalf("parts do not cover the file: %+v", file.Parts)
			}
			whole = p.End
		}
		if whole != len(raw) {
			t.Fatalf("parts end at %d of %d", whole, len(raw))
		}
		m, err := Parse(raw)
		if err != nil {
			return
		}
		if got := m.Draft().Bytes(); !bytes.HasSuffix(raw, got) {
			t.Errorf("draft got %q, want %q", got, raw)
		}
		if got := rebuilt(m); !bytes.Equal(got, raw) {
			t.Errorf("rebuilt got %q, want %q", got, raw)
		}
		for _, i := range v.Validate(m, nil) {
			if i.Start < 0 || i.Start > i.End || i.End > len(raw) || i.Text == "" {
				t.Errorf("issue without place: %+v", i)
			}
		}
		ack := Acknowledge(m, Answer{Outcome: OutcomeOf(v.Header(m, nil)), ControlID: "1", Issues: v.Header(m, nil)})
		if _, err := Parse(ack); err != nil {
			t.Errorf("answer %q: %v", ack, err)
		}
	})
}

func FuzzPath(f *testing.F) {
	f.Add("OBX[3].6[2].1.2")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		if again, err := ParsePath(p.String()); err != nil || again.String() != p.String() {
			t.Errorf("%q: %+v, %v", text, again, err)
		}
	})
}

// FuzzQuote is the difference test of writer and reader: what is quoted reads
// back as it was.
func FuzzQuote(f *testing.F) {
	f.Add("a|b^c&d~e\\f")
	f.Fuzz(func(t *testing.T, text string) {
		d := NewDraft(Standard)
		d.Add("NTE")
		if err := d.Set("MSH.18", "UNICODE UTF-8"); err != nil {
			t.Fatal(err)
		}
		if err := d.Set("NTE.3", text); err != nil {
			t.Fatal(err)
		}
		m := parse(t, string(d.Bytes()))
		want := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
		got, err := m.Get("NTE.3")
		if strings.ToValidUTF8(text, "") != text {
			return
		}
		if text == `""` {
			want = ""
		}
		if err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw := []byte("MSH|^~\\&|SIMHOSP|SFAC|RAPP|RFAC|20200501140643||ADT^A01|1|T|2.3|||AL||44|ASCII\rEVN|A01|20200501140643\rPID|1|2590157853^^^SIM^MRN|2590157853^^^SIM^MRN~2478684691^^^N^NH||Esterkin^AKI^^^Miss^^CURRENT||19890118|F|||170 Juice Place^^London\r")
	m := new(Message)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Reset(raw, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
