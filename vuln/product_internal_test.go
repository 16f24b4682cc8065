package vuln

import "testing"

func TestAnAbbreviationIsNoPartOfAName(t *testing.T) {
	for rule, c := range map[string]struct{ name, want string }{
		"the initials of a part of the name":          {"Welch Allyn Connex Spot Monitor (CSM)", "Welch Allyn Connex Spot Monitor"},
		"the initials of the whole name":              {"Medical Device Gateway (MDG)", "Medical Device Gateway"},
		"initials across a hyphen":                    {"Point-of-Care Tester (POCT)", "Point-of-Care Tester"},
		"letters that the name does not begin with":   {"Spacecom Pump (US)", "Spacecom Pump (US)"},
		"in the middle it stays":                      {"Monitor (CSM) Plus", "Monitor (CSM) Plus"},
		"words in brackets stay":                      {"Pump (Wireless)", "Pump (Wireless)"},
		"one letter may be a variant":                 {"Alaris Pump (A)", "Alaris Pump (A)"},
		"the initials must stand side by side":        {"Connex Vital Spot Monitor (CSM)", "Connex Vital Spot Monitor (CSM)"},
		"brackets that hold the name and no initials": {"(CSM)", "(CSM)"},
	} {
		if got := withoutAbbreviation(c.name); got != c.want {
			t.Errorf("%s: got %q, want %q", rule, got, c.want)
		}
	}
}
