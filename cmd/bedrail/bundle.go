package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"bedrail/audit"
	"bedrail/feed"
)

func (e *environment) feedBundle() *cobra.Command {
	return group("bundle", "Feeds carried across an air gap, signed", e.bundleCreate(), e.bundleImport())
}

// bundleCreate needs no server: it is run where the feeds can be fetched.
func (e *environment) bundleCreate() *cobra.Command {
	var key, name, base, out string
	c := &cobra.Command{Use: "create PATH... --key FILE --out FILE", Short: "Pack and sign feeds, as published, for a hospital without a connection", Args: cobra.MinimumNArgs(1),
		Long: "Packs every feed file below PATH with its hash, and signs the list. The key is made when FILE is not there yet; what verifies it is printed,\n" +
			"and belongs into the setting feeds.bundleKeys of the server that is to believe it. With --base only what that bundle lacks is packed.",
		Example: "  bedrail feed bundle create feeds --key carrier.key --out monday.zip\n  bedrail feed bundle create feeds --key carrier.key --base monday.zip --out tuesday.zip"}
	c.RunE = func(c *cobra.Command, paths []string) error {
		if key == "" || out == "" {
			return usage("give --key and --out")
		}
		seal, err := audit.OpenSeal(key, name)
		if err != nil {
			return err
		}
		var from *feed.Manifest
		if base != "" {
			m, err := feed.ReadManifest(base)
			if err != nil {
				return err
			}
			from = &m
		}
		f, err := os.CreateTemp(filepath.Dir(out), ".bundle-*")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name()) // gone already after the rename
		defer f.Close()
		m, err := feed.CreateBundle(c.Context(), f, paths, from, e.clock.Now(), seal.SignText)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		if err := os.Rename(f.Name(), out); err != nil {
			return err
		}
		made := struct {
			Bundle string `json:"bundle"`
			Key    string `json:"key"`
			feed.Manifest
		}{out, seal.Key(), m}
		return e.writeDocument(made, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s: %d files\nfeeds.bundleKeys: %s\n", out, len(m.Files), seal.Key())
			return err
		})
	}
	f := c.Flags()
	f.StringVar(&key, "key", "", "`FILE` with the signing key; made when it is not there")
	f.StringVar(&name, "name", "feeds", "name of a key that is made")
	f.StringVar(&base, "base", "", "an earlier `BUNDLE`; only what it lacks is packed")
	f.StringVar(&out, "out", "", "`FILE` to write")
	return c
}

func (e *environment) bundleImport() *cobra.Command {
	return &cobra.Command{Use: "import FILE...", Short: "Bring signed bundles in; one of no trusted key is refused whole", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, paths []string) error {
			for _, path := range paths {
				if _, err := feed.ReadManifest(path); err != nil {
					return err // here already: a plain archive is brought in by "feed import"
				}
			}
			return e.ingestFiles(c, "feed", paths, url.Values{}, false)
		}}
}
