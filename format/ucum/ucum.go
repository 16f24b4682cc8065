// Package ucum knows the units of measure that devices and laboratories write
// in messages: whether a unit is one, what it measures, and how a value in one
// becomes a value in another.
//
// It implements the Unified Code for Units of Measure, case-sensitive form,
// with the whole published table. Factors are exact fractions; only units
// defined by logarithms and angles are computed in floating point.
package ucum

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Limits of a unit. Honest units stay far below them.
const (
	MaxCode     = 512 // bytes
	maxExponent = 308
	maxDigits   = 30
	maxDepth    = 32
)

// A Dimension is what a unit measures, in base units by ascending code. Equal
// dimensions can be compared and converted.
type Dimension []Power

// A Power is a base unit raised to a power other than zero.
type Power struct {
	Base     string
	Exponent int
}

// String writes the dimension as a unit: "g.m2.s-2", or "1".
func (d Dimension) String() string {
	if len(d) == 0 {
		return "1"
	}
	parts := make([]string, len(d))
	for i, p := range d {
		parts[i] = p.Base
		if p.Exponent != 1 {
			parts[i] += strconv.Itoa(p.Exponent)
		}
	}
	return strings.Join(parts, ".")
}

// Equal is true when both measure the same.
func (d Dimension) Equal(o Dimension) bool { return slices.Equal(d, o) }

// times adds n times the powers of o.
func (d Dimension) times(o Dimension, n int) Dimension {
	out := make(Dimension, 0, len(d)+len(o))
	out = append(out, d...)
	for _, p := range o {
		i, ok := slices.BinarySearchFunc(out, p.Base, func(q Power, base string) int { return cmp.Compare(q.Base, base) })
		switch {
		case !ok:
			out = slices.Insert(out, i, Power{p.Base, n * p.Exponent})
		case out[i].Exponent+n*p.Exponent == 0:
			out = slices.Delete(out, i, i+1)
		default:
			out[i].Exponent += n * p.Exponent
		}
	}
	return out
}

// A Unit is a unit in base units. The zero Unit is not usable; see Parse.
type Unit struct {
	factor *big.Rat // how many base units one is; for special units the scale of the function's result
	dim    Dimension
	// function and scale are set for special units: a value v stands for
	// function(scale × v) × factor base units.
	function string
	scale    *big.Rat
	// blended is true when a special unit was multiplied or raised, which has
	// no meaning.
	blended bool
}

// Dimension is what u measures.
func (u Unit) Dimension() Dimension { return u.dim }

// Special is true for units on a scale that is not proportional, such as
// degree Celsius or pH.
func (u Unit) Special() bool { return u.function != "" }

// Comparable is true when values in u can be converted to o.
func (u Unit) Comparable(o Unit) bool { return u.dim.Equal(o.dim) && !u.blended && !o.blended }

// Validate checks code. The error says where it stops being a unit and, where
// one can be guessed, what was meant.
func Validate(code string) error {
	return scan(code, func(term) error { return nil })
}

// An Error is a unit that is none.
type Error struct {
	Code   string
	Offset int // byte of the code
	Text   string
}

// Error names the unit, the place and the reason.
func (e *Error) Error() string {
	return fmt.Sprintf("unit %.80q, byte %d: %s", e.Code, e.Offset, e.Text)
}

// Multiply is the product of two quantities, in base units.
func Multiply(a *big.Rat, u Unit, b *big.Rat, v Unit) (*big.Rat, Dimension, error) {
	return combine(a, u, b, v, 1)
}

// Divide is the quotient of two quantities, in base units.
func Divide(a *big.Rat, u Unit, b *big.Rat, v Unit) (*big.Rat, Dimension, error) {
	return combine(a, u, b, v, -1)
}

func combine(a *big.Rat, u Unit, b *big.Rat, v Unit, sign int) (*big.Rat, Dimension, error) {
	x, err := u.ToBase(a)
	if err != nil {
		return nil, nil, err
	}
	y, err := v.ToBase(b)
	if err != nil {
		return nil, nil, err
	}
	if sign < 0 {
		if y.Sign() == 0 {
			return nil, nil, fmt.Errorf("division by zero")
		}
		y.Inv(y)
	}
	return x.Mul(x, y), u.dim.times(v.dim, sign), nil
}
