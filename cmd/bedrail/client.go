package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail"
	"bedrail/server"
)

// A client asks one Bedrail: a running one over HTTP, or the data folder
// itself through the same operations in this process.
type client struct {
	base  string
	token string
	http  *http.Client
	close func() error
}

// connect returns the client that the flags ask for.
func (e *environment) connect(ctx context.Context) (*client, error) {
	if e.conn != nil {
		return e.conn, nil
	}
	var err error
	if e.server != "" {
		e.conn, err = e.dial()
	} else {
		e.conn, err = e.openLocal(ctx)
	}
	return e.conn, err
}

func (e *environment) disconnect() error {
	if e.conn == nil || e.conn.close == nil {
		return nil
	}
	return e.conn.close()
}

func (e *environment) dial() (*client, error) {
	u, err := url.Parse(e.server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usage("--server %q is no address of the form https://host:port", e.server)
	}
	c := &client{base: strings.TrimSuffix(e.server, "/"), http: &http.Client{Timeout: e.timeout}}
	if e.tokenFile != "" {
		raw, err := os.ReadFile(e.tokenFile)
		if err != nil {
			return nil, usage("--token-file: %v", err)
		}
		c.token = strings.TrimSpace(string(raw))
	}
	if e.caFile != "" {
		raw, err := os.ReadFile(e.caFile)
		if err != nil {
			return nil, usage("--ca-file: %v", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(raw) {
			return nil, usage("--ca-file %s holds no certificate", e.caFile)
		}
		c.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	}
	return c, nil
}

// openLocal opens the data folder of the configuration. Whoever may read its
// files may do everything: the act is recorded in their name.
func (e *environment) openLocal(ctx context.Context) (*client, error) {
	cfg, err := server.Load(server.Sources{File: e.config})
	if err != nil {
		return nil, err
	}
	local, err := server.OpenLocal(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &client{base: "http://local", http: &http.Client{Transport: inProcess{local.Handler}}, close: local.Close}, nil
}

// A call is one request.
type call struct {
	method  string
	path    string // below /api/v1
	query   url.Values
	body    any       // sent as JSON
	stream  io.Reader // or sent as it is
	size    int64     // of stream, when known
	ifMatch int64     // version, when not 0
	kind    string    // of body, when it is not plain JSON
	header  http.Header
}

// do sends c and reads the answer into out, when out is not nil. An answer
// that is a problem becomes an error of its kind.
func (c *client) do(ctx context.Context, r call, out any) error {
	res, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, res.Body)
		return err
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", c.base, err)
	}
	return nil
}

// copy sends r and writes the answer to w as it comes.
func (c *client) copy(ctx context.Context, r call, w io.Writer) error {
	res, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(w, res.Body)
	return err
}

// save writes what r answers to a new file, or to standard output for "-". What
// breaks off leaves no file.
func (e *environment) save(c *cobra.Command, r call, path string) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	if path == "-" {
		return conn.copy(ctx, r, e.stdout)
	}
	res, err := conn.send(ctx, r) // before the file is made: a refusal makes none
	if err != nil {
		return err
	}
	defer res.Body.Close()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return usage("%v", err)
	}
	_, err = io.Copy(f, res.Body)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

func (c *client) send(ctx context.Context, r call) (*http.Response, error) {
	req, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, bedrail.Errorf(bedrail.Unavailable, "%s does not answer: %w", c.base, errors.Unwrap(err))
	}
	if res.StatusCode >= 300 {
		defer res.Body.Close()
		return nil, problemError(res)
	}
	return res, nil
}

func (c *client) request(ctx context.Context, r call) (*http.Request, error) {
	target := c.base + "/api/v1" + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	body := r.stream
	if r.body != nil {
		raw, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, err
	}
	if r.stream != nil {
		req.ContentLength = r.size
		if r.size == 0 {
			req.ContentLength = -1
		}
		req.Header.Set("Content-Type", "application/octet-stream")
	} else if r.body != nil {
		req.Header.Set("Content-Type", cmp.Or(r.kind, "application/json"))
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	if r.ifMatch != 0 {
		req.Header.Set("If-Match", strconv.Quote(strconv.FormatInt(r.ifMatch, 10)))
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req, nil
}

// problemError reads the problem in res as an error of its kind.
func problemError(res *http.Response) error {
	var p struct {
		Detail  string `json:"detail"`
		TraceID string `json:"traceId"`
	}
	raw, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if json.Unmarshal(raw, &p) != nil || p.Detail == "" {
		p.Detail = "the server answered " + res.Status
	}
	kind := bedrail.Internal
	switch s := res.StatusCode; {
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		kind = bedrail.Denied
	case s == http.StatusNotFound:
		kind = bedrail.NotFound
	case s == http.StatusConflict, s == http.StatusPreconditionFailed, s == http.StatusPreconditionRequired:
		kind = bedrail.Conflict
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		kind = bedrail.Unavailable
	case s < 500:
		kind = bedrail.Invalid
	}
	if kind == bedrail.Internal && p.TraceID != "" {
		p.Detail += " (trace " + p.TraceID + ")"
	}
	return bedrail.Errorf(kind, "%s", p.Detail)
}

// fetchWhole reads a list that has no pages.
func fetchWhole[T any](ctx context.Context, e *environment, path string, params url.Values) ([]T, error) {
	if e.filter != "" {
		return nil, bedrail.Errorf(bedrail.Invalid, "this list is short and takes no --filter")
	}
	c, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	var whole struct {
		Items []T `json:"items"`
	}
	if err := c.do(ctx, call{method: http.MethodGet, path: path, query: params}, &whole); err != nil {
		return nil, err
	}
	if e.limit > 0 && len(whole.Items) > e.limit {
		whole.Items = whole.Items[:e.limit]
	}
	return whole.Items, nil
}

// fetchList reads the rows of a list, page by page, as far as --limit says.
func fetchList[T any](ctx context.Context, e *environment, path string, params url.Values) ([]T, error) {
	c, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	q := url.Values{}
	for k, v := range params {
		q[k] = v
	}
	if e.filter != "" {
		q.Set("filter", e.filter)
	}
	rows := []T{}
	for {
		size := 500
		if e.limit > 0 {
			size = min(size, e.limit-len(rows))
		}
		q.Set("limit", strconv.Itoa(size))
		var page struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"nextCursor"`
		}
		if err := c.do(ctx, call{method: http.MethodGet, path: path, query: q}, &page); err != nil {
			return nil, err
		}
		rows = append(rows, page.Items...)
		if page.NextCursor == "" || e.limit > 0 && len(rows) >= e.limit {
			return rows, nil
		}
		q.Set("cursor", page.NextCursor)
	}
}
