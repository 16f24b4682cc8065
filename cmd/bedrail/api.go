package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// wholeAnswer is how much of an answer is held to be written in another form.
// What is longer goes through as it came.
const wholeAnswer = 64 << 20

// longestBody is how much JSON is read to be sent; no operation takes more.
const longestBody = 64 << 20

// apiCommand calls any operation by its address, so that what the screens do
// is within reach of a script even where it has no command of its own.
func (e *environment) apiCommand() *cobra.Command {
	var data string
	var given []string
	c := &cobra.Command{Use: "api METHOD PATH", Short: "Call any operation of the API by its address", Args: cobra.ExactArgs(2),
		Long: "PATH is what bedrail openapi and the manual list, with or without /api/v1 before it. The answer is printed as it is: JSON indented,\n" +
			"or as -o yaml or -o ndjson (a line for each item of a list); a file or a stream as its bytes. --filter and --limit go into the\n" +
			"question where the operation takes them. -v prints the status and the version, which a change wants back as --field If-Match=VERSION.",
		Example: "  bedrail api GET '/api/v1/devices?limit=5' -o ndjson\n  bedrail api GET /devices/facets --field fields=class,unit\n" +
			"  bedrail api POST /views --data '{\"list\": \"devices\", \"name\": \"Pumps\", \"search\": \"?filter=class:infusion-pump\"}'\n" +
			"  bedrail api POST '/imports?kind=cmms&name=list.csv' --data @list.csv",
		RunE: func(c *cobra.Command, args []string) error {
			all, err := describeAPI()
			if err != nil {
				return err
			}
			r, err := e.addressed(all, args[0], args[1], data, given)
			if err != nil {
				return err
			}
			if f, ok := r.stream.(io.Closer); ok {
				defer f.Close()
			}
			return e.callAddressed(c, r)
		}}
	c.Flags().StringVar(&data, "data", "", "`JSON` to send, or @FILE, or - for standard input")
	c.Flags().StringArrayVar(&given, "field", nil, "`NAME=VALUE` of a parameter, of a header or of the body; may be repeated")
	c.ValidArgsFunction = offerOperations
	return c
}

// addressed makes the call that the arguments describe.
func (e *environment) addressed(all description, method, address, data string, given []string) (r call, err error) {
	r.method = strings.ToUpper(method)
	if !knownMethod(r.method) {
		return r, usage("%s is no method; they are GET, POST, PUT, PATCH and DELETE", method)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return r, usage("%q is no path of the API; write it as /api/v1/devices, and the server as --server", address)
	}
	path := "/" + strings.TrimPrefix(u.EscapedPath(), "/")
	if !strings.HasPrefix(path, apiBase+"/") {
		path = apiBase + path
	}
	op, err := all.find(r.method, path)
	if err != nil {
		return r, err
	}
	if r.query, err = url.ParseQuery(u.RawQuery); err != nil {
		return r, usage("%q: %v", address, err)
	}
	r.path, r.header = strings.TrimPrefix(path, apiBase), http.Header{}
	for name, v := range map[string]string{"filter": e.filter, "limit": orNothing(e.limit)} {
		if v != "" {
			given = append(given, name+"="+v)
		}
	}
	body, err := all.fill(op, given, &r)
	if err != nil {
		return r, err
	}
	return r, e.addBody(all, op, data, body, &r)
}

