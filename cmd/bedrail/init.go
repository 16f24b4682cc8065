package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/server"
)

// initCommand writes a configuration to begin with.
func (e *environment) initCommand() *cobra.Command {
	var listen, data string
	var secure bool
	c := &cobra.Command{Use: "init FILE", Short: "Write a configuration file with every setting and what it means", Args: cobra.ExactArgs(1),
		Long: "Every setting stands in it with its usual value, behind a sign that makes it a comment: take the sign away to change one.\n" +
			"A file that is there already stays as it is.",
		Example: "  bedrail init bedrail.yaml\n  bedrail init bedrail.yaml --listen 0.0.0.0:8080 --tls"}
	c.Flags().StringVar(&listen, "listen", "", "`ADDRESS` and port of the screens")
	c.Flags().StringVar(&data, "data", "", "`FOLDER` of everything that is kept")
	c.Flags().BoolVar(&secure, "tls", false, "encrypt by an authority of its own, made at the first start")
	c.RunE = func(_ *cobra.Command, args []string) error {
		path := args[0]
		given := map[string]string{"server.listen": listen, "server.data": data}
		if secure {
			given["server.tls"] = "own-ca"
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return exitWith(exitConflict, "%s is there already and stays as it is", path)
		}
		if err != nil {
			return exitWith(exitFailed, "%v", err)
		}
		if err := errors.Join(writeSettings(f, given), f.Close()); err != nil {
			return err
		}
		e.say("%s is written; look at it, then: bedrail doctor --config %s, and bedrail serve --config %s", filepath.Base(path), path, path)
		return nil
	}
	return c
}

// writeSettings writes every setting as a comment, and those that are given as
// settings.
func writeSettings(w io.Writer, given map[string]string) error {
	var b strings.Builder
	b.WriteString("# Settings of Bedrail. Take the sign # away from a line to change it. Lists are written with commas.\n")
	for _, s := range server.Settings() {
		if s.Key == "exchange.channels" { // too much for a line: see docs/manual/exchange.md
			continue
		}
		value, sign := s.Usual, "#"
		if v := given[s.Key]; v != "" {
			value, sign = v, ""
		}
		fmt.Fprintf(&b, "\n# %s\n%s%s: %q\n", s.About, sign, s.Key, value)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// selftestCommand tries out the program itself.
func (e *environment) selftestCommand() *cobra.Command {
	return &cobra.Command{Use: "selftest", Short: "Try out the program itself in a scratch folder: cryptography, store, audit record, packets, messages", Args: cobra.NoArgs,
		Long: "For the day on which a program was installed or replaced. It needs no configuration, no network and no server, and touches none\n" +
			"of the data. Status 3 when something does not hold.",
		RunE: func(c *cobra.Command, _ []string) error {
			found := server.SelfTest(c.Context(), e.clock)
			if err := e.writeDocument(found, func(w io.Writer) error { return printDiagnosis(w, found) }); err != nil {
				return err
			}
			for _, d := range found {
				if d.State == "bad" {
					return exitWith(exitFindings, "")
				}
			}
			return nil
		}}
}
