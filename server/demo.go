package server

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"bedrail"
	"bedrail/access"
	"bedrail/sim"
)

// demoName is how a visitor of the demonstration signs in.
const demoName = "demo"

// A Demo is a Bedrail with the demonstration hospital at its doors. Everything
// it keeps lies in a temporary folder that ends with it.
type Demo struct {
	Server   *Server
	Login    string
	Password string
	Token    string

	folder   string
	hospital *sim.Hospital
}

// NewDemo opens a demonstration that will listen at address.
func NewDemo(ctx context.Context, address string, seed uint64, o Options) (*Demo, error) {
	folder, err := os.MkdirTemp("", "bedrail-demo-")
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "making a folder for the demonstration: %w", err)
	}
	d := &Demo{folder: folder, hospital: sim.New(seed), Login: demoName, Password: word()}
	if err := d.open(ctx, address, o); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *Demo) open(ctx context.Context, address string, o Options) error {
	c, err := Load(Sources{System: os.DevNull, Environ: func() []string { return nil }, Flags: map[string]string{
		"server.listen": address, "server.data": filepath.Join(d.folder, "data"), "server.site": d.hospital.Site,
		"keys.folder": filepath.Join(d.folder, "keys"), "capture.listen": "127.0.0.1:0", "capture.token": word(),
	}})
	if err != nil {
		return err
	}
	c.Demo = true
	if d.Server, err = New(ctx, c, o); err != nil {
		return err
	}
	if err := d.Server.Listen(); err != nil {
		return err
	}
	by := bedrail.SystemActor("demonstration", c.Tenant)
	// Every role but the administrator's: that one needs a second factor, which
	// a visitor should not have to set up.
	var grants []bedrail.Grant
	for _, role := range access.Roles() {
		if role != access.Administrator {
			grants = append(grants, bedrail.Grant{Role: string(role)})
		}
	}
	if _, err := d.Server.Access.Provision(ctx, by, demoName, "Demonstration visitor", d.Password, grants); err != nil {
		return err
	}
	_, d.Token, err = d.Server.Access.CreateTokenFor(ctx, by, demoName, access.TokenSpec{Name: "demonstration", Lasts: 30 * 24 * time.Hour})
	return err
}

func word() string { return rand.Text()[:20] }

// Run serves the demonstration until ctx ends.
func (d *Demo) Run(ctx context.Context) error {
	running, ctx := errgroup.WithContext(ctx)
	running.Go(func() error { return d.Server.Run(ctx) })
	running.Go(func() error {
		err := d.hospital.Live(ctx, sim.Target{
			Capture: d.Server.taps.Addr().String(), CaptureToken: d.Server.Config.TapToken,
			URL: d.Server.URL(), Token: d.Token, Say: func(text string) { d.Server.Log.InfoContext(ctx, text) },
		})
		if ctx.Err() != nil {
			return nil // cut off by the end of the demonstration
		}
		return err
	})
	return errors.Join(running.Wait(), d.close())
}

func (d *Demo) close() (err error) {
	if d.Server != nil {
		err = d.Server.Close()
	}
	return errors.Join(err, os.RemoveAll(d.folder))
}
