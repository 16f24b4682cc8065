package store

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bedrail"
)

// A BodyManifest says what one file with a large body holds, as it is sealed.
type BodyManifest struct {
	ID     string `json:"id"` // of its message
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const ownedBodies = `SELECT id FROM message WHERE body = 'file' AND forgotten_at = 0 ORDER BY id`

// exportBodies writes the files of the messages that tx sees. They do not
// change once they are kept; one that was forgotten since is left out.
func (s *DB) exportBodies(ctx context.Context, tx *sql.Tx, z *zip.Writer) ([]BodyManifest, error) {
	ids, err := strings1(ctx, tx, ownedBodies)
	if err != nil {
		return nil, err
	}
	var all []BodyManifest
	for _, id := range ids {
		b, err := s.exportBody(z, id)
		if errors.Is(err, fs.ErrNotExist) {
			var now int
			if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM message WHERE id = $1 AND forgotten_at > 0`, id).Scan(&now); err != nil || now > 0 {
				if err != nil {
					return nil, err
				}
				continue
			}
			return nil, fmt.Errorf("the file of message %s is missing: %w", id, err)
		}
		if err != nil {
			return nil, fmt.Errorf("the file of message %s: %w", id, err)
		}
		all = append(all, b)
	}
	return all, nil
}

func (s *DB) exportBody(z *zip.Writer, id string) (BodyManifest, error) {
	b := BodyManifest{ID: id}
	in, err := os.Open(s.bodyPath(id))
	if err != nil {
		return b, err
	}
	defer in.Close()
	out, err := z.CreateHeader(&zip.FileHeader{Name: "bodies/" + id, Method: zip.Store}) // sealed bytes do not shrink
	if err != nil {
		return b, err
	}
	sum := sha256.New()
	if b.Bytes, err = io.Copy(io.MultiWriter(out, sum), in); err != nil {
		return b, err
	}
	b.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return b, nil
}

// importBodies puts the files of a backup into their place.
func (s *DB) importBodies(z *zip.Reader, m Manifest) error {
	if len(m.Bodies) > 0 && s.bodies == "" {
		return bedrail.Errorf(bedrail.Invalid, "the backup holds large messages; name the folder where they shall lie")
	}
	for _, b := range m.Bodies {
		if !plainName(b.ID) {
			return bedrail.Errorf(bedrail.Invalid, "the manifest names a file %q", b.ID)
		}
		if err := s.importBody(z, b); err != nil {
			return err
		}
	}
	return nil
}

func (s *DB) importBody(z *zip.Reader, b BodyManifest) error {
	in, err := z.Open("bodies/" + b.ID)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "the body of message %s is missing from the backup: %w", b.ID, err)
	}
	defer in.Close()
	path := s.bodyPath(b.ID)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "making the folder of large bodies: %w", err)
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return bedrail.Errorf(bedrail.Conflict, "there is a file for message %s already: %w", b.ID, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if n != b.Bytes || hex.EncodeToString(sum.Sum(nil)) != b.SHA256 {
		return bedrail.Errorf(bedrail.Invalid, "the body of message %s is not the one that the manifest vouches for: the backup was damaged or altered", b.ID)
	}
	return syncFolder(filepath.Dir(path))
}

// inspectBodies says which messages of a restored store lack their files.
func (s *DB) inspectBodies(ctx context.Context, m Manifest) (problems []string, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		ids, err := strings1(ctx, tx, ownedBodies)
		if err != nil {
			return err
		}
		there := map[string]bool{}
		for _, b := range m.Bodies {
			there[b.ID] = true
		}
		for _, id := range ids {
			if _, err := os.Stat(s.bodyPath(id)); err != nil && there[id] {
				problems = append(problems, fmt.Sprintf("the body of message %s is missing: %v", id, err))
			}
		}
		return nil
	})
	return problems, err
}
