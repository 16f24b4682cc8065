package exchange_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"bedrail/exchange"
	"bedrail/format/mirth"
)

// moved converts the fixture with kinds that take any settings.
func moved(t *testing.T) exchange.Moved {
	t.Helper()
	f, err := os.Open("../format/mirth/testdata/pumps.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	channels, err := mirth.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	any := func(json.RawMessage) error { return nil }
	kinds := exchange.Kinds{Sources: []exchange.SourceKind{{Name: "mllp", Check: any}}, Destinations: []exchange.DestinationKind{{Name: "mllp", Check: any}, {Name: "file", Check: any}}}
	all := exchange.FromMirth(channels, kinds)
	if len(all) != 1 {
		t.Fatalf("%d channels", len(all))
	}
	return all[0]
}

func TestMovedChannel(t *testing.T) {
	m := moved(t)
	if !m.Usable || m.Problem != "" {
		t.Fatalf("not usable: %s", m.Problem)
	}
	got, err := json.Marshal(m.Definition)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"pumps-to-ehr-archive","description":"Infusion events of the ICU","source":{"mllp":{"listen":"127.0.0.1:6661"}},` +
		`"filter":{"any":[{"all":[{"at":"MSH-9.1","in":["ORU","ORA"]},{"not":{"at":"MSH-11.1","in":["T"]}}]},{"at":"MSH-3.1","matches":"LAB\\+"}]},` +
		`"transform":[{"set":"MSH-6.1","value":"MERIDIAN"},{"set":"OBX[2]-18[1].1","from":"PV1-3.1"},{"set":"PID-3[2].4","from":"MSH-4.1"}],"keep":"336h0m0s",` +
		`"destinations":[{"mllp":{"address":"127.0.0.1:2600"},"name":"ehr","parallel":3,"retry":{"first":"5s"}},` +
		`{"enabled":false,"file":{"folder":"/srv/billing"},"name":"billing"}]}`
	if string(got) != want {
		t.Errorf("definition\n%s\nwant\n%s", got, want)
	}
}

// Whatever is not carried over is named; nothing vanishes silently.
func TestMovedChannelNamesWhatIsLeft(t *testing.T) {
	m := moved(t)
	for _, want := range []string{"missing|postprocessing script|", "note|source|ISO-8859-1", "missing|destination Billing filter|is code", "changed|destination Billing|switched off",
		"changed|destination Billing|no queue", "missing|destination Warehouse|DatabaseDispatcher"} {
		severity, rest, _ := strings.Cut(want, "|")
		place, text, _ := strings.Cut(rest, "|")
		found := false
		for _, l := range m.Left {
			found = found || l.Severity == severity && l.Place == place && strings.Contains(l.Text, text)
		}
		if !found {
			t.Errorf("nothing says %s; there are %+v", want, m.Left)
		}
	}
	if len(m.Left) != 7 {
		t.Errorf("%d remarks: %+v", len(m.Left), m.Left)
	}
}

// A variable that was read before its place was written must not be read
// after it.
func TestMovedVariableKeepsItsMoment(t *testing.T) {
	step := func(s mirth.Step) mirth.Step { s.Name = s.Kind; return s }
	c := mirth.Channel{Name: "x", Enabled: true, Source: mirth.Connector{Class: "TcpReceiver", Properties: &mirth.Element{}, Inbound: "HL7V2", Outbound: "HL7V2", Steps: []mirth.Step{
		step(mirth.Step{Kind: "MapperStep", Variable: "was", Mapping: "msg['PID']['PID.5']['PID.5.1'].toString()"}),
		step(mirth.Step{Kind: "MessageBuilderStep", Target: "msg['PID']['PID.5']['PID.5.1']", Mapping: "'X'"}),
		step(mirth.Step{Kind: "MessageBuilderStep", Target: "msg['PID']['PID.9']['PID.9.1']", Mapping: "$('was')"}),
	}}}
	m := exchange.FromMirth([]mirth.Channel{c}, exchange.Kinds{})[0]
	if len(m.Definition.Transform) != 1 {
		t.Errorf("steps %+v", m.Definition.Transform)
	}
	last := m.Left[len(m.Left)-1]
	if last.Severity != "missing" || !strings.Contains(last.Text, "before PID-5.1 was written") {
		t.Errorf("%+v", last)
	}
}
