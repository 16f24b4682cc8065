package fhir

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"bedrail/format/jsondoc"
)

// What a narrative may hold (R4 2.4.0): the basic formatting of XHTML,
// without anything that acts or is fetched.
const (
	narrativeElements = " a abbr acronym address b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins del li ol p pre q s samp small span strong sub sup table tbody td tfoot th thead tr tt u ul var kbd strike font center dir "
	narrativeAttrs    = " title style class id lang dir accesskey tabindex href name rel rev hreflang charset type target src alt longdesc height width usemap ismap align valign border cellspacing cellpadding frame rules summary abbr axis headers scope rowspan colspan nowrap bgcolor span char charoff start value cite datetime compact clear noshade size color face shape coords "
)

// narrative checks the markup of a text for people.
func (c *check) narrative(n jsondoc.Node) {
	text := n.Text()
	if problem := narrativeProblem(text); problem != "" {
		c.report(Error, "invalid", "narrative", n, problem)
	} else {
		c.localLinks(n, text)
	}
}

// plainNarrative recognises the markup that most systems write, tags without
// attributes, which needs no XML reader to be seen right.
func plainNarrative(text string) bool {
	rest, ok := strings.CutPrefix(text, `<div xmlns="http://www.w3.org/1999/xhtml">`)
	if !ok {
		return false
	}
	var room [16]string
	open := append(room[:0], "div")
	content := false
	for len(open) > 0 {
		at := strings.IndexByte(rest, '<')
		if at < 0 || strings.IndexByte(rest[:at], '&') >= 0 {
			return false
		}
		content = content || strings.TrimSpace(rest[:at]) != ""
		end := strings.IndexByte(rest[at:], '>')
		if end < 2 {
			return false
		}
		tag := rest[at+1 : at+end]
		rest = rest[at+end+1:]
		switch {
		case tag[0] == '/':
			if open[len(open)-1] != tag[1:] {
				return false
			}
			open = open[:len(open)-1]
		case tag == "br/" || tag == "hr/":
		case plainElements[tag]:
			open = append(open, tag)
		default:
			return false
		}
	}
	return content && rest == ""
}

var plainElements = map[string]bool{"p": true, "b": true, "i": true, "div": true, "span": true, "table": true, "tbody": true, "thead": true, "tr": true, "td": true, "th": true, "ul": true, "ol": true, "li": true, "h1": true, "h2": true, "h3": true, "pre": true, "code": true}

func narrativeProblem(text string) string {
	if plainNarrative(text) {
		return ""
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	depth, content, roots := 0, false, 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Sprintf("the narrative is no well-formed XHTML: %v", err)
		}
		switch t := t.(type) {
		case xml.Directive:
			return "the narrative must not hold a document type declaration"
		case xml.StartElement:
			if depth == 0 {
				roots++
				if t.Name.Local != "div" || t.Name.Space != xhtmlNamespace {
					return `the narrative must be one <div xmlns="http://www.w3.org/1999/xhtml">`
				}
			}
			depth++
			if problem := forbidden(t); problem != "" {
				return problem
			}
			content = content || t.Name.Local == "img"
		case xml.EndElement:
			depth--
		case xml.CharData:
			if blank := strings.TrimSpace(string(t)) == ""; !blank && depth == 0 {
				return "text stands outside of the narrative's <div>"
			} else if !blank {
				content = true
			}
		}
	}
	switch {
	case roots != 1:
		return `the narrative must be one <div xmlns="http://www.w3.org/1999/xhtml">`
	case !content:
		return "the narrative is empty: it must hold some text or an image (rule txt-2)"
	}
	return ""
}

func forbidden(t xml.StartElement) string {
	if !strings.Contains(narrativeElements, " "+t.Name.Local+" ") {
		return fmt.Sprintf("the narrative must not hold <%s> (rule txt-1)", t.Name.Local)
	}
	for _, a := range t.Attr {
		name := a.Name.Local
		if name == "xmlns" || a.Name.Space == "xmlns" || a.Name.Space == "xml" || strings.Contains(a.Name.Space, "XML/1998") {
			continue
		}
		if !strings.Contains(narrativeAttrs, " "+name+" ") {
			return fmt.Sprintf("the narrative must not hold the attribute %s at <%s> (rule txt-1)", name, t.Name.Local)
		}
		if (name == "href" || name == "src") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Value)), "javascript:") {
			return "the narrative must not hold scripts (rule txt-1)"
		}
	}
	return ""
}

// strictText refuses text that looks like markup, where a browser might be
// led to run it.
func (c *check) strictText(n jsondoc.Node, typ string) {
	if typ != "string" && typ != "markdown" && typ != "code" || n.Kind() != jsondoc.String {
		return
	}
	text := n.Text()
	for i := strings.IndexByte(text, '<'); i >= 0 && i+1 < len(text); {
		ch := text[i+1] | 0x20
		if (ch >= 'a' && ch <= 'z' || text[i+1] == '/') && strings.IndexByte(text[i:], '>') > 0 {
			c.report(Error, "invalid", "markup", n, "the text holds what looks like HTML")
			return
		}
		next := strings.IndexByte(text[i+1:], '<')
		if next < 0 {
			return
		}
		i += 1 + next
	}
}
