package sim

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// lease is a DHCP exchange: request and acknowledgment, with the options that
// tell a device's kind (RFC 2132).
func (h *Hospital) lease(d *Device, at time.Time) []Frame {
	id, gateway := h.next(), h.gateways[d.Site]
	ask := dhcp(d, gateway, 1, 3, id)
	ask = option(ask, 12, []byte(d.Hostname))
	if d.Model.VendorClass != "" {
		ask = option(ask, 60, []byte(d.Model.VendorClass))
	}
	ask = option(ask, 55, []byte{1, 3, 6, 15, 42})
	give := dhcp(d, gateway, 2, 5, id)
	give = option(give, 51, binary.BigEndian.AppendUint32(nil, 86400))
	give = option(give, 1, []byte{255, 255, 255, 0})
	client, server := host{mac: d.MAC, ip: zeroIP, port: 68}, gateway
	server.port = 67
	toAll := host{mac: broadcast, ip: allIP, port: 67}
	back := host{mac: d.MAC, ip: d.IP, port: 68}
	return []Frame{
		{at, udp(client, toAll, append(ask, 255))},
		{at.Add(time.Millisecond), udp(server, back, append(give, 255))},
	}
}

// dhcp starts a BOOTP message (RFC 2131) of op with the DHCP message type.
func dhcp(d *Device, gateway host, op, kind byte, id uint32) []byte {
	b := make([]byte, 240)
	b[0], b[1], b[2] = op, 1, 6
	binary.BigEndian.PutUint32(b[4:], id)
	ip, router := d.IP.As4(), gateway.ip.As4()
	if op == 2 {
		copy(b[16:], ip[:])
	}
	copy(b[28:], d.MAC)
	copy(b[236:], []byte{0x63, 0x82, 0x53, 0x63})
	b = option(b, 53, []byte{kind})
	b = option(b, 54, router[:])
	if op == 1 {
		b = option(b, 50, ip[:])
	}
	return b
}

func option(b []byte, code byte, value []byte) []byte {
	return append(append(b, code, byte(len(value))), value...)
}

// reach is how a server is met by d: directly, or through the router of d's
// site when it stands elsewhere.
func (h *Hospital) reach(d, server *Device, port uint16) host {
	to := server.host(port)
	if server.Site != d.Site {
		to.mac, to.routed = h.gateways[d.Site].mac, true
	}
	return to
}

// report is a device's message in the form of IHE PCD-01 to the interface
// engine, and its acknowledgment.
func (h *Hospital) report(d *Device, at time.Time) []Frame {
	c := dial(d.host(h.port()), h.reach(d, h.engine, 2575), at, h.next())
	h.tell(c, d)
	return c.hangUp()
}

// tell says one message over a connection that is open.
func (h *Hospital) tell(c *dialog, d *Device) {
	n := h.next()
	stamp := c.now.UTC().Format("20060102150405-0700")
	c.say(0, mllp(d.message(n, stamp, c.now)))
	c.now = c.now.Add(2 * time.Millisecond)
	c.say(1, mllp(fmt.Sprintf("MSH|^~\\&|ENGINE|DEMO|||%s||ACK^R01^ACK|A%08d|P|2.6\rMSA|CA|DG%08d\r", stamp, n, n)))
}

// message is the words of a report. The patient is a made-up number, as on a
// real wire, so that what drops it is always exercised.
func (d *Device) message(n uint32, stamp string, at time.Time) string {
	eui := strings.ToUpper(fmt.Sprintf("%02x%02x%02xfffe%02x%02x%02x", d.MAC[0], d.MAC[1], d.MAC[2], d.MAC[3], d.MAC[4], d.MAC[5]))
	instance := fmt.Sprintf("%s^%s^%s^EUI-64", d.Serial, strings.ToUpper(d.Model.Manufacturer), eui)
	lines := []string{
		fmt.Sprintf(`MSH|^~\&|%s^%s^EUI-64|%s|ENGINE|DEMO|%s||ORU^R01^ORU_R01|DG%08d|P|2.6|||AL|NE|||||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO`,
			strings.ToUpper(d.Model.Hostname), eui, strings.ToUpper(d.Model.Manufacturer), stamp, n),
		fmt.Sprintf("PID|||DEMO%06d^^^DEMO^MR||Zzdemo^Patient", n%997),
		fmt.Sprintf("PV1||I|%s^%s^%s", d.Unit, d.Room, d.Bed),
		fmt.Sprintf("OBR|1|DG%08d^ENGINE|DG%08d^ENGINE|182777000^monitoring of patient^SCT|||%s", n, n, stamp),
		fmt.Sprintf("OBX|1||%s|1.0.0.0|||||||X|||||||%s", d.Model.MDC, instance),
		fmt.Sprintf("OBX|2|ST|531970^MDC_ID_MODEL_MANUFACTURER^MDC|1.0.0.0.1|%s||||||R", d.Model.Manufacturer),
		fmt.Sprintf("OBX|3|ST|531969^MDC_ID_MODEL_NUMBER^MDC|1.0.0.0.2|%s||||||R", d.Model.Name),
		fmt.Sprintf("OBX|4|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|1.0.0.0.3|%s||||||R", d.Serial),
		fmt.Sprintf("OBX|5|ST|531975^MDC_ID_PROD_SPEC_SW^MDC|1.0.0.0.4|%s||||||R", d.Version),
	}
	vmd, channel := "69798^MDC_DEV_ECG_VMD^MDC", "69799^MDC_DEV_ECG_CHAN^MDC"
	if d.Model.Class == "infusion-pump" {
		vmd, channel = "69986^MDC_DEV_PUMP_INFUS_VMD^MDC", "69987^MDC_DEV_PUMP_INFUS_CHAN^MDC"
	}
	return strings.Join(append(lines, "OBX|6||"+vmd+"|1.1.0.0|||||||X", "OBX|7||"+channel+"|1.1.1.0|||||||X", d.measures(n, stamp, at), ""), "\r")
}

