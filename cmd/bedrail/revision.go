package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/exchange"
)

func (e *environment) messageRepair() *cobra.Command {
	var b api.Repair
	var set []string
	var remove []string
	var file string
	c := &cobra.Command{Use: "repair ID", Short: "Mend a copy of a message and send that; what came is kept", Args: cobra.ExactArgs(1),
		Example: "  bedrail message repair msg_01... --set 'OBX-6=mm[Hg]^millimeter of mercury^UCUM' --reason 'the monitor sends no unit' --dry-run\n" +
			"  bedrail message repair msg_01... --file mended.hl7 --reason 'wrong order number' --release",
		RunE: func(c *cobra.Command, args []string) error {
			for _, s := range set {
				at, value, ok := strings.Cut(s, "=")
				if !ok {
					return usage("--set %s: write it as PLACE=TEXT", s)
				}
				b.Steps = append(b.Steps, api.RepairStep{Set: at, Value: &value})
			}
			for _, at := range remove {
				b.Steps = append(b.Steps, api.RepairStep{Remove: at})
			}
			if file != "" {
				text, err := os.ReadFile(file)
				if err != nil {
					return usage("%v", err)
				}
				b.Text = string(text)
			}
			var done api.RepairDone
			if err := e.tell(c, call{method: http.MethodPost, path: "/messages/" + url.PathEscape(args[0]) + "/repair", body: b}, &done); err != nil {
				return err
			}
			return e.writeDocument(done, func(w io.Writer) error {
				fmt.Fprintf(w, "%s revision %d: valid %t, %d deliveries queued again\n", done.Message, done.Revision, done.Valid, done.Requeued)
				for _, i := range done.Left {
					fmt.Fprintf(w, "%s %s: %s\n", i.Severity, printable(i.Location), printable(i.Text))
				}
				return nil
			})
		}}
	c.Flags().StringArrayVar(&set, "set", nil, "put a text at a `PLACE=TEXT`; may be given again")
	c.Flags().StringArrayVar(&remove, "remove", nil, "take out what stands at a `PLACE`; may be given again")
	c.Flags().StringVar(&file, "file", "", "take the whole content from a `FILE` instead")
	c.Flags().StringVar(&b.Reason, "reason", "", "why, for the record")
	c.Flags().BoolVar(&b.Release, "release", false, "send it where it waits or was given up")
	c.Flags().BoolVar(&b.DryRun, "dry-run", false, "only say what it would become")
	return c
}

func (e *environment) messageAssociate() *cobra.Command {
	var spec exchange.CorrectSpec
	var from, until string
	c := &cobra.Command{Use: "associate [ID...]", Short: "Give messages to the patient that they belong to, or ask the admissions again", Args: cobra.ArbitraryArgs,
		Long: "Receivers of resources get them again under the same ids, with a Provenance that says what was corrected, by whom and why.\n" +
			"Without --patient the admissions are asked again, as they are known now: for a bed that was entered late.",
		Example: "  bedrail message associate --device dev_01... --from 2026-03-01T08:00:00Z --dry-run\n  bedrail message associate msg_01... --patient MRN4711 --reason 'the beds were swapped'",
		RunE: func(c *cobra.Command, ids []string) error {
			spec.IDs = ids
			for flag, t := range map[string]struct {
				text string
				into *time.Time
			}{"from": {from, &spec.From}, "until": {until, &spec.Until}} {
				if t.text == "" {
					continue
				}
				at, err := time.Parse(time.RFC3339, t.text)
				if err != nil {
					return usage("--%s %s: write it as 2026-03-01T10:15:00Z", flag, t.text)
				}
				*t.into = at
			}
			var r exchange.CorrectReport
			if err := e.tell(c, call{method: http.MethodPost, path: "/messages/associate", body: spec}, &r); err != nil {
				return err
			}
			return e.writeDocument(r, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%d messages looked at, %d belong to another patient, %d deliveries queued again\n%s\n", r.Looked, len(r.Changed), r.Requeued, strings.Join(r.Changed, "\n"))
				return err
			})
		}}
	c.Flags().StringVar(&spec.Device, "device", "", "all messages of this `DEVICE`")
	c.Flags().StringVar(&from, "from", "", "that came from this `TIME` on")
	c.Flags().StringVar(&until, "until", "", "and until this `TIME`")
	c.Flags().StringVar(&spec.Patient, "patient", "", "`IDENTIFIER` of the patient; left out, the admissions are asked")
	c.Flags().StringVar(&spec.Reason, "reason", "", "why, for the record")
	c.Flags().BoolVar(&spec.DryRun, "dry-run", false, "only say what it would touch")
	return c
}

func (e *environment) messageHeld() *cobra.Command {
	return &cobra.Command{Use: "held", Short: "What is held back now, why, and when the first of it goes out", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchWhole[exchange.HeldBacklog](ctx, e, "/messages/held", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[exchange.HeldBacklog]{
			{"channel", false, func(h exchange.HeldBacklog) string { return h.Channel }},
			{"reason", false, func(h exchange.HeldBacklog) string { return h.Reason }},
			{"held", false, func(h exchange.HeldBacklog) string { return fmt.Sprint(h.Held) }},
			{"oldest", false, func(h exchange.HeldBacklog) string { return when(h.Oldest) }},
			{"until", false, func(h exchange.HeldBacklog) string { return when(h.Until) }},
		})
	}}
}

func (e *environment) channelGaps() *cobra.Command {
	return &cobra.Command{Use: "gaps", Short: "Times in which what contained devices send was held back, of which receivers were told", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchWhole[exchange.Gap](ctx, e, "/channel-gaps", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[exchange.Gap]{
			{"channel", false, func(g exchange.Gap) string { return g.Channel }},
			{"device", false, func(g exchange.Gap) string { return g.Device }},
			{"since", false, func(g exchange.Gap) string { return when(g.Since) }},
			{"until", false, func(g exchange.Gap) string { return when(g.Until) }},
			{"owner", false, func(g exchange.Gap) string { return g.Owner }},
			{"reason", false, func(g exchange.Gap) string { return g.Reason }},
			{"id", true, func(g exchange.Gap) string { return g.ID }},
		})
	}}
}
