package main

import (
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// deviceExport writes devices in the form of another system.
func (e *environment) deviceExport() *cobra.Command {
	return &cobra.Command{Use: "export writeback|netbox|servicenow|fhir", Short: "Write devices in the form of another system", Args: cobra.ExactArgs(1),
		ValidArgs: []string{"writeback", "netbox", "servicenow", "fhir"},
		Long:      "Only what is likely or confirmed is written; a blank is not known. writeback holds a row for each attribute that the maintenance system's list lacks or has otherwise.",
		Example:   "  bedrail device export writeback > corrections.csv\n  bedrail device export fhir --filter unit:ICU > devices.json",
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			q := url.Values{"format": args}
			if e.filter != "" {
				q.Set("filter", e.filter)
			}
			return conn.copy(ctx, call{method: http.MethodGet, path: "/devices/export", query: q}, e.stdout)
		}}
}
