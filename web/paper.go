package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/door"
	"bedrail/format/query"
)

// Records is what the pages that work without scripts read. They read only,
// so they work while nothing can be written.
type Records struct {
	Assets *asset.Registry
	Clock  bedrail.Clock
	Site   string
	Demo   bool
	TLS    bool
	// ReadOnly says why nothing can be changed now, if that is so.
	ReadOnly func() (why string, refused bool)
}

// A paper is what every page for the printer or the emergency has.
type paper struct {
	Title, Site, Nonce, TraceID, By string
	Demo                            bool
	At                              time.Time
	ReadOnly                        string
	Address                         string // of the page on the screen
	Code                            door.QR
	Body                            any
}

// mostOnPaper bounds one page; what is left out is said.
const mostOnPaper = 5000

// servePaper answers the addresses of this file, and says whether it did.
func (s *Site) servePaper(w http.ResponseWriter, r *http.Request, name string) bool {
	part := strings.Split(name, "/")
	var show func(context.Context, bedrail.Actor, *http.Request) (template string, title string, screen string, body any, err error)
	switch {
	case s.records == nil:
		return false
	case name == "emergency":
		show = s.emergency
	case len(part) == 3 && part[0] == "print" && part[1] == "device":
		show = s.card(part[2])
	case name == "print/unit":
		show = s.unit
	default:
		return false
	}
	c := door.CallerOf(r.Context())
	if err := c.Ready(); err != nil {
		s.say(w, r, http.StatusUnauthorized, "Sign in first", "This page works without scripts and while nothing can be written, but not without signing in. "+
			"Sign in on the first page, then come back; or send a token: curl -H 'Authorization: Bearer brt_...' .../emergency")
		return true
	}
	template, title, screen, body, err := show(r.Context(), c.Actor, r)
	if err != nil {
		s.refuse(w, r, err)
		return true
	}
	p := paper{Title: title, Site: s.records.Site, Nonce: c.Nonce, TraceID: c.TraceID, By: c.Actor.Name, Demo: s.records.Demo, At: s.records.Clock.Now(), Body: body}
	p.Address = s.base(r) + screen
	if why, refused := s.records.ReadOnly(); refused {
		p.ReadOnly = why
	}
	if p.Code, err = door.MakeQR(p.Address); err != nil {
		s.refuse(w, r, err)
		return true
	}
	s.write(w, c.Nonce, template, p)
	return true
}

