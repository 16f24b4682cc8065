package mirth_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"bedrail/format/mirth"
)

func TestPlaces(t *testing.T) {
	for text, want := range map[string]string{
		`msg['PID']['PID.3']['PID.3.1'].toString()`:     "PID-3.1",
		`msg['OBX'][0]['OBX.5']['OBX.5.1']`:             "OBX[1]-5.1",
		`tmp['PID']['PID.3'][2]['PID.3.4'].toString();`: "PID-3[3].4",
		`msg["PV1"]["PV1.3"]["PV1.3.4"]["PV1.3.4.2"]`:   "PV1-3.4.2",
		`msg['ZBD']['ZBD.1']`:                           "ZBD-1",
		// What no editor writes, or what computes, is refused.
		`msg['PID']['PID.3']['PID.4.1']`:   "",
		`msg['PID']['PV1.3']`:              "",
		`msg['PID']['PID.' + n]`:           "",
		`msg[0]['PID']`:                    "",
		`msg['PID']['PID.3'][99999]`:       "",
		`msg['PID']['PID.3'].length() > 0`: "",
		`channelMap.get('x')`:              "",
	} {
		got, err := mirth.ParsePlace(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestValues(t *testing.T) {
	for text, want := range map[string]string{`'ORU'`: "text ORU", `"a b"`: "text a b", `$('unit')`: "var unit", `${unit}`: "var unit", `channelMap.get("unit")`: "var unit",
		`msg['MSH']['MSH.3']`: "place MSH-3", `'a' + 'b'`: "", `new Date()`: "", `'it\'s'`: "", ``: ""} {
		v, err := mirth.ParseValue(text)
		got := ""
		switch {
		case err != nil:
		case v.Text != nil:
			got = "text " + *v.Text
		case v.Place != "":
			got = "place " + v.Place
		default:
			got = "var " + v.Variable
		}
		if got != want {
			t.Errorf("%s: %q (%v), want %q", text, got, err, want)
		}
	}
}

func TestExport(t *testing.T) {
	raw, err := os.ReadFile("testdata/pumps.xml")
	if err != nil {
		t.Fatal(err)
	}
	one, err := mirth.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	// A list and a server configuration hold channels deeper.
	wrapped := "<serverConfiguration><channels>" + string(raw) + string(raw) + "</channels></serverConfiguration>"
	two, err := mirth.Read(strings.NewReader(wrapped))
	if err != nil || len(two) != 2 {
		t.Fatalf("%d channels in a configuration: %v", len(two), err)
	}
	c := one[0]
	if len(one) != 1 || c.Name != "Pumps to EHR & Archive" || c.KeepDays != 14 || !c.Enabled || len(c.Destinations) != 3 {
		t.Errorf("%+v", c)
	}
	if len(c.Scripts) != 1 || !strings.Contains(c.Scripts["postprocessing"], "logger") {
		t.Errorf("scripts that do something: %v", c.Scripts)
	}
	if s := c.Source; s.Class != "TcpReceiver" || len(s.Rules) != 3 || len(s.Steps) != 3 || !s.Rules[2].Or || s.Rules[1].Or {
		t.Errorf("%+v", s)
	}
}

func TestRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "no channel",
		"<channel><name>x</name>": "line 1",

		"<list/>": "no channel",
		`<!DOCTYPE c [<!ENTITY a "b">]><channel/>`: "document type",
		strings.Repeat("<a>", 200):                 "in each other",
	} {
		_, err := mirth.Read(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want one with %q", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	raw, err := os.ReadFile("testdata/pumps.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("<list><channel><sourceConnector/></channel></list>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if all, err := mirth.Read(bytes.NewReader(b)); err == nil && len(all) == 0 {
			t.Error("neither a channel nor an error")
		}
	})
}

func FuzzParsePlace(f *testing.F) {
	f.Add(`msg['PID']['PID.3'][1]['PID.3.4'].toString()`)
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := mirth.ParsePlace(text); err == nil && len(p) < 3 {
			t.Errorf("%q gives %q", text, p)
		}
	})
}
