package vuln

import (
	"encoding/json"
	"fmt"
	"strings"

	"bedrail/format/eol"
	"bedrail/format/kev"
	"bedrail/format/recall"
)

// An Update is one published record, new or changed. One field is set.
type Update struct {
	ID       string
	Advisory *Advisory
	KEV      *kev.Entry
	EPSS     *Likelihoods
	EOL      *eol.Product
	Recall   *recall.Notice
}

// Likelihoods say how likely weaknesses are to be used within a month. All of
// them change every day, so they are kept in blocks of a thousand numbers: a
// day's table is some hundred records and not 300,000.
type Likelihoods struct {
	Block  string             `json:"block"` // CVE-2021-44 holds CVE-2021-44000 to CVE-2021-44999
	Scores map[string]float32 `json:"scores"`
}

// LikelihoodBlock returns the block that a CVE belongs to.
func LikelihoodBlock(cve string) string {
	year, number, ok := strings.Cut(strings.TrimPrefix(cve, "CVE-"), "-")
	if !ok || len(number) < 4 {
		return "other"
	}
	return "CVE-" + year + "-" + number[:len(number)-3]
}

// Record returns the kind, identifier and document under which u is kept.
func (u Update) Record() (kind RecordKind, id string, doc any) {
	switch {
	case u.Advisory != nil:
		return AdvisoryRecord, u.Advisory.Source + " " + u.Advisory.ID + " " + u.Advisory.Feed, u.Advisory
	case u.KEV != nil:
		return KEVRecord, u.KEV.CVE, u.KEV
	case u.EPSS != nil:
		return EPSSRecord, u.EPSS.Block, u.EPSS
	case u.EOL != nil:
		return EndOfLifeRecord, u.EOL.Slug + " " + u.EOL.Title, u.EOL
	}
	return RecallRecord, u.Recall.Number + " " + clip(u.Recall.Product, 60), u.Recall
}

// ParseRecord reads what Record gave.
func ParseRecord(kind RecordKind, id string, doc []byte) (Update, error) {
	u := Update{ID: id}
	var into any
	switch kind {
	case AdvisoryRecord:
		u.Advisory = new(Advisory)
		into = u.Advisory
	case KEVRecord:
		u.KEV = new(kev.Entry)
		into = u.KEV
	case EPSSRecord:
		u.EPSS = new(Likelihoods)
		into = u.EPSS
	case EndOfLifeRecord:
		u.EOL = new(eol.Product)
		into = u.EOL
	case RecallRecord:
		u.Recall = new(recall.Notice)
		into = u.Recall
	default:
		return u, fmt.Errorf("a record of unknown kind %q", kind)
	}
	if err := json.Unmarshal(doc, into); err != nil {
		return u, fmt.Errorf("record %s %s: %w", kind, id, err)
	}
	return u, nil
}
