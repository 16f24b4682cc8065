package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail"
	"bedrail/server/oneshot"
)

func (e *environment) messageCommand() *cobra.Command {
	return group("message", "Messages of devices and systems: check them, look into them, follow what became of them", e.messageValidateCommand(), e.messageShowCommand(), e.messageDiff(), e.messageSend(),
		e.messageLedger(), e.messageList(), e.messageGet(), e.messageTrace(), e.messageReveal(), e.messageReplay(), e.messageApprove(), e.messageReplays(), e.messageProve(), e.messageVerifyProof(), e.messageForget(), e.messageHold(),
		e.messageRepair(), e.messageAssociate(), e.messageHeld(), e.messageAccount(), e.messageProvenance())
}

func (e *environment) messageValidateCommand() *cobra.Command {
	var request oneshot.ValidateRequest
	var received string
	var outcome bool
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Say what is wrong with messages, where, and what to do; needs no server",
		Long: "Reads files, or every file of a folder, recognises what each holds (" + strings.Join(oneshot.FormatNames(), ", ") + ") and checks it.\n" +
			"Device messages are checked by their IHE profile too: units against what is measured, the tree of the device, identity, demonstration data.\n" +
			"Exit status 3 when any file is invalid, 7 when some could not be read. Patient data is never printed.",
		Example: "  bedrail message validate day/*.hl7\n  bedrail message validate --profile ihe-pcd-01 monitor.hl7 -o json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, paths []string) error {
			request.Paths, request.Stdin = paths, e.stdin
			request.Problem = func(text string) { e.warn("%s", text) }
			if received != "" {
				at, err := time.Parse(time.RFC3339, received)
				if err != nil {
					return usage("--received %s: write it as 2026-03-01T10:15:00Z", received)
				}
				request.Received = at
			}
			return e.validateMessages(c, request, outcome)
		},
	}
	c.Flags().StringVar(&request.As, "as", "", "take every file as this `FORMAT`: "+strings.Join(oneshot.FormatNames(), ", "))
	c.Flags().StringVar(&request.Profile, "profile", "", "check by this `PROFILE` instead of what the message claims: ihe-pcd-01, -04, -05, -10, or the URL of a FHIR profile")
	c.Flags().StringVar(&request.Definitions, "definitions", "", "`FOLDER` with the FHIR definitions of a guide: profiles, value sets, code systems, questionnaires")
	c.Flags().StringVar(&request.Version, "fhir-version", "", "`VERSION` of FHIR: R4 (the default), R4B or R5")
	c.Flags().BoolVar(&outcome, "outcome", false, "print an OperationOutcome of FHIR for each file, a line each")
	c.Flags().StringVar(&received, "received", "", "`TIME` at which the messages came in; then clocks are checked")
	c.Flags().StringVar(&request.Terms, "terms", "", "CSV `FILE` with an extract of the device nomenclature (RTMMS)")
	return c
}

func (e *environment) validateMessages(c *cobra.Command, request oneshot.ValidateRequest, outcome bool) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	found, err := oneshot.Validate(ctx, request)
	if err != nil && !errors.Is(err, oneshot.ErrSomeUnread) {
		return err
	}
	if len(found) == 0 && err != nil && e.output != "json" && e.output != "yaml" {
		if !slices.ContainsFunc(request.Paths, isThere) {
			return exitWith(exitNotFound, "")
		}
		return exitWith(exitFailed, "")
	}
	show := e.printValidations
	if outcome {
		show = e.printOutcomes
	}
	if printed := show(found); printed != nil {
		return printed
	}
	for _, v := range found {
		if !v.Valid {
			return exitWith(exitFindings, "")
		}
	}
	if err != nil {
		return exitWith(exitPartly, "%v", err)
	}
	return nil
}

// printOutcomes prints each validation as an OperationOutcome.
func (e *environment) printOutcomes(found []oneshot.Validation) error {
	for _, v := range found {
		if _, err := fmt.Fprintf(e.stdout, "%s\n", v.Outcome()); err != nil {
			return err
		}
	}
	return nil
}

