package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/sbom"
	"bedrail/vuln"
)

func (e *environment) findingCommand() *cobra.Command {
	return group("finding", "Weaknesses, the models that have them, and the beds that are exposed", e.findingList(), e.findingGet(), e.findingBeds(), e.findingDecide(), e.findingExport(), e.findingExplain(), e.findingContain(), e.findingControl(), e.findingDecisions())
}

func exposedColumns() []column[vuln.Finding] {
	return []column[vuln.Finding]{
		{"urgency", false, func(f vuln.Finding) string { return string(f.Urgency) }},
		{"status", false, func(f vuln.Finding) string { return string(f.Status) }},
		{"vulnerability", false, func(f vuln.Finding) string { return f.Vulnerability }},
		{"severity", false, func(f vuln.Finding) string { return f.Severity }},
		{"kev", false, func(f vuln.Finding) string { return yesOrNothing(f.KEV) }},
		{"model", false, func(f vuln.Finding) string {
			return strings.TrimSpace(f.Model.Manufacturer + " " + f.Model.Model + " " + f.Model.Version)
		}},
		{"component", false, func(f vuln.Finding) string { return strings.TrimSpace(f.Component.Name + " " + f.Component.Version) }},
		{"devices", false, func(f vuln.Finding) string { return strconv.Itoa(f.Devices) }},
		{"units", false, func(f vuln.Finding) string { return unitsOf(f.Units) }},
		{"rank", true, func(f vuln.Finding) string { return strconv.Itoa(f.Rank) }},
		{"kind", true, func(f vuln.Finding) string { return f.Kind }},
		{"id", true, func(f vuln.Finding) string { return f.ID }},
		{"score", true, func(f vuln.Finding) string { return strconv.FormatFloat(f.Score, 'f', 1, 64) }},
		{"reason", true, func(f vuln.Finding) string { return f.Reason }},
		{"fixed", true, func(f vuln.Finding) string { return strings.Join(f.Fixed, ", ") }},
		{"sources", true, func(f vuln.Finding) string { return strings.Join(f.Sources, ", ") }},
		{"firstSeen", true, func(f vuln.Finding) string { return when(f.FirstSeen) }},
	}
}

func unitsOf(units []vuln.UnitCount) string {
	parts := make([]string, len(units))
	for i, u := range units {
		name := u.Unit
		if name == "" {
			name = "unknown place"
		}
		parts[i] = fmt.Sprintf("%s %d", name, u.Devices)
	}
	return strings.Join(parts, ", ")
}

func (e *environment) findingList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List findings, the worst first", Args: cobra.NoArgs,
		Example: "  bedrail finding list --filter 'status:affected severity>=high unit:ICU'",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			rows, err := fetchList[vuln.Finding](ctx, e, "/findings", nil)
			if err != nil {
				return err
			}
			return writeList(e, rows, exposedColumns())
		}}
}

func (e *environment) findingGet() *cobra.Command {
	return &cobra.Command{Use: "get ID", Short: "One finding: why, and which beds", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var f api.FindingDetail
		if err := e.fetch(c, "/findings/"+url.PathEscape(args[0]), &f); err != nil {
			return err
		}
		return e.writeDocument(f, func(w io.Writer) error {
			fmt.Fprintf(w, "%s %s: %s\n%s\n\n", printable(f.Vulnerability), f.Status, printable(f.Title), printable(f.Reason))
			return writeList(e, f.Devices, bedColumns())
		})
	}}
}

func (e *environment) findingBeds() *cobra.Command {
	return &cobra.Command{Use: "beds VULNERABILITY", Short: "The devices and beds that a weakness exposes, by any of its names", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var a api.AdvisoryDetail
		if err := e.fetch(c, "/advisories/"+url.PathEscape(args[0]), &a); err != nil {
			return err
		}
		return writeList(e, a.Exposed, bedColumns())
	}}
}

func bedColumns() []column[vuln.Exposure] {
	return []column[vuln.Exposure]{
		{"name", false, func(x vuln.Exposure) string { return x.Name }},
		{"unit", false, func(x vuln.Exposure) string { return x.Unit }},
		{"room", false, func(x vuln.Exposure) string { return x.Room }},
		{"bed", false, func(x vuln.Exposure) string { return x.Bed }},
		{"place", false, func(x vuln.Exposure) string { return string(x.Precision) }},
		{"status", false, func(x vuln.Exposure) string { return string(x.Status) }},
		{"lastSeen", false, func(x vuln.Exposure) string { return when(x.LastSeen) }},
		{"id", true, func(x vuln.Exposure) string { return x.ID }},
		{"site", true, func(x vuln.Exposure) string { return x.Site }},
		{"reason", true, func(x vuln.Exposure) string { return x.Reason }},
	}
}

