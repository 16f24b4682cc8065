package server

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"slices"

	"bedrail"
	"bedrail/door"
)

// A Local is the data folder, opened by a command beside or without a running
// server.
type Local struct {
	Handler http.Handler
	Server  *Server
	guard   *guard
}

// OpenLocal opens the data folder of c. It starts nothing and makes no one. A
// store of an older program stays as it is, which is a Conflict: serve makes a
// copy and brings it up to date. While a server runs on the folder, requests
// that change devices or what is known of them are a Conflict too.
func OpenLocal(ctx context.Context, c Config) (*Local, error) {
	if c.Postgres == "" && !exists(filepath.Join(c.Data, "bedrail.db")) {
		return nil, bedrail.Errorf(bedrail.NotFound, "there is no data in %s; name a configuration by --config, a running Bedrail by --server, or start one: bedrail serve", c.Data)
	}
	c.AuditWitness = slices.Clone(c.AuditWitness)
	for i, name := range c.AuditWitness {
		if name == "stdout" {
			c.AuditWitness[i] = "stderr" // what the command answers goes to the other
		}
	}
	s, err := open(ctx, c, Options{beside: true})
	if err != nil {
		return nil, err
	}
	if err := s.Exchange.Peek(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.Quality.Watch.Load(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	g := &guard{next: door.Local(s.API.Handler(), localActor(c.Tenant)), folder: c.Data}
	return &Local{Handler: g, Server: s, guard: g}, nil
}

// localActor is whoever runs a command beside the data folder. They can read
// and write its files, so nothing is kept from them; what they do is on record.
func localActor(tenant string) bedrail.Actor {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return bedrail.Actor{ID: "local:" + name, Name: name, Kind: bedrail.System, Scope: bedrail.Scope{Tenant: tenant}}
}

// Actor is whoever runs the command.
func (l *Local) Actor() bedrail.Actor { return localActor(l.Server.Config.Tenant) }

// Close closes the data folder and leaves it to its owner.
func (l *Local) Close() error {
	return errors.Join(l.Server.Close(), l.guard.close(), l.Server.Config.leaveToOwners())
}

// leaveToOwners leaves what a command made as root to the user of the service.
func (c Config) leaveToOwners() error {
	err := errors.Join(leaveToOwner(c.Data), leaveToOwner(c.Keys))
	if c.Bodies != "" && filepath.Dir(c.Bodies) != filepath.Clean(c.Data) {
		err = errors.Join(err, leaveToOwner(c.Bodies))
	}
	return err
}
