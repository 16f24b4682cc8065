package traffic_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"bedrail/format/dicom"
	"bedrail/traffic"
)

// A conn is one TCP connection of a capture, cut into what each side sent, in
// capture order.
type conn struct {
	client, server traffic.Endpoint
	pieces         []piece
}

type piece struct {
	dir  traffic.Direction
	data []byte
}

// connections reads a capture and puts each connection's segments in order,
// leaving out repetitions. It is a reading for tests, without gaps or limits.
func connections(t testing.TB, path string) []*conn {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("this test needs ../shared/testdata/traffic, not there: %v", err)
	}
	defer f.Close()
	var r interface {
		gopacket.PacketDataSource
		LinkType() layers.LinkType
	}
	if r, err = pcapgo.NewReader(f); err != nil {
		if _, err = f.Seek(0, io.SeekStart); err == nil {
			r, err = pcapgo.NewNgReader(f, pcapgo.DefaultNgReaderOptions)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var conns []*conn
	byFlow := map[string]*conn{}
	next := map[string]uint32{}
	for {
		data, _, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return conns
		}
		if err != nil {
			t.Fatal(err)
		}
		p := gopacket.NewPacket(data, r.LinkType(), gopacket.Default)
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			continue
		}
		src, dst := endpoints(p, tcp)
		key, back := src.IP.String()+"/"+tcp.SrcPort.String()+">"+dst.IP.String()+"/"+tcp.DstPort.String(),
			dst.IP.String()+"/"+tcp.DstPort.String()+">"+src.IP.String()+"/"+tcp.SrcPort.String()
		c, dir := byFlow[key], traffic.ToServer
		if c == nil && byFlow[back] != nil {
			c, dir = byFlow[back], traffic.ToClient
		}
		if tcp.SYN && !tcp.ACK {
			c = nil
		}
		if c == nil {
			c = &conn{client: src, server: dst}
			byFlow[key], dir = c, traffic.ToServer
			conns = append(conns, c)
			delete(next, key)
			delete(next, back)
		}
		if tcp.SYN {
			next[key] = tcp.Seq + 1
			continue
		}
		body := tcp.Payload
		want, seen := next[key]
		if seen && int32(want-tcp.Seq) > 0 {
			body = body[min(len(body), int(want-tcp.Seq)):]
		}
		if len(body) == 0 {
			continue
		}
		next[key] = tcp.Seq + uint32(len(tcp.Payload))
		c.pieces = append(c.pieces, piece{dir, bytes.Clone(body)})
	}
}

func endpoints(p gopacket.Packet, tcp *layers.TCP) (src, dst traffic.Endpoint) {
	src.Port, dst.Port = uint16(tcp.SrcPort), uint16(tcp.DstPort)
	if n := p.NetworkLayer(); n != nil {
		src.IP, _ = netip.AddrFromSlice(n.NetworkFlow().Src().Raw())
		dst.IP, _ = netip.AddrFromSlice(n.NetworkFlow().Dst().Raw())
	}
	if e, ok := p.LinkLayer().(*layers.Ethernet); ok {
		src.MAC, dst.MAC = traffic.MAC(e.SrcMAC.String()), traffic.MAC(e.DstMAC.String())
	}
	return src, dst
}

// dissect feeds a connection to the DICOM parser in pieces of at most size
// bytes; 0 leaves them as they were.
func dissect(c *conn, size int) []traffic.Observation {
	var out []traffic.Observation
	d := traffic.DICOM()
	if len(c.pieces) == 0 || !d.Sniff(c.pieces[0].data, c.server.Port) {
		return nil
	}
	s := traffic.NewStream("dicom", c.client, c.server, func(o traffic.Observation) { out = append(out, o) })
	p := d.New()
	for _, part := range c.pieces {
		for b := part.data; len(b) > 0 && !s.Left(); {
			n := len(b)
			if size > 0 {
				n = min(n, size)
			}
			p.Feed(s, part.dir, slices.Clone(b[:n]))
			b = b[n:]
		}
	}
	return out
}

