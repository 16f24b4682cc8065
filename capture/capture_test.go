package capture_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail"
	"bedrail/capture"
	"bedrail/traffic"
)

// pcapBytes makes a classic capture of frames at one-second steps from
// second 1000.5.
func pcapBytes(order binary.AppendByteOrder, magic uint32, frames ...string) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, 65535)
	b = order.AppendUint32(b, 1)
	for i, f := range frames {
		half := uint32(500_000)
		if magic == 0xa1b23c4d {
			half = 500_000_000
		}
		b = order.AppendUint32(b, uint32(1000+i))
		b = order.AppendUint32(b, half)
		b = order.AppendUint32(b, uint32(len(f)))
		b = order.AppendUint32(b, uint32(len(f)+10))
		if magic == 0xa1b2cd34 {
			b = append(b, make([]byte, 8)...)
		}
		b = append(b, f...)
	}
	return b
}

// block makes a pcapng block.
func block(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := order.AppendUint32(nil, kind)
	b = order.AppendUint32(b, uint32(len(body)+12))
	b = append(b, body...)
	return order.AppendUint32(b, uint32(len(body)+12))
}

func section(order binary.AppendByteOrder) []byte {
	body := order.AppendUint32(nil, 0x1a2b3c4d)
	body = order.AppendUint16(body, 1)
	body = order.AppendUint16(body, 0)
	body = order.AppendUint64(body, 1<<64-1)
	return block(order, 0x0a0d0d0a, body)
}

func describe(order binary.AppendByteOrder, link uint16, options ...byte) []byte {
	body := order.AppendUint16(nil, link)
	body = order.AppendUint16(body, 0)
	body = order.AppendUint32(body, 0)
	return block(order, 1, append(body, options...))
}

func packet(order binary.AppendByteOrder, id uint32, stamp uint64, data string) []byte {
	body := order.AppendUint32(nil, id)
	body = order.AppendUint32(body, uint32(stamp>>32))
	body = order.AppendUint32(body, uint32(stamp))
	body = order.AppendUint32(body, uint32(len(data)))
	body = order.AppendUint32(body, uint32(len(data)))
	return block(order, 6, append(body, data...))
}

type frame struct {
	data  string
	nanos int64
	link  traffic.Link
	iface int
}

// read reads everything and returns how it ended.
func read(in io.Reader) ([]frame, capture.Stats, error) {
	src, err := capture.Read(in)
	if err != nil {
		return nil, capture.Stats{}, err
	}
	var all []frame
	var f traffic.Frame
	for {
		if err := src.Next(&f); err != nil {
			return all, src.Stats(), err
		}
		all = append(all, frame{string(f.Data), f.Nanos, f.Link, f.Interface})
	}
}

func TestPcapIsReadInEveryByteOrderAndResolution(t *testing.T) {
	for name, c := range map[string]struct {
		order binary.AppendByteOrder
		magic uint32
	}{
		"little-endian microseconds": {binary.LittleEndian, 0xa1b2c3d4},
		"big-endian microseconds":    {binary.BigEndian, 0xa1b2c3d4},
		"little-endian nanoseconds":  {binary.LittleEndian, 0xa1b23c4d},
		"big-endian nanoseconds":     {binary.BigEndian, 0xa1b23c4d},
		"a longer header per record": {binary.LittleEndian, 0xa1b2cd34},
		"the same in big-endian":     {binary.BigEndian, 0xa1b2cd34},
	} {
		t.Run(name, func(t *testing.T) {
			got, stats, err := read(bytes.NewReader(pcapBytes(c.order, c.magic, "one", "two!")))
			if err != io.EOF || len(got) != 2 || stats.Packets != 2 || stats.Bytes != 7 {
				t.Fatalf("got %v, %+v, %v; want two frames and the end", got, stats, err)
			}
			want := frame{"two!", 1001_500_000_000, traffic.LinkEthernet, 0}
			if got[1] != want {
				t.Errorf("got %+v, want %+v", got[1], want)
			}
		})
	}
}

