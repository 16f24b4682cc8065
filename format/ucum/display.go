package ucum

import (
	"math/big"
	"strconv"
	"strings"
)

// Display writes a unit for people: "(millimeter) / (second ^ 2)".
func Display(code string) (string, error) {
	var b strings.Builder
	err := scan(code, func(t term) error {
		switch {
		case b.Len() > 0 && t.divided:
			b.WriteString(" / ")
		case b.Len() > 0:
			b.WriteString(" * ")
		case t.divided:
			b.WriteString("1 / ")
		}
		b.WriteString(t.display())
		return nil
	})
	if err == nil && b.Len() == 0 {
		return "(unity)", nil
	}
	return b.String(), err
}

func (t term) display() string {
	if t.atom == nil {
		return t.number
	}
	name := t.atom.name
	if t.prefix != nil {
		name = t.prefix.name + name
	}
	n := t.exponent
	if t.divided {
		n = -n
	}
	if n != 1 {
		name += " ^ " + strconv.Itoa(n)
	}
	return "(" + name + ")"
}

// Decimal writes r with at most digits significant digits, without an
// exponent unless the number is very large or small, and without trailing
// zeros.
func Decimal(r *big.Rat, digits int) string {
	if r.Sign() == 0 {
		return "0"
	}
	f := new(big.Float).SetPrec(uint(digits)*4 + 64).SetMode(big.ToNearestEven).SetRat(r)
	s := f.Text('e', digits-1)
	mantissa, exponent, _ := strings.Cut(s, "e")
	e, err := strconv.Atoi(exponent)
	if err != nil {
		return s
	}
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	m := strings.TrimRight(strings.Replace(mantissa, ".", "", 1), "0")
	switch {
	case e < -30 || e > 40:
		return sign + strings.TrimRight(m[:1]+"."+m[1:], ".") + "e" + strconv.Itoa(e)
	case e < 0:
		return sign + "0." + strings.Repeat("0", -e-1) + m
	case len(m) <= e+1:
		return sign + m + strings.Repeat("0", e+1-len(m))
	}
	return sign + m[:e+1] + "." + m[e+1:]
}
