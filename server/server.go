// Package server puts the parts of Bedrail together: it reads the
// configuration, opens the store, starts what runs, and stops it in order.
//
// How observations flow from a sensor to the record is drawn in pipeline.go.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"bedrail"
	"bedrail/access"
	"bedrail/api"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/capture"
	"bedrail/cmms"
	"bedrail/desk"
	"bedrail/door"
	"bedrail/exchange"
	"bedrail/feed"
	"bedrail/job"
	"bedrail/mapping"
	"bedrail/notify"
	"bedrail/patch"
	"bedrail/procure"
	"bedrail/quality"
	"bedrail/recall"
	"bedrail/sbom"
	"bedrail/seal"
	"bedrail/sensor"
	"bedrail/server/oneshot"
	"bedrail/shadow"
	"bedrail/store"
	"bedrail/vuln"
)

// Options say what a start needs beside its configuration.
type Options struct {
	Log      *slog.Logger
	Clock    bedrail.Clock
	Terminal io.Writer     // shows the first administrator's password; nil writes a file
	Hasher   access.Hasher // how strongly passwords are hashed; the zero value is the product's strength

	// Inherited are listeners that an earlier run of this Bedrail left open, by
	// their address.
	Inherited map[string]net.Listener
	// Lease is the right to write that Await has taken; nil where there is one
	// node only.
	Lease *store.Lease

	beside bool // opened by a command, perhaps beside a running server
}

// A Server is one running Bedrail.
type Server struct {
	Config Config
	Log    *slog.Logger
	Clock  bedrail.Clock

	DB        *store.DB
	Keys      *seal.Keyring // nil when the keys are not there: then nothing sealed opens
	Policy    *access.Policy
	Access    *access.Service
	Jobs      *job.Runner
	Events    *api.Events
	Assets    *asset.Registry
	Board     *vuln.Board
	Feeds     *feed.Desk
	Bills     *sbom.Shelf
	Desk      *desk.Service
	Exchange  *exchange.Exchange
	Quality   *quality.Service
	Recalls   *recall.Service
	Shadow    *shadow.Board
	Mappings  *mapping.Desk
	Sensors   *sensor.Service
	AuditSeal *audit.Seal // signs checkpoints and backups; nil when its key is not there
	Imports   map[string]job.Importer
	API       *api.API
	Health    *Health
	Metrics   *Metrics

	started  time.Time
	tracer   trace.Tracer
	pipe     *pipeline
	post     *notify.Post
	gate     *procure.Gate
	planner  *patch.Planner
	follower *follower
	bell     *bell
	// What the parts that follow purchases and patches are woken by.
	patchNews, gateNews, purchaseNews news
	teller                            teller
	binder                            *binder
	doubts                            *shadow.Doubts
	listening                         *oneshot.Listening // nil when nothing is overheard

	corrections cmms.Desk // what the maintenance system is told

	sightings chan sightedDevice
	notary    *audit.Notary
	taps      *capture.TapListener
	flows     *capture.FlowListener
	sources   sources
	parts     []part
	closers   []func() error
	listener  net.Listener
	setup     map[string]func(context.Context) (time.Time, error)
	berths    *berths
	lease     *store.Lease
	handing   bool // to a program that follows on this node, which keeps the lease
	closing   sync.Once
	claim     *claim // on the data folder; nil for commands
}

// A part runs beside the doors from start to stop.
type part struct {
	name string
	run  func(ctx context.Context) error
}

