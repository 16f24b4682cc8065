package ics_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bedrail/format/ics"
)

func write(t testing.TB, e ics.Event) string {
	t.Helper()
	var b bytes.Buffer
	if err := (ics.Calendar{Name: "Patches", Maker: "Bedrail", Events: []ics.Event{e}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("CET", 3600))
	got := write(t, ics.Event{UID: "po_1@bedrail", From: at, Until: at.Add(time.Hour), Stamp: at, Sequence: 3, Title: "Pumps, ICU; first", Text: "a\nb", Status: "CONFIRMED", Categories: []string{"patch"}})
	for _, want := range []string{"DTSTART:20260302T080000Z\r\n", `SUMMARY:Pumps\, ICU\; first` + "\r\n", `DESCRIPTION:a\nb` + "\r\n", "SEQUENCE:3\r\n", "END:VCALENDAR\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the calendar lacks %q:\n%s", want, got)
		}
	}
}

// FuzzWrite: whatever a title holds, no line is too long, none is added, and
// unfolding gives the title back.
func FuzzWrite(f *testing.F) {
	f.Add(strings.Repeat("Ünïcode ", 40))
	f.Add("x\r\nEND:VCALENDAR\r\nBEGIN:VEVENT")
	plain := strings.Count(write(f, ics.Event{Title: "x"}), "BEGIN:")
	f.Fuzz(func(t *testing.T, title string) {
		got := write(t, ics.Event{Title: title})
		for line := range strings.SplitSeq(strings.TrimSuffix(got, "\r\n"), "\r\n") {
			if len(line) > 75 {
				t.Errorf("a line of %d bytes", len(line))
			}
		}
		begins := 0
		for line := range strings.SplitSeq(got, "\r\n") {
			if strings.HasPrefix(line, "BEGIN:") {
				begins++
			}
		}
		if begins != plain {
			t.Errorf("a title added a component: %q", got)
		}
	})
}
