package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/asset"
	"bedrail/job"
)

// deviceBulk changes all devices that --filter names.
func (e *environment) deviceBulk() *cobra.Command {
	var add, remove []string
	var dryRun bool
	place := map[string]*string{}
	c := &cobra.Command{Use: "bulk", Short: "Tag or locate every device that --filter names; it can be undone", Args: cobra.NoArgs,
		Example: "  bedrail device bulk --filter 'model:\"Plum A+\" unit:ICU' --add-tag recall-17 --dry-run",
		RunE: func(c *cobra.Command, _ []string) error {
			if e.filter == "" {
				return usage("name the devices by --filter")
			}
			body := map[string]any{"filter": e.filter, "addTags": add, "removeTags": remove, "dryRun": dryRun}
			spot := map[string]string{}
			for name, v := range place {
				if *v != "" {
					spot[name] = *v
				}
			}
			if len(spot) > 0 {
				body["location"] = spot
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			var answer api.BulkAnswer
			if err := conn.do(ctx, call{method: http.MethodPost, path: "/devices/bulk", body: body}, &answer); err != nil {
				return err
			}
			if answer.Job != nil {
				if err := writeList(e, []job.Job{*answer.Job}, jobColumns()); err != nil {
					return err
				}
				e.say("to follow it: bedrail job get %s", answer.Job.ID)
				var how struct{ Change struct{ Batch string } }
				if json.Unmarshal(answer.Job.How, &how) == nil && how.Change.Batch != "" {
					e.say("to take it back: bedrail device bulk-undo %s", how.Change.Batch)
				}
				return nil
			}
			r := answer.Report
			return e.writeDocument(r, func(w io.Writer) error {
				fmt.Fprintf(w, "%d devices match: %d would change, %d are so already\n", r.Matching, r.Changing, r.Same)
				for _, x := range r.Refused {
					fmt.Fprintf(w, "%d stay as they are, %s among them: %s\n", x.Devices, printable(x.Example), x.Reason)
				}
				return nil
			})
		}}
	c.Flags().StringArrayVar(&add, "add-tag", nil, "`TAG` to put on")
	c.Flags().StringArrayVar(&remove, "remove-tag", nil, "`TAG` to take off")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what would change, and change nothing")
	for _, name := range []string{"site", "building", "floor", "unit", "room", "bed"} {
		place[name] = c.Flags().String(name, "", name+" in which they stand")
	}
	return c
}

func (e *environment) deviceBulkUndo() *cobra.Command {
	var device string
	c := &cobra.Command{Use: "bulk-undo ID", Short: "Take a change of many devices back; ID stands in the result of its job", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		if device == "" {
			return e.oneJob(c, call{method: http.MethodPost, path: "/devices/bulk/" + url.PathEscape(args[0]) + "/undo"})
		}
		var r asset.BulkReport
		if err := e.ask(c, call{method: http.MethodPost, path: "/devices/" + url.PathEscape(device) + "/changes/" + url.PathEscape(args[0]) + "/undo"}, &r); err != nil {
			return err
		}
		return e.writeDocument(r, func(w io.Writer) error {
			for _, x := range r.Refused {
				fmt.Fprintf(w, "%s stays as it is: %s\n", printable(device), x.Reason)
			}
			return nil
		})
	}}
	c.Flags().StringVar(&device, "device", "", "only of the device with this `ID`")
	return c
}

// deviceChanges lists the changes of many of which a device was part.
func (e *environment) deviceChanges() *cobra.Command {
	return &cobra.Command{Use: "changes ID", Short: "Changes of many devices of which a device was part", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var page struct{ Items []asset.BulkPart }
		if err := e.ask(c, call{method: http.MethodGet, path: "/devices/" + url.PathEscape(args[0]) + "/changes"}, &page); err != nil {
			return err
		}
		return writeList(e, page.Items, []column[asset.BulkPart]{
			{"id", false, func(p asset.BulkPart) string { return p.ID }},
			{"stands", false, func(p asset.BulkPart) string { return strconv.FormatBool(p.Stands) }},
			{"tagsBefore", false, func(p asset.BulkPart) string { return strings.Join(p.Before.Tags, " ") }},
			{"tagsAfter", false, func(p asset.BulkPart) string { return strings.Join(p.Before.After.Tags, " ") }},
			{"locationBefore", true, func(p asset.BulkPart) string { return p.Before.Location }},
			{"locationAfter", true, func(p asset.BulkPart) string { return p.Before.After.Location }},
		})
	}}
}
