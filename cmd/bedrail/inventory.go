package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/asset"
)

// inventoryCommand is the maintenance system's list: taken in, laid beside the
// network, and told what is known better.
func (e *environment) inventoryCommand() *cobra.Command {
	return group("inventory", "The maintenance system's list: taken in, compared, corrected",
		e.inventoryImport(), e.inventoryColumns(), e.inventoryImports(), e.inventoryUndo(), e.inventoryMapping(),
		e.deviceReconcile(), e.inventoryUnmatched(), e.inventoryDifferences(), e.inventoryCoverage(), e.inventoryCorrections(), e.inventorySend(), e.inventoryOrder(), e.inventorySent(), e.inventoryOutbox())
}

func (e *environment) inventoryImport() *cobra.Command {
	c := e.ingestInventory()
	c.Use = "import FILE..."
	c.Example = "  bedrail inventory import assets.xlsx --dry-run\n  bedrail inventory import assets.xlsx --saved AIMS"
	return c
}

func (e *environment) inventoryUndo() *cobra.Command {
	return &cobra.Command{Use: "undo IMPORT", Short: "Take back what a list of devices, leases or places, or a cloud's feed, said", Args: cobra.ExactArgs(1),
		Long: "Devices that nothing else spoke of go with it. Links to patients that are under legal hold end and are kept, with their device;\nonce the hold is let go, the same command takes back the rest. 'bedrail inventory imports' lists what was taken in.",
		RunE: func(c *cobra.Command, args []string) error {
			var done asset.Undone
			if err := e.tell(c, call{method: http.MethodPost, path: "/imports/" + url.PathEscape(args[0]) + "/undo"}, &done); err != nil {
				return err
			}
			return e.writeDocument(done, func(w io.Writer) error { return printUndone(w, done) })
		}}
}

func printUndone(w io.Writer, done asset.Undone) error {
	fmt.Fprintf(w, "taken back: %d devices are gone, of %d something else speaks", done.Gone, done.Stay)
	if done.Places > 0 {
		fmt.Fprintf(w, "; %d places are off the list", done.Places)
	}
	if done.Links > 0 {
		fmt.Fprintf(w, "; %d links to patients are as they were", done.Links)
	}
	fmt.Fprintln(w)
	if done.Held > 0 {
		fmt.Fprintf(w, "kept under legal hold: %d links to patients, which have ended\n", done.Held)
	}
	for _, id := range done.HeldDevices {
		fmt.Fprintf(w, "kept for their sake: %s\n", printable(id))
	}
	return nil
}

// columnMapping adds the flags by which a list's columns are told, and returns
// what puts them into params.
func (e *environment) columnMapping(c *cobra.Command, kind asset.ListKind, params url.Values) func() error {
	mapping := c.Flags().String("mapping", "", "JSON `FILE` that maps headings to fields, where they are not understood")
	saved := c.Flags().String("saved", "", "`NAME` of a mapping that was saved")
	return func() error {
		switch {
		case *mapping != "" && *saved != "":
			return usage("--mapping and --saved are two ways to the same; give one")
		case *mapping != "":
			text, err := readMapping(*mapping, kind)
			if err != nil {
				return err
			}
			params.Set("mapping", text)
		case *saved != "":
			params.Set("saved", *saved)
		}
		return nil
	}
}

func readMapping(file string, kind asset.ListKind) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", usage("--mapping: %v", err)
	}
	if _, err := asset.ParseMapping(string(raw), kind.Fields()); err != nil {
		return "", usage("--mapping %s: %v", file, err)
	}
	return string(raw), nil
}

func (e *environment) inventoryColumns() *cobra.Command {
	var kind string
	c := &cobra.Command{Use: "columns FILE", Short: "What the columns of a list seem to hold; nothing is taken in", Args: cobra.ExactArgs(1),
		Long: "With -o json the output holds the columns, from which a file for --mapping is made.",
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			var got asset.Columns
			q := url.Values{"kind": {kind}, "name": {filepath.Base(args[0])}}
			if err := conn.do(ctx, call{method: http.MethodPost, path: "/imports/columns", query: q, stream: f}, &got); err != nil {
				return err
			}
			if e.output == "json" || e.output == "yaml" {
				return e.writeDocument(got, nil)
			}
			if got.Saved != nil {
				e.say("these are the columns of the mapping saved as %s", got.Saved.Name)
			}
			return writeList(e, got.Columns, []column[asset.HeadedColumn]{
				{"heading", false, func(c asset.HeadedColumn) string { return c.Heading }},
				{"field", false, func(c asset.HeadedColumn) string { return c.Field }},
				{"samples", false, func(c asset.HeadedColumn) string { return strings.Join(c.Samples, "; ") }},
			})
		}}
	c.Flags().StringVar(&kind, "kind", string(asset.DeviceList), "of what it is a list: cmms or locations")
	return c
}

