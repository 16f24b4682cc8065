package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"bedrail/capture"
	"bedrail/format/dicom"
	"bedrail/traffic"
)

// A mix is the traffic of a made-up hospital in which a given number of
// connections live all the time, and of whose bytes 40 % are DICOM and HL7. The
// same numbers give the same file.
type mix struct {
	flows int
	bytes int64
	seed  uint64
}

// lasts is how long it all takes: less than the time after which a silent
// datagram conversation is forgotten.
const lasts = int64(100e9)

// A kind is a protocol, with its share of the bytes and of the connections.
type kind struct {
	name         string
	bytes, flows float64
	udp          bool
	port         uint16
	fill         func(m *mixer, t *talk)
}

var kinds = []kind{
	{"dicom", 0.25, 0.01, false, 104, (*mixer).dicom},
	{"hl7v2", 0.15, 0.09, false, 2575, (*mixer).hl7},
	{"http", 0.15, 0.10, false, 80, (*mixer).http},
	{"tls", 0.25, 0.40, false, 443, (*mixer).tls},
	{"unknown", 0.12, 0.20, false, 9000, (*mixer).unknown},
	{"udp", 0.08, 0.20, true, 40000, (*mixer).video},
}

// A say is what one side sends.
type say struct {
	back bool
	data []byte
}

// A talk is one connection.
type talk struct {
	n           uint32
	kind        *kind
	client      uint32 // number of the host
	cport       uint16
	seq         [2]uint32
	queue       []say
	turns, acks int
}

type mixer struct {
	mix
	r       *rand.Rand
	w       *capture.Writer
	talks   [][]*talk // by kind
	written []int64   // by kind
	total   int64
	noise   []byte
	frame   []byte
}

func (x mix) write(out string) error {
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	w, err := capture.NewWriter(buffered, traffic.LinkEthernet)
	if err != nil {
		return err
	}
	m := mixer{mix: x, r: rand.New(rand.NewPCG(x.seed, 1)), w: w, written: make([]int64, len(kinds)), noise: make([]byte, 64<<10)}
	for i := range m.noise {
		m.noise[i] = byte(m.r.Uint32())
	}
	if err := m.run(); err != nil {
		return err
	}
	fmt.Printf("%d connections, %d bytes in %s:", x.flows, m.total, out)
	for i, k := range kinds {
		fmt.Printf(" %s %.1f %%", k.name, 100*float64(m.written[i])/float64(m.total))
	}
	fmt.Println()
	return errors.Join(w.Flush(), buffered.Flush(), file.Close())
}