// New opens everything and starts nothing. The caller runs it or closes it.
func New(ctx context.Context, c Config, o Options) (*Server, error) {
	s, err := open(ctx, c, o)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open opens the store and puts the capabilities together. Unless a command
// asks, it claims the data folder.
func open(ctx context.Context, c Config, o Options) (*Server, error) {
	s := &Server{Config: c, Log: o.Log, Clock: o.Clock, Imports: make(map[string]job.Importer), binder: newBinder(), sightings: make(chan sightedDevice, tellMost), setup: make(map[string]func(context.Context) (time.Time, error)), patchNews: newNews(), gateNews: newNews(), purchaseNews: newNews()}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.started = s.Clock.Now()
	s.berths, s.lease = newBerths(o.Inherited), o.Lease
	s.closers = append(s.closers, s.berths.close)
	if s.lease != nil {
		s.closers = append(s.closers, s.endLease) // after the store is closed
	}
	if !o.beside {
		if err := s.claimForServer(); err != nil {
			return nil, err
		}
	}
	if err := s.openParts(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openParts opens the keys and the store and puts the capabilities on them.
func (s *Server) openParts(ctx context.Context, o Options) error {
	c := s.Config
	var err error
	if s.Policy, err = access.NewPolicy(); err != nil {
		return err
	}
	if s.Keys, err = s.openKeys(); err != nil {
		if bedrail.KindOf(err) != bedrail.Unavailable || c.Postgres == "" && !exists(filepath.Join(c.Data, "bedrail.db")) {
			return err
		}
		// Reading goes on without the keys; the store refuses changes.
		s.Log.ErrorContext(ctx, "the keys are not there: sealed fields stay closed and nothing is written", "error", err)
		s.Keys = nil
	}
	if s.DB, err = store.Open(ctx, store.Config{Path: filepath.Join(c.Data, "bedrail.db"), PostgresURL: c.Postgres, Clock: o.Clock, Log: s.Log, Keys: s.Keys, KeepSchema: o.beside, Sole: s.claim != nil, Bodies: c.Bodies, Lease: s.lease}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.DB.Close)
	if err := s.openTraces(ctx); err != nil {
		return err
	}
	s.Events = api.NewEvents(s.Clock)
	s.Metrics = newMetrics(s)
	s.Access = &access.Service{
		Store: s.DB, Policy: s.Policy, Keys: s.Keys, Clock: s.Clock, Tenant: c.Tenant, Idle: c.SessionIdle, Longest: c.SessionLongest,
		PerName:    &access.Limiter{Burst: 10, Every: 30 * time.Second, Clock: s.Clock},
		PerAddress: &access.Limiter{Burst: 30, Every: 10 * time.Second, Clock: s.Clock},
		SignedIn:   s.forgetFirstPassword,
		Hasher:     o.Hasher,
	}
	s.Jobs = &job.Runner{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Log: s.Log, Changed: s.tellJob}
	s.Health = &Health{}
	s.API = &api.API{
		Tenant: c.Tenant, Clock: s.Clock, Log: s.Log, Events: s.Events, Cookies: door.Cookies{TLS: c.TLS != ""},
		Access: s.Access, Jobs: s.Jobs, Imports: s.Imports, Status: s, Demo: c.Demo, Site: c.Site,
	}
	s.watch()
	if err := s.wire(ctx); err != nil {
		return err
	}
	s.Metrics.Registry.MustRegister(&facts{server: s})
	return nil
}

// openKeys opens the keyring beside the configuration. At the first start it
// makes one; when the store is there and its keys are not, Bedrail starts
// without, and the store is read-only.
func (s *Server) openKeys() (*seal.Keyring, error) {
	if err := os.MkdirAll(s.Config.Keys, 0o700); err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "making the folder of the keys (keys.folder): %w", err)
	}
	source := seal.Locate(s.Config.Keys)
	if s.Config.PassphraseFile != "" {
		words, err := os.ReadFile(s.Config.PassphraseFile)
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "reading keys.passphraseFile: %w", err)
		}
		source = seal.Passphrase(strings.TrimSpace(string(words)))
	}
	ring := filepath.Join(s.Config.Keys, "keyring")
	if file, ok := source.(seal.File); ok {
		if err := s.makeKeyFile(string(file), ring); err != nil {
			return nil, err
		}
	}
	return seal.Open(ring, source, s.Clock)
}

