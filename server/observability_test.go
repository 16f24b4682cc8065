package server_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

var update = flag.Bool("update", false, "write the generated parts of pages anew")

// described are the metrics that a running server has registered: a row of the
// manual by name.
func described(t *testing.T) map[string]string {
	t.Helper()
	h := startHouse(t, t.TempDir(), nil)
	all := make(chan *prometheus.Desc)
	go func() { h.Metrics.Registry.Describe(all); close(all) }()
	form := regexp.MustCompile(`fqName: "([^"]*)", help: "(.*?)"(?:, unit: "[^"]*")?, constLabels: \{(.*?)\}, variableLabels: \{(.*?)\}`)
	rows := map[string]string{}
	for d := range all {
		m := form.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("this cannot be read: %s", d)
		}
		labels := m[4]
		for _, c := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[3], -1) {
			labels = strings.Trim(labels+","+c[1], ",")
		}
		if labels != "" {
			labels = "`" + strings.ReplaceAll(labels, ",", "`, `") + "`"
		}
		rows[m[1]] = "| `" + m[1] + "` | " + labels + " | " + m[2] + " |"
	}
	return rows
}

const (
	metricsPage  = "../docs/manual/observability.md"
	metricsBegin = "| metric | labels | meaning |\n|---|---|---|\n"
)

// TestEveryMetricIsInTheManual compares what is registered with the table of
// the manual, both ways.
func TestEveryMetricIsInTheManual(t *testing.T) {
	rows := described(t)
	var names, lines []string
	for name := range rows {
		if strings.HasPrefix(name, "bedrail_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		lines = append(lines, rows[name])
	}
	want := metricsBegin + strings.Join(lines, "\n") + "\n"
	page, err := os.ReadFile(metricsPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), metricsBegin)
	if !ok {
		t.Fatalf("%s has no table of metrics", metricsPage)
	}
	end := strings.Index(rest, "\n\n")
	if end < 0 {
		t.Fatalf("%s: nothing follows the table", metricsPage)
	}
	if got := metricsBegin + rest[:end+1]; got != want {
		if !*update {
			t.Fatalf("the table of %s is not that of the program; write it anew: go test ./server -run EveryMetric -update\n%s", metricsPage, want)
		}
		if err := os.WriteFile(metricsPage, []byte(before+want+rest[end+1:]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheDashboardAsksForMetricsThatAreThere reads each query of the Grafana
// dashboard: names and labels.
func TestTheDashboardAsksForMetricsThatAreThere(t *testing.T) {
	rows := described(t)
	text, err := os.ReadFile("../docs/grafana/bedrail.json")
	if err != nil {
		t.Fatal(err)
	}
	query := regexp.MustCompile(`((?:bedrail|process|go)_[a-z_]+)(\{[^}]*\})?`)
	asked := 0
	for _, m := range regexp.MustCompile(`"expr": "((?:[^"\\]|\\.)*)"`).FindAllStringSubmatch(string(text), -1) {
		for _, q := range query.FindAllStringSubmatch(m[1], -1) {
			asked++
			name := strings.TrimSuffix(q[1], "_bucket")
			row, ok := rows[name]
			if !ok {
				t.Errorf("the dashboard asks for %s, which is not there: %s", q[1], m[1])
				continue
			}
			for _, l := range regexp.MustCompile(`(\w+)=`).FindAllStringSubmatch(q[2], -1) {
				if l[1] != "instance" && !strings.Contains(row, "`"+l[1]+"`") {
					t.Errorf("%s has no label %s: %s", name, l[1], m[1])
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d queries were read", asked)
	}
	for name := range rows {
		if strings.HasPrefix(name, "bedrail_") && !strings.Contains(string(text), name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}
