package vuln

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bedrail"
)

const listening = "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"

// answered writes a rubric with answers.
func answered(answers map[string]string) string {
	text := listening
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		text += "/" + id + ":" + answers[id]
	}
	return text
}

func TestTheRubricHasEighteenImpacts(t *testing.T) {
	table := rubricTable()
	if len(table.Impact) != 18 || len(table.Attack) != 12 {
		t.Fatalf("got %d impacts and %d other questions", len(table.Impact), len(table.Attack))
	}
	for _, q := range table.Impact {
		if len(q.ID) != 3 || q.ID[1:2] != q.Metric || q.Kind == "" {
			t.Errorf("got %+v", q)
		}
	}
}

func TestAnswersOfTheRubric(t *testing.T) {
	device := Levels{Safety: 3, Mission: 2, Score: 5}
	for rule, c := range map[string]struct {
		text            string
		safety, mission int
	}{
		"nothing is answered: nothing is lowered": {listening, 3, 2},
		"only secrets are touched":                {answered(map[string]string{"XCS": "H", "XID": "N", "XAD": "N", "XIT": "N", "XAT": "N", "XIW": "N", "XAW": "N"}), 0, 0},
		"one answer is missing":                   {answered(map[string]string{"XID": "N", "XAD": "N", "XIT": "N", "XIW": "N", "XAW": "N"}), 3, 2},
		"one is not known":                        {answered(map[string]string{"XID": "N", "XAD": "N", "XIT": "N", "XAT": "U", "XIW": "N", "XAW": "N"}), 3, 2},
		"therapy is touched a little":             {answered(map[string]string{"XID": "N", "XAD": "N", "XIT": "L", "XAT": "N", "XIW": "N", "XAW": "N"}), 1, 1},
		"only the work is touched":                {answered(map[string]string{"XID": "N", "XAD": "N", "XIT": "N", "XAT": "N", "XIW": "H", "XAW": "N"}), 0, 2},
		"therapy can be stopped":                  {answered(map[string]string{"XID": "N", "XAD": "N", "XIT": "N", "XAT": "H", "XIW": "N", "XAW": "N"}), 3, 2},
	} {
		r, err := ParseRubric(c.text)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		l := device
		if why := r.apply(&l); l.Safety != c.safety || l.Mission != c.mission || l.Score != 9.8 || why == "" {
			t.Errorf("%s: got %+v (%s), want safety %d and mission %d", rule, l, why, c.safety, c.mission)
		}
	}
	for rule, c := range map[string]struct{ text, want string }{
		"no vector":                          {"XIT:H", "no vector of CVSS 3"},
		"another line of CVSS":               {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/XIT:H", "no vector of CVSS 3"},
		"a question that is not there":       {listening + "/XZZ:Y", "no question"},
		"an answer that is not there":        {listening + "/XIT:Y", "there are"},
		"a word for a level":                 {listening + "/XAVN:H", "there are"},
		"two answers":                        {listening + "/XIT:H/XIT:N", "answered twice"},
		"a vector that says less than them":  {"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:H/XIT:H", "one of the two is wrong"},
		"a vector that does not say a thing": {"CVSS:3.0/AV:N", "no vector"},
	} {
		if _, err := ParseRubric(c.text); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", rule, err, c.want)
		}
	}
}

// TestNoAnswerThatGrowsWorseLowersTheRank walks from random answers to worse
// ones: N, L, H, and not known, which counts as the worst.
func TestNoAnswerThatGrowsWorseLowersTheRank(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	steps := []string{"N", "L", "H", "U"}
	table := rubricTable().Impact
	for range 3000 {
		answers := map[string]string{}
		for _, q := range table {
			answers[q.ID] = steps[random.IntN(4)]
		}
		l := Levels{Exploitation: random.IntN(3), Exposure: random.IntN(3), Automatable: random.IntN(2), Safety: random.IntN(4), Mission: random.IntN(4), Devices: random.IntN(50)}
		rank := func() int {
			r, err := ParseRubric(answered(answers))
			if err != nil {
				t.Fatal(err)
			}
			with := l
			r.apply(&with)
			if with.Safety > l.Safety || with.Mission > l.Mission {
				t.Fatalf("%v makes more of it than the device does: %+v from %+v", answers, with, l)
			}
			return with.Rank()
		}
		before := rank()
		q := table[random.IntN(len(table))]
		if at := slices.Index(steps, answers[q.ID]); at < 3 {
			answers[q.ID] = steps[at+1]
			if after := rank(); after < before {
				t.Fatalf("%s grew worse to %s and the rank fell from %d to %d: %v", q.ID, answers[q.ID], before, after, answers)
			}
		}
	}
}
