package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bedrail/format/ucum"
)

func (e *environment) ucumCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "ucum",
		Short: "Convert and explain units of measure; needs no server",
	}
	c.AddCommand(e.ucumConvertCommand(), e.ucumExplainCommand())
	return c
}

// A conversion is the answer of bedrail ucum convert.
type conversion struct {
	Value  string `json:"value"`
	From   string `json:"from"`
	To     string `json:"to"`
	Result string `json:"result"`
}

func (e *environment) ucumConvertCommand() *cobra.Command {
	var digits int
	c := &cobra.Command{
		Use:     "convert VALUE FROM TO",
		Short:   "Turn a value in one unit into a value in another",
		Long:    "Units are written in UCUM, case-sensitive. A value that begins with a minus sign stands after --.",
		Example: "  bedrail ucum convert 98.6 [degF] Cel\n  bedrail ucum convert -- -5 Cel K",
		Args:    cobra.ExactArgs(3),
		RunE: func(_ *cobra.Command, args []string) error {
			result, err := ucum.ConvertText(args[0], args[1], args[2], digits)
			if err != nil {
				return usage("%v", err)
			}
			return e.writeDocument(conversion{args[0], args[1], args[2], result}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s %s\n", result, args[2])
				return err
			})
		},
	}
	c.Flags().IntVar(&digits, "digits", 15, "at most so many significant `DIGITS`")
	return c
}

// An explanation is the answer of bedrail ucum explain for one unit.
type explanation struct {
	Unit      string `json:"unit"`
	Valid     bool   `json:"valid"`
	Display   string `json:"display,omitempty"`
	Dimension string `json:"dimension,omitempty"`
	Problem   string `json:"problem,omitempty"`
}

func (e *environment) ucumExplainCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "explain UNIT...",
		Short:   "Say in words what units mean, or why they are none",
		Long:    "Exit status 3 when one of them is not a unit.",
		Example: "  bedrail ucum explain mm[Hg] iU/mL",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, codes []string) error {
			rows := make([]explanation, 0, len(codes))
			bad := false
			for _, code := range codes {
				x := explain(code)
				bad = bad || !x.Valid
				rows = append(rows, x)
			}
			err := writeList(e, rows, []column[explanation]{
				{name: "unit", value: func(x explanation) string { return x.Unit }},
				{name: "meaning", value: func(x explanation) string { return x.Display + x.Problem }},
				{name: "dimension", value: func(x explanation) string { return x.Dimension }},
			})
			if err == nil && bad {
				return exitWith(exitFindings, "")
			}
			return err
		},
	}
}

func explain(code string) explanation {
	u, err := ucum.Parse(code)
	if err != nil {
		return explanation{Unit: code, Problem: err.Error()}
	}
	words, err := ucum.Display(code)
	if err != nil {
		return explanation{Unit: code, Problem: err.Error()}
	}
	return explanation{Unit: code, Valid: true, Display: words, Dimension: u.Dimension().String()}
}