// fetch reads one thing.
func (e *environment) fetch(c *cobra.Command, path string, out any) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	return conn.do(ctx, call{method: http.MethodGet, path: path}, out)
}

func (e *environment) billCommand() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "List bills of software", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[sbom.Summary](ctx, e, "/bills", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, billColumns())
	}}
	components := &cobra.Command{Use: "components ID", Short: "List what is inside a bill", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[sbom.Component](ctx, e, "/bills/"+url.PathEscape(args[0])+"/components", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, componentColumns())
	}}
	return group("bill", "Bills of software, one for each model and version", list, e.billGet(), components, e.billSupport(), e.billGraph(), e.billHistory(), e.billDiff())
}

func billColumns() []column[sbom.Summary] {
	return []column[sbom.Summary]{
		{"id", false, func(b sbom.Summary) string { return b.ID }},
		{"manufacturer", false, func(b sbom.Summary) string { return b.Model.Manufacturer }},
		{"model", false, func(b sbom.Summary) string { return b.Model.Model }},
		{"version", false, func(b sbom.Summary) string { return b.Model.Version }},
		{"components", false, func(b sbom.Summary) string { return strconv.Itoa(b.Components) }},
		{"quality", false, func(b sbom.Summary) string { return strconv.FormatFloat(b.Quality.Score, 'f', 1, 64) }},
		{"name", true, func(b sbom.Summary) string { return b.Name }},
		{"format", true, func(b sbom.Summary) string { return b.Format + " " + b.SpecVersion }},
		{"importedAt", true, func(b sbom.Summary) string { return b.ImportedAt }},
		{"missing", true, func(b sbom.Summary) string { return strings.Join(b.Quality.Missing, "; ") }},
	}
}

func componentColumns() []column[sbom.Component] {
	return []column[sbom.Component]{
		{"name", false, func(c sbom.Component) string { return c.Name }},
		{"version", false, func(c sbom.Component) string { return c.Version }},
		{"type", false, func(c sbom.Component) string { return c.Type }},
		{"purl", false, func(c sbom.Component) string { return c.PURL }},
		{"cpe", true, func(c sbom.Component) string { return c.CPE }},
		{"supplier", true, func(c sbom.Component) string { return c.Supplier }},
		{"support", true, func(c sbom.Component) string { return c.Support }},
	}
}

func (e *environment) modelCommand() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "List models with what they are exposed to", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[vuln.ModelPosture](ctx, e, "/models", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, modelColumns())
	}}
	return group("model", "Models of equipment: what they are exposed to, and where they stand in their lives", append([]*cobra.Command{list, e.modelLifecycle()}, e.modelLives()...)...)
}

// modelLifecycle prints whose operating system or own support ends.
func (e *environment) modelLifecycle() *cobra.Command {
	return listCommand(e, "lifecycle", "Models whose support is over, will end, or cannot be told; the earliest end first", "/lifecycle", []column[vuln.LifecycleRow]{
		{"manufacturer", false, func(l vuln.LifecycleRow) string { return l.Manufacturer }},
		{"model", false, func(l vuln.LifecycleRow) string { return l.Model }},
		{"product", false, func(l vuln.LifecycleRow) string { return l.Product }},
		{"release", false, func(l vuln.LifecycleRow) string { return l.Release }},
		{"ends", false, func(l vuln.LifecycleRow) string { return l.EndOfSupport }},
		{"over", false, func(l vuln.LifecycleRow) string { return yesOrNothing(l.Over) }},
		{"devices", false, func(l vuln.LifecycleRow) string { return strconv.Itoa(l.Devices) }},
		{"units", false, func(l vuln.LifecycleRow) string { return unitsOf(l.Units) }},
		{"status", true, func(l vuln.LifecycleRow) string { return string(l.Status) }},
		{"reason", true, func(l vuln.LifecycleRow) string { return l.Reason }},
	})
}

func modelColumns() []column[vuln.ModelPosture] {
	return []column[vuln.ModelPosture]{
		{"manufacturer", false, func(m vuln.ModelPosture) string { return m.Manufacturer }},
		{"model", false, func(m vuln.ModelPosture) string { return m.Model }},
		{"version", false, func(m vuln.ModelPosture) string { return m.Version }},
		{"devices", false, func(m vuln.ModelPosture) string { return strconv.Itoa(m.Devices) }},
		{"affected", false, func(m vuln.ModelPosture) string { return strconv.Itoa(m.Affected) }},
		{"undecidable", false, func(m vuln.ModelPosture) string { return strconv.Itoa(m.Undecidable) }},
		{"endOfLife", false, func(m vuln.ModelPosture) string { return m.EndOfLife }},
		{"bill", true, func(m vuln.ModelPosture) string { return m.Bill }},
	}
}
