package sbom

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bedrail"
	"bedrail/asset"
)

// An Edition is one bill among all that a model has or had.
type Edition struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Model       asset.ModelKey `json:"model"`
	Digest      string         `json:"digest"`
	Format      string         `json:"format"`
	SpecVersion string         `json:"specVersion"`
	Components  int            `json:"components"`
	Score       float64        `json:"score"` // quality, 0 to 10
	ImportedAt  time.Time      `json:"importedAt"`
	ReplacedAt  time.Time      `json:"replacedAt,omitzero"` // when another of the same software version took its place
	ReplacedBy  string         `json:"replacedBy,omitempty"`
	Replaces    string         `json:"replaces,omitempty"`
	Current     bool           `json:"current"`
}

// History returns every bill of the model that the bill id belongs to: of each
// software version the newest first, with which replaced which.
func (s *Shelf) History(ctx context.Context, by bedrail.Actor, id string) ([]Edition, error) {
	b, err := s.Bill(ctx, by, id)
	if err != nil {
		return nil, err
	}
	var all []Edition
	err = s.Store.BillHistory(ctx, by.Scope, b.Model.Manufacturer, b.Model.Model, func(b Bill) error {
		all = append(all, Edition{
			ID: b.ID, Name: b.Name, Model: b.Model, Digest: b.Digest, Format: b.Format, SpecVersion: b.SpecVersion, Components: len(b.Components),
			Score: b.Quality.Score, ImportedAt: b.ImportedAt, ReplacedAt: b.ReplacedAt, Current: b.ReplacedAt.IsZero(),
		})
		return nil
	})
	return chain(all), err
}

// chain says which edition of a software version replaced which, and puts the
// newest of each first.
func chain(all []Edition) []Edition {
	slices.SortStableFunc(all, func(a, b Edition) int {
		return cmp.Or(cmp.Compare(b.Model.Version, a.Model.Version), b.ImportedAt.Compare(a.ImportedAt))
	})
	for i := 1; i < len(all); i++ {
		if newer, older := &all[i-1], &all[i]; newer.Model.Version == older.Model.Version {
			newer.Replaces, older.ReplacedBy = older.ID, newer.ID
		}
	}
	if all == nil {
		all = []Edition{}
	}
	return all
}
