package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"bedrail/docs"
	"bedrail/door"
)

// docsHome is the page that /docs opens.
const docsHome = "manual/quick-start"

// A manual is the pages of package docs, read once.
type manual struct {
	sections []manualSection
	pages    map[string]*manualPage
	parts    []manualPart // what search looks through
}

type manualSection struct {
	Title string
	Pages []*manualPage
}

// A manualPage is one page, ready to be sent.
type manualPage struct {
	Path  string // below /docs/
	Title string
	Body  template.HTML
}

// A manualPart is what stands under one heading.
type manualPart struct {
	page          *manualPage
	title, anchor string
	words         string // in lower case
	plain         string
}

// readManual is done when the first page is asked for.
var readManual = sync.OnceValues(newManual)

func newManual() (*manual, error) {
	m := &manual{pages: map[string]*manualPage{}}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID(),
		parser.WithASTTransformers(util.Prioritized(docLinks{}, 100))))
	for _, s := range docs.Contents() {
		section := manualSection{Title: s.Title}
		for _, name := range s.Pages {
			page, err := m.read(md, name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			section.Pages = append(section.Pages, page)
		}
		m.sections = append(m.sections, section)
	}
	return m, nil
}

func (m *manual) read(md goldmark.Markdown, name string) (*manualPage, error) {
	source, err := fs.ReadFile(docs.Files, name+".md")
	if err != nil {
		return nil, err
	}
	context := parser.NewContext()
	context.Set(docPath, name)
	tree := md.Parser().Parse(text.NewReader(source), parser.WithContext(context))
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, source, tree); err != nil {
		return nil, err
	}
	page := &manualPage{Path: name, Title: name, Body: template.HTML(b.String())} // ours, and goldmark drops raw HTML
	m.pages[name] = page
	m.index(page, tree, source)
	return page, nil
}

// index adds the parts of a page to what is searched.
func (m *manual) index(page *manualPage, tree ast.Node, source []byte) {
	var part *manualPart
	end := func() {
		if part != nil {
			part.words = strings.ToLower(part.title + " " + part.plain)
			m.parts = append(m.parts, *part)
		}
	}
	for n := tree.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok {
			if part != nil {
				part.plain += plainText(n, source) + " "
			}
			continue
		}
		end()
		part = &manualPart{page: page, title: strings.TrimSpace(plainText(h, source))}
		if id, ok := h.AttributeString("id"); ok {
			part.anchor = string(id.([]byte))
		}
		if h.Level == 1 {
			page.Title, part.anchor = part.title, ""
		}
	}
	end()
}

// plainText is what a reader sees of a node, in one line.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			b.WriteByte(' ')
		case *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				b.Write(line.Value(source))
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

var docPath = parser.NewContextKey()

// docLinks turns links between the files of the repository into links between
// pages.
type docLinks struct{}

// Transform implements parser.ASTTransformer.
func (docLinks) Transform(tree *ast.Document, _ text.Reader, c parser.Context) {
	here, _ := c.Get(docPath).(string)
	ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = []byte(docAddress(here, string(n.Destination)))
		case *ast.Image:
			n.Destination = []byte(docAddress(here, string(n.Destination)))
		}
		return ast.WalkContinue, nil
	})
}

// docAddress is where a link of the page here leads.
func docAddress(here, to string) string {
	if to == "" || to[0] == '#' || to[0] == '/' || strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
		return to
	}
	file, anchor, found := strings.Cut(to, "#")
	file = path.Join("/docs", path.Dir(here), file)
	file = strings.TrimSuffix(file, ".md")
	if found {
		file += "#" + anchor
	}
	return file
}

// A foundPart is a result of a search.
type foundPart struct {
	Href   string `json:"href"`
	Page   string `json:"page"`
	Title  string `json:"title"`
	Around string `json:"around"`
}

// search returns the parts that hold every word, those with the words in their
// heading first.
func (m *manual) search(asked string) []foundPart {
	words := strings.Fields(strings.ToLower(asked))
	if len(words) == 0 || len(asked) > 200 {
		return nil
	}
	type scored struct {
		part  manualPart
		score int
	}
	var hits []scored
	for _, p := range m.parts {
		score := 0
		for _, w := range words {
			n := strings.Count(p.words, w)
			if n == 0 {
				score = -1
				break
			}
			score += min(n, 5)
			if strings.Contains(strings.ToLower(p.title), w) {
				score += 10
			}
		}
		if score > 0 {
			hits = append(hits, scored{p, score})
		}
	}
	slices.SortStableFunc(hits, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []foundPart
	for _, h := range hits[:min(len(hits), 30)] {
		href := "/docs/" + h.part.page.Path
		if h.part.anchor != "" {
			href += "#" + h.part.anchor
		}
		out = append(out, foundPart{href, h.part.page.Title, h.part.title, around(h.part.plain, words[0])})
	}
	return out
}

// around is the piece of text about the first place of word.
func around(text, word string) string {
	const side = 90
	at := max(strings.Index(strings.ToLower(text), word), 0)
	from, to := max(at-side, 0), min(at+side, len(text))
	piece := strings.ToValidUTF8(text[min(from, len(text)):to], "")
	if from > 0 {
		piece = "… " + piece
	}
	if to < len(text) {
		piece += " …"
	}
	return piece
}

// serveDocs answers /docs and what lies below. It needs no sign-in: nothing of
// the hospital is in it.
func (s *Site) serveDocs(w http.ResponseWriter, r *http.Request, name string) {
	name = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, "docs"), "/"), ".md")
	switch path.Ext(name) {
	case ".png", ".json":
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, docs.Files, name)
		return
	}
	m, err := readManual()
	if err != nil {
		s.say(w, r, http.StatusInternalServerError, "refuse.noManual", "")
		return
	}
	asked := strings.TrimSpace(r.URL.Query().Get("q"))
	page, ok := m.pages[cmp.Or(name, docsHome)]
	if name != "search" && !ok {
		s.say(w, r, http.StatusNotFound, "refuse.noManualPage", "")
		return
	}
	if name == "search" && strings.HasPrefix(r.Header.Get("Accept"), "application/json") { // the palette of the screens
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Vary", "Accept")
		json.NewEncoder(w).Encode(map[string]any{"items": slices.Concat([]foundPart{}, m.search(asked))})
		return
	}
	nonce := door.CallerOf(r.Context()).Nonce
	setPolicy(w.Header(), nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	s.in(r).pages.ExecuteTemplate(w, "docs.html", map[string]any{"Nonce": nonce, "Sections": m.sections, "Page": page, "Asked": asked, "Found": m.search(asked), "Search": name == "search"})
}
