package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"bedrail/knowledge"
)

// asofCommand asks what was known on a day.
func (e *environment) asofCommand() *cobra.Command {
	var vulnerability, manufacturer, model, device, page string
	c := &cobra.Command{Use: "asof DAY", Short: "What was known on a day: bills, feeds, statements, decisions, findings", Args: cobra.ExactArgs(1),
		Long:    "Works the answer out anew from the records that were held by the end of that day (UTC), or at a moment such as 2026-03-31T14:00:00Z.\n--page writes one signed page that prints, and that 'bedrail asof verify' checks without a server.",
		Example: "  bedrail asof 2026-03-31 --vulnerability CVE-2021-33503\n  bedrail asof 2026-03-31 --page evidence.html",
		RunE: func(c *cobra.Command, args []string) error {
			q := url.Values{"day": args}
			for name, v := range map[string]string{"vulnerability": vulnerability, "manufacturer": manufacturer, "model": model, "device": device} {
				if v != "" {
					q.Set(name, v)
				}
			}
			if page != "" {
				return e.writePage(c, q, page)
			}
			var v knowledge.View
			if err := e.ask(c, call{method: http.MethodGet, path: "/asof", query: q}, &v); err != nil {
				return err
			}
			return e.writeDocument(v, func(w io.Writer) error { return e.printView(w, v) })
		}}
	c.Flags().StringVar(&vulnerability, "vulnerability", "", "only this one, by any of its names")
	c.Flags().StringVar(&manufacturer, "manufacturer", "", "only this maker's")
	c.Flags().StringVar(&model, "model", "", "only this model")
	c.Flags().StringVar(&device, "device", "", "only this device, by its `ID`: what was known of it, and of its model")
	c.Flags().StringVar(&page, "page", "", "write the signed page to this `FILE`")
	c.AddCommand(e.asofVerify())
	return c
}

func (e *environment) printView(w io.Writer, v knowledge.View) error {
	fmt.Fprintf(w, "%s\n%d devices, %d findings (%d affected, %d not to be decided), %d bills, %d decisions, %d feeds, %d audit entries\n\n", v.Asked, v.Total.Devices, v.Total.Findings, v.Total.Affected, v.Total.Undecidable,
		v.Total.Bills, v.Total.Decisions, len(v.Feeds), v.Entries)
	if len(v.Devices) > 0 {
		if err := writeList(e, v.Devices, []column[knowledge.DeviceThen]{
			{"device", false, func(d knowledge.DeviceThen) string { return d.Name }},
			{"model", false, func(d knowledge.DeviceThen) string { return strings.TrimSpace(d.Manufacturer + " " + d.Model) }},
			{"version", false, func(d knowledge.DeviceThen) string { return d.SoftwareVersion }},
			{"unit", false, func(d knowledge.DeviceThen) string { return d.Unit }},
			{"bed", false, func(d knowledge.DeviceThen) string { return d.Bed }},
			{"since", false, func(d knowledge.DeviceThen) string { return when(d.Since) }},
			{"until", false, func(d knowledge.DeviceThen) string { return when(d.Until) }},
			{"id", true, func(d knowledge.DeviceThen) string { return d.ID }},
		}); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	if err := writeList(e, v.Findings, exposedColumns()); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, l := range v.Limits {
		fmt.Fprintln(w, l)
	}
	return nil
}

func (e *environment) writePage(c *cobra.Command, q url.Values, path string) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = conn.copy(ctx, call{method: http.MethodGet, path: "/asof/page", query: q}, f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// asofVerify checks a page with a public key and nothing else.
func (e *environment) asofVerify() *cobra.Command {
	var key string
	c := &cobra.Command{Use: "verify FILE --key KEY", Short: "Check a page of evidence with a public key; needs no server", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		if key == "" {
			return usage("give the public key of the hospital's record by --key: the key itself, or a file that holds it")
		}
		if text, err := os.ReadFile(key); err == nil {
			key = string(text)
		}
		known, err := note.NewVerifier(trimLine(key))
		if err != nil {
			return usage("--key: %v", err)
		}
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		v, err := knowledge.Verify(f, note.VerifierList(known))
		if err != nil {
			return exitWith(exitFailed, "%s: %v", args[0], err)
		}
		err = e.writeDocument(v, func(w io.Writer) error {
			word := "valid"
			if !v.Valid {
				word = "NOT VALID"
			}
			_, err := fmt.Fprintf(w, "%s: %s\n%s\n", word, v.Reason, v.Asked)
			return err
		})
		if err == nil && !v.Valid {
			return exitWith(exitFindings, "")
		}
		return err
	}}
	c.Flags().StringVar(&key, "key", "", "public `KEY`, or a file that holds it")
	return c
}
