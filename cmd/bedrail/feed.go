package main

import (
	"archive/zip"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"bedrail/feed"
)

func (e *environment) feedCommand() *cobra.Command {
	return group("feed", "What the world publishes: advisories, exploited weaknesses, recalls, ends of support", e.feedList(), e.feedImport(), e.feedSync(), e.feedBundle())
}

func (e *environment) feedList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List feeds with their age", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[feed.Status](ctx, e, "/feeds", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[feed.Status]{
			{"name", false, func(f feed.Status) string { return f.Name }},
			{"records", false, func(f feed.Status) string { return strconv.Itoa(f.Records) }},
			{"newest", false, func(f feed.Status) string { return when(f.Newest) }},
			{"importedAt", false, func(f feed.Status) string { return when(f.ImportedAt) }},
			{"age", false, func(f feed.Status) string { return f.Age }},
			{"stale", false, func(f feed.Status) string { return yesOrNothing(f.Stale) }},
			{"source", true, func(f feed.Status) string { return f.Source }},
		})
	}}
}

func (e *environment) feedImport() *cobra.Command {
	return &cobra.Command{Use: "import PATH...", Short: "Bring in feeds from files, archives or folders, with no connection needed", Args: cobra.MinimumNArgs(1),
		Example: "  bedrail feed import /media/usb/feeds",
		RunE: func(c *cobra.Command, paths []string) error {
			var files []string
			for _, path := range paths {
				info, err := os.Stat(path)
				if err != nil {
					return usage("%v", err)
				}
				if !info.IsDir() {
					files = append(files, path)
					continue
				}
				packed, err := packFolder(path)
				if err != nil {
					return err
				}
				defer os.RemoveAll(filepath.Dir(packed))
				files = append(files, packed)
			}
			return e.ingestFiles(c, "feed", files, url.Values{}, false)
		}}
}

// packFolder makes one archive of a folder, so that it is one import and not
// thousands. The archive bears the folder's name.
func packFolder(path string) (string, error) {
	dir, err := os.MkdirTemp("", "bedrail-feed-")
	if err != nil {
		return "", err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, filepath.Base(abs)+".zip")
	f, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	z := zip.NewWriter(f)
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !feed.Wanted(p) {
			return err
		}
		rel, err := filepath.Rel(path, p)
		if err != nil {
			return err
		}
		return packFile(z, p, filepath.ToSlash(rel))
	})
	if err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return name, nil
}

func packFile(z *zip.Writer, path, name string) error {
	src, err := os.Open(path)
	if err != nil {
		return err
	}
	defer src.Close()
	w, err := z.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, src)
	return err
}

func (e *environment) feedSync() *cobra.Command {
	return &cobra.Command{Use: "sync [NAME]", Short: "Fetch a configured source now, or all of them", Args: cobra.MaximumNArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		path := "/feeds/sync"
		if len(args) == 1 {
			path = "/feeds/" + url.PathEscape(args[0]) + "/sync"
		}
		var result feed.Result
		if err := conn.do(ctx, call{method: http.MethodPost, path: path}, &result); err != nil {
			return err
		}
		for _, p := range result.Problems {
			e.warn("%s", p)
		}
		return e.writeDocument(result, func(w io.Writer) error {
			return writeList(e, result.Feeds, []column[feed.Summary]{
				{"name", false, func(s feed.Summary) string { return s.Name }},
				{"records", false, func(s feed.Summary) string { return strconv.Itoa(s.Records) }},
				{"newest", false, func(s feed.Summary) string { return when(s.Newest) }},
			})
		})
	}}
}