// identities are the values that content claims give an attribute, by IP.
func identities(obs []traffic.Observation, a traffic.Attribute, content bool) map[string][]string {
	out := map[string][]string{}
	for _, o := range obs {
		for _, c := range o.Claims {
			ip := o.IP.String()
			if c.Attribute == a && o.Content == content && !slices.Contains(out[ip], c.Value) {
				out[ip] = append(out[ip], c.Value)
			}
		}
	}
	return out
}

func labObservations(t testing.TB, size int) []traffic.Observation {
	t.Helper()
	var obs []traffic.Observation
	for _, c := range connections(t, "../../shared/testdata/traffic/lab/hospital-lab.pcap") {
		obs = append(obs, dissect(c, size)...)
	}
	return obs
}

func TestLabModalitiesAreIdentified(t *testing.T) {
	obs := labObservations(t, 0)
	cases := map[string]struct {
		ip    string
		attr  traffic.Attribute
		value string
	}{
		"a CT says who made it":                       {"10.20.0.21", traffic.Manufacturer, "GE MEDICAL SYSTEMS"},
		"a CT says its model":                         {"10.20.0.21", traffic.Model, "RHAPSODE"},
		"a second modality behind the same address":   {"10.20.0.21", traffic.Model, "Supria"},
		"the second modality has its own serial":      {"10.20.0.21", traffic.SerialNumber, "700006008"},
		"an ultrasound in big endian":                 {"10.20.0.22", traffic.Model, "LOGIQ 700"},
		"its serial":                                  {"10.20.0.22", traffic.SerialNumber, "4131101"},
		"its software":                                {"10.20.0.22", traffic.SoftwareVersion, "R6.1"},
		"a magnetic resonance scanner":                {"10.20.0.23", traffic.Manufacturer, "TOSHIBA_MEC"},
		"its software version":                        {"10.20.0.23", traffic.SoftwareVersion, "V3.51*P25"},
		"a serial that begins with a sign":            {"10.20.0.23", traffic.SerialNumber, "-0000200"},
		"a gamma camera":                              {"10.20.0.24", traffic.Model, "MILLENNIUM MG"},
		"an electrocardiograph":                       {"10.20.0.25", traffic.Manufacturer, "Mortara Instrument, Inc."},
		"its class":                                   {"10.20.0.25", traffic.Class, "ecg"},
		"an X-ray reader behind a VMware address":     {"10.20.0.26", traffic.Manufacturer, "Agfa-Gevaert AG"},
		"its serial number, an integer in text":       {"10.20.0.26", traffic.SerialNumber, "1871"},
		"the class of a computed radiography device":  {"10.20.0.26", traffic.Class, "x-ray"},
		"the class of an ultrasound":                  {"10.20.0.22", traffic.Class, "ultrasound"},
		"the class of a gamma camera":                 {"10.20.0.24", traffic.Class, "nuclear-medicine"},
		"the class of a magnetic resonance scanner":   {"10.20.0.23", traffic.Class, "mr-scanner"},
		"the class of a computed tomography scanner":  {"10.20.0.21", traffic.Class, "ct-scanner"},
		"software of the computed radiography reader": {"10.20.0.26", traffic.SoftwareVersion, "c25_1008"},
	}
	for name, c := range cases {
		if got := identities(obs, c.attr, true)[c.ip]; !slices.Contains(got, c.value) {
			t.Errorf("%s: %s %s = %q, want %q among them", name, c.ip, c.attr, got, c.value)
		}
	}
	if got := identities(obs, traffic.SerialNumber, true)["10.20.0.24"]; len(got) != 0 {
		t.Errorf("an address in the serial number field is no serial number: got %q", got)
	}
	if got := identities(obs, traffic.AETitle, false)["10.20.0.10"]; !slices.Equal(got, []string{"LABPACS"}) {
		t.Errorf("the archive's title: got %q", got)
	}
	if got := identities(obs, traffic.Class, false)["10.20.0.10"]; !slices.Equal(got, []string{"pacs"}) {
		t.Errorf("who answers queries is an archive: got %q", got)
	}
	if testing.Verbose() {
		for _, o := range obs {
			t.Logf("%s %s %v content=%v %+v", o.MAC, o.IP, o.Roles, o.Content, o.Claims)
		}
	}
}

