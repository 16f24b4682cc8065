package dicomweb

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/dicom"
)

const (
	pageUsual   = 100
	pageMost    = 1000
	mostScanned = 5000     // instances that one search opens
	headBytes   = 64 << 10 // of an instance that a search reads
)

// Attributes of an answer by level, beside those that are asked for (PS3.18
// tables 10.6.3-3 to 10.6.3-5).
var levels = map[string][]dicom.Tag{
	"studies":   {0x00080020, 0x00080030, 0x00080050, 0x00080090, 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x0020000D, 0x00200010},
	"series":    {0x00080060, 0x0008103E, 0x0020000D, 0x0020000E, 0x00200011, 0x00400244, 0x00400245},
	"instances": {0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x00200013, 0x00280008, 0x00280010, 0x00280011, 0x00280100},
}

// Tags that are counted, not read.
const (
	modality          dicom.Tag = 0x00080060
	modalitiesInStudy dicom.Tag = 0x00080061
	studySeries       dicom.Tag = 0x00201206
	studyInstances    dicom.Tag = 0x00201208
	seriesInstances   dicom.Tag = 0x00201209
)

// lookups are the attributes by which instances are found without opening any.
var lookups = map[dicom.Tag]string{0x00080018: exchange.TermInstance, seriesInstance: exchange.TermSeries, studyInstance: exchange.TermStudy,
	0x00100020: exchange.TermPatient, 0x00080050: exchange.TermAccession, modality: exchange.TermModality, modalitiesInStudy: exchange.TermModality}

// A match is one attribute of a search with the text that it must have.
type match struct {
	tag  dicom.Tag
	want string
}

// A query is a search made ready.
type query struct {
	level   string
	matches []match
	include []dicom.Tag
	all     bool
	limit   int
	offset  int
}

// parseQuery reads a search (PS3.18 8.3.4). A parameter that is no attribute
// is refused: to leave it out would show more than was asked for.
func parseQuery(r *http.Request, p place, level string) (query, error) {
	q := query{level: level, limit: pageUsual}
	for tag, uid := range map[dicom.Tag]string{studyInstance: p.study, seriesInstance: p.series} {
		if uid != "" {
			q.matches = append(q.matches, match{tag, uid})
		}
	}
	for name, values := range r.URL.Query() {
		for _, v := range values {
			if err := q.parameter(name, v); err != nil {
				return q, err
			}
		}
	}
	slices.SortFunc(q.matches, func(a, b match) int { return int(int64(a.tag) - int64(b.tag)) })
	return q, nil
}

func (q *query) parameter(name, v string) error {
	switch name {
	case "limit", "offset":
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return no(http.StatusBadRequest, "%s is a number from 0", name)
		}
		if name == "limit" {
			q.limit = min(n, pageMost)
		} else {
			q.offset = n
		}
		return nil
	case "fuzzymatching":
		return nil // exact matching is always allowed (8.3.4.2); the answer says so
	case "includefield":
		for field := range strings.SplitSeq(v, ",") {
			if field == "all" {
				q.all = true
				continue
			}
			tag, ok := tagOf(field)
			if !ok {
				return no(http.StatusBadRequest, "includefield names no attribute that is known")
			}
			q.include = append(q.include, tag)
		}
		return nil
	}
	tag, ok := tagOf(name)
	if !ok {
		return no(http.StatusBadRequest, "the search names an attribute that is not known; sequences are not searched")
	}
	if v != "" && v != "*" { // universal matching asks for nothing
		q.matches = append(q.matches, match{tag, v})
	} else {
		q.include = append(q.include, tag)
	}
	return nil
}

// tagOf reads a keyword or eight hexadecimal digits.
func tagOf(name string) (dicom.Tag, bool) {
	if t, ok := dicom.TagOf(name); ok {
		return t, true
	}
	n, err := strconv.ParseUint(name, 16, 32)
	return dicom.Tag(n), err == nil && len(name) == 8
}

