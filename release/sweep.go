package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"bedrail"
	"bedrail/audit"
)

var plainFile = regexp.MustCompile(`^(rel_[0-9A-Z]{26})\.(ndjson|parquet)$`)

// strayAfter is how old a file without a record must be before it counts as
// left over from a release that was broken off.
const strayAfter = time.Hour

// Sweep removes the files of releases that were made longer ago than keep, and
// those that were broken off before their record was kept. Records stay, with
// method, risk and the hash of the file, which can be made again as long as its
// messages are kept. A keep of zero removes what was broken off only.
func (s *Service) Sweep(ctx context.Context, by bedrail.Actor, keep time.Duration) (removed int, err error) {
	files, err := os.ReadDir(s.Folder)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the folder of releases: %w", err)
	}
	for _, f := range files {
		name := plainFile.FindStringSubmatch(f.Name())
		if name == nil {
			continue // not ours
		}
		why, err := s.over(ctx, name[1], f, keep)
		if err != nil {
			return removed, err
		}
		if why == "" {
			continue
		}
		// On record first: a file that is gone without a word would look stolen.
		if err := s.Store.Record(ctx, s.scope(), audit.Entry{By: by, Did: Run, To: name[1], Note: "file removed: " + why}); err != nil {
			return removed, err
		}
		if err := os.Remove(filepath.Join(s.Folder, f.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return removed, fmt.Errorf("removing a file of releases: %w", err)
		}
		removed++
	}
	return removed, nil
}

// over says why the file of a release goes, or nothing.
func (s *Service) over(ctx context.Context, id string, f os.DirEntry, keep time.Duration) (string, error) {
	now := s.Clock.Now()
	d, err := s.Store.ReleasedByID(ctx, s.scope(), id)
	switch {
	case err == nil && keep > 0 && now.Sub(d.At) > keep:
		return fmt.Sprintf("kept for %s", keep), nil
	case err == nil:
		return "", nil
	case bedrail.KindOf(err) != bedrail.NotFound:
		return "", err
	}
	info, err := f.Info()
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if now.Sub(info.ModTime()) > strayAfter {
		return "its release was broken off", nil
	}
	return "", nil
}
