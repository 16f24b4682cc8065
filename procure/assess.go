package procure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"bedrail/asset"
	"bedrail/format/mds2"
	"bedrail/lifecycle"
	"bedrail/sbom"
	"bedrail/vuln"
)

// A Verdict is what an assessment comes to.
type Verdict string

// The verdicts, the best first.
const (
	Acceptable  Verdict = "acceptable"
	Conditional Verdict = "conditional" // acceptable when the clauses are agreed
	Incomplete  Verdict = "incomplete"  // something that must be there was not given
	Refused     Verdict = "not-acceptable"
)

// A Weakness is a vulnerability of the device, as an assessment weighs it.
type Weakness struct {
	ID       string      `json:"id"`
	Severity string      `json:"severity"`
	KEV      bool        `json:"kev"`
	Status   vuln.Status `json:"status"`
	State    string      `json:"state,omitempty"` // what was decided
	What     string      `json:"what"`            // component, or the model
	Fixed    []string    `json:"fixed,omitempty"`
}

// An Input is everything that an assessment rests on. What is nil or empty was
// not given.
type Input struct {
	Model        asset.ModelKey
	Sheet        *mds2.Sheet
	Bill         *sbom.Bill
	Weaknesses   []Weakness
	NoFeeds      bool // nothing could be asked: no weakness is not the same as none
	Record       lifecycle.Record
	Components   []lifecycle.ComponentLife
	System       *vuln.EndOfLife
	Contradicts  []Contradiction
	PlannedUntil lifecycle.Day
	Deviations   []Deviation
	Policy       Policy
	Now          time.Time
}

// A Deviation is a demand that is not met and was accepted by somebody.
type Deviation struct {
	Rule    string        `json:"rule"`
	By      string        `json:"by"`
	Reason  string        `json:"reason"`
	Expires lifecycle.Day `json:"expires"`
	At      time.Time     `json:"at"`
}

// A Reason is one demand and how the device stands to it.
type Reason struct {
	Rule     string     `json:"rule"`
	Area     string     `json:"area"` // bill, vulnerabilities, support, mds2, submission, contradiction
	Demand   Demand     `json:"demand"`
	Met      bool       `json:"met"`
	Missing  bool       `json:"missing,omitempty"` // not met because nothing was given
	Text     string     `json:"text"`
	Clause   string     `json:"clause,omitempty"`
	Accepted *Deviation `json:"accepted,omitempty"`
}

// An Assessment is the answer, with every reason.
type Assessment struct {
	Model   asset.ModelKey `json:"model"`
	Verdict Verdict        `json:"verdict"`
	Score   int            `json:"score"` // 0 to 100: the weighed share of demands that are met
	Summary string         `json:"summary"`
	Policy  string         `json:"policy"`
	Reasons []Reason       `json:"reasons"` // what is not met first
	Clauses []Clause       `json:"clauses"` // to ask for in the contract
	At      time.Time      `json:"at"`
}

// A Clause is wording to ask for, with the rules that call for it.
type Clause struct {
	Name  string   `json:"name"`
	Text  string   `json:"text"`
	Rules []string `json:"rules"`
}

// Assess weighs a device against a policy.
func Assess(in Input) Assessment {
	a := assessor{in: in, now: lifecycle.DayOf(in.Now)}
	a.bill()
	a.weaknesses()
	a.support()
	a.statement()
	a.submission()
	for _, c := range in.Contradicts {
		a.add(Reason{Rule: "contradiction:" + c.Rule, Area: "contradiction", Demand: Should, Text: c.Text, Clause: "contradiction"})
	}
	return a.done()
}

type assessor struct {
	in      Input
	now     lifecycle.Day
	reasons []Reason
}

// add files a reason; what nobody asks for is left out.
func (a *assessor) add(r Reason) {
	if r.Demand == "" || r.Demand == Ignore {
		return
	}
	if !r.Met {
		for i := range a.in.Deviations {
			if d := &a.in.Deviations[i]; d.Rule == r.Rule && d.Expires > a.now {
				r.Accepted = d
			}
		}
	}
	a.reasons = append(a.reasons, r)
}

func (a *assessor) bill() {
	p, b := a.in.Policy.Bill, a.in.Bill
	if b == nil {
		a.add(Reason{Rule: "bill", Area: "bill", Demand: p.Demand, Missing: true, Text: "no bill of software was given", Clause: "bill"})
		return
	}
	a.add(Reason{Rule: "bill", Area: "bill", Demand: p.Demand, Met: true, Text: fmt.Sprintf("the bill lists %d components", len(b.Components))})
	text := fmt.Sprintf("the bill scores %.1f of 10; %.1f is asked for", b.Quality.Score, p.Score)
	if b.Quality.Score < p.Score && len(b.Quality.Missing) > 0 {
		text += "; missing: " + strings.Join(b.Quality.Missing, "; ")
	}
	a.add(Reason{Rule: "bill.score", Area: "bill", Demand: p.Demand, Met: b.Quality.Score >= p.Score, Text: text, Clause: "bill"})
}

