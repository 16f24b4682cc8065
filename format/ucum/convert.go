package ucum

import (
	"errors"
	"fmt"
	"math"
	"math/big"
)

// ErrSpecial is wrapped when a unit such as degree Celsius was multiplied with
// another: its values have no meaning (UCUM section 21).
var ErrSpecial = errors.New("a unit on a scale of its own cannot be multiplied or raised to a power")

// Convert turns v in from into a value in to. Conversions between units that
// are proportional, and between temperatures, are exact.
func Convert(v *big.Rat, from, to Unit) (*big.Rat, error) {
	if !from.dim.Equal(to.dim) {
		return nil, fmt.Errorf("a value in %v cannot become one in %v: they measure different things", from.dim, to.dim)
	}
	x, err := from.ToBase(v)
	if err != nil {
		return nil, err
	}
	return to.fromBase(x)
}

// ConvertText converts a decimal number between two units by their codes and
// answers with at most digits significant digits; 0 stands for 15.
func ConvertText(value, from, to string, digits int) (string, error) {
	v, err := rational(value)
	if err != nil {
		return "", err
	}
	u, err := Parse(from)
	if err != nil {
		return "", err
	}
	w, err := Parse(to)
	if err != nil {
		return "", err
	}
	r, err := Convert(v, u, w)
	if err != nil {
		return "", fmt.Errorf("%s to %s: %w", from, to, err)
	}
	if digits <= 0 {
		digits = 15
	}
	return Decimal(r, digits), nil
}

// ToBase is v in base units.
func (u Unit) ToBase(v *big.Rat) (*big.Rat, error) {
	if u.blended {
		return nil, ErrSpecial
	}
	if u.function == "" {
		return new(big.Rat).Mul(v, u.factor), nil
	}
	x, err := apply(u.function, new(big.Rat).Mul(v, u.scale), false)
	if err != nil {
		return nil, err
	}
	return x.Mul(x, u.factor), nil
}

func (u Unit) fromBase(x *big.Rat) (*big.Rat, error) {
	if u.blended {
		return nil, ErrSpecial
	}
	v := new(big.Rat).Quo(x, u.factor)
	if u.function == "" {
		return v, nil
	}
	v, err := apply(u.function, v, true)
	if err != nil {
		return nil, err
	}
	return v.Quo(v, u.scale), nil
}

// offsets are the special units that are shifted only: exact.
var offsets = map[string]*big.Rat{
	"Cel": big.NewRat(27315, 100), "degF": big.NewRat(45967, 100), "degRe": big.NewRat(21852, 100),
}

// curves are the others, from the scale's value to the proportional one and
// back (UCUM section 22).
var curves = map[string][2]func(float64) float64{
	"pH":          {func(x float64) float64 { return math.Pow(10, -x) }, func(x float64) float64 { return -math.Log10(x) }},
	"ln":          {math.Exp, math.Log},
	"lg":          {func(x float64) float64 { return math.Pow(10, x) }, math.Log10},
	"lgTimes2":    {func(x float64) float64 { return math.Pow(10, x/2) }, func(x float64) float64 { return 2 * math.Log10(x) }},
	"ld":          {math.Exp2, math.Log2},
	"sqrt":        {func(x float64) float64 { return x * x }, math.Sqrt},
	"tanTimes100": {func(x float64) float64 { return math.Atan(x / 100) }, func(x float64) float64 { return 100 * math.Tan(x) }},
	// The slope's scale is in degrees.
	"100tan": {func(x float64) float64 { return math.Atan(x/100) * 180 / math.Pi }, func(x float64) float64 { return 100 * math.Tan(x*math.Pi/180) }},
	"hpX":    {func(x float64) float64 { return math.Pow(10, -x) }, func(x float64) float64 { return -math.Log10(x) }},
	"hpC":    {func(x float64) float64 { return math.Pow(100, -x) }, func(x float64) float64 { return -math.Log(x) / math.Log(100) }},
	"hpM":    {func(x float64) float64 { return math.Pow(1000, -x) }, func(x float64) float64 { return -math.Log(x) / math.Log(1000) }},
	"hpQ":    {func(x float64) float64 { return math.Pow(50000, -x) }, func(x float64) float64 { return -math.Log(x) / math.Log(50000) }},
}

func apply(function string, v *big.Rat, back bool) (*big.Rat, error) {
	if o := offsets[function]; o != nil {
		if back {
			return new(big.Rat).Sub(v, o), nil
		}
		return new(big.Rat).Add(v, o), nil
	}
	c, ok := curves[function]
	if !ok {
		return nil, fmt.Errorf("the scale %q is not known", function)
	}
	f := c[0]
	if back {
		f = c[1]
	}
	x, _ := v.Float64()
	y := f(x)
	if math.IsNaN(y) || math.IsInf(y, 0) {
		return nil, fmt.Errorf("the value lies outside of the scale")
	}
	// Fifteen digits are what a float64 can promise.
	r, _ := new(big.Rat).SetString(new(big.Float).SetFloat64(y).Text('g', 15))
	return r, nil
}

// Standard offers the table as a value, for those that want it behind an
// interface.
type Standard struct{}

// Canonical returns value, decimal digits in unit, in base units. The error
// says that the unit is not UCUM, or the value no number.
func (Standard) Canonical(value, unit string) (canonical, baseUnit string, err error) {
	u, err := Parse(unit)
	if err != nil {
		return "", "", err
	}
	v, err := rational(value)
	if err != nil {
		return "", "", err
	}
	x, err := u.ToBase(v)
	if err != nil {
		return "", "", err
	}
	return Decimal(x, 34), u.dim.String(), nil
}
