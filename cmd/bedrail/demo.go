package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"bedrail/server"
)

func (e *environment) demoCommand() *cobra.Command {
	var listen string
	var seed uint64
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the demonstration hospital: made-up devices, live, without a network",
		Long: "Demo starts a Bedrail with a hospital of 300 made-up devices at its doors. Everything it keeps lies in a temporary\n" +
			"folder and ends with it; every page says that the data are made up.",
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`ADDRESS` of the screens; port 0 takes any that is free")
	c.Flags().Uint64Var(&seed, "seed", 1, "`SEED` of the hospital; the same seed gives the same one")
	c.RunE = func(c *cobra.Command, _ []string) error {
		level := "warn"
		if e.verbose {
			level = "info"
		}
		d, err := server.NewDemo(c.Context(), listen, seed, server.Options{Log: e.logger(level, "text")})
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "url: %s\nlogin: %s / %s\ntoken: %s\n", d.Server.URL(), d.Login, d.Password, d.Token)
		return d.Run(c.Context())
	}
	return c
}
