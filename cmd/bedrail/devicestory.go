package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/asset"
	"bedrail/vuln"
)

// wholeCommand prints a short list, which has no pages. Where path has a %s it
// belongs to the one thing that is named.
func wholeCommand[T any](e *environment, use, short, path string, columns []column[T]) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(strings.Count(path, "%s")), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		of := path
		for _, a := range args {
			of = strings.Replace(of, "%s", url.PathEscape(a), 1)
		}
		rows, err := fetchWhole[T](ctx, e, of, nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, columns)
	}}
}

func (e *environment) deviceTimeline() *cobra.Command {
	return wholeCommand(e, "timeline ID", "What happened to a device, newest first", "/devices/%s/timeline", []column[asset.Event]{
		{"at", false, func(v asset.Event) string { return when(v.At) }},
		{"kind", false, func(v asset.Event) string { return v.Kind }},
		{"text", false, func(v asset.Event) string { return v.Text }},
		{"by", false, func(v asset.Event) string { return v.By }},
	})
}

func (e *environment) deviceConversations() *cobra.Command {
	return wholeCommand(e, "conversations ID", "With whom a device spoke within 30 days", "/devices/%s/conversations", []column[asset.Talk]{
		{"peer", false, func(t asset.Talk) string { return strings.TrimSpace(t.Peer.Address + " " + t.Peer.Name) }},
		{"direction", false, func(t asset.Talk) string { return t.Direction }},
		{"service", false, func(t asset.Talk) string { return fmt.Sprintf("%s %d", t.Transport, t.Port) }},
		{"protocol", false, func(t asset.Talk) string { return t.Protocol }},
		{"encrypted", false, func(t asset.Talk) string { return yesOrNothing(t.Encrypted) }},
		{"sent", false, func(t asset.Talk) string { return strconv.FormatUint(t.BytesUp, 10) }},
		{"received", false, func(t asset.Talk) string { return strconv.FormatUint(t.BytesDown, 10) }},
		{"packets", true, func(t asset.Talk) string { return strconv.FormatUint(t.Packets, 10) }},
		{"first", true, func(t asset.Talk) string { return when(t.First) }},
		{"last", false, func(t asset.Talk) string { return when(t.Last) }},
		{"device", true, func(t asset.Talk) string { return t.Peer.Device }},
	})
}

func (e *environment) deviceLinks() *cobra.Command {
	return wholeCommand(e, "links ID", "What persons merged and split of a device", "/devices/%s/links", []column[asset.Link]{
		{"id", false, func(l asset.Link) string { return l.ID }},
		{"kind", false, func(l asset.Link) string { return string(l.Kind) }},
		{"at", false, func(l asset.Link) string { return when(l.At) }},
		{"by", false, func(l asset.Link) string { return l.By }},
		{"reason", false, func(l asset.Link) string { return l.Reason }},
		{"undone", false, func(l asset.Link) string { return yesOrNothing(l.Undone) }},
		{"a", true, func(l asset.Link) string { return strings.Join(l.A, " ") }},
		{"b", true, func(l asset.Link) string { return strings.Join(l.B, " ") }},
	})
}

// deviceExposures prints what a device is exposed to, with the end of its
// support and its recalls as lines below.
func (e *environment) deviceExposures() *cobra.Command {
	return &cobra.Command{Use: "exposures ID", Short: "What a device is exposed to, its recalls and the end of its support", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var x api.DeviceExposures
		if err := e.fetch(c, "/devices/"+url.PathEscape(args[0])+"/exposures", &x); err != nil {
			return err
		}
		if e.output == "csv" {
			return writeList(e, x.Items, exposureColumns())
		}
		return e.writeDocument(x, func(w io.Writer) error {
			if err := writeList(e, x.Items, exposureColumns()); err != nil {
				return err
			}
			for _, r := range x.Recalls {
				fmt.Fprintf(w, "recall %s %s: %s; %s\n", printable(r.Number), printable(r.Class), r.Status, printable(r.Reason))
			}
			if l := x.EndOfLife; l != nil {
				fmt.Fprintf(w, "support of %s %s ends %s: %s\n", printable(l.Product), printable(l.Release), printable(l.Ends), printable(l.Reason))
			}
			return nil
		})
	}}
}

func exposureColumns() []column[vuln.DeviceExposure] {
	return []column[vuln.DeviceExposure]{
		{"vulnerability", false, func(x vuln.DeviceExposure) string { return x.Vulnerability }},
		{"status", false, func(x vuln.DeviceExposure) string { return string(x.Status) }},
		{"severity", false, func(x vuln.DeviceExposure) string { return x.Severity }},
		{"kev", false, func(x vuln.DeviceExposure) string { return yesOrNothing(x.KEV) }},
		{"component", false, func(x vuln.DeviceExposure) string {
			return strings.TrimSpace(x.Component.Name + " " + x.Component.Version)
		}},
		{"title", true, func(x vuln.DeviceExposure) string { return x.Title }},
		{"score", true, func(x vuln.DeviceExposure) string { return strconv.FormatFloat(x.Score, 'f', 1, 64) }},
		{"reason", true, func(x vuln.DeviceExposure) string { return x.Reason }},
		{"fixed", true, func(x vuln.DeviceExposure) string { return strings.Join(x.Fixed, ", ") }},
		{"finding", true, func(x vuln.DeviceExposure) string { return x.Finding }},
	}
}

// A fieldCount is how many devices have a value in a field.
type fieldCount struct {
	Field string `json:"field"`
	asset.Tally
}

func (e *environment) deviceCount() *cobra.Command {
	return &cobra.Command{Use: "count FIELD...", Short: "Count devices by the values of fields", Args: cobra.MinimumNArgs(1), Example: "  bedrail device count class unit --filter exposure:affected",
		RunE: func(c *cobra.Command, fields []string) error {
			q := url.Values{"fields": {strings.Join(fields, ",")}}
			if e.filter != "" {
				q.Set("filter", e.filter)
			}
			var all api.Facets
			if err := e.ask(c, call{method: http.MethodGet, path: "/devices/facets", query: q}, &all); err != nil {
				return err
			}
			rows := []fieldCount{}
			for _, f := range all.Fields {
				for _, v := range f.Values {
					rows = append(rows, fieldCount{f.Field, v})
				}
			}
			return writeList(e, rows, []column[fieldCount]{
				{"field", false, func(f fieldCount) string { return f.Field }},
				{"value", false, func(f fieldCount) string { return f.Value }},
				{"devices", false, func(f fieldCount) string { return strconv.Itoa(f.Count) }},
			})
		}}
}
