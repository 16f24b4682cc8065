package fhirpath

import (
	"strconv"
	"strings"
)

// binary operators with how strongly they bind (N1 6.8), weakest first.
var binding0 = map[string]int{
	"implies": 1, "or": 2, "xor": 2, "and": 3, "in": 4, "contains": 4,
	"=": 5, "~": 5, "!=": 5, "!~": 5, "<": 6, ">": 6, "<=": 6, ">=": 6,
	"|": 7, "is": 8, "as": 8, "+": 9, "-": 9, "&": 9, "*": 10, "/": 10, "div": 10, "mod": 10,
}

type parser struct {
	lex   lexer
	tok   token
	depth int
}

func (p *parser) advance() (err error) {
	p.tok, err = p.lex.next()
	return err
}

func (p *parser) at(symbol string) bool { return p.tok.kind == tokSymbol && p.tok.text == symbol }

func (p *parser) expect(symbol string) error {
	if !p.at(symbol) {
		if p.tok.kind == tokEnd {
			return syntaxf(p.tok.pos, "the expression ends where %q should stand", symbol)
		}
		return syntaxf(p.tok.pos, "%q should stand here, not %q", symbol, p.tok.text)
	}
	return p.advance()
}

// operator returns the binary operator at the current token.
func (p *parser) operator() (string, int) {
	if p.tok.kind != tokSymbol && p.tok.kind != tokName {
		return "", 0
	}
	return p.tok.text, binding0[p.tok.text]
}

func (p *parser) expression(least int) (expr, error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, syntaxf(p.tok.pos, "the expression is nested deeper than %d levels", MaxDepth)
	}
	defer func() { p.depth-- }()
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		op, strength := p.operator()
		if strength == 0 || strength <= least {
			return left, nil
		}
		pos := p.tok.pos
		if err := p.advance(); err != nil {
			return nil, err
		}
		if op == "is" || op == "as" {
			name, err := p.typeName()
			if err != nil {
				return nil, err
			}
			left = typeTest{left, name, op == "as", pos}
			continue
		}
		right, err := p.expression(strength)
		if err != nil {
			return nil, err
		}
		left = newBinary(op, left, right, pos)
	}
}

func (p *parser) typeName() (string, error) {
	if p.tok.kind != tokName && p.tok.kind != tokQuotedName {
		return "", syntaxf(p.tok.pos, "the name of a type should stand here")
	}
	name := p.tok.text
	if err := p.advance(); err != nil {
		return "", err
	}
	for p.at(".") {
		save := *p
		if err := p.advance(); err != nil {
			return "", err
		}
		if p.tok.kind != tokName && p.tok.kind != tokQuotedName || name != "FHIR" && name != "System" {
			*p = save
			break
		}
		name += "." + p.tok.text
		if err := p.advance(); err != nil {
			return "", err
		}
	}
	return name, nil
}

func (p *parser) unary() (expr, error) {
	if p.at("-") || p.at("+") {
		negative, pos := p.tok.text == "-", p.tok.pos
		if p.depth++; p.depth > MaxDepth {
			return nil, syntaxf(pos, "the expression is nested deeper than %d levels", MaxDepth)
		}
		defer func() { p.depth-- }()
		if err := p.advance(); err != nil {
			return nil, err
		}
		operand, err := p.unary()
		if err != nil {
			return nil, err
		}
		return polarity{operand, negative, pos}, nil
	}
	return p.postfix()
}

// postfix reads a term and the invocations and indexers behind it.
func (p *parser) postfix() (expr, error) {
	e, err := p.term()
	if err != nil {
		return nil, err
	}
	for {
		switch {
		case p.at("."):
			if err := p.advance(); err != nil {
				return nil, err
			}
			next, err := p.invocation()
			if err != nil {
				return nil, err
			}
			e = chain(e, next)
		case p.at("["):
			pos := p.tok.pos
			if err := p.advance(); err != nil {
				return nil, err
			}
			index, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			if err := p.expect("]"); err != nil {
				return nil, err
			}
			e = indexer{e, index, pos}
		default:
			return e, nil
		}
	}
}