func (m *mixer) run() error {
	n := uint32(0)
	for i := range kinds {
		var list []*talk
		for range int(float64(m.flows)*kinds[i].flows + 0.5) {
			n++
			list = append(list, &talk{n: n, kind: &kinds[i], client: n % 12000, cport: uint16(20000 + n/12000), seq: [2]uint32{m.r.Uint32(), m.r.Uint32()}})
		}
		m.talks = append(m.talks, list)
	}
	for i, list := range m.talks { // all of them begin
		for _, t := range list {
			if err := m.open(i, t); err != nil {
				return err
			}
		}
	}
	for next := make([]int, len(kinds)); m.total < m.bytes; {
		k := m.behind()
		list := m.talks[k]
		t := list[next[k]%len(list)]
		if next[k]++; next[k]%len(list) == 0 {
			m.r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		if err := m.burst(k, t); err != nil {
			return err
		}
	}
	return nil
}

// behind is the kind that is furthest behind its share.
func (m *mixer) behind() int {
	worst, by := 0, -1.0
	for i, k := range kinds {
		if lag := k.bytes*float64(m.total+1) - float64(m.written[i]); lag > by {
			worst, by = i, lag
		}
	}
	return worst
}

func (m *mixer) open(k int, t *talk) error {
	if t.kind.udp {
		return m.send(k, t, false, 0, m.noise[:40])
	}
	if err := m.send(k, t, false, 2, nil); err != nil {
		return err
	}
	t.seq[0]++
	if err := m.send(k, t, true, 2|16, nil); err != nil {
		return err
	}
	t.seq[1]++
	return m.send(k, t, false, 16, nil)
}

// burst sends what one side says, at most eight full segments of it, with an
// acknowledgment for each two.
func (m *mixer) burst(k int, t *talk) error {
	if len(t.queue) == 0 {
		t.kind.fill(m, t)
		t.turns++
	}
	s := &t.queue[0]
	for range 8 {
		n := min(len(s.data), 1448)
		if err := m.send(k, t, s.back, 16, s.data[:n]); err != nil {
			return err
		}
		s.data = s.data[n:]
		if t.acks++; t.acks%2 == 0 && !t.kind.udp {
			if err := m.send(k, t, !s.back, 16, nil); err != nil {
				return err
			}
		}
		if len(s.data) == 0 {
			t.queue = t.queue[1:]
			return nil
		}
	}
	return nil
}

// send writes one packet.
func (m *mixer) send(k int, t *talk, back bool, flags byte, data []byte) error {
	side := 0
	if back {
		side = 1
	}
	server := 12000 + uint32(k)*40 + t.n%40
	from, to := t.client, server
	sport, dport := t.cport, t.kind.port
	if back {
		from, to, sport, dport = to, from, dport, sport
	}
	b := m.frame[:0]
	for _, host := range [...]uint32{to, from} {
		b = append(b, 0x02, 0x42, byte(host>>24), byte(host>>16), byte(host>>8), byte(host))
	}
	b = append(b, 8, 0)
	head := 20
	if t.kind.udp {
		head = 8
	}
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(20+head+len(data)))
	b = append(b, 0, 0, 0x40, 0, 64, 6, 0, 0)
	if t.kind.udp {
		b[len(b)-3] = 17
	}
	for _, host := range [...]uint32{from, to} {
		b = append(b, 10, byte(20+host>>16), byte(host>>8), byte(host))
	}
	b = binary.BigEndian.AppendUint16(b, sport)
	b = binary.BigEndian.AppendUint16(b, dport)
	if t.kind.udp {
		b = binary.BigEndian.AppendUint16(b, uint16(8+len(data)))
		b = append(b, 0, 0)
	} else {
		b = binary.BigEndian.AppendUint32(b, t.seq[side])
		b = binary.BigEndian.AppendUint32(b, t.seq[1-side])
		b = append(b, 5<<4, flags, 255, 255, 0, 0, 0, 0)
		t.seq[side] += uint32(len(data))
	}
	b = append(b, data...)
	m.frame = b
	m.written[k] += int64(len(b))
	m.total += int64(len(b))
	at := base + lasts*min(m.total, m.bytes)/m.bytes
	return m.w.Frame(&traffic.Frame{Data: b, Length: len(b), Nanos: at})
}

func (m *mixer) random(n int) []byte {
	at := m.r.IntN(len(m.noise) - n%len(m.noise))
	out := make([]byte, 0, n)
	for len(out) < n {
		out = append(out, m.noise[at:min(len(m.noise), at+n-len(out))]...)
		at = 0
	}
	return out
}

// dicom stores images of half a megabyte, one after the other.
func (m *mixer) dicom(t *talk) {
	const ct = "1.2.840.10008.5.1.4.1.1.2"
	if t.turns == 0 {
		a := dicom.Associate{CalledAE: "ARCHIVE", CallingAE: fmt.Sprintf("CT%d", t.n), Application: dicom.ApplicationContext,
			Contexts: []dicom.Context{{ID: 1, Abstract: ct, Transfer: []string{dicom.ExplicitLittle}}},
			User:     dicom.User{MaxLength: 16384, Implementation: "1.2.276.0.7230010.3.0.3.6.7", Version: "OFFIS_DCMTK_367"}}
		ask, err := a.Encode(dicom.AssociateRQ)
		if err != nil {
			panic(err) // the values are ours
		}
		a.Contexts[0].Abstract = ""
		answer, err := a.Encode(dicom.AssociateAC)
		if err != nil {
			panic(err)
		}
		t.queue = append(t.queue, say{false, ask}, say{true, answer})
	}
	instance := fmt.Sprintf("1.2.840.113619.2.55.%d.%d", t.n, t.turns)
	command := dicom.Command{Field: dicom.CStoreRQ, MessageID: uint16(t.turns + 1), SOPClass: ct, SOPInstance: instance, DataSet: true}
	image, err := dicom.Set{
		dicom.TextAttribute(dicom.SOPClassUID, ct), dicom.TextAttribute(dicom.SOPInstanceUID, instance), dicom.TextAttribute(dicom.Modality, "CT"),
		dicom.TextAttribute(dicom.Manufacturer, "GE MEDICAL SYSTEMS"), dicom.TextAttribute(dicom.StationName, fmt.Sprintf("CT%d", t.n)),
		dicom.TextAttribute(dicom.ModelName, "Revolution"), dicom.TextAttribute(0x00100010, "MUSTER^ANNA"),
		dicom.TextAttribute(dicom.DeviceSerialNumber, fmt.Sprintf("SN%06d", t.n)), dicom.TextAttribute(dicom.SoftwareVersions, "gmp_2.1"),
	}.Encode(dicom.SyntaxOf(dicom.ExplicitLittle))
	if err != nil {
		panic(err)
	}
	pixels := m.random(512 << 10)
	image = append(image, 0xe0, 0x7f, 0x10, 0x00, 'O', 'W', 0, 0)
	image = append(binary.LittleEndian.AppendUint32(image, uint32(len(pixels))), pixels...)
	out := pdata(3, command.Encode())
	for len(image) > 0 {
		n, control := min(len(image), 16378), byte(0)
		if n == len(image) {
			control = 2
		}
		out = append(out, pdata(control, image[:n])...)
		image = image[n:]
	}
	t.queue = append(t.queue, say{false, out}, say{true, pdata(3, dicom.Command{Field: dicom.CStoreRQ | 0x8000, MessageID: uint16(t.turns + 1), SOPClass: ct, SOPInstance: instance}.Encode())})
}

