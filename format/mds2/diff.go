package mds2

// A Change is a question that two forms answer differently.
type Change struct {
	ID   string `json:"id"`
	Was  Answer `json:"was"`
	Is   Answer `json:"is"`
	Note bool   `json:"note,omitempty"` // the answer is the same, and its note another
}

// Diff compares two forms of a model, question by question.
func Diff(was, is *Sheet) []Change {
	out := []Change{}
	for _, q := range questions {
		a, b := was.Answer(q.id), is.Answer(q.id)
		if a.Value != b.Value || a.Note != b.Note {
			out = append(out, Change{ID: q.id, Was: a, Is: b, Note: a.Value == b.Value})
		}
	}
	return out
}
