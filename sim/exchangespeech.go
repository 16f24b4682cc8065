package sim

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// faults are what is wrong with monitors, one each; most have none.
var faults = []string{"", "clock", "", "twice", "charset", "", "unfinished", "silent", "unit", "drift", "nobody", ""}

// A bedside is a monitor with its fault and its patient's numbers, which
// wander.
type bedside struct {
	d     Device
	fault string
	rnd   *rand.Rand
	pulse int
}

const hl7Time = "20060102150405.000-0700"

func (d *Device) eui() string {
	return strings.ToUpper(fmt.Sprintf("%02x%02x%02xfffe%02x%02x%02x", d.MAC[0], d.MAC[1], d.MAC[2], d.MAC[3], d.MAC[4], d.MAC[5]))
}

// patientOf is the made-up number of whoever lies in a bed.
func patientOf(n int) string { return fmt.Sprintf("DEMO9%05d", n) }

// admission is what the admission system says of a bed.
func admission(event string, d Device, patient, n int, at time.Time) string {
	stamp := at.UTC().Format(hl7Time)
	return strings.Join([]string{
		fmt.Sprintf(`MSH|^~\&|HIS|DEMO|BEDRAIL|DEMO|%s||ADT^%s^ADT_A01|ADT%08d|P|2.5`, stamp, event, n),
		fmt.Sprintf("EVN|%s|%s", event, stamp),
		fmt.Sprintf("PID|1||%s^^^DEMO^MR||Zzdemo^Patient%d||19600101|U", patientOf(patient), patient),
		fmt.Sprintf("PV1|1|I|%s^%s^%s^DEMO|||||||||||||||||V%06d", d.Unit, d.Room, d.Bed, patient), ""}, "\r")
}

// frame is what the monitor sends, on the wire.
func (b *bedside) frame(n int, at time.Time) []byte {
	frame := mllp(b.words(n, at))
	if b.fault == "unfinished" && n%2 == 0 {
		frame = frame[:len(frame)-1] // the carriage return behind 1C is left out
	}
	return frame
}

func (b *bedside) words(n int, at time.Time) string {
	if b.pulse == 0 {
		b.pulse = 62 + b.rnd.IntN(30)
	}
	b.pulse = min(max(b.pulse+b.rnd.IntN(5)-2, 48), 130)
	if b.fault == "clock" {
		at = at.Add(-7 * time.Minute)
	}
	stamp, d := at.UTC().Format(hl7Time), &b.d
	charset, name := "UNICODE UTF-8", "Zzdemo^Patient"
	if b.fault == "charset" {
		name = "M\xfcller^Zo\xeb" // Latin-1, which it does not say
	}
	lines := []string{
		fmt.Sprintf(`MSH|^~\&|%s^%s^EUI-64|%s|ENGINE|DEMO|%s||ORU^R01^ORU_R01|W%s%06d|P|2.6|||AL|NE||%s|||IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO`,
			strings.ToUpper(d.Model.Hostname), d.eui(), strings.ToUpper(d.Model.Manufacturer), stamp, d.eui()[10:], n, charset)}
	pid := "PID|||" // most monitors do not know whom they watch
	if b.fault != "nobody" && b.fault != "" {
		pid = fmt.Sprintf("PID|||%s^^^DEMO^MR||%s", "DEMO8"+d.Serial[len(d.Serial)-4:], name)
	}
	lines = append(lines, pid,
		fmt.Sprintf("PV1||I|%s^%s^%s", d.Unit, d.Room, d.Bed),
		fmt.Sprintf("OBR|1|W%06d^ENGINE|W%06d^ENGINE|182777000^monitoring of patient^SCT|||%s", n, n, stamp),
		fmt.Sprintf("OBX|1||%s|1.0.0.0|||||||X|||||||%s^^%s^EUI-64", d.Model.MDC, d.eui(), d.eui()),
		fmt.Sprintf("OBX|2|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|1.0.0.0.1|%s||||||R", d.Serial),
		fmt.Sprintf("OBX|3|ST|531975^MDC_ID_PROD_SPEC_SW^MDC|1.0.0.0.2|%s||||||R", d.Version),
		"OBX|4||69798^MDC_DEV_ECG_VMD^MDC|1.7.0.0|||||||X", "OBX|5||69799^MDC_DEV_ECG_CHAN^MDC|1.7.1.0|||||||X")
	oximeter, unit := b.pulse+b.rnd.IntN(3)-1, "262688^MDC_DIM_PERCENT^MDC"
	if b.fault == "drift" {
		oximeter += 24
	}
	if b.fault == "unit" && n%3 == 0 {
		unit = "266016^MDC_DIM_MMHG^MDC"
	}
	for i, v := range []struct {
		code, unit string
		value      int
	}{
		{"147842^MDC_ECG_HEART_RATE^MDC", "264864^MDC_DIM_BEAT_PER_MIN^MDC", b.pulse},
		{"149530^MDC_PULS_OXIM_PULS_RATE^MDC", "264864^MDC_DIM_BEAT_PER_MIN^MDC", oximeter},
		{"150456^MDC_PULS_OXIM_SAT_O2^MDC", unit, 94 + b.rnd.IntN(6)},
		{"151562^MDC_RESP_RATE^MDC", "264928^MDC_DIM_RESP_PER_MIN^MDC", 12 + b.rnd.IntN(8)},
	} {
		lines = append(lines, fmt.Sprintf("OBX|%d|NM|%s|1.7.1.%d|%d|%s|||||R|||%s", 6+i, v.code, i+1, v.value, v.unit, stamp))
	}
	return strings.Join(append(lines, ""), "\r")
}

