package traffic

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

const (
	pumpHeader = "MSH|^~\\&|PUMPLINK^0003B1FFFE0000AA^EUI-64|WARD|IE|HOSP|20260301101500||ORU^R01^ORU_R01|C1|P|2.6|||NE|AL|||||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO\r"
	patient    = "PID|||SECRETMRN^^^HOSP^MR||SECRETNAME^SECRETGIVEN||19700101|F|||SECRETSTREET\rNK1|1|SECRETKIN\r"
	pumpBody   = "PV1||I|ICU^3^12\rOBR|1|O1|F1|69985^MDC_DEV_PUMP_INFUS_MDS^MDC|||20260301101500\r" +
		"OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X|||||||PLUM A+ SN 4711^HOSPIRA^0003B1FFFE0000AA^EUI-64\r" +
		"OBX|2|ST|1^NOTE^L|1.1.1.2|SECRETNOTE||||||R\r"
)

func client(mac MAC) Endpoint {
	return Endpoint{MAC: mac, IP: netip.MustParseAddr("10.0.0.5"), Port: 40000}
}

var engine = Endpoint{MAC: "00:50:56:00:00:01", IP: netip.MustParseAddr("10.0.0.9"), Port: 2575}

// hear feeds stream in pieces of n bytes and returns what was observed.
func hear(t *testing.T, from Endpoint, dir Direction, stream string, n int) []Observation {
	t.Helper()
	var got []Observation
	s := NewStream("hl7v2", from, engine, func(o Observation) { got = append(got, o) })
	p := hl7v2().New()
	for data := []byte(stream); len(data) > 0; {
		k := min(n, len(data))
		p.Feed(s, dir, append([]byte(nil), data[:k]...))
		data = data[k:]
	}
	return got
}

// told writes the claims of observations as lines, for comparison.
func told(obs []Observation) string {
	var b strings.Builder
	for _, o := range obs {
		fmt.Fprintf(&b, "%s content=%v\n", strings.Join(o.Roles, ","), o.Content)
		for _, c := range o.Claims {
			fmt.Fprintf(&b, "  %s=%s %.2f %s\n", c.Attribute, c.Value, c.Weight, c.Field)
		}
	}
	return b.String()
}

