package quality_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/quality"
	"bedrail/store"
	"bedrail/store/storetest"
)

// A ward is a watch with a clock of its own.
type ward struct {
	*quality.Watch
	now time.Time
	n   int
}

func newWard(db *store.DB) *ward {
	w := &ward{now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	w.Watch = &quality.Watch{Store: db, Clock: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler), Tenant: "main"}
	return w
}

// say lets a monitor speak after a pause, with what change makes of it.
func (w *ward) say(pause time.Duration, change func(*quality.Sample)) {
	w.now = w.now.Add(pause)
	w.n++
	s := quality.Sample{Channel: "icu", Message: fmt.Sprintf("msg_%04d", w.n), Received: w.now, Observed: w.now.Add(-time.Second), Device: "dev_1", Name: "MON1", Type: "ORU^R01", Live: true,
		Values: []quality.Value{{Code: "147842", Number: float64(60 + w.n%7)}, {Code: "149530", Number: float64(61 + w.n%7)}, {Code: "150456", Number: float64(95 + w.n%3)}}}
	if change != nil {
		change(&s)
	}
	w.Observe(s)
}

func (w *ward) service(db *store.DB) *quality.Service {
	return &quality.Service{Store: db, Watch: w.Watch, Auth: anybody{}, Clock: w.Clock}
}

type anybody struct{}

func (anybody) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

var engineer = bedrail.Actor{ID: "usr_1", Name: "ana", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "main"}}

