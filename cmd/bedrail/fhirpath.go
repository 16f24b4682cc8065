package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bedrail/server/oneshot"
)

func (e *environment) fhirpathCommand() *cobra.Command {
	var version string
	var strict bool
	c := &cobra.Command{
		Use:   "fhirpath EXPR FILE",
		Short: "Ask a FHIR resource a question in FHIRPath; needs no server",
		Long: "Evaluates a FHIRPath expression on a resource in JSON or XML (- for standard input) and prints each item of the\n" +
			"result with its type. Where nothing is found because a name is none of the resource, that is said on standard error.",
		Example: "  bedrail fhirpath \"name.where(use = 'official').family\" patient.json",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			items, hint, err := oneshot.FHIRPath(args[0], args[1], version, strict, c.InOrStdin())
			if err != nil {
				return err
			}
			if hint != "" {
				e.say("nothing was found; %s", hint)
			}
			return e.writeDocument(items, func(w io.Writer) error {
				for _, i := range items {
					if _, err := fmt.Fprintf(w, "%s\t%s\n", i.Type, i.Value); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&strict, "strict", false, "refuse names and types that mean nothing for this resource")
	c.Flags().StringVar(&version, "fhir-version", "R4", "`VERSION` of FHIR: R4, R4B or R5")
	return c
}
