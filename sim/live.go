package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

const (
	breath   = 200 * time.Millisecond // between two utterances while it runs
	lateness = 2 * time.Minute        // after which the advisory that was held back is published
	lateFile = "icsma-22-251-01.json"
)

// Live brings the hospital to t and keeps it alive until ctx ends: the
// morning's frames and the records first, then a device speaks every fifth of
// a second, and after two minutes an advisory arrives that nobody knew.
func (h *Hospital) Live(ctx context.Context, t Target) error {
	if t.Client == nil {
		t.Client = http.DefaultClient
	}
	if t.Say == nil {
		t.Say = func(string) {}
	}
	tap, err := capture.Dial(ctx, t.Capture, t.CaptureToken, "demo", nil, traffic.LinkEthernet)
	if err != nil {
		return err
	}
	defer tap.Close()
	if err := send(tap, h.Morning(time.Now())); err != nil {
		return err
	}
	if err := h.deliver(ctx, t); err != nil {
		return err
	}
	t.Say("the demonstration hospital is complete")
	return h.day(ctx, t, tap)
}

// day lets devices speak until ctx ends.
func (h *Hospital) day(ctx context.Context, t Target, tap *capture.Sender) error {
	tick := time.NewTicker(breath)
	defer tick.Stop()
	late := time.After(lateness)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-late:
			advisory, err := Advisory(lateFile)
			if err != nil {
				return err
			}
			if err := t.bring(ctx, "feed", lateFile, nil, advisory); err != nil {
				return err
			}
			t.Say("a new advisory has arrived: " + lateFile)
		case at := <-tick.C:
			if err := send(tap, h.Speak(h.Anyone(), at)); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
		}
	}
}

func send(tap *capture.Sender, frames []Frame) error {
	for _, f := range frames {
		frame := traffic.Frame{Data: f.Data, Length: len(f.Data), Nanos: f.Time.UnixNano(), Link: traffic.LinkEthernet}
		if err := tap.Frame(&frame); err != nil {
			return err
		}
	}
	return tap.Flush()
}

// deliver brings the hospital's records: inventory, feeds, bills.
func (h *Hospital) deliver(ctx context.Context, t Target) error {
	cmms, err := h.CMMS()
	if err != nil {
		return err
	}
	if err := t.bring(ctx, "cmms", "inventory.csv", nil, cmms); err != nil {
		return err
	}
	feeds, err := Feeds(lateFile)
	if err != nil {
		return err
	}
	if err := t.bring(ctx, "feed", "feeds.zip", nil, feeds); err != nil {
		return err
	}
	bills, err := h.Bills()
	if err != nil {
		return err
	}
	for _, b := range bills {
		of := url.Values{"manufacturer": {b.Manufacturer}, "model": {b.Model}, "version": {b.Version}}
		if err := t.bring(ctx, "sbom", b.Model+" "+b.Version+".cdx.json", of, b.CycloneDX); err != nil {
			return err
		}
	}
	return nil
}

// bring uploads one file and waits until it is taken in.
func (t Target) bring(ctx context.Context, kind, name string, of url.Values, body []byte) error {
	if of == nil {
		of = url.Values{}
	}
	of.Set("kind", kind)
	of.Set("name", name)
	var job struct {
		ID, State, Message string
		Errors             []struct{ Place, Text string }
	}
	if err := t.call(ctx, http.MethodPost, "/api/v1/imports?"+of.Encode(), bytes.NewReader(body), &job); err != nil {
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

func (t Target) call(ctx context.Context, method, path string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, t.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+t.Token)
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := t.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return bedrail.Errorf(bedrail.Internal, "%s %s answered %s: %s", method, path, resp.Status, bytes.TrimSpace(answer))
	}
	return json.Unmarshal(answer, into)
}
