package oneshot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bedrail"
	"bedrail/format/astm"
)

// A MessageChange is a value that only one of two messages has, or that they
// have differently. Paths are as Show gives them.
type MessageChange struct {
	Op       string  `json:"op"`                // added, removed or changed
	Path     string  `json:"path"`              // in the new message; in the old where it was removed
	OldPath  string  `json:"oldPath,omitempty"` // where the old message has it elsewhere
	Name     string  `json:"name,omitempty"`
	Old      string  `json:"old,omitempty"`
	New      string  `json:"new,omitempty"`
	OldBytes *[2]int `json:"oldBytes,omitempty"`
	NewBytes *[2]int `json:"newBytes,omitempty"`
	Message  int     `json:"message,omitempty"` // from 1, in a file of several
	Patient  bool    `json:"patient,omitempty"` // belongs to a person, and is masked unless asked
}

// A MessageComparison is what differs between two messages or files of them.
type MessageComparison struct {
	Same    int             `json:"same"` // values that both have
	Changes []MessageChange `json:"changes"`
	// Partly says why not everything could be compared; then that nothing
	// differs is not known.
	Partly string `json:"partly,omitempty"`
}

// CompareMessages lays two messages of one format side by side, value by value.
// What was put in or taken out between moves nothing else: segments, records,
// entries and elements that say the same are found again under another number.
// Values of persons are compared too, and masked unless patients is true.
func CompareMessages(before, after []byte, patients bool) (MessageComparison, error) {
	was, err := readSide("the old", before)
	if err != nil {
		return MessageComparison{}, err
	}
	is, err := readSide("the new", after)
	if err != nil {
		return MessageComparison{}, err
	}
	if was.format != is.format {
		return MessageComparison{}, bedrail.Errorf(bedrail.Invalid, "the old is %s and the new %s; compare messages of one format", was.format, is.format)
	}
	c := comparer{patients: patients, out: MessageComparison{Changes: []MessageChange{}, Partly: was.partly}}
	if c.out.Partly == "" {
		c.out.Partly = is.partly
	}
	c.blocks(was.blocks, is.blocks)
	return c.out, nil
}

// A side is one of two files that are compared.
type side struct {
	format, partly string
	blocks         []block
}

// A block are the values of one segment, record, entry or element.
type block struct {
	shape  string // its path without numbers
	rows   []ShownField
	shapes []string // of each row: its path without numbers
	words  []string // the same with its value
	set    []string // the same, sorted
}

func readSide(which string, raw []byte) (side, error) {
	l, ok := new(validation).languageOf(raw)
	if !ok {
		return side{}, bedrail.Errorf(bedrail.Invalid, "%s is none of the formats %s", which, strings.Join(FormatNames(), ", "))
	}
	rows, err := Show(raw, true)
	if err != nil {
		return side{}, bedrail.Errorf(bedrail.Invalid, "%s: %w", which, err)
	}
	s := side{format: l.name}
	if len(rows) == MostShown {
		s.partly = fmt.Sprintf("only the first %d values of %s were compared; split it", MostShown, which)
	}
	depth := 1 // how many words of a path name its block
	switch {
	case recognisesFHIR(raw):
		depth = 2
	case astm.IsPOCT(raw):
		depth = 0
	}
	last := ""
	for _, r := range rows {
		if r.Name == readingEnded {
			s.partly = which + " is damaged, and was compared up to there: " + r.Value
			continue
		}
		place := head(r.Path, depth)
		if key := fmt.Sprint(r.Message, " ", place); key != last || len(s.blocks) == 0 {
			s.blocks, last = append(s.blocks, block{shape: shape(place)}), key
		}
		b := &s.blocks[len(s.blocks)-1]
		word := shape(r.Path)
		if s.format == "hl7v2" && strings.Count(word, ".") == 1 {
			word += ".1" // a field of one component is its first (HL7 v2.5.1 2.5.3)
		}
		b.rows, b.shapes, b.words = append(b.rows, r), append(b.shapes, word), append(b.words, word+"\x00"+r.Value+unreadable(raw, r))
	}
	for i := range s.blocks {
		s.blocks[i].set = slices.Sorted(slices.Values(s.blocks[i].words))
	}
	return s, nil
}

// unreadable are the bytes of a value that were shown as signs of doubt.
func unreadable(raw []byte, r ShownField) string {
	if !strings.ContainsAny(r.Value, "?\uFFFD") || r.Bytes[1] > len(raw) {
		return ""
	}
	if b := raw[r.Bytes[0]:r.Bytes[1]]; !utf8.Valid(b) {
		return "\x00" + string(b)
	}
	return ""
}

// head is a path up to its nth full stop; the whole for 0.
func head(path string, n int) string {
	at := 0
	for ; n > 0; n-- {
		i := strings.IndexByte(path[at:], '.')
		if i < 0 {
			return path
		}
		if at += i; n == 1 {
			return path[:at]
		}
		at++
	}
	return path
}

var numbers = regexp.MustCompile(`\[\d+\]`)