// measures is the row with what the device is doing: a pump says how much
// flows, a monitor what it sees while it watches somebody.
func (d *Device) measures(n uint32, stamp string, at time.Time) string {
	busy := d.busy(at)
	switch d.Model.Class {
	case "infusion-pump":
		flow := 0
		if busy {
			flow = 5 + d.number%120
		}
		return fmt.Sprintf("OBX|8|NM|157784^MDC_FLOW_FLUID_PUMP^MDC|1.1.1.1|%d|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||R|||%s", flow, stamp)
	case "patient-monitor":
		if !busy {
			return fmt.Sprintf("OBX|8|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1||264864^MDC_DIM_BEAT_PER_MIN^MDC|||||X|||%s", stamp)
		}
	}
	return fmt.Sprintf("OBX|8|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|%d|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||%s", 60+n%40, stamp)
}

func mllp(msg string) []byte { return []byte("\x0b" + msg + "\x1c\r") }

// browse is one plain page request with its answer.
func (h *Hospital) browse(d *Device, at time.Time) []Frame {
	c := dial(d.host(h.port()), h.reach(d, h.engine, 80), at, h.next())
	c.say(0, fmt.Appendf(nil, "GET /status HTTP/1.1\r\nHost: engine.demo.example\r\nUser-Agent: %s\r\nAccept: */*\r\n\r\n", d.Model.UserAgent))
	c.say(1, []byte("HTTP/1.1 204 No Content\r\nServer: nginx/1.18.0\r\n\r\n"))
	return c.hangUp()
}

// greetTLS is a connection whose first record is a ClientHello (RFC 8446
// 4.1.2) that names the server; the server ends it.
func (h *Hospital) greetTLS(d *Device, at time.Time) []Frame {
	name := []byte(d.Model.TLSName)
	sni := []byte{0, 0, 0, byte(len(name) + 5), 0, byte(len(name) + 3), 0, 0, byte(len(name))}
	ext := append(sni, name...)
	ext = append(ext, 0, 10, 0, 6, 0, 4, 0, 29, 0, 23) // groups: x25519, secp256r1
	ext = append(ext, 0, 11, 0, 2, 1, 0)               // point formats
	ext = append(ext, 0, 13, 0, 6, 0, 4, 4, 3, 8, 4)   // signature algorithms
	ext = append(ext, 0, 16, 0, 11, 0, 9, 8)           // ALPN
	ext = append(append(ext, []byte("http/1.1")...), 0, 43, 0, 5, 4, 3, 4, 3, 3)
	body := []byte{3, 3}
	for i := range 32 {
		body = append(body, byte(h.count>>(i%4*8))^byte(i*7))
	}
	body = append(body, 0, 0, 6, 0x13, 0x01, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0)
	body = binary.BigEndian.AppendUint16(body, uint16(len(ext)))
	body = append(body, ext...)
	hello := append([]byte{1, 0, byte(len(body) >> 8), byte(len(body))}, body...)
	record := append([]byte{22, 3, 1, byte(len(hello) >> 8), byte(len(hello))}, hello...)
	c := dial(d.host(h.port()), h.reach(d, h.engine, 443), at, h.next())
	c.say(0, record)
	c.say(1, []byte{21, 3, 3, 0, 2, 2, 40})
	return c.hangUp()
}
