package fhir

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // Attachment.hash is SHA-1 by the standard
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"bedrail/format/jsondoc"
)

// attachment: what is stated of inline data must be true of them; URLs of
// examples do not belong into real data.
func (c *check) attachment(n jsondoc.Node) {
	if u := n.Get("url"); c.v.Strict && u.Kind() == jsondoc.String && exampleURL(u.Text()) {
		c.enter("url", "", -1)
		c.report(Error, "invalid", "example-url", u, "a URL of example.org must not stand in real data")
		c.leave()
	}
	data, size, hash := n.Get("data"), n.Get("size"), n.Get("hash")
	if data.Kind() != jsondoc.String || !size.Exists() && !hash.Exists() {
		return
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data.Text()), ""))
	if err != nil {
		return // told where the data stand
	}
	if size.Exists() && size.Text() != strconv.Itoa(len(b)) {
		c.report(Error, "value", "attachment-size", n, fmt.Sprintf("the attachment states %s bytes, its data have %d", quoted(size.Text()), len(b)))
	}
	sum := sha1.Sum(b) //nolint:gosec // as above: no protection, only a check of what is stated
	if stated, err := base64.StdEncoding.DecodeString(hash.Text()); hash.Exists() && (err != nil || !bytes.Equal(stated, sum[:])) {
		c.report(Error, "value", "attachment-hash", n, "the hash is not that of the data; it must be their SHA-1 in base64")
	}
}

// identifier: a value whose system says that it is a URI is one (R4
// Identifier.system).
func (c *check) identifier(n jsondoc.Node) {
	v := n.Get("value")
	if !n.Get("system").TextIs("urn:ietf:rfc:3986") || v.Kind() != jsondoc.String {
		return
	}
	if scheme, _, ok := strings.Cut(v.Text(), ":"); !ok || scheme == "" || strings.ContainsAny(scheme, " /.") {
		c.report(Error, "invalid", "identifier-uri", n, `where the system is "urn:ietf:rfc:3986", the value must be a whole URI such as "urn:oid:1.2.3"`)
	}
}

// elementID: ids of elements stand once in their resource (R4 Element.id).
func (c *check) elementID(n jsondoc.Node) {
	top := &c.scopes[len(c.scopes)-1]
	if top.ids == nil {
		top.ids = map[string]bool{}
	}
	id := n.Text()
	if top.ids[id] {
		last := c.path[len(c.path)-1]
		c.path = c.path[:len(c.path)-1]
		c.report(Error, "business-rule", "element-id", n, fmt.Sprintf("the id %s stands at two elements of the resource", quoted(id)))
		c.path = append(c.path, last)
	}
	top.ids[id] = true
}

// odd tells of text that is allowed by its letter but hides something.
func odd(b []byte) string {
	blank := len(b) > 0
	for _, ch := range b {
		if ch > ' ' {
			blank = false
		}
		if ch < ' ' && ch != '\t' && ch != '\n' && ch != '\r' {
			return "the text holds a control character"
		}
	}
	if blank {
		return "the text holds nothing but blanks"
	}
	return ""
}

// localLinks: links within a narrative lead somewhere.
func (c *check) localLinks(n jsondoc.Node, text string) {
	for rest := text; ; {
		i := strings.Index(rest, `href="#`)
		if i < 0 {
			return
		}
		rest = rest[i+7:]
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			return
		}
		name := rest[:end]
		if name != "" && !strings.Contains(text, `id="`+name+`"`) && !strings.Contains(text, `name="`+name+`"`) && !bytes.Contains(c.source, []byte(`"`+name+`"`)) {
			c.report(Error, "invalid", "narrative-link", n, fmt.Sprintf("the link to %s leads nowhere: nothing here has that id", quoted("#"+name)))
		}
	}
}
