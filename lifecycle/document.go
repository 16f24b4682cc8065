package lifecycle

import (
	"path"
	"strings"
	"time"
	"unicode"

	"bedrail"
)

// Limits on documents: letters and forms, not archives.
const (
	MaxDocument  = 10 << 20 // bytes of one
	MaxDocuments = 50       // of one subject
)

// A Document is a file that somebody attached to a model, a recall or a
// purchase.
type Document struct {
	ID      string    `json:"id"`
	Subject string    `json:"subject"` // identifier of what it belongs to
	Name    string    `json:"name"`
	Media   string    `json:"media"`
	Size    int64     `json:"size"`
	SHA256  string    `json:"sha256"`
	Sealed  bool      `json:"sealed"` // lies encrypted; only the server with its keys reads it
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// media are the kinds of file that are taken, by the end of the name. What a
// browser would run is not among them.
var media = map[string]string{
	".pdf": "application/pdf", ".txt": "text/plain", ".md": "text/plain", ".csv": "text/csv", ".json": "application/json", ".xml": "application/xml",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".png":  "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".eml": "message/rfc822",
}

// nameOf cleans the name of a file and tells its kind.
func nameOf(name string) (clean, kind string, err error) {
	clean = path.Base(strings.ReplaceAll(name, `\`, "/"))
	clean = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"/|?*`, r) {
			return '_'
		}
		return r
	}, clean)
	if clean == "." || clean == "" || len(clean) > 200 {
		return "", "", bedrail.Errorf(bedrail.Invalid, "a document needs a file name of at most 200 letters")
	}
	kind, ok := media[strings.ToLower(path.Ext(clean))]
	if !ok {
		return "", "", bedrail.Errorf(bedrail.Invalid, "%s: documents are PDF, text, CSV, JSON, XML, XLSX, DOCX, PNG, JPEG or EML", clean)
	}
	return clean, kind, nil
}
