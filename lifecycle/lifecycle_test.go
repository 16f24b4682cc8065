package lifecycle_test

import (
	"math/rand"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/lifecycle"
	"bedrail/sbom"
	"bedrail/vuln"
)

func TestStateOf(t *testing.T) {
	const now lifecycle.Day = "2026-06-01"
	for rule, c := range map[string]struct {
		r    lifecycle.Record
		want lifecycle.State
	}{
		"nobody has said":                           {lifecycle.Record{}, lifecycle.Unknown},
		"not yet on the market":                     {lifecycle.Record{Marketed: "2027-01-01"}, lifecycle.Development},
		"an end to come is support":                 {lifecycle.Record{EndOfSupport: "2027-01-01"}, lifecycle.Support},
		"between end of life and end of support":    {lifecycle.Record{EndOfLife: "2025-01-01", EndOfSupport: "2027-01-01"}, lifecycle.LimitedSupport},
		"on the very day it has ended":              {lifecycle.Record{EndOfSupport: now}, lifecycle.EndOfSupport},
		"what is declared, where there is no day":   {lifecycle.Record{Declared: lifecycle.LimitedSupport}, lifecycle.LimitedSupport},
		"a day that has passed goes before a word":  {lifecycle.Record{Declared: lifecycle.Support, EndOfSupport: "2026-01-01"}, lifecycle.EndOfSupport},
		"a word goes before an end still to come":   {lifecycle.Record{Declared: lifecycle.LimitedSupport, EndOfSupport: "2030-01-01"}, lifecycle.LimitedSupport},
		"declared unknown is unknown":               {lifecycle.Record{Declared: lifecycle.Unknown}, lifecycle.Unknown},
		"end of life to come, end of support after": {lifecycle.Record{EndOfLife: "2027-01-01", EndOfSupport: "2029-01-01"}, lifecycle.Support},
	} {
		if got, why := lifecycle.StateOf(c.r, now); got != c.want || why == "" {
			t.Errorf("%s: got %s (%s), want %s", rule, got, why, c.want)
		}
	}
}

func TestCyber524B(t *testing.T) {
	for rule, c := range map[string]struct {
		r    lifecycle.Record
		want lifecycle.Answer
	}{
		"no submission is known":             {lifecycle.Record{CyberDevice: lifecycle.Yes}, lifecycle.NoOne},
		"the day before":                     {lifecycle.Record{Submission: "2023-03-28", CyberDevice: lifecycle.Yes}, lifecycle.No},
		"the day itself":                     {lifecycle.Record{Submission: "2023-03-29", CyberDevice: lifecycle.Yes}, lifecycle.Yes},
		"no cyber device":                    {lifecycle.Record{Submission: "2025-01-01", CyberDevice: lifecycle.No}, lifecycle.No},
		"whether it is one, nobody has said": {lifecycle.Record{Submission: "2025-01-01"}, lifecycle.NoOne},
	} {
		if got, _ := lifecycle.Cyber524B(c.r); got != c.want {
			t.Errorf("%s: got %s, want %s", rule, got, c.want)
		}
	}
}

// TestComponentState reads the words of real bills.
func TestComponentState(t *testing.T) {
	const now lifecycle.Day = "2026-06-01"
	over := &vuln.EndOfLife{Product: "Linux", Ends: "2020-01-01", Over: true, Reason: "support ended"}
	for rule, c := range map[string]struct {
		support, ends string
		public        *vuln.EndOfLife
		want          lifecycle.State
		day           lifecycle.Day
	}{
		"a day":                        {"", "2027-03-31", nil, lifecycle.Support, "2027-03-31"},
		"a day that has passed":        {"Actively maintained", "2026-01-01", nil, lifecycle.EndOfSupport, "2026-01-01"},
		"a month ends with its last":   {"", "February 2028", nil, lifecycle.Support, "2028-02-29"},
		"a year ends with its last":    {"", "2025", nil, lifecycle.EndOfSupport, "2025-12-31"},
		"words of a real bill":         {"Actively maintained", "Until hardware support ends", nil, lifecycle.Support, ""},
		"abandoned":                    {"Abandoned", "", nil, lifecycle.EndOfSupport, ""},
		"open source says nothing":     {"Open source", "", nil, lifecycle.Unknown, ""},
		"silence":                      {"", "", nil, lifecycle.Unknown, ""},
		"a public record before words": {"Supported", "", over, lifecycle.EndOfSupport, "2020-01-01"},
		"limited":                      {"Limited: critical fixes", "", nil, lifecycle.LimitedSupport, ""},
	} {
		got := lifecycle.ComponentState(sbom.Component{Name: "x", Support: c.support, EndOfSupport: c.ends}, nil, c.public, now)
		if got.State != c.want || got.Ends != c.day || got.Reason == "" {
			t.Errorf("%s: got %+v, want %s %q", rule, got, c.want, c.day)
		}
	}
}

