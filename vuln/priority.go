package vuln

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"bedrail"
)

// An Urgency is how soon the hospital is to act, in the words of SSVC's
// deployer tree, the least first.
type Urgency string

// The urgencies. NoUrgency is for what is not affected.
const (
	NoUrgency  Urgency = "none"
	Defer      Urgency = "defer"
	Scheduled  Urgency = "scheduled"
	OutOfCycle Urgency = "out-of-cycle"
	Immediate  Urgency = "immediate"
)

var urgencies = []Urgency{NoUrgency, Defer, Scheduled, OutOfCycle, Immediate}

func (u Urgency) rank() int { return slices.Index(urgencies, u) }

// The levels of each input, the harmless first.
var (
	exploitations = []string{"none", "poc", "active"}
	exposures     = []string{"small", "controlled", "open"}
	automatables  = []string{"no", "yes"}
	safeties      = []string{"negligible", "marginal", "critical", "catastrophic"}
	missions      = []string{"degraded", "crippled", "failure", "mission-failure"}
)

// deployer is SSVC's table "Deployer Patch Application Priority" 1.0.0: a line
// for each exploitation and exposure, first not automatable, then automatable,
// with one letter for each human impact from low to very high.
var deployer = [3][3][2]string{
	{{"ddss", "dsss"}, {"dsss", "ssss"}, {"dsss", "ssso"}},
	{{"dsss", "ssss"}, {"dsss", "ssso"}, {"ssso", "ssoo"}},
	{{"ssoo", "sooo"}, {"ssoo", "oooo"}, {"sooi", "ooii"}},
}

// humanImpact is SSVC's table "Human Impact" 2.0.2: a line for each safety
// impact, a figure for each mission impact, 0 low to 3 very high.
var humanImpact = [4]string{"0013", "0013", "1223", "3333"}

// Levels are the inputs of the rank, each as a step on its scale.
type Levels struct {
	Exploitation int     // of exploitations
	Exposure     int     // of exposures
	Automatable  int     // of automatables
	Safety       int     // of safeties
	Mission      int     // of missions
	Score        float64 // CVSS, 0 to 10
	Likelihood   float64 // EPSS, 0 to 1
	Devices      int
	Decided      bool // affected, not only undecidable
}

// Urgency follows the deployer tree.
func (l Levels) Urgency() Urgency {
	impact := humanImpact[l.Safety][l.Mission] - '0'
	switch deployer[l.Exploitation][l.Exposure][l.Automatable][impact] {
	case 'i':
		return Immediate
	case 'o':
		return OutOfCycle
	case 's':
		return Scheduled
	}
	return Defer
}

// Rank orders findings from 0 to 1000: the tree decides the quarter, and what
// the tree does not ask for decides within it. No input that grows worse
// lowers it.
func (l Levels) Rank() int {
	within := 20*l.Exploitation + 15*l.Exposure + 10*l.Automatable + 6*l.Safety + 4*l.Mission
	within += int(6*min(max(l.Score, 0), 10)) + int(30*min(max(l.Likelihood, 0), 1))
	within += int(min(20, 4*math.Log2(float64(1+max(l.Devices, 0)))))
	if l.Decided {
		within += 29
	}
	return 250*(l.Urgency().rank()-1) + min(within, 249)
}

// An Input is one fact that the rank rests on.
type Input struct {
	Name    string   `json:"name"`  // exploitation, exposure, automatable, safety, mission, score, likelihood, devices, status
	Level   string   `json:"level"` // the word or figure
	Levels  []string `json:"levels,omitempty"`
	Why     string   `json:"why"`
	Assumed bool     `json:"assumed"` // not known: the worse was taken
}

// A Change is a level of one input at which the urgency would be another.
type Change struct {
	Input   string  `json:"input"`
	From    string  `json:"from"`
	To      string  `json:"to"`
	Urgency Urgency `json:"urgency"`
}

// A Ranking is a rank with everything that made it.
type Ranking struct {
	Urgency Urgency  `json:"urgency"`
	Rank    int      `json:"rank"`
	Inputs  []Input  `json:"inputs"`
	Changes []Change `json:"changes"` // which input would change the urgency, the nearest level first
}

// changes tries every other level of each input of the tree, one at a time. Of
// the levels that lead to the same urgency the nearest is told.
func (l Levels) changes() []Change {
	now := l.Urgency()
	out := []Change{}
	for _, in := range []struct {
		name   string
		levels []string
		at     *int
	}{{"exploitation", exploitations, &l.Exploitation}, {"exposure", exposures, &l.Exposure}, {"automatable", automatables, &l.Automatable},
		{"safety", safeties, &l.Safety}, {"mission", missions, &l.Mission}} {
		from := *in.at
		told := map[Urgency]bool{now: true}
		steps := make([]int, len(in.levels))
		for i := range steps {
			steps[i] = i
		}
		slices.SortStableFunc(steps, func(a, b int) int { return cmp.Compare(apart(a, from), apart(b, from)) })
		for _, to := range steps {
			*in.at = to
			if u := l.Urgency(); !told[u] {
				told[u] = true
				out = append(out, Change{in.name, in.levels[from], in.levels[to], u})
			}
		}
		*in.at = from
	}
	return out
}

func apart(a, b int) int { return max(a-b, b-a) }

// verdict is the urgency and rank of a finding with some status.
func (l Levels) verdict(s Status) (Urgency, int) {
	if s == NotAffected {
		return NoUrgency, 0
	}
	return l.Urgency(), l.Rank()
}

// A use is how far a weakness is used, or can be, as its records say.
type use struct {
	exploitation, automatable int
	whyUsed, whyAuto          string
	guessed                   bool // nobody says whether it is automatable
}

