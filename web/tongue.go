package web

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/text/language"

	"bedrail/asset"
)

// The words of the pages that work without scripts, and those of the screens:
// the names of the trade are the same in both.
//
//go:embed words/*.json ui/src/words/en.json ui/src/words/de.json ui/src/words/fr.json ui/src/words/es.json
var words embed.FS

// tongueNames are the languages, as their speakers call them. The first is
// spoken to whoever asks for none of them.
var tongueNames = [...]struct{ code, name string }{{"en", "English"}, {"de", "Deutsch"}, {"fr", "Français"}, {"es", "Español"}}

// A tongue is a language, and the pages in it.
type tongue struct {
	code  string
	own   map[string]string
	trade map[string]string
	pages *template.Template
}

// readTongues reads the catalogues and the pages.
func readTongues() ([]*tongue, error) {
	var all []*tongue
	for _, n := range tongueNames {
		t := &tongue{code: n.code, trade: map[string]string{}}
		text, err := words.ReadFile("words/" + n.code + ".json")
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &t.own); err != nil {
			return nil, fmt.Errorf("words/%s.json: %w", n.code, err)
		}
		if err := t.readTrade(); err != nil {
			return nil, err
		}
		if t.pages, err = template.New("").Funcs(t.funcs()).ParseFS(pages, "*.html"); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// readTrade takes over the names of classes, states and severities.
func (t *tongue) readTrade() error {
	text, err := words.ReadFile("ui/src/words/" + t.code + ".json")
	if err != nil {
		return err
	}
	var catalogue map[string]any // a sentence that counts is an object; a name is none
	if err := json.Unmarshal(text, &catalogue); err != nil {
		return fmt.Errorf("ui/src/words/%s.json: %w", t.code, err)
	}
	for key, entry := range catalogue {
		group, _, _ := strings.Cut(key, ".")
		switch group {
		case "class", "severity", "status", "precision", "attribute", "source", "protocol", "login":
			if name, ok := entry.(string); ok {
				t.trade[key] = name
			}
		}
	}
	return nil
}

// say is the sentence of key, with name and value pairs filled in.
func (t *tongue) say(key string, pairs ...any) string {
	text, ok := t.own[key]
	if !ok {
		return key
	}
	fill := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		fill = append(fill, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(fill...).Replace(text)
}

// name is a word of the trade: itself where the catalogue has none for it.
func (t *tongue) name(group, value string) string {
	return cmp.Or(t.trade[group+"."+value], value)
}

// in returns the language that r asks for: by ?lang= as a link of a page does,
// else by what the browser prefers (RFC 9110, 12.5.4).
func (s *Site) in(r *http.Request) *tongue {
	wanted := r.URL.Query().Get("lang")
	for _, t := range s.tongues {
		if t.code == wanted {
			return t
		}
	}
	header := r.Header.Get("Accept-Language")
	if len(header) > 500 {
		header = ""
	}
	asked, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return s.tongues[0]
	}
	_, i, confidence := s.match.Match(asked...)
	if confidence == language.No {
		return s.tongues[0]
	}
	return s.tongues[i]
}

func newMatcher() language.Matcher {
	var tags []language.Tag
	for _, n := range tongueNames {
		tags = append(tags, language.Make(n.code))
	}
	return language.NewMatcher(tags)
}

// funcs are the functions of the templates.
func (t *tongue) funcs() template.FuncMap {
	return template.FuncMap{
		"t":    t.say,
		"lang": func() string { return t.code },
		"word": t.name,
		"or":   cmp.Or[string],
		"when": t.when,
		"addr": func(ip netip.Addr) string {
			if !ip.IsValid() {
				return ""
			}
			return ip.String()
		},
		"list": func(v any) string {
			return cmp.Or(strings.ReplaceAll(strings.Trim(fmt.Sprint(v), "[]"), " ", ", "), t.say("word.none"))
		},
		"severity":  t.severity,
		"source":    t.source,
		"protocols": t.protocols,
		"span":      t.span,
		"known":     func(v asset.Brief) string { return t.known(v, "") },
		"class":     func(v asset.Brief) string { return t.known(v, "class") },
	}
}

func (t *tongue) when(at time.Time) string {
	if at.IsZero() {
		return t.say("word.unknown")
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

// source says who or what said something, as the screens do: "dicom.associate"
// is what DICOM said.
func (t *tongue) source(of string) string {
	if own, ok := t.trade["source."+of]; ok {
		return own
	}
	head, _, _ := strings.Cut(of, ".")
	return t.name("protocol", head)
}

func (t *tongue) protocols(names []string) string {
	var said []string
	for _, n := range names {
		said = append(said, t.name("protocol", n))
	}
	return cmp.Or(strings.Join(said, ", "), t.say("word.none"))
}

// span is from when until when something was seen, or one of both where no
// more is known.
func (t *tongue) span(first, last time.Time) string {
	switch {
	case first.IsZero() && last.IsZero():
		return t.say("card.neverSeen")
	case first.IsZero():
		return t.when(last)
	case last.IsZero():
		return t.when(first)
	}
	return t.say("card.until", "from", t.when(first), "until", t.when(last))
}

// severity is a shape and a word: it survives a printer without colour.
func (t *tongue) severity(x asset.Exposed) string {
	shapes := map[string]string{"critical": "⬟", "high": "▲", "medium": "◆", "low": "●", "none": "□"}
	switch {
	case x.Affected > 0 && shapes[x.Highest] != "":
		return shapes[x.Highest] + " " + strings.ToLower(t.name("severity", x.Highest))
	case x.Affected > 0:
		return "? " + t.say("word.unknown")
	case x.Undecidable > 0:
		return "? " + t.say("word.undecidable")
	}
	return ""
}

func (t *tongue) known(v asset.Brief, group string) string {
	value := v.Value
	if group != "" {
		value = t.name(group, value)
	}
	switch v.Status {
	case asset.Confirmed:
		return value
	case asset.Likely, asset.Candidate:
		return value + " (" + t.name("status", string(v.Status)) + ")"
	case asset.Conflict:
		return t.say("word.conflict")
	}
	return t.say("word.unknown")
}
