package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail/asset"
	"bedrail/traffic"
)

// calibrationOf writes what a script says was judged into a file, and returns
// its name; empty where nothing was.
func calibrationOf(t *testing.T, script string) string {
	t.Helper()
	var e asset.Evaluation
	for line := range strings.SplitSeq(script, "\n") {
		rest, ok := strings.CutPrefix(line, "judged ")
		if !ok {
			continue
		}
		var w asset.WordScore
		var a, s string
		if _, err := fmt.Sscanf(strings.TrimSpace(rest), "%s %s %d of %d", &a, &s, &w.Right, &w.Total); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		w.Attribute, w.Status = traffic.Attribute(a), asset.Status(s)
		e.ByWord = append(e.ByWord, w)
	}
	if e.ByWord == nil {
		return ""
	}
	name := filepath.Join(t.TempDir(), "calibration.json")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := asset.NewCalibration(e, nil, "journey").WriteTo(f); err != nil {
		t.Fatal(err)
	}
	return name
}
