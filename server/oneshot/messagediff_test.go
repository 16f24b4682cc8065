package oneshot

import (
	"fmt"
	"strings"
	"testing"

	"bedrail/format/dicom"
)

func TestCompareMessagesFindsWhatDiffers(t *testing.T) {
	const head = "MSH|^~\\&|A|B|C|D|20260301||ORU^R01^ORU_R01|1|P|2.6\rPID|1||SECRET^^^H\r"
	pulse := func(n int, value string) string {
		return fmt.Sprintf("OBX|%d|NM|149530^MDC_PULS_RATE^MDC|1.1.1.%d|%s|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R\r", n, n, value)
	}
	const pressure = "OBX|9|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.2.1.1|120|266016^MDC_DIM_MMHG^MDC|||||R\r"
	observation := func(components ...string) string {
		return `{"resourceType":"Observation","status":"final","component":[` + strings.Join(components, ",") + `]}`
	}
	const systolic, diastolic = `{"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":{"value":120}}`, `{"code":{"coding":[{"code":"8462-4"}]},"valueQuantity":{"value":80}}`
	long := strings.Repeat("a", 300)
	tests := map[string]struct {
		was, is  string
		patients bool
		want     []string // op path oldPath old>new
	}{
		"the same":                      {head + pulse(1, "61"), head + pulse(1, "61"), false, nil},
		"the same, framed":              {head + pulse(1, "61"), "\x0b" + head + pulse(1, "61") + "\x1c\r", false, nil},
		"one value":                     {head + pulse(1, "61") + pulse(2, "62"), head + pulse(1, "61") + pulse(2, "63"), false, []string{"changed OBX[2].5  62>63"}},
		"a segment in between":          {head + pulse(1, "61") + pulse(2, "62"), head + pulse(1, "61") + strings.Replace(pressure, "|9|NM|", "||NM|", 1) + pulse(2, "62"), false, []string{"added OBX[2].2  >NM", "added OBX[2].3.1  >150021", "added OBX[2].3.2  >MDC_PRESS_BLD_NONINV_SYS", "added OBX[2].3.3  >MDC", "added OBX[2].4  >1.2.1.1", "added OBX[2].5  >120", "added OBX[2].6.1  >266016", "added OBX[2].6.2  >MDC_DIM_MMHG", "added OBX[2].6.3  >MDC", "added OBX[2].11  >R"}},
		"a component is a field of one": {"MSH|^~\\&|A^1\r", "MSH|^~\\&|A\r", false, []string{"removed MSH.3.2  1>"}},
		"a field that went":             {head + pulse(1, "61"), head + strings.TrimSuffix(pulse(1, "61"), "|||||R\r") + "\r", false, []string{"removed OBX.11  R>"}},
		"who it is stays masked":        {head, strings.Replace(head, "SECRET", "SECRET2", 1), false, []string{"changed PID.3.1  (masked)>(masked)"}},
		"and is shown when asked":       {head, strings.Replace(head, "SECRET", "SECRET2", 1), true, []string{"changed PID.3.1  SECRET>SECRET2"}},
		"the second message of a file":  {head + pulse(1, "61") + head + pulse(1, "62"), head + pulse(1, "61") + head + pulse(1, "64"), false, []string{"changed OBX.5  62>64"}},
		"a message that is missing":     {"MSH|^~\\&|A\r" + "MSH|^~\\&|B\r", "MSH|^~\\&|B\r", false, []string{"removed MSH.1  |>", `removed MSH.2  ^~\&>`, "removed MSH.3  A>"}},
		"an element of a list":          {observation(diastolic), observation(systolic, diastolic), false, []string{"added Observation.component[0].code.coding[0].code  >8480-6", "added Observation.component[0].valueQuantity.value  >120"}},
		"a value that is elsewhere": {observation(systolic, diastolic), observation(strings.Replace(diastolic, "80}", "81}", 1)), false, []string{"removed Observation.component[0].code.coding[0].code  8480-6>", "removed Observation.component[0].valueQuantity.value  120>",
			"changed Observation.component[0].valueQuantity.value Observation.component[1].valueQuantity.value 80>81"}},
		"JSON and XML say the same":    {`{"resourceType":"Device","serialNumber":"S1"}`, `<Device xmlns="http://hl7.org/fhir"><serialNumber value="S1"/></Device>`, false, nil},
		"bytes that are no text":       {"MSH|^~\\&|A\xe4\r", "MSH|^~\\&|A\xf6\r", false, []string{"changed MSH.3  *"}},
		"an analyser's records":        {"H|\\^&|||AN\rR|1|^^^GLU|5.4|mmol/L\rL|1|N\r", "H|\\^&|||AN\rR|1|^^^GLU|5.5|mmol/L\rL|1|N\r", false, []string{"changed R.4  5.4>5.5"}},
		"what is too long to be shown": {`{"resourceType":"Device","serialNumber":"` + long + `x"}`, `{"resourceType":"Device","serialNumber":"` + long + `y"}`, false, []string{"changed Device.serialNumber  *"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := CompareMessages([]byte(tt.was), []byte(tt.is), tt.patients)
			if err != nil || got.Partly != "" {
				t.Fatalf("got %v, partly %q", err, got.Partly)
			}
			var lines []string
			for i, c := range got.Changes {
				line := fmt.Sprintf("%s %s %s %s>%s", c.Op, c.Path, c.OldPath, c.Old, c.New)
				if i < len(tt.want) && strings.HasSuffix(tt.want[i], " *") && c.Old != "" && c.New != "" {
					line = fmt.Sprintf("%s %s %s *", c.Op, c.Path, c.OldPath)
				}
				lines = append(lines, line)
			}
			if strings.Join(lines, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(tt.want, "\n"))
			}
			if len(tt.want) == 0 && got.Same == 0 {
				t.Error("nothing was compared")
			}
		})
	}
	for name, tt := range map[string]struct{ was, is, want string }{
		"two formats":     {head, observation(), "compare messages of one format"},
		"no message":      {head, "hello", "the new is none of the formats"},
		"an empty file":   {"", head, "the old"},
		"a broken object": {observation(), `{"resourceType":"Observation",`, "the new"},
	} {
		if _, err := CompareMessages([]byte(tt.was), []byte(tt.is), false); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// What is damaged or too large is compared as far as it can be read, and said.
func TestCompareMessagesSaysWhatItCouldNotCompare(t *testing.T) {
	var big strings.Builder
	big.WriteString("MSH|^~\\&|A|B|C|D|20260301||ORU^R01^ORU_R01|1|P|2.6\r")
	for i := range MostShown {
		fmt.Fprintf(&big, "OBX|%d|NM|1|%d|5\r", i, i)
	}
	got, err := CompareMessages([]byte(big.String()), []byte(strings.ReplaceAll(big.String(), "|5\r", "|6\r")), false)
	if err != nil || !strings.Contains(got.Partly, "only the first") || len(got.Changes) == 0 || got.Changes[0].Op != "changed" {
		t.Errorf("got %d changes, partly %q, %v", len(got.Changes), got.Partly, err)
	}
	set := dicom.Set{dicom.TextAttribute(0x00080016, "1.2.840.10008.5.1.4.1.1.2"), dicom.TextAttribute(0x00080018, "1.2.3"), {Tag: 0x7FE00010, VR: dicom.OW, Value: make([]byte, 400)}}
	raw, err := dicom.Writer{}.File(set, dicom.SyntaxOf("1.2.840.10008.1.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err = CompareMessages(raw, raw[:len(raw)-100], false); err != nil || !strings.Contains(got.Partly, "the new is damaged") {
		t.Errorf("got %+v, %v", got, err)
	}
	pixel := append([]byte{}, raw...)
	pixel[len(pixel)-7] = 1
	if got, err = CompareMessages(raw, pixel, false); err != nil || got.Partly != "" || len(got.Changes) != 1 || got.Changes[0].Path != "(7FE0,0010)" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzCompareMessages(f *testing.F) {
	f.Add([]byte("MSH|^~\\&|A\rOBX|1|NM|1||2\r"), []byte("MSH|^~\\&|A\rOBX|1|NM|1||3\rOBX|2|NM|1||3\r"))
	f.Add([]byte(`{"resourceType":"Device","udiCarrier":[{"issuer":"a"}]}`), []byte(`{"resourceType":"Device"}`))
	f.Fuzz(func(t *testing.T, was, is []byte) {
		got, err := CompareMessages(was, is, false)
		if err != nil {
			return
		}
		back, err := CompareMessages(is, was, false)
		if err != nil || (len(got.Changes) == 0) != (len(back.Changes) == 0) {
			t.Errorf("one way %d changes, the other %d, %v", len(got.Changes), len(back.Changes), err)
		}
		if same, _ := CompareMessages(was, was, false); len(same.Changes) > 0 {
			t.Errorf("a message differs from itself: %+v", same.Changes)
		}
	})
}
