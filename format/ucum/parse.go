package ucum

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Parse reads a unit. The empty code is unity.
func Parse(code string) (Unit, error) {
	u := Unit{factor: big.NewRat(1, 1)}
	err := scan(code, func(t term) error {
		v, err := t.unit()
		if err != nil {
			return err
		}
		u = u.times(v, t.exponent)
		return nil
	})
	return u, err
}

// A term is one factor of a unit.
type term struct {
	number   string // digits, or
	atom     *atom  // a unit with
	prefix   *prefix
	exponent int // signed: negative in a denominator
	divided  bool
}

func (t term) unit() (Unit, error) {
	if t.atom == nil {
		n, err := rational(t.number)
		return Unit{factor: n}, err
	}
	u, err := t.atom.canonical()
	if err != nil || t.prefix == nil {
		return u, err
	}
	if u.function != "" {
		u.scale = new(big.Rat).Mul(u.scale, t.prefix.value)
		return u, nil
	}
	u.factor = new(big.Rat).Mul(u.factor, t.prefix.value)
	return u, nil
}

// times is u × v^n.
func (u Unit) times(v Unit, n int) Unit {
	if u.function == "" && v.function == "" {
		return Unit{factor: new(big.Rat).Mul(u.factor, power(v.factor, n)), dim: u.dim.times(v.dim, n), blended: u.blended || v.blended}
	}
	switch {
	case v.function == "" && len(v.dim) == 0 && !v.blended: // a number before or after a special unit scales its value
		u.scale = new(big.Rat).Mul(u.scale, power(v.factor, n))
		return u
	case u.function == "" && len(u.dim) == 0 && n == 1 && !u.blended:
		v.scale = new(big.Rat).Mul(v.scale, u.factor)
		return v
	}
	return Unit{factor: new(big.Rat).Mul(u.factor, power(v.factor, n)), dim: u.dim.times(v.dim, n), blended: true}
}

func power(r *big.Rat, n int) *big.Rat {
	if n == 1 {
		return r
	}
	m := n
	if m < 0 {
		m = -m
	}
	exp := big.NewInt(int64(m))
	num, den := new(big.Int).Exp(r.Num(), exp, nil), new(big.Int).Exp(r.Denom(), exp, nil)
	if n < 0 && num.Sign() != 0 {
		num, den = den, num
	}
	return new(big.Rat).SetFrac(num, den)
}

// A scanner reads the grammar of UCUM section 1:
//
//	unit      = ["/"] term
//	term      = component { ("." | "/") component }
//	component = "(" term ")" | number [note] | symbol [exponent] [note] | note
type scanner struct {
	code   string
	at     int
	each   func(term) error
	opened int
}

func scan(code string, each func(term) error) error {
	if len(code) > MaxCode {
		return &Error{code, MaxCode, fmt.Sprintf("it is longer than %d bytes", MaxCode)}
	}
	for i := range len(code) {
		if code[i] < 33 || code[i] > 126 {
			return &Error{code, i, "a unit holds visible ASCII characters only; spaces and letters beyond belong into the text beside it"}
		}
	}
	if code == "" {
		return nil
	}
	s := &scanner{code: code, each: each}
	sign := 1
	if code[0] == '/' {
		s.at, sign = 1, -1
	}
	if err := s.term(sign, 0); err != nil {
		return err
	}
	if s.at < len(code) {
		return s.fail(s.at, fmt.Sprintf("%q does not belong here; units are joined by '.' or '/'", code[s.at]))
	}
	return nil
}

func (s *scanner) fail(at int, text string) error { return &Error{s.code, at, text} }

func (s *scanner) peek() byte {
	if s.at < len(s.code) {
		return s.code[s.at]
	}
	return 0
}

func (s *scanner) term(sign, depth int) error {
	if depth > maxDepth {
		return s.fail(s.at, "parentheses are nested too deeply")
	}
	next := sign
	for {
		if err := s.component(next, depth); err != nil {
			return err
		}
		switch s.peek() {
		case '.':
			next = sign
		case '/':
			next = -sign
		default:
			return nil
		}
		s.at++
	}
}

func (s *scanner) component(sign, depth int) error {
	switch c := s.peek(); {
	case c == 0:
		return s.fail(s.at, "a unit is missing at the end")
	case c == '(':
		open := s.at
		s.at++
		s.opened++
		if err := s.term(sign, depth+1); err != nil {
			return err
		}
		if s.peek() != ')' {
			return s.fail(open, "this parenthesis is not closed")
		}
		s.at++
		return nil
	case c == '{':
		return s.note()
	case '0' <= c && c <= '9' && !s.ten():
		return s.number(sign)
	}
	return s.symbol(sign)
}