func (a *assessor) weaknesses() {
	p := a.in.Policy.Vulnerabilities
	var exploited, critical, high, open []string
	for _, w := range a.in.Weaknesses {
		if w.State == string(vuln.StateFixed) || w.State == string(vuln.StateNotAffected) {
			continue
		}
		switch {
		case w.Status == vuln.Undecidable:
			open = append(open, w.ID)
		case w.Status != vuln.Affected:
		case w.KEV:
			exploited = append(exploited, w.ID)
		case w.Severity == "critical":
			critical = append(critical, w.ID)
		case w.Severity == "high":
			high = append(high, w.ID)
		}
	}
	if a.in.NoFeeds {
		a.add(Reason{Rule: "vulnerabilities", Area: "vulnerabilities", Demand: Must, Missing: true, Text: "no feed of advisories could be asked: that nothing was found says nothing"})
		return
	}
	bound := func(rule string, d Demand, most int, ids []string, what string) {
		text := fmt.Sprintf("%d %s; at most %d", len(ids), what, most)
		if len(ids) > 0 {
			text += ": " + named(ids)
		}
		a.add(Reason{Rule: rule, Area: "vulnerabilities", Demand: d, Met: len(ids) <= most, Text: text, Clause: "vulnerabilities"})
	}
	bound("vulnerabilities.exploited", p.Exploited, 0, exploited, "vulnerabilities are known to be exploited")
	bound("vulnerabilities.critical", p.Critical.Demand, p.Critical.Most, critical, "are critical")
	bound("vulnerabilities.high", p.High.Demand, p.High.Most, high, "are high")
	bound("vulnerabilities.undecidable", p.Undecidable, 0, open, "cannot be decided without the maker")
}

// named lists a few and counts the rest.
func named(ids []string) string {
	slices.Sort(ids)
	if len(ids) > 8 {
		return strings.Join(ids[:8], ", ") + fmt.Sprintf(" and %d more", len(ids)-8)
	}
	return strings.Join(ids, ", ")
}

func (a *assessor) support() {
	p, r, end := a.in.Policy.Support, a.in.Record, a.in.PlannedUntil
	state, why := lifecycle.StateOf(r, a.now)
	product := Reason{Rule: "support", Area: "support", Demand: p.Demand, Clause: "support"}
	switch {
	case state == lifecycle.EndOfSupport, state == lifecycle.LimitedSupport:
		product.Text = why + "; use is planned until " + string(end)
	case r.EndOfSupport == "" && r.EndOfLife == "":
		product.Missing = true
		product.Text = "the maker has not said until when it supports the product; use is planned until " + string(end)
	default:
		ends := cmp.Or(r.EndOfSupport, r.EndOfLife)
		product.Met = ends >= end
		product.Text = fmt.Sprintf("supported until %s; use is planned until %s", ends, end)
	}
	a.add(product)
	if e := a.in.System; e != nil {
		ends := lifecycle.Day(e.Ends)
		met := !e.Over && (!ends.Valid() || ends == "" || ends >= end)
		a.add(Reason{Rule: "support.system", Area: "support", Demand: p.Systems, Met: met, Text: fmt.Sprintf("%s %s: %s; use is planned until %s", e.Product, e.Release, e.Reason, end), Clause: "support"})
	}
	if len(a.in.Components) == 0 {
		return
	}
	var short, silent []string
	for _, c := range a.in.Components {
		name := strings.TrimSpace(c.Name + " " + c.Version)
		switch {
		case c.State == lifecycle.EndOfSupport, c.Ends != "" && c.Ends < end:
			short = append(short, name)
		case c.State == lifecycle.Unknown:
			silent = append(silent, name)
		}
	}
	text := fmt.Sprintf("of %d components, support of %d ends before %s", len(a.in.Components), len(short), end)
	if len(short) > 0 {
		text += " (" + named(short) + ")"
	}
	if len(silent) > 0 {
		text += fmt.Sprintf("; of %d nothing is said", len(silent))
	}
	a.add(Reason{Rule: "support.components", Area: "support", Demand: p.Components, Met: len(short)+len(silent) == 0, Missing: len(short) == 0 && len(silent) > 0, Text: text, Clause: "support"})
}

func (a *assessor) statement() {
	p, s := a.in.Policy.MDS2, a.in.Sheet
	if s == nil {
		a.add(Reason{Rule: "mds2", Area: "mds2", Demand: p.Demand, Missing: true, Text: "no MDS2 was given", Clause: "mds2"})
		return
	}
	a.add(Reason{Rule: "mds2", Area: "mds2", Demand: p.Demand, Met: true, Text: "the MDS2 is of edition " + s.Edition})
	answered, asked := s.Count()
	a.add(Reason{Rule: "mds2.answered", Area: "mds2", Demand: Should, Met: float64(answered) >= p.Answered*float64(asked), Text: fmt.Sprintf("%d of %d questions are answered; %.0f %% are asked for", answered, asked, 100*p.Answered), Clause: "mds2"})
	if made, ok := releasedOn(s.Released); ok && p.Years > 0 {
		a.add(Reason{Rule: "mds2.age", Area: "mds2", Demand: Should, Met: made.AddDate(p.Years, 0, 0).After(a.in.Now), Text: fmt.Sprintf("the MDS2 is of %s; at most %d years old", made.Format(time.DateOnly), p.Years), Clause: "mds2"})
	}
	for _, q := range a.in.Policy.Questions {
		a.question(q)
	}
}

