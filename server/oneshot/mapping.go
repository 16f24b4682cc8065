package oneshot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/hl7"
	"bedrail/mapping"
)

// Mappings returns the mappings of Bedrail with those of a folder before
// them; "" is no folder.
func Mappings(folder string) (*mapping.Library, error) {
	lib, err := mapping.Own()
	if err != nil || folder == "" {
		return lib, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		files = []string{folder}
	}
	if len(files) == 0 {
		return nil, bedrail.Errorf(bedrail.NotFound, "%s holds no mapping: files of mappings end in .yaml", folder)
	}
	slices.Sort(files)
	var own []*mapping.Mapping
	for _, file := range files {
		m, err := readMapping(file)
		if err != nil {
			return nil, err
		}
		own = append(own, m)
	}
	if lib, err = lib.With(own...); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s", err)
	}
	return lib, nil
}

func readMapping(file string) (*mapping.Mapping, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m, err := mapping.Parse(text)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s: %s", file, err)
	}
	return m, nil
}

// A Mapped is what one message became.
type Mapped struct {
	Path    string           `json:"path"`
	Message int              `json:"message"`
	Mapping string           `json:"mapping"`
	Origins []mapping.Origin `json:"origins"`
	Issues  []hl7.Issue      `json:"issues"`
	Result  []byte           `json:"-"`
}

// MapFiles maps every message of files with the mapping called name, or with
// the first that is for it.
func MapFiles(lib *mapping.Library, paths []string, name string, stdin io.Reader, received time.Time, take func(Mapped) error) error {
	var failed []string
	for _, path := range paths {
		read := readMessageFile
		if path == "-" {
			read = func(string) ([]byte, error) { return readAll(stdin) }
		}
		raw, err := read(path)
		if err != nil {
			return err
		}
		for i, one := range messagesOf(raw) {
			res, err := lib.Run(one, name, mapping.Options{Received: received})
			if errors.Is(err, mapping.ErrNone) {
				failed = append(failed, fmt.Sprintf("%s: message %d: %v; name one with --mapping", path, i+1, err))
				continue
			}
			if err != nil {
				failed = append(failed, fmt.Sprintf("%s: message %d: %v", path, i+1, err))
				continue
			}
			m := Mapped{Path: path, Message: i + 1, Mapping: res.Mapping, Origins: res.Origins, Issues: res.Issues, Result: res.Bundle}
			if err := take(m); err != nil {
				return err
			}
		}
	}
	if len(failed) > 0 {
		return bedrail.Errorf(bedrail.Invalid, "%s", strings.Join(failed, "\n"))
	}
	return nil
}

// messagesOf cuts a file of HL7 v2 into its messages; anything else is one.
func messagesOf(raw []byte) [][]byte {
	if mapping.FormOf(raw) != "hl7v2" {
		return [][]byte{raw}
	}
	var out [][]byte
	for _, p := range hl7.Split(raw).Parts {
		if p.Kind == "MSH" {
			out = append(out, raw[p.Start:p.End])
		}
	}
	return out
}

// A MappingChange is a difference that another version of a mapping makes.
type MappingChange struct {
	Path    string `json:"path"`
	Message int    `json:"message"`
	Only    string `json:"only"` // before or after
	Element string `json:"element"`
	Value   string `json:"value"`
}

// CompareMappings maps every message of files with two libraries and returns
// what differs.
func CompareMappings(before, after *mapping.Library, paths []string, name string, stdin io.Reader) (messages int, changes []MappingChange, err error) {
	changes = []MappingChange{}
	results := map[string][]byte{}
	key := func(m Mapped) string { return fmt.Sprintf("%s %d", m.Path, m.Message) }
	err = MapFiles(before, paths, name, stdin, time.Time{}, func(m Mapped) error {
		results[key(m)] = m.Result
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	err = MapFiles(after, paths, name, stdin, time.Time{}, func(m Mapped) error {
		messages++
		diff, err := mapping.Compare(results[key(m)], m.Result)
		for _, d := range diff {
			changes = append(changes, MappingChange{m.Path, m.Message, d.Only, d.Type + "." + d.Path, d.Value})
		}
		return err
	})
	return messages, changes, err
}
