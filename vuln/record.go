package vuln

import "time"

// A Feed is a source of records with what is known of its state.
type Feed struct {
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`   // osv, csaf, kev, nvd, cve, epss, eol, openfda
	Source     string    `json:"source"` // address or file that it came from
	Records    int       `json:"records"`
	Newest     time.Time `json:"newest,omitzero"`
	ImportedAt time.Time `json:"importedAt,omitzero"`
	ETag       string    `json:"etag,omitempty"`
}

// A StoredRecord is one published record as it is kept.
type StoredRecord struct {
	Kind   RecordKind
	ID     string
	Feed   string
	Digest string // of Doc; an equal one is no change
	At     time.Time
	Doc    []byte // JSON
}
