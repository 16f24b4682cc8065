package web

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/asset"
	"bedrail/door"
	"bedrail/format/query"
	"bedrail/vuln"
)

// Records is what the pages that work without scripts read. They read only,
// so they work while nothing can be written.
type Records struct {
	Assets *asset.Registry
	// Exposed counts what weaknesses and recalls reach, unit by unit.
	Exposed func(context.Context, bedrail.Actor) (vuln.Total, error)
	Clock   bedrail.Clock
	Site    string
	Demo    bool
	TLS     bool
	// ReadOnly says why nothing can be changed now, if that is so.
	ReadOnly func() (why string, refused bool)
	// Login opens a session for whoever fills in the form of these pages, as
	// the API does, and Cookies writes it down for the browser.
	Login   func(context.Context, access.Attempt) (access.Account, error)
	Cookies door.Cookies
	Log     *slog.Logger // of what a page does not tell; may be nil
}

// A paper is what every page for the printer or the emergency has.
type paper struct {
	Title, Site, Nonce, TraceID, By string
	Demo                            bool
	At                              time.Time
	ReadOnly                        string
	Address                         string // of the page on the screen
	Code                            door.QR
	Tongues                         []tongueLink
	Body                            any
}

// A tongueLink is the same page in another language.
type tongueLink struct {
	Code, Name, Href string
	Here             bool
}

func otherTongues(r *http.Request, now *tongue) []tongueLink {
	var links []tongueLink
	for _, n := range tongueNames {
		q := r.URL.Query()
		q.Set("lang", n.code)
		// Clean, or //elsewhere.example/../emergency would lead there.
		links = append(links, tongueLink{n.code, n.name, path.Clean(r.URL.Path) + "?" + q.Encode(), n.code == now.code})
	}
	return links
}

// mostOnPaper bounds one page; what is left out is said.
const mostOnPaper = 5000

// A showing makes what one page shows.
type showing func(context.Context, bedrail.Actor, *http.Request, *tongue) (template string, title string, screen string, body any, err error)

// servePaper answers the addresses of this file, and says whether it did.
func (s *Site) servePaper(w http.ResponseWriter, r *http.Request, name string) bool {
	part := strings.Split(name, "/")
	var show showing
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
	if r.Method == http.MethodPost {
		s.signIn(w, r, name)
		return true
	}
	c := door.CallerOf(r.Context())
	if err := c.Ready(); err != nil {
		s.notReady(w, r, name, err)
		return true
	}
	speaks := s.in(r)
	template, title, screen, body, err := show(r.Context(), c.Actor, r, speaks)
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
	p.Tongues = otherTongues(r, speaks)
	s.write(w, speaks, template, p)
	return true
}

