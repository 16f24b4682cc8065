package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A condition is compiled: a tree of and, or and tests.
type condition struct {
	op    conditionOp
	leaf  int32 // number of a test whose answer is kept; 0 is not
	left  *condition
	right *condition
	at    source
	texts []string
	not   bool
	cmp   string // of count and length
	n     int
}

type conditionOp uint8

const (
	opAnd conditionOp = iota + 1
	opOr
	opNot
	opValued
	opIn
	opCount
	opLength
)

// compileCondition reads a condition:
//
//	OBX-2 = "SN" and OBX-5.3 not in (":", "/") or count(PID-11) > 1 or $ucum empty
func compileCondition(text string, isType func(string) bool, segment string) (*condition, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	p := &conditionParser{text: text, isType: isType, segment: segment}
	p.next()
	c, err := p.or(0)
	if err == nil && p.word != "" {
		err = p.fail("%q is left over", p.word)
	}
	return c, err
}

type conditionParser struct {
	text    string
	at      int
	word    string
	quoted  bool
	isType  func(string) bool
	segment string
}

func (p *conditionParser) fail(format string, args ...any) error {
	return fmt.Errorf("condition %q: %s", p.text, fmt.Sprintf(format, args...))
}

func (p *conditionParser) next() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	p.word, p.quoted = "", false
	if p.at >= len(p.text) {
		return
	}
	rest := p.text[p.at:]
	switch c := rest[0]; {
	case c == '"':
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			end = len(rest) - 2
		}
		p.word, p.quoted = rest[1:1+end], true
		p.at += end + 2
	case strings.HasPrefix(rest, "!="), strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, ">="):
		p.word = rest[:2]
		p.at += 2
	case strings.IndexByte("()=,<>", c) >= 0:
		p.word = rest[:1]
		p.at++
	default:
		end := strings.IndexAny(rest, " ()=,<>!")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			end = 1
		}
		p.word = rest[:end]
		p.at += end
	}
}

func (p *conditionParser) take(word string) bool {
	if p.quoted || p.word != word {
		return false
	}
	p.next()
	return true
}

func (p *conditionParser) or(depth int) (*condition, error) {
	left, err := p.and(depth)
	for err == nil && p.take("or") {
		var right *condition
		right, err = p.and(depth)
		left = &condition{op: opOr, left: left, right: right}
	}
	return left, err
}

func (p *conditionParser) and(depth int) (*condition, error) {
	left, err := p.one(depth)
	for err == nil && p.take("and") {
		var right *condition
		right, err = p.one(depth)
		left = &condition{op: opAnd, left: left, right: right}
	}
	return left, err
}

func (p *conditionParser) one(depth int) (*condition, error) {
	if depth > 50 {
		return nil, p.fail("it is nested too deeply")
	}
	if p.take("not") {
		c, err := p.one(depth + 1)
		return &condition{op: opNot, left: c}, err
	}
	if p.take("(") {
		c, err := p.or(depth + 1)
		if err == nil && !p.take(")") {
			err = p.fail("a parenthesis is not closed")
		}
		return c, err
	}
	measure := ""
	if !p.quoted && (p.word == "count" || p.word == "length") {
		measure = p.word
		p.next()
		if !p.take("(") {
			return nil, p.fail("after %s comes a place in parentheses", measure)
		}
	}
	if p.word == "" || p.quoted {
		return nil, p.fail("a place is missing")
	}
	at, err := compileSource(p.word, p.isType, p.segment)
	if err != nil {
		return nil, err
	}
	p.next()
	if measure != "" {
		if !p.take(")") {
			return nil, p.fail("a parenthesis is not closed")
		}
		return p.measured(measure, at)
	}
	return p.test(at)
}

func (p *conditionParser) measured(measure string, at source) (*condition, error) {
	c := &condition{op: opCount, at: at, cmp: p.word}
	if measure == "length" {
		c.op = opLength
	}
	if !slices.Contains([]string{"=", "!=", "<", ">", "<=", ">="}, p.word) {
		return nil, p.fail("after %s comes a comparison", measure)
	}
	p.next()
	n, err := strconv.Atoi(p.word)
	if err != nil {
		return nil, p.fail("%q is no number", p.word)
	}
	c.n = n
	p.next()
	return c, nil
}

func (p *conditionParser) test(at source) (*condition, error) {
	not := p.take("not")
	c := &condition{at: at, not: not}
	switch {
	case p.take("valued"):
		c.op = opValued
	case p.take("empty"):
		c.op, c.not = opValued, !not
	case p.take("="):
		return p.equals(c)
	case p.take("!="):
		c.not = !not
		return p.equals(c)
	case p.take("in"):
		c.op = opIn
		if !p.take("(") {
			return nil, p.fail("after in comes a list in parentheses")
		}
		for !p.take(")") {
			if !p.quoted {
				return nil, p.fail("the items of a list stand in quotes")
			}
			c.texts = append(c.texts, p.word)
			p.next()
			p.take(",")
		}
	default:
		return nil, p.fail("%q is none of valued, empty, =, !=, in", p.word)
	}
	return c, nil
}

func (p *conditionParser) equals(c *condition) (*condition, error) {
	if !p.quoted {
		return nil, p.fail("what is compared with stands in quotes")
	}
	c.op, c.texts = opIn, []string{p.word}
	p.next()
	return c, nil
}

// holds decides the condition where the run stands.
func (c *condition) holds(r *run) bool {
	if c == nil {
		return true
	}
	switch c.op {
	case opAnd:
		return c.left.holds(r) && c.right.holds(r)
	case opOr:
		return c.left.holds(r) || c.right.holds(r)
	case opNot:
		return !c.left.holds(r)
	}
	rep := r.repOf(&c.at)
	if c.leaf == 0 || rep != 1 {
		return c.test(r, rep)
	}
	at := &r.decided[c.leaf]
	if at.part != r.part {
		at.part, at.holds = r.part, c.test(r, rep)
	}
	return at.holds
}

// apartFrom reports whether c asks nothing of the field at s, and nothing whose
// answer is not kept.
func (c *condition) apartFrom(s *source) bool {
	switch {
	case c == nil:
		return true
	case c.op == opNot:
		return c.left.apartFrom(s)
	case c.op == opAnd || c.op == opOr:
		return c.left.apartFrom(s) && c.right.apartFrom(s)
	}
	for at := &c.at; at != nil; at = at.or {
		if at.kind == fieldSource && at.field == s.field {
			return false
		}
	}
	return c.leaf > 0
}

// test decides what is no combination of others.
func (c *condition) test(r *run, rep int) bool {
	switch c.op {
	case opCount:
		return compare(r.reps(&c.at), c.cmp, c.n)
	case opLength:
		return compare(len(r.textOf(r.value(&c.at, 1))), c.cmp, c.n)
	case opValued:
		if c.at.kind == segmentSource {
			return r.segmentFor(c.at.segment).Exists() != c.not
		}
		return !r.value(&c.at, rep).empty() != c.not
	}
	return c.among(r, rep) != c.not
}

// among reports whether the value is one of the texts, without making a text
// of it where its bytes do.
func (c *condition) among(r *run, rep int) bool {
	d := r.value(&c.at, rep)
	if d.plain {
		return slices.Contains(c.texts, d.text)
	}
	for _, t := range c.texts {
		if d.v.Is(t) {
			return true
		}
	}
	return false
}

func compare(n int, op string, with int) bool {
	switch op {
	case "=":
		return n == with
	case "!=":
		return n != with
	case "<":
		return n < with
	case ">":
		return n > with
	case "<=":
		return n <= with
	}
	return n >= with
}
