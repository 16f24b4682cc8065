package procure

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bedrail"
)

// A DiffLine is one line of two texts laid side by side. Op is "same", "gone"
// or "new"; Old and New are its numbers, 0 where it is not.
type DiffLine struct {
	Op   string `json:"op" enum:"same,gone,new"`
	Old  int    `json:"old,omitempty"`
	New  int    `json:"new,omitempty"`
	Text string `json:"text"`
}

// maxDiff bounds how many lines of each text are compared line by line; beyond,
// one text is shown as gone and the other as new.
const maxDiff = 2000

// DiffLines compares two texts by lines.
func DiffLines(old, now string) []DiffLine {
	a, b := lines(old), lines(now)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	out := make([]DiffLine, 0, len(a)+len(b))
	same := func(i, j int) { out = append(out, DiffLine{"same", i + 1, j + 1, a[i]}) }
	for i := range head {
		same(i, i)
	}
	am, bm := a[head:len(a)-tail], b[head:len(b)-tail]
	common := longest(am, bm)
	i, j := 0, 0
	for i < len(am) || j < len(bm) {
		switch {
		case i < len(am) && j < len(bm) && am[i] == bm[j]:
			same(head+i, head+j)
			i, j = i+1, j+1
		case j == len(bm) || i < len(am) && common != nil && common[i+1][j] >= common[i][j+1]:
			out = append(out, DiffLine{"gone", head + i + 1, 0, am[i]})
			i++
		default:
			if common == nil && i < len(am) { // too long to compare: all that goes, then all that comes
				out = append(out, DiffLine{"gone", head + i + 1, 0, am[i]})
				i++
				continue
			}
			out = append(out, DiffLine{"new", 0, head + j + 1, bm[j]})
			j++
		}
	}
	for k := tail; k > 0; k-- {
		same(len(a)-k, len(b)-k)
	}
	return out
}

func lines(text string) []string {
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// longest is the table of the longest common run of lines of each pair of
// remainders; nil when the texts are too long for it.
func longest(a, b []string) [][]int32 {
	if len(a) > maxDiff || len(b) > maxDiff {
		return nil
	}
	t := make([][]int32, len(a)+1)
	cells := make([]int32, (len(a)+1)*(len(b)+1))
	for i := range t {
		t[i] = cells[i*(len(b)+1) : (i+1)*(len(b)+1)]
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	return t
}

// A Trial is what a policy would do if it were put in force.
type Trial struct {
	Problems  []PolicyProblem `json:"problems"`
	Policy    string          `json:"policy"`  // its name, when it can be read
	Against   string          `json:"against"` // the policy in force
	Lines     []DiffLine      `json:"lines"`   // compared with that
	Purchases []TrialPurchase `json:"purchases"`
	Changed   int             `json:"changed"` // purchases that would look otherwise
}

// A TrialPurchase is a purchase under a policy that is not in force.
type TrialPurchase struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Stage Stage  `json:"stage"`
	Change
}

// Try says what a policy would do: what keeps it from being used, what it
// changes in the text, and how each purchase that is open or approved would
// look under it. It changes nothing.
func (g *Gate) Try(ctx context.Context, by bedrail.Actor, text string) (Trial, error) {
	current, _, err := g.Policy(ctx, by) // asks for the right to read
	if err != nil {
		return Trial{}, err
	}
	p, problems := CheckPolicy([]byte(text))
	t := Trial{Problems: problems, Against: current.Policy.String(), Lines: DiffLines(current.Text, text), Purchases: []TrialPurchase{}}
	if problems == nil {
		t.Problems = []PolicyProblem{}
	}
	if p.Name != "" {
		t.Policy = p.String()
	}
	if len(problems) > 0 {
		return t, nil
	}
	all, err := g.Purchases(ctx, by)
	if err != nil {
		return t, err
	}
	for _, purchase := range all {
		if purchase.Stage == Declined || purchase.Stage == Retired {
			continue
		}
		in, err := g.gather(ctx, by, purchase, p)
		if err != nil {
			return t, fmt.Errorf("assessing %s: %w", purchase.ID, err)
		}
		in.Policy = current.Policy
		in.PlannedUntil = purchase.PlannedUntil(current.Policy)
		before := Assess(in) // with what is known now, so that only the policy differs
		in.Policy, in.PlannedUntil = p, purchase.PlannedUntil(p)
		change, same := Compare(before, Assess(in))
		if !same {
			t.Changed++
		}
		t.Purchases = append(t.Purchases, TrialPurchase{purchase.ID, purchase.Title, purchase.Stage, change})
	}
	slices.SortStableFunc(t.Purchases, func(a, b TrialPurchase) int { return len(b.Worse) + len(b.Better) - len(a.Worse) - len(a.Better) })
	return t, nil
}

// PolicyDiff compares two policies by their identifiers.
func (g *Gate) PolicyDiff(ctx context.Context, by bedrail.Actor, from, to string) ([]DiffLine, error) {
	_, all, err := g.Policy(ctx, by)
	if err != nil {
		return nil, err
	}
	text := func(id string) (string, error) {
		if i := slices.IndexFunc(all, func(v PolicyVersion) bool { return v.ID == id }); i >= 0 {
			return all[i].Text, nil
		}
		return "", bedrail.Errorf(bedrail.NotFound, "there is no policy %s", id)
	}
	old, err := text(from)
	if err != nil {
		return nil, err
	}
	now, err := text(to)
	if err != nil {
		return nil, err
	}
	return DiffLines(old, now), nil
}
