package pcd

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/format/hl7"
)

// Each rule of a transaction, once kept and once broken. %s in the header is
// MSH-9 and MSH-21.
func TestTransactionRules(t *testing.T) {
	header := func(kind, oid string) string {
		return "MSH|^~\\&|PUMP^0012210000000000^EUI-64|B|C|D|20260301101500+0000||" + kind + "|1|P|2.6|||AL|NE|||||IHE^IHE PCD^" + deviceOID + "." + oid + "^ISO\rPID|||7^^^H||A^B\r"
	}
	const alarm = "OBR|1|1^P|1^P|196616^MDC_EVT_ALARM^MDC|||20260301101500+0000\r"
	facets := func(phase, state, quiet, flags string) string {
		return "OBX|1|CWE|196616^MDC_EVT_ALARM^MDC|1.0.0.0.1|196940^MDC_EVT_FLUID_LINE_OCCL^MDC^^^^^^Occlusion|||" + flags + "|||F\r" +
			"OBX|2|CWE|68480^MDC_ATTR_ALERT_SOURCE^MDC|1.0.0.0.2|69985^MDC_DEV_PUMP_INFUS_MDS^MDC||||||F\r" +
			"OBX|3|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.0.0.0.3|" + phase + "||||||F\rOBX|4|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.0.0.0.4|" + state + "||||||F\r" +
			"OBX|5|ST|68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC|1.0.0.0.5|" + quiet + "||||||F\r"
	}
	pump := func(event, source, device string) string {
		text := "OBR|1|1^P|1^P|2222^Dopamine|||20260301101500+0000\rOBX|1||70049^MDC_DEV_PUMP_INFUS_LVP_MDS^MDC|1.0.0.0|||||||X|||||||" + device + "\r"
		if event != "" {
			text += "OBX|2|CWE|68487^MDC_ATTR_EVT_COND^MDC|1.0.0.2|" + event + "||||||R\r"
		}
		if source != "" {
			text += "OBX|3|ST|68488^MDC_ATTR_EVT_SOURCE^MDC|1.0.0.3|" + source + "||||||R\r"
		}
		return text + "OBX|4||70050^MDC_DEV_PUMP_INFUS_LVP_VMD^MDC|1.1.0.0|||||||X\rOBX|5||70067^MDC_DEV_PUMP_DELIVERY_INFO^MDC|1.1.1.0|||||||X\r" +
			"OBX|6|CWE|184519^MDC_PUMP_INFUSING_STATUS^MDC|1.1.1.1|^pump-status-infusing||||||R\rOBX|7|NM|158014^MDC_FLOW_FLUID_PUMP_CURRENT^MDC|1.1.1.2|12.5|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||R\r" +
			"OBX|8|CWE|158016^MDC_DEV_PUMP_ACTIVE_SOURCES^MDC|1.1.1.3|^pump-source-info-primary||||||R\rOBX|9||70071^MDC_DEV_PUMP_INFUSATE_SOURCE_PRIMARY^MDC|1.1.2.0|||||||X\r" +
			"OBX|10|CWE|158005^MDC_DEV_PUMP_CURRENT_DELIVERY_STATUS^MDC|1.1.2.1|^pump-delivery-status-not-delivering||||||R\rOBX|11|CWE|158008^MDC_DEV_PUMP_PROGRAM_DELIVERY_MODE^MDC|1.1.2.2|^pump-program-delivery-mode-continuous||||||R\r" +
			"OBX|12|ST|158012^MDC_DEV_PUMP_SOURCE_CHANNEL_LABEL^MDC|1.1.2.3|A||||||R\r"
	}
	const eui = "E1^^0012210000000000^EUI-64"
	const started = "197288^MDC_EVT_PUMP_DELIV_START^MDC"
	cases := map[string]struct {
		text string
		want []string
	}{
		"an alarm as the transaction has it":              {header("ORU^R40^ORU_R40", "1.4.1") + alarm + facets("start", "active", "enabled", "PH~ST"), nil},
		"the other OID in use for alarms":                 {header("ORU^R40^ORU_R40", "4.4") + alarm + facets("start", "active", "enabled", "PH~ST"), nil},
		"an alarm that claims to be an observation":       {header("ORU^R40^ORU_R40", "1.1.1") + alarm + facets("start", "active", "enabled", "PH~ST"), []string{RuleClaim}},
		"an observation that claims to be an alarm":       {header("ORU^R01^ORU_R01", "1.4.1") + "OBR|1||1|1\rOBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37|268192^MDC_DIM_DEGC^MDC|||||R\r", []string{RuleClaim}},
		"a claim to be what is no HL7 message":            {header("ORU^R40^ORU_R40", "1.6.1") + alarm + facets("start", "active", "enabled", "PH~ST"), []string{RuleDissemination}},
		"a phase that is none":                            {header("ORU^R40^ORU_R40", "1.4.1") + alarm + facets("begin", "active", "enabled", "PH~ST"), []string{RuleAlarmValue}},
		"an alarm that is of nobody":                      {header("ORU^R40^ORU_R40", "1.4.1") + alarm + facets("start", "active", "enabled", "PH"), []string{RuleAlarmKind}},
		"an alarm that ends without naming its beginning": {header("ORU^R40^ORU_R40", "1.4.1") + alarm + facets("end", "inactive", "enabled", "PH~ST"), []string{RuleAlarmParent}},
		"an alarm that ends and names its beginning":      {header("ORU^R40^ORU_R40", "1.4.1") + strings.TrimSuffix(alarm, "\r") + strings.Repeat("|", 22) + "^27&P\r" + facets("end", "inactive", "enabled", "PH~ST"), nil},
		"an answer that names the alarm's message":        {header("ORA^R41^ORA_R41", "1.5.1")[:strings.Index(header("ORA^R41^ORA_R41", "1.5.1"), "PID")] + "MSA|AA|77\r", nil},
		"an answer that names nothing":                    {header("ORA^R41^ORA_R41", "1.5.1")[:strings.Index(header("ORA^R41^ORA_R41", "1.5.1"), "PID")] + "MSA|AA|\r", []string{RuleAnswerOf, hl7.RuleRequired}},
		"a pump that began to deliver":                    {header("ORU^R42^ORU_R01", "1.10.1") + pump(started, "1.1.2.0", eui), nil},
		"an event by its name alone":                      {header("ORU^R42^ORU_R01", "4.10") + strings.Replace(pump("0^MDC_EVT_PUMP_DELIV_START^MDC", "1.1.2.0", eui), "68487^", "0^", 1), []string{RuleNomenclature}},
		"a delivery that began without its rate":          {header("ORU^R42^ORU_R01", "4.10") + strings.Replace(pump(started, "1.1.2.0", eui), "158014^MDC_FLOW_FLUID_PUMP_CURRENT", "157784^MDC_FLOW_FLUID_PUMP", 1), []string{RuleEventWith}},
		"a delivery that ended without volume or reason":  {header("ORU^R42^ORU_R01", "4.10") + pump("197292^MDC_EVT_PUMP_DELIV_COMP^MDC", "1.1.2.0", eui), []string{RuleEventWith}},
		"two events in one message":                       {header("ORU^R42^ORU_R01", "4.10") + pump(started, "1.1.2.0", eui) + "OBX|20|CWE|68487^MDC_ATTR_EVT_COND^MDC|1.0.0.9|" + started + "||||||R\r", []string{RuleEvent}},
		"an alarm of nothing":                             {header("ORU^R40^ORU_R40", "1.4.1") + alarm + strings.Replace(facets("start", "active", "enabled", "PH~ST"), "1.0.0.0.2|", "1.0.0.0.6|", 1), []string{RuleAlarm}},
		"a pump event without the event":                  {header("ORU^R42^ORU_R01", "1.10.1") + pump("", "1.1.2.0", eui), []string{RuleEvent, RuleEventSource}},
		"a measurement in the place of the event":         {header("ORU^R42^ORU_R01", "1.10.1") + pump("157784^MDC_FLOW_FLUID_PUMP^MDC", "1.1.2.0", eui), []string{RuleEvent}},
		"an event under another name":                     {header("ORU^R42^ORU_R01", "1.10.1") + pump("197288^MDC_EVT_PUMP_DELIV_COMP^MDC", "1.1.2.0", eui), []string{RuleNomenclature}},
		"an event of no part":                             {header("ORU^R42^ORU_R01", "1.10.1") + pump(started, "", eui), []string{RuleEventSource}},
		"an event of a part that nobody declared":         {header("ORU^R42^ORU_R01", "1.10.1") + pump(started, "1.1.3.0", eui), []string{RuleEventSource}},
		"an event of no pump in particular":               {header("ORU^R42^ORU_R01", "1.10.1") + pump(started, "1.1.2.0", ""), []string{RuleEventDevice}},
		"an observation with an order":                    {header("ORU^R01^ORU_R01", "1.1.1") + "ORC|RE\rOBR|1||1|1\rOBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37|268192^MDC_DIM_DEGC^MDC|||||R\r", []string{RuleOrder}},
		"an observation of nobody":                        {strings.Replace(header("ORU^R01^ORU_R01", "1.1.1"), "PUMP^0012210000000000^EUI-64", "", 1) + "OBR|1||1|1\rOBX|1|NM|150344^MDC_TEMP^MDC|1.1.1.1|37|268192^MDC_DIM_DEGC^MDC|||||R\r", []string{RuleSender}},
	}
	v := newValidator(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m, err := hl7.Parse([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			issues := v.Validate(m, ProfileOf(m), time.Time{}, nil)
			for _, i := range issues {
				if !strings.HasPrefix(i.Rule, "time") {
					got = append(got, i.Rule)
				}
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q\n%+v", got, c.want, issues)
			}
		})
	}
	m, err := hl7.Parse([]byte(header("ORU^R01^ORU_R01", "1.5.1")))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Validate(m, AlarmAnswer, time.Time{}, nil); !slices.ContainsFunc(got, func(i hl7.Issue) bool { return i.Rule == RuleAnswerType }) {
		t.Errorf("an observation was taken for the answer to an alarm: %+v", got)
	}
}

