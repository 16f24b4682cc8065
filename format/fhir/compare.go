package fhir

import (
	"math/big"

	"bedrail/format/jsondoc"
)

// same reports whether two values are equal; the order of members does not
// count.
func same(a, b jsondoc.Node) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case jsondoc.Object:
		if a.Len() != b.Len() {
			return false
		}
		for x := a.First(); x.Exists(); x = x.Next() {
			if !same(x, b.Get(x.Key())) {
				return false
			}
		}
		return true
	case jsondoc.Array:
		x, y := a.First(), b.First()
		for x.Exists() && y.Exists() {
			if !same(x, y) {
				return false
			}
			x, y = x.Next(), y.Next()
		}
		return !x.Exists() && !y.Exists()
	case jsondoc.Number:
		return equalNumbers(a.Text(), b.Text())
	}
	return a.Text() == b.Text()
}

func equalNumbers(a, b string) bool {
	if a == b {
		return true
	}
	x, ok1 := number(a)
	y, ok2 := number(b)
	return ok1 && ok2 && x.Cmp(y) == 0
}

// number reads a decimal; exponents that would fill the memory are refused.
func number(s string) (*big.Rat, bool) {
	if len(s) > 100 {
		return nil, false
	}
	for i := range len(s) {
		if s[i] == 'e' || s[i] == 'E' {
			if len(s)-i > 4 {
				return nil, false
			}
		}
	}
	return new(big.Rat).SetString(s)
}

// covers reports whether a value has all that a pattern has (R4 ElementDefinition
// pattern[x]).
func covers(pattern, n jsondoc.Node) bool {
	switch pattern.Kind() {
	case jsondoc.Object:
		for x := pattern.First(); x.Exists(); x = x.Next() {
			if !covers(x, n.Get(x.Key())) {
				return false
			}
		}
		return n.Kind() == jsondoc.Object
	case jsondoc.Array:
		for x := pattern.First(); x.Exists(); x = x.Next() {
			found := false
			for y := range each(n) {
				if found = covers(x, y); found {
					break
				}
			}
			if !found {
				return false
			}
		}
		return n.Kind() == jsondoc.Array
	}
	return same(pattern, n)
}

// less compares numbers and moments of the same precision.
func less(a, b jsondoc.Node) bool {
	switch {
	case a.Kind() == jsondoc.Number && b.Kind() == jsondoc.Number:
		x, ok1 := number(a.Text())
		y, ok2 := number(b.Text())
		return ok1 && ok2 && x.Cmp(y) < 0
	case a.Kind() == jsondoc.String && b.Kind() == jsondoc.String:
		x, y := a.Text(), b.Text()
		n := min(len(x), len(y), 10)
		return x[:n] < y[:n]
	case a.Kind() == jsondoc.Object:
		return a.Get("code").Text() == b.Get("code").Text() && less(a.Get("value"), b.Get("value"))
	}
	return false
}
