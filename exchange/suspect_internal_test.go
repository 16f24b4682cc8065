package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/format/hl7"
)

var (
	thatDay   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	withdrawn = Suspicion{Recall: "recall_1", Device: "dev_1", Cause: "mis-set", Treatment: Withdraw, From: thatDay.Add(-time.Hour), Until: thatDay, Reason: "the rate was wrong", By: "Ada", At: thatDay}
	corrected = Suspicion{Recall: "recall_2", Device: "dev_1", Cause: "clock", Treatment: Amend, Shift: -time.Hour, From: thatDay.Add(-time.Hour), Until: thatDay, Reason: "an hour ahead", By: "Ada", At: thatDay}
)

// again applies s to a body of a format.
func again(t *testing.T, s Suspicion, f Format, body string) (string, error) {
	t.Helper()
	out := Outgoing{Message: "msg_1", Format: f, Body: []byte(body), Hash: "ab", Facts: Facts{ControlID: "C1"}}
	err := s.apply(&out, thatDay)
	return string(out.Body), err
}

func TestAnHL7MessageIsWithdrawnOrCorrected(t *testing.T) {
	const head = "MSH|^~\\&|P|I|B|H|20260301090000||ORU^R01|C1|P|2.6"
	for what, c := range map[string]struct {
		s         Suspicion
		body      string
		has, lack []string
	}{
		"each result is marked as wrong, whatever it was": {withdrawn, head + "\rOBR|1||1|VOL\rOBX|1|NM|VOL||250|mL|||||F|||20260301090000\rOBX|2|NM|RATE||25|mL/h|||||R\r",
			[]string{"|250|mL|||||W|||20260301090000", "|25|mL/h|||||W", "NTE|1||Data of device dev_1"}, []string{"|||||F", "|||||R"}},
		"a row without a result stays one": {withdrawn, head + "\rOBX|1||69965^MDS|1.0.0.0|||||||X\rOBX|2|NM|A|1.1.1.1|1||||||R\r",
			[]string{"|1.0.0.0|||||||X\r", "|1.1.1.1|1||||||W\r"}, nil},
		"times are put right, with their precision and zone": {corrected, head + "\rOBR|1||1|VOL|||202603010900|20260301093000.25+0100\rOBX|1|NM|A||1||||||F|||2026030109||||| 20260301090000\r",
			[]string{"|||202603010800|20260301083000.25+0100", "|||2026030108|", "||||||C|"}, []string{"|||||||F"}},
		"a date alone has no hour to put right":               {corrected, head + "\rOBX|1|NM|A||1||||||F|||20260301\r", []string{"|C|||20260301\r"}, nil},
		"what stands behind a time stays":                     {corrected, head + "\rOBX|1|NM|A||1||||||F|||20260301090000^S^more\r", []string{"|C|||20260301080000^S^more\r"}, nil},
		"other delimiters":                                    {withdrawn, "MSH*:?!$*P*I*B*H*2026**ORU:R01*C1*P*2.6\rOBX*1*NM*A**1******F\rNTE*1**x\r", []string{"OBX*1*NM*A**1******W\r", "NTE*1**x\r"}, nil},
		"a note is added behind a note, and only there":       {withdrawn, head + "\rOBX|1|NM|A||1||||||F\rNTE|1||x\rSPM|1\r", []string{"NTE|1||x\rSPM|1\r"}, []string{"Data of device"}},
		"a message that declares no UTF-8 gets plain letters": {Suspicion{Treatment: Withdraw, Cause: "other", Reason: "Gerät", Recall: "recall_3"}, head + "\rOBX|1|NM|A||1||||||F\r", []string{"Ger?t"}, []string{"Gerät"}},
		"one that does gets all":                              {Suspicion{Treatment: Withdraw, Cause: "other", Reason: "Gerät", Recall: "recall_3"}, head + "||||||UNICODE UTF-8\rOBX|1|NM|A||1||||||F\r", []string{"Gerät"}, nil},
	} {
		got, err := again(t, c.s, HL7v2, c.body)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for _, w := range c.has {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is missing in\n%q", what, w, got)
			}
		}
		for _, w := range c.lack {
			if strings.Contains(got, w) {
				t.Errorf("%s: %q stands in\n%q", what, w, got)
			}
		}
		if strings.Contains(got, "|C1|") || !strings.Contains(got, "20260302120000+0000") {
			t.Errorf("%s: it is named as the message it is of: %q", what, got)
		}
		if twice, err := again(t, c.s, HL7v2, c.body); err != nil || twice != got {
			t.Errorf("%s: a second attempt sends something else", what)
		}
	}
}

