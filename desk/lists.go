package desk

import (
	"slices"
	"strings"
)

// lists are the lists of the screens, which views are of.
var lists = []string{
	"audit", "backups", "bills", "channels", "components", "contradictions", "corrections", "data-recalls", "devices", "disclosures",
	"findings", "imports", "ledger", "letters", "lifecycle", "locations", "mds2", "messages", "models", "patches", "purchases", "quality",
	"quality-alerts", "recalls", "reconcile-differs", "releases", "replays", "sensors", "shadow", "stewardship", "targets", "tokens",
	"unidentified", "users", "worklist", "written-back",
}

// parts are how the names of lists begin that stand several times, each beside
// one thing.
var parts = []string{"coverage-", "device-messages-", "list-preview-", "map-", "reconcile-"}

// Known reports whether the screens have a list called name.
func Known(name string) bool {
	return slices.Contains(lists, name) || slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(name, p) && name != p })
}
