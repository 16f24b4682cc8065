package procure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"bedrail/format/mds2"
)

// A PolicyProblem is a place in a policy that keeps it from being used. Line 0
// is the whole.
type PolicyProblem struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

func (p PolicyProblem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// maxPolicyProblems bounds how many places of one text are told.
const maxPolicyProblems = 100

// CheckPolicy reads a policy and says everything that keeps it from being
// used, by line. Without problems it can be put in force.
func CheckPolicy(text []byte) (Policy, []PolicyProblem) {
	var p Policy
	c := policyCheck{}
	if len(text) > maxPolicy {
		c.add(nil, "the policy is larger than %d KiB", maxPolicy>>10)
		return p, c.problems
	}
	if err := yaml.Unmarshal(text, &c.root); err != nil {
		c.syntax(err)
		return p, c.problems
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		c.syntax(err)
	}
	c.policy(p)
	slices.SortStableFunc(c.problems, func(a, b PolicyProblem) int { return a.Line - b.Line })
	return p, c.problems
}

type policyCheck struct {
	root     yaml.Node
	problems []PolicyProblem
}

func (c *policyCheck) add(at *yaml.Node, format string, args ...any) {
	line := 0
	if at != nil {
		line = at.Line
	}
	p := PolicyProblem{line, fmt.Sprintf(format, args...)}
	if len(c.problems) < maxPolicyProblems && !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// syntax files what the reader of YAML says, in our words where they are known.
func (c *policyCheck) syntax(err error) {
	texts := []string{err.Error()}
	var of *yaml.TypeError
	if errors.As(err, &of) {
		texts = of.Errors
	}
	for _, text := range texts {
		line := 0
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = m[2]
		}
		if m := unknownField.FindStringSubmatch(text); m != nil {
			text = fmt.Sprintf("%q is no word of a policy here", m[1])
		}
		c.add(&yaml.Node{Line: line}, "%s", strings.TrimPrefix(text, "yaml: "))
	}
}

var unknownField = regexp.MustCompile(`^field (\S+) not found in type`)

// at returns the node at a path of keys and places, or the deepest there is.
func (c *policyCheck) at(path ...any) *yaml.Node {
	if len(c.root.Content) == 0 {
		return nil
	}
	n := c.root.Content[0]
	for _, step := range path {
		var next *yaml.Node
		switch step := step.(type) {
		case string:
			for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					next = n.Content[i+1]
				}
			}
		case int:
			if n.Kind == yaml.SequenceNode && step < len(n.Content) {
				next = n.Content[step]
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func (c *policyCheck) policy(p Policy) {
	if p.Name == "" || len(p.Name) > 120 {
		c.add(c.at("name"), "a policy has a name, of at most 120 letters")
	}
	if p.Edition < 1 {
		c.add(c.at("edition"), "a policy has an edition, a number from 1 on")
	}
	v, s, m := p.Vulnerabilities, p.Support, p.MDS2
	for _, d := range []struct {
		is   Demand
		path []any
	}{
		{p.Bill.Demand, []any{"bill", "demand"}}, {v.Exploited, []any{"vulnerabilities", "exploited"}}, {v.Critical.Demand, []any{"vulnerabilities", "critical", "demand"}},
		{v.High.Demand, []any{"vulnerabilities", "high", "demand"}}, {v.Undecidable, []any{"vulnerabilities", "undecidable"}}, {s.Demand, []any{"support", "demand"}},
		{s.Systems, []any{"support", "systems"}}, {s.Components, []any{"support", "components"}}, {m.Demand, []any{"mds2", "demand"}}, {p.Submission.Demand, []any{"submission", "demand"}},
	} {
		c.demand(d.is, d.path...)
	}
	for _, n := range []struct {
		is, least, most float64
		path            []any
	}{
		{p.Bill.Score, 0, 10, []any{"bill", "score"}}, {float64(v.Critical.Most), 0, 10_000, []any{"vulnerabilities", "critical", "most"}}, {float64(v.High.Most), 0, 10_000, []any{"vulnerabilities", "high", "most"}},
		{float64(s.Years), 0, 40, []any{"support", "years"}}, {m.Answered, 0, 1, []any{"mds2", "answered"}}, {float64(m.Years), 0, 40, []any{"mds2", "years"}},
	} {
		if !(n.is >= n.least && n.is <= n.most) {
			c.add(c.at(n.path...), "%s is from %g to %g", pathOf(n.path), n.least, n.most)
		}
	}
	c.questions(p)
}

func pathOf(path []any) string {
	words := make([]string, len(path))
	for i, p := range path {
		words[i] = fmt.Sprint(p)
	}
	return strings.Join(words, ".")
}

func (c *policyCheck) demand(d Demand, path ...any) {
	switch d {
	case "", Must, Should, Ignore:
	default:
		c.add(c.at(path...), "%s is must, should or ignore, not %q", pathOf(path), d)
	}
}

func (c *policyCheck) questions(p Policy) {
	known := map[string]bool{}
	for _, q := range mds2.Questions() {
		known[q.ID] = true
	}
	asked := map[string]bool{}
	for i, q := range p.Questions {
		for j, id := range append([]string{q.ID}, q.Or...) {
			if !known[id] {
				where := c.at("questions", i, "id")
				if j > 0 {
					where = c.at("questions", i, "or", j-1)
				}
				c.add(where, "%q is no question of HN 1-2019", id)
			}
		}
		if asked[q.ID] {
			c.add(c.at("questions", i, "id"), "%s is asked twice", q.ID)
		}
		asked[q.ID] = true
		c.demand(q.Demand, "questions", i, "demand")
		if len(q.Want) == 0 {
			c.add(c.at("questions", i), "%s wants no answer; name those that serve: Yes, No, N/A, See Note", q.ID)
		}
		if p.Clauses[q.Clause] == "" {
			c.add(c.at("questions", i, "clause"), "%s names the clause %q, which the policy does not hold", q.ID, q.Clause)
		}
		for j, v := range q.Want {
			if v != mds2.Yes && v != mds2.No && v != mds2.NA && v != mds2.SeeNote {
				c.add(c.at("questions", i, "want", j), "%s wants %q; answers are Yes, No, N/A and See Note", q.ID, v)
			}
		}
	}
}
