package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"bedrail"
	"bedrail/server/oneshot"
)

func (e *environment) messageDiff() *cobra.Command {
	var patients bool
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "What differs between two messages, value by value; needs no server",
		Long: "Reads two files of one format (HL7 v2, FHIR in JSON or XML, DICOM, records of analysers, POCT1-A), or - for standard input, and prints each value that only one\n" +
			"has or that they have differently. What was put in or taken out in between moves nothing else. Who a person is, and what people wrote, is compared\n" +
			"too, and stands as " + oneshot.Masked + " unless --patient is given. Exit status 3 when they differ, 7 when not everything could be compared.",
		Example: "  bedrail message diff old-engine.hl7 monitor.hl7\n  bedrail message diff before.json after.json -o json",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, paths []string) error {
			if paths[0] == "-" && paths[1] == "-" {
				return usage("standard input can be only one of the two")
			}
			var sides [2][]byte
			for i, path := range paths {
				var err error
				if sides[i], err = e.readInput(path); err != nil {
					return err
				}
			}
			got, err := oneshot.CompareMessages(sides[0], sides[1], patients)
			if err != nil {
				return bedrail.Errorf(bedrail.Invalid, "%s and %s: %w", paths[0], paths[1], err)
			}
			if err := e.printComparison(got); err != nil {
				return err
			}
			switch {
			case len(got.Changes) > 0:
				return exitWith(exitFindings, "%s", got.Partly)
			case got.Partly != "":
				return exitWith(exitPartly, "%s", got.Partly)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&patients, "patient", false, "show patient data too")
	return c
}

func (e *environment) printComparison(got oneshot.MessageComparison) error {
	switch e.output {
	case "json", "yaml":
		return e.writeDocument(got, nil)
	}
	if len(got.Changes) > 0 || e.output != "table" && e.output != "wide" {
		if err := writeList(e, got.Changes, differingColumns); err != nil {
			return err
		}
	}
	e.say("%d values are the same, %d differ", got.Same, len(got.Changes))
	return nil
}

var differingColumns = []column[oneshot.MessageChange]{
	{"what", false, func(c oneshot.MessageChange) string { return c.Op }},
	{"message", true, func(c oneshot.MessageChange) string { return ordinal(c.Message) }},
	{"path", false, func(c oneshot.MessageChange) string { return c.Path }},
	{"old path", true, func(c oneshot.MessageChange) string { return c.OldPath }},
	{"name", true, func(c oneshot.MessageChange) string { return c.Name }},
	{"old", false, func(c oneshot.MessageChange) string { return c.Old }},
	{"new", false, func(c oneshot.MessageChange) string { return c.New }},
}

// ordinal is which message of a file it is, empty when there is one.
func ordinal(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (e *environment) messageSend() *cobra.Command {
	request := oneshot.SendRequest{Wait: 30 * time.Second}
	c := &cobra.Command{
		Use:   "send FILE... --to RECEIVER",
		Short: "Send messages to a receiver as they are, and print what it answers; needs no server",
		Long: "Sends what the files (or every file of a folder) hold, one message after another: HL7 v2 over MLLP, DICOM images to a store, FHIR resources to a server.\n" +
			"RECEIVER is mllp://HOST:PORT, dicom://AETITLE@HOST:PORT, mllps or dicoms for TLS, or the base of a FHIR server. Nothing is changed on the way, and nothing\n" +
			"tried twice: with the first message that gets no answer it ends, and says which may have arrived. Envelopes of batches stay behind.\n" +
			"Exit status 7 when some were refused or could not be read, 1 when all were, 8 when nobody answered.",
		Example: "  bedrail message send day/*.hl7 --to mllp://127.0.0.1:2575\n  bedrail message send image.dcm --to dicom://ARCHIVE@127.0.0.1:11112 -o json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, paths []string) error {
			request.Paths, request.Stdin = paths, e.stdin
			request.Problem = func(text string) { e.warn("%s", text) }
			if request.To == "" {
				return usage("say to whom: --to mllp://HOST:PORT, dicom://AETITLE@HOST:PORT or https://HOST/fhir")
			}
			if request.Wait <= 0 {
				return usage("--wait %s: give a time such as 30s", request.Wait)
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			sent, err := oneshot.Send(ctx, request)
			if sent == nil && err != nil && !errors.Is(err, oneshot.ErrSomeUnread) {
				return err
			}
			if printed := e.printSendings(sent); printed != nil {
				return printed
			}
			return e.sendingStatus(sent, err, request.DryRun)
		},
	}
	c.Flags().StringVar(&request.To, "to", "", "the `RECEIVER`: mllp://HOST:PORT, dicom://AETITLE@HOST:PORT or the base of a FHIR server")
	c.Flags().StringVar(&request.Calling, "calling", "", "our AE `TITLE` to a DICOM receiver (default BEDRAIL)")
	c.Flags().StringVar(&request.CA, "tls-ca", "", "PEM `FILE` with who may sign the receiver's certificate")
	c.Flags().StringVar(&request.Cert, "tls-cert", "", "PEM `FILE` with our certificate")
	c.Flags().StringVar(&request.Key, "tls-key", "", "PEM `FILE` with its key")
	c.Flags().StringVar(&request.TokenFile, "bearer-file", "", "`FILE` with the bearer token of a FHIR server")
	c.Flags().DurationVar(&request.Wait, "wait", request.Wait, "how long one answer is waited for, as a `TIME`")
	c.Flags().BoolVar(&request.DryRun, "dry-run", false, "read and list what would be sent; nobody is called")
	return c
}

// sendingStatus is how the command ends.
func (e *environment) sendingStatus(sent []oneshot.Sending, err error, dry bool) error {
	accepted, refused := 0, 0
	for _, s := range sent {
		switch s.Outcome {
		case "accepted":
			accepted++
		case oneshot.NoAnswer, oneshot.NotSent:
		default:
			refused++
		}
	}
	if dry {
		e.say("%d messages would be sent", len(sent))
	} else {
		e.say("%d of %d messages accepted, %d refused", accepted, len(sent), refused)
	}
	unread := errors.Is(err, oneshot.ErrSomeUnread)
	switch {
	case err != nil && !unread:
		return e.late(err)
	case !dry && accepted == 0 && (refused > 0 || unread), dry && len(sent) == 0:
		return exitWith(exitFailed, "nothing was accepted")
	case refused > 0 || unread:
		return exitWith(exitPartly, "")
	}
	return nil
}

func (e *environment) printSendings(sent []oneshot.Sending) error {
	return writeList(e, sent, []column[oneshot.Sending]{
		{"file", false, func(s oneshot.Sending) string { return s.Path }},
		{"message", true, func(s oneshot.Sending) string { return ordinal(s.Message) }},
		{"id", false, func(s oneshot.Sending) string { return s.ID }},
		{"outcome", false, func(s oneshot.Sending) string { return s.Outcome }},
		{"code", false, func(s oneshot.Sending) string { return s.Code }},
		{"text", false, func(s oneshot.Sending) string { return s.Text }},
		{"bytes", true, func(s oneshot.Sending) string { return strconv.Itoa(s.Bytes) }},
		{"ms", true, func(s oneshot.Sending) string { return fmt.Sprint(s.Milliseconds) }},
	})
}
