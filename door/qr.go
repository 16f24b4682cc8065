package door

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// A QR is a code that a telephone reads, as one path to be drawn in a square
// of Size units, its quiet zone of four units (ISO/IEC 18004, 9.1) included.
type QR struct {
	Size int    `json:"size" doc:"Units of one side, quiet zone included"`
	Path string `json:"path" doc:"Dark modules as one SVG path"`
}

const quietZone = 4

// MakeQR writes text as a code that survives a scratch (level M).
func MakeQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return QR{}, fmt.Errorf("drawing a code of %d bytes: %w", len(text), err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
			}
		}
	}
	return QR{code.Size + 2*quietZone, path.String()}, nil
}
