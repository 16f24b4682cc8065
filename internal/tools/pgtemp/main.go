// Command pgtemp starts an empty PostgreSQL in a temporary folder, runs a
// command with BEDRAIL_TEST_POSTGRES set to its address, and removes it.
//
//	go run ./internal/tools/pgtemp go test ./store/...
//
// It installs nothing: where no PostgreSQL server is found it says so and runs
// the command without the variable, so that tests skip loudly.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// environment is the variable that tests read.
const environment = "BEDRAIL_TEST_POSTGRES"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: pgtemp COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtemp:", err)
	}
	os.Exit(code)
}

func run(command []string) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bin := serverFolder()
	if bin == "" {
		fmt.Fprintln(os.Stderr, "pgtemp: NO POSTGRESQL SERVER FOUND; tests on PostgreSQL will be skipped (Debian: package postgresql)")
		return start(ctx, command, os.Environ())
	}
	s, err := newServer(bin)
	if err != nil {
		return 1, err
	}
	defer s.remove()
	if err := s.start(ctx); err != nil {
		return 1, err
	}
	defer s.stop()
	return start(ctx, command, append(os.Environ(), environment+"="+s.url()))
}

// start runs command to its end and returns its exit status.
func start(ctx context.Context, command, env []string) (int, error) {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr, c.Env = os.Stdin, os.Stdout, os.Stderr, env
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	err := c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// serverFolder returns the folder with initdb and postgres, the newest first,
// or nothing.
func serverFolder() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0])
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// A server is one PostgreSQL in a folder of its own, on loopback.
type server struct {
	bin, folder string
	port        int
	as          *syscall.Credential // who runs it; nil is ourselves
	process     *exec.Cmd
	output      bytes.Buffer
}

func newServer(bin string) (*server, error) {
	folder, err := os.MkdirTemp("", "pgtemp")
	if err != nil {
		return nil, err
	}
	s := &server{bin: bin, folder: folder}
	if os.Geteuid() == 0 {
		// PostgreSQL refuses to run as root.
		if s.as, err = unprivileged(); err != nil {
			s.remove()
			return nil, err
		}
		if err := os.Chown(folder, int(s.as.Uid), int(s.as.Gid)); err != nil {
			s.remove()
			return nil, err
		}
	}
	return s, nil
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func (s *server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.folder
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true} // a Ctrl-C is ours to pass on
	return c
}

func (s *server) data() string { return filepath.Join(s.folder, "data") }

// start makes the database and waits until it answers. Durability is off: the
// server lives only as long as the tests.
func (s *server) start(ctx context.Context) error {
	out, err := s.command("initdb", "-D", s.data(), "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if s.port, err = freePort(); err != nil {
		return err
	}
	s.process = s.command("postgres", "-D", s.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-k", s.folder,
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	if err := s.process.Start(); err != nil {
		return err
	}
	return s.wait(ctx)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *server) wait(ctx context.Context) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		if s.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port)).Run() == nil {
			return nil
		}
	}
	s.stop()
	return fmt.Errorf("PostgreSQL did not answer within 30 s\n%s", strings.TrimSpace(s.output.String()))
}

func (s *server) url() string {
	return fmt.Sprintf("postgres://test@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

func (s *server) stop() {
	s.process.Process.Signal(syscall.SIGQUIT) // immediate: there is nothing to keep
	s.process.Wait()
}

func (s *server) remove() { os.RemoveAll(s.folder) }