func TestPcapngKeepsInterfacesAndResolutionsApart(t *testing.T) {
	for name, order := range map[string]binary.AppendByteOrder{"little-endian": binary.LittleEndian, "big-endian": binary.BigEndian} {
		t.Run(name, func(t *testing.T) {
			opt := func(code uint16, value ...byte) []byte {
				b := order.AppendUint16(nil, code)
				b = order.AppendUint16(b, uint16(len(value)))
				b = append(b, value...)
				return append(b, make([]byte, (4-len(value)%4)%4)...)
			}
			b := section(order)
			b = append(b, describe(order, 1)...)
			b = append(b, describe(order, 101, append(opt(9, 9), opt(14, order.AppendUint64(nil, 7)...)...)...)...)
			b = append(b, describe(order, 113, opt(9, 0x80|10)...)...)
			b = append(b, block(order, 0x0bad, []byte("what nobody knows"))...)
			b = append(b, packet(order, 0, 1_500_000, "micro")...)
			b = append(b, packet(order, 1, 1_500_000_000, "nano")...)
			b = append(b, packet(order, 2, 1536, "binary")...)
			stats := order.AppendUint32(nil, 0)
			stats = append(stats, make([]byte, 8)...)
			stats = append(stats, opt(5, order.AppendUint64(nil, 42)...)...)
			b = append(b, block(order, 5, stats)...)
			b = append(b, section(order)...) // interfaces begin anew
			b = append(b, describe(order, 276)...)
			b = append(b, block(order, 3, append(order.AppendUint32(nil, 6), "simple"...))...)
			got, s, err := read(bytes.NewReader(b))
			want := []frame{
				{"micro", 1_500_000_000, 1, 0}, {"nano", 8_500_000_000, 101, 1},
				{"binary", 1_500_000_000, 113, 2}, {"simple", 0, 276, 0},
			}
			if err != io.EOF || len(got) != len(want) {
				t.Fatalf("got %+v, %v; want %d frames and the end", got, err, len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("frame %d: got %+v, want %+v", i, got[i], want[i])
				}
			}
			if s.Dropped != 42 {
				t.Errorf("got %d dropped, want the 42 that the capturing machine counted", s.Dropped)
			}
		})
	}
}

func TestATruncatedCaptureIsUsedUpToTheBreak(t *testing.T) {
	le := binary.LittleEndian
	ng := append(append(section(le), describe(le, 1)...), packet(le, 0, 5, "first")...)
	captures := map[string][]byte{
		"pcap":   pcapBytes(le, 0xa1b2c3d4, "first", "second"),
		"pcapng": append(ng, packet(le, 0, 6, "second")...),
	}
	for name, whole := range captures {
		for cut := range whole {
			got, _, err := read(bytes.NewReader(whole[:cut]))
			var broken *capture.Break
			if err != io.EOF && !errors.As(err, &broken) {
				t.Fatalf("%s cut at %d: got %v, want a Break or the end", name, cut, err)
			}
			if broken != nil && (!broken.Truncated || bedrail.KindOf(err) != bedrail.Invalid) {
				t.Errorf("%s cut at %d: got %+v, want a truncation that may be shown", name, cut, broken)
			}
			if len(got) > 1 || len(got) == 1 && got[0].data != "first" {
				t.Errorf("%s cut at %d: got %v", name, cut, got)
			}
		}
	}
}

func TestWhatIsNoCaptureIsSaidInOneLine(t *testing.T) {
	le := binary.LittleEndian
	huge := pcapBytes(le, 0xa1b2c3d4)
	huge = append(huge, make([]byte, 8)...)
	huge = le.AppendUint32(huge, 1<<31)
	huge = le.AppendUint32(huge, 1<<31)
	ng := append(section(le), describe(le, 1)...)
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"an empty file":                          {nil, "empty"},
		"a text":                                 {[]byte("HELLO WORLD"), "no capture"},
		"a record that claims two gigabytes":     {huge, "byte 24, after packet 0"},
		"a block that claims four gigabytes":     {append(ng, 6, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff, 0, 0, 0, 0), "more than any frame"},
		"a block with an odd length":             {append(ng, 6, 0, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0), "no block has"},
		"a packet of an interface not described": {append(ng, packet(le, 9, 0, "x")...), "interface 9"},
		"damaged gzip":                           {[]byte{0x1f, 0x8b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := read(bytes.NewReader(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %q", err, c.want)
			}
		})
	}
}