// pdata is a P-DATA-TF with one fragment (PS3.8 9.3.5).
func pdata(control byte, value []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{4, 0}, uint32(len(value)+6))
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)+2))
	return append(append(b, 1, control), value...)
}

// hl7 reports what a pump gives, in the form of IHE PCD-01.
func (m *mixer) hl7(t *talk) {
	eui := fmt.Sprintf("024200FFFE%06X", t.client)
	var b strings.Builder
	fmt.Fprintf(&b, "\x0bMSH|^~\\&|PUMPS^%s^EUI-64|WARD|IE|HOSP|20260105120000||ORU^R01^ORU_R01|%d.%d|P|2.6|||AL|NE|||||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO\r", eui, t.n, t.turns)
	b.WriteString("PID|||4711^^^HOSP^MR||MUSTER^ANNA\rPV1||I|ICU^3^12\rOBR|1|1|1|69985^MDC_DEV_PUMP_INFUS_MDS^MDC|||20260105120000\r")
	fmt.Fprintf(&b, "OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||F|||||||PLUM A+ SN %d^HOSPIRA^%s^EUI-64\r", 13000000+t.client, eui)
	for i := 2; i < 24; i++ {
		fmt.Fprintf(&b, "OBX|%d|NM|157784^MDC_FLOW_FLUID_PUMP^MDC|1.1.1.%d|%d.%d|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||F|||20260105120000\r", i, i, m.r.IntN(200), m.r.IntN(10))
	}
	b.WriteString("\x1c\r")
	t.queue = append(t.queue, say{false, []byte(b.String())},
		say{true, []byte("\x0bMSH|^~\\&|IE|HOSP|PUMPS|WARD|20260105120001||ACK^R01^ACK|9|P|2.6\rMSA|AA|1\r\x1c\r")})
}

func (m *mixer) http(t *talk) {
	body := m.random(4<<10 + m.r.IntN(40<<10))
	t.queue = append(t.queue,
		say{false, []byte(fmt.Sprintf("GET /page/%d HTTP/1.1\r\nHost: portal.hosp.example\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)\r\nAccept: */*\r\n\r\n", t.turns))},
		say{true, append([]byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nServer: nginx/1.24\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n", len(body))), body...)})
}

func (m *mixer) tls(t *talk) {
	if t.turns == 0 {
		hello := "\x01\x00\x00\x3b\x03\x03" + string(m.random(32)) + "\x00\x00\x04\x13\x01\xc0\x2b\x01\x00\x00\x0e\x00\x00\x00\x0a\x00\x08\x00\x00\x05a.com"
		answer := "\x02\x00\x00\x26\x03\x03" + string(m.random(32)) + "\x00\x13\x01\x00"
		t.queue = append(t.queue, say{false, []byte("\x16\x03\x01\x00\x3f" + hello)}, say{true, []byte("\x16\x03\x03\x00\x2a" + answer + "\x14\x03\x03\x00\x01\x01")})
	}
	body := m.random(1<<10 + m.r.IntN(12<<10))
	record := append([]byte{23, 3, 3, byte(len(body) >> 8), byte(len(body))}, body...)
	t.queue = append(t.queue, say{t.turns%3 > 0, record})
}

// unknown begins with bytes that no protocol that is read begins with.
func (m *mixer) unknown(t *talk) {
	t.queue = append(t.queue, say{t.turns%2 > 0, append([]byte{0x99, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22}, m.random(200+m.r.IntN(4000))...)})
}

func (m *mixer) video(t *talk) {
	t.queue = append(t.queue, say{t.turns%2 > 0, m.random(200 + m.r.IntN(1000))})
}