func TestWhatHoldsNoResultIsToldByAPerson(t *testing.T) {
	for what, c := range map[string]struct {
		f    Format
		body string
	}{
		"an admission":                {HL7v2, "MSH|^~\\&|A|B|C|D|2026||ADT^A01|C1|P|2.5\rPID|1||1\r"},
		"what is no HL7":              {HL7v2, "nothing"},
		"an image":                    {DICOM, "DICM"},
		"a patient":                   {FHIR, `{"resourceType":"Patient","id":"1"}`},
		"what is no JSON":             {FHIR, `{"resourceType":`},
		"a result nobody knows again": {FHIR, `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Observation","status":"final"},"request":{"method":"POST","url":"Observation"}}]}`},
	} {
		got, err := again(t, withdrawn, c.f, c.body)
		if err == nil || got != c.body && len(got) > 0 {
			t.Errorf("%s: got %q, %v", what, got, err)
		}
	}
}

func TestFHIRIsWithdrawnOrCorrectedUnderItsOwnName(t *testing.T) {
	for what, c := range map[string]struct {
		s         Suspicion
		body      string
		has, lack []string
	}{
		"one resource": {withdrawn, `{"resourceType":"Observation","id":"o1","status":"final","valueQuantity":{"value":1.10}}`,
			[]string{`"url":"Observation/o1"`, `"status":"entered-in-error"`, `"value":1.10`, `"code":"NULLIFY"`}, []string{`"final"`}},
		"one that a FHIR door named":                  {withdrawn, `{"resourceType":"Observation","status":"final"}`, nil, nil},
		"times, in every form":                        {corrected, `{"resourceType":"Observation","id":"o1","status":"final","effectivePeriod":{"start":"2026-03-01T09:00:00+01:00","end":"2026-03-01T10:00:00.5Z"},"issued":"2026-03-01T09:00:00Z"}`, []string{`"start":"2026-03-01T08:00:00+01:00"`, `"end":"2026-03-01T09:00:00.5Z"`, `"issued":"2026-03-01T08:00:00Z"`, `"status":"corrected"`, `"code":"UPDATE"`}, nil},
		"a date has no hour":                          {corrected, `{"resourceType":"Observation","id":"o1","status":"final","effectiveDateTime":"2026-03-01"}`, []string{`"effectiveDateTime":"2026-03-01"`}, nil},
		"a status that does not know corrected stays": {corrected, `{"resourceType":"ImagingStudy","id":"i1","status":"available","started":"2026-03-01T09:00:00Z"}`, []string{`"status":"available"`, `"started":"2026-03-01T08:00:00Z"`}, nil},
		"a condition becomes an address": {withdrawn, `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Observation","status":"final"},"request":{"method":"POST","url":"Observation","ifNoneExist":"identifier=a|1"}}]}`,
			[]string{`"method":"PUT"`, `"url":"Observation?identifier=a|1"`, `"reference":"urn:uuid:1"`}, []string{"ifNoneExist", "POST"}},
		"an identifier becomes an address": {withdrawn, `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Observation","status":"final","identifier":[{"system":"urn:a","value":"b&c"}]},"request":{"method":"POST","url":"Observation"}}]}`,
			[]string{`Observation?identifier=urn%3Aa%7Cb%26c`}, nil},
		"who it is about stays": {withdrawn, `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient","id":"p1","active":true},"request":{"method":"POST","url":"Patient"}},{"resource":{"resourceType":"Observation","id":"o1","status":"final"},"request":{"method":"PUT","url":"Observation/o1"}}]}`,
			[]string{`{"request":{"method":"POST","url":"Patient"},"resource":{"active":true,"id":"p1","resourceType":"Patient"}}`}, nil},
	} {
		out := Outgoing{Message: "msg_1", Format: FHIR, Body: []byte(c.body), Facts: Facts{ControlID: "Observation/given/1"}}
		if err := c.s.apply(&out, thatDay); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		got := strings.ReplaceAll(string(out.Body), `\u0026`, "&")
		if what == "one that a FHIR door named" {
			c.has = []string{`"url":"Observation/given"`, `"id":"given"`}
		}
		for _, w := range c.has {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %s is missing in\n%s", what, w, got)
			}
		}
		for _, w := range c.lack {
			if strings.Contains(got, w) {
				t.Errorf("%s: %s stands in\n%s", what, w, got)
			}
		}
	}
}

