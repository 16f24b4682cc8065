package drop

import (
	"bytes"
	"testing"
)

// FuzzTable reads any bytes as a table: it ends, and no row holds more than
// came.
func FuzzTable(f *testing.F) {
	f.Add([]byte("a,b\r\n1,\"x\ny\"\r\n\r\n2,3"))
	f.Add([]byte("\xef\xbb\xbfa,b\n\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := CSVSettings{Header: []string{"a", "b"}, Numbers: []string{"a"}}
		if err := s.check(); err != nil {
			t.Fatal(err)
		}
		table, err := newTable(bytes.NewReader(b), s)
		if err != nil {
			return
		}
		total := 0
		for {
			r, err := table.next()
			if err != nil {
				break
			}
			if total += len(r.bytes); total > len(b) {
				t.Fatalf("rows hold %d bytes of %d", total, len(b))
			}
		}
	})
}
