package main

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"bedrail/api"
)

func (e *environment) openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the description of the HTTP API (OpenAPI 3.1, JSON or YAML)",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text, err := api.Document()
			if err != nil {
				return err
			}
			switch e.output {
			case "yaml":
				return writeYAML(e.stdout, json.RawMessage(text))
			case "table", "json":
				_, err = e.stdout.Write(text)
				return err
			}
			return usage("-o %s: the description is JSON, or YAML by -o yaml", e.output)
		},
	}
}

// manCommand writes the manual pages, for packages of distributions.
func (e *environment) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man FOLDER",
		Short:  "Write the manual pages into a folder",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			c.Root().DisableAutoGenTag = true
			return doc.GenManTree(c.Root(), &doc.GenManHeader{Title: "BEDRAIL", Section: "1"}, args[0])
		},
	}
}
