package vuln

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"bedrail"
)

//go:embed data/medical-rubric.json
var rubricText []byte

// A question of the rubric, by its identifier.
type question struct{ ID, Metric, Kind string }

// rubricTable is data/medical-rubric.json, read once.
var rubricTable = sync.OnceValue(func() (t struct{ Attack, Impact []question }) {
	if err := json.Unmarshal(rubricText, &t); err != nil {
		panic("vuln/data/medical-rubric.json: " + err.Error()) // it is part of the program
	}
	return t
})

// A Rubric is how somebody answered the questions by which CVSS is applied to
// medical devices (MITRE, version 0.12.04): a vector of CVSS 3 and beside it
// the answers that led to it.
type Rubric struct {
	Vector  string            // of CVSS 3, without the answers
	Score   float64           // of the vector
	Answers map[string]string // by question: Y, N or U; for an impact N, L, H or U
}

// ParseRubric reads "CVSS:3.0/AV:N/.../A:H/XIT:H/XAT:N". A vector that says
// less than its answers is refused: one of the two is wrong.
func ParseRubric(text string) (Rubric, error) {
	r := Rubric{Answers: map[string]string{}}
	var vector []string
	for _, part := range strings.Split(strings.TrimSpace(text), "/") {
		id, answer, _ := strings.Cut(part, ":")
		if !strings.HasPrefix(id, "X") {
			vector = append(vector, part)
			continue
		}
		if err := r.take(id, answer); err != nil {
			return r, err
		}
	}
	r.Vector = strings.Join(vector, "/")
	score, ok := scoreOf(r.Vector)
	if !ok || !strings.HasPrefix(score.Version, "3.") {
		return r, bedrail.Errorf(bedrail.Invalid, "%q is no vector of CVSS 3 before the answers of the rubric", clip(r.Vector, 100))
	}
	r.Score = score.Score
	said := metrics(r.Vector)
	for _, q := range rubricTable().Impact {
		if a := r.Answers[q.ID]; slices.Index(impacts, a) > slices.Index(impacts, said[q.Metric]) {
			return r, bedrail.Errorf(bedrail.Invalid, "%s is answered with %s, and the vector says %s:%s; one of the two is wrong", q.ID, a, q.Metric, said[q.Metric])
		}
	}
	return r, nil
}

// impacts are the answers about an impact, the harmless first.
var impacts = []string{"N", "L", "H"}

func (r *Rubric) take(id, answer string) error {
	t := rubricTable()
	allowed := []string{"Y", "N", "U"}
	switch {
	case slices.ContainsFunc(t.Impact, func(q question) bool { return q.ID == id }):
		allowed = append([]string{"U"}, impacts...)
	case !slices.ContainsFunc(t.Attack, func(q question) bool { return q.ID == id }):
		return bedrail.Errorf(bedrail.Invalid, "the rubric has no question %q", clip(id, 20))
	}
	if !slices.Contains(allowed, answer) {
		return bedrail.Errorf(bedrail.Invalid, "%s is answered with %q; there are %s", id, clip(answer, 20), strings.Join(allowed, ", "))
	}
	if old, twice := r.Answers[id]; twice && old != answer {
		return bedrail.Errorf(bedrail.Invalid, "%s is answered twice, with %s and %s", id, old, answer)
	}
	r.Answers[id] = answer
	return nil
}

// worst is the worst impact on what is of a kind: 0 none, 1 low, 2 high. What
// is not answered, or not known, counts as high. Disclosure harms no patient at
// the bed and is left aside.
func (r *Rubric) worst(kinds ...string) int {
	worst := 0
	for _, q := range rubricTable().Impact {
		if q.Metric == "C" || !slices.Contains(kinds, q.Kind) {
			continue
		}
		step := slices.Index(impacts, r.Answers[q.ID])
		if step < 0 {
			step = 2
		}
		worst = max(worst, step)
	}
	return worst
}

// apply lays the answers over what a device does for patients: a weakness that
// reaches neither therapy nor diagnosis harms less than the device could. It
// never makes more of a weakness than the device's role does.
func (r *Rubric) apply(l *Levels) (why string) {
	care, flow := r.worst("therapy", "diagnosis"), r.worst("therapy", "diagnosis", "workflow")
	l.Safety = min(l.Safety, [3]int{0, 1, len(safeties)}[care])
	l.Mission = min(l.Mission, [3]int{0, 1, len(missions)}[flow])
	l.Score = r.Score
	words := [3]string{"no", "a low", "a high"}
	return fmt.Sprintf("by the rubric for medical devices it has %s impact on therapy and diagnosis, and %s impact on the work with them", words[care], words[flow])
}