// changedHL7 names what a re-issue changed of a message that it was not told
// to change.
func changedHL7(s Suspicion, before, after []byte) (all []string) {
	was, err := hl7.Parse(before)
	if err != nil {
		return nil
	}
	now, err := hl7.Parse(after)
	if err != nil {
		return []string{"it can no longer be read: " + err.Error()}
	}
	if more := now.Len() - was.Len(); more < 0 || more > 1 || more == 1 && now.Segment(now.Len()-1).Name() != "NTE" {
		return []string{fmt.Sprintf("%d segments became %d", was.Len(), now.Len())}
	}
	told := func(segment string, n int) bool {
		shifts := s.Treatment == Amend && s.Shift != 0
		switch segment {
		case "MSH":
			return n == 7 || n == 10
		case "OBX":
			return n == 11 || shifts && (n == 14 || n == 19)
		case "OBR":
			return n == 25 || shifts && (n == 7 || n == 8)
		}
		return false
	}
	for i := range was.Len() {
		a, b := was.Segment(i), now.Segment(i)
		if a.Name() != b.Name() {
			return append(all, fmt.Sprintf("segment %d is %s and was %s", i, b.Name(), a.Name()))
		}
		for n := 1; n <= max(a.Fields(), b.Fields()); n++ {
			before, after := a.Field(n).Bytes(), b.Field(n).Bytes()
			if bytes.Equal(before, after) {
				continue
			}
			if first := a.Name() == "MSH" && i == 0; !told(a.Name(), n) || a.Name() == "MSH" && !first {
				all = append(all, fmt.Sprintf("%s-%d was %q and is %q", a.Name(), n, before, after))
				continue
			}
			// Of a time only the first component is another.
			if x, y := a.Field(n), b.Field(n); a.Name() != "MSH" && n != 11 && n != 25 && !bytes.Equal(behind(x.Bytes(), was.Delimiters().Component), behind(y.Bytes(), was.Delimiters().Component)) {
				all = append(all, fmt.Sprintf("%s-%d was %q and is %q", a.Name(), n, before, after))
			}
		}
	}
	return all
}

func behind(b []byte, sep byte) []byte {
	if i := bytes.IndexByte(b, sep); i >= 0 && sep != 0 {
		return b[i:]
	}
	return nil
}

// changedFHIR does the same for FHIR.
func changedFHIR(s Suspicion, before, after []byte) (all []string) {
	read := func(b []byte) (v map[string]any) {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return nil
		}
		return v
	}
	was, now := read(before), read(after)
	if now == nil {
		return []string{"it can no longer be read"}
	}
	then := []any{map[string]any{"resource": was}}
	if was["resourceType"] == "Bundle" {
		then, _ = was["entry"].([]any)
		for name := range was {
			if name != "entry" && !reflect.DeepEqual(was[name], now[name]) {
				all = append(all, "the bundle's "+name)
			}
		}
	}
	entries, _ := now["entry"].([]any)
	if len(entries) != len(then)+1 {
		return append(all, fmt.Sprintf("%d entries became %d", len(then), len(entries)))
	}
	for i := range then {
		a, _ := then[i].(map[string]any)
		b, _ := entries[i].(map[string]any)
		if a == nil || b == nil {
			if !reflect.DeepEqual(then[i], entries[i]) {
				all = append(all, fmt.Sprintf("entry %d", i))
			}
			continue
		}
		all = append(all, changedEntry(s, i, a, b, was["resourceType"] != "Bundle")...)
	}
	return all
}

