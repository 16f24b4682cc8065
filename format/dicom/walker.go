package dicom

import "fmt"

// Limits of a Walker. Honest data sets stay far below them.
const (
	maxDepth = 32      // of nested sequences
	maxTaken = 1 << 16 // bytes of a value that is asked for
)

// A Wish is what a Walker shall do with an element.
type Wish int

// The wishes. An element of undefined length is entered in any case, because
// its end can be found in no other way.
const (
	Skip  Wish = iota // pass over the value by its length
	Take              // hand over the value
	Enter             // a sequence: look at the elements of its items
)

// An Element is a data element that a Walker or a Dataset hands over.
type Element struct {
	Tag    Tag
	VR     VR     // 0 when the bytes did not say
	Parent Tag    // the sequence it stands in, 0 at the top
	Depth  int    // 0 at the top
	Offset int64  // of the value, from the start of the data set
	Value  []byte // valid until the call returns
}

// A Walker reads a data set that arrives in pieces and hands over the values
// that are asked for. It copies a value only when the value is asked for and
// lies across a border of pieces, so pixels and patient fields are passed by
// arithmetic. The zero Walker is not usable; see NewWalker.
type Walker struct {
	// Last is the highest top-level tag of interest: the walker is done at
	// the first element beyond it. The zero Tag means up to the pixel data.
	Last Tag
	// Longest bounds the values that are handed over; longer ones are passed
	// over. The zero Longest means 64 KiB.
	Longest int

	layout layout
	wish   func(parent, tag Tag, depth int) Wish
	take   func(Element)

	held  []byte // the unread start of an element
	need  int    // how much of it there must be
	skip  uint64
	pos   int64
	stack []frame
	done  bool
	err   error
}

// A frame is a sequence, or an item of one, that is open.
type frame struct {
	tag    Tag
	end    int64 // -1: ends with a delimiter
	item   bool
	layout layout // to return to
}

// NewWalker reads a data set laid out as s, which must not be deflated. wish
// says what to do with each element, take receives what was wished for.
func NewWalker(s Syntax, wish func(parent, tag Tag, depth int) Wish, take func(Element)) *Walker {
	return &Walker{layout: s.layout(), wish: wish, take: take}
}

// Done is true when nothing of interest can follow: the rest of the data set
// need not be written.
func (w *Walker) Done() bool { return w.done || w.err != nil }

// Held is how many bytes are kept of an element that is not whole yet.
func (w *Walker) Held() int { return cap(w.held) }

// Pos is how many bytes of the data set have been taken in.
func (w *Walker) Pos() int64 { return w.pos + int64(len(w.held)) }

// Write takes in the next piece. The error is a *SyntaxError; after it, or
// when Done, further pieces are passed over.
func (w *Walker) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && !w.Done() {
		switch {
		case w.skip > 0:
			k := min(w.skip, uint64(len(p)))
			w.skip, w.pos, p = w.skip-k, w.pos+int64(k), p[k:]
		case len(w.held) > 0:
			p = w.complete(p)
		default:
			used, need := w.step(p)
			p = p[used:]
			w.pos += int64(used)
			if need > 0 {
				w.held, w.need, p = append(w.held, p...), need, nil
			}
		}
	}
	return n, w.err
}

// Pass moves over n bytes that were lost. It is false when they held anything
// but the inside of a value that is being skipped.
func (w *Walker) Pass(n int64) bool {
	if w.Done() {
		return true
	}
	if n < 0 || uint64(n) > w.skip {
		return false
	}
	w.skip -= uint64(n)
	w.pos += n
	return true
}

// complete adds to the held start of an element until it can be read.
func (w *Walker) complete(p []byte) []byte {
	k := min(w.need-len(w.held), len(p))
	w.held = append(w.held, p[:k]...)
	p = p[k:]
	if len(w.held) < w.need {
		return p
	}
	used, need := w.step(w.held)
	if need > 0 {
		w.need = need
		return p
	}
	// A step on whole bytes uses all that it asked for.
	w.pos += int64(used)
	w.held = w.held[:0]
	return p
}

