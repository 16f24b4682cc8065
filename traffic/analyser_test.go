package traffic_test

import (
	"slices"
	"strings"
	"testing"

	"bedrail/format/astm"
	"bedrail/traffic"
)

// No public capture of an analyser is known: these streams are made up after
// LIS1, LIS2 and POCT1-A.

func transmission(t testing.TB, records ...string) string {
	t.Helper()
	var all [][]byte
	for _, r := range records {
		all = append(all, []byte(r))
	}
	frames, err := astm.Frames(all, 240)
	if err != nil {
		t.Fatal(err)
	}
	out := []byte{astm.ENQ}
	for _, f := range frames {
		out = astm.AppendFrame(out, f)
	}
	return string(append(out, astm.EOT))
}

// spoken returns what is claimed when a client says data in pieces.
func spoken(t testing.TB, name, data string, size int) []fact {
	t.Helper()
	d := find(t, name)
	if !d.Sniff([]byte(data), 0) {
		t.Fatalf("%s is not recognised", name)
	}
	var r result
	s := traffic.NewStream(name, traffic.Endpoint{MAC: "x"}, traffic.Endpoint{}, func(o traffic.Observation) { r.observations = append(r.observations, o) })
	p := d.New()
	for piece := range slices.Chunk([]byte(data), size) {
		if !s.Left() {
			p.Feed(s, traffic.ToServer, piece)
		}
	}
	return r.facts()
}

func TestAnAnalyserNamesItselfInItsHeader(t *testing.T) {
	line := transmission(t, `H|\^&|||ABLine^Analyzer 90^SN1234^3.2.1|||||||P|LIS2-A2|20261123`, `P|1||4711||Muster^Anna`, `R|1|^^^GLU|5.2`, `L|1|N`)
	want := []fact{
		{"x", traffic.Banner, "ABLine", "astm", "H-5"}, {"x", traffic.Model, "Analyzer 90", "astm", "H-5"},
		{"x", traffic.SerialNumber, "SN1234", "astm", "H-5"}, {"x", traffic.SoftwareVersion, "3.2.1", "astm", "H-5"},
		{"x", traffic.Class, "lab-analyser", "astm", "H-5"},
	}
	for _, size := range []int{1, 7, 10000} {
		if got := spoken(t, "astm", line, size); !slices.Equal(got, want) {
			t.Errorf("in pieces of %d: got %+v, want %+v", size, got, want)
		}
	}
	damaged := strings.Replace(line, "SN1234", "SN9999", 1)
	if got := spoken(t, "astm", damaged, 10000); len(got) != 0 {
		t.Errorf("a frame that does not check gave %+v", got)
	}
}

func TestAPointOfCareDeviceNamesItselfInHello(t *testing.T) {
	hello := `<?xml version="1.0"?><HELLO.R01><HDR><HDR.control_id V="7"/></HDR><DEV><DEV.device_id V="0002"/><DEV.vendor_id V="ACME"/><DEV.model_id V="GLU-7"/><DEV.serial_id V="SN77"/><DEV.sw_version V="3.1"/></DEV></HELLO.R01>`
	for _, size := range []int{1, 50, 10000} {
		got := spoken(t, "poct1a", hello+`<OBS.R01>...`, size)
		for _, want := range []fact{
			{"x", traffic.Manufacturer, "ACME", "poct1a", "DEV.vendor_id"}, {"x", traffic.Model, "GLU-7", "poct1a", "DEV.model_id"},
			{"x", traffic.SerialNumber, "SN77", "poct1a", "DEV.serial_id"}, {"x", traffic.SoftwareVersion, "3.1", "poct1a", "DEV.sw_version"},
		} {
			if !slices.Contains(got, want) {
				t.Errorf("in pieces of %d: %+v is not among %+v", size, want, got)
			}
		}
	}
}

func FuzzASTM(f *testing.F) {
	fuzzStream(f, "astm", transmission(f, `H|\^&|||A^B^C^D`, `L|1|N`))
}

func FuzzPOCT(f *testing.F) {
	fuzzStream(f, "poct1a", `<HELLO.R01><DEV><DEV.model_id V="GLU-7"/></DEV></HELLO.R01>`)
}
