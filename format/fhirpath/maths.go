package fhirpath

import (
	"math"
	"math/big"
)

// onNumber makes a function of one number that may refuse it.
func onNumber(f func(v Value, d decimal) (Value, bool)) function {
	return function{0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		v, d, ok, err := c.number(in)
		if err != nil || !ok {
			return out, err
		}
		if got, ok := f(v, d); ok {
			out = append(out, got)
		}
		return out, nil
	}}
}

// number returns the single number of in.
func (c *call) number(in []Value) (Value, decimal, bool, error) {
	v, ok, err := single(in, c.pos)
	if err != nil || !ok {
		return v, decimal{}, false, err
	}
	v = v.load()
	d, ok := asDecimal(v)
	if !ok {
		return v, d, false, failf(c.pos, "%s() works on numbers, not on %s", c.name, v.Type())
	}
	return v, d, true, nil
}

// like gives a result the unit of the quantity it came from.
func like(v Value, d decimal) Value {
	switch {
	case v.kind == kindQuantity:
		return quantity(d, v.more.unit, v.more.cal)
	case v.kind == kindInteger && d.integer() && d.truncate().IsInt64():
		return integer(d.truncate().Int64())
	}
	return dec(d)
}

func whole(i *big.Int) (Value, bool) { return integer(i.Int64()), i.IsInt64() }

func float(f float64) (Value, bool) {
	d, ok := fromFloat(f)
	return dec(d), ok && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// maths are the functions of N1 5.7.
var maths = map[string]function{
	"abs": onNumber(func(v Value, d decimal) (Value, bool) {
		return like(v, decimal{new(big.Int).Abs(d.coef), d.scale}), true
	}),
	"ceiling":  onNumber(func(_ Value, d decimal) (Value, bool) { return whole(new(big.Int).Neg(d.neg().floor())) }),
	"floor":    onNumber(func(_ Value, d decimal) (Value, bool) { return whole(d.floor()) }),
	"truncate": onNumber(func(_ Value, d decimal) (Value, bool) { return whole(d.truncate()) }),
	"exp":      onNumber(func(_ Value, d decimal) (Value, bool) { return float(math.Exp(d.float())) }),
	"ln":       onNumber(func(_ Value, d decimal) (Value, bool) { return float(math.Log(d.float())) }),
	"sqrt":     onNumber(func(_ Value, d decimal) (Value, bool) { return float(math.Sqrt(d.float())) }),
	"log": withNumber(func(v Value, x, base decimal) (Value, bool) {
		return float(math.Log(x.float()) / math.Log(base.float()))
	}),
	"power": withNumber(func(v Value, x, y decimal) (Value, bool) {
		if v.kind == kindInteger && y.integer() && y.coef.Sign() >= 0 && y.truncate().IsInt64() && y.truncate().Int64() < 64 {
			return whole(new(big.Int).Exp(x.truncate(), y.truncate(), nil))
		}
		return float(math.Pow(x.float(), y.float()))
	}),
	"round": {0, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		v, d, ok, err := c.number(in)
		if err != nil || !ok {
			return out, err
		}
		n := int64(0)
		if len(c.args) == 1 {
			p, ok, err := c.value(r, 0, kindInteger)
			if err != nil || !ok {
				return out, err
			}
			if n = p.num; n < 0 || n > maxDigits {
				return out, failf(c.pos, "a number is rounded to 0 to %d digits, not %d", maxDigits, n)
			}
		}
		return append(out, like(v, d.round(int(n)))), nil
	}},
}

func withNumber(f func(v Value, x, y decimal) (Value, bool)) function {
	return function{1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		v, x, ok, err := c.number(in)
		if err != nil || !ok {
			return out, err
		}
		args, err := c.values(r, 0)
		if err != nil {
			return out, err
		}
		_, y, ok, err := c.number(args)
		if err != nil || !ok {
			return out, err
		}
		if got, ok := f(v, x, y); ok {
			out = append(out, got)
		}
		return out, nil
	}}
}
