package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
	"bedrail/format/query"
)

// A Store keeps the record. What enters it enters through the methods of other
// capabilities, each with its act; here it is only read, and checkpoints are
// kept.
type Store interface {
	// AuditTenants returns the tenants that have a record.
	AuditTenants(ctx context.Context) ([]string, error)
	// AuditHead returns the size and root that the record of tenant has, and
	// the empty tree when there is none.
	AuditHead(ctx context.Context, tenant string) (tlog.Tree, error)
	// AuditEntries calls each for the entries from up to, not with, until, in
	// their order and with their openings as far as these are still there.
	// Missing entries are left out.
	AuditEntries(ctx context.Context, tenant string, from, until int64, each func(Record, Opening) error) error
	// AuditPage returns one page of the record of in.
	AuditPage(ctx context.Context, in bedrail.Scope, req query.Request) (query.Page[Record], error)
	// AuditTile returns the stored hashes of a tile, or a NotFound error.
	AuditTile(ctx context.Context, tenant string, level, n int64) ([]byte, error)
	// AuditCheckpoints returns the checkpoints kept, the smallest first.
	AuditCheckpoints(ctx context.Context, tenant string) ([]Checkpoint, error)
	// LastAuditCheckpoint returns the newest checkpoint, or a NotFound error.
	LastAuditCheckpoint(ctx context.Context, tenant string) (Checkpoint, error)
	// SaveAuditCheckpoint keeps c. It is the one change without an entry:
	// it is itself the record of the record.
	SaveAuditCheckpoint(ctx context.Context, tenant string, c Checkpoint) error
}

// hashes reads the hashes of the tree of tenant from its tiles.
func hashes(ctx context.Context, s Store, tenant string, size int64) tlog.HashReader {
	tiles := make(map[tileKey][]tlog.Hash)
	tile := func(k tileKey) ([]tlog.Hash, error) {
		if known, ok := tiles[k]; ok {
			return known, nil
		}
		data, err := s.AuditTile(ctx, tenant, k.level, k.n)
		if err != nil {
			return nil, fmt.Errorf("tile %d of level %d: %w", k.n, k.level, err)
		}
		// A tile may have grown since; what size vouches for is its beginning.
		width := min(size>>(TileHeight*k.level)-k.n*tileWidth, tileWidth)
		hashes, err := splitTile(data, int(width))
		if err != nil {
			return nil, fmt.Errorf("tile %d of level %d: %w", k.n, k.level, err)
		}
		tiles[k] = hashes
		return hashes, nil
	}
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			level, n := tlog.SplitStoredHashIndex(index)
			inTile := level % TileHeight
			first := n << inTile // in hashes of the tile's own level
			row, err := tile(tileKey{int64(level / TileHeight), first / tileWidth})
			if err != nil {
				return nil, err
			}
			at := first % tileWidth
			end := at + 1<<inTile
			if end > int64(len(row)) {
				return nil, fmt.Errorf("hash %d of level %d lies beyond a tree of %d", n, level, size)
			}
			out[i] = subtree(row[at:end])
		}
		return out, nil
	})
}