func (a *assessor) question(q Question) {
	given := a.in.Sheet.Answer(q.ID)
	r := Reason{Rule: "mds2:" + q.ID, Area: "mds2", Demand: q.Demand, Clause: q.Clause, Met: slices.Contains(q.Want, given.Value)}
	for _, other := range q.Or {
		r.Met = r.Met || a.in.Sheet.Answer(other).Value == mds2.Yes
	}
	said := string(given.Value)
	switch {
	case given.Value == mds2.Blank:
		said, r.Missing = "nothing", !r.Met
	case given.Value == mds2.SeeNote && !r.Met:
		said += " (a person must read the note)"
	}
	want := make([]string, len(q.Want))
	for i, v := range q.Want {
		want[i] = string(v)
	}
	r.Text = fmt.Sprintf("%s %s: the maker says %s", q.ID, mds2.Label(q.ID), said)
	if !r.Met {
		r.Text += "; asked for is " + strings.Join(want, " or ")
		if len(q.Or) > 0 {
			r.Text += ", or Yes to " + strings.Join(q.Or, " or ")
		}
		if given.Note != "" {
			r.Text += "; note: " + clip(given.Note, 200)
		}
	}
	a.add(r)
}

func (a *assessor) submission() {
	answer, why := lifecycle.Cyber524B(a.in.Record)
	a.add(Reason{Rule: "submission", Area: "submission", Demand: a.in.Policy.Submission.Demand, Met: answer == lifecycle.Yes, Missing: answer == lifecycle.NoOne, Text: "section 524B: " + why, Clause: "submission"})
}

// done settles the verdict. What must be and is not refuses the device; what
// must be and was not given leaves the answer open, because the maker may yet
// give it.
func (a *assessor) done() Assessment {
	out := Assessment{Model: a.in.Model, Policy: a.in.Policy.String(), At: a.in.Now, Reasons: a.reasons, Clauses: []Clause{}, Verdict: Acceptable}
	got, want := 0.0, 0.0
	broken, absent, wished, accepted := 0, 0, 0, 0
	for _, r := range a.reasons {
		weight := 1.0
		if r.Demand == Must {
			weight = 3
		}
		want += weight
		switch {
		case r.Met:
			got += weight
		case r.Accepted != nil:
			accepted++
			got += weight / 2
		case r.Demand == Must && r.Missing:
			absent++
		case r.Demand == Must:
			broken++
		default:
			wished++
		}
	}
	switch {
	case broken > 0:
		out.Verdict = Refused
	case absent > 0:
		out.Verdict = Incomplete
	case wished+accepted > 0:
		out.Verdict = Conditional
	}
	if want > 0 {
		out.Score = int(math.Floor(100 * got / want))
	}
	out.Summary = fmt.Sprintf("%d of %d demands are met; %d that must be are not, %d that must be were not answered, %d are to be agreed in the contract, %d are accepted as deviations",
		a.count(func(r Reason) bool { return r.Met }), len(a.reasons), broken, absent, wished, accepted)
	slices.SortStableFunc(out.Reasons, func(p, q Reason) int { return p.rank() - q.rank() })
	out.Clauses = a.clauses()
	return out
}

func (a *assessor) count(is func(Reason) bool) (n int) {
	for _, r := range a.reasons {
		if is(r) {
			n++
		}
	}
	return n
}

func (r Reason) rank() int {
	switch {
	case r.Met:
		return 4
	case r.Accepted != nil:
		return 3
	case r.Demand != Must:
		return 2
	case r.Missing:
		return 1
	}
	return 0
}

func (a *assessor) clauses() []Clause {
	byName := map[string]*Clause{}
	for _, r := range a.reasons {
		if r.Met || r.Clause == "" || a.in.Policy.Clauses[r.Clause] == "" {
			continue
		}
		if byName[r.Clause] == nil {
			byName[r.Clause] = &Clause{Name: r.Clause, Text: a.in.Policy.Clauses[r.Clause]}
		}
		byName[r.Clause].Rules = append(byName[r.Clause].Rules, r.Rule)
	}
	out := make([]Clause, 0, len(byName))
	for _, c := range byName {
		slices.Sort(c.Rules)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(p, q Clause) int { return cmp.Compare(p.Name, q.Name) })
	return out
}

// releasedOn reads the day on a form, in the ways in which people write one.
func releasedOn(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "1/2/2006", "2 January 2006", "January 2, 2006", "02-Jan-2006", "2-Jan-2006", "2006/01/02", "January 2006", "Jan 2006", time.RFC3339} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "..."
}