func TestEndingOf(t *testing.T) {
	device := vuln.Supported{Device: "dev_1", Model: asset.ModelKey{Manufacturer: "Acme", Model: "Pump"}}
	record := &lifecycle.Record{EndOfSupport: "2030-01-01"}
	system := &vuln.EndOfLife{Product: "Windows", Release: "10", Ends: "2025-10-14", Status: vuln.Affected, Over: true}
	vague := &vuln.EndOfLife{Product: "Windows", Ends: "2020-01-01", Status: vuln.Undecidable}
	for rule, c := range map[string]struct {
		system *vuln.EndOfLife
		record *lifecycle.Record
		want   lifecycle.Day
	}{
		"nothing is known":                     {nil, nil, ""},
		"the record alone":                     {nil, record, "2030-01-01"},
		"the earlier of record and system":     {system, record, "2025-10-14"},
		"what cannot be decided decides not":   {vague, record, "2030-01-01"},
		"declared over, without a day, is":     {nil, &lifecycle.Record{Declared: lifecycle.EndOfSupport}, "1970-01-01"},
		"a system that is over, without a day": {&vuln.EndOfLife{Product: "X", Ends: "yes", Over: true, Status: vuln.Affected}, nil, "1970-01-01"},
	} {
		d := device
		d.System = c.system
		if got := lifecycle.EndingOf(d, c.record); got.Ends != c.want {
			t.Errorf("%s: got %+v, want %q", rule, got, c.want)
		}
	}
}

// TestPredict: counts only rise, every device is in exactly one unit, and what
// is not known is never counted as without support.
func TestPredict(t *testing.T) {
	rnd := rand.New(rand.NewSource(3))
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	var endings []lifecycle.Ending
	unknown := 0
	for range 500 {
		e := lifecycle.Ending{Unit: string(rune('A' + rnd.Intn(5)))}
		if rnd.Intn(4) > 0 {
			e.Ends = lifecycle.DayOf(now.AddDate(0, 0, rnd.Intn(3000)-500))
		} else {
			unknown++
		}
		endings = append(endings, e)
	}
	days := lifecycle.Quarters(now, 5)
	if days[0] != "2026-06-01" || days[1] != "2026-06-30" || days[len(days)-1] != "2031-06-30" {
		t.Errorf("the days are %v", days)
	}
	f := lifecycle.Predict(endings, days)
	last := 0
	for _, p := range f.Points {
		devices, over, silent := 0, 0, 0
		for _, u := range p.Units {
			devices, over, silent = devices+u.Devices, over+u.Unsupported, silent+u.Unknown
		}
		if p.Unsupported < last || devices != 500 || over != p.Unsupported || silent != unknown {
			t.Fatalf("on %s: %d after %d, %d devices, %d over, %d unknown", p.On, p.Unsupported, last, devices, over, silent)
		}
		last = p.Unsupported
	}
}