// terms are what is looked up; the rest is compared afterwards.
func (q query) terms() []exchange.Lookup {
	var out []exchange.Lookup
	for _, m := range q.matches {
		if field := lookups[m.tag]; field != "" && !strings.ContainsAny(m.want, `*?,\`) {
			out = append(out, exchange.Lookup{Field: field, Value: exchange.Normal(m.want)})
		}
	}
	if len(out) == 0 {
		out = append(out, exchange.Lookup{Field: exchange.TermAny, Value: "1"})
	}
	return out
}

// holds reports whether an instance has what q wants (PS3.4 C.2.2.2): single
// values, lists of UIDs, ranges of dates, wild cards in text.
func (q query) holds(d *dicom.Dataset) bool {
	return !slices.ContainsFunc(q.matches, func(m match) bool {
		tag := m.tag
		if tag == modalitiesInStudy {
			tag = modality
		}
		return !slices.ContainsFunc(d.Texts(tag), func(have string) bool { return fits(tag, m.want, have) })
	})
}

func fits(tag dicom.Tag, want, have string) bool {
	have = strings.TrimSpace(have)
	e, _ := dicom.Lookup(tag)
	switch e.VRs[0] {
	case dicom.UI:
		return slices.Contains(strings.FieldsFunc(want, func(r rune) bool { return r == ',' || r == '\\' }), have)
	case dicom.DA, dicom.TM, dicom.DT:
		from, to, ranged := strings.Cut(want, "-")
		if !ranged {
			return have == want
		}
		return have != "" && have >= from && (to == "" || have <= to || strings.HasPrefix(have, to))
	case dicom.PN:
		want, have = strings.ToUpper(want), strings.ToUpper(have)
	}
	if strings.ContainsAny(want, "*?") {
		ok, err := path.Match(strings.NewReplacer("[", `\[`, "/", "\x00", `\`, `\\`).Replace(want), strings.ReplaceAll(have, "/", "\x00"))
		return err == nil && ok
	}
	return want == have
}

// A found is an instance that matches, open as far as its head.
type found struct {
	message string
	channel string
	place   place
	set     *dicom.Dataset
}

// each calls f for the instances that match, newest first, until f says to
// stop. An instance that came twice is given once. more is true when not
// everything could be looked at.
func (t *turn) each(ctx context.Context, q query, f func(found) bool) (more bool, err error) {
	shelf, err := t.shelf()
	if err != nil {
		return false, err
	}
	seen, scanned := map[string]bool{}, 0
	for _, channel := range append([]string{t.config.Channel}, t.settings.Shows...) {
		for before := ""; ; {
			ids, err := shelf.Find(ctx, channel, q.terms(), before, 200)
			if err != nil {
				return false, err
			}
			for _, id := range ids {
				before = id
				if scanned++; scanned > mostScanned {
					return true, nil
				}
				one, ok, err := open(ctx, shelf, channel, id)
				if err != nil {
					return false, err
				}
				if !ok || seen[one.place.instance] || !q.holds(one.set) {
					continue
				}
				seen[one.place.instance] = true
				if !f(one) {
					return true, nil
				}
			}
			if len(ids) < 200 {
				break
			}
		}
	}
	return false, nil
}

func open(ctx context.Context, shelf exchange.Shelf, channel, id string) (found, bool, error) {
	m, err := shelf.Head(ctx, channel, id, headBytes)
	if bedrail.KindOf(err) == bedrail.NotFound {
		return found{}, false, nil // forgotten meanwhile
	}
	if err != nil {
		return found{}, false, err
	}
	d, err := dicom.Parse(m.Body, dicom.Limits{})
	if err != nil || d.Set == nil {
		return found{}, false, nil
	}
	return found{id, channel, place{d.Set.Text(studyInstance), d.Set.Text(seriesInstance), d.Set.Text(dicom.SOPInstanceUID)}, d.Set}, true, nil
}

// A group is a row of an answer: a study, a series or an instance.
type group struct {
	first      found
	series     map[string]bool
	modalities []string
	instances  int
}

// search answers with the rows that match (PS3.18 10.6).
func (t *turn) search(p place, level string) error {
	if err := t.may(t.client.read, "search"); err != nil {
		return err
	}
	q, err := parseQuery(t.r, p, level)
	if err != nil {
		return err
	}
	ctx := t.r.Context()
	var order []string
	groups := map[string]*group{}
	more, err := t.each(ctx, q, func(f found) bool {
		key := map[string]string{"studies": f.place.study, "series": f.place.series, "instances": f.place.instance}[level]
		g := groups[key]
		if g == nil {
			if level == "instances" && len(order) == q.offset+q.limit {
				return false // nothing of a further row is counted in these
			}
			g = &group{first: f, series: map[string]bool{}}
			groups[key], order = g, append(order, key)
		}
		g.instances++
		g.series[f.place.series] = true
		if m := f.set.Text(modality); m != "" && !slices.Contains(g.modalities, m) {
			g.modalities = append(g.modalities, m)
		}
		return true
	})
	if err != nil {
		return err
	}
	rows := []dicom.Set{}
	shown := map[string][]string{}
	for i, key := range order {
		if i < q.offset || i >= q.offset+q.limit {
			more = more || i >= q.offset+q.limit
			continue
		}
		g := groups[key]
		rows = append(rows, t.row(q, g))
		shown[g.first.channel] = append(shown[g.first.channel], g.first.message)
	}
	if err := t.disclose(ctx, shown); err != nil {
		return err
	}
	if more {
		t.w.Header().Set("Warning", `299 bedrail "There are additional results that can be requested"`)
	} else if t.r.URL.Query().Get("fuzzymatching") == "true" {
		t.w.Header().Set("Warning", `299 bedrail "The fuzzymatching parameter is not supported. Only literal matching has been performed."`)
	}
	if len(rows) == 0 {
		t.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return t.write(http.StatusOK, rows)
}

func (t *turn) disclose(ctx context.Context, shown map[string][]string) error {
	for channel, ids := range shown {
		if err := t.config.Env.Shelf.Disclose(ctx, channel, t.client.name, ids); err != nil {
			return err
		}
	}
	return nil
}

// row is the answer for a group: its level's attributes, those above it, and
// what was asked for.
func (t *turn) row(q query, g *group) dicom.Set {
	want := slices.Clone(levels[q.level])
	for _, m := range q.matches {
		want = append(want, m.tag)
	}
	want = append(want, q.include...)
	whole, err := g.first.set.ExportBut(elsewhere(""))
	if err != nil {
		whole = nil // text outside of its character set is left out, not guessed
	}
	var out dicom.Set
	for _, a := range whole {
		if a.Bulk == "" && (q.all && a.VR != dicom.SQ || slices.Contains(want, a.Tag)) {
			out = append(out, a)
		}
	}
	at := g.first.place
	switch q.level {
	case "studies":
		at.series, at.instance = "", ""
		out = append(out, dicom.TextAttribute(modalitiesInStudy, g.modalities...), number(studySeries, len(g.series)), number(studyInstances, g.instances))
	case "series":
		at.instance = ""
		out = append(out, number(seriesInstances, g.instances))
	}
	out = append(out, dicom.TextAttribute(retrieveURL, t.address(at)))
	slices.SortStableFunc(out, func(a, b dicom.Attribute) int { return int(int64(a.Tag) - int64(b.Tag)) })
	return slices.CompactFunc(out, func(a, b dicom.Attribute) bool { return a.Tag == b.Tag })
}

func number(t dicom.Tag, n int) dicom.Attribute { return dicom.TextAttribute(t, strconv.Itoa(n)) }