func orNothing(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// fill puts each NAME=VALUE where the operation takes it. What belongs into
// the body is returned.
func (d description) fill(op operation, given []string, r *call) (map[string]any, error) {
	_, fields := d.body(op)
	body := map[string]any{}
	for _, g := range given {
		name, value, ok := strings.Cut(g, "=")
		if !ok {
			return nil, usage("--field %s: write it as NAME=VALUE", g)
		}
		field, inBody := fields[name]
		switch where := op.parameter(name); {
		case where == "query":
			r.query.Add(name, value)
		case where == "header":
			r.header.Set(name, headerValue(name, value))
		case inBody:
			v, err := field.value(value)
			if err != nil {
				return nil, usage("--field %s: %v", name, err)
			}
			if list, ok := v.([]any); ok && body[name] != nil {
				v = append(body[name].([]any), list...)
			}
			body[name] = v
		default:
			return nil, usage("%s %s takes no %s; it takes %s", op.method, op.path, name, orNone(d.takes(op)))
		}
	}
	return body, nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// headerValue writes a bare version as the entity tag that it stands for.
func headerValue(name, value string) string {
	if _, err := strconv.ParseInt(value, 10, 64); err == nil && strings.EqualFold(name, "If-Match") {
		return strconv.Quote(value)
	}
	return value
}

// value reads text as the schema has it: text stays text, a list takes one
// item or a JSON array, everything else is JSON.
func (s schema) value(text string) (any, error) {
	if s.is("string") {
		return text, nil
	}
	var v any
	err := json.Unmarshal([]byte(text), &v)
	if s.is("array") {
		if list, ok := v.([]any); ok && err == nil {
			return list, nil
		}
		if err != nil {
			v = text
		}
		return []any{v}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%q is not what it takes, which is JSON", text)
	}
	return v, nil
}

// addBody gives r what is sent: fields, JSON, or the bytes of a file.
func (e *environment) addBody(all description, op operation, data string, fields map[string]any, r *call) error {
	kind, _ := all.body(op)
	switch {
	case data != "" && len(fields) > 0:
		return usage("--data is the whole body; a --field beside it can only be a parameter")
	case kind == "" && data != "":
		return usage("%s %s takes no body", op.method, op.path)
	case kind == "":
		return nil
	case !strings.Contains(kind, "json"):
		return e.addFile(op, data, r)
	case data == "" && len(fields) == 0:
		return nil
	case data == "":
		r.body, r.kind = fields, kind
		return nil
	}
	raw, err := e.readData(data)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, new(any)); err != nil {
		return usage("--data is no JSON: %v", placed(err))
	}
	r.body, r.kind = json.RawMessage(raw), kind
	return nil
}

// placed adds to an error of JSON where it is.
func placed(err error) error {
	var at *json.SyntaxError
	if errors.As(err, &at) {
		return fmt.Errorf("byte %d: %w", at.Offset, err)
	}
	return err
}

func (e *environment) addFile(op operation, data string, r *call) error {
	name, named := strings.CutPrefix(data, "@")
	switch {
	case data == "-" || data == "@-":
		r.stream = io.NopCloser(e.stdin)
		return nil
	case !named:
		return usage("%s %s takes a file: --data @FILE, or - for standard input", op.method, op.path)
	}
	f, err := os.Open(name)
	if err != nil {
		return usage("--data: %v", err)
	}
	if info, err := f.Stat(); err == nil {
		r.size = info.Size()
	}
	r.stream = f
	return nil
}

func (e *environment) readData(data string) ([]byte, error) {
	name, named := strings.CutPrefix(data, "@")
	in := e.stdin
	switch {
	case data == "-" || data == "@-":
	case named:
		f, err := os.Open(name)
		if err != nil {
			return nil, usage("--data: %v", err)
		}
		defer f.Close()
		in = f
	default:
		return []byte(data), nil
	}
	raw, err := io.ReadAll(io.LimitReader(in, longestBody+1))
	if err == nil && len(raw) > longestBody {
		err = usage("--data is longer than %d MiB", longestBody>>20)
	}
	return raw, err
}

// callAddressed sends r and prints what comes back.
func (e *environment) callAddressed(c *cobra.Command, r call) error {
	if e.output == "csv" || e.columns != "" {
		return usage("an answer of the API has no columns; take -o json, ndjson or yaml")
	}
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	res, err := conn.send(ctx, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if e.verbose {
		e.say("%d %s, version %s", res.StatusCode, http.StatusText(res.StatusCode), orDash(strings.Trim(res.Header.Get("ETag"), `"`)))
	}
	if err := e.printAnswer(res); err != nil {
		return err
	}
	return ctx.Err() // a stream that was cut off is no whole answer
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (e *environment) printAnswer(res *http.Response) error {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		if isTerminal(e.stdout) && !strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "json") && kind != "" {
			return usage("the answer is a file (%s); send it to one: > FILE", kind)
		}
		_, err := io.Copy(e.stdout, res.Body)
		return untilCancelled(err)
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, wholeAnswer))
	if err != nil {
		return untilCancelled(err)
	}
	if len(raw) == wholeAnswer {
		if e.output == "yaml" || e.output == "ndjson" {
			return exitWith(exitFailed, "the answer is longer than %d MiB; take -o json, or pages by --limit", wholeAnswer>>20)
		}
		_, err := io.Copy(e.stdout, io.MultiReader(bytes.NewReader(raw), res.Body))
		return untilCancelled(err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	return e.printJSON(raw)
}

// untilCancelled leaves it to the context to say why an answer broke off.
func untilCancelled(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// printJSON prints an answer with its fields in the order in which they came.
func (e *environment) printJSON(raw []byte) error {
	var out bytes.Buffer
	switch e.output {
	case "yaml":
		return writeYAML(e.stdout, json.RawMessage(raw))
	case "ndjson":
		for _, item := range items(raw) {
			if err := json.Compact(&out, item); err != nil {
				return err
			}
			out.WriteByte('\n')
		}
	default:
		if err := json.Indent(&out, bytes.TrimSpace(raw), "", "  "); err != nil {
			return err
		}
		out.WriteByte('\n')
	}
	_, err := out.WriteTo(e.stdout)
	return err
}

// items are those of a list, or the one thing that is no list.
func items(raw []byte) []json.RawMessage {
	var list struct {
		Items *[]json.RawMessage `json:"items"`
	}
	if json.Unmarshal(raw, &list) == nil && list.Items != nil {
		return *list.Items
	}
	return []json.RawMessage{raw}
}

// offerOperations completes methods, and then the addresses that take one.
func offerOperations(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	all, err := describeAPI()
	if err != nil || len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var found []string
	for _, op := range all.operations {
		word := op.method
		if len(args) == 1 {
			if op.method != strings.ToUpper(args[0]) {
				continue
			}
			word = op.path
		}
		if strings.HasPrefix(word, begun) {
			found = append(found, word)
		}
	}
	slices.Sort(found)
	return slices.Compact(found), cobra.ShellCompDirectiveNoFileComp
}
