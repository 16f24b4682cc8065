package lifecycle

import (
	"cmp"
	"regexp"
	"strings"
	"time"

	"bedrail/sbom"
	"bedrail/vuln"
)

// A ComponentLife is where one component of a bill stands.
type ComponentLife struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	State   State  `json:"state"`
	Ends    Day    `json:"ends,omitempty"`
	Reason  string `json:"reason"`
	// From is who says so: record, bill, public, or nobody.
	From string `json:"from" enum:"record,bill,public,nobody"`
}

var (
	isoDay   = regexp.MustCompile(`\b(\d{4}-\d{2}-\d{2})\b`)
	yearOnly = regexp.MustCompile(`\b(20\d{2})\b`)
)

// ComponentState reads what a maker says about the support of a component, in
// the words met in bills ("Actively maintained", "Abandoned", "Until hardware
// support ends"), and what public records know. The hospital's own record goes
// before both, and a day before words; what nobody says is unknown.
func ComponentState(c sbom.Component, r *ComponentRecord, public *vuln.EndOfLife, now Day) ComponentLife {
	out := ComponentLife{Name: c.Name, Version: c.Version, State: Unknown, From: "nobody"}
	if r != nil {
		if state, why := StateOf(r.life(), now); state != Unknown {
			out.State, out.Reason, out.Ends, out.From = state, why, cmp.Or(r.EndOfSupport, r.EndOfLife), "record"
			if r.Source != "" && !strings.Contains(why, r.Source) {
				out.Reason += " (" + r.Source + ")"
			}
			return out
		}
	}
	if end := endIn(c.EndOfSupport); end != "" {
		out.Ends, out.From = end, "bill"
		out.State, out.Reason = StateOf(Record{EndOfSupport: end}, now)
		out.Reason += " (the bill)"
		return out
	}
	if public != nil && (public.Over || Day(public.Ends).Valid() && public.Ends != "") {
		if Day(public.Ends).Valid() {
			out.Ends = Day(public.Ends)
		}
		out.State, out.Reason, out.From = Support, public.Reason, "public"
		if public.Over {
			out.State = EndOfSupport
		}
		return out
	}
	text := strings.ToLower(c.Support + " " + c.EndOfSupport)
	out.Reason = strings.Trim(c.Support+"; "+c.EndOfSupport, "; ")
	switch {
	case contains(text, "abandon", "unmaintained", "no longer", "not supported", "unsupported", "end of support", "discontinued", "obsolete"):
		out.State = EndOfSupport
	case contains(text, "limited", "critical fixes", "security fixes only", "extended"):
		out.State = LimitedSupport
	case contains(text, "actively maintained", "maintained", "supported", "until hardware support ends", "long term support", "lts"):
		out.State = Support
	case out.Reason == "":
		out.Reason = "the bill does not say"
	}
	if out.State != Unknown {
		out.From = "bill"
	}
	return out
}

func contains(text string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// endIn finds a day in words: 2027-03-31, March 2027, 03/31/2027, or a year
// alone, which ends with its last day.
func endIn(text string) Day {
	text = strings.TrimSpace(text)
	if m := isoDay.FindString(text); m != "" && Day(m).Valid() {
		return Day(m)
	}
	for _, layout := range []string{"1/2/2006", "2 January 2006", "January 2, 2006", "2.1.2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return DayOf(t)
		}
	}
	for _, layout := range []string{"January 2006", "Jan 2006", "2006-01", "01/2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return DayOf(t.AddDate(0, 1, -1))
		}
	}
	if m := yearOnly.FindString(text); m != "" && len(text) <= 12 {
		return Day(m + "-12-31")
	}
	return ""
}
