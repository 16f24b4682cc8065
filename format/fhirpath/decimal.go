package fhirpath

import (
	"math/big"
	"strings"
)

// A decimal is coef / 10^scale. It keeps the digits it was written with: 1.50
// has scale 2 and equals 1.5.
type decimal struct {
	coef  *big.Int
	scale int
}

// maxDigits bounds numbers: no measurement needs more.
const maxDigits = 400

var ten = big.NewInt(10)

func pow10(n int) *big.Int { return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil) }

func fromInt(i int64) decimal { return decimal{big.NewInt(i), 0} }

// parseDecimal reads digits with an optional sign, point and exponent.
func parseDecimal(s string) (decimal, bool) {
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		e, ok := new(big.Int).SetString(strings.TrimPrefix(s[i+1:], "+"), 10)
		if !ok || !e.IsInt64() || e.Int64() > maxDigits || e.Int64() < -maxDigits {
			return decimal{}, false
		}
		exponent = int(e.Int64())
	}
	whole, part, point := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole, "+-")
	if digits == "" || point && part == "" || len(digits)+len(part) > maxDigits ||
		strings.Trim(digits+part, "0123456789") != "" || len(whole)-len(digits) > 1 {
		return decimal{}, false
	}
	coef, ok := new(big.Int).SetString(strings.TrimPrefix(whole, "+")+part, 10)
	if !ok {
		return decimal{}, false
	}
	d := decimal{coef, len(part) - exponent}
	if d.scale < 0 {
		d = decimal{new(big.Int).Mul(coef, pow10(-d.scale)), 0}
	}
	return d, true
}

func (d decimal) String() string {
	s := new(big.Int).Abs(d.coef).String()
	if d.scale > 0 {
		if len(s) <= d.scale {
			s = strings.Repeat("0", d.scale-len(s)+1) + s
		}
		s = s[:len(s)-d.scale] + "." + s[len(s)-d.scale:]
	}
	if d.coef.Sign() < 0 {
		s = "-" + s
	}
	return s
}

func align(a, b decimal) (x, y *big.Int, scale int) {
	switch {
	case a.scale < b.scale:
		return new(big.Int).Mul(a.coef, pow10(b.scale-a.scale)), b.coef, b.scale
	case a.scale > b.scale:
		return a.coef, new(big.Int).Mul(b.coef, pow10(a.scale-b.scale)), a.scale
	}
	return a.coef, b.coef, a.scale
}

func (d decimal) cmp(o decimal) int {
	x, y, _ := align(d, o)
	return x.Cmp(y)
}

func (d decimal) add(o decimal) decimal {
	x, y, s := align(d, o)
	return decimal{new(big.Int).Add(x, y), s}
}

func (d decimal) sub(o decimal) decimal {
	x, y, s := align(d, o)
	return decimal{new(big.Int).Sub(x, y), s}
}

func (d decimal) mul(o decimal) decimal {
	return decimal{new(big.Int).Mul(d.coef, o.coef), d.scale + o.scale}
}

func (d decimal) neg() decimal { return decimal{new(big.Int).Neg(d.coef), d.scale} }

// quotientDigits is how many digits after the point a division keeps.
const quotientDigits = 28

func (d decimal) quo(o decimal) decimal {
	num := new(big.Int).Mul(d.coef, pow10(quotientDigits+o.scale))
	den := new(big.Int).Mul(o.coef, pow10(d.scale))
	return decimal{halfUp(num, den), quotientDigits}.trim()
}

// halfUp divides and rounds half away from zero.
func halfUp(num, den *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(num, den, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(den) >= 0 {
		if num.Sign()*den.Sign() < 0 {
			return q.Sub(q, big.NewInt(1))
		}
		return q.Add(q, big.NewInt(1))
	}
	return q
}

// trim drops zeros after the last digit that counts.
func (d decimal) trim() decimal {
	coef, scale := new(big.Int).Set(d.coef), d.scale
	r := new(big.Int)
	for scale > 0 {
		q, _ := new(big.Int).QuoRem(coef, ten, r)
		if r.Sign() != 0 {
			break
		}
		coef, scale = q, scale-1
	}
	return decimal{coef, scale}
}

// truncate cuts what stands after the point.
func (d decimal) truncate() *big.Int { return new(big.Int).Quo(d.coef, pow10(d.scale)) }

func (d decimal) floor() *big.Int {
	q, m := new(big.Int).DivMod(d.coef, pow10(d.scale), new(big.Int)) // Euclidean: m >= 0
	_ = m
	return q
}

// round keeps n digits after the point, half away from zero.
func (d decimal) round(n int) decimal {
	if d.scale <= n {
		return d
	}
	return decimal{halfUp(d.coef, pow10(d.scale-n)), n}
}

// rescale gives d exactly n digits after the point, cutting down (towards
// negative infinity) or filling with zeros.
func (d decimal) rescale(n int, up bool) decimal {
	if n >= d.scale {
		return decimal{new(big.Int).Mul(d.coef, pow10(n-d.scale)), n}
	}
	q, m := new(big.Int).DivMod(d.coef, pow10(d.scale-n), new(big.Int))
	if up && m.Sign() != 0 {
		q.Add(q, big.NewInt(1))
	}
	return decimal{q, n}
}

func (d decimal) integer() bool { return d.trim().scale == 0 }

func (d decimal) float() float64 {
	f, _ := new(big.Rat).SetFrac(d.coef, pow10(d.scale)).Float64()
	return f
}

func fromFloat(f float64) (decimal, bool) {
	r := new(big.Rat)
	if r.SetFloat64(f) == nil {
		return decimal{}, false
	}
	d, ok := parseDecimal(r.FloatString(17))
	return d.trim(), ok
}
