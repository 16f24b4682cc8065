package exchange_test

import (
	"testing"
	"time"

	"bedrail/exchange"
)

func TestWhoLayWhereIsKnownByAdmissions(t *testing.T) {
	at := func(clock string) time.Time {
		h, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 3, 2, h.Hour(), h.Minute(), 0, 0, time.UTC)
	}
	one, two := exchange.Place{Unit: "ICU", Room: "ICU-01", Bed: "A"}, exchange.Place{Unit: "ICU", Room: "02", Bed: "B"}
	move := func(event, clock, who string, to exchange.Place) exchange.Move {
		return exchange.Move{Message: "msg_" + clock, Event: event, At: at(clock), Patients: []string{who}, To: to}
	}
	inBed := exchange.Located{Place: exchange.Place{Unit: "icu", Room: "01", Bed: "a"}, Source: "person", Sure: 0.95}
	for name, c := range map[string]struct {
		moves     []exchange.Move
		facts     exchange.Facts
		where     exchange.Located
		at        string
		patient   string
		ambiguous bool
		disagrees bool
	}{
		"whoever was admitted to the bed":                      {[]exchange.Move{move("A01", "08:00", "P1", one)}, exchange.Facts{}, inBed, "09:00", "P1", false, false},
		"nobody before the admission":                          {[]exchange.Move{move("A01", "08:00", "P1", one)}, exchange.Facts{}, inBed, "07:00", "", true, false},
		"nobody after the discharge":                           {[]exchange.Move{move("A01", "08:00", "P1", one), move("A03", "10:00", "P1", one)}, exchange.Facts{}, inBed, "11:00", "", true, false},
		"the one before the transfer":                          {[]exchange.Move{move("A01", "08:00", "P1", one), move("A02", "10:00", "P1", two)}, exchange.Facts{}, inBed, "09:00", "P1", false, false},
		"who came after":                                       {[]exchange.Move{move("A01", "08:00", "P1", one), move("A02", "10:00", "P1", two), move("A01", "12:00", "P2", one)}, exchange.Facts{}, inBed, "13:00", "P2", false, false},
		"a transfer that was none leaves them where they were": {[]exchange.Move{move("A01", "08:00", "P1", one), move("A02", "10:00", "P1", two), move("A12", "10:30", "P1", one)}, exchange.Facts{}, inBed, "13:00", "P1", false, false},
		"an admission that was none leaves nobody":             {[]exchange.Move{move("A01", "08:00", "P1", one), move("A11", "08:30", "P1", one)}, exchange.Facts{}, inBed, "09:00", "", true, false},
		"two in one bed are a doubt":                           {[]exchange.Move{move("A01", "08:00", "P1", one), move("A01", "08:30", "P2", one)}, exchange.Facts{}, inBed, "09:00", "P2", true, false},
		"a bed that changed within minutes is a doubt":         {[]exchange.Move{move("A01", "08:00", "P1", one), move("A03", "10:00", "P1", one), move("A01", "10:02", "P2", one)}, exchange.Facts{}, inBed, "10:04", "P2", true, false},
		"who was told late is put where they were":             {[]exchange.Move{move("A02", "10:00", "P1", two), move("A01", "08:00", "P1", one)}, exchange.Facts{}, inBed, "09:00", "P1", false, false},
		"a room alone is no certainty":                         {[]exchange.Move{move("A01", "08:00", "P1", one)}, exchange.Facts{}, exchange.Located{Place: exchange.Place{Unit: "ICU", Room: "01"}, Sure: 0.95}, "09:00", "P1", true, false},
		"the bed that the message names comes first":           {[]exchange.Move{move("A01", "08:00", "P1", one), move("A01", "08:00", "P2", two)}, exchange.Facts{Assigned: two}, inBed, "09:00", "P2", false, false},
		"a device that nobody placed says nothing":             {[]exchange.Move{move("A01", "08:00", "P1", one)}, exchange.Facts{}, exchange.Located{}, "09:00", "", true, false},
		"what the message says counts":                         {[]exchange.Move{move("A01", "08:00", "P1", one)}, exchange.Facts{Patients: []string{"P1"}}, inBed, "09:00", "P1", false, false},
		"and who lies there otherwise speaks against it":       {[]exchange.Move{move("A01", "08:00", "P1", one)}, exchange.Facts{Patients: []string{"P9"}}, inBed, "09:00", "P1", true, true},
		"two names of one patient are one":                     {[]exchange.Move{move("A01", "08:00", "P1", one), {Message: "msg_m", Event: "A40", At: at("08:30"), Patients: []string{"P7"}, Former: []string{"P1"}}}, exchange.Facts{Patients: []string{"P7"}}, inBed, "09:00", "P7", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			var beds exchange.Beds
			for _, m := range c.moves {
				beds.Take(m)
			}
			a := exchange.Associate(&c.facts, c.where, &beds, at(c.at))
			if a.Patient != c.patient || a.Ambiguous != c.ambiguous || a.Disagrees != c.disagrees {
				t.Errorf("got %q, ambiguous %t, disagrees %t (%.2f, %s); want %q, %t, %t", a.Patient, a.Ambiguous, a.Disagrees, a.Confidence, a.Reason, c.patient, c.ambiguous, c.disagrees)
			}
		})
	}
}