// TestPiecesDoNotMatter feeds the same bytes in other pieces.
func TestDICOMPiecesDoNotMatter(t *testing.T) {
	whole := labObservations(t, 0)
	for _, size := range []int{1, 7, 1000} {
		got := labObservations(t, size)
		if len(got) != len(whole) {
			t.Fatalf("pieces of %d: %d observations, want %d", size, len(got), len(whole))
		}
		for i := range got {
			if !slices.Equal(got[i].Claims, whole[i].Claims) || !slices.Equal(got[i].Roles, whole[i].Roles) {
				t.Errorf("pieces of %d: observation %d = %+v, want %+v", size, i, got[i], whole[i])
			}
		}
	}
}

// TestNoPatientLeaves compares every claim with every patient element that
// the lab's data sets hold.
func TestNoPatientLeavesTheDICOMDissector(t *testing.T) {
	obs := labObservations(t, 0)
	for _, secret := range []string{"^", "CompressedSamples", "PATIENT", "Anonymized"} {
		for _, o := range obs {
			for _, c := range o.Claims {
				if strings.Contains(c.Value, secret) || strings.Contains(c.Raw, secret) {
					t.Errorf("claim %+v holds %q", c, secret)
				}
			}
		}
	}
}

func TestMedicalCapturesShowTheRequestor(t *testing.T) {
	paths, _ := filepath.Glob("../../shared/testdata/traffic/medical/dicom_arq_*.pcap")
	if len(paths) == 0 {
		t.Skip("this test needs ../shared/testdata/traffic/medical, not there")
	}
	for _, path := range paths {
		var obs []traffic.Observation
		for _, c := range connections(t, path) {
			obs = append(obs, dissect(c, 0)...)
		}
		titles := 0
		for _, o := range obs {
			for _, c := range o.Claims {
				if c.Attribute == traffic.AETitle && c.Value != "" {
					titles++
				}
			}
		}
		if titles == 0 {
			t.Errorf("%s: no AE title was found in %+v", filepath.Base(path), obs)
		}
	}
}

