package ucum_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"bedrail/format/ucum"
)

func TestUnitsOfTheBedside(t *testing.T) {
	cases := map[string]struct{ value, from, to, want string }{
		"normal body temperature":                     {"98.6", "[degF]", "Cel", "37"},
		"and back, exactly":                           {"37", "Cel", "[degF]", "98.6"},
		"absolute zero":                               {"0", "K", "Cel", "-273.15"},
		"a blood pressure":                            {"120", "mm[Hg]", "kPa", "15.99864"},
		"an airway pressure":                          {"20", "cm[H2O]", "mm[Hg]", "14.7112254541636"},
		"annotations do not count":                    {"72", "{beat}/min", "/min", "72"},
		"a rate per minute in hertz":                  {"60", "/min", "Hz", "1"},
		"a flow of a pump":                            {"60", "mL/h", "mL/min", "1"},
		"micrograms per kilogram and minute":          {"5", "ug/kg/min", "mg/kg/h", "0.3"},
		"acidity":                                     {"7.4", "[pH]", "nmol/L", "39.8107170553497"},
		"a scale within a scale":                      {"3", "dB", "B", "0.3"},
		"a slope of one in one is 45 degrees":         {"100", "%[slope]", "deg", "45"},
		"a fraction":                                  {"0.4", "1", "%", "40"},
		"liters have two spellings":                   {"1", "L", "l", "1"},
		"millidegrees are a prefixed special unit":    {"37000", "mCel", "Cel", "37"},
		"a number in front scales a proportional":     {"2", "10.mm", "cm", "2"},
		"powers of ten":                               {"4.5", "10*9/L", "10*3/uL", "4.5"},
		"international units are of their own kind":   {"5", "[iU]/L", "m[IU]/mL", "5"},
		"noise of an accelerometer in root hertz":     {"3", "[m/s2/Hz^(1/2)]", "m2/s3", "9"},
		"a mean molar factor is not in the dimension": {"1", "mol", "10*23", "6.02214076"},
	}
	for name, c := range cases {
		got, err := ucum.ConvertText(c.value, c.from, c.to, 0)
		if err != nil || got != c.want {
			t.Errorf("%s: %s %s = %q %s, %v; want %q", name, c.value, c.from, got, c.to, err, c.want)
		}
	}
}

func TestWhatCannotBeConverted(t *testing.T) {
	for name, c := range map[string][2]string{
		"a pressure into a temperature":                    {"mm[Hg]", "Cel"},
		"international units into grams":                   {"[iU]", "g"},
		"one arbitrary unit into another":                  {"[iU]", "[USP'U]"},
		"degrees Celsius per hour have no meaning":         {"Cel/h", "K/h"},
		"a decimal number with an exponent beyond reason ": {"m", "10*400.m"},
	} {
		if got, err := ucum.ConvertText("1", c[0], c[1], 0); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if _, err := ucum.ConvertText("1e999999999", "m", "m", 0); err == nil {
		t.Error("a number of a billion digits was accepted")
	}
}

func TestErrorsSayWhereAndWhatWasMeant(t *testing.T) {
	cases := map[string]struct {
		code, text string
		at         int
	}{
		"brackets were forgotten":                   {"iU/mL", "did you mean [iU]", 0},
		"letters in the wrong case":                 {"mmhg", `"mmhg" is not a unit`, 0},
		"a unit in capitals":                        {"mmol/KG", "is not a unit", 5},
		"a number glued to a unit":                  {"g/12h", "joined by a dot: 12.h", 4},
		"nothing after a solidus":                   {"m/", "missing at the end", 2},
		"a letter that is not ASCII":                {"µg", "ASCII", 0},
		"an annotation that does not end":           {"m{beat", "not closed", 1},
		"a parenthesis that does not end":           {"m/(s.kg", "not closed", 2},
		"a parenthesis too many":                    {"m)", "does not belong", 1},
		"a text instead of a unit":                  {"beats per minute", "spaces", 5},
		"two units without a dot, after a bracket ": {"[iU]m", "is not a unit", 0},
	}
	for name, c := range cases {
		err := ucum.Validate(c.code)
		var e *ucum.Error
		if !errors.As(err, &e) || e.Offset != c.at || !strings.Contains(e.Text, c.text) {
			t.Errorf("%s: %q gives %v, want %q at %d", name, c.code, err, c.text, c.at)
		}
	}
}

func TestDimension(t *testing.T) {
	for code, want := range map[string]string{
		"N": "g.m.s-2", "mm[Hg]": "g.m-1.s-2", "Cel": "K", "{beat}/min": "s-1", "%": "1", "": "1", "m/m": "1", "Ohm": "C-2.g.m2.s-1",
	} {
		u, err := ucum.Parse(code)
		if err != nil || u.Dimension().String() != want {
			t.Errorf("%q measures %v, %v; want %s", code, u.Dimension(), err, want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for want, r := range map[string]*big.Rat{
		"0.333333": big.NewRat(1, 3), "-12": big.NewRat(-12, 1), "1500": big.NewRat(1500, 1), "0.001": big.NewRat(1, 1000), "0": new(big.Rat),
	} {
		if got := ucum.Decimal(r, 6); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, code := range []string{"m", "mm[Hg]", "10*3/uL", "4.[pi].10*-7.N/A2", "{a}.rad2{b}", "(m/s)2", "/((m))", "[m/s2/Hz^(1/2)]"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		u, err := ucum.Parse(code)
		if _, derr := ucum.Display(code); (derr == nil) != (err == nil) && !strings.Contains(code, "0") {
			t.Errorf("%q: parsed %v, displayed %v", code, err, derr)
		}
		if err != nil {
			return
		}
		for _, p := range u.Dimension() {
			if p.Exponent > 300 || p.Exponent < -300 {
				return // a power of a power may lie beyond what can be written
			}
		}
		if _, err := ucum.Parse(u.Dimension().String()); err != nil {
			t.Errorf("%q measures %v, which is no unit: %v", code, u.Dimension(), err)
		}
		_, _, _ = ucum.Standard{}.Canonical("1.5", code)
	})
}

func BenchmarkValidate(b *testing.B) {
	for b.Loop() {
		if err := ucum.Validate("ug/kg/min"); err != nil {
			b.Fatal(err)
		}
	}
}
