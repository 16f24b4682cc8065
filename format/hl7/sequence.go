package hl7

import "hash/maphash"

// A Sequence remembers which control ids a file or a line has brought, so that
// a repetition is told from a counter that restarted. It holds at most
// its Limit of them (default 100,000) and forgets the oldest.
type Sequence struct {
	Limit int

	seed maphash.Seed
	seen map[uint64]uint64 // sender and control id -> content
	line []uint64          // in the order in which they came
	next int
}

// Check remembers m and says when its sender used the control id before.
func (s *Sequence) Check(m *Message, issues []Issue) []Issue {
	if s.seen == nil {
		s.seed, s.seen = maphash.MakeSeed(), map[uint64]uint64{}
		if s.Limit <= 0 {
			s.Limit = 100_000
		}
	}
	msh := m.Segment(0)
	id := msh.Field(10)
	if id.Empty() {
		return issues
	}
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, n := range [...]int{3, 4, 10} {
		h.Write(msh.Field(n).Bytes())
		h.WriteByte(0)
	}
	key, content := h.Sum64(), maphash.Bytes(s.seed, m.Bytes())
	before, known := s.seen[key]
	switch {
	case known && before == content:
		return append(issues, At(msh, id, 10, 0, Information, "duplicate", RuleDuplicate, "the same message came before; the stored answer is repeated and nothing is delivered twice", 0))
	case known:
		issues = append(issues, At(msh, id, 10, 0, Warning, "duplicate", RuleReuse, "the sender used this control id before for other content; both messages are kept. Its counter may have restarted", errDuplicate))
	}
	s.remember(key, content, known)
	return issues
}

func (s *Sequence) remember(key, content uint64, known bool) {
	s.seen[key] = content
	if known {
		return
	}
	if len(s.line) < s.Limit {
		s.line = append(s.line, key)
		return
	}
	delete(s.seen, s.line[s.next])
	s.line[s.next] = key
	s.next = (s.next + 1) % s.Limit
}