// A foundIssue is one row of the table: an issue with its file.
type foundIssue struct {
	Path string `json:"path"`
	oneshot.MessageIssue
}

func (e *environment) printValidations(found []oneshot.Validation) error {
	switch e.output {
	case "json", "yaml":
		if found == nil {
			found = []oneshot.Validation{}
		}
		return e.writeDocument(found, nil)
	case "ndjson":
		return writeLines(e.stdout, found)
	}
	var rows []foundIssue
	valid, messages := 0, 0
	for _, v := range found {
		messages += v.Messages
		if v.Valid {
			valid++
		}
		for _, i := range v.Issues {
			rows = append(rows, foundIssue{v.Path, i})
		}
	}
	if len(rows) > 0 || e.output == "csv" {
		if err := writeList(e, rows, issueColumns); err != nil {
			return err
		}
	}
	e.say("%d of %d files valid, %d messages", valid, len(found), messages)
	return nil
}

var issueColumns = []column[foundIssue]{
	{"file", false, func(i foundIssue) string { return i.Path }},
	{"severity", false, func(i foundIssue) string { return i.Severity }},
	{"location", false, func(i foundIssue) string {
		if i.Message > 0 {
			return fmt.Sprintf("message %d, %s", i.Message, i.Location)
		}
		return i.Location
	}},
	{"bytes", true, func(i foundIssue) string { return fmt.Sprintf("%d-%d", i.Bytes[0], i.Bytes[1]) }},
	{"rule", true, func(i foundIssue) string { return i.Rule }},
	{"text", false, func(i foundIssue) string { return i.Text }},
}

func (e *environment) messageShowCommand() *cobra.Command {
	var patients bool
	c := &cobra.Command{
		Use:   "show FILE",
		Short: "Show a message field by field; patient data is masked unless asked for",
		Long: "Lists what a file holds, value by value with path, name and byte range: HL7 v2, FHIR in JSON or XML, DICOM, records of analysers (ASTM) or POCT1-A.\n" +
			"Who the patient or another person is, and what people wrote, stands as " + oneshot.Masked + " unless --patient is given.",
		Example: "  bedrail message show monitor.hl7\n  bedrail message show image.dcm -o json",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, paths []string) error {
			raw, err := e.readInput(paths[0])
			if err != nil {
				return err
			}
			rows, err := oneshot.Show(raw, patients)
			if err != nil {
				return bedrail.Errorf(bedrail.Invalid, "%s: %w", paths[0], err)
			}
			if len(rows) == oneshot.MostShown {
				e.say("only the first %d values are shown", len(rows))
			}
			return writeList(e, rows, shownColumns)
		},
	}
	c.Flags().BoolVar(&patients, "patient", false, "show patient data too")
	return c
}

// readInput reads a file, or standard input for "-", up to 64 MiB.
func (e *environment) readInput(path string) ([]byte, error) {
	const most = 64 << 20
	from := e.stdin
	if path != "-" {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, bedrail.Errorf(bedrail.NotFound, "%s is not there", path)
		}
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "%w", err)
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s: %w", path, err)
	}
	if len(raw) > most {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s: larger than 64 MiB; split it first", path)
	}
	return raw, nil
}

var shownColumns = []column[oneshot.ShownField]{
	{"path", false, func(f oneshot.ShownField) string {
		if f.Message > 0 {
			return fmt.Sprintf("%d: %s", f.Message, f.Path)
		}
		return f.Path
	}},
	{"name", false, func(f oneshot.ShownField) string { return f.Name }},
	{"value", false, func(f oneshot.ShownField) string { return strings.ReplaceAll(f.Value, "\n", " / ") }},
	{"bytes", true, func(f oneshot.ShownField) string { return fmt.Sprintf("%d-%d", f.Bytes[0], f.Bytes[1]) }},
}
