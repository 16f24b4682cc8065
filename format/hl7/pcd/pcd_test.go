package pcd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bedrail/format/hl7"
)

const synthetic = "../../../../shared/testdata/exchange/synthetic"

// truth is a row of ground-truth.json.
type truth struct {
	File      string   `json:"file"`
	Ack       []string `json:"ack"`
	Issues    []string `json:"issues"`
	ReceiveAt string   `json:"receive_at"`
	Err3      []string `json:"err3"`
	Alarm     *struct{ Phase, State, Priority, Kind, Source string }
}

// rules returns the rule of each issue of a truth: what stands before the
// colon or blank.
func (t truth) rules() []string {
	var out []string
	for _, text := range t.Issues {
		rule, _, _ := strings.Cut(text, ":")
		rule, _, _ = strings.Cut(rule, " ")
		out = append(out, rule)
	}
	slices.Sort(out)
	return out
}

func newValidator(t testing.TB) *Validator {
	t.Helper()
	v, err := NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGroundTruth(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(synthetic, "ground-truth.json"))
	if err != nil {
		t.Skip("needs ../shared/testdata/exchange/synthetic, not there")
	}
	var rows []truth
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	v := newValidator(t)
	for _, row := range rows {
		if !strings.HasSuffix(row.File, ".hl7") {
			continue
		}
		t.Run(row.File, func(t *testing.T) {
			var line hl7.Sequence
			if row.File == "pcd01-dup.hl7" || row.File == "pcd01-same-id-different-body.hl7" {
				line.Check(parse(t, "pcd01-ok.hl7"), nil)
			}
			m := parse(t, row.File)
			received := time.Time{}
			if row.ReceiveAt != "" {
				if received, err = time.Parse(time.RFC3339, row.ReceiveAt); err != nil {
					t.Fatal(err)
				}
			}
			issues := judge(v, m, received)
			issues = line.Check(m, issues)
			var got []string
			for _, i := range issues {
				got = append(got, i.Rule)
				if i.Text == "" || i.Start > i.End || i.End > len(m.Bytes()) {
					t.Errorf("issue without text or place: %+v", i)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, row.rules()) {
				t.Errorf("got %q, want %q\n%+v", got, row.rules(), issues)
			}
			checkAnswer(t, m, v, row)
			checkAlarm(t, m, row)
		})
	}
}

func judge(v *Validator, m *hl7.Message, received time.Time) []hl7.Issue {
	if p := ProfileOf(m); p != "" {
		return v.Validate(m, p, received, nil)
	}
	return v.Base.Validate(m, nil)
}

func parse(t *testing.T, file string) *hl7.Message {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(synthetic, file))
	if err != nil {
		t.Fatal(err)
	}
	f := hl7.Split(b)
	for _, p := range f.Parts {
		if p.Kind == "MSH" {
			m, err := hl7.Parse(b[p.Start:p.End])
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
	t.Fatalf("%s holds no message", file)
	return nil
}

func checkAnswer(t *testing.T, m *hl7.Message, v *Validator, row truth) {
	t.Helper()
	if len(row.Ack) == 0 {
		return
	}
	header := v.Base.Header(m, nil)
	out := hl7.OutcomeOf(header)
	want := m.Expected(out)
	answer := hl7.Answer{Outcome: out, Commit: want.Commit, ControlID: "A1", At: time.Date(2026, 3, 1, 10, 15, 0, 0, time.UTC), Issues: header}
	if !want.Commit && !want.Application {
		t.Fatalf("nothing would be answered")
	}
	ack := string(hl7.Acknowledge(m, answer))
	code := ack[strings.Index(ack, "\rMSA")+5:][:2]
	if !slices.Contains(row.Ack, code) {
		t.Errorf("got %s, want one of %q\n%q", code, row.Ack, ack)
	}
	for _, e := range row.Err3 {
		if !strings.Contains(ack, "ERR||") || !strings.Contains(ack, "|"+e+"^^HL70357|") {
			t.Errorf("got %q, want ERR-3 %s", ack, e)
		}
	}
	back, err := hl7.Parse([]byte(ack))
	if err != nil {
		t.Fatalf("the answer cannot be read: %v\n%q", err, ack)
	}
	for _, i := range v.Base.Validate(back, nil) {
		if i.Location != "MSA.2" || !m.Segment(0).Field(10).Empty() { // there may be no id to name
			t.Errorf("the answer is not valid itself: %+v\n%q", i, ack)
		}
	}
}

func checkAlarm(t *testing.T, m *hl7.Message, row truth) {
	t.Helper()
	if row.Alarm == nil {
		return
	}
	a, ok := AlarmOf(m)
	if !ok || a.Phase != row.Alarm.Phase || a.State != row.Alarm.State || a.Priority != row.Alarm.Priority || a.Kind != row.Alarm.Kind || a.Source != row.Alarm.Source {
		t.Errorf("got %+v, %v, want %+v", a, ok, *row.Alarm)
	}
}

func TestRows(t *testing.T) {
	v := newValidator(t)
	cases := map[string]struct {
		rows string
		want []string
	}{
		"a local letter for a unit is not judged":            {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37.0|C|||||R\r", nil},
		"a unit in UCUM is compared":                         {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37.0|C^coulomb^UCUM|||||R\r", []string{RuleUnitDimension}},
		"a unit that UCUM does not know":                     {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37.0|percent??^^UCUM|||||R\r", []string{RuleNomenclature}},
		"a metric in the place of a unit":                    {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37.0|150456^MDC_PULS_OXIM_SAT_O2^MDC|||||R\r", []string{RuleNomenclature}},
		"a second name of the same code is no contradiction": {"OBX|1|NM|157916^MDC_TIME_PD_REMAIN^MDC|1.1.1.1|60|264320^MDC_DIM_X_SEC^MDC|||||R\r", nil},
		"a name that nobody knows beside a known code":       {"OBX|1|NM|150456^MDC_SPO2^MDC|1.1.1.1|97|262688^MDC_DIM_PERCENT^MDC|||||R\r", []string{RuleNomenclature}},
		"a lead of the ECG under the name of a pleth":        {"OBX|1|NA|131330^MDC_PULS_OXIM_PLETH^MDC|1.1.1.1|1^2|262688^MDC_DIM_PERCENT^MDC|||||R\r", []string{RuleNomenclature}},
		"a volume in a flow's unit":                          {"OBX|1|NM|157872^MDC_VOL_FLUID_TBI_REMAIN^MDC|1.1.1.1|60|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||R\r", []string{RuleUnitDimension}},
		"an unknown code is no error":                        {"OBX|1|NM|199999^MDC_NEW^MDC|1.1.1.1|1|299999^MDC_DIM_NEW^MDC|||||R\r", nil},
		"a unit in the place of an observation":              {"OBX|1|NM|262688^MDC_DIM_PERCENT^MDC|1.1.1.1|1|262688^MDC_DIM_PERCENT^MDC|||||R\r", []string{RuleNomenclature}},
		"a value beside the flag that there is none":         {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37|268192^MDC_DIM_DEGC^MDC||NAV|||X\r", []string{RuleStatus}},
		"an invalid value that is reported as a result":      {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1||268192^MDC_DIM_DEGC^MDC||INV|||R\r", []string{RuleStatus}},
		"no value and no reason":                             {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1||268192^MDC_DIM_DEGC^MDC|||||R\r", []string{RuleStatus}},
		"an invalid number is not called implausible":        {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|99|268192^MDC_DIM_DEGC^MDC||INV|||X\r", nil},
		"personal devices leave levels out":                  {"OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X\rOBX|2|NM|150344^MDC_TEMP^MDC|1.0.0.1|37|268192^MDC_DIM_DEGC^MDC|||||R\r", nil},
		"an EUI-64 of zeros":                                 {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37|268192^MDC_DIM_DEGC^MDC|||||R|||||||1^^0000000000000000^EUI-64\r", []string{RuleIdentity}},
		"a place that is none":                               {"OBX|1|NM|150344^MDC_TEMP^MDC|top|37|268192^MDC_DIM_DEGC^MDC|||||R\r", []string{RuleContainment}},
		"a second group has places of its own":               {"OBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37|268192^MDC_DIM_DEGC^MDC|||||R\rOBR|2||2|1\rOBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37|268192^MDC_DIM_DEGC^MDC|||||R\r", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m, err := hl7.Parse([]byte("MSH|^~\\&|A|B|C|D|20260301101500+0000||ORU^R01^ORU_R01|1|P|2.6\rPID|||7^^^H||A^B\rOBR|1||1|1\r" + c.rows))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range v.Validate(m, Observation, time.Time{}, nil) {
				got = append(got, i.Rule)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// ward is a PCD-01 message of usual size: a monitor with five subsystems.
func ward() []byte {
	var b strings.Builder
	b.WriteString("MSH|^~\\&|MON^0025DF0000A10001^EUI-64|WARD7|GW^00A0C9FFFE000001^EUI-64|HOSP|20260301101500+0000||ORU^R01^ORU_R01|G0001|P|2.6|||AL|NE||UNICODE UTF-8|EN^English^ISO639||IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO\r" +
		"PID|||MRN10001^^^HOSP^MR||Test^Alpha^^^^^L||19700102|F\rPV1||I|ICU^7^1^HOSP\r" +
		"OBR|1|9001^MON^0025DF0000A10001^EUI-64|9001^MON^0025DF0000A10001^EUI-64|182777000^monitoring of patient^SCT|||20260301101500.000+0000|20260301101501.000+0000\r" +
		"OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||0025DF0000A10001^^0025DF0000A10001^EUI-64\r" +
		"OBX|2||69798^MDC_DEV_PULS_OXIM_VMD^MDC|1.6.0.0|||||||X|||||||0025DF0000A10001^^0025DF0000A10001^EUI-64\rOBX|3||69799^MDC_DEV_PULS_OXIM_CHAN^MDC|1.6.1.0|||||||X|||||||0025DF0000A10001^^0025DF0000A10001^EUI-64\r")
	for i := range 12 {
		b.WriteString("OBX|" + strconv.Itoa(i+4) + "|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.6.1." + strconv.Itoa(i+1) + "|97|262688^MDC_DIM_PERCENT^MDC|90-100||||R|||20260301101500.000+0000||||0025DF0000A10001^^0025DF0000A10001^EUI-64\r")
	}
	return []byte(b.String())
}

func BenchmarkParseAndValidatePCD01(b *testing.B) {
	v := newValidator(b)
	raw := ward()
	m := new(hl7.Message)
	var issues []hl7.Issue
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	began := processor(b)
	defer func() { b.ReportMetric(float64(b.N)/(processor(b)-began).Seconds(), "msg/CPU-s") }()
	for b.Loop() {
		if err := m.Reset(raw, hl7.Limits{}); err != nil {
			b.Fatal(err)
		}
		issues = v.Validate(m, ProfileOf(m), time.Time{}, issues[:0])
		if len(issues) > 0 {
			b.Fatalf("%+v", issues)
		}
	}
}

// processor returns the processor time that the test has used, which other
// work on the machine does not change.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
