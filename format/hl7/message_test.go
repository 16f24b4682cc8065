package hl7

import "testing"

func TestPathsLeadToText(t *testing.T) {
	const pump = "MSH|^~\\&|PUMP^0025DF0000A10001^EUI-64|W7|GW|H|20260301101500+0000||ORU^R01^ORU_R01|C1|P|2.6|||AL|NE||UNICODE UTF-8\r" +
		"PID|||M1^^^H^MR~M2^^^X&1.2.3&ISO^PI||O\\S\\Neil^A\\F\\B^C\\R\\D^E\\E\\F\r" +
		"OBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.6.1.1|97|262688^MDC_DIM_PERCENT^MDC\r" +
		"OBX|2|TX|n||line\\.br\\two \\X41\\ \\T\\ \\H\\loud\\N\\ a\\b|\"\"\r"
	cases := map[string]struct{ path, want string }{
		"a component of a field":                                                 {"MSH.3.2", "0025DF0000A10001"},
		"MSH-1 is the separator itself":                                          {"MSH.1", "|"},
		"MSH-2 is not cut by what it declares":                                   {"MSH.2.1", "^~\\&"},
		"a field without components is its own first":                            {"OBX.5.1", "97"},
		"the second segment of a name":                                           {"OBX[2].1", "2"},
		"a repetition's subcomponent":                                            {"PID.3[2].4.2", "1.2.3"},
		"escapes are resolved after splitting":                                   {"PID.5.1", "O^Neil"},
		"the escape character itself":                                            {"PID.5.4", "E\\F"},
		"formatting becomes text, highlighting is left out, a lone escape stays": {"OBX[2].5", "line\ntwo A & loud a\\b"},
		"the null value reads as empty":                                          {"OBX[2].6", ""},
		"what is not there is empty":                                             {"ZZZ[4].9.9.9", ""},
		"people write a dash":                                                    {"PID-3.1", "M1"},
	}
	m, err := Parse([]byte(pump))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := m.Get(c.path)
			if err != nil || got != c.want {
				t.Errorf("%s: got %q, %v, want %q", c.path, got, err, c.want)
			}
		})
	}
}
