package spdx

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"bedrail/format/jsonread"
)

// MaxYAML is the largest document in YAML: it is held whole, unlike the other
// forms.
const MaxYAML = 32 << 20

// yamlLooks is how a document in YAML begins, whichever key comes first: keys
// of SPDX's JSON stand at the start of a line.
var yamlLooks = regexp.MustCompile(`(?m)^["']?(spdxVersion|documentNamespace|creationInfo|dataLicense)["']?:[ \r\n]`)

func looksYAML(head []byte) bool { return yamlLooks.Match(head) }

// readYAML reads the 2.x line in YAML, which is its JSON in other clothes (SPDX
// 2.3, clause 4.4): it is turned into JSON and read as such.
func readYAML(src io.Reader) (Document, error) {
	body, err := io.ReadAll(io.LimitReader(src, MaxYAML+1))
	if err != nil {
		return Document{}, err
	}
	if len(body) > MaxYAML {
		return Document{}, &jsonread.Error{Path: "$", Offset: MaxYAML, Text: fmt.Sprintf("a bill in YAML of more than %d MiB; send it as JSON", MaxYAML>>20)}
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(body, &tree); err != nil {
		return Document{}, yamlError(err)
	}
	var out bytes.Buffer
	// Without aliases no document has more nodes than bytes, or grows when written anew.
	w := yamlWriter{out: bufio.NewWriter(&out), left: len(body) + 1<<10, bytes: 4*len(body) + 1<<16}
	if err := w.node(&tree, 0); err != nil {
		return Document{}, err
	}
	if err := w.out.Flush(); err != nil {
		return Document{}, err
	}
	r := jsonread.New(&out, jsonread.Limits{Bytes: MaxBytes, Depth: MaxDepth})
	d, err := readJSON(r)
	if err == nil && strings.HasPrefix(d.Version, "3.") {
		err = &jsonread.Error{Path: "$.spdxVersion", Text: "SPDX 3 is written as JSON-LD, not as YAML"}
	}
	return d, err
}

// yamlError gives a fault of the YAML reader its place.
func yamlError(err error) error {
	text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: ")
	place, rest, ok := strings.Cut(text, ": ")
	if !ok || !strings.HasPrefix(place, "line ") {
		place, rest = "$", text
	}
	return &jsonread.Error{Path: place, Text: rest}
}

// A yamlWriter writes a tree of YAML as JSON. What an alias repeats is counted
// each time, so that a small document cannot grow without end.
type yamlWriter struct {
	out   *bufio.Writer
	left  int // nodes that may still be written
	bytes int // of texts that may still be written
}

func (w *yamlWriter) node(n *yaml.Node, depth int) error {
	if w.left--; w.left < 0 || depth > MaxDepth {
		return &jsonread.Error{Path: fmt.Sprintf("line %d", n.Line), Text: "the document grows without end, or is nested too deeply"}
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 1 {
			return w.node(n.Content[0], depth)
		}
	case yaml.AliasNode:
		return w.node(n.Alias, depth+1)
	case yaml.MappingNode:
		return w.list(n, '{', '}', depth)
	case yaml.SequenceNode:
		return w.list(n, '[', ']', depth)
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			_, err := w.out.WriteString("null")
			return err
		}
		return w.text(n.Value) // every value that is read is a text
	}
	_, err := w.out.WriteString("null")
	return err
}

func (w *yamlWriter) list(n *yaml.Node, open, shut byte, depth int) error {
	w.out.WriteByte(open)
	for i, c := range n.Content {
		key := open == '{' && i%2 == 0
		switch {
		case open == '{' && !key:
			w.out.WriteByte(':')
		case i > 0:
			w.out.WriteByte(',')
		}
		var err error
		if key {
			err = w.text(c.Value)
		} else {
			err = w.node(c, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return w.out.WriteByte(shut)
}

func (w *yamlWriter) text(s string) error {
	quoted, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if w.bytes -= len(quoted); w.bytes < 0 {
		return &jsonread.Error{Path: "$", Text: "the document grows without end"}
	}
	_, err = w.out.Write(quoted)
	return err
}