func TestAlarmOfInfusionPump(t *testing.T) {
	m, err := hl7.Parse([]byte("MSH|^~\\&|A|B|C|D|2026||ORU^R40^ORU_R40|1|P|2.6\rOBR|1|||196616^MDC_EVT_ALARM^MDC\rOBX|1|CWE|196616^MDC_EVT_ALARM^MDC|1.0.0.0.1|196940^MDC_EVT_FLUID_LINE_OCCL^MDC^^^^^^Occlusion||||||F\r" +
		"OBX|2|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1.0.0.0.6|PH||||||F\rOBX|3|ST|68485^MDC_ATTR_ALERT_TYPE^MDC|1.0.0.0.7|ST||||||F\r"))
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := AlarmOf(m); !ok || a.Event != "196940" || a.Text != "Occlusion" || a.Priority != "PH" || a.Kind != "ST" {
		t.Errorf("got %+v, %v", a, ok)
	}
}

func TestReadingEventsAndAnswers(t *testing.T) {
	terms, err := NewTable()
	if err != nil {
		t.Fatal(err)
	}
	m, err := hl7.Parse([]byte("MSH|^~\\&|A|B|C|D|2026||ORU^R42^ORU_R01|1|P|2.6\rOBR|1|||1|||20260301101500+0000\rOBX|1||70049^MDC_DEV_PUMP_INFUS_LVP_MDS^MDC|1.0.0.0|||||||X\r" +
		"OBX|2|CWE|0^MDC_ATTR_EVT_COND^MDC|1.0.0.2|0^MDC_EVT_PUMP_DELIV_STOP^MDC||||||R\rOBX|3|ST|68488^MDC_ATTR_EVT_SOURCE^MDC|1.0.0.3|1.1.2.0||||||R\r" +
		"OBX|4|NM|157993^MDC_VOL_FLUID_DELIV_TOTAL^MDC|1.1.2.1|12.5|263762^MDC_DIM_MILLI_L^MDC|||||R\r"))
	if err != nil {
		t.Fatal(err)
	}
	e, ok := EventOf(m, terms)
	if !ok || e.Event != "MDC_EVT_PUMP_DELIV_STOP" || e.Source != "1.1.2.0" || !e.At.Is("20260301101500+0000") || !e.Values["MDC_VOL_FLUID_DELIV_TOTAL"].Is("12.5") {
		t.Errorf("got %+v, %v", e, ok)
	}
	if _, ok := AlarmStatusOf(m); ok {
		t.Error("an event was taken for the answer to an alarm")
	}
	m, err = hl7.Parse([]byte("MSH|^~\\&|A|B|C|D|2026||ORA^R41^ORA_R41|1|P|2.7\rMSA|AA|77\rOBR|1||27^AR\rPRT||UC|Delivered||nurse7\r"))
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := AlarmStatusOf(m); !ok || s != (AlarmStatus{"77", "27", "Delivered", "nurse7"}) {
		t.Errorf("got %+v, %v", s, ok)
	}
}
