package traffic_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"testing"

	"bedrail/traffic"
)

// initial is a client's Initial packet of version 1 around frames, padded and
// encrypted as RFC 9001 5 says.
func initial(t testing.TB, frames []byte) []byte {
	t.Helper()
	dcid := []byte("bedside7")
	clear := append(bytes.Clone(frames), make([]byte, max(0, 1200-len(frames)))...)
	head := append([]byte{0xc3, 0, 0, 0, 1, byte(len(dcid))}, dcid...)
	head = append(head, 0, 0)
	head = binary.BigEndian.AppendUint16(head, 0x4000|uint16(4+len(clear)+16)&0x3fff)
	number := len(head)
	head = append(head, 0, 0, 0, 7)
	secret, err := hkdf.Extract(sha256.New, dcid, []byte("\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"))
	if err != nil {
		t.Fatal(err)
	}
	derive := func(secret []byte, label string, size int) []byte {
		out, err := hkdf.Expand(sha256.New, secret, string(append([]byte{0, byte(size), byte(6 + len(label))}, "tls13 "+label+"\x00"...)), size)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	client := derive(secret, "client in", 32)
	nonce := derive(client, "quic iv", 12)
	nonce[11] ^= 7
	aead, err := cipher.NewGCM(block(t, derive(client, "quic key", 16)))
	if err != nil {
		t.Fatal(err)
	}
	packet := aead.Seal(bytes.Clone(head), nonce, clear, head)
	var mask [16]byte
	block(t, derive(client, "quic hp", 16)).Encrypt(mask[:], packet[number+4:number+20])
	packet[0] ^= mask[0] & 0x0f
	for i := range 4 {
		packet[number+i] ^= mask[1+i]
	}
	return packet
}

func block(t testing.TB, key []byte) cipher.Block {
	t.Helper()
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// crypto is a CRYPTO frame (RFC 9000 19.6).
func crypto(offset int, data []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{6}, 0x4000|uint16(offset))
	b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(len(data)))
	return append(b, data...)
}

// greeting is the first message of a real client that asks for name.
func greeting(t testing.TB, name string) []byte {
	t.Helper()
	c := tls.QUICClient(&tls.QUICConfig{TLSConfig: &tls.Config{ServerName: name, NextProtos: []string{"h3"}, MinVersion: tls.VersionTLS13}})
	defer c.Close()
	c.SetTransportParameters([]byte{})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for {
		switch e := c.NextEvent(); e.Kind {
		case tls.QUICWriteData:
			return bytes.Clone(e.Data)
		case tls.QUICNoEvent:
			t.Fatal("the client said nothing")
		}
	}
}

// hear gives packets of one client to a dissector that has heard nothing yet.
func hear(t testing.TB, emit func(traffic.Observation), packets ...[]byte) {
	t.Helper()
	d := find(t, "quic")
	for _, b := range packets {
		d.Dissect(traffic.NewPacket("quic", traffic.Endpoint{IP: pumpIP, Port: 50000}, traffic.Endpoint{IP: engineIP, Port: 443}, b, emit))
	}
}

// A name is read however the client cuts its greeting, and in whatever order
// the pieces come.
func TestAGreetingInPiecesNamesItsServer(t *testing.T) {
	hello := greeting(t, "pumps.example.org")
	tests := map[string][][]byte{
		"in one":             {crypto(0, hello)},
		"two frames":         {append(crypto(0, hello[:50]), crypto(50, hello[50:])...)},
		"the later first":    {append(crypto(50, hello[50:]), crypto(0, hello[:50])...)},
		"two packets":        {crypto(0, hello[:90]), crypto(90, hello[90:])},
		"the later packet":   {crypto(90, hello[90:]), crypto(0, hello[:90])},
		"after a ping":       {append([]byte{1, 0}, crypto(0, hello)...)},
		"with an overlap":    {append(crypto(0, hello[:70]), crypto(40, hello[40:])...)},
		"after a repetition": {crypto(0, hello[:90]), crypto(0, hello[:90]), crypto(90, hello[90:])},
	}
	for name, pieces := range tests {
		t.Run(name, func(t *testing.T) {
			var packets [][]byte
			for _, p := range pieces {
				packets = append(packets, initial(t, p))
			}
			names := 0
			hear(t, func(o traffic.Observation) {
				for _, c := range o.Claims {
					if c.Value == "pumps.example.org" {
						names++
					}
				}
			}, packets...)
			if names != 1 {
				t.Errorf("the name was told %d times", names)
			}
		})
	}
}

// FuzzQUICFrames encrypts what it is given: arbitrary bytes in place of a
// packet hardly ever reach what lies behind the encryption.
func FuzzQUICFrames(f *testing.F) {
	hello := greeting(f, "pumps.example.org")
	f.Add(crypto(0, hello), crypto(0, hello[:9]))
	f.Add(append([]byte{2, 7, 0, 1, 0, 0, 0}, crypto(20, hello[20:])...), crypto(0, hello[:20]))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		if max(len(first), len(second)) > 1400 {
			return
		}
		hear(t, func(o traffic.Observation) { bounded(t, o) }, initial(t, first), initial(t, second))
	})
}
