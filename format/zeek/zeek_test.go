package zeek_test

import (
	"strings"
	"testing"
	"time"

	"bedrail/format/zeek"
)

// The logs are made up in the forms of Zeek's manual.
const conn = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\tts\tid.orig_h\tid.resp_p\tservice\torig_bytes\ttunnel_parents\n" +
	"#types\ttime\taddr\tport\tstring\tcount\tset[string]\n1763899200.250000\t10.20.0.130\t2575\t-\t100\ta\\x2cb,c\n#close\t2026\n"

func TestBothFormsSayTheSame(t *testing.T) {
	for rule, text := range map[string]string{
		"tab-separated values":     conn,
		"JSON, seconds since 1970": `{"_path":"conn","ts":1763899200.25,"id.orig_h":"10.20.0.130","id.resp_p":2575,"orig_bytes":100}` + "\n",
		"JSON, ISO 8601":           `{"_path":"conn","ts":"2025-11-23T12:00:00.250000Z","id.orig_h":"10.20.0.130","id.resp_p":2575,"orig_bytes":100}`,
	} {
		t.Run(rule, func(t *testing.T) {
			n := 0
			err := zeek.Read(strings.NewReader(text), func(r *zeek.Record) error {
				n++
				at, ok := r.Time("ts")
				if r.Path != "conn" || !ok || !at.Equal(time.Date(2025, 11, 23, 12, 0, 0, 250e6, time.UTC)) || r.Text("id.orig_h") != "10.20.0.130" ||
					r.Number("id.resp_p") != 2575 || r.Number("orig_bytes") != 100 || r.Text("service") != "" || r.Has("no such") {
					t.Errorf("got %+v at %v", r, at)
				}
				return nil
			}, func(line int, text string) { t.Errorf("line %d: %s", line, text) })
			if err != nil || n != 1 {
				t.Errorf("%d records, %v", n, err)
			}
		})
	}
}

func TestALineThatCannotBeReadIsNamed(t *testing.T) {
	for rule, c := range map[string]struct {
		text string
		line int
	}{
		"too few values":  {conn + "1\t2\n", 10},
		"broken JSON":     {`{"ts":1}` + "\n{\"ts\":", 2},
		"a line too long": {conn + strings.Repeat("x", 2<<20) + "\n", 10},
	} {
		t.Run(rule, func(t *testing.T) {
			got := 0
			if err := zeek.Read(strings.NewReader(c.text), func(*zeek.Record) error { return nil }, func(line int, _ string) { got = line }); err != nil || got != c.line {
				t.Errorf("got line %d, %v; want %d", got, err, c.line)
			}
		})
	}
	if err := zeek.Read(strings.NewReader("date,host\n"), func(*zeek.Record) error { return nil }, func(int, string) {}); err == nil {
		t.Error("a file of another kind was read without a word")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(conn)
	f.Add(`{"_path":"dhcp","ts":1,"mac":"00:03:b1:00:00:41","uids":["a"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		zeek.Read(strings.NewReader(text), func(r *zeek.Record) error {
			r.Time("ts")
			r.List("uids")
			r.Seconds("lease_time")
			return nil
		}, func(line int, text string) {
			if line == 0 || text == "" {
				t.Error("a fault without a place")
			}
		})
	})
}
