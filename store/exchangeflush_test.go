package store_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/mllp"
	"bedrail/store"
)

// BenchmarkExchangeFlush measures PCD-01 messages of 2.7 KB over MLLP that are checked, kept,
// flushed and acknowledged above a disk whose flush takes 2 ms, from 64 senders
// that wait for each answer. The senders are in the same process and in the
// figures.
func BenchmarkExchangeFlush(b *testing.B) {
	db, err := store.Open(context.Background(), store.SlowFlush(b, store.Config{Path: filepath.Join(store.MemoryFolder(b), "bedrail.db"), Log: slog.New(slog.DiscardHandler)}, 2*time.Millisecond))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	pcd, err := os.ReadFile("../mapping/testdata/pcd01-15.hl7")
	if err != nil {
		b.Fatal(err)
	}
	kinds := exchange.Kinds{Sources: []exchange.SourceKind{mllp.SourceKind()}}
	h := exchangetest.OpenOn(b, db, kinds, `[{"name": "bench", "source": {"mllp": {"listen": "127.0.0.1:0"}}, "destinations": [{"name": "out", "memory": {}}]}]`)
	address := h.Listening("bench")
	const senders = 64
	var wg sync.WaitGroup
	b.ResetTimer()
	for n := range senders {
		c, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		wg.Go(func() {
			defer c.Close()
			in := bufio.NewReader(c)
			for i := n; i < b.N; i += senders {
				message := strings.Replace(string(pcd), "|G0001|", fmt.Sprintf("|F%d|", i), 1)
				if _, err := c.Write(mllp.Frame([]byte(message))); err != nil {
					b.Error(err)
					return
				}
				answer, err := in.ReadBytes(0x1c)
				if err != nil || !bytes.Contains(answer, []byte("|CA|")) {
					b.Errorf("%v %q", err, answer)
					return
				}
				in.ReadByte()
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	h.Delivered(b.N)
}