func (e *environment) inventoryImports() *cobra.Command {
	return listCommand(e, "imports", "Lists that were taken in, newest first", "/imports", []column[asset.ImportRecord]{
		{"id", false, func(r asset.ImportRecord) string { return r.ID }},
		{"kind", false, func(r asset.ImportRecord) string { return r.Kind }},
		{"name", false, func(r asset.ImportRecord) string { return r.Name }},
		{"by", false, func(r asset.ImportRecord) string { return r.By }},
		{"at", false, func(r asset.ImportRecord) string { return when(r.At) }},
		{"rows", false, func(r asset.ImportRecord) string { return fmt.Sprint(r.Rows) }},
		{"exact", true, func(r asset.ImportRecord) string { return fmt.Sprint(r.Exact) }},
		{"probable", true, func(r asset.ImportRecord) string { return fmt.Sprint(r.Probable) }},
		{"conflict", true, func(r asset.ImportRecord) string { return fmt.Sprint(r.Conflict) }},
		{"new", true, func(r asset.ImportRecord) string { return fmt.Sprint(r.New) }},
		{"undone", false, func(r asset.ImportRecord) string { return when(r.Undone) }},
	})
}

func (e *environment) inventoryMapping() *cobra.Command {
	list := listCommand(e, "list", "Mappings of columns that are kept", "/imports/mappings", []column[asset.ColumnMapping]{
		{"id", false, func(m asset.ColumnMapping) string { return m.ID }},
		{"kind", false, func(m asset.ColumnMapping) string { return string(m.Kind) }},
		{"name", false, func(m asset.ColumnMapping) string { return m.Name }},
		{"columns", false, func(m asset.ColumnMapping) string { return fmt.Sprint(len(m.Fields)) }},
		{"by", false, func(m asset.ColumnMapping) string { return m.By }},
		{"at", false, func(m asset.ColumnMapping) string { return when(m.At) }},
	})
	return group("mapping", "What the columns of lists mean", list, e.mappingSaveColumns(), e.mappingRemove())
}

func (e *environment) mappingSaveColumns() *cobra.Command {
	kind := string(asset.DeviceList)
	c := &cobra.Command{Use: "save NAME FILE", Short: "Keep a JSON mapping from heading to field under a name", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		text, err := readMapping(args[1], asset.ListKind(kind))
		if err != nil {
			return err
		}
		fields := map[string]string{}
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			return err
		}
		var headings []string
		for h := range fields {
			headings = append(headings, h)
		}
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var m asset.ColumnMapping
		body := map[string]any{"kind": kind, "name": args[0], "headings": headings, "fields": fields}
		if err := conn.do(ctx, call{method: http.MethodPut, path: "/imports/mappings", body: body}, &m); err != nil {
			return err
		}
		return e.writeDocument(m, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s %s\n", m.ID, printable(m.Name))
			return err
		})
	}}
	c.Flags().StringVar(&kind, "kind", kind, "of what it is a list: cmms or locations")
	return c
}

func (e *environment) mappingRemove() *cobra.Command {
	return &cobra.Command{Use: "remove ID", Short: "Forget a mapping", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		return conn.do(ctx, call{method: http.MethodDelete, path: "/imports/mappings/" + url.PathEscape(args[0])}, nil)
	}}
}

