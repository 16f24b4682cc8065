package main

import (
	"io"
	"net/http"
	"sync"
)

// inProcess carries requests to a handler in this process, as a stream in both
// directions, so that an export of any size needs no memory.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	body, out := io.Pipe()
	w := &pipedAnswer{header: make(http.Header), out: out, began: make(chan struct{})}
	go func() {
		p.handler.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		out.Close()
	}()
	select {
	case <-w.began:
	case <-r.Context().Done():
		body.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: w.status, Status: http.StatusText(w.status), Header: w.sent, Body: body, Request: r, ContentLength: -1}, nil
}

// A pipedAnswer is what the handler writes to.
type pipedAnswer struct {
	header http.Header
	out    *io.PipeWriter
	once   sync.Once
	began  chan struct{} // closed once status and sent are set
	status int
	sent   http.Header
}

func (w *pipedAnswer) Header() http.Header { return w.header }

func (w *pipedAnswer) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.began)
	})
}

func (w *pipedAnswer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.out.Write(b)
}

// Flush lets streams go through; there is no buffer here.
func (w *pipedAnswer) Flush() {}
