package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bedrail/server/oneshot"
)

func (e *environment) conformanceCommand() *cobra.Command {
	var at oneshot.SuiteFolders
	cmd := &cobra.Command{
		Use:   "conformance SUITE PATH",
		Short: "Run an official test suite as it is published; needs no server",
		Long: "Runs a suite against the formats inside this program and prints the score.\n" +
			"ucum: UcumFunctionalTests.xml; fhirpath: tests-fhir-r4.xml; fhir-validator: manifest.json beside its files.\n" +
			"Exit status 3 when a case fails.",
		Example: "  bedrail conformance ucum UcumFunctionalTests.xml -o json",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			score, err := oneshot.RunSuite(args[0], args[1], at)
			if err != nil {
				return err
			}
			if err := e.writeDocument(score, func(w io.Writer) error { return printScore(w, score) }); err != nil {
				return err
			}
			if len(score.Failed) > 0 {
				return exitWith(exitFindings, "")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&at.Definitions, "definitions", "", "`DIR` with further FHIR definitions for the validator's cases")
	cmd.Flags().StringArrayVar(&at.Inputs, "inputs", nil, "`DIR` with the resources that the FHIRPath cases ask about (may be given again)")
	return cmd
}

func printScore(w io.Writer, c oneshot.Conformance) error {
	for _, f := range c.Failed {
		if _, err := fmt.Fprintf(w, "failed   %s: got %s, want %s\n", f.Name, f.Got, f.Expected); err != nil {
			return err
		}
	}
	for _, s := range c.Skipped {
		if _, err := fmt.Fprintf(w, "skipped  %s: %s\n", s.Name, s.Why); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %d of %d passed, %d skipped\n", c.Suite, c.Passed, c.Total, len(c.Skipped))
	if v := c.ValidatorCounts; v != nil && err == nil {
		_, err = fmt.Fprintf(w, "invalid: %d of %d found; false alarms: %d; errors at the recorded place: %d of %d\n"+
			"R4 in JSON without terminology server: %d of %d passed, %d of %d invalid found, %d false alarms, %d of %d errors at the recorded place\n",
			v.Found, v.Invalid, v.FalsePositives, v.Located, v.Errors,
			v.Offline.Passed, v.Offline.Total, v.Offline.Found, v.Offline.Invalid, v.Offline.FalsePositives, v.Offline.Located, v.Offline.Errors)
	}
	return err
}
