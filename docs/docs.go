// Package docs is the manual, carried in the program: every page of this
// folder, its pictures and the dashboard for Grafana.
package docs

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Files holds the pages.
//
//go:embed *.md manual/*.md decisions/*.md pictures/*.png grafana/*.json
var Files embed.FS

// A Section groups pages under a heading.
type Section struct {
	Title string
	Pages []string // paths without .md, in the order to be read
}

// Contents is the order of the manual. Every page is in it once: what has no
// place yet stands at the end.
func Contents() []Section {
	all, more := placed(), Section{Title: "More"}
	fs.WalkDir(Files, ".", func(name string, d fs.DirEntry, err error) error {
		page, isPage := strings.CutSuffix(name, ".md")
		if isPage && !slices.ContainsFunc(all, func(s Section) bool { return slices.Contains(s.Pages, page) }) {
			more.Pages = append(more.Pages, page)
		}
		return err
	})
	for i, s := range all {
		if s.Title == "Decisions" { // they are many, and their names are their order
			for _, page := range more.Pages {
				if path.Dir(page) == "decisions" {
					all[i].Pages = append(all[i].Pages, page)
				}
			}
			slices.Sort(all[i].Pages)
			more.Pages = slices.DeleteFunc(more.Pages, func(page string) bool { return path.Dir(page) == "decisions" })
		}
	}
	if len(more.Pages) > 0 {
		all = append(all, more)
	}
	return all
}

func placed() []Section {
	return []Section{
		{"Begin", []string{"manual/quick-start", "manual/concepts", "manual/screens", "intended-use"}},
		{"Run it", []string{"manual/install", "manual/upgrade", "manual/backup", "manual/sizing", "manual/hardening", "manual/sensors", "manual/observability", "manual/notifications", "threat-model"}},
		{"Devices and exposure", []string{"inventory", "protocols", "rules", "formats", "manual/lifecycle"}},
		{"Exchange", []string{"manual/exchange", "manual/exchange-doors", "manual/mappings"}},
		{"Reference", []string{"manual/command-line", "manual/api", "manual/api-stability", "manual/contracts"}},
		{"Proof", []string{"accuracy", "performance", "conformance", "soak", "journeys", "data-licences"}},
		{"Decisions", nil},
	}
}
