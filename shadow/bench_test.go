package shadow_test

import (
	"os"
	"testing"
	"time"

	"bedrail/traffic"
)

// BenchmarkListening reads a capture of which nearly half of the bytes belong
// to the exchange, with and without listening.
func BenchmarkListening(b *testing.B) {
	path := "../../shared/testdata/traffic/lab/hospital-lab.pcap"
	if _, err := os.Stat(path); err != nil {
		path = "../server/testdata/captures/shadow.pcap"
	}
	e := ears(b, func(traffic.Overheard) {})
	b.Run("with", func(b *testing.B) {
		for range b.N {
			read(b, path, traffic.Options{Overhear: e.Listen})
			e.Flush(time.Now())
		}
	})
	b.Run("without", func(b *testing.B) {
		for range b.N {
			read(b, path, traffic.Options{})
		}
	})
}
