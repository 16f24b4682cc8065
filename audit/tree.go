package audit

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// TileHeight is the height of the tiles that the tree is kept in: 256 hashes
// wide, as C2SP tlog-tiles has it.
const TileHeight = 8

const tileWidth = 1 << TileHeight

// An Edge is the right-hand edge of a growing Merkle tree: of each level of
// tiles the last one, which is all that is needed to append. The zero Edge is
// that of the empty tree.
type Edge struct {
	size  int64
	tiles [][]tlog.Hash // by level; each shorter than tileWidth
	peaks []tlog.Hash   // the complete subtrees that make up the tree, the largest first
	dirty map[tileKey][]tlog.Hash
}

// A tileKey names a tile: its level, and its place in the level.
type tileKey struct{ level, n int64 }

// A TileRow is a tile as it is stored.
type TileRow struct {
	Level, N int64
	Hashes   []byte // one to 256 hashes, the first leftmost
}

// Growing reports whether r is the lowest tile at the tree's edge, which every
// append changes. It can be read off the entries until it is full.
func (r TileRow) Growing() bool { return r.Level == 0 && len(r.Hashes) < tileWidth*tlog.HashSize }

// Size returns how many leaves the tree has.
func (e *Edge) Size() int64 { return e.size }

// LoadEdge rebuilds the edge of a tree of size leaves; read returns the stored
// hashes of a tile.
func LoadEdge(size int64, read func(level, n int64) ([]byte, error)) (*Edge, error) {
	e := &Edge{size: size}
	for level, width := int64(0), size; width > 0; level, width = level+1, width>>TileHeight {
		var hashes []tlog.Hash
		if want := width & (tileWidth - 1); want > 0 {
			data, err := read(level, width>>TileHeight)
			if err != nil {
				return nil, err
			}
			if hashes, err = splitTile(data, int(want)); err != nil {
				return nil, fmt.Errorf("tile %d of level %d: %w", width>>TileHeight, level, err)
			}
		}
		e.tiles = append(e.tiles, hashes)
	}
	e.findPeaks()
	return e, nil
}

// findPeaks hashes what the tiles hold: each set bit of the size is a complete
// subtree, and the tile of its level holds its hashes.
func (e *Edge) findPeaks() {
	for _, hashes := range slices.Backward(e.tiles) {
		for len(hashes) > 0 {
			width := 1 << (bits.Len(uint(len(hashes))) - 1)
			e.peaks = append(e.peaks, subtree(hashes[:width]))
			hashes = hashes[width:]
		}
	}
}

func splitTile(data []byte, want int) ([]tlog.Hash, error) {
	if len(data)%tlog.HashSize != 0 || len(data)/tlog.HashSize < want {
		return nil, fmt.Errorf("%d bytes are not the %d hashes that should be there", len(data), want)
	}
	hashes := make([]tlog.Hash, want, tileWidth)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return hashes, nil
}

// Append adds a leaf.
func (e *Edge) Append(h tlog.Hash) {
	e.put(0, h)
	for height, n := 1, e.size; n&1 == 1; height, n = height+1, n>>1 {
		last := len(e.peaks) - 1
		h = tlog.NodeHash(e.peaks[last], h)
		e.peaks = e.peaks[:last]
		if height%TileHeight == 0 {
			e.put(height/TileHeight, h)
		}
	}
	e.peaks = append(e.peaks, h)
	e.size++
}

// put adds h to the last tile of a level, and begins the next when it is full.
func (e *Edge) put(level int, h tlog.Hash) {
	if level == len(e.tiles) {
		e.tiles = append(e.tiles, make([]tlog.Hash, 0, tileWidth))
	}
	e.tiles[level] = append(e.tiles[level], h)
	if e.dirty == nil {
		e.dirty = make(map[tileKey][]tlog.Hash)
	}
	e.dirty[tileKey{int64(level), e.size >> ((level + 1) * TileHeight)}] = e.tiles[level]
	if len(e.tiles[level]) == tileWidth {
		e.tiles[level] = make([]tlog.Hash, 0, tileWidth)
	}
}

// TakeDirty returns the tiles that changed since it was last asked.
func (e *Edge) TakeDirty() []TileRow {
	rows := make([]TileRow, 0, len(e.dirty))
	for k, hashes := range e.dirty {
		data := make([]byte, 0, len(hashes)*tlog.HashSize)
		for i := range hashes {
			data = append(data, hashes[i][:]...)
		}
		rows = append(rows, TileRow{k.level, k.n, data})
	}
	clear(e.dirty)
	return rows
}

// Root returns the hash of the whole tree.
func (e *Edge) Root() tlog.Hash {
	if e.size == 0 {
		return sha256.Sum256(nil) // RFC 6962, 2.1
	}
	last := len(e.peaks) - 1
	root := e.peaks[last]
	for _, left := range slices.Backward(e.peaks[:last]) {
		root = tlog.NodeHash(left, root)
	}
	return root
}

// subtree hashes a power of two of neighbours into one.
func subtree(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	var work [tileWidth / 2]tlog.Hash
	half := work[:len(hashes)/2]
	for i := range half {
		half[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
	}
	for len(half) > 1 {
		for i := range len(half) / 2 {
			half[i] = tlog.NodeHash(half[2*i], half[2*i+1])
		}
		half = half[:len(half)/2]
	}
	return half[0]
}