func (e *environment) inventoryDifferences() *cobra.Command {
	return listCommand(e, "differences", "Attributes about which the list and the network do not say the same", "/reconciliation/differences", []column[asset.Difference]{
		{"device", true, func(d asset.Difference) string { return d.Device }},
		{"name", false, func(d asset.Difference) string { return d.Name }},
		{"assetTag", false, func(d asset.Difference) string { return d.AssetTag }},
		{"unit", false, func(d asset.Difference) string { return d.Unit }},
		{"field", false, func(d asset.Difference) string { return d.Field }},
		{"listSays", false, func(d asset.Difference) string { return d.ListSays }},
		{"others", false, func(d asset.Difference) string { return d.Others }},
		{"believed", false, func(d asset.Difference) string { return d.Believed }},
		{"sources", true, func(d asset.Difference) string { return d.Sources }},
	})
}

func (e *environment) inventoryCoverage() *cobra.Command {
	return &cobra.Command{Use: "coverage", Short: "How much of the devices is known, in all, by unit and by VLAN", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var r asset.CoverageReport
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/coverage"}, &r); err != nil {
			return err
		}
		if e.output == "json" || e.output == "yaml" {
			return e.writeDocument(r, nil)
		}
		rows := append([]asset.Coverage{r.Total}, r.Units...)
		return writeList(e, append(rows, r.VLANs...), coverageColumns())
	}}
}

func coverageColumns() []column[asset.Coverage] {
	by := func(source string) func(asset.Coverage) string {
		return func(c asset.Coverage) string {
			for _, s := range c.Sources {
				if s.Source == source {
					return fmt.Sprint(s.Devices)
				}
			}
			return ""
		}
	}
	return []column[asset.Coverage]{
		{"place", false, coveredPlace},
		{"known", false, func(c asset.Coverage) string { return fmt.Sprint(c.Known) }},
		{"sensor", false, by(asset.BySensor)}, {"dhcp", false, by(asset.ByDHCP)}, {"arp", false, by(asset.ByARP)}, {"cmms", false, by(asset.ByList)}, {"cloud", false, by(asset.ByCloud)},
		{"estimate", false, func(c asset.Coverage) string {
			switch c.Doubt {
			case asset.OneSided:
				return "none: only one witness"
			case asset.FewInBoth:
				return "none: too few in both"
			}
			return fmt.Sprintf("%.0f (%.0f to %.0f)", c.Estimate, c.Low, c.High)
		}},
	}
}

func coveredPlace(c asset.Coverage) string {
	switch {
	case c.VLAN != 0:
		return fmt.Sprintf("VLAN %d", c.VLAN)
	case c.Site+c.Unit != "":
		return strings.Trim(c.Site+" / "+c.Unit, " /")
	}
	return "all"
}

func (e *environment) inventoryCorrections() *cobra.Command {
	return listCommand(e, "corrections", "What the maintenance system's list should be told, and what it was told", "/corrections", []column[asset.Correction]{
		{"key", false, func(c asset.Correction) string { return c.Key }},
		{"name", false, func(c asset.Correction) string { return c.Name }},
		{"assetTag", false, func(c asset.Correction) string { return c.AssetTag }},
		{"field", false, func(c asset.Correction) string { return c.Field }},
		{"listSays", false, func(c asset.Correction) string { return c.ListSays }},
		{"bedrailSays", false, func(c asset.Correction) string { return c.BedrailSays }},
		{"status", true, func(c asset.Correction) string { return string(c.Status) }},
		{"source", true, func(c asset.Correction) string { return c.Source }},
		{"state", false, func(c asset.Correction) string { return c.State }},
	})
}

