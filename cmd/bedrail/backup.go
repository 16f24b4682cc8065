package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/server"
	"bedrail/store"
)

func (e *environment) backupCommand() *cobra.Command {
	return group("backup", "Make, prove and restore backups", e.backupList(), e.backupCreate(), e.backupVerify(), e.backupRestore())
}

// backupConfig reads the configuration; backups work on the data folder, never
// through a door.
func (e *environment) backupConfig() (server.Config, error) {
	if e.server != "" {
		return server.Config{}, usage("backups are made beside the data: run this on the machine of the server, with --config in place of --server")
	}
	return server.Load(server.Sources{File: e.config})
}

func (e *environment) backupList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "Backups in backup.folder, newest first", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var kept api.Backups
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/backups"}, &kept); err != nil {
			return err
		}
		return writeList(e, kept.Items, []column[api.BackupFile]{
			{"madeAt", false, func(b api.BackupFile) string { return when(b.MadeAt) }},
			{"name", false, func(b api.BackupFile) string { return b.Name }},
			{"bytes", false, func(b api.BackupFile) string { return strconv.FormatInt(b.Bytes, 10) }},
		})
	}}
}

func (e *environment) backupCreate() *cobra.Command {
	return &cobra.Command{Use: "create [PATH]", Short: "Write a backup to a file or folder, and restore it to try it out", Args: cobra.MaximumNArgs(1),
		Long: "The backup is restored into a scratch place and verified there; only then does it get its name. A running server goes on.\n" +
			"It holds no key: keep a copy of the folder of the keys elsewhere.\n" +
			"With --server and without PATH the server makes one in its own backup.folder, as a job.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return e.backupJob(c, "/backups")
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			cfg, err := e.backupConfig()
			if err != nil {
				return err
			}
			local, err := server.OpenLocal(ctx, cfg)
			if err != nil {
				return err
			}
			defer local.Close()
			report, err := local.Server.Backup(ctx, local.Actor(), args[0])
			if err != nil {
				return err
			}
			return e.writeBackup(report)
		}}
}

func (e *environment) backupVerify() *cobra.Command {
	return &cobra.Command{Use: "verify FILE", Short: "Restore a backup into a scratch place and compare it with what it promises", Args: cobra.ExactArgs(1),
		Long: "With --server, FILE is the name of a backup that the server keeps; it verifies it as a job.",
		RunE: func(c *cobra.Command, args []string) error {
			if e.server != "" {
				return e.backupJob(c, "/backups/"+url.PathEscape(args[0])+"/verify")
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			cfg, err := e.backupConfig()
			if err != nil {
				return err
			}
			report, err := server.VerifyBackup(ctx, cfg, args[0])
			if err != nil {
				return err
			}
			if err := e.writeBackup(report); err != nil || report.Valid {
				return err
			}
			return exitWith(exitFindings, "")
		}}
}

// backupJob has a server work on its own folder of backups.
func (e *environment) backupJob(c *cobra.Command, path string) error {
	if e.server == "" {
		return usage("name a PATH to write to, or the server that makes one by --server")
	}
	return e.oneJob(c, call{method: http.MethodPost, path: path})
}

func (e *environment) backupRestore() *cobra.Command {
	var lost bool
	c := &cobra.Command{Use: "restore FILE", Short: "Fill an empty data folder from a backup", Args: cobra.ExactArgs(1),
		Long: "Put the folder of the keys back first: a backup never holds them. Entries of the audit record that are newer than the backup\n" +
			"are gone; a witness notices that, and nothing is written until \"bedrail audit accept-restore\" has put that on record."}
	c.Flags().BoolVar(&lost, "keys-lost", false, "the keys are gone: restore the rest, what was sealed stays closed for ever")
	c.RunE = func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		cfg, err := e.backupConfig()
		if err != nil {
			return err
		}
		report, err := server.RestoreBackup(ctx, cfg, args[0], lost)
		if err != nil {
			return err
		}
		return e.writeBackup(report)
	}
	return c
}

func (e *environment) writeBackup(r store.BackupReport) error {
	return e.writeDocument(r, func(w io.Writer) error {
		verdict := "restores and verifies"
		if !r.Valid {
			verdict = "DOES NOT VERIFY"
		}
		fmt.Fprintf(w, "%s %s: made %s on %s, %d rows, %d bytes\n", r.Path, verdict, when(r.Made), r.Engine, r.Rows, r.Bytes)
		for _, a := range r.Audit {
			fmt.Fprintf(w, "audit record %s: %d entries, root %s\n", a.Tenant, a.Size, a.Root)
		}
		for _, p := range r.Problems {
			fmt.Fprintln(w, p)
		}
		return nil
	})
}

func (e *environment) storeCommand() *cobra.Command {
	return group("store", "Move everything from SQLite to PostgreSQL or back", e.storeExport(), e.storeImport())
}

func (e *environment) storeExport() *cobra.Command {
	return &cobra.Command{Use: "export FILE", Short: "Write the whole store to a file that either engine reads", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			cfg, err := e.backupConfig()
			if err != nil {
				return err
			}
			local, err := server.OpenLocal(ctx, cfg)
			if err != nil {
				return err
			}
			defer local.Close()
			m, err := local.Server.Export(ctx, args[0])
			if err != nil {
				return err
			}
			return e.writeDocument(m, func(w io.Writer) error {
				for _, t := range m.Tables {
					fmt.Fprintf(w, "%-20s %8d rows\n", t.Name, t.Rows)
				}
				return nil
			})
		}}
}

func (e *environment) storeImport() *cobra.Command {
	return &cobra.Command{Use: "import FILE", Short: "Fill the empty store of the configuration from an export or a backup", Args: cobra.ExactArgs(1),
		Long: "Stop the server, export, name the other engine in the configuration (store.postgres, or nothing for SQLite), import, start.",
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			cfg, err := e.backupConfig()
			if err != nil {
				return err
			}
			report, err := server.RestoreBackup(ctx, cfg, args[0], false)
			if err != nil {
				return err
			}
			return e.writeBackup(report)
		}}
}
