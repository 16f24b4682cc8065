package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"time"

	"bedrail"
	"bedrail/store"
)

// Await waits until this node may work, where several share a PostgreSQL: at
// once when nobody does, else when the one that does has been silent for the
// time of the lease, or gave it back. It returns nil where there is one node
// only.
func Await(ctx context.Context, c Config, log *slog.Logger) (*store.Lease, error) {
	if c.Lease == 0 {
		return nil, nil
	}
	if c.Postgres == "" {
		return nil, bedrail.Errorf(bedrail.Invalid, "node.lease is set: several nodes need one PostgreSQL (store.postgres)")
	}
	name := c.Node
	if name == "" {
		host, err := os.Hostname()
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "the host has no name: set node.name")
		}
		name = host
	}
	l, err := store.OpenLease(ctx, c.Postgres, name)
	if err != nil {
		return nil, err
	}
	if err := wait(ctx, l, c.Lease, log); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	log.InfoContext(ctx, "this node works now", "node", name)
	c.moveAddress(ctx, "active", log)
	return l, nil
}

// wait returns once the lease is taken.
func wait(ctx context.Context, l *store.Lease, silence time.Duration, log *slog.Logger) error {
	var seen store.Tenure
	var since time.Time
	for first := true; ; {
		t, err := l.Look(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			log.WarnContext(ctx, "the lease cannot be read; nobody is taken for silent meanwhile", "error", err)
			since = time.Time{}
		case t != seen || since.IsZero():
			if first && t.Holder != "" && t.Holder != l.Holder() {
				log.InfoContext(ctx, "another node works; this one stands by", "node", t.Holder)
			}
			first = false
			seen, since = t, time.Now()
		}
		if err == nil && (t.Holder == "" || t.Holder == l.Holder() || time.Since(since) >= silence) {
			err := l.Take(ctx, t)
			if err == nil || bedrail.KindOf(err) != bedrail.Conflict {
				return err
			}
			continue // another was faster
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(silence / 8):
		}
	}
}

// holdLease says that this node is alive. It ends the server when another has
// taken its place, or the database has not heard this one for so long that
// another may.
func (s *Server) holdLease(ctx context.Context) error {
	tick := time.NewTicker(s.Config.Lease / 8)
	defer tick.Stop()
	for heard := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		beat, cancel := context.WithTimeout(ctx, s.Config.Lease/4)
		err := s.lease.Beat(beat)
		cancel()
		switch {
		case err == nil:
			heard = time.Now()
		case ctx.Err() != nil:
			return nil
		case bedrail.KindOf(err) == bedrail.Conflict:
			return err
		case time.Since(heard) > s.Config.Lease*3/4:
			return fmt.Errorf("the database has not heard this node for %v: %w", time.Since(heard).Round(time.Millisecond), err)
		}
	}
}

// endLease gives the lease back on an orderly end, unless the program that
// follows on this node keeps it.
func (s *Server) endLease() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if s.handing {
		return s.lease.Close()
	}
	s.Config.moveAddress(ctx, "passive", s.Log)
	if err := s.lease.Release(ctx); err != nil {
		s.Log.WarnContext(ctx, "the lease was not given back; another node waits for its end", "error", err)
	}
	return nil
}

// moveAddress runs the hook that moves the address by which peers reach the
// node that works. That it failed is for a person; the node works all the
// same, since nobody else does.
func (c Config) moveAddress(ctx context.Context, to string, log *slog.Logger) {
	if len(c.NodeHook) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	said, err := exec.CommandContext(ctx, c.NodeHook[0], append(c.NodeHook[1:len(c.NodeHook):len(c.NodeHook)], to)...).CombinedOutput()
	if err != nil {
		log.ErrorContext(ctx, "node.hook failed: peers may not reach this node", "to", to, "error", err, "said", strings.TrimSpace(string(said[:min(len(said), 500)])))
	}
}
