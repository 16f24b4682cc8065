package sim

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Overheard is a small made-up traffic of the exchange's four protocols, with
// the faults that shadow mode must find, and a patient whom nobody may find:
// a pump at an engine, a scanner at an archive, an application at a FHIR
// server, a bed at a broker.
func Overheard(at time.Time) []Frame {
	o := overhearing{at: at}
	o.pump()
	o.scanner()
	o.application()
	o.bed()
	return o.frames
}

// Impostor is a made-up traffic in which two hosts speak under one pump's
// number: the pump at an engine that passes on what it says, and somebody else
// at the same engine. The engine says the number too, and is no impostor.
func Impostor(at time.Time) []Frame {
	o := overhearing{at: at}
	o.speak(11, 22, 2575, "P0001")
	o.speak(22, 60, 2576, "P0001")
	o.speak(66, 22, 2575, "X0001")
	o.speak(11, 22, 2575, "P0002")
	return o.frames
}

// speak has a host say one good message of the pump and hear its answer.
func (o *overhearing) speak(from, to byte, port uint16, control string) {
	c := o.dial(from, to, port)
	c.say(0, []byte("\x0b"+pcd(control, "265266^MDC_DIM_MILLI_L_PER_HR^MDC", "10", o.at)+"\x1c\r"))
	c.now = c.now.Add(7 * time.Millisecond)
	c.say(1, []byte("\x0bMSH|^~\\&|ENGINE|HOSP|ALARIS|ICU|20260302070000+0000||ACK^R01^ACK|A"+control+"|P|2.6\rMSA|CA|"+control+"\r\x1c\r"))
	o.frames = append(o.frames, c.hangUp()...)
}

type overhearing struct {
	at     time.Time
	seed   uint32
	frames []Frame
}

func overheardHost(last byte, port uint16) host {
	return host{mac: net.HardwareAddr{0x00, 0xd0, 0x75, 0x5a, 0x00, last}, ip: netip.AddrFrom4([4]byte{10, 20, 15, last}), port: port}
}

func (o *overhearing) dial(client, server byte, port uint16) *dialog {
	o.seed++
	o.at = o.at.Add(time.Second)
	return dial(overheardHost(client, 40000+uint16(o.seed)), overheardHost(server, port), o.at, o.seed*1000)
}

// pcd is one message of a pump; unit is what its rate is given in.
func pcd(control, unit, rate string, at time.Time) string {
	when := at.UTC().Format("20060102150405") + "+0000"
	return strings.Join([]string{
		`MSH|^~\&|ALARIS^00D075FFFE1C0002^EUI-64|ICU|ENGINE|HOSP|` + when + `||ORU^R01^ORU_R01|` + control + `|P|2.6|||AL|NE||UNICODE UTF-8|EN^English^ISO639||IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO`,
		`PID|||MRN-SHADOW-7^^^HOSP^MR||ZZSHADOW^Alpha^^^^^L`,
		`PV1||I|ICU^ICU-01^B`,
		`OBR|1|1^ALARIS|1^ALARIS|182777000^monitoring of patient^SCT|||` + when,
		`OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X|||||||00D075FFFE1C0002^^00D075FFFE1C0002^EUI-64`,
		`OBX|2|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|1.0.0.0.1|APC46882302||||||R`,
		`OBX|3|NM|157784^MDC_FLOW_FLUID_PUMP^MDC|1.1.1.1|` + rate + `|` + unit + `|||||R|||` + when,
		``}, "\r")
}

// pump sends one good message, the same again, another under its number, and
// one whose unit cannot measure a flow, without its last byte, in two pieces
// 40 ms apart, and unanswered.
func (o *overhearing) pump() {
	c := o.dial(11, 22, 2575)
	rate := "265266^MDC_DIM_MILLI_L_PER_HR^MDC"
	frame := func(body string) []byte { return []byte("\x0b" + body + "\x1c\r") }
	answer := func(control string) {
		c.now = c.now.Add(7 * time.Millisecond)
		c.say(1, frame("MSH|^~\\&|ENGINE|HOSP|ALARIS|ICU|20260302070000+0000||ACK^R01^ACK|A"+control+"|P|2.6\rMSA|CA|"+control+"\r"))
		c.now = c.now.Add(2 * time.Second)
	}
	first := frame(pcd("S0001", rate, "10", o.at))
	for _, body := range [][]byte{first, first, frame(pcd("S0001", rate, "12", o.at))} {
		c.say(0, body)
		answer("S0001")
	}
	last := []byte("\x0b" + pcd("S0002", "268192^MDC_DIM_DEGC^MDC", "10", o.at) + "\x1c")
	c.send(0, flagPSH|flagACK, last[:300])
	c.now = c.now.Add(40 * time.Millisecond)
	c.send(0, flagPSH|flagACK, last[300:])
	c.say(0, []byte("\x0b")) // a frame that never comes shows that the last byte did not
	o.frames = append(o.frames, c.hangUp()...)
}

