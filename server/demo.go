package server

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
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

	folder string
	site   string
	show   *sim.Show
}

// NewDemo opens a demonstration that will listen at address.
func NewDemo(ctx context.Context, address string, seed uint64, o Options) (*Demo, error) {
	folder, err := os.MkdirTemp("", "bedrail-demo-")
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "making a folder for the demonstration: %w", err)
	}
	hospital := sim.New(seed)
	d := &Demo{folder: folder, site: hospital.Site(), show: sim.NewShow(hospital), Login: demoName, Password: word()}
	if err := d.open(ctx, address, hospital.Sites(), o); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *Demo) open(ctx context.Context, address string, sites []string, o Options) error {
	c, err := Load(Sources{System: os.DevNull, Environ: func() []string { return nil }, Flags: map[string]string{
		"server.listen": address, "server.data": filepath.Join(d.folder, "data"), "server.site": d.site,
		"keys.folder": filepath.Join(d.folder, "keys"), "capture.listen": "127.0.0.1:0", "capture.token": word(), "capture.sites": tapSites(sites),
	}})
	if err != nil {
		return err
	}
	c.Demo = true
	if d.Server, err = New(ctx, c, o); err != nil {
		return err
	}
	d.Server.API.Stage = d.show
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
	for _, p := range sim.People() { // nobody is told their one-time passwords
		if _, _, err := d.Server.Access.CreateUser(ctx, by, p.Name, p.Called, []bedrail.Grant{p.Grant}); err != nil {
			return err
		}
	}
	_, d.Token, err = d.Server.Access.CreateTokenFor(ctx, by, demoName, access.TokenSpec{Name: "demonstration", Lasts: 30 * 24 * time.Hour})
	return err
}

// tapSites says which tap stands in which site, as the setting has it.
func tapSites(sites []string) string {
	pairs := make([]string, len(sites))
	for i, s := range sites {
		pairs[i] = sim.TapName(s) + "=" + s
	}
	return strings.Join(pairs, ",")
}

func word() string { return rand.Text()[:20] }

// Run serves the demonstration until ctx ends.
func (d *Demo) Run(ctx context.Context) error {
	running, ctx := errgroup.WithContext(ctx)
	running.Go(func() error { return d.Server.Run(ctx) })
	running.Go(func() error {
		err := d.show.Run(ctx, sim.Target{
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