// invocation reads what may stand behind a point: a name, a function, $this.
func (p *parser) invocation() (expr, error) {
	tok := p.tok
	switch tok.kind {
	case tokName, tokQuotedName:
		if err := p.advance(); err != nil {
			return nil, err
		}
		if tok.kind == tokName && p.at("(") {
			return p.call(tok)
		}
		return &member{name: tok.text, pos: tok.pos}, nil
	case tokDollar:
		return p.dollar()
	}
	if tok.kind == tokEnd {
		return nil, syntaxf(tok.pos, "the expression ends after a point")
	}
	return nil, syntaxf(tok.pos, "a name should follow the point, not %q", tok.text)
}

func (p *parser) dollar() (expr, error) {
	tok := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	switch tok.text {
	case "$this":
		return thisExpr{}, nil
	case "$index":
		return indexExpr{}, nil
	case "$total":
		return totalExpr{}, nil
	}
	return nil, syntaxf(tok.pos, "%s is not known; there are $this, $index and $total", tok.text)
}

func (p *parser) term() (expr, error) {
	tok := p.tok
	switch tok.kind {
	case tokName:
		switch tok.text {
		case "true", "false":
			return literal{[]Value{boolean(tok.text == "true")}}, p.advance()
		}
		return p.invocation()
	case tokQuotedName:
		return p.invocation()
	case tokDollar:
		return p.dollar()
	case tokString:
		return literal{[]Value{str(tok.text)}}, p.advance()
	case tokNumber:
		return p.number()
	case tokDate, tokDateTime, tokTime:
		return p.moment()
	case tokEnv:
		return variable{tok.text, tok.pos}, p.advance()
	case tokEnd:
		return nil, syntaxf(tok.pos, "the expression ends where a term should stand")
	}
	switch {
	case p.at("("):
		if err := p.advance(); err != nil {
			return nil, err
		}
		e, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		return scoped{e}, p.expect(")")
	case p.at("{"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		return literal{}, p.expect("}")
	}
	return nil, syntaxf(tok.pos, "%q cannot begin a term", tok.text)
}

// number reads a number and the unit behind it, if there is one.
func (p *parser) number() (expr, error) {
	text, pos := p.tok.text, p.tok.pos
	if err := p.advance(); err != nil {
		return nil, err
	}
	d, ok := parseDecimal(text)
	if !ok {
		return nil, syntaxf(pos, "%s is no number that can be used", text)
	}
	if p.tok.kind == tokString {
		unit := p.tok.text
		return literal{[]Value{quantity(d, unit, false)}}, p.advance()
	}
	if word := calendarUnits[p.tok.text]; p.tok.kind == tokName && word != "" {
		return literal{[]Value{quantity(d, word, true)}}, p.advance()
	}
	if !strings.Contains(text, ".") {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return literal{[]Value{integer(i)}}, nil
		}
	}
	return literal{[]Value{dec(d)}}, nil
}

func (p *parser) moment() (expr, error) {
	tok := p.tok
	var m moment
	var ok bool
	var k kind
	switch tok.kind {
	case tokDate:
		k = kindDate
		m, ok = parseDate(tok.text)
	case tokDateTime:
		k = kindDateTime
		m, ok = parseDateTime(tok.text)
	default:
		k = kindTime
		m, ok = parseTime(tok.text[1:])
	}
	if !ok {
		return nil, syntaxf(tok.pos, "@%s is no date or time", tok.text)
	}
	return literal{[]Value{when(k, m)}}, p.advance()
}

// call reads the arguments of a function and binds it.
func (p *parser) call(name token) (expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	f, known := lookupFunction(name.text)
	if !known {
		return nil, syntaxf(name.pos, "there is no function %s()", name.text)
	}
	var args []expr
	for !p.at(")") {
		if len(args) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		arg, err := p.argument(f)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if len(args) < f.least || len(args) > f.most {
		return nil, syntaxf(name.pos, "%s() takes %s, not %d", name.text, f.arity(), len(args))
	}
	return &call{name.text, f, args, name.pos}, nil
}

func (p *parser) argument(f function) (expr, error) {
	if f.types {
		name, err := p.typeName()
		return typeArg{name}, err
	}
	return p.expression(0)
}