// scanner stores an image that does not say which study it is part of.
func (o *overhearing) scanner() {
	d := &Device{Hostname: "CT1", Serial: "CT-77", Version: "V1.2", Site: "Demo", Unit: "Radiology", Model: &Model{Modality: "CT", Manufacturer: "MadeUp", Name: "Scan 9"}}
	c := o.dial(12, 30, 104)
	sop, instance := storage["CT"], "2.25.4711"
	c.say(0, associate(1, "CT1", "ARCHIVE", sop, "2.25.987654321", "DEMO_CT"))
	c.say(1, associate(2, "CT1", "ARCHIVE", "", "2.25.123456789", "DEMO_ARCHIVE"))
	c.say(0, pdata(3, command(0x0001, sop, instance, 7)))
	c.say(0, pdata(2, d.image(sop, instance)))
	c.say(1, pdata(3, command(0x8001, sop, instance, 7)))
	c.say(0, []byte{5, 0, 0, 0, 0, 4, 0, 0, 0, 0})
	c.say(1, []byte{6, 0, 0, 0, 0, 4, 0, 0, 0, 0})
	o.frames = append(o.frames, c.hangUp()...)
}

// application writes one observation that is right, and one with an element
// whose name is a patient's.
func (o *overhearing) application() {
	c := o.dial(13, 40, 8080)
	post := func(path, body string) {
		c.say(0, []byte(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: fhir.demo:8080\r\nUser-Agent: WardApp/3.1\r\nAuthorization: Bearer MRN-SHADOW-token\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)))
		c.now = c.now.Add(12 * time.Millisecond)
		c.say(1, []byte("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"))
	}
	good := `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/MRN-SHADOW-7"},"valueQuantity":{"value":71,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}`
	post("/fhir/Observation", good)
	post("/fhir/Observation", strings.Replace(good, `"status":"final"`, `"status":"done","ZZSHADOWname":"x"`, 1))
	c.say(0, []byte("GET /fhir/Patient/MRN-SHADOW-7?name=ZZSHADOW HTTP/1.1\r\nHost: fhir.demo:8080\r\nUser-Agent: WardApp/3.1\r\n\r\n"))
	c.say(1, []byte("HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{\"family\":\"ZZSHADOW 123\"}"))
	o.frames = append(o.frames, c.hangUp()...)
}

// bed publishes two messages at a broker: one is no JSON. Its topic names the
// patient.
func (o *overhearing) bed() {
	c := o.dial(14, 50, 1883)
	packet := func(head byte, body string) []byte {
		b := []byte{head}
		for n := len(body); ; {
			low := byte(n & 0x7f)
			if n >>= 7; n > 0 {
				b = append(b, low|0x80)
				continue
			}
			return append(append(b, low), body...)
		}
	}
	text := func(s string) string { return string([]byte{byte(len(s) >> 8), byte(len(s))}) + s }
	c.say(0, packet(0x10, text("MQTT")+"\x04\xc2\x00\x3c"+text("bed-7")+text("beds")+text("secret-SHADOW")))
	c.say(1, []byte{0x20, 2, 0, 0})
	for i, payload := range []string{`{"bed":"7","patient":"ZZSHADOW","rails":"up"}`, `{"bed":"7","patient":"ZZSHADOW",`} {
		c.say(0, packet(0x32, text("ward/ZZSHADOW/bed")+string([]byte{0, byte(i + 1)})+payload))
		c.now = c.now.Add(3 * time.Millisecond)
		c.say(1, []byte{0x40, 2, 0, byte(i + 1)})
	}
	o.frames = append(o.frames, c.hangUp()...)
}