// step reads one element at the start of b. need > 0 asks for so many bytes.
func (w *Walker) step(b []byte) (used, need int) {
	w.close()
	h, need := w.layout.header(b)
	if need > 0 {
		return 0, need
	}
	if h.tag.Group() == 0xFFFE {
		w.delimit(h)
		return h.size, 0
	}
	depth := w.depth()
	if depth == 0 && w.beyond(h.tag) {
		w.done = true
		return h.size, 0
	}
	wish := w.wish(w.parent(), h.tag, depth)
	switch {
	case h.length == Undefined:
		w.open(h)
	case wish == Enter && (h.vr == SQ || h.vr == UN || h.vr == 0):
		w.open(h)
	case wish == Take && h.length <= w.longest():
		whole := h.size + int(h.length)
		if len(b) < whole {
			return 0, whole
		}
		w.take(Element{Tag: h.tag, VR: h.vr, Parent: w.parent(), Depth: depth, Offset: w.pos + int64(h.size), Value: b[h.size:whole]})
		return whole, 0
	default:
		w.skip = uint64(h.length)
	}
	return h.size, 0
}

func (w *Walker) longest() uint32 {
	if w.Longest > 0 && w.Longest < maxTaken {
		return uint32(w.Longest)
	}
	return maxTaken
}

func (w *Walker) beyond(t Tag) bool {
	if t == PixelData || t == pixelDataFloat || t == pixelDataDouble {
		return true
	}
	return w.Last != 0 && t > w.Last
}

// close leaves the sequences and items that ended by count.
func (w *Walker) close() {
	for n := len(w.stack); n > 0 && w.stack[n-1].end >= 0 && w.pos >= w.stack[n-1].end; n = len(w.stack) {
		w.pop()
	}
}

func (w *Walker) pop() {
	w.layout = w.stack[len(w.stack)-1].layout
	w.stack = w.stack[:len(w.stack)-1]
}

func (w *Walker) open(h header) {
	w.push(frame{tag: h.tag, end: w.end(h), layout: w.layout})
	if h.vr == UN {
		w.layout = layout{} // PS3.5 6.2.2: inside UN all is implicit and little endian
	}
}

func (w *Walker) end(h header) int64 {
	if h.length == Undefined {
		return -1
	}
	return w.pos + int64(h.size) + int64(h.length)
}

func (w *Walker) push(f frame) {
	if len(w.stack) >= 2*maxDepth {
		w.fail(f.tag, ErrTooDeep.Error())
		return
	}
	w.stack = append(w.stack, f)
}

// delimit reads an item or one of the delimiters.
func (w *Walker) delimit(h header) {
	top := len(w.stack) - 1
	switch {
	case h.tag == itemTag && top >= 0 && !w.stack[top].item:
		w.push(frame{tag: w.stack[top].tag, end: w.end(h), item: true, layout: w.layout})
	case h.tag == itemDelimiter && top >= 0 && w.stack[top].item:
		w.pop()
	case h.tag == sequenceEnd && top >= 0 && !w.stack[top].item:
		w.pop()
	case h.tag == sequenceEnd && top >= 1 && w.stack[top].item:
		w.pop() // an item whose own delimiter was forgotten
		w.pop()
	case h.tag == itemDelimiter || h.tag == sequenceEnd:
		// A delimiter too many, as some writers add after counted items.
	default:
		w.fail(h.tag, fmt.Sprintf("%v stands outside of any sequence", h.tag))
	}
}

func (w *Walker) depth() int {
	n := 0
	for _, f := range w.stack {
		if f.item {
			n++
		}
	}
	return n
}

func (w *Walker) parent() Tag {
	if len(w.stack) == 0 {
		return 0
	}
	return w.stack[len(w.stack)-1].tag
}

func (w *Walker) fail(t Tag, text string) {
	w.err = &SyntaxError{Offset: w.pos, Tag: t, Text: text}
}
