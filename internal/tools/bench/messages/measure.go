package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"bedrail/format/query"
	"bedrail/recall"
)

// processTime is the processor time of this process so far.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A question is one kind of search that the browser offers. Each asking of it
// is another value.
type question struct {
	name string
	text func(r *rand.Rand) string
	sort string
}

func always(text string) func(*rand.Rand) string {
	return func(*rand.Rand) string { return text }
}

func (b *bench) questions() []question {
	at := func(r *rand.Rand) time.Time {
		return begin.Add(time.Duration(r.Int64N(int64(span)))).Truncate(time.Minute)
	}
	stamp := func(t time.Time) string { return t.Format(time.RFC3339) }
	device := func(r *rand.Rand) string { return fmt.Sprintf("dev_%06d", r.IntN(devices)) }
	return []question{
		{"nothing asked", always(""), "-received"},
		{"nothing asked, oldest first", always(""), "received"},
		{"control id", func(r *rand.Rand) string { return "control:" + controlOf(r.IntN(b.n/20)) }, ""},
		{"control id that never was", always("control:NOBODY"), ""},
		{"patient", func(r *rand.Rand) string { return "patient:" + patientOf(r.IntN(patients)) }, ""},
		{"order", func(r *rand.Rand) string { return fmt.Sprintf("order:O%d", r.IntN(b.n/50)) }, ""},
		{"patient and type", func(r *rand.Rand) string { return "type:ADT^A01 patient:" + patientOf(r.IntN(patients)) }, ""},
		{"device", func(r *rand.Rand) string { return "device:" + device(r) }, ""},
		{"device of many messages", always("device:" + recalled), ""},
		{"device and a day", func(r *rand.Rand) string { return "device:" + device(r) + " received:" + at(r).Format(time.DateOnly) }, ""},
		{"device that never was", always("device:dev_none"), ""},
		{"a day", func(r *rand.Rand) string { return "received:" + at(r).Format(time.DateOnly) }, ""},
		{"an hour", func(r *rand.Rand) string {
			t := at(r)
			return "received>=" + stamp(t) + " received<" + stamp(t.Add(time.Hour))
		}, ""},
		{"an hour and a type", func(r *rand.Rand) string {
			t := at(r)
			return "type:ADT^A01 received>=" + stamp(t) + " received<" + stamp(t.Add(time.Hour))
		}, ""},
		{"before a day long ago", always("received<" + begin.AddDate(0, 0, 1).Format(time.DateOnly)), ""},
		{"channel", func(r *rand.Rand) string { return fmt.Sprintf("channel:channel-%02d", r.IntN(12)) }, ""},
		{"channel that never was", always("channel:nowhere"), ""},
		{"state delivered", always("state:delivered"), ""},
		{"state dead", always("state:dead"), ""},
		{"state held", always("state:held"), ""},
		{"state rejected, oldest first", always("state:rejected"), "received"},
		{"channel and state", func(r *rand.Rand) string { return fmt.Sprintf("channel:channel-%02d state:dead", r.IntN(12)) }, ""},
		{"type, frequent", always("type:ORU^R01"), ""},
		{"type, rare", always("type:BAR^P01"), ""},
		{"type by its beginning", always("type:ADT*"), ""},
		{"type that never was", always("type:ZZZ^Z99"), ""},
		{"sender", func(r *rand.Rand) string { return fmt.Sprintf("sender:SENDER%03d^WARD", r.IntN(senders)) }, ""},
		{"sender that never was", always("sender:NOBODY"), ""},
		{"trust, frequent", always("trust:trusted"), ""},
		{"trust, rare", always("trust:quarantined"), ""},
		{"severity at least error", always("severity>=error"), ""},
		{"severity fatal", always("severity:fatal"), ""},
		{"destination", always("destination:fhir"), ""},
		{"destination that never was", always("destination:nowhere"), ""},
		{"word, frequent", always("ADT"), ""},
		{"word, of one sender", func(r *rand.Rand) string { return fmt.Sprintf("sender%03d", r.IntN(senders)) }, ""},
		{"word that never was", always("zeppelin"), ""},
		{"two words and a state", func(r *rand.Rand) string { return fmt.Sprintf("sender%03d R40 state:dead", r.IntN(senders)) }, ""},
		{"not delivered", always("-state:delivered"), ""},
		{"trust, type and channel", func(r *rand.Rand) string {
			return fmt.Sprintf("trust:quarantined type:ORU^R40 channel:channel-%02d", r.IntN(12))
		}, ""},
		{"quarantined, fatal and dead: nothing", always("trust:quarantined severity:fatal state:dead"), ""},
	}
}

// search asks each question some times and says how long its first page took.
func (b *bench) search(ctx context.Context) error {
	fmt.Printf("%-40s %8s %8s %8s %8s\n", "first page of", "p50 ms", "p99 ms", "CPU ms", "found")
	for _, q := range b.questions() {
		if !strings.Contains(q.name, b.only) {
			continue
		}
		if err := b.ask(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	return nil
}

func (b *bench) ask(ctx context.Context, q question) error {
	r, found := rand.New(rand.NewPCG(b.seed, 7)), 0
	var took []time.Duration
	cpu := processTime()
	for range b.times {
		f, err := query.Parse(q.text(r))
		if err != nil {
			return err
		}
		sort := query.ParseSort("-received")
		if q.sort != "" {
			sort = query.ParseSort(q.sort)
		}
		began := time.Now()
		page, err := b.db.Messages(ctx, b.in, query.Request{Filter: f, Sort: sort, Limit: 50})
		if err != nil {
			return err
		}
		took, found = append(took, time.Since(began)), page.Total
	}
	used := (processTime() - cpu) / time.Duration(b.times)
	slices.Sort(took)
	fmt.Printf("%-40s %8.1f %8.1f %8.1f %8d\n", q.name, ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(used), found)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// recall finds what the device said, what was made of it, and who has it: the
// look that a person waits for, and then every row of it.
func (b *bench) recall(ctx context.Context) error {
	if !strings.Contains("recall", b.only) {
		return nil
	}
	s := recall.Span{Device: recalled, From: begin.Add(time.Hour), Until: begin.Add(span)}
	cpu, began := processTime(), time.Now()
	reach, receivers, err := b.db.Reach(ctx, b.in, s)
	if err != nil {
		return err
	}
	counts, opened, err := b.db.MadeOf(ctx, b.in, s, 1<<30, time.Hour)
	if err != nil {
		return err
	}
	fmt.Printf("recall: %d messages, %d patients, %d receivers; resources %v of %d messages: %.2f s, %.2f CPU s\n",
		reach.Messages, reach.Patients, len(receivers), counts, opened, time.Since(began).Seconds(), (processTime() - cpu).Seconds())
	cpu, began = processTime(), time.Now()
	resources, ids := 0, 0
	for after := ""; ; {
		page, err := b.db.Resources(ctx, b.in, s, after, 500)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		resources, after = resources+len(page), page[len(page)-1].Message
	}
	for after := ""; ; {
		page, err := b.db.Suspects(ctx, b.in, s, after, 1000)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		ids, after = ids+len(page), page[len(page)-1]
	}
	fmt.Printf("every row of it: %d messages, %d resources: %.2f s, %.2f CPU s\n", ids, resources, time.Since(began).Seconds(), (processTime() - cpu).Seconds())
	return nil
}
