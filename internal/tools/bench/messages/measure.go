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
	skip int // rows before the page
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
		{"nothing asked", always(""), "-received", 0},
		{"nothing asked, oldest first", always(""), "received", 0},
		{"control id", func(r *rand.Rand) string { return "control:" + controlOf(r.IntN(b.n/20)) }, "", 0},
		{"control id that never was", always("control:NOBODY"), "", 0},
		{"patient", func(r *rand.Rand) string { return "patient:" + patientOf(r.IntN(patients)) }, "", 0},
		{"order", func(r *rand.Rand) string { return fmt.Sprintf("order:O%d", r.IntN(b.n/50)) }, "", 0},
		{"patient and type", func(r *rand.Rand) string { return "type:ADT^A01 patient:" + patientOf(r.IntN(patients)) }, "", 0},
		{"device", func(r *rand.Rand) string { return "device:" + device(r) }, "", 0},
		{"device of many messages", always("device:" + recalled), "", 0},
		{"device and a day", func(r *rand.Rand) string { return "device:" + device(r) + " received:" + at(r).Format(time.DateOnly) }, "", 0},
		{"device that never was", always("device:dev_none"), "", 0},
		{"a day", func(r *rand.Rand) string { return "received:" + at(r).Format(time.DateOnly) }, "", 0},
		{"an hour", func(r *rand.Rand) string {
			t := at(r)
			return "received>=" + stamp(t) + " received<" + stamp(t.Add(time.Hour))
		}, "", 0},
		{"an hour and a type", func(r *rand.Rand) string {
			t := at(r)
			return "type:ADT^A01 received>=" + stamp(t) + " received<" + stamp(t.Add(time.Hour))
		}, "", 0},
		{"before a day long ago", always("received<" + begin.AddDate(0, 0, 1).Format(time.DateOnly)), "", 0},
		{"channel", func(r *rand.Rand) string { return fmt.Sprintf("channel:channel-%02d", r.IntN(12)) }, "", 0},
		{"channel that never was", always("channel:nowhere"), "", 0},
		{"state delivered", always("state:delivered"), "", 0},
		{"state dead", always("state:dead"), "", 0},
		{"state held", always("state:held"), "", 0},
		{"state rejected, oldest first", always("state:rejected"), "received", 0},
		{"channel and state", func(r *rand.Rand) string { return fmt.Sprintf("channel:channel-%02d state:dead", r.IntN(12)) }, "", 0},
		{"type, frequent", always("type:ORU^R01"), "", 0},
		{"type, rare", always("type:BAR^P01"), "", 0},
		{"type by its beginning", always("type:ADT*"), "", 0},
		{"type that never was", always("type:ZZZ^Z99"), "", 0},
		{"sender", func(r *rand.Rand) string { return fmt.Sprintf("sender:SENDER%03d^WARD", r.IntN(senders)) }, "", 0},
		{"sender that never was", always("sender:NOBODY"), "", 0},
		{"trust, frequent", always("trust:trusted"), "", 0},
		{"trust, rare", always("trust:quarantined"), "", 0},
		{"severity at least error", always("severity>=error"), "", 0},
		{"severity fatal", always("severity:fatal"), "", 0},
		{"destination", always("destination:fhir"), "", 0},
		{"destination that never was", always("destination:nowhere"), "", 0},
		{"word, frequent", always("ADT"), "", 0},
		{"word, of one sender", func(r *rand.Rand) string { return fmt.Sprintf("sender%03d", r.IntN(senders)) }, "", 0},
		{"word that never was", always("zeppelin"), "", 0},
		{"two words and a state", func(r *rand.Rand) string { return fmt.Sprintf("sender%03d R40 state:dead", r.IntN(senders)) }, "", 0},
		{"not delivered", always("-state:delivered"), "", 0},
		{"trust, type and channel", func(r *rand.Rand) string {
			return fmt.Sprintf("trust:quarantined type:ORU^R40 channel:channel-%02d", r.IntN(12))
		}, "", 0},
		{"quarantined, fatal and dead: nothing", always("trust:quarantined severity:fatal state:dead"), "", 0},
		{"a day and a channel", func(r *rand.Rand) string {
			return fmt.Sprintf("channel:channel-%02d received:%s", r.IntN(12), at(r).Format(time.DateOnly))
		}, "", 0},
		{"a day, errors and a destination", func(r *rand.Rand) string {
			return "severity>=error destination:ehr received:" + at(r).Format(time.DateOnly)
		}, "", 0},
		{"a day and a sender that never was", func(r *rand.Rand) string { return "sender:NOBODY received:" + at(r).Format(time.DateOnly) }, "", 0},
		{"device and a state", func(r *rand.Rand) string { return "state:dead device:" + device(r) }, "", 0},
		{"device of many messages, and a state", always("state:dead device:" + recalled), "", 0},
		{"patient and a day", func(r *rand.Rand) string {
			return "patient:" + patientOf(r.IntN(patients)) + " received:" + at(r).Format(time.DateOnly)
		}, "", 0},
		{"patient or another", func(r *rand.Rand) string {
			return "patient:" + patientOf(r.IntN(patients)) + "," + patientOf(r.IntN(patients))
		}, "", 0},
		{"two channels and two states", always("channel:channel-01,channel-02 state:dead,held"), "", 0},
		{"sender by its beginning", func(r *rand.Rand) string { return fmt.Sprintf("sender:SENDER%02d*", r.IntN(20)) }, "", 0},
		{"destination and a state", always("destination:ehr state:dead"), "", 0},
		{"destination, type and trust", always("destination:archive type:MDM^T02 trust:quarantined"), "", 0},
		{"peer", func(r *rand.Rand) string { return fmt.Sprintf("peer:10.20.%d.%d", r.IntN(8), r.IntN(250)) }, "", 0},
		{"peer that never was", always("peer:192.0.2.1"), "", 0},
		{"reason that never was", always("reason:none"), "", 0},
		{"size, none", always("size>1000000"), "", 0},
		{"word and a day", func(r *rand.Rand) string { return "zeppelin received:" + at(r).Format(time.DateOnly) }, "", 0},
	}
}

// deep are pages far behind the first.
func (b *bench) deep() []question {
	far := func(name, text string, skip int) question {
		return question{name + fmt.Sprintf(", row %d", skip), always(text), "", skip}
	}
	return []question{far("nothing asked", "", 9_950), far("nothing asked", "", b.n*9/10), far("state delivered", "state:delivered", 9_950), far("device of many messages", "device:"+recalled, 9_950),
		far("channel", "channel:channel-03", 9_950), far("destination", "destination:ehr", 9_950), far("type by its beginning", "type:ADT*", 9_950), far("a word", "ADT", 9_950), far("state dead", "state:dead", 1_500), far("type, rare", "type:BAR^P01", 900),
		far("trust, rare", "trust:quarantined", 2_500), far("severity fatal", "severity:fatal", 900), far("sender", "sender:SENDER007^WARD", 5_000), far("destination of few", "destination:fhir", 9_950),
		far("a day", "received:2026-03-10", 9_950), far("channel and state", "channel:channel-03 state:dead", 100)}
}

// search asks each question some times and says how long its first page took.
func (b *bench) search(ctx context.Context) error {
	fmt.Printf("%-40s %8s %8s %8s %8s\n", "first page of", "p50 ms", "p99 ms", "CPU ms", "found")
	for _, q := range append(b.questions(), b.deep()...) {
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
		page, err := b.db.Messages(ctx, b.in, query.Request{Filter: f, Sort: sort, Limit: 50, Offset: q.skip})
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
