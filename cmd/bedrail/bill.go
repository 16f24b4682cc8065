package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"bedrail/sbom"
)

// billDiff compares two files, or two bills that are kept.
func (e *environment) billDiff() *cobra.Command {
	return &cobra.Command{Use: "diff OLD NEW", Short: "What changed between two bills: files, or identifiers of bills that are kept", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := e.billsDiffer(c, args[0], args[1])
			if err != nil {
				return err
			}
			return e.writeDocument(d, func(io.Writer) error { return writeList(e, changes(d), changeColumns()) })
		}}
}

func (e *environment) billsDiffer(c *cobra.Command, older, newer string) (d sbom.Difference, err error) {
	if exists(older) && exists(newer) {
		from, err := readBill(older)
		if err != nil {
			return d, err
		}
		to, err := readBill(newer)
		if err != nil {
			return d, err
		}
		return sbom.Diff(from, to), nil
	}
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return d, err
	}
	err = conn.do(ctx, call{method: http.MethodGet, path: "/bills/" + url.PathEscape(newer) + "/diff", query: url.Values{"from": {older}}}, &d)
	return d, err
}

// billHistory lists every bill that a model has or had.
func (e *environment) billGet() *cobra.Command {
	return &cobra.Command{Use: "get ID", Short: "One bill: of what it is, who made it, and what it lacks", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var b sbom.Bill
		if err := e.fetch(c, "/bills/"+url.PathEscape(args[0]), &b); err != nil {
			return err
		}
		return e.writeDocument(b, func(w io.Writer) error {
			fmt.Fprintf(w, "%s %s %s\n%s, %s %s, made %s by %s, taken in %s\nquality %.1f\n", printable(b.Model.Manufacturer), printable(b.Model.Model), printable(b.Model.Version),
				printable(b.Name), printable(b.Format), printable(b.SpecVersion), when(b.Made), printable(b.Author), when(b.ImportedAt), b.Quality.Score)
			for _, line := range append(b.Quality.Missing, b.Warnings...) {
				fmt.Fprintln(w, " ", printable(line))
			}
			return nil
		})
	}}
}

func (e *environment) billHistory() *cobra.Command {
	return &cobra.Command{Use: "history BILL", Short: "Every bill that the model of a kept bill has or had, and which replaced which", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			var all struct {
				Items []sbom.Edition `json:"items"`
			}
			if err := conn.do(ctx, call{method: http.MethodGet, path: "/bills/" + url.PathEscape(args[0]) + "/history"}, &all); err != nil {
				return err
			}
			return writeList(e, all.Items, []column[sbom.Edition]{
				{"version", false, func(v sbom.Edition) string { return v.Model.Version }},
				{"bill", false, func(v sbom.Edition) string { return v.ID }},
				{"components", false, func(v sbom.Edition) string { return strconv.Itoa(v.Components) }},
				{"imported", false, func(v sbom.Edition) string { return v.ImportedAt.Format(time.RFC3339) }},
				{"replacedBy", false, func(v sbom.Edition) string { return v.ReplacedBy }},
				{"name", true, func(v sbom.Edition) string { return v.Name }},
			})
		}}
}

// billGraph walks the dependencies of a file, or of a bill that is kept.
func (e *environment) billGraph() *cobra.Command {
	of, up := sbom.Top, false
	c := &cobra.Command{Use: "graph BILL", Short: "What a component needs, or what needs it: of a file, or of a bill that is kept", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		n, err := e.neighbours(c, args[0], of, up)
		if err != nil {
			return err
		}
		return e.writeDocument(n, func(io.Writer) error {
			return writeList(e, n.Nodes, []column[sbom.Node]{
				{"index", false, func(n sbom.Node) string { return strconv.Itoa(n.Index) }},
				{"name", false, func(n sbom.Node) string { return n.Name }},
				{"version", false, func(n sbom.Node) string { return n.Version }},
				{"dependsOn", false, func(n sbom.Node) string { return strconv.Itoa(n.DependsOn) }},
				{"dependents", false, func(n sbom.Node) string { return strconv.Itoa(n.Dependents) }},
				{"purl", true, func(n sbom.Node) string { return n.PURL }},
			})
		})
	}
	c.Flags().IntVar(&of, "component", sbom.Top, "`INDEX` of the component; without it, those that nothing needs")
	c.Flags().BoolVar(&up, "up", false, "what needs it")
	return c
}

func (e *environment) neighbours(c *cobra.Command, bill string, of int, up bool) (n sbom.Neighbourhood, err error) {
	limit := 1000
	if e.limit > 0 {
		limit = min(limit, e.limit)
	}
	if exists(bill) {
		b, err := readBill(bill)
		if err != nil {
			return n, err
		}
		return b.Graph(of, up, 0, limit)
	}
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return n, err
	}
	q := url.Values{"component": {strconv.Itoa(of)}, "limit": {strconv.Itoa(limit)}}
	if up {
		q.Set("direction", "up")
	}
	err = conn.do(ctx, call{method: http.MethodGet, path: "/bills/" + url.PathEscape(bill) + "/graph", query: q}, &n)
	return n, err
}

// A change is one line of the table.
type change struct{ What, Name, From, To string }

func changes(d sbom.Difference) []change {
	out := []change{}
	for _, c := range d.Changed {
		out = append(out, change{"changed", c.Name, c.From, c.To})
	}
	for _, c := range d.Added {
		out = append(out, change{"added", c.Name, "", c.Version})
	}
	for _, c := range d.Removed {
		out = append(out, change{"removed", c.Name, c.Version, ""})
	}
	return out
}

func changeColumns() []column[change] {
	return []column[change]{
		{"change", false, func(c change) string { return c.What }},
		{"component", false, func(c change) string { return c.Name }},
		{"from", false, func(c change) string { return c.From }},
		{"to", false, func(c change) string { return c.To }},
	}
}

func readBill(path string) (sbom.Bill, error) {
	f, err := os.Open(path)
	if err != nil {
		return sbom.Bill{}, err
	}
	defer f.Close()
	return sbom.Read(path, f)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