func zipped(t *testing.T, in io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.Copy(z, in); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestACompressedCaptureReadsAsThePlainOne(t *testing.T) {
	plain := pcapBytes(binary.LittleEndian, 0xa1b2c3d4, "one", "two")
	got, _, err := read(bytes.NewReader(zipped(t, bytes.NewReader(plain))))
	if err != io.EOF || len(got) != 2 || got[1].data != "two" {
		t.Errorf("got %v, %v", got, err)
	}
}

// zeros is a stream of n zero bytes.
type zeros int

func (z *zeros) Read(p []byte) (int, error) {
	n := min(len(p), int(*z))
	*z -= zeros(n)
	clear(p[:n])
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestACompressionBombIsGivenUp(t *testing.T) {
	z := zeros(200 << 20)
	bomb := zipped(t, io.MultiReader(bytes.NewReader(pcapBytes(binary.LittleEndian, 0xa1b2c3d4)), &z))
	src, err := capture.Read(bytes.NewReader(bomb))
	if err != nil {
		t.Fatal(err)
	}
	var f traffic.Frame
	for err == nil {
		err = src.Next(&f)
	}
	var broken *capture.Break
	if !errors.As(err, &broken) || !strings.Contains(broken.Why, "inflates") {
		t.Errorf("got %v after %d packets, want it given up", err, src.Stats().Packets)
	}
}

func TestAWriterIsReadBack(t *testing.T) {
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, traffic.LinkEthernet)
	if err != nil {
		t.Fatal(err)
	}
	in := traffic.Frame{Data: []byte("frame"), Length: 900, Nanos: 1_700_000_000_123_456_789}
	if err := errors.Join(w.Frame(&in), w.Flush()); err != nil {
		t.Fatal(err)
	}
	got, _, err := read(&b)
	if err != io.EOF || len(got) != 1 || got[0].data != "frame" || got[0].nanos != in.Nanos {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestEveryCaptureOfTheTestDataIsRead(t *testing.T) {
	const shared = "../../shared/testdata/traffic"
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("SKIPPED: this test needs %s, which is not there", shared)
	}
	count := 0
	err := filepath.WalkDir(shared, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".pcap") && !strings.HasSuffix(path, ".pcapng") {
			return err
		}
		src, err := capture.Open(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		defer src.Close()
		var f traffic.Frame
		for err == nil {
			err = src.Next(&f)
		}
		var broken *capture.Break
		if err != io.EOF && !(errors.As(err, &broken) && broken.Truncated) || src.Stats().Packets == 0 {
			t.Errorf("%s: %d packets, then %v", path, src.Stats().Packets, err)
		}
		count++
		return nil
	})
	if err != nil || count < 100 {
		t.Errorf("read %d captures, %v", count, err)
	}
}

func FuzzRead(f *testing.F) {
	le := binary.LittleEndian
	f.Add(pcapBytes(le, 0xa1b2c3d4, "one", "two"))
	f.Add(pcapBytes(binary.BigEndian, 0xa1b23c4d, "one"))
	f.Add(append(append(section(le), describe(le, 1, 9, 0, 1, 0, 9, 0, 0, 0)...), packet(le, 0, 5, "first")...))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, stats, err := read(bytes.NewReader(b))
		if err == nil {
			t.Fatal("a capture has an end")
		}
		total := 0
		for _, g := range got {
			total += len(g.data)
		}
		if total > len(b) && b[0] != 0x1f || uint64(len(got)) != stats.Packets {
			t.Errorf("%d bytes gave frames of %d bytes; %d frames, %d counted", len(b), total, len(got), stats.Packets)
		}
	})
}
