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
