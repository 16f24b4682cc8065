package release

import (
	"slices"
	"testing"
	"time"
)

var march = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestDatesMoveByTheDaysOfTheirPatient(t *testing.T) {
	k := &masker{key: []byte("a key of thirty-two bytes, or so"), shift: 30}
	seen := map[int]bool{}
	for i := range 500 {
		who := string(rune('A'+i%26)) + string(rune('0'+i/26))
		n := k.days(who)
		if n == 0 || n < -30 || n > 30 || n != k.days(who) {
			t.Fatalf("%s moves by %d days, then by %d; want the same, at most 30, and never none", who, n, k.days(who))
		}
		seen[n] = true
	}
	if len(seen) < 50 {
		t.Errorf("500 patients move by %d different numbers of days; want nearly all 60", len(seen))
	}
	if other := (&masker{key: []byte("another"), shift: 30}); other.pseudonym("patient", "1") == k.pseudonym("patient", "1") {
		t.Error("two keys give one pseudonym")
	}
	if k.pseudonym("patient", "1") == k.pseudonym("PV1-19", "1") {
		t.Error("a visit and a patient of one number have one pseudonym")
	}
}

func TestWhatLeavesSaysLess(t *testing.T) {
	for rule, c := range map[string]struct{ got, want string }{
		"ninety and older is ninety":                      {age("19200101", march), "90"},
		"the birthday counts":                             {age("19800302", march), "45"},
		"an unborn has no age":                            {age("20270101", march), ""},
		"a crowded postcode keeps three digits":           {zip3("90210-1234", "US"), "902"},
		"a lonely one keeps none":                         {zip3("05901", ""), "000"},
		"a postcode of another country says too much":     {zip3("RW21 6KC", ""), ""},
		"five digits of Munich are none of ours":          {zip3("80331", "DE"), ""},
		"a FHIR time keeps its hour":                      {shiftedISO("2026-03-01T12:15:00+02:00", -1), "2026-02-28T12:15:00"},
		"a FHIR month cannot be moved by days":            {shiftedISO("2026-03", 1), ""},
		"a text in the place of a code stays":             {codeOf("see Dr Roe"), ""},
		"a time keeps its hour":                           {shifted("202603011215", -1), "2026-02-28T12:15:00"},
		"a day stays a day":                               {shifted("20260301", 1), "2026-03-02"},
		"a month cannot be moved by days":                 {shifted("202603", 1), ""},
		"the year of an old birth is left out":            {birthYear("1930", march), ""},
		"a text is no number":                             {number("NM", "see note of Dr Roe", ""), ""},
		"what only looks like a number in a text is text": {number("ST", "5551234", ""), ""},
		"nothing endless is a number":                     {number("NM", "Inf", ""), ""},
		"a structured number loses its comparison":        {number("SN", "<", "12.50"), "12.5"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", rule, c.got, c.want)
		}
	}
}

func TestNothingButFormsLeaves(t *testing.T) {
	good := func(c ...Column) Definition {
		return Definition{Name: "study", Recipient: "a group", Purpose: "a purpose", Channels: []string{"sim"}, Columns: c, SmallestGroup: 2, Quasi: []string{c[0].Name}}
	}
	for rule, c := range map[string]struct {
		d  Definition
		ok bool
	}{
		"a sex is a code":                  {good(Column{Name: "sex", From: "PID-8", As: Code}), true},
		"a name is none":                   {good(Column{Name: "name", From: "PID-5", As: Code}), false},
		"a street is none":                 {good(Column{Name: "street", From: "PID-11.1", As: Code}), false},
		"a bed is none":                    {good(Column{Name: "bed", From: "PV1-3.3", As: Code}), false},
		"a ward is one":                    {good(Column{Name: "ward", From: "PV1-3.1", As: Code}), true},
		"the text of a code stays":         {good(Column{Name: "test", From: "OBX-3.2", As: Code}), false},
		"a telephone is no number":         {good(Column{Name: "phone", From: "PID-13", As: Number}), false},
		"anything may be a pseudonym":      {good(Column{Name: "mrn", From: "PID-3", As: Pseudonym}), true},
		"nothing leaves as it is":          {good(Column{Name: "note", From: "NTE-3", As: "text"}), false},
		"a code of FHIR leaves":            {good(Column{Name: "test", From: "Observation.code", As: Code}), true},
		"its text stays":                   {good(Column{Name: "test", From: "Observation.code.text", As: Code}), false},
		"a note stays":                     {good(Column{Name: "note", From: "Observation.note.text", As: Pseudonym}), false},
		"narrative stays":                  {good(Column{Name: "n", From: "Patient.text.div", As: Code}), false},
		"a name of FHIR is none":           {good(Column{Name: "n", From: "Patient.name.family", As: Pseudonym}), false},
		"an extension stays":               {good(Column{Name: "n", From: "Patient.extension", As: Code}), false},
		"a contained resource stays":       {good(Column{Name: "n", From: "Observation.contained", As: Code}), false},
		"an attachment stays":              {good(Column{Name: "n", From: "DiagnosticReport.presentedForm.data", As: Code}), false},
		"a type that is not listed stays":  {good(Column{Name: "n", From: "Practitioner.gender", As: Code}), false},
		"a birth date does not leave":      {good(Column{Name: "n", From: "Patient.birthDate", As: Shifted}), false},
		"a reference leaves as pseudonym":  {good(Column{Name: "n", From: "Observation.subject", As: Pseudonym}), true},
		"and as nothing else":              {good(Column{Name: "n", From: "Observation.subject", As: Code}), false},
		"one column of both standards":     {good(Column{Name: "who", From: "PID-3|Observation.subject", As: Pseudonym}), true},
		"each place of a column is asked":  {good(Column{Name: "sex", From: "PID-8 | Patient.name", As: Code}), false},
		"rows are of one type of resource": {good(Column{Name: "a", From: "Observation.code", As: Code}, Column{Name: "b", From: "Condition.code", As: Code}), false},
		"two columns have not one name":    {good(Column{Name: "a", From: "PID-8", As: Code}, Column{Name: "a", From: "PID-10", As: Code}), false},
		"a group is of columns that leave": {Definition{Name: "study", Recipient: "a group", Purpose: "a purpose", Channels: []string{"sim"}, Columns: []Column{{Name: "a", From: "PID-8", As: Code}}, Quasi: []string{"b"}}, false},
	} {
		if err := c.d.check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

func TestRiskIsThatOfTheRowsThatLeave(t *testing.T) {
	tab := &table{d: &Definition{Quasi: []string{"sex"}}, quasi: []int{0}}
	for _, r := range []struct{ sex, who string }{{"F", "1"}, {"F", "2"}, {"F", "2"}, {"M", "3"}, {"M", "3"}} {
		tab.rows, tab.who = append(tab.rows, []string{r.sex}), append(tab.who, r.who)
	}
	var all, some Done
	if rows := tab.leave(0, &all); len(rows) != 5 || all.Risk.Smallest != 1 || all.Risk.Unique != 1 || all.Risk.Highest != 1 {
		t.Errorf("all rows: %d, risk %+v; want 5 and one patient alone", len(rows), all.Risk)
	}
	rows := tab.leave(2, &some)
	if len(rows) != 3 || some.Suppressed != 2 || some.Risk.Smallest != 2 || some.Risk.Highest != 0.5 || slices.ContainsFunc(rows, func(r []string) bool { return r[0] == "M" }) {
		t.Errorf("groups of two: %v, %d suppressed, risk %+v; want 3 rows of F, 2 suppressed", rows, some.Suppressed, some.Risk)
	}
}
