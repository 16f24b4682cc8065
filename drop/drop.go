// Package drop exchanges messages as files: it takes what is put into a
// folder, whole and checked, and writes messages as files for others to take.
package drop

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
)

// SourceSettings are those of {file: {folder: ...}}.
type SourceSettings struct {
	Folder  string            `json:"folder"`
	Pattern string            `json:"pattern,omitempty"` // of names, such as *.hl7; all
	Format  exchange.Format   `json:"format,omitempty"`  // binary
	Every   exchange.Duration `json:"every,omitempty"`   // 2s
	// Settle is how long a file must have stayed as it is; 2s. A file with a
	// checksum beside it (name.sha256) that holds is taken at once.
	Settle exchange.Duration `json:"settle,omitempty"`
	// Checksum: accepted (the default) checks where one is, required waits for
	// one.
	Checksum string       `json:"checksum,omitempty"`
	Delete   bool         `json:"delete,omitempty"` // instead of moving what was taken to done/
	CSV      *CSVSettings `json:"csv,omitempty"`    // with format csv: each row is a message
	MaxBytes int64        `json:"maxBytes,omitempty"`
}

// CSVSettings declare what a table looks like; nothing is guessed.
type CSVSettings struct {
	Delimiter string   `json:"delimiter,omitempty"` // ,
	Header    []string `json:"header"`              // the names, in order; another header is refused
	Decimal   string   `json:"decimal,omitempty"`   // . or , in the columns of numbers
	Numbers   []string `json:"numbers,omitempty"`   // columns that hold numbers
	Charset   string   `json:"charset,omitempty"`   // utf-8, iso-8859-1, windows-1252
}

const fileMost = 4 << 30

func (s *SourceSettings) check() error {
	if s.Folder == "" {
		return bedrail.Errorf(bedrail.Invalid, "folder is missing; it is where files are put").At("folder")
	}
	if s.Pattern == "" {
		s.Pattern = "*"
	}
	if _, err := filepath.Match(s.Pattern, "x"); err != nil || strings.ContainsRune(s.Pattern, '/') {
		return bedrail.Errorf(bedrail.Invalid, "pattern is %q; it is a pattern of names such as *.hl7", s.Pattern).At("pattern")
	}
	if s.Format == "" {
		s.Format = exchange.Binary
	}
	if s.Checksum != "" && s.Checksum != "accepted" && s.Checksum != "required" {
		return bedrail.Errorf(bedrail.Invalid, "checksum is %q; it is accepted or required", s.Checksum).At("checksum")
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = fileMost
	}
	if (s.CSV != nil) != (s.Format == exchange.CSV) {
		return bedrail.Errorf(bedrail.Invalid, "format csv needs csv with its header, and csv needs format csv").At("csv")
	}
	if s.CSV != nil {
		return s.CSV.check()
	}
	return nil
}

func (c *CSVSettings) check() error {
	if c.Delimiter == "" {
		c.Delimiter = ","
	}
	if c.Decimal == "" {
		c.Decimal = "."
	}
	if c.Charset == "" {
		c.Charset = "utf-8"
	}
	switch {
	case len(c.Delimiter) != 1 || strings.ContainsAny(c.Delimiter, "\"\r\n"):
		return bedrail.Errorf(bedrail.Invalid, "csv.delimiter is %q; it is one character", c.Delimiter).At("csv.delimiter")
	case len(c.Header) == 0:
		return bedrail.Errorf(bedrail.Invalid, "csv.header is missing; it lists the columns in order").At("csv.header")
	case c.Decimal != "." && c.Decimal != ",":
		return bedrail.Errorf(bedrail.Invalid, "csv.decimal is %q; it is . or ,", c.Decimal).At("csv.decimal")
	case !slices.Contains([]string{"utf-8", "iso-8859-1", "windows-1252"}, c.Charset):
		return bedrail.Errorf(bedrail.Invalid, "csv.charset is %q; it is utf-8, iso-8859-1 or windows-1252", c.Charset).At("csv.charset")
	}
	for _, n := range c.Numbers {
		if !slices.Contains(c.Header, n) {
			return bedrail.Errorf(bedrail.Invalid, "csv.numbers names %q, which is no column", n).At("csv.numbers")
		}
	}
	return nil
}

// DestinationSettings are those of a destination {file: {folder: ...}}.
type DestinationSettings struct {
	Folder   string `json:"folder"`
	Name     string `json:"name,omitempty"`     // {message}.{ext}; may hold {channel}, {type}, {message}, {ext}, {date}
	Checksum bool   `json:"checksum,omitempty"` // writes name.sha256 too, before the file appears
}

func (d *DestinationSettings) check() error {
	if d.Folder == "" {
		return bedrail.Errorf(bedrail.Invalid, "folder is missing; it is where files are written").At("folder")
	}
	if d.Name == "" {
		d.Name = "{message}.{ext}"
	}
	if !strings.Contains(d.Name, "{message}") || strings.ContainsAny(d.Name, "/\\") {
		return bedrail.Errorf(bedrail.Invalid, "name is %q; it holds {message}, so that no file replaces another, and no folder", d.Name).At("name")
	}
	return nil
}

// SourceKind is the kind "file" of sources.
func SourceKind() exchange.SourceKind {
	read := func(raw json.RawMessage) (SourceSettings, error) {
		var s SourceSettings
		if err := exchange.Decode(raw, &s); err != nil {
			return s, err
		}
		return s, s.check()
	}
	return exchange.SourceKind{
		Name: "file", Format: exchange.Binary,
		About:   "Takes files that are put into a folder; of a table every row.",
		Example: `{"folder": "incoming", "pattern": "*.hl7", "format": "hl7v2"}`,
		Check:   func(raw json.RawMessage) error { _, err := read(raw); return err },
		Address: func(raw json.RawMessage) string {
			s, err := read(raw)
			if err != nil {
				return ""
			}
			return "folder/" + filepath.Clean(s.Folder) + "/" + s.Pattern
		},
		Open: func(c exchange.SourceConfig) (exchange.Source, error) {
			s, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			return newSource(s, c), nil
		},
	}
}

// DestinationKind is the kind "file" of destinations.
func DestinationKind() exchange.DestinationKind {
	read := func(raw json.RawMessage) (DestinationSettings, error) {
		var d DestinationSettings
		if err := exchange.Decode(raw, &d); err != nil {
			return d, err
		}
		return d, d.check()
	}
	return exchange.DestinationKind{
		Name: "file", About: "Writes each message as a file, which appears whole or not at all.",
		Example: `{"folder": "outgoing", "checksum": true}`,
		Check:   func(raw json.RawMessage) error { _, err := read(raw); return err },
		Open: func(c exchange.DestinationConfig) (exchange.Sender, error) {
			d, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			return newSender(d, c), nil
		},
	}
}

// extension is the usual end of a file's name.
func extension(f exchange.Format) string {
	if e := map[exchange.Format]string{exchange.HL7v2: "hl7", exchange.FHIR: "json", exchange.JSON: "json", exchange.DICOM: "dcm", exchange.ASTM: "astm", exchange.CSV: "csv"}[f]; e != "" {
		return e
	}
	return "bin"
}

const (
	everyUsual  = 2 * time.Second
	settleUsual = 2 * time.Second
)