// open returns the kinds of alerts that are open.
func open(t *testing.T, s *quality.Service) (kinds []quality.Kind) {
	t.Helper()
	all, err := s.Alerts(t.Context(), engineer)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.State == "open" {
			kinds = append(kinds, a.Kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// Each kind of trouble is told, and nothing else is told with it.
func TestWhatIsWrongWithAFeedIsTold(t *testing.T) {
	const every = 5 * time.Second
	for name, c := range map[string]struct {
		make func(*ward)
		want []quality.Kind
	}{
		"a monitor that speaks as it should gives no alert": {func(w *ward) { w.many(200, every, nil) }, nil},
		"silence is told once it is longer than ever before": {func(w *ward) {
			w.many(40, every, nil)
			w.now = w.now.Add(3 * time.Minute)
			w.Tick()
		}, []quality.Kind{quality.Silence}},
		"a pause as long as others is no silence": {func(w *ward) {
			w.many(40, every, nil)
			w.now = w.now.Add(20 * time.Second)
			w.Tick()
		}, nil},
		"silence ends with the next message": {func(w *ward) {
			w.many(40, every, nil)
			w.now = w.now.Add(3 * time.Minute)
			w.Tick()
			w.say(every, nil)
		}, nil},
		"a clock that is behind is told by the least delay": {func(w *ward) {
			w.many(20, every, func(s *quality.Sample) { s.Observed = s.Observed.Add(-7 * time.Minute) })
		}, []quality.Kind{quality.Clock}},
		"messages that were delayed once are no wrong clock": {func(w *ward) {
			w.many(20, every, func(s *quality.Sample) {
				if w.n%3 > 0 {
					s.Observed = s.Observed.Add(-7 * time.Minute)
				}
			})
		}, nil},
		"duplicates are told from the fifth": {func(w *ward) {
			w.many(5, every, func(s *quality.Sample) { s.Duplicate = true })
		}, []quality.Kind{quality.Duplicates}},
		"a wrong unit is told at once": {func(w *ward) { w.say(every, func(s *quality.Sample) { s.Wrong.Units = true }) }, []quality.Kind{quality.Units}},
		"so is a value that cannot be": {func(w *ward) { w.say(every, func(s *quality.Sample) { s.Wrong.Implausible = true }) }, []quality.Kind{quality.Implausible}},
		"and a wrong character set":    {func(w *ward) { w.say(every, func(s *quality.Sample) { s.Wrong.Charset = true }) }, []quality.Kind{quality.Charset}},
		"a value that stands still for longer than it ever did is stuck": {func(w *ward) {
			w.many(150, every, nil)
			w.many(200, every, func(s *quality.Sample) { s.Values[2].Number = 97 })
		}, []quality.Kind{quality.Stuck}},
		"a setting always stands still and is not stuck": {func(w *ward) {
			w.many(600, every, func(s *quality.Sample) { s.Values[2].Number = float64(97 + w.n/250) })
		}, nil},
		"what it usually sends and does not is missing": {func(w *ward) {
			w.many(120, every, nil)
			w.many(5, every, func(s *quality.Sample) { s.Values = s.Values[:2] })
		}, []quality.Kind{quality.Incomplete}},
		"one of two sensors that goes its own way drifts": {func(w *ward) {
			w.many(40, every, func(s *quality.Sample) { s.Values[1].Number += 25 })
		}, []quality.Kind{quality.Drift, quality.Drift}},
		"a sensor of another device at the same bed is a sibling": {func(w *ward) {
			w.many(60, every, func(s *quality.Sample) {
				s.Place, s.Values = "ICU|1|A", s.Values[:1]
				if w.n%2 == 0 {
					s.Device, s.Name = "dev_2", "OXI2"
					s.Values = []quality.Value{{Code: "149530", Number: 110}}
				}
			})
		}, []quality.Kind{quality.Drift, quality.Drift}},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.New(t)
			w := newWard(db)
			c.make(w)
			if got := open(t, w.service(db)); !slices.Equal(got, c.want) {
				t.Errorf("open are %v, want %v", got, c.want)
			}
		})
	}
}

func (w *ward) many(n int, every time.Duration, change func(*quality.Sample)) {
	for range n {
		w.say(every, change)
	}
}

// What was learned, counted and answered is there after a restart, and no
// value of a patient is kept.
// Of what is overheard nothing is kept, so an alert leads to no message.
func TestAnAlertOfWhatIsOverheardNamesNoMessage(t *testing.T) {
	db := storetest.New(t)
	w := newWard(db)
	w.say(time.Second, func(s *quality.Sample) { s.Shadow, s.Message, s.Wrong.Invalid = true, "", true })
	all, err := w.service(db).Alerts(t.Context(), engineer)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if a := all[0]; a.Messages == nil || len(a.Messages) != 0 || !strings.Contains(a.Mend, "overheard") {
		t.Errorf("got %+v", a)
	}
}

func TestARestartForgetsNothingThatWasKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(db)
		w.many(60, 5*time.Second, func(s *quality.Sample) { s.Wrong.Units = w.n%10 == 0 })
		s := w.service(db)
		all, err := s.Alerts(t.Context(), engineer)
		if err != nil || len(all) != 1 || all[0].Count != 6 || len(all[0].Messages) != 6 {
			t.Fatalf("alerts are %+v, %v", all, err)
		}
		if err := w.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Answer(t.Context(), engineer, all[0].ID, "acknowledged", "the driver is being mended"); err != nil {
			t.Fatal(err)
		}
		again := newWard(db)
		again.now = w.now.Add(time.Second)
		if err := again.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		s = again.service(db)
		rows, err := s.Board(t.Context(), engineer)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%+v, %v", rows, err)
		}
		if r := rows[0]; r.Count != 60 || r.Every < 4.9 || r.Every > 5.1 || r.Today.Received != 60 || r.Today.Units != 6 || r.Worst == nil || r.Worst.Objective != "units" || r.State != "bad" {
			t.Errorf("after the restart: %+v, worst %+v", r, r.Worst)
		}
		if all, err = s.Alerts(t.Context(), engineer); err != nil || all[0].State != "acknowledged" || all[0].Reason == "" {
			t.Errorf("the answer is gone: %+v, %v", all, err)
		}
		// What was not heard while Bedrail was off is no silence.
		again.now = again.now.Add(20 * time.Second)
		again.Tick()
		if got := open(t, s); len(got) != 0 {
			t.Errorf("open are %v", got)
		}
	})
}

func TestABudgetIsWhatMayGoWrong(t *testing.T) {
	o := quality.Objective{Indicator: quality.Unique, Target: 0.9, Days: 7}
	for name, c := range map[string]struct {
		bad   int64
		left  float64
		state string
	}{
		"nothing bad leaves all of it":  {0, 1, "kept"},
		"half of it":                    {5, 0.5, "kept"},
		"most of it":                    {9, 0.1, "burning"},
		"more than may be is overspent": {20, -1, "spent"},
	} {
		b := quality.Spend(o, quality.Counts{Received: 100, Duplicates: c.bad})
		if d := b.Left - c.left; d > 1e-9 || d < -1e-9 || b.State != c.state {
			t.Errorf("%s: %v %s, want %v %s", name, b.Left, b.State, c.left, c.state)
		}
	}
	if b := quality.Spend(o, quality.Counts{}); b.State != "none" || b.Good != 1 {
		t.Errorf("of nothing: %+v", b)
	}
}

// BenchmarkObserve is what the watch adds to each message.
func BenchmarkObserve(b *testing.B) {
	db := storetest.New(b)
	w := newWard(db)
	b.ReportAllocs()
	for b.Loop() {
		w.say(5*time.Second, nil)
	}
}