// write fills the page in whole before any of it is sent.
func (s *Site) write(w http.ResponseWriter, nonce, template string, p paper) {
	var page bytes.Buffer
	status := http.StatusOK
	if err := s.pages.ExecuteTemplate(&page, template, p); err != nil {
		page.Reset()
		page.WriteString("This page could not be made: " + err.Error())
		status = http.StatusInternalServerError
	}
	setPolicy(w.Header(), nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}

func (s *Site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch bedrail.KindOf(err) {
	case bedrail.NotFound:
		s.say(w, r, http.StatusNotFound, "There is no such page", err.Error())
	case bedrail.Denied:
		s.say(w, r, http.StatusForbidden, "You may not see this", err.Error())
	case bedrail.Invalid:
		s.say(w, r, http.StatusBadRequest, "That cannot be read", err.Error())
	default:
		s.say(w, r, http.StatusServiceUnavailable, "Not now", "The records could not be read. Try again in a minute; the log has it under the trace.")
	}
}

func (s *Site) base(r *http.Request) string {
	scheme := "http://"
	if s.records.TLS {
		scheme = "https://"
	}
	return scheme + r.Host
}

// An emergencyBody is the list of devices, for whoever has nothing else.
type emergencyBody struct {
	Filter  string
	Units   []unitLink
	Rows    []asset.Summary
	Total   int
	Refused string // why the filter could not be read
}

type unitLink struct {
	Site, Unit, Href, Print string
	Devices                 int
}

func (s *Site) emergency(ctx context.Context, by bedrail.Actor, r *http.Request) (string, string, string, any, error) {
	body := emergencyBody{Filter: r.URL.Query().Get("filter")}
	f, err := query.Parse(body.Filter)
	if err == nil {
		var page query.Page[asset.Summary]
		if page, err = s.records.Assets.Devices(ctx, by, query.Request{Filter: f, Limit: 500}); err == nil {
			body.Rows, body.Total = page.Items, page.Total
		}
	}
	if err != nil {
		if bedrail.KindOf(err) != bedrail.Invalid && f != nil {
			return "", "", "", nil, err
		}
		body.Refused = err.Error()
	}
	facets, err := s.records.Assets.Facets(ctx, by, []string{"unit"}, nil)
	if err != nil {
		return "", "", "", nil, err
	}
	for _, t := range facets[0].Values {
		if t.Value == "" {
			continue
		}
		term := query.Filter{{Field: "unit", Op: query.Has, Values: []string{t.Value}}}.String()
		body.Units = append(body.Units, unitLink{Unit: t.Value, Devices: t.Count, Href: "/emergency?" + url.Values{"filter": {term}}.Encode(), Print: "/print/unit?" + url.Values{"unit": {t.Value}}.Encode()})
	}
	slices.SortFunc(body.Units, func(a, b unitLink) int { return strings.Compare(a.Unit, b.Unit) })
	return "emergency.html", "Emergency view", "/emergency?" + r.URL.RawQuery, body, nil
}

// A unitBody is what a ward keeps on its wall.
type unitBody struct {
	Unit     string
	Rows     []asset.Summary
	Left     int // that did not fit
	Affected int
	ByClass  []asset.Tally
}

func (s *Site) unit(ctx context.Context, by bedrail.Actor, r *http.Request) (string, string, string, any, error) {
	q := r.URL.Query()
	body := unitBody{Unit: q.Get("unit")}
	if body.Unit == "" {
		return "", "", "", nil, bedrail.Errorf(bedrail.Invalid, "name the unit: /print/unit?unit=ICU")
	}
	filter := query.Filter{{Field: "unit", Op: query.Has, Values: []string{body.Unit}}}
	if site := q.Get("site"); site != "" {
		filter = append(filter, query.Term{Field: "site", Op: query.Has, Values: []string{site}})
	}
	counts := map[string]int{}
	for cursor := ""; len(body.Rows) < mostOnPaper; {
		page, err := s.records.Assets.Devices(ctx, by, query.Request{Filter: filter, Sort: query.ParseSort("room,bed,name"), Limit: 500, Cursor: cursor})
		if err != nil {
			return "", "", "", nil, err
		}
		body.Rows = append(body.Rows, page.Items...)
		body.Left = page.Total - len(body.Rows)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for _, d := range body.Rows {
		counts[d.Class.Value]++
		if d.Exposure.Affected > 0 {
			body.Affected++
		}
	}
	for class, n := range counts {
		body.ByClass = append(body.ByClass, asset.Tally{Value: cmp.Or(class, "unknown"), Count: n})
	}
	slices.SortFunc(body.ByClass, func(a, b asset.Tally) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return "unit.html", "Devices of " + body.Unit, "/devices?" + url.Values{"filter": {filter.String()}}.Encode(), body, nil
}

// A cardBody is one device on one sheet.
type cardBody struct {
	Device    asset.Device
	Name      string
	Precision asset.Precision
	Facts     []cardFact
	Exposed   asset.Exposed
}

type cardFact struct {
	Name, Value, Status, Source string
	Seen                        time.Time
}

func (s *Site) card(id string) func(context.Context, bedrail.Actor, *http.Request) (string, string, string, any, error) {
	return func(ctx context.Context, by bedrail.Actor, _ *http.Request) (string, string, string, any, error) {
		d, err := s.records.Assets.Device(ctx, by, id)
		if err != nil {
			return "", "", "", nil, err
		}
		x, err := s.records.Assets.Exposure(ctx, by, id)
		if err != nil {
			return "", "", "", nil, err
		}
		body := cardBody{Device: d, Name: d.Name(), Precision: asset.PrecisionOf(d.Location, s.records.Clock.Now()), Exposed: x}
		for _, f := range []struct {
			name  string
			value asset.Value
		}{{"Class", d.Class}, {"Manufacturer", d.Manufacturer}, {"Model", d.Model}, {"Serial number", d.SerialNumber}, {"Software version", d.SoftwareVersion}, {"Operating system", d.OperatingSystem}} {
			one := cardFact{Name: f.name, Value: f.value.Value, Status: string(f.value.Status)}
			if f.value.Status == asset.Conflict {
				one.Value = "in conflict"
			}
			if len(f.value.Evidence) > 0 {
				one.Source, one.Seen = f.value.Evidence[0].Source, f.value.Evidence[0].Last
			}
			body.Facts = append(body.Facts, one)
		}
		return "card.html", d.Name(), "/devices/" + url.PathEscape(id), body, nil
	}
}

// paperWords are the functions of the templates.
func paperWords() map[string]any {
	return map[string]any{
		"when": func(at time.Time) string {
			if at.IsZero() {
				return "unknown"
			}
			return at.UTC().Format("2006-01-02 15:04 UTC")
		},
		"or": cmp.Or[string],
		"list": func(v any) string {
			return strings.ReplaceAll(strings.Trim(fmt.Sprint(v), "[]"), " ", ", ")
		},
		// A severity is a shape and a word: it survives a printer without colour.
		"severity": func(x asset.Exposed) string {
			shapes := map[string]string{"critical": "⬟ critical", "high": "▲ high", "medium": "◆ medium", "low": "● low", "none": "□ none"}
			switch {
			case x.Affected > 0:
				return cmp.Or(shapes[x.Highest], "? unknown")
			case x.Undecidable > 0:
				return "? undecidable"
			}
			return ""
		},
		"known": func(v asset.Brief) string {
			switch v.Status {
			case asset.Confirmed:
				return v.Value
			case asset.Likely, asset.Candidate:
				return v.Value + " (" + string(v.Status) + ")"
			case asset.Conflict:
				return "in conflict"
			}
			return "unknown"
		},
	}
}
