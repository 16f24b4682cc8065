// Package release gives what the exchange carried to analytics: only the
// fields that a recipient needs for a stated purpose, without who the patients
// are, and with the risk that is left.
//
// What is not named does not leave. What is named leaves only in a form that
// says of nobody who it is: a keyed pseudonym, a code, a number, a shifted
// date, a year, an age, three digits of a postcode (45 CFR 164.514(b)(2)).
// Shifted dates are more than that rule's years: the risk of the result is
// measured and stated on its record.
package release

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
)

// What an actor may do with releases.
const (
	Read   bedrail.Action = "release:read"
	Define bedrail.Action = "release:define"
	Agree  bedrail.Action = "release:agree" // the second person, for the patients
	Run    bedrail.Action = "release:run"   // make one, and take the file
)

// Forms in which a value may leave.
const (
	Pseudonym = "pseudonym" // HMAC-SHA-256 under the key of this release
	Code      = "code"      // the code of a coded field, without its text
	Number    = "number"    // a measured value
	Shifted   = "shift"     // a time, moved by days that are the patient's own
	Year      = "year"      // of a time
	Age       = "age"       // in years at the message; 90 is 90 or more
	Zip3      = "postcode"  // the first three digits, 000 where few people live
)

// Forms lists them.
func Forms() []string { return []string{Pseudonym, Code, Number, Shifted, Year, Age, Zip3} }

// A Column is one field that leaves.
type Column struct {
	Name string `json:"name" maxLength:"40"`
	From string `json:"from" maxLength:"400" doc:"Place in the message, such as PID-8 or Observation.code; several with | between them: the first that says something counts"`
	As   string `json:"as" enum:"pseudonym,code,number,shift,year,age,postcode"`

	places []place
}

// A Definition says what leaves, for whom and for what.
type Definition struct {
	Name      string   `json:"name" maxLength:"63"`
	Recipient string   `json:"recipient" maxLength:"200"`
	Purpose   string   `json:"purpose" maxLength:"400"`
	Steward   string   `json:"steward,omitempty" maxLength:"200" doc:"Who answers for it"`
	Channels  []string `json:"channels" minItems:"1" maxItems:"100"`
	Types     []string `json:"types,omitempty" maxItems:"50" doc:"Of messages, such as ORU^R01, Observation or Bundle; none is all"`
	Columns   []Column `json:"columns" minItems:"1" maxItems:"60" doc:"What the recipient needs, and nothing else"`
	// Quasi are the columns that together might tell who somebody is.
	Quasi []string `json:"quasiIdentifiers" maxItems:"20" doc:"Names of columns that together might tell who somebody is; the risk is measured over them"`
	// SmallestGroup is how many patients must share them; rows of smaller
	// groups stay here. 0 keeps all, and the risk says so.
	SmallestGroup int    `json:"smallestGroup" minimum:"0" maximum:"1000" doc:"How many patients must share the quasi-identifiers; rows of smaller groups do not leave"`
	ShiftDays     int    `json:"shiftDays" minimum:"0" maximum:"3650" doc:"Dates move by up to so many days either way, by the patient; 365"`
	Format        string `json:"format" enum:"ndjson,parquet"`
}

// States of a definition.
const (
	Draft  = "draft"
	Agreed = "agreed"
)

// A Kept is a definition with where it stands.
type Kept struct {
	Definition
	Version   int64     `json:"version"`
	State     string    `json:"state" enum:"draft,agreed"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	AgreedBy  string    `json:"agreedBy,omitempty"`
	AgreedAt  time.Time `json:"agreedAt,omitzero"`
	Linkable  bool      `json:"linkable" doc:"Its key is kept: later releases have the same pseudonyms"`
	LastRun   time.Time `json:"lastRun,omitzero"`
	LastGroup int       `json:"lastGroup,omitempty" doc:"Smallest group of the last release"`
}

// A Risk is what is left, counted over the rows that left.
type Risk struct {
	Quasi    []string `json:"quasiIdentifiers"`
	Patients int      `json:"patients"`
	Groups   int      `json:"groups" doc:"Combinations of the quasi-identifiers"`
	// Smallest is the k of k-anonymity: the fewest patients that share a
	// combination.
	Smallest int     `json:"smallestGroup" doc:"The fewest patients that share a combination: k"`
	Unique   int     `json:"uniquePatients" doc:"Patients who are alone in a combination"`
	Highest  float64 `json:"highestRisk" doc:"1 in the smallest group: the chance to name the right patient of it"`
	Average  float64 `json:"averageRisk" doc:"Groups per patient of a group: the mean chance over all rows"`
}

// A Done is the record of one release.
type Done struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Version   int64     `json:"version" doc:"Of its definition"`
	Recipient string    `json:"recipient"`
	Purpose   string    `json:"purpose"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`

	Method   []string `json:"method" doc:"How who the patients are was taken out, in sentences"`
	Columns  []Column `json:"columns"`
	Messages int      `json:"messages"`
	Rows     int      `json:"rows"`
	// What did not leave.
	Suppressed int `json:"suppressed" doc:"Rows of groups that were too small"`
	Recalled   int `json:"recalled" doc:"Messages that were called back or forgotten"`
	Unread     int `json:"unread" doc:"Messages that cannot be read, are large, or of a kind of which no field is named"`
	Stopped    int `json:"stopped" doc:"Values that held a direct identifier of their message all the same; they were left empty"`

	Risk   Risk   `json:"risk"`
	Format string `json:"format"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Job    string `json:"job,omitempty"`
}

