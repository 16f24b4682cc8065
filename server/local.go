package server

import (
	"context"
	"net/http"
	"os"
	"os/user"
	"path/filepath"

	"bedrail"
	"bedrail/door"
)

// A Local is the data folder, opened by a command beside or without a running
// server.
type Local struct {
	Handler http.Handler
	Server  *Server
}

// OpenLocal opens the data folder of c. It starts nothing and makes no one.
func OpenLocal(ctx context.Context, c Config) (*Local, error) {
	if c.Postgres == "" && !exists(filepath.Join(c.Data, "bedrail.db")) {
		return nil, bedrail.Errorf(bedrail.NotFound, "there is no data in %s; name a configuration by --config, a running Bedrail by --server, or start one: bedrail serve", c.Data)
	}
	s, err := open(ctx, c, Options{})
	if err != nil {
		return nil, err
	}
	return &Local{Handler: door.Local(s.API.Handler(), localActor(c.Tenant)), Server: s}, nil
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

// Close closes the data folder.
func (l *Local) Close() error { return l.Server.Close() }