// useOf reads how far a weakness is used: by the catalogue of exploited ones,
// else by what CISA or the references say.
func (x *Index) useOf(f *Finding, group int32) use {
	u := use{whyUsed: "no record says that it is used, or that a way to use it is published"}
	said := ""
	for _, n := range x.recordsOf(group) {
		a := &x.advisories[n]
		switch {
		case a.Exploited == "active" && u.exploitation < 2:
			u.exploitation, u.whyUsed = 2, a.Source+" says that it is used"
		case a.Exploited == "poc" && u.exploitation < 1:
			u.exploitation, u.whyUsed = 1, a.Source+" names a published way to use it"
		}
		if a.Automatable == "yes" || said == "" && a.Automatable == "no" {
			said, u.whyAuto = a.Automatable, a.Source+" says "+a.Automatable
		}
	}
	if f.KEV {
		u.exploitation, u.whyUsed = 2, "it is in the catalogue of exploited weaknesses"
	}
	u.automatable = slices.Index(automatables, said)
	if said == "" {
		u.byVector(f.Vector)
	}
	return u
}

// byVector says whether an attacker could go through many devices without a
// person, where no record does.
func (u *use) byVector(vector string) {
	v := metrics(vector)
	switch {
	case len(v) == 0:
		u.automatable, u.whyAuto, u.guessed = 1, "nobody gives a vector", true
	case v["AV"] == "N" && v["AC"] == "L" && (v["PR"] == "N" || v["Au"] == "N") && (v["UI"] == "N" || v["UI"] == "") && (v["AT"] == "N" || v["AT"] == ""):
		u.automatable, u.whyAuto = 1, "the vector asks for neither rights, nor a person, nor luck: "+vector
	default:
		u.automatable, u.whyAuto = 0, "the vector asks for more than a packet: "+vector
	}
}

// metrics takes a CVSS vector apart.
func metrics(vector string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(vector, "/") {
		if k, v, ok := strings.Cut(part, ":"); ok && k != "CVSS" {
			out[k] = v
		}
	}
	return out
}

// levels works out the inputs of a finding's rank over the devices that in
// admits: the widest exposure among them, and the one that care needs most.
func (b *Board) levels(s *findingState, in bedrail.Scope) (l Levels, reached Reached, care Care) {
	f := &s.finding
	reached = Reached{Level: exposures[0], Why: "no device of this model and version is known"}
	care = Care{Role: "none", Why: reached.Why}
	for _, d := range b.models[s.model].devices {
		if at := d.device.Location; !in.Admits(at.Site, at.Unit) || !mayRun(f, d.device) {
			continue
		}
		l.Devices++
		if r := b.reachedFor(s, d); l.Devices == 1 || r.level > reached.level || r.level == reached.level && !r.Assumed && reached.Assumed {
			reached = r
		}
		if l.Devices == 1 || d.care.above(care) {
			care = d.care
		}
	}
	l.Exploitation, l.Exposure, l.Automatable, l.Safety, l.Mission = s.use.exploitation, reached.level, s.use.automatable, care.safety, care.mission
	l.Score, l.Decided = f.Score, f.Status == Affected
	if f.Severity == "unknown" {
		l.Score = 10
	}
	if f.EPSS != nil {
		l.Likelihood = float64(*f.EPSS)
	}
	if d := f.Decision; d != nil && d.Rubric != "" {
		if r, err := ParseRubric(d.Rubric); err == nil { // it was refused otherwise
			care.Why += "; " + r.apply(&l) + ", says " + d.Source
		}
	}
	return l, reached, care
}

// rankingOf works out the rank of a finding with everything that made it.
func (b *Board) rankingOf(s *findingState, in bedrail.Scope) *Ranking {
	f := &s.finding
	if f.Status == NotAffected {
		return &Ranking{Urgency: NoUrgency, Inputs: []Input{{Name: "status", Level: string(f.Status), Why: f.Reason}}, Changes: []Change{}}
	}
	l, reached, care := b.levels(s, in)
	scored, likely, scorer := "none", "not known", cmp.Or(f.ScoredBy, "no record gives a score: the highest is assumed")
	if f.Severity != "unknown" {
		scored = fmt.Sprintf("%.1f", f.Score)
	}
	if d := f.Decision; d != nil && d.Rubric != "" {
		scored, scorer = fmt.Sprintf("%.1f", l.Score), d.Source+", by the rubric for medical devices: "+d.Rubric
	}
	if f.EPSS != nil {
		likely = fmt.Sprintf("%.3f", *f.EPSS)
	}
	return &Ranking{Urgency: l.Urgency(), Rank: l.Rank(), Changes: l.changes(), Inputs: []Input{
		{Name: "exploitation", Level: exploitations[l.Exploitation], Levels: exploitations, Why: s.use.whyUsed},
		{Name: "exposure", Level: exposures[l.Exposure], Levels: exposures, Why: reached.Why, Assumed: reached.Assumed},
		{Name: "automatable", Level: automatables[l.Automatable], Levels: automatables, Why: s.use.whyAuto, Assumed: s.use.guessed},
		{Name: "safety", Level: safeties[l.Safety], Levels: safeties, Why: care.Why, Assumed: care.Assumed},
		{Name: "mission", Level: missions[l.Mission], Levels: missions, Why: care.Why, Assumed: care.Assumed},
		{Name: "score", Level: scored, Why: scorer, Assumed: f.Severity == "unknown"},
		{Name: "likelihood", Level: likely, Why: "EPSS: use within a month"},
		{Name: "devices", Level: fmt.Sprint(l.Devices), Why: "devices of this model and version"},
		{Name: "status", Level: string(f.Status), Why: f.Reason},
	}}
}
