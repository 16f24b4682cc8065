package hl7_test

import (
	"os"
	"path/filepath"
	"testing"

	"bedrail/format/hl7"
)

// TestPiecesAndSharedTextsAreTheSame compares the ways to a component and to its
// text: one by one, all at once, and out of one copy of the message.
func TestPiecesAndSharedTextsAreTheSame(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.hl7")
	more, _ := filepath.Glob("../../../shared/testdata/exchange/hl7v2/*/*/*.hl7")
	texts := map[string]string{
		"escapes":     "MSH|^~\\&|A\\T\\B|C\rPID|1||\"\"^^\"\"&x~b^c|^\r",
		"no escape":   "MSH|^~|A^^B|C\rPID|1||1^2&3~4|^^\r",
		"two bytes":   "MSH|^~\\&|A|C||||||||||||||GB 18030-2000\rPID|1||\x81\x5e^x~\x81\x7e\r",
		"latin":       "MSH|^~\\&|A|C||||||||||||||8859/1\rPID|1||M\xfcller^x\r",
		"not allowed": "MSH|^~\\&|A|C||||||||||||||ASCII\rPID|1||M\xfcller^x\r",
	}
	for _, file := range append(files, more...) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(raw)
	}
	values := 0
	for name, text := range texts {
		apart, err := hl7.Parse([]byte(text))
		if err != nil {
			continue
		}
		shared, _ := hl7.Parse([]byte(text))
		shared.ShareText()
		for i := range apart.Len() {
			for n := range apart.Segment(i).Fields() + 2 {
				f := apart.Segment(i).Field(n)
				for rep := 1; rep <= f.Reps(); rep++ {
					pieces := f.Rep(rep).Pieces(nil)
					if got, want := len(pieces), max(1, f.Rep(rep).Components()); got != want {
						t.Fatalf("%s: %s: %d pieces, want %d", name, hl7.Locate(apart.Segment(i), n, rep, 0), got, want)
					}
					for c, piece := range pieces {
						one := f.Rep(rep).Component(c + 1)
						if piece != one {
							t.Fatalf("%s: %s: piece %d is not component %d", name, hl7.Locate(apart.Segment(i), n, rep, 0), c, c+1)
						}
						was, wasErr := one.Text()
						is, isErr := shared.Segment(i).Field(n).Rep(rep).Component(c + 1).Text()
						if was != is || (wasErr == nil) != (isErr == nil) {
							t.Fatalf("%s: %s: %q, %v shared, %q, %v apart", name, hl7.Locate(apart.Segment(i), n, rep, c+1), is, isErr, was, wasErr)
						}
						values++
					}
				}
			}
		}
	}
	if values < 50 {
		t.Errorf("%d values were compared, want more", values)
	}
}