func (e *environment) inventorySend() *cobra.Command {
	var all, dry bool
	c := &cobra.Command{Use: "send [KEY...]", Short: "Send corrections to the maintenance system", Args: cobra.ArbitraryArgs,
		Example: "  bedrail inventory send --all --filter field:softwareVersion --dry-run",
		RunE: func(c *cobra.Command, keys []string) error {
			if all == (len(keys) > 0) {
				return usage("name corrections by their keys, or say --all")
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			if all {
				rows, err := fetchList[asset.Correction](ctx, e, "/corrections", nil)
				if err != nil {
					return err
				}
				for _, r := range rows {
					if r.State == asset.OpenCorrection {
						keys = append(keys, r.Key)
					}
				}
				if len(keys) == 0 {
					e.say("nothing is to be corrected")
					return nil
				}
			}
			return e.sendBack(ctx, "/corrections/send", map[string]any{"keys": keys, "dryRun": dry})
		}}
	c.Flags().BoolVar(&all, "all", false, "all that were not sent, or those that --filter leaves")
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be sent, and send nothing")
	return c
}

// sendBack posts corrections or work orders and prints what became of them.
func (e *environment) sendBack(ctx context.Context, path string, body map[string]any) error {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	var r asset.WriteBackReport
	if err := conn.do(ctx, call{method: http.MethodPost, path: path, body: body}, &r); err != nil {
		return err
	}
	if e.output == "json" || e.output == "yaml" {
		return e.writeDocument(r, nil)
	}
	for _, refused := range r.Refused {
		e.warn("%d not sent, such as %s: %s", refused.Devices, refused.Example, refused.Reason)
	}
	return writeList(e, r.Sending, sentColumns())
}

func sentColumns() []column[asset.Sent] {
	return []column[asset.Sent]{
		{"kind", false, func(s asset.Sent) string { return s.Kind }},
		{"name", false, func(s asset.Sent) string { return s.Name }},
		{"field", false, func(s asset.Sent) string { return s.Field }},
		{"text", false, func(s asset.Sent) string { return s.Text }},
		{"state", false, func(s asset.Sent) string { return s.State }},
		{"message", true, func(s asset.Sent) string { return s.Message }},
		{"by", true, func(s asset.Sent) string { return s.By }},
		{"at", false, func(s asset.Sent) string { return when(s.At) }},
	}
}

func (e *environment) inventoryOrder() *cobra.Command {
	var text, priority string
	var dry bool
	c := &cobra.Command{Use: "order SUMMARY DEVICE...", Short: "Ask the maintenance system that something is done about devices", Args: cobra.MinimumNArgs(2),
		Example: "  bedrail inventory order 'Look for this pump: not heard for 30 days' dev_...",
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			return e.sendBack(ctx, "/work-orders", map[string]any{"summary": args[0], "devices": args[1:], "text": text, "priority": priority, "dryRun": dry})
		}}
	c.Flags().StringVar(&text, "text", "", "more `WORDS`")
	c.Flags().StringVar(&priority, "priority", "normal", "low, normal or high")
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be sent, and send nothing")
	return c
}

func (e *environment) inventorySent() *cobra.Command {
	return listCommand(e, "sent", "Corrections and work orders that the maintenance system was told, with where each stands", "/written-back", sentColumns())
}

// inventoryUnmatched lists what only one of the two shows.
func (e *environment) inventoryUnmatched() *cobra.Command {
	return &cobra.Command{Use: "unmatched unlisted|silent", Short: "Devices that only the wire shows (unlisted), or only the list (silent)", Args: cobra.ExactArgs(1), ValidArgs: []string{"unlisted", "silent"}, RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[asset.Mismatch](ctx, e, "/reconciliation/"+url.PathEscape(args[0]), nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[asset.Mismatch]{
			{"device", true, func(m asset.Mismatch) string { return m.Device }},
			{"name", false, func(m asset.Mismatch) string { return m.Name }},
			{"unit", false, func(m asset.Mismatch) string { return m.Unit }},
			{"class", false, func(m asset.Mismatch) string { return m.Class }},
			{"manufacturer", false, func(m asset.Mismatch) string { return m.Manufacturer }},
			{"model", false, func(m asset.Mismatch) string { return m.Model }},
			{"serial", true, func(m asset.Mismatch) string { return m.SerialNumber }},
			{"assetTag", false, func(m asset.Mismatch) string { return m.AssetTag }},
			{"lastSeen", false, func(m asset.Mismatch) string { return when(m.Last) }},
		})
	}}
}

func (e *environment) inventoryOutbox() *cobra.Command {
	return &cobra.Command{Use: "outbox", Short: "Whether the maintenance system can be told anything; exit status 3 when not", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		var o asset.OutboxState
		if err := e.fetch(c, "/corrections/outbox", &o); err != nil {
			return err
		}
		if err := e.writeDocument(o, func(w io.Writer) error {
			if !o.Ready {
				_, err := fmt.Fprintln(w, printable(o.Why))
				return err
			}
			_, err := fmt.Fprintf(w, "channel %s; what persons correct goes out by itself: %s\n", printable(o.Channel), yes(o.Persons))
			return err
		}); err != nil {
			return err
		}
		if !o.Ready {
			return exitWith(exitFindings, "")
		}
		return nil
	}}
}