// alarm begins (even n) or ends an alarm (IHE PCD-04).
func alarm(d Device, n int, at time.Time) string {
	stamp := at.UTC().Format(hl7Time)
	phase, state := "start", "active"
	if n%2 == 1 {
		phase, state = "end", "inactive"
	}
	return strings.Join([]string{
		fmt.Sprintf(`MSH|^~\&|%s^%s^EUI-64|%s|ENGINE|DEMO|%s||ORU^R40^ORU_R40|AL%08d|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO`,
			strings.ToUpper(d.Model.Hostname), d.eui(), strings.ToUpper(d.Model.Manufacturer), stamp, n),
		"PID|||",
		fmt.Sprintf("PV1||I|%s^%s^%s", d.Unit, d.Room, d.Bed),
		fmt.Sprintf("OBR|1|AL%06d^ENGINE|AL%06d^ENGINE|196616^MDC_EVT_ALARM^MDC|||%s||||||||||||||||||||||AL%06d^ENGINE", n, n, stamp, n/2*2),
		fmt.Sprintf("OBX|1|ST|196670^MDC_EVT_LO^MDC|1.6.1.1.1|low||||||R|||%s||||%s^^%s^EUI-64", stamp, d.eui(), d.eui()),
		fmt.Sprintf("OBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.6.1.1.2|86|262688^MDC_DIM_PERCENT^MDC|90-100|L~PH~SP|||R|||%s", stamp),
		"OBX|3|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.6.1.1.3|" + phase + "||||||R",
		"OBX|4|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.6.1.1.4|" + state + "||||||R",
		"OBX|5|ST|68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC|1.6.1.1.5|enabled||||||R", ""}, "\r")
}

// analysis is what an analyser sends of one sample (CLSI LIS2-A2).
func analysis(n int, at time.Time) [][]byte {
	stamp := at.Format("20060102150405")
	return [][]byte{
		fmt.Appendf(nil, `H|\^&|L%06d||DemoChem^X200^DC200117^4.1|||||||P|1|%s`, n, stamp), fmt.Appendf(nil, "P|1||%s", patientOf(n%bedsShown)), fmt.Appendf(nil, "O|1|S%06d", n),
		fmt.Appendf(nil, "R|1|^^^GLU|%.1f|mmol/L||N||F||||%s", 4.5+float64(n%20)/10, stamp), fmt.Appendf(nil, "R|2|^^^K|%.1f|mmol/L||N||F||||%s", 3.6+float64(n%12)/10, stamp), []byte("L|1|N")}
}

// mqttConnect and mqttPublish write what a small client of MQTT 3.1.1 sends
// (OASIS 3.1 and 3.3), with quality of service 1.
func mqttConnect(id string) []byte {
	body := append(mqttText("MQTT"), 4, 2, 0, 60) // level, clean session, keep alive
	return mqttPacket(0x10, append(body, mqttText(id)...))
}

func mqttPublish(topic string, number uint16, payload string) []byte {
	body := binary.BigEndian.AppendUint16(mqttText(topic), number)
	return mqttPacket(0x32, append(body, payload...))
}

func mqttText(s string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...)
}

func mqttPacket(kind byte, body []byte) []byte {
	out := []byte{kind}
	for n := len(body); ; {
		b := byte(n % 128)
		if n /= 128; n > 0 {
			out = append(out, b|0x80)
			continue
		}
		return append(append(out, b), body...)
	}
}
