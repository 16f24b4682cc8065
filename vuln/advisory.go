// Package vuln answers which devices of the hospital are exposed to which
// known weakness, how sure that is, and why.
//
// There are three answers: affected, not affected, and undecidable. What
// cannot be decided is said with its reason and left to a person; it is never
// silently clean.
package vuln

import (
	"slices"
	"strings"
	"time"

	"bedrail/format/cpe"
)

// A Status is the answer for one component or model and one weakness.
type Status string

// The answers.
const (
	Affected    Status = "affected"
	NotAffected Status = "not-affected"
	Undecidable Status = "undecidable"
)

// rank orders answers by how much they ask for attention.
func (s Status) rank() int {
	switch s {
	case Affected:
		return 3
	case Undecidable:
		return 2
	case NotAffected:
		return 1
	}
	return 0
}

// An Advisory is one published statement about one weakness.
type Advisory struct {
	ID        string    `json:"id"`     // the weakness as this source names it
	Source    string    `json:"source"` // the statement, for example osv:GHSA-..., csaf:ICSMA-20-317-01
	Feed      string    `json:"feed"`   // where it came in, for example osv:PyPI
	Aliases   []string  `json:"aliases,omitempty"`
	Title     string    `json:"title,omitempty"`
	Published time.Time `json:"published,omitzero"`
	Modified  time.Time `json:"modified,omitzero"`
	Withdrawn bool      `json:"withdrawn,omitempty"` // taken back or rejected: matched by nothing
	Disputed  bool      `json:"disputed,omitempty"`
	Scores    []Score   `json:"scores,omitempty"`

	Packages       []Package       `json:"packages,omitempty"`
	Configurations []Configuration `json:"configurations,omitempty"`
	Products       []Product       `json:"products,omitempty"`

	Exploited   string `json:"exploited,omitempty"`   // SSVC: poc, active
	Automatable string `json:"automatable,omitempty"` // SSVC: yes, no

	References []string `json:"references,omitempty"`
	Remedies   []Remedy `json:"remedies,omitempty"`
}

// A Score is a severity score with its vector.
type Score struct {
	Version string  `json:"version"` // CVSS version: 2.0, 3.0, 3.1, 4.0
	Vector  string  `json:"vector"`
	Score   float64 `json:"score"`
	Source  string  `json:"source,omitempty"` // the statement that gives it
}

// A Remedy is what its maker says can be done.
type Remedy struct {
	Category string `json:"category"`
	Details  string `json:"details"`
}

// A Package is a published package with the versions that are affected.
type Package struct {
	Ecosystem string   `json:"ecosystem"`
	Release   string   `json:"release,omitempty"` // of a distribution, "11" of Debian:11
	Name      string   `json:"name"`              // canonical within its ecosystem
	Ranges    []Range  `json:"ranges,omitempty"`
	Custom    []Range  `json:"custom,omitempty"` // by the project's own tags, which may not be the registry's versions
	Versions  []string `json:"versions,omitempty"`
}

// A Range is the events along a line of versions.
type Range []Event

// An Event is a version at which something changes. One field is set.
type Event struct {
	Introduced string `json:"introduced,omitempty"`
	Fixed      string `json:"fixed,omitempty"`
	Last       string `json:"lastAffected,omitempty"`
}

// A Configuration is a combination of products by their CPE names.
type Configuration struct {
	And   bool   `json:"and,omitempty"`
	Nodes []Node `json:"nodes"`
}

// A Node is some products of a configuration.
type Node struct {
	And     bool       `json:"and,omitempty"`
	Negate  bool       `json:"negate,omitempty"`
	Matches []CPEMatch `json:"matches"`
}

// A CPEMatch is a product name with bounds on its version.
type CPEMatch struct {
	Vulnerable bool     `json:"vulnerable,omitempty"`
	Name       cpe.Name `json:"name"`
	Bounds     Bounds   `json:"bounds,omitzero"`
}

// Bounds limit versions from below and above; an empty field is no limit.
type Bounds struct {
	From  string `json:"from,omitempty"`  // at least
	Above string `json:"above,omitempty"` // more than
	To    string `json:"to,omitempty"`    // at most
	Below string `json:"below,omitempty"` // less than
}

// A Product is a product as a person named it: vendor, name, and a text about
// versions.
type Product struct {
	Vendor       string   `json:"vendor"`
	Name         string   `json:"name"`
	Version      string   `json:"version"` // as written
	FullName     string   `json:"fullName,omitempty"`
	Status       Status   `json:"status"`
	Fixed        string   `json:"fixed,omitempty"`
	Models       []string `json:"models,omitempty"`
	Justified    string   `json:"justification,omitempty"`
	Serials      []string `json:"serials,omitempty"`
	FixedVersion bool     `json:"isFix,omitempty"` // the text names versions that are mended
}

// names returns every identifier of a, its own first.
func (a *Advisory) names() []string {
	return append([]string{a.ID}, a.Aliases...)
}

// Best returns the score that counts: of the newest CVSS version.
func Best(scores []Score) (Score, bool) {
	if len(scores) == 0 {
		return Score{}, false
	}
	return slices.MaxFunc(scores, func(a, b Score) int {
		if c := strings.Compare(a.Version, b.Version); c != 0 {
			return c
		}
		return int(10*a.Score) - int(10*b.Score)
	}), true
}

// Severity names a score in words.
func Severity(score float64, known bool) string {
	switch {
	case !known:
		return "unknown"
	case score >= 9:
		return "critical"
	case score >= 7:
		return "high"
	case score >= 4:
		return "medium"
	case score > 0:
		return "low"
	}
	return "none"
}
