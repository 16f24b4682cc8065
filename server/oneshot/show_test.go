package oneshot

import (
	"strings"
	"testing"

	"bedrail/format/dicom"
)

func TestShowMasksPersons(t *testing.T) {
	const message = "MSH|^~\\&|A|B|C|D|20260301||ORU^R01^ORU_R01|1|P|2.6\r" +
		"PID|1|SECRET|SECRET^^^H||SECRET^SECRET||19700101|F|||SECRET^SECRET\rNK1|1|SECRET^SECRET\rPV1|1|I|ICU^3^12||||SECRET^SECRET\r" +
		"OBR|1|2|3|4^Monitoring|||20260301||||||||||SECRET^SECRET\rNTE|1||SECRET\r" +
		"OBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.1|97|262688^MDC_DIM_PERCENT^MDC|||||R|||||SECRET^SECRET\rOBX|2|TX|1^Note^L||SECRET||||||F\rZPT|SECRET\r"
	cases := map[string]struct {
		text     string
		patients bool
		want     []string // path=value
		secrets  int
	}{
		"persons are masked, equipment and measurements are not": {message, false,
			[]string{"PV1.3.1=ICU", "OBX.5=97", "OBX.6.2=MDC_DIM_PERCENT", "OBR.4.2=Monitoring", "PID.7=" + Masked, "OBX[2].5=" + Masked, "ZPT.1=" + Masked}, 0},
		"who asks sees them":                     {message, true, []string{"PID.5.1=SECRET"}, 17},
		"an analyser's patient record too":       {"H|\\^&|||AN\rP|1||SECRET||SECRET^SECRET\rO|1|S1||^^^GLU\rR|1|^^^GLU|5.4|mmol/L\rC|1|I|SECRET\rL|1|N\r", false, []string{"H.5=AN", "R.4=5.4", "P.6=" + Masked}, 0},
		"a point-of-care device":                 {`<HELLO.R01><HDR><HDR.control_id V="7"/></HDR><DEV><DEV.serial_id V="S1"/></DEV></HELLO.R01>`, false, []string{"HELLO.R01/DEV/DEV.serial_id=S1"}, 0},
		"a point-of-care result and its patient": {`<OBS.R01><HDR><HDR.control_id V="7"/></HDR><SVC><PT><PT.patient_id V="SECRET"/></PT><OBS><OBS.value V="5.4"/></OBS><OPR><OPR.operator_id V="SECRET"/></OPR></SVC></OBS.R01>`, false, []string{"OBS.R01/SVC/OBS/OBS.value=5.4"}, 0},
		"a FHIR observation and its patient": {`{"resourceType":"Bundle","entry":[{"fullUrl":"urn:SECRET","resource":{"resourceType":"Observation","id":"SECRET","status":"final","text":{"div":"SECRET"},"subject":{"reference":"Patient/SECRET","display":"SECRET"},` +
			`"code":{"coding":[{"system":"urn:iso:std:iso:11073:10101","code":"150456","display":"SpO2"}]},"valueQuantity":{"value":97,"unit":"%"},"note":[{"text":"SECRET"}]}},` +
			`{"resource":{"resourceType":"Patient","id":"SECRET","identifier":[{"value":"SECRET"}],"name":[{"family":"SECRET"}],"birthDate":"SECRET"}},{"resource":{"resourceType":"Device","serialNumber":"S1","patient":{"display":"SECRET"}}}]}`, false,
			[]string{"Bundle.entry[0].resource>Observation.valueQuantity.value=97", "Bundle.entry[0].resource>Observation.code.coding[0].display=SpO2", "Bundle.entry[2].resource>Device.serialNumber=S1"}, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rows, err := Show([]byte(c.text), c.patients)
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, r := range rows {
				all.WriteString(r.Path + "=" + r.Value + "\n")
				if r.Bytes[0] > r.Bytes[1] || r.Bytes[1] > len(c.text) {
					t.Errorf("got %+v", r)
				}
			}
			for _, line := range c.want {
				if !strings.Contains("\n"+all.String(), "\n"+line+"\n") {
					t.Errorf("got\n%s\nwant a line %s", all.String(), line)
				}
			}
			if got := strings.Count(all.String(), "SECRET"); got != c.secrets {
				t.Errorf("got %d secrets, want %d:\n%s", got, c.secrets, all.String())
			}
		})
	}
	for _, c := range []struct {
		patients bool
		secrets  int
	}{{false, 0}, {true, 2}} {
		set := dicom.Set{dicom.TextAttribute(0x00080016, "1.2.840.10008.5.1.4.1.1.2"), dicom.TextAttribute(0x00080018, "1.2.3"), dicom.TextAttribute(0x00080060, "CT"), dicom.TextAttribute(0x00080090, "SECRET^A"), dicom.TextAttribute(0x00100010, "SECRET^B"), {Tag: 0x00280010, VR: dicom.US, Value: []byte{0, 2}}}
		raw, err := dicom.Writer{}.File(set, dicom.SyntaxOf("1.2.840.10008.1.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Show(raw, c.patients)
		if err != nil {
			t.Fatal(err)
		}
		secrets, seen := 0, map[string]string{}
		for _, r := range rows {
			seen[r.Name] = r.Value
			if strings.Contains(r.Value, "SECRET") {
				secrets++
			}
			if strings.TrimSpace(string(raw[r.Bytes[0]:r.Bytes[1]])) != "CT" && r.Name == "Modality" {
				t.Errorf("got %+v", r)
			}
		}
		if secrets != c.secrets || seen["Modality"] != "CT" || seen["Rows"] != "512" {
			t.Errorf("got %v", seen)
		}
	}
	if _, err := Show([]byte("hello"), false); err == nil {
		t.Error("bytes of nothing known were shown")
	}
}

// TestShowEnds holds a day's file against the bound: nobody reads more, and it
// must not take minutes.
func TestShowEnds(t *testing.T) {
	message := "MSH|^~\\&|A|B|C|D|20260301||ORU^R01^ORU_R01|1|P|2.6\r" + strings.Repeat("OBX|1|NM|1||1||||||F\r", 50)
	rows, err := Show([]byte(strings.Repeat(message, 2000)), false)
	if err != nil || len(rows) != MostShown {
		t.Errorf("got %d rows, %v; want %d", len(rows), err, MostShown)
	}
	if _, err := Show(nil, false); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("of an empty file it says %v", err)
	}
}

func TestShowXML(t *testing.T) {
	rows, err := Show([]byte(`<Patient xmlns="http://hl7.org/fhir"><active value="true"/><name><family value="Example"/></name></Patient>`), false)
	if err != nil || len(rows) == 0 {
		t.Fatalf("got %v, %v", rows, err)
	}
	for _, r := range rows {
		if strings.Contains(r.Value, "Example") || r.Path == "Patient.name[0].family" && r.Value != Masked {
			t.Errorf("%+v is not masked", r)
		}
	}
}
