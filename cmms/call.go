package cmms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bedrail"
)

// A Call is one REST call of the maintenance system, with places for what a
// message says. A place is a path in braces: {device.assetTag}. A text that is
// one place alone takes over the value as it is.
type Call struct {
	Method string          `json:"method,omitempty"` // PATCH for corrections, POST for work orders
	Path   string          `json:"path"`             // below url: /assets/{device.assetTag}
	Body   json.RawMessage `json:"body"`             // any JSON; places also in the names of members
	// Fields are the names that the receiver gives to what can be corrected.
	// {target} is the one of this message; a field that is not named here is
	// not sent, and its message goes to the dead letters with that reason.
	Fields map[string]string `json:"fields,omitempty"`
}

// maxCall bounds the body of a call's settings.
const maxCall = 64 << 10

var placeholder = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9.]*)\}`)

func (c *Call) check(usual string) error {
	if c.Method == "" {
		c.Method = usual
	}
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, c.Method) {
		return bedrail.Errorf(bedrail.Invalid, "method is %q; it is POST, PUT or PATCH", c.Method).At("method")
	}
	if !strings.HasPrefix(c.Path, "/") {
		return bedrail.Errorf(bedrail.Invalid, "path is %q; it begins with a slash and is added to url", c.Path).At("path")
	}
	if len(c.Body) == 0 || len(c.Body) > maxCall || !json.Valid(c.Body) {
		return bedrail.Errorf(bedrail.Invalid, "body is what is sent, a JSON document with places such as {value}").At("body")
	}
	for _, place := range placeholder.FindAllStringSubmatch(c.Path+" "+string(c.Body), -1) {
		if !slices.Contains(places, place[1]) {
			return bedrail.Errorf(bedrail.Invalid, "there is no place {%s}; there are %s", place[1], strings.Join(places, ", ")).At("body")
		}
	}
	return nil
}

// places are what a message can fill in.
var places = []string{"kind", "key", "field", "target", "listSays", "value", "status", "source", "evidence", "summary", "text", "priority",
	"device.id", "device.name", "device.assetTag", "device.serialNumber", "device.class", "device.manufacturer", "device.model", "device.softwareVersion",
	"device.site", "device.unit", "device.room", "device.bed"}

// A letter is a message as the places see it.
type letter map[string]any

func readLetter(body []byte) (letter, error) {
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("the message is no JSON object")
	}
	l := letter{}
	for k, v := range m {
		if inner, ok := v.(map[string]any); ok {
			for name, x := range inner {
				l[k+"."+name] = x
			}
			continue
		}
		l[k] = v
	}
	return l, nil
}

func (l letter) text(place string) string {
	switch v := l[place].(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// fill makes the call of a message. An error says why this message cannot be
// made into one: it will not get better by trying again.
func (c Call) fill(l letter) (path string, body []byte, err error) {
	if len(c.Fields) > 0 {
		field := l.text("field")
		target, ok := c.Fields[field]
		if !ok {
			return "", nil, fmt.Errorf("the field %s has no name in fields", field)
		}
		l["target"] = target
	}
	var empty []string
	path = placeholder.ReplaceAllStringFunc(c.Path, func(m string) string {
		text := l.text(m[1 : len(m)-1])
		if text == "" {
			empty = append(empty, m)
		}
		return url.PathEscape(text)
	})
	if empty != nil {
		return "", nil, fmt.Errorf("the address needs %s, which the message does not have", strings.Join(empty, ", "))
	}
	var doc any
	if err := json.Unmarshal(c.Body, &doc); err != nil {
		return "", nil, err
	}
	body, err = json.Marshal(l.into(doc))
	return path, body, err
}

// into fills the places of a document.
func (l letter) into(v any) any {
	switch v := v.(type) {
	case string:
		if m := placeholder.FindStringSubmatch(v); m != nil && m[0] == v {
			if value, ok := l[m[1]]; ok {
				return value
			}
			return ""
		}
		return placeholder.ReplaceAllStringFunc(v, func(m string) string { return l.text(m[1 : len(m)-1]) })
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = l.into(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[placeholder.ReplaceAllStringFunc(k, func(m string) string { return l.text(m[1 : len(m)-1]) })] = l.into(x)
		}
		return out
	}
	return v
}