// element writes an explicit little endian data element.
func element(group, el uint16, vr, value string) []byte {
	b := binary.LittleEndian.AppendUint16(nil, group)
	b = binary.LittleEndian.AppendUint16(b, el)
	b = append(b, vr...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// dataUnits packs b into P-DATA-TF units with fragments of at most size bytes.
func dataUnits(context, control byte, b []byte, size int) []byte {
	var out []byte
	for len(b) > 0 {
		n := min(size, len(b))
		pdv := binary.BigEndian.AppendUint32(nil, uint32(n+2))
		c := control
		if n == len(b) {
			c |= 2
		}
		pdv = append(append(pdv, context, c), b[:n]...)
		out = append(out, dicom.EncodeUnit(dicom.DataTF, pdv)...)
		b = b[n:]
	}
	return out
}

// association is a made-up store of one data set.
func association(t testing.TB, set []byte, size int) *conn {
	t.Helper()
	const ct = "1.2.840.10008.5.1.4.1.1.2"
	rq, err := dicom.Associate{CalledAE: "ARCHIVE", CallingAE: "SCANNER", Contexts: []dicom.Context{
		{ID: 1, Abstract: ct, Transfer: []string{dicom.ExplicitLittle}}},
		User: dicom.User{MaxLength: 16384, Implementation: "1.2.840.113619.6.999", Version: "ACME_1"}}.Encode(dicom.AssociateRQ)
	if err != nil {
		t.Fatal(err)
	}
	ac, err := dicom.Associate{CalledAE: "ARCHIVE", CallingAE: "SCANNER", Contexts: []dicom.Context{
		{ID: 1, Transfer: []string{dicom.ExplicitLittle}}}, User: dicom.User{MaxLength: 16384, Implementation: "1.2.3"}}.Encode(dicom.AssociateAC)
	if err != nil {
		t.Fatal(err)
	}
	store := dicom.Command{Field: dicom.CStoreRQ, MessageID: 1, SOPClass: ct, SOPInstance: "1.2.840.113619.2.1.4", DataSet: true}.Encode()
	send := append(dataUnits(1, 1, store, size), dataUnits(1, 0, set, size)...)
	return &conn{
		client: traffic.Endpoint{IP: netip.MustParseAddr("10.0.0.1"), MAC: "02:00:00:00:00:01", Port: 40000},
		server: traffic.Endpoint{IP: netip.MustParseAddr("10.0.0.2"), MAC: "02:00:00:00:00:02", Port: 104},
		pieces: []piece{{traffic.ToServer, rq}, {traffic.ToClient, ac}, {traffic.ToServer, send}},
	}
}

// made is a made-up data set: two identity tags around a patient's.
func made() []byte {
	return slices.Concat(
		element(8, 5, "CS", "ISO_IR 100"),
		element(8, 0x60, "CS", "CT"),
		element(8, 0x70, "LO", "M\xfcller AG"+" "),
		element(8, 0x1040, "LO", "Radiology "),
		element(8, 0x1090, "LO", "Scan 9"),
		element(0x10, 0x10, "PN", "Somebody^Made Up"),
		element(0x18, 0x1000, "LO", "SN-4711 "),
		element(0x18, 0x1020, "LO", `1.2\3.4\1.2`+" "),
		element(0x20, 0xD, "UI", "1.2.3.4 "),
	)
}

func TestMadeAssociation(t *testing.T) {
	for _, size := range []int{2, 11, 16000} {
		obs := dissect(association(t, made(), size), 0)
		want := map[traffic.Attribute]string{traffic.Class: "ct-scanner", traffic.Manufacturer: "Müller AG", traffic.Model: "Scan 9",
			traffic.SerialNumber: "SN-4711", traffic.Location: "unit Radiology", traffic.SoftwareVersion: `1.2\3.4`}
		for a, v := range want {
			if got := identities(obs, a, true)["10.0.0.1"]; !slices.Contains(got, v) {
				t.Errorf("fragments of %d: %s = %q, want %q", size, a, got, v)
			}
		}
		for _, o := range obs {
			for _, c := range o.Claims {
				if strings.Contains(c.Value+c.Raw, "Somebody") {
					t.Errorf("a patient left: %+v", c)
				}
			}
		}
	}
}

func TestGapInsidePixelsCostsNothing(t *testing.T) {
	pixels := make([]byte, 40000)
	first := append(made(), 0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0, 0x40, 0x9C, 0, 0)
	first = append(first, pixels...)
	c := association(t, first, 1<<20)
	second := association(t, bytes.Replace(made(), []byte("Scan 9"), []byte("Scan 8"), 1), 1<<20)
	stream := append(slices.Clone(c.pieces[2].data), second.pieces[2].data...)

	var out []traffic.Observation
	s := traffic.NewStream("dicom", c.client, c.server, func(o traffic.Observation) { out = append(out, o) })
	p := traffic.DICOM().New()
	p.Feed(s, traffic.ToServer, c.pieces[0].data)
	p.Feed(s, traffic.ToClient, c.pieces[1].data)
	p.Feed(s, traffic.ToServer, stream[:5000])
	p.Gap(s, traffic.ToServer, 20000)
	p.Feed(s, traffic.ToServer, stream[25000:])
	if got := identities(out, traffic.Model, true)["10.0.0.1"]; !slices.Equal(got, []string{"Scan 9", "Scan 8"}) {
		t.Errorf("models = %q, want both data sets in spite of the gap", got)
	}
}

func FuzzDICOM(f *testing.F) {
	for _, size := range []int{2, 16000} {
		for _, part := range association(f, made(), size).pieces {
			f.Add(part.data, uint8(3))
		}
	}
	f.Fuzz(func(_ *testing.T, b []byte, cut uint8) {
		d := traffic.DICOM()
		d.Sniff(b, 104)
		s := traffic.NewStream("dicom", traffic.Endpoint{}, traffic.Endpoint{}, func(traffic.Observation) {})
		p := d.New()
		for i := 0; len(b) > 0 && !s.Left(); i++ {
			n := min(len(b), 1+int(cut))
			dir := traffic.Direction(i / 3 % 2)
			if i%7 == 6 {
				p.Gap(s, dir, n)
			} else {
				p.Feed(s, dir, b[:n])
			}
			b = b[n:]
		}
	})
}
