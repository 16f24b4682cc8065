package hl7

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"testing"
)

const shared = "../../../shared/testdata/exchange"

// sample reads files of the shared test data, or skips loudly.
func sample(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(shared, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skipf("needs ../shared/testdata/exchange/%s, not there", pattern)
	}
	files := map[string][]byte{}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(p)] = b
	}
	return files
}

// rebuilt writes a message again from its smallest parts, so that an offset
// that is wrong by one shows.
func rebuilt(m *Message) []byte {
	var out bytes.Buffer
	d := m.Delimiters()
	at := 0
	for i := range m.Len() {
		seg := m.Segment(i)
		start, end := seg.Span()
		out.Write(m.Bytes()[at:start])
		name := end // a segment of a name only may go on over a line break
		if seg.Fields() > 0 && !seg.header() {
			name, _ = seg.Field(1).Span()
			name--
		} else if seg.header() && seg.Fields() > 1 {
			name = min(start+3, end)
		}
		out.Write(m.Bytes()[start:name])
		for n := 1; n <= seg.Fields(); n++ {
			f := seg.Field(n)
			if seg.header() && n == 1 {
				continue
			}
			out.WriteByte(d.Field)
			if seg.header() && n == 2 {
				out.Write(f.Bytes())
				continue
			}
			for r := 1; r <= f.Reps(); r++ {
				if r > 1 {
					out.WriteByte(d.Repetition)
				}
				rep := f.Rep(r)
				for c := 1; c <= rep.Components(); c++ {
					if c > 1 {
						out.WriteByte(d.Component)
					}
					component := rep.Component(c)
					for s := 1; s <= component.Subs(); s++ {
						if s > 1 {
							out.WriteByte(d.Sub)
						}
						out.Write(component.Sub(s).Bytes())
					}
				}
			}
		}
		at = end
	}
	out.Write(m.Bytes()[at:])
	return out.Bytes()
}

func TestEveryMessageReadsAndWritesTheSame(t *testing.T) {
	cases := map[string]struct {
		pattern  string
		messages int
		torn     map[string]bool
	}{
		"a hospital simulator":   {"hl7v2/simhospital/messages.out", 1013, nil},
		"samples of a converter": {"hl7v2/ms-fhir-converter/messages/*", 74, nil},
		"line ends":              {"hl7v2/lfh-converter/*", 4, nil},
		"made for Bedrail":       {"synthetic/*.hl7", 27, nil},
	}
	v, err := NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, told := 0, map[string]int{}
			for path, raw := range sample(t, c.pattern) {
				f := Split(raw)
				var whole []byte
				for _, p := range f.Parts {
					whole = append(whole, raw[p.Start:p.End]...)
					if p.Kind != "MSH" {
						continue
					}
					got++
					m, err := Parse(raw[p.Start:p.End])
					if err != nil {
						t.Errorf("%s: %v", path, err)
						continue
					}
					if !bytes.Equal(rebuilt(m), m.Bytes()) {
						t.Errorf("%s: the parts do not make the whole", path)
					}
					if !bytes.Equal(m.Draft().Bytes(), m.Bytes()) {
						t.Errorf("%s: the draft differs", path)
					}
					for _, i := range v.Validate(m, nil) {
						told[fmt.Sprintf("%s %s %s %s: %s", path, i.Severity, i.Rule, i.Location, i.Text)]++
					}
				}
				if !bytes.Equal(whole, raw) {
					t.Errorf("%s: splitting lost bytes", path)
				}
			}
			if got != c.messages {
				t.Errorf("got %d messages, want %d", got, c.messages)
			}
			report(t, told)
		})
	}
}

func report(t *testing.T, told map[string]int) {
	t.Helper()
	var lines []string
	for line, n := range told {
		lines = append(lines, fmt.Sprintf("%5d %s", n, line))
	}
	sort.Sort(sort.Reverse(sort.StringSlice(lines)))
	for _, line := range lines[:min(len(lines), 60)] {
		t.Log(line)
	}
}
