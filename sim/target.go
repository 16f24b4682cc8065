package sim

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/capture"
	"bedrail/traffic"
)

// A Target is the Bedrail that the hospital speaks to: through its capture
// door and its API, as any tap and any person would.
type Target struct {
	Capture      string // address of the capture door
	CaptureToken string
	URL          string // of the API, without a path
	Token        string
	Client       *http.Client
	// Say is told what happens, in words. It may be nil.
	Say func(text string)
}

func (t Target) ready() Target {
	if t.Client == nil {
		t.Client = http.DefaultClient
	}
	if t.Say == nil {
		t.Say = func(string) {}
	}
	return t
}

// TapName is how the tap of a site names itself.
func TapName(site string) string { return strings.ToLower(strings.ReplaceAll(site, " ", "-")) }

// each hands frames on one by one.
func each(frames []Frame) func(func(Frame) error) error {
	return func(take func(Frame) error) error {
		for _, f := range frames {
			if err := take(f); err != nil {
				return err
			}
		}
		return nil
	}
}

// merge puts frames into the order of their times.
func merge(lists ...[]Frame) []Frame {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b Frame) int { return a.Time.Compare(b.Time) })
	return all
}

// bringCapture uploads what frames hands on as a capture of a site, while it
// is being written.
func (t Target) bringCapture(ctx context.Context, site, name string, frames func(func(Frame) error) error) error {
	in, out := io.Pipe()
	go func() { out.CloseWithError(writeCapture(out, frames)) }()
	err := t.bringBody(ctx, "pcap", name, url.Values{"site": {site}}, in)
	in.Close() // the writer stops when the upload did
	return err
}

func writeCapture(out io.Writer, frames func(func(Frame) error) error) error {
	w, err := capture.NewWriter(out, traffic.LinkEthernet)
	if err != nil {
		return err
	}
	err = frames(func(f Frame) error {
		return w.Frame(&traffic.Frame{Data: f.Data, Length: len(f.Data), Nanos: f.Time.UnixNano(), Link: traffic.LinkEthernet})
	})
	return cmp.Or(err, w.Flush())
}

// bring uploads one file and waits until it is taken in.
func (t Target) bring(ctx context.Context, kind, name string, of url.Values, body []byte) error {
	return t.bringBody(ctx, kind, name, of, bytes.NewReader(body))
}

func (t Target) bringBody(ctx context.Context, kind, name string, of url.Values, body io.Reader) error {
	if of == nil {
		of = url.Values{}
	}
	of.Set("kind", kind)
	of.Set("name", name)
	var job struct {
		ID, State, Message string
		Errors             []struct{ Place, Text string }
	}
	if err := t.call(ctx, http.MethodPost, "/api/v1/imports?"+of.Encode(), body, &job); err != nil {
		return fmt.Errorf("importing %s: %w", name, err)
	}
	for job.State == "queued" || job.State == "running" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if err := t.call(ctx, http.MethodGet, "/api/v1/jobs/"+job.ID, nil, &job); err != nil {
			return fmt.Errorf("importing %s: %w", name, err)
		}
	}
	if job.State != "done" {
		return bedrail.Errorf(bedrail.Internal, "the import of %s ended as %s: %s %v", name, job.State, job.Message, job.Errors)
	}
	return nil
}

// send sends a value to an operation. into may be nil.
func (t Target) send(ctx context.Context, method, path string, body, into any) error {
	doc, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return t.do(ctx, method, path, "application/json", bytes.NewReader(doc), into)
}

func (t Target) call(ctx context.Context, method, path string, body io.Reader, into any) error {
	return t.do(ctx, method, path, "application/octet-stream", body, into)
}

func (t Target) do(ctx context.Context, method, path, kind string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, t.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+t.Token)
	req.Header.Set("Content-Type", kind)
	resp, err := t.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return bedrail.Errorf(bedrail.Internal, "%s %s answered %s: %s", method, path, resp.Status, bytes.TrimSpace(answer))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