func TestHL7NamesTheDevice(t *testing.T) {
	cases := map[string]struct {
		mac     MAC
		message string
		want    []string // lines that must be there
		never   []string
	}{
		"a device whose EUI-64 holds its own address speaks for itself": {
			mac: "00:03:b1:00:00:aa", message: pumpHeader + patient + pumpBody,
			want: []string{"hl7-device,ihe-observation-reporter content=false", "class=infusion-pump 0.95 OBX-3", "serialNumber=4711 0.95 OBX-18", "model=Plum A+ 0.90 OBX-18",
				"manufacturer=ICU Medical/Hospira", "eui64=0003B1FFFE0000AA", "location=unit ICU, room 3, bed 12 0.60 PV1-3"},
		},
		"the same from another address speaks for a device behind it": {
			mac: "00:11:22:33:44:55", message: pumpHeader + patient + pumpBody,
			want: []string{"hl7-device,ihe-observation-reporter content=true"},
		},
		"a UDI beats fields that a sender shifted, and the conflict is kept": {
			mac: "00:12:21:00:00:42",
			message: "MSH|^~\\&|BBRAUN_OL^001221FFFE000042^EUI-64|BBRAUN|IE|H|20260301||ORU^R01|C2|P|2.8\r" + patient + "PV1||I|ICU^3^14\rOBR|1|||69985^MDC_DEV_PUMP_INFUS_MDS^MDC\r" +
				"PRT|1|UC||EQUIP^Equipment^HL70912|||||Perfusor Space|(01)04046963716721(21)0042778(11)210314(10)L77|||||||04046963716721|20210314||L77|0042778\r",
			want: []string{"serialNumber=0042778 0.95 PRT-10", "serialNumber=L77 0.10 PRT-20", "model=Perfusor Space 0.85 PRT-9", "manufacturer=B. Braun", "udi=(01)04046963716721", "class=infusion-pump 0.90 OBR-4"},
		},
		"production data name model, serial number and software": {
			mac: "00:09:5c:00:00:43",
			message: "MSH|^~\\&|M^00095CFFFE000043^EUI-64||||20260301||ORU^R01|C3|P|2.6\r" + patient + "OBR|1\r" +
				"OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||DE43^PHILIPS_MX800^00095CFFFE000043^EUI-64\r" +
				"OBX|2|ST|531969^MDC_ID_MODEL_NUMBER^MDC|1.0.0.1|MX800 M8001A||||||R\rOBX|3|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|1.0.0.2|DE43||||||R\rOBX|4|ST|531976^MDC_ID_PROD_SPEC_FW^MDC|1.0.0.3|M.04.01||||||R\r",
			want: []string{"class=patient-monitor", "model=MX800 M8001A 0.95 OBX-5", "serialNumber=DE43 0.95 OBX-5", "softwareVersion=M.04.01 0.90 OBX-5", "manufacturer=Philips"},
		},
		"two devices of one gateway stay apart": {
			mac: "00:50:56:00:00:02",
			message: "MSH|^~\\&|GW||||20260301||ORU^R01|C4|P|2.6\r" + patient + "OBR|1\r" +
				"OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X|||||||A1^^0003B1FFFE000001^EUI-64\rOBX|2||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|2.0.0.0|||||||X|||||||A2^^0003B1FFFE000002^EUI-64\r",
			want: []string{"eui64=0003B1FFFE000001", "eui64=0003B1FFFE000002", "hl7-sender"},
		},
		"an admission says nothing of a device, and the patient's bed is not the sender's": {
			mac:     "00:50:56:00:00:02",
			message: "MSH|^~\\&|ADT|H|IE|H|20260301||ADT^A01|C5|P|2.3\r" + patient + "PV1|1|I|ICU^3^12\r",
			want:    []string{"hl7-sender content=false"}, never: []string{"location=", "hl7-device"},
		},
		"a home address of a patient is no place of a device": {
			mac:     "00:03:b1:00:00:aa",
			message: pumpHeader + patient + strings.Replace(pumpBody, "ICU^3^12", "SECRETHOME^^^^^H", 1),
			want:    []string{"hl7-device"}, never: []string{"location="},
		},
		"an EUI-64 of zeros is none": {
			mac: "00:50:56:00:00:02", message: "MSH|^~\\&|GW^0000000000000000^EUI-64||||20260301||ORU^R01|C6|P|2.6\rOBR|1\rOBX|1|NM|1|1|2||||||R|||||||SN-77^^0000000000000000^EUI-64\r",
			want: []string{"serialNumber=SN-77 0.60"}, never: []string{"eui64="},
		},
		"an acknowledgment's sender receives": {
			mac: "00:50:56:00:00:02", message: "MSH|^~\\&|IE|H|P|W|20260301||ACK^R01^ACK|C1|P|2.6\rMSA|AA|C1\r", want: []string{"hl7-receiver"},
		},
		"software of the sender": {
			mac: "00:50:56:00:00:02", message: "MSH|^~\\&|GW||||20260301||ORU^R01|C7|P|2.6\rSFT|Acme Health|7.1.2|Acme Gateway|8871\r" + patient,
			want: []string{"softwareVersion=7.1.2 0.60 SFT-2", "model=Acme Gateway 0.60 SFT-3"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			obs := hear(t, client(c.mac), ToServer, "\x0b"+c.message+"\x1c\r", 1<<20)
			got := told(obs)
			for _, line := range c.want {
				if !strings.Contains(got, line) {
					t.Errorf("got\n%s\nwant a line with %q", got, line)
				}
			}
			for _, line := range c.never {
				if strings.Contains(got, line) {
					t.Errorf("got\n%s\nwant no line with %q", got, line)
				}
			}
			written, err := json.Marshal(obs)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(written), "SECRET") {
				t.Errorf("patient data left the dissector: %s", written)
			}
		})
	}
}

func TestHL7FramesInAnyPieces(t *testing.T) {
	one := "\x0b" + pumpHeader + patient + pumpBody + "\x1c\r"
	stream := "noise" + one + "\x00\x00" + one + "\x0bMSH|^~\\&|torn"
	whole := told(hear(t, client("00:03:b1:00:00:aa"), ToServer, stream, 1<<20))
	if !strings.Contains(whole, "4711") {
		t.Fatalf("got %s", whole)
	}
	for _, n := range []int{1, 2, 3, 7, 100, 333} {
		if got := told(hear(t, client("00:03:b1:00:00:aa"), ToServer, stream, n)); got != whole {
			t.Errorf("in pieces of %d: got\n%s\nwant\n%s", n, got, whole)
		}
	}
}

