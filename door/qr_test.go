package door

import (
	"strings"
	"testing"
)

func TestACodeHasItsCornersAndItsQuietZone(t *testing.T) {
	q, err := MakeQR("https://bedrail.example/devices/dev_1")
	if err != nil {
		t.Fatal(err)
	}
	// The three finder patterns begin with a run of seven dark modules.
	for _, corner := range []string{"M4 4h7v1h-7z", "M4 10h7v1h-7z"} {
		if !strings.Contains(q.Path, corner) {
			t.Errorf("%s is not in the code of %d units", corner, q.Size)
		}
	}
	if strings.Contains(q.Path, "M3 ") || strings.Contains(q.Path, " 3h") || q.Size < 21+8 {
		t.Errorf("the quiet zone is not quiet, or %d units are too few", q.Size)
	}
	if _, err := MakeQR(strings.Repeat("x", 5000)); err == nil {
		t.Error("5,000 bytes fit no code")
	}
}
