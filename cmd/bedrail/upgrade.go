package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"bedrail/server"
)

// heritage is the variable in which a Bedrail finds the listeners that the one
// before it left open.
const heritage = "BEDRAIL_LISTENERS"

// inherited takes the listeners that an earlier run left open.
func inherited() (map[string]net.Listener, error) {
	text := os.Getenv(heritage)
	if text == "" {
		return nil, nil
	}
	if err := os.Unsetenv(heritage); err != nil {
		return nil, err
	}
	var kept map[string]int
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return nil, fmt.Errorf("reading %s: %w", heritage, err)
	}
	return server.Inherit(kept)
}

// An upgrade waits for the signal of a planned upgrade, or of a configuration
// that changed, makes sure that the program which is now at this one's place
// can start, and stops the server so that the other takes its place with the
// listeners still open.
type upgrade struct {
	log   *slog.Logger
	path  string
	asked chan os.Signal
	kept  map[string]int // once it is due
}

// newUpgrade notes the signals from now on, so that none ends a program that
// is still starting.
func newUpgrade(log *slog.Logger, terminal bool) *upgrade {
	path, err := os.Executable()
	if err != nil {
		log.Warn("a planned upgrade will not be possible", "error", err)
	}
	u := &upgrade{log: log, path: path, asked: make(chan os.Signal, 1)}
	due := server.UpgradeSignal()
	if due == nil || path == "" {
		return u
	}
	signal.Notify(u.asked, due)
	if !terminal && !signal.Ignored(syscall.SIGHUP) { // of a terminal it says that there is no more terminal
		signal.Notify(u.asked, syscall.SIGHUP)
	}
	return u
}

// watch returns a context that ends when the other program is to take over,
// with the listeners that keep returns, and what ends the watch.
func (u *upgrade) watch(ctx context.Context, keep func() (map[string]int, error)) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case <-u.asked:
			}
			if err := u.check(ctx); err != nil {
				u.log.Error("the program that is to follow cannot start; this one goes on", "error", err)
				continue
			}
			kept, err := keep()
			if err != nil {
				u.log.Error("the listeners cannot be handed over; this program goes on", "error", err)
				continue
			}
			u.log.Info("handing over to the program that follows", "program", u.path, "listeners", len(kept))
			u.kept = kept
			cancel()
			return
		}
	}()
	return ctx, func() { cancel(); <-ended }
}

// due reports whether the other program is to take over.
func (u *upgrade) due() bool { return u.kept != nil }

// check has the other program read the configuration, which it refuses with a
// reason when it cannot.
func (u *upgrade) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	args := []string{"config", "print"}
	for i, a := range os.Args {
		if a == "--config" && i+1 < len(os.Args) {
			args = append(args, a, os.Args[i+1])
		} else if strings.HasPrefix(a, "--config=") {
			args = append(args, a)
		}
	}
	said, err := exec.CommandContext(ctx, u.path, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(said)))
	}
	return nil
}

// finish starts the other program, when an upgrade is due.
func (u *upgrade) finish() error {
	if !u.due() {
		return nil
	}
	text, err := json.Marshal(u.kept)
	if err != nil {
		return err
	}
	return server.Become(u.path, os.Args, append(os.Environ(), heritage+"="+string(text)))
}