func TestHL7KnowsItsStream(t *testing.T) {
	cases := map[string]struct {
		first string
		want  bool
	}{
		"a frame":                      {"\x0bMSH|^~\\&|A", true},
		"a frame whose start was lost": {"MSH|^~\\&|A", true},
		"other delimiters":             {"\x0bMSH!@~\\&!LAB", true},
		"a batch":                      {"\x0bBHS|^~\\&|A", true},
		"too little yet":               {"\x0bMSH", false},
		"a word that begins alike":     {"MSHOP login", false},
		"HTTP":                         {"GET / HTTP/1.1", false},
	}
	for name, c := range cases {
		if got := sniffHL7([]byte(c.first), 80); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestHL7GoesOnAfterAGap(t *testing.T) {
	var got []Observation
	s := NewStream("hl7v2", client("00:03:b1:00:00:aa"), engine, func(o Observation) { got = append(got, o) })
	p := hl7v2().New()
	whole := "\x0b" + pumpHeader + patient + pumpBody + "\x1c\r"
	p.Feed(s, ToServer, []byte(whole[:200]))
	p.Gap(s, ToServer, 40)
	p.Feed(s, ToServer, []byte(whole[240:]))
	if len(got) != 0 {
		t.Errorf("a message with a hole said %s", told(got))
	}
	p.Feed(s, ToServer, []byte(whole))
	if !strings.Contains(told(got), "4711") {
		t.Errorf("the next message was not read: %s", told(got))
	}
}

func TestUDI(t *testing.T) {
	cases := map[string]struct {
		text string
		want Label
		ok   bool
	}{
		"GS1 with brackets":          {"(01)04046963716721(21)0042778(11)210314(10)L77", Label{Issuer: "GS1", DI: "04046963716721", Serial: "0042778", Lot: "L77", Made: "2021-03-14"}, true},
		"GS1 with a group separator": {"010404696371672110L77\x1d1722020021SN(9)", Label{Issuer: "GS1", DI: "04046963716721", Serial: "SN(9)", Lot: "L77", Expiry: "2022-02-28"}, true},
		"GS1 software version":       {"(01)04046963716721(8012)2.1", Label{Issuer: "GS1", DI: "04046963716721", Software: "2.1"}, true},
		"GS1 with a wrong check digit is a number of something else": {"010404696371672210L77", Label{}, false},
		"HIBCC":                     {"+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202C", Label{Issuer: "HIBCC", DI: "H123PARTNO1234567890120", Lot: "LOT123456789012345", Serial: "XYZ456789012345678", Made: "2013-02-02"}, true},
		"ICCBBA":                    {"=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123", Label{Issuer: "ICCBBA", DI: "A9999XYZ100T0944", Serial: "000025", Expiry: "2014-02-01", Made: "2013-02-01", Lot: "000000000000XYZ123"}, true},
		"a serial number is no UDI": {"0041PLUMAP", Label{}, false},
		"nothing":                   {"", Label{}, false},
	}
	for name, c := range cases {
		got, ok := ParseUDI(c.text)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v, %v", name, got, ok, c.want, c.ok)
		}
	}
}

func TestSpotReadsWhatItWrites(t *testing.T) {
	want := Spot{Site: "Main House", Unit: "ICU", Room: "3", Bed: "12 B"}
	if got := ParseSpot(want.String()); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (Spot{Unit: "a, b"}).String(); got != "unit a b" {
		t.Errorf("got %q", got)
	}
}

func FuzzHL7Stream(f *testing.F) {
	f.Add("\x0b"+pumpHeader+patient+pumpBody+"\x1c\r", 7)
	f.Add("MSH|^~\\&|\x1c\x0bBHS|^~\\&|\rMSH|^~\\&|A\rPRT|1||||||||||(01)04046963716721(21)1|||||||x\x1c", 1)
	f.Fuzz(func(t *testing.T, stream string, n int) {
		n = max(1, min(n, len(stream)+1))
		whole := told(hear(t, client("00:03:b1:00:00:aa"), ToServer, stream, len(stream)+1))
		if got := told(hear(t, client("00:03:b1:00:00:aa"), ToServer, stream, n)); got != whole {
			t.Errorf("in pieces of %d: got\n%s\nwant\n%s", n, got, whole)
		}
	})
}

func FuzzUDI(f *testing.F) {
	f.Add("(01)04046963716721(21)0042778")
	f.Add("+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202C")
	f.Add("=/A9999XYZ100T0944=,000025")
	f.Fuzz(func(t *testing.T, text string) { ParseUDI(text) })
}
