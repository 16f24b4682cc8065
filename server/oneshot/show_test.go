package oneshot

import (
	"strings"
	"testing"
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
		"who asks sees them":               {message, true, []string{"PID.5.1=SECRET"}, 17},
		"an analyser's patient record too": {"H|\\^&|||AN\rP|1||SECRET||SECRET^SECRET\rO|1|S1||^^^GLU\rR|1|^^^GLU|5.4|mmol/L\rC|1|I|SECRET\rL|1|N\r", false, []string{"H.5=AN", "R.4=5.4", "P.6=" + Masked}, 0},
		"a point-of-care device":           {`<HELLO.R01><HDR><HDR.control_id V="7"/></HDR><DEV><DEV.serial_id V="S1"/></DEV></HELLO.R01>`, false, []string{"DEV.serial_id=S1"}, 0},
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
	if _, err := Show([]byte("hello"), false); err == nil {
		t.Error("bytes of nothing known were shown")
	}
}