// makeKeyFile makes the root key at the first start: when there is neither a
// key nor anything that was sealed under one.
func (s *Server) makeKeyFile(path, ring string) error {
	if exists(path) || exists(ring) {
		return nil
	}
	_, err := seal.MakeFile(path)
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// tellJob tells screens how a job is doing.
func (s *Server) tellJob(j job.Job) {
	s.Events.Publish(api.Event{Topic: "jobs", Name: "job", Site: j.Site, Data: j})
	s.bell.job(j)
	s.traceJob(j)
}

// begin does what a start does once: it ends what an earlier run left open,
// and makes the first administrator.
func (s *Server) begin(ctx context.Context, o Options) error {
	s.checkAudit(ctx)
	if why, refused := s.DB.ReadOnly(); refused {
		s.Log.WarnContext(ctx, "the store is read-only", "why", why)
		return nil
	}
	if err := s.loadBoard(ctx); err != nil {
		return err
	}
	if err := s.openPipeline(ctx); err != nil {
		return err
	}
	if err := s.openSensorDoor(); err != nil {
		return err
	}
	if err := s.openSensors(ctx); err != nil {
		return err
	}
	if err := s.openExchange(ctx); err != nil {
		return err
	}
	s.tellRepositories()
	n, err := s.Jobs.Recover(ctx, s.Config.Tenant)
	if err != nil {
		return fmt.Errorf("closing the jobs of an earlier run: %w", err)
	}
	if n > 0 {
		s.Log.InfoContext(ctx, "jobs of an earlier run were marked as interrupted", "jobs", n)
	}
	if s.Config.Demo {
		return nil // the demonstration hospital makes its own people
	}
	return s.makeFirstAdministrator(ctx, o.Terminal)
}

// add puts a part beside the doors. It runs until its context ends; an error
// before that ends the server.
func (s *Server) add(name string, run func(ctx context.Context) error) {
	s.parts = append(s.parts, part{name, run})
}

// watch adds what looks after the server itself.
func (s *Server) watch() {
	s.Health.Add("store", func(ctx context.Context) error {
		_, err := s.DB.CountUsers(ctx, bedrail.Scope{Tenant: s.Config.Tenant})
		return err
	})
	s.Health.Add("writable", func(context.Context) error {
		if why, refused := s.DB.ReadOnly(); refused {
			return bedrail.Errorf(bedrail.Unavailable, "nothing can be changed now: %s", why)
		}
		return nil
	})
	s.Health.Add("disk", s.checkDisk)
	s.add("disk watch", s.watchDisk)
	s.add("inherited listeners", s.berths.sweep)
	if s.lease != nil {
		s.add("lease", s.holdLease)
	}
	s.add("retention", s.sweep)
	s.add("sessions", s.pruneSessions)
	if s.Config.BackupEvery > 0 {
		s.add("backups", s.keepBackups)
	}
}

func (s *Server) pruneSessions(ctx context.Context) error {
	return every(ctx, 10*time.Minute, func() {
		if err := s.Access.Prune(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "ended sessions were not removed", "error", err)
		}
	})
}

// every calls f now and once a period until ctx ends.
func every(ctx context.Context, period time.Duration, f func()) error {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		f()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Listen opens the door, so that URL is known before Run.
func (s *Server) Listen() error {
	if s.listener != nil {
		return nil
	}
	var err error
	s.listener, err = door.Listen(s.Config.Listen, door.Encryption{OwnCA: s.Config.TLS == "own-ca", Folder: s.Config.Keys, Names: s.Config.TLSNames,
		Cert: s.Config.TLSCert, Key: s.Config.TLSKey, Clock: s.Clock}, func(address string) (net.Listener, error) { return s.berths.listen(context.Background(), address) })
	if err != nil {
		return err
	}
	return s.claim.describe("a Bedrail at %s", s.URL())
}

// URL is the address of the first page, once the door is open.
func (s *Server) URL() string {
	scheme := "http"
	if s.Config.TLS != "" {
		scheme = "https"
	}
	return scheme + "://" + s.listener.Addr().String()
}

// Run serves until ctx ends or a part fails, then stops everything in order:
// no new requests, then the streams and jobs, then the parts, then the store.
func (s *Server) Run(ctx context.Context) error {
	if err := s.Listen(); err != nil {
		return errors.Join(err, s.Close())
	}
	handler, err := s.Handler()
	if err != nil {
		return errors.Join(err, s.Close())
	}
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug)}
	running, partCtx := errgroup.WithContext(ctx)
	parts, stopParts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopParts()
	for _, p := range s.parts {
		running.Go(func() error {
			if err := p.run(parts); err != nil && parts.Err() == nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			return nil
		})
	}
	running.Go(func() error {
		if err := web.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serving: %w", err)
		}
		return nil
	})
	s.Log.InfoContext(ctx, "bedrail is ready", "url", s.URL(), "version", Version().Version, "store", s.DB.Engine())
	<-partCtx.Done()
	s.shutDown(web, stopParts)
	return errors.Join(running.Wait(), s.Close())
}

// stopWait is how long running requests may still take.
const stopWait = 10 * time.Second

func (s *Server) shutDown(web *http.Server, stopParts func()) {
	s.Log.Info("bedrail is stopping")
	s.Health.Stop()
	s.Events.Close()
	ctx, cancel := context.WithTimeout(context.Background(), stopWait)
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); s.Jobs.Stop() }()
	if err := web.Shutdown(ctx); err != nil {
		web.Close()
	}
	<-done
	stopParts()
}

// Close closes what New opened, in the opposite order.
func (s *Server) Close() (err error) {
	s.closing.Do(func() {
		for i := len(s.closers) - 1; i >= 0; i-- {
			err = errors.Join(err, s.closers[i]())
		}
	})
	return err
}
