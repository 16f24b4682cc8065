package mds2

import (
	"regexp"
	"strings"
)

// A number is what stands in the column of numbers.
type number struct {
	id        string // of the 2019 edition; empty when it asks nothing of the kind
	was       string // as written
	old       bool   // of the 2013 edition
	known     bool   // the edition has it
	corrected bool
	text      int // DOC-1 to DOC-7: a free text
}

var (
	newNumber = regexp.MustCompile(`^([A-Z]{4}|DOC)[-_ .\x{2010}-\x{2015}]*(\d{1,2}(?:[.\-]\d{1,2}){0,2})\.?$`)
	oldNumber = regexp.MustCompile(`^(?:(\d{1,2})-(\d{1,2}(?:\.\d{1,2}){0,2})|([A-D])(?:\.(\d{1,2}))?)$`)
)

// parseNumber reads the number of a question. A section whose letters are
// swapped or mistyped is put right when only one section is near.
func parseNumber(text string) (number, bool) {
	was := strings.TrimSpace(text)
	up := strings.ToUpper(was)
	if m := newNumber.FindStringSubmatch(up); m != nil {
		return parseNew(was, up, m[1], strings.ReplaceAll(m[2], "-", ".")), true
	}
	if m := oldNumber.FindStringSubmatch(up); m != nil {
		n := number{was: up, old: true}
		n.id, n.known = since2013(up)
		return n, n.known
	}
	return number{}, false
}

func parseNew(was, up, section, rest string) number {
	n := number{was: was}
	right, ok := nearSection(section)
	if !ok {
		return n
	}
	id := right + "-" + rest
	if right == "DOC" && len(rest) == 1 && rest[0] >= '1' && rest[0] <= '7' {
		n.text = int(rest[0] - '0')
		return n
	}
	if _, n.known = labelOf(id); n.known {
		n.id, n.corrected = id, up != id
	}
	return n
}

// nearSection returns the section that the letters mean.
func nearSection(letters string) (string, bool) {
	found := ""
	for _, s := range Sections() {
		if s.Code == letters {
			return letters, true
		}
		if swapped(letters, s.Code) || differing(letters, s.Code) == 1 {
			if found != "" {
				return "", false
			}
			found = s.Code
		}
	}
	return found, found != ""
}

// swapped reports whether two neighbouring letters changed places.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[:i] == b[:i] && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:] {
			return true
		}
	}
	return false
}

// differing counts the letters that differ; words of unequal length differ in
// all of them.
func differing(a, b string) int {
	if len(a) != len(b) {
		return len(a) + len(b)
	}
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// since2013 gives the number of 2019 that asks what a number of 2013 asked.
// known is false when the old edition has no such number; id is empty when the
// new one no longer asks.
func since2013(old string) (id string, known bool) {
	id, known = edition2013[old]
	return id, known
}

// edition2013 are the numbers of HN 1-2013, with the number of HN 1-2019 that
// asks the same. Where the wording narrowed so far that an old answer would
// say what its maker did not, there is none. Sections A to D and 2-2.2 to 2-2.5
// were held against a public copy of the form; the rest is not verified against
// the text of the standard, which is sold.
var edition2013 = map[string]string{
	"A": "MPII-1", "B": "", "B.1": "", "B.2": "", "B.3": "", "B.4": "", "B.5": "",
	"C": "MPII-2", "C.1": "MPII-2.1", "C.2": "MPII-2.2", "C.3": "MPII-2.6", "C.4": "MPII-2.7",
	"D": "MPII-3", "D.1": "MPII-3.1", "D.2": "MPII-3.2", "D.3": "MPII-3.3", "D.4": "MPII-3.4", "D.5": "MPII-3.5", "D.6": "MPII-3.6", "D.7": "MPII-3.8", "D.8": "MPII-3.10",
	"1-1": "ALOF-1", "1-1.1": "ALOF-2", "1-1.2": "",
	"2-1": "AUDT-1", "2-2": "AUDT-2", "2-2.1": "AUDT-2.1", "2-2.2": "AUDT-2.5", "2-2.3": "AUDT-2.6", "2-2.4": "AUDT-2.7", "2-2.5": "AUDT-2.8", "2-2.5.1": "AUDT-2.8.1", "2-2.6": "AUDT-2.10",
	"2-3": "", "2-3.1": "AUDT-1.1", "2-3.2": "AUDT-4.1",
	"3-1": "AUTH-1", "3-2": "AUTH-2", "3-3": "AUTH-3",
	"4-1": "", "5-1": "", "5-1.1": "CSUP-2.3", "6-1": "DIDT-1", "7-1": "", "8-1": "EMRG-1", "9-1": "IGAU-1",
	"10-1": "MLDP-2", "10-1.1": "MLDP-2.4", "10-1.2": "MLDP-2.5", "10-1.3": "MLDP-2.6", "10-2": "MLDP-2.3", "10-3": "", "11-1": "NAUT-1",
	"12-1": "PAUT-1", "12-1.1": "PAUT-1.1", "12-2": "PAUT-2", "12-3": "PAUT-3", "12-4": "PAUT-5", "12-5": "", "12-6": "PAUT-6", "12-7": "PAUT-7",
	"13-1": "PLOK-2", "14-1": "", "14-2": "",
	"15-1": "SAHD-1", "15-2": "SAHD-3.1", "15-3": "", "15-4": "SAHD-5", "15-5": "SAHD-6", "15-6": "SAHD-7", "15-7": "SAHD-8", "15-8": "SAHD-9", "15-9": "SAHD-10", "15-10": "SAHD-11", "15-11": "SAHD-12",
	"16-1": "SGUD-1", "16-2": "SGUD-2", "17-1": "STCF-1",
	"18-1": "TXCF-1", "18-2": "TXCF-2", "18-2.1": "TXCF-2.1", "18-3": "TXCF-3", "19-1": "TXIG-1",
	"20-1": "RMOT-1", "20-2": "", "20-2.1": "RMOT-1.2", "20-2.2": "",
}
