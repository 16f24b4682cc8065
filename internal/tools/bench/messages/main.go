// Messages measures how fast the message browser and a recall of data find
// their rows among a million messages. The store is filled through its own
// methods, sealed as in use, by a fixed seed.
//
// Usage:
//
//	go run ./internal/tools/bench/messages -n 1000000
//
// With -folder the store stays for another run; -slow names what takes longer
// than a limit with the database's own plan.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"bedrail"
	"bedrail/seal"
	"bedrail/store"
)

// A bench is one run.
type bench struct {
	db     *store.DB
	in     bedrail.Scope
	n      int
	seed   uint64
	times  int
	folder string
	only   string
}

func main() {
	b := bench{in: bedrail.Scope{Tenant: "main"}}
	flag.IntVar(&b.n, "n", 1_000_000, "how many messages")
	flag.Uint64Var(&b.seed, "seed", 1, "of what is made up")
	flag.IntVar(&b.times, "times", 15, "how often each search is asked")
	flag.StringVar(&b.folder, "folder", "", "where the store is made, or stands already; empty is a temporary one")
	flag.StringVar(&b.only, "only", "", "ask only the searches whose name holds this")
	flag.Parse()
	if err := b.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "messages:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context) error {
	if b.folder == "" {
		folder, err := os.MkdirTemp("", "bedrail-messages")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		b.folder = folder
	}
	if err := os.MkdirAll(b.folder, 0o700); err != nil {
		return err
	}
	if err := b.open(ctx); err != nil {
		return err
	}
	defer b.db.Close()
	last, err := b.db.LastMessage(ctx, b.in)
	if err != nil {
		return err
	}
	if last == "" {
		if err := b.fill(ctx); err != nil {
			return err
		}
	}
	if err := b.search(ctx); err != nil {
		return err
	}
	return b.recall(ctx)
}

// open opens the store with keys of its own.
func (b *bench) open(ctx context.Context) error {
	root, err := seal.MakeFile(filepath.Join(b.folder, "key"))
	if os.IsExist(err) || err != nil {
		root = seal.File(filepath.Join(b.folder, "key"))
	}
	keys, err := seal.Open(filepath.Join(b.folder, "ring"), root, bedrail.Clock(time.Now))
	if err != nil {
		return err
	}
	b.db, err = store.Open(ctx, store.Config{Path: filepath.Join(b.folder, "bedrail.db"), Keys: keys, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	return err
}
