package mapping_test

import (
	"os"
	"testing"

	"bedrail/mapping"
)

// A patient monitor's message of 15 OBX, as in the figure of the exchange.
func BenchmarkPCD01(b *testing.B) { benchmark(b, "testdata/pcd01-15.hl7") }

func BenchmarkADT(b *testing.B) { benchmark(b, "testdata/adt-a01.hl7") }

func benchmark(b *testing.B, file string) {
	lib := library(b)
	raw, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := lib.Run(raw, "", mapping.Options{Bare: true}); err != nil {
			b.Fatal(err)
		}
	}
}
