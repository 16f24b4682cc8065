package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail/exchange"
)

func (e *environment) messageAccount() *cobra.Command {
	var spec exchange.AccountSpec
	var from, until string
	var each bool
	c := &cobra.Command{Use: "account", Short: "Who received data about a patient, within a time, and for what purpose", Args: cobra.NoArgs,
		Long: "An accounting of disclosures, read from the audit record: who got what, from which channel, for which purpose, and what was left out.\n" +
			"The patient is looked up by a keyed digest. Who asks, and why, is on record. Without --from it goes back six years.",
		Example: "  echo 4711 | bedrail message account --patient - --purpose 'the patient asks'\n  bedrail message account --patient - --from 2026-01-01 --each -o csv < number.txt > disclosures.csv",
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			if spec.From, err = dayOf("from", from, false); err != nil {
				return err
			}
			if spec.Until, err = dayOf("until", until, true); err != nil {
				return err
			}
			if spec.Patient == "-" { // what stands on a command line is seen by others on the machine
				text, err := e.readInput("-")
				if err != nil {
					return err
				}
				spec.Patient = strings.TrimSpace(string(text))
			}
			var a exchange.Account
			if err := e.tell(c, call{method: http.MethodPost, path: "/messages/account", body: spec}, &a); err != nil {
				return err
			}
			if a.Truncated {
				e.warn("only the newest %d disclosures are listed; ask for a shorter time", len(a.Items))
			}
			if e.output == "json" || e.output == "yaml" {
				return e.writeDocument(a, func(io.Writer) error { return nil })
			}
			if each {
				return writeList(e, a.Items, disclosureColumns())
			}
			return writeList(e, a.Recipients, recipientColumns())
		}}
	c.Flags().StringVar(&spec.Patient, "patient", "", "`IDENTIFIER` of the patient as messages carry it; - reads it from standard input")
	c.Flags().StringVar(&spec.Purpose, "purpose", "", "why this is asked, for the record")
	c.Flags().StringVar(&from, "from", "", "first `DAY` or time, such as 2026-01-31")
	c.Flags().StringVar(&until, "until", "", "last `DAY` or time")
	c.Flags().BoolVar(&each, "each", false, "list every disclosure instead of one line for each recipient and purpose")
	return c
}

// dayOf reads a day or a time; the end of a day when last.
func dayOf(flag, text string, last bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return at, usage("--%s %s: write it as 2026-01-31 or 2026-01-31T10:00:00Z", flag, text)
	}
	if last {
		at = at.AddDate(0, 0, 1).Add(-time.Microsecond)
	}
	return at, nil
}

func recipientColumns() []column[exchange.Recipient] {
	return []column[exchange.Recipient]{
		{"to", false, func(r exchange.Recipient) string { return r.To }},
		{"kind", false, func(r exchange.Recipient) string { return r.Kind }},
		{"purpose", false, func(r exchange.Recipient) string { return r.Purpose }},
		{"count", false, func(r exchange.Recipient) string { return strconv.Itoa(r.Count) }},
		{"first", false, func(r exchange.Recipient) string { return when(r.First) }},
		{"last", false, func(r exchange.Recipient) string { return when(r.Last) }},
		{"channel", false, func(r exchange.Recipient) string { return r.Channel }},
		{"types", false, func(r exchange.Recipient) string { return strings.Join(r.Types, " ") }},
		{"without", true, func(r exchange.Recipient) string { return strings.Join(r.Without, " ") }},
		{"masked", true, func(r exchange.Recipient) string { return strconv.FormatBool(r.Masked) }},
	}
}

func disclosureColumns() []column[exchange.Disclosure] {
	return []column[exchange.Disclosure]{
		{"at", false, func(d exchange.Disclosure) string { return when(d.At) }},
		{"to", false, func(d exchange.Disclosure) string { return d.To }},
		{"kind", false, func(d exchange.Disclosure) string { return d.Kind }},
		{"purpose", false, func(d exchange.Disclosure) string { return d.Purpose }},
		{"type", false, func(d exchange.Disclosure) string { return d.Type }},
		{"message", false, func(d exchange.Disclosure) string { return d.Message }},
		{"seq", false, func(d exchange.Disclosure) string { return fmt.Sprint(d.Seq) }},
		{"without", true, func(d exchange.Disclosure) string { return strings.Join(d.Without, " ") }},
	}
}

func (e *environment) messageProvenance() *cobra.Command {
	return &cobra.Command{Use: "provenance ID", Short: "The way of a message as a bundle of FHIR Provenance", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		return conn.copy(ctx, call{method: http.MethodGet, path: "/messages/" + url.PathEscape(args[0]) + "/provenance"}, e.stdout)
	}}
}