var (
	goodName   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	goodColumn = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// codedFields are the fields of a segment whose codes may leave: none of them
// holds a name, a number or a text of a person.
func codedFields(segment string) []int {
	fields := map[string][]int{
		"MSH": {9, 11}, "EVN": {1}, "PID": {8, 10, 16, 22}, "PV1": {2, 3, 4, 10, 14, 18, 36}, "OBR": {4, 24, 25},
		"OBX": {2, 3, 5, 6, 8, 11, 17}, "DG1": {3, 6}, "AL1": {2, 3, 4}, "PR1": {3}, "RXA": {5, 7}, "SPM": {4},
	}
	return fields[segment]
}

// check says what is wrong with d, and makes its columns ready.
func (d *Definition) check() error {
	if d.ShiftDays == 0 {
		d.ShiftDays = 365
	}
	if d.Format == "" {
		d.Format = "ndjson"
	}
	switch {
	case !goodName.MatchString(d.Name):
		return bedrail.Errorf(bedrail.Invalid, "name is %q; a release has a name of lower-case letters, digits, dots and dashes", d.Name).At("name")
	case len(strings.TrimSpace(d.Recipient)) < 3:
		return bedrail.Errorf(bedrail.Invalid, "say who receives it").At("recipient")
	case len(strings.TrimSpace(d.Purpose)) < 3:
		return bedrail.Errorf(bedrail.Invalid, "say for what purpose").At("purpose")
	case len(d.Channels) == 0:
		return bedrail.Errorf(bedrail.Invalid, "name the channels whose messages are meant").At("channels")
	case !slices.Contains([]string{"ndjson", "parquet"}, d.Format):
		return bedrail.Errorf(bedrail.Invalid, "format is ndjson or parquet").At("format")
	case len(d.Columns) == 0:
		return bedrail.Errorf(bedrail.Invalid, "name the fields that the recipient needs").At("columns")
	}
	seen := map[string]bool{}
	for i := range d.Columns {
		c := &d.Columns[i]
		if err := c.check(); err != nil {
			return bedrail.Errorf(bedrail.Invalid, "columns[%d]: %w", i, err).At(fmt.Sprintf("columns[%d]", i))
		}
		if seen[c.Name] {
			return bedrail.Errorf(bedrail.Invalid, "there are two columns %q", c.Name).At("columns")
		}
		seen[c.Name] = true
	}
	if _, err := d.focus(); err != nil {
		return err
	}
	for _, q := range d.Quasi {
		if !seen[q] {
			return bedrail.Errorf(bedrail.Invalid, "quasiIdentifiers: there is no column %q", q).At("quasiIdentifiers")
		}
	}
	if d.SmallestGroup > 1 && len(d.Quasi) == 0 {
		return bedrail.Errorf(bedrail.Invalid, "smallestGroup counts over quasiIdentifiers; name them").At("quasiIdentifiers")
	}
	return nil
}

// method says in sentences how who the patients are was taken out.
func (d *Definition) method() []string {
	out := []string{
		"What is not a column of this release did not leave; no name, address, number or free text can be one (after 45 CFR 164.514(b)(2)).",
		"Pseudonyms are HMAC-SHA-256 under a key of this release, which is sealed here and was not given away.",
		"Ages of 90 and more are 90; of postcodes the first three digits are given, 000 where fewer than 20,000 people live.",
	}
	if d.reads(exchange.FHIR) {
		out = append(out, "Of FHIR resources the named elements left and nothing else: no narrative, extension, contained resource, attachment, note or text; a code without its display; what refers to somebody as a pseudonym only.")
	}
	for _, c := range d.Columns {
		if c.As == Shifted {
			out = append(out, fmt.Sprintf("Dates were moved by 1 to %d days, the same for all of one patient; distances and times of day are true. This is not the rule of years alone: the risk below is the measure.", d.ShiftDays))
			break
		}
	}
	if d.SmallestGroup > 1 {
		out = append(out, fmt.Sprintf("Rows of fewer than %d patients with the same %s were left out.", d.SmallestGroup, strings.Join(d.Quasi, ", ")))
	} else {
		out = append(out, "No row was left out for being rare.")
	}
	return append(out, "Every value was compared with the identifiers of its own message and left empty where it held one.")
}
