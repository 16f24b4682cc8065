package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bedrail/mllp"
	"bedrail/server"
)

// BenchmarkExchange measures messages that were received over MLLP, checked,
// bound, routed, committed, flushed and acknowledged, at eight connections
// whose senders wait for each answer. The senders, and for FHIR the receiver, are
// in the same process and in the figures; they do as little as they can.
func BenchmarkExchange(b *testing.B) {
	pcd, err := os.ReadFile("../format/hl7/testdata/pcd01-15.hl7")
	if err != nil {
		if pcd, err = os.ReadFile("../mapping/testdata/pcd01-15.hl7"); err != nil {
			b.Fatal(err)
		}
	}
	text := strings.ReplaceAll(string(pcd), "\n", "\r")
	control := strings.SplitN(strings.SplitN(text, "\r", 2)[0], "|", 11)[9]
	later := fmt.Sprintf(`{name: later, enabled: true, schedule: [%q], mllp: {address: "127.0.0.1:1"}}`, notNow())
	b.Run("ADT", func(b *testing.B) { benchmarkExchange(b, string(adtMessage("@@")), "@@", later) })
	b.Run("PCD-01", func(b *testing.B) { benchmarkExchange(b, text, control, later) })
	b.Run("PCD-01-to-FHIR", func(b *testing.B) { benchmarkMapped(b, text, control) })
}

// benchmarkMapped has each message mapped to FHIR and delivered to a server that
// takes everything, in the same run: what counts is delivered messages, until
// the last one was.
func benchmarkMapped(b *testing.B, message, id string) {
	ehr, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ehr.Close()
	var taken atomic.Int64
	go func() {
		for c, err := ehr.Accept(); err == nil; c, err = ehr.Accept() {
			go takeAll(b, c, &taken)
		}
	}()
	cpu := benchmarkExchange(b, message, id, fmt.Sprintf(`{name: ehr, map: pcd-01, fhir: {url: "http://%s"}}`, ehr.Addr()))
	waiting := int64(b.N) - taken.Load()
	for end := time.Now().Add(time.Minute); taken.Load() < int64(b.N); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("%d of %d messages were delivered", taken.Load(), b.N)
		}
	}
	b.ReportMetric(float64(waiting), "waiting-at-the-end")
	b.ReportMetric(float64(b.N)/(cpuTime()-cpu).Seconds(), "delivered/CPU-s")
}

// takeAll is a FHIR server that takes what is posted and costs next to nothing.
func takeAll(b *testing.B, c net.Conn, taken *atomic.Int64) {
	const body = `{"resourceType":"Bundle","type":"transaction-response"}`
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	defer c.Close()
	in, length := bufio.NewReaderSize(c, 64<<10), -1
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if text, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(text))); err != nil {
				b.Error(err)
				return
			}
		}
		if len(line) > 2 {
			continue // the head goes on
		}
		if n, err := in.Discard(length); err != nil || n < 1000 {
			b.Errorf("a bundle of %d bytes came with %d, %v", length, n, err)
			return
		}
		taken.Add(1)
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// person makes a message that of another patient and device, so that it has a
// lane of its own.
func person(message string, n int) string {
	message = strings.ReplaceAll(message, "0025DF0000A10001", fmt.Sprintf("0025DF0000A1%04X", n))
	return strings.ReplaceAll(message, "MRN10001", fmt.Sprintf("MRN1%04d", n))
}

// benchmarkExchange returns the processor time at its first message.
func benchmarkExchange(b *testing.B, message, id, destination string) time.Duration {
	folder, listen := b.TempDir(), "127.0.0.1:0"
	file := folder + "/bedrail.yaml"
	if l, err := net.Listen("tcp", listen); err == nil {
		listen = l.Addr().String()
		l.Close()
	}
	config := fmt.Sprintf("exchange:\n  channels:\n    - name: bench\n      source: {mllp: {listen: %q}}\n      destinations: [%s]\n", listen, destination)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	cfg, err := server.Load(server.Sources{System: os.DevNull, File: file, Environ: func() []string { return nil }, Flags: map[string]string{
		"server.listen": "127.0.0.1:0", "server.data": folder + "/data", "keys.folder": folder + "/keys"}})
	if err != nil {
		b.Fatal(err)
	}
	s, err := server.New(b.Context(), cfg, server.Options{})
	if err != nil {
		b.Fatal(err)
	}
	ctx, done := b.Context(), make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	b.Cleanup(func() { <-done })
	const senders = 8
	var wg sync.WaitGroup
	times := make([][]time.Duration, senders)
	conns := make([]net.Conn, senders)
	for i := range conns {
		for range 200 {
			if conns[i], err = net.Dial("tcp", listen); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(message)))
	b.ResetTimer()
	before := cpuTime()
	for n := range senders {
		wg.Go(func() { times[n] = sendAll(b, conns[n], person(message, n), id, n, senders) })
	}
	wg.Wait()
	b.StopTimer()
	spent := cpuTime() - before
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(b.N)/spent.Seconds(), "msg/CPU-s")
	b.ReportMetric(float64(percentile(times, 0.99).Microseconds())/1000, "p99-ms")
	return before
}

// sendAll sends a message again and again, each under an id of its own, and
// waits for each answer. Only the digits of the id are written anew, so that the
// figures are of the server.
func sendAll(b *testing.B, c net.Conn, message, id string, first, step int) []time.Duration {
	defer c.Close()
	const digits = "0000000"
	frame := mllp.Frame([]byte(strings.Replace(message, "|"+id+"|", "|N"+digits+"|", 1)))
	at := bytes.Index(frame, []byte("|N"+digits+"|")) + 2
	times, in := make([]time.Duration, 0, b.N/step+1), bufio.NewReader(c)
	for i := first; i < b.N; i += step {
		for k, rest := len(digits)-1, i; k >= 0; k, rest = k-1, rest/10 {
			frame[at+k] = byte('0' + rest%10)
		}
		start := time.Now()
		if _, err := c.Write(frame); err != nil {
			b.Error(err)
			return times
		}
		answer, err := in.ReadSlice(0x1c)
		if err != nil || !bytes.Contains(answer, []byte("|AA|")) && !bytes.Contains(answer, []byte("|CA|")) {
			b.Errorf("%v %q", err, answer)
			return times
		}
		times = append(times, time.Since(start))
		in.ReadByte()
	}
	return times
}

// notNow is a part of the day that has passed: what is queued stays so.
func notNow() string {
	at := time.Now().Add(-2 * time.Hour)
	return at.Format("15:04") + "-" + at.Add(time.Minute).Format("15:04")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func percentile(times [][]time.Duration, p float64) time.Duration {
	var all []time.Duration
	for _, t := range times {
		all = append(all, t...)
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(int(float64(len(all))*p), len(all)-1)]
}
