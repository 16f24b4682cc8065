package hl7

import (
	"bytes"
	"fmt"
	"strconv"
)

// A Part is a run of bytes of a file or stream.
type Part struct {
	Kind       string // "MSH", "FHS", "BHS", "BTS", "FTS", or "" for bytes that are none of HL7
	Start, End int
	Batch      int // number of the batch it belongs to, from 1; 0 is none

	Wide bool // the message is in UTF-16 inside a frame: widen it before parsing
}

// A File is what was found in a file: messages one after another, framed or
// not, alone or in batches. Its parts cover every byte, in order.
type File struct {
	Raw    []byte
	Parts  []Part
	Issues []Issue // of the batches: counts that disagree
	Framed bool    // MLLP frames were found
}

// Messages returns how many messages the file holds.
func (f *File) Messages() int {
	n := 0
	for _, p := range f.Parts {
		if p.Kind == "MSH" {
			n++
		}
	}
	return n
}

// Split finds the messages of a file: saved MLLP frames, batches by FHS and
// BHS with their counts, messages one after another, with blank lines between
// or without.
func Split(raw []byte) *File {
	f := &File{Raw: raw}
	for at := 0; at < len(raw); {
		start, kind := nextHead(raw, at)
		if start > at {
			f.add("", at, start)
		}
		if kind == "" {
			break
		}
		end, wide := 0, start > 0 && raw[start-1] == 0x0B && IsWide(raw[start:])
		if wide {
			end, f.Framed = wideEnd(raw, start), true
		} else {
			end = f.endOf(start, kind)
		}
		f.add(kind, start, end)
		f.Parts[len(f.Parts)-1].Wide = wide
		at = end
	}
	f.count()
	return f
}

// nextHead finds the next segment that begins a part, at the start of a line
// or frame.
func nextHead(raw []byte, from int) (int, string) {
	at := from
	if bytes.HasPrefix(raw[at:], []byte("\xef\xbb\xbf")) {
		at += 3 // the mark that editors put before UTF-8
	}
	for at+3 <= len(raw) {
		if at == 0 || raw[at-1] == '\r' || raw[at-1] == '\n' || raw[at-1] == 0x0B || raw[at-1] == 0x1C || raw[at-1] == 0xBF || at == from {
			if kind := headAt(raw[at:]); kind != "" {
				return at, kind
			}
			if at > 0 && raw[at-1] == 0x0B && IsWide(raw[at:]) {
				return at, "MSH"
			}
		}
		next := bytes.IndexAny(raw[at:], "\r\n\x0b\x1c")
		if next < 0 {
			break
		}
		at += next + 1
	}
	return len(raw), ""
}

// wideEnd returns where a frame of UTF-16 ends. A byte of a character may be
// 1C, and 1C 0D may be a character, which is why MLLP forbids the set: the end
// is where whole characters end and a frame or nothing follows.
func wideEnd(raw []byte, start int) int {
	for at := start; at < len(raw); at += 2 {
		if raw[at] != 0x1C || at+1 < len(raw) && raw[at+1] != '\r' {
			continue
		}
		if at+2 >= len(raw) || raw[at+2] == 0x0B {
			return at
		}
	}
	return len(raw)
}

func headAt(b []byte) string {
	if len(b) < 3 || len(b) > 3 && !isDelimiter(b[3]) && b[3] != '\r' && b[3] != '\n' {
		return ""
	}
	switch string(b[:3]) {
	case "MSH", "FHS", "BHS", "BTS", "FTS":
		return string(b[:3])
	}
	return ""
}

// endOf returns where the part of that kind ends: a batch segment with its
// line, a message before the next head or the end of its frame.
func (f *File) endOf(start int, kind string) int {
	raw := f.Raw
	for at := start; at < len(raw); {
		next := bytes.IndexAny(raw[at:], "\r\n\x1c")
		if next < 0 {
			return len(raw)
		}
		at += next
		if raw[at] == 0x1C {
			f.Framed = true
			return at
		}
		at++
		if at < len(raw) && raw[at] == '\n' && raw[at-1] == '\r' {
			at++
		}
		if kind != "MSH" || at < len(raw) && (headAt(raw[at:]) != "" || raw[at] == 0x0B) {
			return at
		}
	}
	return len(raw)
}

func (f *File) add(kind string, start, end int) {
	batch := 0
	if n := len(f.Parts); n > 0 {
		batch = f.Parts[n-1].Batch
		if f.Parts[n-1].Kind == "BTS" {
			batch = -batch
		}
	}
	if kind == "BHS" {
		batch = max(batch, -batch) + 1
	}
	f.Parts = append(f.Parts, Part{Kind: kind, Start: start, End: end, Batch: batch})
}

// count compares BTS-1 with the messages of its batch and FTS-1 with the
// batches of the file.
func (f *File) count() {
	messages, batches, sep := 0, 0, byte('|')
	for i := range f.Parts {
		p := &f.Parts[i]
		line := f.Raw[p.Start:p.End]
		switch p.Kind {
		case "BHS", "FHS":
			if len(line) > 3 {
				sep = line[3]
			}
			if p.Kind == "BHS" {
				messages, batches = 0, batches+1
			}
		case "MSH":
			messages++
		case "BTS":
			f.compare(p, line, sep, messages, "messages of the batch", "BTS")
		case "FTS":
			f.compare(p, line, sep, batches, "batches of the file", "FTS")
		}
		p.Batch = max(p.Batch, 0)
	}
}

func (f *File) compare(p *Part, line []byte, sep byte, got int, what, name string) {
	fields := bytes.Split(bytes.TrimRight(line, "\r\n"), []byte{sep})
	if len(fields) < 2 || len(fields[1]) == 0 {
		return
	}
	if said, err := strconv.Atoi(string(fields[1])); err != nil || said != got {
		f.Issues = append(f.Issues, Issue{Severity: ErrorLevel, Code: "structure", Rule: RuleBatch, Location: name + ".1", Start: p.Start + 4, End: p.Start + 4 + len(fields[1]), Error: errDatatype,
			Text: fmt.Sprintf("%s-1 does not give the number of %s, which is %d; something was lost or added on the way", name, what, got)})
	}
}
