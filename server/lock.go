package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"bedrail"
	"bedrail/api"
)

// A claim is the right to change a data folder, held by one process at a time.
// The system takes it back when the process ends, however it ends. Without it
// a command beside a running server would change devices that the server keeps
// in memory, and the server would write its own over them.
type claim struct {
	file *os.File
}

// errClaimed is what lock returns when another process holds the claim.
var errClaimed = errors.New("claimed by another process")

// claimFolder claims the data folder for this process. When another has it,
// the error is errClaimed and holder says who, in its own words.
func claimFolder(folder string) (c *claim, holder string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", bedrail.Errorf(bedrail.Unavailable, "making the data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(folder, "bedrail.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, "", bedrail.Errorf(bedrail.Unavailable, "claiming the data folder: %w", err)
	}
	if err := lock(f); err != nil {
		text, _ := io.ReadAll(io.LimitReader(f, 1<<10))
		return nil, strings.TrimSpace(string(text)), errors.Join(err, f.Close())
	}
	return &claim{f}, "", nil
}

// describe writes down who holds the claim, for whoever is refused.
func (c *claim) describe(format string, args ...any) error {
	if err := c.file.Truncate(0); err != nil {
		return err
	}
	_, err := c.file.WriteAt(fmt.Appendf(nil, format+", process %d\n", append(args, os.Getpid())...), 0)
	return err
}

// release gives the claim back. The file stays: to remove it would let two
// processes hold claims on two files of the same name.
func (c *claim) release() error {
	return errors.Join(c.file.Truncate(0), c.file.Close())
}

// claimForServer claims the data folder for as long as s is open.
func (s *Server) claimForServer() error {
	c, holder, err := claimFolder(s.Config.Data)
	if errors.Is(err, errClaimed) {
		return bedrail.Errorf(bedrail.Conflict, "the data folder %s is in use by %s; stop that first, or give this one a folder of its own by --data", s.Config.Data, orUnnamed(holder))
	}
	if err != nil {
		return err
	}
	s.claim = c
	s.closers = append(s.closers, c.release)
	return c.describe("a Bedrail that is starting")
}

// claimForCommand claims the data folder for a command that changes it.
func claimForCommand(folder, name string) (*claim, error) {
	c, holder, err := claimFolder(folder)
	if errors.Is(err, errClaimed) {
		return nil, bedrail.Errorf(bedrail.Conflict, "the data folder %s is in use by %s; let that do it, by --server URL and --token-file FILE, or wait until it has ended", folder, orUnnamed(holder))
	}
	if err != nil {
		return nil, err
	}
	return c, c.describe("%s", name)
}

func orUnnamed(holder string) string {
	if holder == "" {
		return "another Bedrail"
	}
	return holder
}

// A guard lets requests of a command through to the data folder: those that
// only read always, those that change it once the claim is had.
type guard struct {
	next   http.Handler
	folder string

	mu    sync.Mutex // guards the one below
	claim *claim
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if changes(r) {
		if err := g.take(); err != nil {
			refuse(w, err)
			return
		}
	}
	g.next.ServeHTTP(w, r)
}

// changes reports whether r changes what a running server keeps in memory.
// People and tokens are in no memory: a server looks them up each time, so an
// administrator who lost the password is helped while it runs.
func changes(r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	return !strings.HasPrefix(path, "/users") && !strings.HasPrefix(path, "/tokens")
}

func (g *guard) take() (err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.claim == nil {
		g.claim, err = claimForCommand(g.folder, "a command")
	}
	return err
}

func (g *guard) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.claim == nil {
		return nil
	}
	return g.claim.release()
}

// refuse answers a request whose claim was not had.
func refuse(w http.ResponseWriter, err error) {
	p := api.Problem{Status: http.StatusInternalServerError, Detail: "internal error"}
	var shown *bedrail.Error
	if errors.As(err, &shown) {
		p.Detail, p.Code, p.Status = shown.Message, string(shown.Kind), http.StatusServiceUnavailable
		if shown.Kind == bedrail.Conflict {
			p.Status = http.StatusConflict
		}
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}
