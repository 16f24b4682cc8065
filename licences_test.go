package bedrail_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var embedLine = regexp.MustCompile(`(?m)^//go:embed (.+)$`)

// TestEveryEmbeddedFileHasALicenceRow compares what the source embeds with
// the table of docs/data-licences.md, both ways.
func TestEveryEmbeddedFileHasALicenceRow(t *testing.T) {
	rows := licenceRows(t)
	used := map[string]bool{}
	for _, file := range embeddedFiles(t) {
		if strings.HasPrefix(file, "web/dist/") {
			used["web/dist/*"] = true
			continue
		}
		row := ""
		for pattern := range rows {
			if ok, err := path.Match(pattern, file); err == nil && ok {
				row = pattern
			}
		}
		if row == "" {
			t.Errorf("%s is embedded but has no row in docs/data-licences.md", file)
		}
		used[row] = true
	}
	for pattern, licence := range rows {
		if !used[pattern] {
			t.Errorf("docs/data-licences.md names %s, which nothing embeds", pattern)
		}
		if licence == "" {
			t.Errorf("docs/data-licences.md gives no licence for %s", pattern)
		}
	}
}

// licenceRows returns the licence of each pattern in the table.
func licenceRows(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("docs/data-licences.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[1]) == "files" {
			continue
		}
		for pattern := range strings.SplitSeq(cells[1], ",") {
			rows[strings.Trim(strings.TrimSpace(pattern), "`")] = strings.TrimSpace(cells[3])
		}
	}
	return rows
}

// embeddedFiles lists what every go:embed line of the product names.
func embeddedFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || p != "." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for _, m := range embedLine.FindAllStringSubmatch(string(source), -1) {
			for pattern := range strings.FieldsSeq(m[1]) {
				files = append(files, expand(t, filepath.Dir(p), strings.TrimPrefix(pattern, "all:"))...)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// expand lists the files of one pattern, folders with all that is in them.
func expand(t *testing.T, dir, pattern string) []string {
	t.Helper()
	matches, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, m := range matches {
		err := filepath.WalkDir(m, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, filepath.ToSlash(p))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
