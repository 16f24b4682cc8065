package desk_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bedrail/desk"
)

// TestEveryListOfTheScreensKeepsViews reads the screens: a list that they have
// and desk does not know would refuse each view of it.
func TestEveryListOfTheScreensKeepsViews(t *testing.T) {
	name := regexp.MustCompile(`<DataTable[^>]*?\sname=(?:"([^"]+)"|\{` + "`" + `([a-z-]+)\$\{)`)
	found := 0
	err := filepath.WalkDir("../web/ui/src", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".tsx") || strings.Contains(path, ".test.") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range name.FindAllSubmatch(text, -1) {
			found++
			list := string(m[1])
			if list == "" {
				list = string(m[2]) + "x"
			}
			if !desk.Known(list) {
				t.Errorf("%s has the list %s, of which no view can be kept", path, list)
			}
		}
		return err
	})
	if err != nil || found < 35 {
		t.Errorf("%d lists were found, %v", found, err)
	}
}