// ten is true at the units 10* and 10^, which begin like a number.
func (s *scanner) ten() bool {
	return strings.HasPrefix(s.code[s.at:], "10*") || strings.HasPrefix(s.code[s.at:], "10^")
}

func (s *scanner) note() error {
	if s.peek() != '{' {
		return nil
	}
	n := strings.IndexAny(s.code[s.at+1:], "{}")
	if n < 0 || s.code[s.at+1+n] == '{' {
		return s.fail(s.at, "this annotation is not closed")
	}
	s.at += n + 2
	return nil
}

func (s *scanner) digits() string {
	from := s.at
	for s.at < len(s.code) && '0' <= s.code[s.at] && s.code[s.at] <= '9' {
		s.at++
	}
	return s.code[from:s.at]
}

func (s *scanner) number(sign int) error {
	from := s.at
	digits := s.digits()
	if len(digits) > maxDigits {
		return s.fail(from, fmt.Sprintf("a number has at most %d digits", maxDigits))
	}
	if sign < 0 && strings.Trim(digits, "0") == "" {
		return s.fail(from, "division by zero")
	}
	if c := s.peek(); c != 0 && !strings.ContainsRune("./){", rune(c)) {
		return s.fail(s.at, fmt.Sprintf("a number and a unit are joined by a dot: %s.%s", digits, s.code[s.at:min(len(s.code), s.at+8)]))
	}
	if err := s.each(term{number: digits, exponent: sign, divided: sign < 0}); err != nil {
		return err
	}
	return s.note()
}

func (s *scanner) symbol(sign int) error {
	from := s.at
	name, err := s.name()
	if err != nil {
		return err
	}
	t, ok := units().find(name)
	if !ok {
		return s.fail(from, units().unknown(name))
	}
	if t.exponent, err = s.exponent(); err != nil {
		return err
	}
	t.exponent *= sign
	t.divided = sign < 0
	if err := s.each(t); err != nil {
		return err
	}
	return s.note()
}

// name cuts off a symbol: everything in brackets belongs to it, and digits and
// signs outside of them do not.
func (s *scanner) name() (string, error) {
	from := s.at
	if s.ten() {
		s.at += 3
		return s.code[from:s.at], nil
	}
	for s.at < len(s.code) {
		c := s.code[s.at]
		if c == '[' {
			n := strings.IndexByte(s.code[s.at:], ']')
			if n < 0 {
				return "", s.fail(s.at, "this bracket is not closed")
			}
			s.at += n + 1
			continue
		}
		if strings.IndexByte("./(){}+-0123456789]", c) >= 0 {
			break
		}
		s.at++
	}
	if s.at == from {
		return "", s.fail(from, fmt.Sprintf("a unit is missing before %q", s.code[from]))
	}
	return s.code[from:s.at], nil
}

func (s *scanner) exponent() (int, error) {
	from, sign := s.at, 1
	switch s.peek() {
	case '-':
		sign = -1
		s.at++
	case '+':
		s.at++
	}
	digits := s.digits()
	if digits == "" {
		if s.at > from {
			return 0, s.fail(from, "a sign without an exponent")
		}
		return 1, nil
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > maxExponent {
		return 0, s.fail(from, fmt.Sprintf("an exponent is at most %d", maxExponent))
	}
	return sign * n, nil
}

// find looks a symbol up: a unit as it stands, or a prefix and a metric unit.
func (t *table) find(name string) (term, bool) {
	if a := t.atoms[name]; a != nil {
		return term{atom: a}, true
	}
	for i := range t.prefixes {
		p := &t.prefixes[i]
		rest, ok := strings.CutPrefix(name, p.code)
		if a := t.atoms[rest]; ok && a != nil && a.metric {
			return term{atom: a, prefix: p}, true
		}
	}
	return term{}, false
}

// unknown says that name is no unit and what may have been meant.
func (t *table) unknown(name string) string {
	text := fmt.Sprintf("%q is not a unit", name)
	if hint := t.folded[fold(name)]; hint != "" {
		return text + "; did you mean " + hint + "?"
	}
	for _, p := range t.prefixes {
		rest, ok := strings.CutPrefix(name, p.code)
		if !ok || rest == "" {
			continue
		}
		if hint := t.folded[fold(rest)]; hint != "" && t.atoms[hint].metric {
			return text + "; did you mean " + p.code + hint + "?"
		}
	}
	return text
}