// write fills the page in whole before any of it is sent.
func (s *Site) write(w http.ResponseWriter, t *tongue, template string, p paper) {
	var page bytes.Buffer
	status := http.StatusOK
	if err := t.pages.ExecuteTemplate(&page, template, p); err != nil {
		page.Reset()
		page.WriteString("This page could not be made: " + err.Error())
		status = http.StatusInternalServerError
	}
	setPolicy(w.Header(), p.Nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}

func (s *Site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch bedrail.KindOf(err) {
	case bedrail.NotFound:
		s.say(w, r, http.StatusNotFound, "refuse.noPage", err.Error())
	case bedrail.Denied:
		s.say(w, r, http.StatusForbidden, "refuse.denied", err.Error())
	case bedrail.Invalid:
		s.say(w, r, http.StatusBadRequest, "refuse.invalid", err.Error())
	default:
		s.failed(r, err)
		s.say(w, r, http.StatusServiceUnavailable, "refuse.notNow", "")
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
	Keep    string // what a link carries on, such as "lang=de"
	Exposed exposedBody
}

// An exposedBody is what weaknesses and recalls reach, and of how much that
// cannot be told: what is undecidable must not look clean.
type exposedBody struct {
	Known bool // else it cannot be told now, or not to this person
	vuln.UnitTotal
}

// exposed counts the devices of a unit, or of all where none is named.
func (s *Site) exposed(ctx context.Context, by bedrail.Actor, site, unit string) exposedBody {
	if s.records.Exposed == nil {
		return exposedBody{}
	}
	total, err := s.records.Exposed(ctx, by)
	if err != nil {
		return exposedBody{}
	}
	out := exposedBody{Known: true}
	for _, u := range total.ByUnit {
		if unit != "" && u.Unit != unit || site != "" && u.Site != site {
			continue
		}
		out.Affected += u.Affected
		out.Undecidable += u.Undecidable
		out.Recalled += u.Recalled
		out.RecallUndecidable += u.RecallUndecidable
	}
	return out
}

// keepTongue adds to an address the language that was chosen by one.
func keepTongue(r *http.Request, q url.Values) string {
	if chosen := r.URL.Query().Get("lang"); slices.ContainsFunc(tongueNames[:], func(n struct{ code, name string }) bool { return n.code == chosen }) {
		q.Set("lang", chosen)
	}
	return q.Encode()
}

type unitLink struct {
	Site, Unit, Href, Print string
	Devices                 int
}

func (s *Site) emergency(ctx context.Context, by bedrail.Actor, r *http.Request, t *tongue) (string, string, string, any, error) {
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
	for _, u := range facets[0].Values {
		if u.Value == "" {
			continue
		}
		term := query.Filter{{Field: "unit", Op: query.Has, Values: []string{u.Value}}}.String()
		body.Units = append(body.Units, unitLink{Unit: u.Value, Devices: u.Count, Href: "/emergency?" + keepTongue(r, url.Values{"filter": {term}}), Print: "/print/unit?" + keepTongue(r, url.Values{"unit": {u.Value}})})
	}
	body.Keep = keepTongue(r, url.Values{})
	body.Exposed = s.exposed(ctx, by, "", "")
	slices.SortFunc(body.Units, func(a, b unitLink) int { return strings.Compare(a.Unit, b.Unit) })
	return "emergency.html", t.say("emergency.title"), "/emergency?" + r.URL.RawQuery, body, nil
}

// A unitBody is what a ward keeps on its wall.
type unitBody struct {
	Unit    string
	Rows    []asset.Summary
	Left    int // that did not fit
	ByClass []asset.Tally
	Exposed exposedBody
}

func (s *Site) unit(ctx context.Context, by bedrail.Actor, r *http.Request, t *tongue) (string, string, string, any, error) {
	q := r.URL.Query()
	body := unitBody{Unit: q.Get("unit")}
	if body.Unit == "" {
		return "", "", "", nil, bedrail.Errorf(bedrail.Invalid, "%s", t.say("unit.name"))
	}
	filter := query.Filter{{Field: "unit", Op: query.Has, Values: []string{body.Unit}}}
	if site := q.Get("site"); site != "" {
		filter = append(filter, query.Term{Field: "site", Op: query.Has, Values: []string{site}})
	}
	body.Exposed = s.exposed(ctx, by, q.Get("site"), body.Unit)
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
	}
	for class, n := range counts {
		body.ByClass = append(body.ByClass, asset.Tally{Value: cmp.Or(t.name("class", class), t.say("word.unknown")), Count: n})
	}
	slices.SortFunc(body.ByClass, func(a, b asset.Tally) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return "unit.html", t.say("unit.title", "unit", body.Unit), "/devices?" + url.Values{"filter": {filter.String()}}.Encode(), body, nil
}

// A cardBody is one device on one sheet.
type cardBody struct {
	Device    asset.Device
	Name      string
	Precision asset.Precision
	Now       string // the address
	Before    []netip.Addr
	Facts     []cardFact
	Exposed   asset.Exposed
	Disagree  string // the attributes about which evidence does
}

type cardFact struct {
	Name, Value, Status, Source string
	Seen                        time.Time
}

func (s *Site) card(id string) showing {
	return func(ctx context.Context, by bedrail.Actor, _ *http.Request, t *tongue) (string, string, string, any, error) {
		d, err := s.records.Assets.Device(ctx, by, id)
		if err != nil {
			return "", "", "", nil, err
		}
		x, err := s.records.Assets.Exposure(ctx, by, id)
		if err != nil {
			return "", "", "", nil, err
		}
		body := cardBody{Device: d, Name: d.Name(), Precision: asset.PrecisionOf(d.Location, s.records.Clock.Now()), Exposed: x}
		now := d.AddressNow()
		if now.IsValid() {
			body.Now = now.String()
		}
		for _, ip := range d.Addresses {
			if ip != now {
				body.Before = append(body.Before, ip)
			}
		}
		for _, f := range []struct {
			key   string
			value asset.Value
		}{{"col.class", d.Class}, {"col.manufacturer", d.Manufacturer}, {"col.model", d.Model}, {"col.serial", d.SerialNumber}, {"col.version", d.SoftwareVersion}, {"col.os", d.OperatingSystem}} {
			one := cardFact{Name: t.say(f.key), Value: f.value.Value, Status: t.name("status", string(f.value.Status))}
			if f.key == "col.class" {
				one.Value = t.name("class", one.Value)
			}
			if f.value.Status == asset.Conflict {
				one.Value = t.say("word.conflict")
			}
			if len(f.value.Evidence) > 0 {
				one.Source, one.Seen = t.source(f.value.Evidence[0].Source), f.value.Evidence[0].Last
			}
			body.Facts = append(body.Facts, one)
		}
		var disagree []string
		for _, c := range d.Conflicts {
			disagree = append(disagree, t.name("attribute", string(c.Attribute)))
		}
		body.Disagree = strings.Join(disagree, ", ")
		return "card.html", d.Name(), "/devices/" + url.PathEscape(id), body, nil
	}
}
