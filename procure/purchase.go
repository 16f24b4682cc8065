package procure

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/lifecycle"
)

// A Stage is how far a purchase has come.
type Stage string

// The stages of a purchase.
const (
	Asked    Stage = "open"
	Awaiting Stage = "awaiting-second" // decided against the verdict; a second person has to agree
	Approved Stage = "approved"
	Declined Stage = "declined"
	Retired  Stage = "closed" // not bought, or bought and retired: no longer re-scored
)

// A Purchase is one request to buy a model, from the offer to retirement.
type Purchase struct {
	ID         string         `json:"id"`
	Model      asset.ModelKey `json:"model"`
	Title      string         `json:"title"`
	Unit       string         `json:"unit,omitempty"`
	Quantity   int            `json:"quantity,omitempty"`
	Starts     lifecycle.Day  `json:"starts,omitempty"`
	Years      int            `json:"years"` // of planned use; 0 is what the policy says
	Policy     string         `json:"policy"`
	Stage      Stage          `json:"stage"`
	Deviations []Deviation    `json:"deviations"`
	Decision   *Decision      `json:"decision,omitempty"`
	Assessment Assessment     `json:"assessment"`
	Changes    []Change       `json:"changes"` // of the last days, newest first
	By         string         `json:"by"`
	OpenedAt   time.Time      `json:"openedAt"`
	Version    int64          `json:"version"`
}

// PlannedUntil is the last day of the planned use.
func (p Purchase) PlannedUntil(policy Policy) lifecycle.Day {
	from := p.OpenedAt
	if t := p.Starts.Time(); !t.IsZero() {
		from = t
	}
	return lifecycle.DayOf(from.AddDate(cmp.Or(p.Years, policy.Support.Years, 10), 0, 0))
}

// A Decision is what people decided about a purchase, and upon what.
type Decision struct {
	Choice   Stage     `json:"choice"` // approved or declined
	Reason   string    `json:"reason"`
	Verdict  Verdict   `json:"verdict"` // that it was decided upon
	By       string    `json:"by"`
	ByID     string    `json:"byId"`
	At       time.Time `json:"at"`
	Second   string    `json:"second,omitempty"` // who agreed, where two are needed
	SecondAt time.Time `json:"secondAt,omitzero"`
	SHA256   string    `json:"sha256"`         // of the assessment
	Note     string    `json:"note,omitempty"` // signed: the decision with the digest
}

// NeedsSecond reports whether a choice goes against the verdict, so that two
// people have to answer for it.
func NeedsSecond(choice Stage, v Verdict) bool {
	return choice == Approved && (v == Refused || v == Incomplete)
}

// text is what is signed: a decision in lines that a person can read.
func (d Decision) text(p Purchase) string {
	var b strings.Builder
	fmt.Fprintf(&b, "bedrail purchase decision\npurchase %s\nmodel %s %s %s\nchoice %s\nverdict %s\nassessment sha256 %s\nby %s at %s\n", p.ID, p.Model.Manufacturer, p.Model.Model, cmp.Or(p.Model.Version, "any"),
		d.Choice, d.Verdict, d.SHA256, d.By, d.At.Format(time.RFC3339))
	if d.Second != "" {
		fmt.Fprintf(&b, "second %s at %s\n", d.Second, d.SecondAt.Format(time.RFC3339))
	}
	return strings.ReplaceAll(b.String(), "\r", " ")
}

// digestOf names an assessment by its content.
func digestOf(a Assessment) (string, error) {
	raw, err := json.Marshal(a)
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), err
}

// A Change is what became different from one assessment to the next.
type Change struct {
	At       time.Time `json:"at"`
	From     Verdict   `json:"from"`
	To       Verdict   `json:"to"`
	Score    int       `json:"score"`
	Was      int       `json:"was"`
	Worse    []string  `json:"worse"`  // rules that are no longer met, or newly asked and not met
	Better   []string  `json:"better"` // rules that are met now, or no longer asked
	Reworded []string  `json:"reworded"`
}

// Compare says what changed between two assessments. same is true when nothing
// did.
func Compare(old, now Assessment) (c Change, same bool) {
	c = Change{At: now.At, From: old.Verdict, To: now.Verdict, Score: now.Score, Was: old.Score, Worse: []string{}, Better: []string{}, Reworded: []string{}}
	before := map[string]Reason{}
	for _, r := range old.Reasons {
		before[r.Rule] = r
	}
	for _, r := range now.Reasons {
		was, known := before[r.Rule]
		delete(before, r.Rule)
		good, wasGood := r.Met || r.Accepted != nil, !known || was.Met || was.Accepted != nil
		switch {
		case !good && wasGood:
			c.Worse = append(c.Worse, r.Rule+": "+r.Text)
		case good && !wasGood:
			c.Better = append(c.Better, r.Rule+": "+r.Text)
		case known && !good && r.Text != was.Text:
			c.Reworded = append(c.Reworded, r.Rule+": "+r.Text)
		}
	}
	for rule, r := range before {
		if !r.Met {
			c.Better = append(c.Better, rule+": no longer so")
		}
	}
	slices.Sort(c.Better)
	return c, c.From == c.To && c.Score == c.Was && len(c.Worse)+len(c.Better)+len(c.Reworded) == 0
}

// check refuses a request that cannot be assessed.
func (p Purchase) check() error {
	switch {
	case p.Model.Manufacturer == "" || p.Model.Model == "":
		return bedrail.Errorf(bedrail.Invalid, "a purchase is of a manufacturer's model; name both")
	case p.Years < 0 || p.Years > 40:
		return bedrail.Errorf(bedrail.Invalid, "planned use is 1 to 40 years").At("body.years")
	case p.Quantity < 0 || p.Quantity > 100_000:
		return bedrail.Errorf(bedrail.Invalid, "a quantity is 0 to 100000").At("body.quantity")
	case !p.Starts.Valid():
		return bedrail.Errorf(bedrail.Invalid, "%q is no day such as 2027-03-31", p.Starts).At("body.starts")
	}
	return nil
}

// accept adds a deviation in place of an older one about the same rule.
func (p *Purchase) accept(d Deviation, now time.Time) error {
	if d.Reason == "" || d.Expires == "" || !d.Expires.Valid() {
		return bedrail.Errorf(bedrail.Invalid, "a deviation is accepted for a reason and until a day; give both")
	}
	if d.Expires <= lifecycle.DayOf(now) {
		return bedrail.Errorf(bedrail.Invalid, "the deviation would have expired already; give a day to come").At("body.expires")
	}
	i := slices.IndexFunc(p.Assessment.Reasons, func(r Reason) bool { return r.Rule == d.Rule })
	if i < 0 {
		return bedrail.Errorf(bedrail.NotFound, "the assessment has no rule %q", d.Rule)
	}
	if p.Assessment.Reasons[i].Met {
		return bedrail.Errorf(bedrail.Invalid, "%s is met; there is nothing to accept", d.Rule)
	}
	p.Deviations = append(slices.DeleteFunc(p.Deviations, func(o Deviation) bool { return o.Rule == d.Rule }), d)
	return nil
}
