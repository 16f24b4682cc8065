package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bedrail/bus"
)

func open(t *testing.T, dir string) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABatchIsGivenUntilItIsTakenAndThenNeverAgain(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	defer b.Close()
	for i := range 5 {
		if _, err := b.Publish(t.Context(), "North Wing", fmt.Sprint("batch-", i), fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []string
	refused := false
	err := b.Consume(ctx, 0, func(_ context.Context, m bus.Message) error {
		if string(m.Data) == "2" && !refused {
			refused = true
			return errors.New("not now")
		}
		if m.Site != "North Wing" {
			t.Errorf("site is %q", m.Site)
		}
		if got = append(got, string(m.Data)); len(got) == 5 {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(got, ""); s != "01234" {
		t.Errorf("got %s, want 01234", s)
	}
}

func TestARepeatedBatchIsKeptOnce(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	defer b.Close()
	for range 3 {
		if _, err := b.Publish(t.Context(), "", "same", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	s, err := b.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Messages != 1 {
		t.Errorf("the stream holds %d messages, want 1", s.Messages)
	}
}

func TestReadingGoesOnFromThePositionOfTheRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	for i := range 10 {
		if _, err := b.Publish(t.Context(), "s", fmt.Sprint(i), fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	b.Close()
	b = open(t, dir)
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var first bus.Message
	err := b.Consume(ctx, 7, func(_ context.Context, m bus.Message) error {
		if first.Seq == 0 {
			first = m
		}
		if m.Seq == 10 {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if first.Seq != 8 || string(first.Data) != "7" || first.Missing != 0 {
		t.Errorf("the first message is %d %q with %d missing, want 8 \"7\" with none", first.Seq, first.Data, first.Missing)
	}
}

func BenchmarkPublish(b *testing.B) {
	engine, err := bus.Open(b.Context(), bus.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer engine.Close()
	data := make([]byte, 64<<10) // about 500 observations
	for i := 0; b.Loop(); i++ {
		if _, err := engine.Publish(b.Context(), "s", fmt.Sprint(i), data); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(data)))
}

func TestAStreamThatWasLostHasAnotherEpoch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	epoch := b.Epoch()
	b.Close()
	b = open(t, dir)
	if b.Epoch() != epoch {
		t.Errorf("after a restart the epoch is %s, before it was %s", b.Epoch(), epoch)
	}
	b.Close()
	b = open(t, t.TempDir())
	defer b.Close()
	if b.Epoch() == epoch {
		t.Error("a new stream lives in the epoch of the old one")
	}
}
