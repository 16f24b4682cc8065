package traffic

// maxRecall bounds what a recall keeps: more is no longer repetition.
const maxRecall = 2048

// A recall keeps what was computed from bytes that come again and again: the
// same hello of the same stack, the same certificate of the same server. It is
// of one engine, and losing it costs a computation.
type recall[V any] struct{ kept map[string]V }

// of returns what make made of b, now or before. The value is shared: it must
// not be changed.
func (r *recall[V]) of(b []byte, make func([]byte) V) V {
	if v, ok := r.kept[string(b)]; ok {
		return v
	}
	if r.kept == nil || len(r.kept) >= maxRecall {
		r.kept = map[string]V{}
	}
	v := make(b)
	r.kept[string(b)] = v
	return v
}

// Buffers that are kept for the next message: so many, of such a size.
const (
	maxSpares    = 32
	minSpareSize = 2 << 10
	maxSpareSize = 16 << 10
)

// spares are buffers of unfinished messages, used again by the next.
type spares struct{ list [][]byte }

// take returns an empty one of at least the size.
func (s *spares) take(size int) []byte {
	if last := len(s.list) - 1; last >= 0 && cap(s.list[last]) >= size {
		b := s.list[last]
		s.list = s.list[:last]
		return b[:0]
	}
	return make([]byte, 0, max(size, minSpareSize))
}

func (s *spares) give(b []byte) {
	if len(s.list) < maxSpares && cap(b) >= minSpareSize && cap(b) <= maxSpareSize {
		s.list = append(s.list, b)
	}
}