func shape(path string) string { return numbers.ReplaceAllString(path, "") }

// shared counts the values that two blocks have in common.
func (b *block) shared(o *block) (n int) {
	for i, j := 0, 0; i < len(b.set) && j < len(o.set); {
		switch strings.Compare(b.set[i], o.set[j]) {
		case 0:
			n, i, j = n+1, i+1, j+1
		case -1:
			i++
		default:
			j++
		}
	}
	return n
}

type comparer struct {
	patients bool
	out      MessageComparison
}

func (c *comparer) blocks(was, is []block) {
	walk(len(was), len(is), func(i, j int) int {
		a, b := &was[i], &is[j]
		switch {
		case a.shape != b.shape:
			return 0
		case slices.Equal(a.words, b.words):
			return 2*len(a.words) + 2
		}
		return 1 + 2*a.shared(b)
	}, func(i, j int) bool { return slices.Equal(was[i].words, is[j].words) }, func(i, j int) {
		switch {
		case j < 0:
			for k := range was[i].rows {
				c.add("removed", &was[i].rows[k], nil)
			}
		case i < 0:
			for k := range is[j].rows {
				c.add("added", nil, &is[j].rows[k])
			}
		default:
			c.rows(&was[i], &is[j])
		}
	})
}

func (c *comparer) rows(was, is *block) {
	walk(len(was.rows), len(is.rows), func(i, j int) int {
		switch a, b := was.rows[i].Path, is.rows[j].Path; {
		case was.words[i] == is.words[j]:
			return 3
		case was.shapes[i] != is.shapes[j]:
			return 0
		case a[min(len(a), len(was.shape)):] == b[min(len(b), len(is.shape)):]:
			return 2
		}
		return 1
	}, func(i, j int) bool { return was.words[i] == is.words[j] }, func(i, j int) {
		switch {
		case j < 0:
			c.add("removed", &was.rows[i], nil)
		case i < 0:
			c.add("added", nil, &is.rows[j])
		case was.words[i] == is.words[j]:
			c.out.Same++
		default:
			c.add("changed", &was.rows[i], &is.rows[j])
		}
	})
}

func (c *comparer) add(op string, was, is *ShownField) {
	m := MessageChange{Op: op}
	value := func(r *ShownField) (string, *[2]int) {
		m.Path, m.Name, m.Message, m.Patient = r.Path, r.Name, r.Message, m.Patient || r.Patient
		if r.Bytes == [2]int{} {
			return r.Value, nil // no byte of the file can be named
		}
		return r.Value, &r.Bytes
	}
	if was != nil {
		m.Old, m.OldBytes = value(was)
	}
	if is != nil {
		m.New, m.NewBytes = value(is)
		if was != nil && was.Path != is.Path {
			m.OldPath = was.Path
		}
	}
	if m.Patient && !c.patients {
		if was != nil {
			m.Old = Masked
		}
		if is != nil {
			m.New = Masked
		}
	}
	c.out.Changes = append(c.out.Changes, m)
}

// mostCells bounds the table of an alignment: 16 MiB.
const mostCells = 4 << 20

// walk calls use for each of n things beside its like among m, in order; -1
// stands for one that has none. The pairs are those whose score is the
// greatest together; a pair that scores 0 is none. Where there are too many to
// try, they are paired as they stand.
func walk(n, m int, score func(i, j int) int, same func(i, j int) bool, use func(i, j int)) {
	head, tail := 0, 0
	for head < n && head < m && same(head, head) {
		use(head, head)
		head++
	}
	for tail < n-head && tail < m-head && same(n-1-tail, m-1-tail) {
		tail++
	}
	rows, width := n-head-tail, m-head-tail
	i, j := 0, 0
	if (rows+1)*(width+1) <= mostCells {
		best := make([]int32, (rows+1)*(width+1))
		at := func(i, j int) *int32 { return &best[i*(width+1)+j] }
		for i := rows - 1; i >= 0; i-- {
			for j := width - 1; j >= 0; j-- {
				*at(i, j) = max(*at(i+1, j), *at(i, j+1))
				if s := score(head+i, head+j); s > 0 {
					*at(i, j) = max(*at(i, j), *at(i+1, j+1)+int32(s))
				}
			}
		}
		for i < rows && j < width {
			switch s := score(head+i, head+j); {
			case s > 0 && *at(i, j) == *at(i+1, j+1)+int32(s):
				use(head+i, head+j)
				i, j = i+1, j+1
			case *at(i, j) == *at(i+1, j):
				use(head+i, -1)
				i++
			default:
				use(-1, head+j)
				j++
			}
		}
	}
	for i < rows && j < width && score(head+i, head+j) > 0 {
		use(head+i, head+j)
		i, j = i+1, j+1
	}
	for ; i < rows; i++ {
		use(head+i, -1)
	}
	for ; j < width; j++ {
		use(-1, head+j)
	}
	for ; tail > 0; tail-- {
		use(n-tail, m-tail)
	}
}
