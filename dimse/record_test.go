package dimse_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"bedrail/dimse"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/format/dicom"
)

func house(t testing.TB, destinations string) *exchangetest.House {
	return houseBehind(t, `"listen": "127.0.0.1:0"`, destinations)
}

func houseBehind(t testing.TB, door, destinations string) *exchangetest.House {
	return exchangetest.Open(t, exchange.Kinds{Sources: []exchange.SourceKind{dimse.SourceKind()}, Destinations: []exchange.DestinationKind{dimse.DestinationKind()}},
		`[{"name": "radiology", "source": {"dicom": {`+door+`, "commit": true}}, "destinations": [`+destinations+`]}]`)
}

func TestAnImageGoesFromScannerToArchiveAndIsOnRecord(t *testing.T) {
	s := &shelf{}
	_, archive := open(t, s, `{"listen": "127.0.0.1:0", "aeTitle": "ARCHIVE"}`)
	h := house(t, `{"name": "archive", "dicom": {"address": "`+archive+`", "calledAE": "ARCHIVE"}}, {"name": "beside", "memory": {}}`)
	as := associate(t, client(h.Listening("radiology")), ct, dimse.Proposal{Class: dimse.StorageCommitment, Syntaxes: []string{dicom.ImplicitLittle}})
	for i, size := range []int{1000, 2 << 20} {
		uid := fmt.Sprintf("1.2.3.4.%d", i+1)
		data := dataSet(t, image(t, uid, size))
		for range 2 { // the second time is a duplicate: success, and delivered no more
			got, err := as.Store(context.Background(), dimse.Instance{Class: ctClass, UID: uid, Syntax: dicom.ExplicitLittle, Data: bytes.NewReader(data)})
			if err != nil || got.Status != dicom.Success {
				t.Fatalf("got %v, %v", got.Status, err)
			}
		}
		if err := as.RequestCommitment(context.Background(), "2.25."+fmt.Sprint(i+1), ctClass, uid); err != nil {
			t.Errorf("the record does not promise that the image is safe: %v", err)
		}
	}
	out := h.Delivered(2)
	for range 400 {
		if s.count() == 2 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if s.count() != 2 {
		t.Errorf("the archive has %d images, want 2", s.count())
	}
	for _, o := range out {
		if len(o.Facts.Devices) != 1 || o.Facts.Devices[0].Serial != "R9-0042" || o.Facts.Devices[0].Manufacturer != "Acme Imaging" {
			t.Errorf("the device of an image of %d bytes is %+v", o.Size, o.Facts.Devices)
		}
	}
	duplicates := 0
	for _, m := range h.Kept() {
		if m.State == exchange.Duplicate {
			duplicates++
		}
	}
	if duplicates != 2 {
		t.Errorf("%d duplicates, want 2", duplicates)
	}
	h.Balanced()
}

// BenchmarkStoreFlushed stores 39 KB images that are on record, flushed, when
// they are answered.
func BenchmarkStoreFlushed(b *testing.B) {
	ca, cert, key := certificates(b)
	authority, err := os.ReadFile(ca)
	if err != nil {
		b.Fatal(err)
	}
	known := x509.NewCertPool()
	known.AppendCertsFromPEM(authority)
	const door = `"listen": "127.0.0.1:0"`
	secure := fmt.Sprintf(`%s, "tls": {"cert": %q, "key": %q}`, door, cert, key)
	b.Run("clear", func(b *testing.B) { storeFlushed(b, door, nil) })
	b.Run("TLS", func(b *testing.B) { storeFlushed(b, secure, &tls.Config{RootCAs: known, MinVersion: tls.VersionTLS12}) })
}

func storeFlushed(b *testing.B, door string, secure *tls.Config) {
	for _, associations := range []int{1, 4} {
		b.Run(fmt.Sprint(associations), func(b *testing.B) {
			h := houseBehind(b, door, ``)
			at := h.Listening("radiology")
			work := make(chan int)
			var wg sync.WaitGroup
			for range associations {
				c := client(at)
				c.TLS = secure
				as := associate(b, c, ct)
				wg.Go(func() {
					for i := range work {
						uid := fmt.Sprintf("1.2.3.4.5.%d", i)
						data := dataSet(b, image(b, uid, 39_000))
						if got, err := as.Store(context.Background(), dimse.Instance{Class: ctClass, UID: uid, Syntax: dicom.ExplicitLittle, Data: bytes.NewReader(data)}); err != nil || got.Status != dicom.Success {
							b.Error(got.Status, err)
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				work <- i
			}
			close(work)
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
