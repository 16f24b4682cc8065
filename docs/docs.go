// Package docs is the manual, carried in the program: every page of this
// folder, its pictures and the dashboard for Grafana.
package docs

import "embed"

// Files holds the pages.
//
//go:embed *.md manual/*.md decisions/*.md pictures/*.png grafana/*.json
var Files embed.FS

// A Section groups pages under a heading.
type Section struct {
	Title string
	Pages []string // paths without .md, in the order to be read
}

// Contents is the order of the manual. Every page is in it once.
func Contents() []Section {
	return []Section{
		{"Begin", []string{"manual/quick-start", "manual/concepts", "manual/screens", "intended-use"}},
		{"Run it", []string{"manual/install", "manual/upgrade", "manual/backup", "manual/sizing", "manual/hardening", "manual/observability", "manual/notifications", "threat-model"}},
		{"Devices and exposure", []string{"inventory", "protocols", "rules", "formats", "manual/lifecycle"}},
		{"Exchange", []string{"manual/exchange", "manual/exchange-doors", "manual/mappings"}},
		{"Reference", []string{"manual/command-line", "manual/api", "manual/api-stability", "manual/contracts"}},
		{"Proof", []string{"accuracy", "performance", "conformance", "soak", "journeys", "data-licences"}},
		{"Decisions", []string{"decisions/0001-store", "decisions/0002-bus", "decisions/0003-audit", "decisions/0004-record-encryption", "decisions/0005-web-stack", "decisions/0006-api-generator", "decisions/0010-messages"}},
	}
}
