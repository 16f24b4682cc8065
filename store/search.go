package store

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"

	"bedrail/asset"
	"bedrail/format/query"
)

// searchText is by which words a device is found: those of its names and
// places, and each number as one word too, however it is punctuated. They are
// kept in the plain form in which they are looked for, so that both engines
// cut them alike.
func searchText(d asset.Device) string {
	parts := []string{d.Name(), d.Class.Known(), d.Manufacturer.Known(), d.Model.Known(), d.SerialNumber.Known(), d.SoftwareVersion.Known(),
		d.AssetTag, d.Location.Site, d.Location.Unit, d.Location.Room, d.Location.Bed}
	parts = append(append(parts, d.Hostnames...), d.Tags...)
	for _, ip := range d.Addresses {
		parts = append(parts, ip.String())
	}
	for _, m := range d.MACs {
		parts = append(parts, string(m))
	}
	var words []string
	for _, p := range parts {
		for _, w := range strings.Fields(p) {
			words = append(append(words, wordsOf(w)...), joined(w))
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) > 0 && words[0] == "" {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// wordsOf cuts text at everything but letters and digits.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// joined is text as one word: "00:03:b1" and "0003B1" are the same. The
// points of an address stay apart, or 10.1.1 and 10.11 would be one.
func joined(text string) string {
	digits := strings.Trim(text, "0123456789.") == ""
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		case r == '.' && digits:
			return 'z'
		}
		return -1
	}, text)
}

// searchNumber is the number of a device in the search index. Should two ever
// share one, a search would list both.
func searchNumber(tenant, id string) int64 {
	h := fnv.New64a()
	h.Write([]byte(tenant + "\x00" + id))
	return int64(h.Sum64() >> 1)
}

// search takes the free words out of f and adds to w that each must begin some
// word of the device, by the engine's own index. It returns from what to
// select, and what is left of f. Where f asks for nothing but words in
// SQLite's index, match is the question to it.
func (d dialect) search(w *where, f query.Filter) (from string, rest query.Filter, match string) {
	const device = "device"
	var all []string
	only := true
	for _, t := range f {
		if t.Field != "" {
			rest = append(rest, t)
			continue
		}
		var any []string
		for _, v := range t.Values {
			if e := d.searchFor(v); e != "" {
				any = append(any, e)
			}
		}
		not := t.Not != (t.Op == query.NotEqual)
		switch {
		case len(any) == 0 && !not:
			w.and("1 = 0") // nothing that could be found was asked for
			only = false
		case len(any) == 0:
		case d == postgres:
			condition := "array_to_tsvector(string_to_array(device.search, ' ')) @@ CAST(" + w.arg(strings.Join(any, " | ")) + " AS tsquery)"
			if not {
				condition = "NOT (" + condition + ")"
			}
			w.and(condition)
		case not:
			only = false
			w.and("device.number NOT IN (SELECT rowid FROM device_text WHERE device_text MATCH ?)", strings.Join(any, " OR "))
		default:
			all = append(all, "("+strings.Join(any, " OR ")+")")
		}
	}
	if len(all) == 0 {
		return device, rest, ""
	}
	words := strings.Join(all, " AND ")
	if only && len(rest) == 0 {
		match = words
	}
	w.and("device_text MATCH ?", words)
	// A cross join begins at its left: few devices bear the words, and the
	// planner would rather read all of them in their order.
	return "device_text CROSS JOIN device ON device.number = device_text.rowid", rest, match
}

// searchFor asks for text in the engine's language: all of its words, each as
// a beginning, or all of them as one word. Only letters and digits reach it.
func (d dialect) searchFor(text string) string {
	words := wordsOf(text)
	if len(words) == 0 {
		return ""
	}
	beginning, and, or := func(w string) string { return `"` + w + `" *` }, " AND ", " OR "
	if d == postgres {
		beginning, and, or = func(w string) string { return "'" + w + "':*" }, " & ", " | "
	}
	one := ""
	if whole := joined(text); len(words) > 1 && len(strings.Fields(text)) == 1 {
		if strings.Contains(whole, "z") && strings.Trim(text, "0123456789.") == "" {
			return "(" + beginning(whole) + ")" // of an address the order counts
		}
		if strings.Trim(whole, "0123456789abcdef") == "" && !slices.ContainsFunc(words, func(w string) bool { return len(w) > 2 }) {
			return "(" + beginning(whole) + ")" // part of a hardware address: its pairs stand in all of them
		}
		one = or + beginning(whole)
	}
	for i := range words {
		words[i] = beginning(words[i])
	}
	return "((" + strings.Join(words, and) + ")" + one + ")"
}
