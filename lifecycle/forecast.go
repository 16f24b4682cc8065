package lifecycle

import (
	"cmp"
	"slices"
	"time"

	"bedrail/vuln"
)

// An Ending is one device with the day on which the first of what it needs is
// no longer supported. An empty Ends is not known.
type Ending struct {
	Device       string `json:"device"`
	Name         string `json:"name"`
	Site         string `json:"site"`
	Unit         string `json:"unit"`
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	Ends         Day    `json:"ends,omitempty"`
	Of           string `json:"of,omitempty"` // what ends: the model, or its operating system
	Reason       string `json:"reason"`
}

// EndingOf works out when support of a device ends: the earliest day that
// anybody names. What is over without a day ended before every day.
func EndingOf(s vuln.Supported, r *Record) Ending {
	e := Ending{Device: s.Device, Name: s.Name, Site: s.Site, Unit: s.Unit, Manufacturer: s.Model.Manufacturer, Model: s.Model.Model, Reason: "nothing says until when it is supported"}
	take := func(day Day, of, reason string) {
		if day != "" && (e.Ends == "" || day < e.Ends) {
			e.Ends, e.Of, e.Reason = day, of, reason
		}
	}
	if r != nil {
		take(r.EndOfSupport, s.Model.Model, "the hospital's record of the model")
		if r.EndOfSupport == "" && r.Declared == EndOfSupport {
			take(longAgo, s.Model.Model, "its maker declares that support has ended")
		}
	}
	for _, public := range []*vuln.EndOfLife{s.Product, s.System} {
		if public == nil || public.Status == vuln.Undecidable {
			continue
		}
		day := Day(public.Ends)
		if _, err := time.Parse(time.DateOnly, public.Ends); err != nil {
			day = ""
			if public.Over {
				day = longAgo
			}
		}
		take(day, public.Product+" "+public.Release, public.Reason)
	}
	return e
}

// longAgo stands for an end that is known to be past, on a day that is not.
const longAgo Day = "1970-01-01"

// A UnitCount is how many devices of a unit are without support.
type UnitCount struct {
	Site        string `json:"site"`
	Unit        string `json:"unit"`
	Devices     int    `json:"devices"`
	Unsupported int    `json:"unsupported"`
	Unknown     int    `json:"unknown"`
}

// A Point is the hospital on one day to come.
type Point struct {
	On          Day         `json:"on"`
	Unsupported int         `json:"unsupported"`
	Units       []UnitCount `json:"units"`
}

// A Forecast says how many devices are without support on days to come, if
// nothing is replaced. Unknown devices are counted apart: they may be either.
type Forecast struct {
	Devices int     `json:"devices"`
	Unknown int     `json:"unknown"`
	Points  []Point `json:"points"`
}

// Predict counts endings by day and unit. It never counts a device whose end is
// not known as supported or unsupported.
func Predict(endings []Ending, days []Day) Forecast {
	f := Forecast{Devices: len(endings), Points: []Point{}}
	for _, e := range endings {
		if e.Ends == "" {
			f.Unknown++
		}
	}
	for _, day := range days {
		p := Point{On: day, Units: []UnitCount{}}
		at := map[[2]string]int{}
		for _, e := range endings {
			i, known := at[[2]string{e.Site, e.Unit}]
			if !known {
				i = len(p.Units)
				at[[2]string{e.Site, e.Unit}] = i
				p.Units = append(p.Units, UnitCount{Site: e.Site, Unit: e.Unit})
			}
			p.Units[i].Devices++
			switch {
			case e.Ends == "":
				p.Units[i].Unknown++
			case e.Ends <= day:
				p.Units[i].Unsupported++
				p.Unsupported++
			}
		}
		slices.SortFunc(p.Units, func(a, b UnitCount) int { return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Unit, b.Unit)) })
		f.Points = append(f.Points, p)
	}
	return f
}

// Quarters are today and the last days of the quarters of the next years.
func Quarters(now time.Time, years int) []Day {
	days := []Day{DayOf(now)}
	end := time.Date(now.Year(), (now.Month()-1)/3*3+4, 0, 0, 0, 0, 0, time.UTC)
	for range years*4 + 1 {
		if d := DayOf(end); d > days[len(days)-1] {
			days = append(days, d)
		}
		end = time.Date(end.Year(), end.Month()+4, 0, 0, 0, 0, 0, time.UTC)
	}
	return days
}