var toldTimes = []string{"effectiveDateTime", "effectiveInstant", "performedDateTime", "issued", "started", "sent", "effectivePeriod", "performedPeriod"}

func changedEntry(s Suspicion, i int, a, b map[string]any, alone bool) (all []string) {
	was, _ := a["resource"].(map[string]any)
	now, _ := b["resource"].(map[string]any)
	typ, _ := was["resourceType"].(string)
	_, result := withdrawable(typ)
	for _, name := range keysOf(a, b) {
		if name == "resource" || result && name == "request" {
			continue // how it is put is told
		}
		if !alone && !reflect.DeepEqual(a[name], b[name]) {
			all = append(all, fmt.Sprintf("entry %d: %s", i, name))
		}
	}
	for _, name := range keysOf(was, now) {
		told := result && (name == "status" || s.Treatment == Amend && slices.Contains(toldTimes, name)) || alone && name == "id" && (was["id"] == nil || was["id"] == "")
		if !told && !reflect.DeepEqual(was[name], now[name]) {
			all = append(all, fmt.Sprintf("entry %d: %s %s was %v and is %v", i, typ, name, was[name], now[name]))
		}
	}
	return all
}

func keysOf(of ...map[string]any) (all []string) {
	for _, m := range of {
		for k := range m {
			if !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	return all
}

// FuzzReissue holds that a re-issue never changes what it was not told to
// change, and never panics, whatever was sent.
func FuzzReissue(f *testing.F) {
	for _, pattern := range []string{"../server/testdata/messages/*.hl7", "../format/hl7/testdata/*.hl7", "../need/testdata/*", "../../shared/testdata/exchange/synthetic/*.hl7", "../../shared/testdata/exchange/hl7v2/ms-fhir-converter/*/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files[:min(len(files), 40)] {
			if text, err := os.ReadFile(name); err == nil && len(text) < 100_000 {
				f.Add(text, int64(-3600), true)
				f.Add(text, int64(0), false)
			}
		}
	}
	f.Add([]byte("MSH|^~\\&|P|I|B|H|2026||ORU^R01|C1|P|2.6\rOBR|1||1|V|||20260301^S|x\rOBX|1|NM|A||1||||||F~P|||20260301090000^S&T~2026||||\\F\\|2026\rNTE|\r"), int64(90), true)
	f.Add([]byte(`{"resourceType":"Bundle","type":"batch","id":"<b&>","entry":[null,1,{"resource":{"resourceType":"Observation","id":"o","status":{"a":1},"effectivePeriod":[1],"value":1e400,"issued":"2026-03-01T09:00:00Z"}},{"request":{"method":"GET","url":"x"}}]}`), int64(5), true)
	f.Fuzz(func(t *testing.T, body []byte, shift int64, amend bool) {
		s := withdrawn
		if amend {
			s = corrected
			s.Shift = time.Duration(shift%1_000_000_000) * time.Second
		}
		for _, format := range []Format{HL7v2, FHIR} {
			out := Outgoing{Message: "msg_1", Format: format, Body: bytes.Clone(body), Facts: Facts{ControlID: "Observation/1"}}
			if s.apply(&out, thatDay) != nil {
				continue
			}
			changed := changedHL7
			if format == FHIR {
				changed = changedFHIR
			}
			if all := changed(s, body, out.Body); len(all) > 0 {
				t.Errorf("%s %v: %q\nwas %q\nnow %q", s.Treatment, s.Shift, all, body, out.Body)
			}
		}
	})
}
