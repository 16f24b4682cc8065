package ucum

import (
	_ "embed"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"sync"
)

// essence is the published table of units, embedded unaltered (see NOTICE.md).
//
//go:embed ucum-essence.xml
var essence []byte

// An atom is a unit of the table.
type atom struct {
	code      string
	name      string
	metric    bool // may bear a prefix
	special   bool // defined by a function instead of a factor
	arbitrary bool // comparable with itself only
	base      bool

	value    *big.Rat // number of ...
	unit     string   // ... this unit; for special units the scale of the function
	function string

	once sync.Once
	is   Unit
	err  error
}

// A prefix multiplies a metric unit.
type prefix struct {
	code, name string
	value      *big.Rat
}

// A table is the essence, read.
type table struct {
	atoms    map[string]*atom
	prefixes []prefix
	folded   map[string]string // codes by their lower-case letters, for hints
}

// units is the table, read on first use: some five milliseconds.
var units = sync.OnceValue(func() *table {
	t, err := readEssence(essence)
	if err != nil {
		panic(err) // the embedded table is part of the program
	}
	return t
})

// An xmlUnit is a prefix, base unit or unit as published.
type xmlUnit struct {
	Code      string   `xml:"Code,attr"`
	Metric    string   `xml:"isMetric,attr"`
	Special   string   `xml:"isSpecial,attr"`
	Arbitrary string   `xml:"isArbitrary,attr"`
	Names     []string `xml:"name"`
	Value     struct {
		Value    string `xml:"value,attr"`
		Unit     string `xml:"Unit,attr"`
		Function *struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
			Unit  string `xml:"Unit,attr"`
		} `xml:"function"`
	} `xml:"value"`
}

func readEssence(b []byte) (*table, error) {
	var doc struct {
		Prefixes []xmlUnit `xml:"prefix"`
		Bases    []xmlUnit `xml:"base-unit"`
		Units    []xmlUnit `xml:"unit"`
	}
	d := xml.NewDecoder(strings.NewReader(string(b)))
	d.CharsetReader = asciiOnly
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading the table of units: %w", err)
	}
	t := &table{atoms: map[string]*atom{}, folded: map[string]string{}}
	for _, p := range doc.Prefixes {
		v, err := rational(p.Value.Value)
		if err != nil {
			return nil, fmt.Errorf("prefix %s: %w", p.Code, err)
		}
		t.prefixes = append(t.prefixes, prefix{p.Code, p.name(), v})
	}
	for _, u := range doc.Bases {
		t.add(&atom{code: u.Code, name: u.name(), metric: true, base: true})
	}
	for _, u := range doc.Units {
		a, err := u.atom()
		if err != nil {
			return nil, fmt.Errorf("unit %s: %w", u.Code, err)
		}
		t.add(a)
	}
	return t, nil
}

func (t *table) add(a *atom) {
	t.atoms[a.code] = a
	if key := fold(a.code); t.folded[key] == "" {
		t.folded[key] = a.code
	}
}

// fold leaves out what people get wrong: case and brackets.
func fold(code string) string { return strings.ToLower(strings.Trim(code, "[]")) }

func (u xmlUnit) name() string {
	if len(u.Names) == 0 {
		return u.Code
	}
	return u.Names[0]
}

func (u xmlUnit) atom() (*atom, error) {
	a := &atom{code: u.Code, name: u.name(), metric: u.Metric == "yes", special: u.Special == "yes", arbitrary: u.Arbitrary == "yes",
		unit: u.Value.Unit}
	value := u.Value.Value
	if f := u.Value.Function; f != nil {
		a.function, a.unit, value = f.Name, f.Unit, f.Value
	}
	var err error
	a.value, err = rational(value)
	return a, err
}

// rational reads a decimal number. Its size is bounded, because "1e999999999"
// is short to write and long to compute with.
func rational(s string) (*big.Rat, error) {
	if len(s) > 512 || strings.Trim(s, "0123456789+-.eE") != "" {
		return nil, fmt.Errorf("%.40q is no decimal number", s)
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if n, err := strconv.Atoi(s[i+1:]); err != nil || n > 2*maxExponent || n < -2*maxExponent {
			return nil, fmt.Errorf("%.40q has an exponent beyond %d", s, 2*maxExponent)
		}
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, fmt.Errorf("%.40q is no decimal number", s)
	}
	return r, nil
}

// canonical is the atom in base units.
func (a *atom) canonical() (Unit, error) {
	a.once.Do(func() {
		switch {
		case a.base:
			a.is = Unit{factor: big.NewRat(1, 1), dim: Dimension{{a.code, 1}}}
		case a.arbitrary && a.unit == "1":
			a.is = Unit{factor: new(big.Rat).Set(a.value), dim: Dimension{{a.code, 1}}}
		default:
			a.is, a.err = a.derive()
		}
	})
	return a.is, a.err
}

func (a *atom) derive() (Unit, error) {
	u, err := Parse(a.unit)
	if err != nil {
		return Unit{}, err
	}
	u.factor = new(big.Rat).Mul(u.factor, a.value)
	if a.special {
		u.function, u.scale = a.function, big.NewRat(1, 1)
	}
	return u, nil
}

// asciiOnly lets the XML reader take the declared US-ASCII for what it is: a
// part of UTF-8.
func asciiOnly(charset string, r io.Reader) (io.Reader, error) {
	if !strings.EqualFold(charset, "ascii") && !strings.EqualFold(charset, "us-ascii") {
		return nil, fmt.Errorf("character set %q", charset)
	}
	return r, nil
}