func TestResponsibility(t *testing.T) {
	const now lifecycle.Day = "2026-06-01"
	taken := &lifecycle.Transfer{On: "2026-01-01", By: "Clinical engineering", Controls: "segment", ReviewBy: "2027-01-01"}
	for rule, c := range map[string]struct {
		r    lifecycle.Record
		want lifecycle.Responsibility
	}{
		"supported: the maker":                {lifecycle.Record{EndOfSupport: "2030-01-01"}, lifecycle.ByMaker},
		"ended: nobody yet":                   {lifecycle.Record{EndOfSupport: "2025-01-01"}, lifecycle.Open},
		"ended and taken over":                {lifecycle.Record{EndOfSupport: "2025-01-01", Transfer: taken}, lifecycle.ByHospital},
		"limited and taken over: both":        {lifecycle.Record{EndOfLife: "2025-01-01", Transfer: taken}, lifecycle.Shared},
		"taken over, and never looked at":     {lifecycle.Record{EndOfSupport: "2025-01-01", Transfer: &lifecycle.Transfer{ReviewBy: "2026-05-31"}}, lifecycle.Lapsed},
		"a transfer that begins later":        {lifecycle.Record{EndOfSupport: "2025-01-01", Transfer: &lifecycle.Transfer{On: "2026-07-01", ReviewBy: "2027-01-01"}}, lifecycle.Open},
		"nobody has said, nobody is to blame": {lifecycle.Record{}, lifecycle.NotKnown},
	} {
		state, _ := lifecycle.StateOf(c.r, now)
		if got := lifecycle.ResponsibleFor(c.r, state, now); got != c.want {
			t.Errorf("%s: got %s, want %s", rule, got, c.want)
		}
	}
}

func TestWorklist(t *testing.T) {
	recalls := []vuln.RecallRow{{ID: "Z-2", Classification: "II", Work: []vuln.Recalled{{Device: "a", Unit: "ICU", Status: vuln.Affected}, {Device: "b", Unit: "ED", Status: vuln.Undecidable}}}, {ID: "Z-1", Classification: "I", Work: []vuln.Recalled{{Device: "a", Unit: "ICU", Status: vuln.Affected}}}}
	done := []lifecycle.Work{{Recall: "Z-1", Device: "a", State: lifecycle.Corrected, By: "ana"}, {Recall: "Z-2", Device: "b", State: lifecycle.Acknowledged}, {Recall: "Z-9", Device: "a", State: lifecycle.Returned}}
	got := lifecycle.Worklist(recalls, done)
	if len(got) != 3 || got[0].Recall != "Z-2" || got[0].Device != "a" || got[0].State != lifecycle.WorkOpen || got[1].State != lifecycle.Acknowledged || got[2].State != lifecycle.Corrected || got[2].By != "ana" {
		t.Errorf("got %+v", got)
	}
}

// TestStandings: what public records say of some devices is not said of all.
func TestStandings(t *testing.T) {
	const now lifecycle.Day = "2026-06-01"
	device := func(unit string, ends lifecycle.Day) lifecycle.Ending {
		return lifecycle.Ending{Unit: unit, Manufacturer: "Acme", Model: "Station", Ends: ends, Of: "Windows 7"}
	}
	for rule, c := range map[string]struct {
		endings []lifecycle.Ending
		state   lifecycle.State
		who     lifecycle.Responsibility
	}{
		"of nothing nothing is known":             {[]lifecycle.Ending{device("ICU", "")}, lifecycle.Unknown, lifecycle.NotKnown},
		"some are over: support is limited":       {[]lifecycle.Ending{device("ICU", "2020-01-14"), device("ED", "2030-01-01")}, lifecycle.LimitedSupport, lifecycle.Open},
		"all are over: support has ended":         {[]lifecycle.Ending{device("ICU", "2020-01-14"), device("ED", "2020-01-14")}, lifecycle.EndOfSupport, lifecycle.Open},
		"none is over yet":                        {[]lifecycle.Ending{device("ICU", "2030-01-14")}, lifecycle.Support, lifecycle.ByMaker},
		"over on a day that nobody knows is over": {[]lifecycle.Ending{device("ICU", "1970-01-01")}, lifecycle.EndOfSupport, lifecycle.Open},
	} {
		got := lifecycle.Standings(c.endings, nil, now)
		if len(got) != 1 || got[0].State != c.state || got[0].Responsibility != c.who || got[0].Devices != len(c.endings) || got[0].Ends == "1970-01-01" {
			t.Errorf("%s: got %+v", rule, got)
		}
	}
}
