package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bedrail/server"
)

func (e *environment) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which Bedrail this is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := server.Version()
			return e.writeDocument(v, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "bedrail %s\ncommit %s\nbuilt with %s for %s\n", v.Version, v.Commit, v.Go, v.Platform)
				return err
			})
		},
	}
}
