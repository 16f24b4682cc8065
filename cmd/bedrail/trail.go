package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail"
	"bedrail/api"
	"bedrail/trail"
)

// A fhirExport says which entries are written as FHIR.
type fhirExport struct{ format, from, until, message, device string }

func (x *fhirExport) flags(c *cobra.Command) {
	c.Flags().StringVar(&x.format, "format", "", "jsonl, the whole record; or fhir, AuditEvent resources")
	c.Flags().StringVar(&x.from, "from", "", "with fhir: first `DAY` or time")
	c.Flags().StringVar(&x.until, "until", "", "with fhir: last `DAY` or time")
	c.Flags().StringVar(&x.message, "message", "", "with fhir: only entries about this message")
	c.Flags().StringVar(&x.device, "device", "", "with fhir: only entries about messages of this device")
}

func (x *fhirExport) query() (url.Values, error) {
	q := url.Values{"limit": {"500"}}
	for flag, text := range map[string]string{"from": x.from, "until": x.until} {
		at, err := dayOf(flag, text, flag == "until")
		if err != nil {
			return nil, err
		}
		if !at.IsZero() {
			q.Set(flag, at.UTC().Format(time.RFC3339))
		}
	}
	for name, id := range map[string]string{"message": x.message, "device": x.device} {
		if id != "" {
			q.Set(name, id)
		}
	}
	return q, nil
}

// exportEvents follows the pages and writes a resource a line.
func (e *environment) exportEvents(c *cobra.Command, x fhirExport) error {
	q, err := x.query()
	if err != nil {
		return err
	}
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	for {
		var page bytes.Buffer
		if err := conn.copy(ctx, call{method: http.MethodGet, path: "/audit/events", query: q}, &page); err != nil {
			return err
		}
		var b struct {
			Entry []struct{ Resource json.RawMessage }
			Link  []struct{ URL string }
		}
		if err := json.Unmarshal(page.Bytes(), &b); err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "the answer is no bundle: %w", err)
		}
		for _, one := range b.Entry {
			fmt.Fprintf(e.stdout, "%s\n", one.Resource)
		}
		if len(b.Link) == 0 {
			return nil
		}
		_, asked, _ := strings.Cut(b.Link[0].URL, "?")
		if q, err = url.ParseQuery(asked); err != nil {
			return err
		}
	}
}

func (e *environment) auditRepositories() *cobra.Command {
	return &cobra.Command{Use: "repositories", Short: "How far the audit repositories of the house have been told", Args: cobra.NoArgs,
		Long: "Repositories are targets of way syslog and format atna (bedrail target add). The record is their queue: what one did not take is sent again.",
		RunE: func(c *cobra.Command, _ []string) error {
			var r api.Repositories
			if err := e.fetch(c, "/audit/repositories", &r); err != nil {
				return err
			}
			return writeList(e, r.Items, []column[trail.Standing]{
				{"name", false, func(s trail.Standing) string { return s.Name }},
				{"told", false, func(s trail.Standing) string { return fmt.Sprint(s.Told) }},
				{"behind", false, func(s trail.Standing) string { return fmt.Sprint(s.Behind) }},
				{"lastError", false, func(s trail.Standing) string { return printable(s.LastError) }},
				{"nextTry", true, func(s trail.Standing) string { return when(s.NextTry) }},
			})
		}}
}
