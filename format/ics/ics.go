// Package ics writes calendars that other programs subscribe to (RFC 5545).
package ics

import (
	"bufio"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// An Event is one entry of a calendar.
type Event struct {
	UID         string // stays the same while the entry is changed
	From, Until time.Time
	Stamp       time.Time // when the entry was last changed
	Sequence    int64     // rises with each change
	Title       string
	Text        string
	Place       string
	Status      string // TENTATIVE, CONFIRMED or CANCELLED (3.8.1.11)
	Categories  []string
}

// A Calendar is a list of events under a name.
type Calendar struct {
	Name   string
	Maker  string // who writes it, for PRODID
	Events []Event
}

// Write writes c to w: lines end in CRLF and are folded at 75 bytes (3.1).
func (c Calendar) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	line := func(name, value string) { fold(out, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//"+escape(c.Maker)+"//EN")
	line("METHOD", "PUBLISH")
	line("X-WR-CALNAME", escape(c.Name))
	for _, e := range c.Events {
		line("BEGIN", "VEVENT")
		line("UID", escape(e.UID))
		line("DTSTAMP", utc(e.Stamp))
		line("DTSTART", utc(e.From))
		line("DTEND", utc(e.Until))
		line("SEQUENCE", number(e.Sequence))
		for _, p := range [...]struct{ name, value string }{{"SUMMARY", e.Title}, {"DESCRIPTION", e.Text}, {"LOCATION", e.Place}} {
			if p.value != "" {
				line(p.name, escape(p.value))
			}
		}
		if e.Status != "" {
			line("STATUS", e.Status)
		}
		if len(e.Categories) > 0 {
			parts := make([]string, len(e.Categories))
			for i, k := range e.Categories {
				parts[i] = escape(k)
			}
			line("CATEGORIES", strings.Join(parts, ","))
		}
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return out.Flush()
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

func number(n int64) string {
	if n < 0 {
		n = 0
	}
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}

// escape writes a TEXT value (3.3.11). Control characters but the line end have
// no place in one.
func escape(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\\', r == ';', r == ',':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || r == 0x7f:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// fold breaks a line so that none has more than 75 bytes and no letter is cut.
func fold(w *bufio.Writer, s string) {
	room := 75
	for len(s) > room {
		n := room
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		w.WriteString(s[:n])
		w.WriteString("\r\n ")
		s, room = s[n:], 74
	}
	w.WriteString(s)
	w.WriteString("\r\n")
}
