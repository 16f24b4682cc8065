package server

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"bedrail"
	"bedrail/seal"
)

// A Diagnosis is one thing that doctor looked at.
type Diagnosis struct {
	Name   string `json:"name"`
	State  string `json:"state"` // ok, note or bad
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"`
}

// Diagnose looks at what keeps a Bedrail of this configuration from working.
// It changes nothing, and works beside a running server.
func Diagnose(ctx context.Context, c Config, clock bedrail.Clock) []Diagnosis {
	return []Diagnosis{
		diagnoseAddress(ctx, c),
		diagnoseEncryption(c),
		diagnoseFolder(c),
		diagnoseDisk(c),
		diagnoseKeys(c),
		diagnoseStore(ctx, c, clock),
		diagnoseClock(c, clock),
		diagnoseCapture(),
		diagnoseBackups(c, clock),
		diagnoseFeeds(ctx, c, clock),
	}
}

func ok(name, format string, args ...any) Diagnosis {
	return Diagnosis{Name: name, State: "ok", Detail: fmt.Sprintf(format, args...)}
}

func note(name, mend, format string, args ...any) Diagnosis {
	return Diagnosis{Name: name, State: "note", Detail: fmt.Sprintf(format, args...), Mend: mend}
}

func bad(name, mend, format string, args ...any) Diagnosis {
	return Diagnosis{Name: name, State: "bad", Detail: fmt.Sprintf(format, args...), Mend: mend}
}

func diagnoseAddress(ctx context.Context, c Config) Diagnosis {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return note("port", "if that is not a running Bedrail, set server.listen to a free address", "%s cannot be opened: %v", c.Listen, err)
	}
	l.Close()
	return ok("port", "%s is free", c.Listen)
}

func diagnoseEncryption(c Config) Diagnosis {
	host, _, err := net.SplitHostPort(c.Listen)
	switch ip := net.ParseIP(host); {
	case err != nil:
		return bad("tls", "write it as host:port", "server.listen is %q", c.Listen)
	case c.TLS != "":
		return ok("tls", "%s", c.TLS)
	case host == "localhost" || ip != nil && ip.IsLoopback():
		return ok("tls", "off; only this machine can connect")
	}
	return bad("tls", "set server.tls to own-ca, or server.tls.cert and server.tls.key", "off, and %s can be reached from other machines: serve will refuse to start", c.Listen)
}

func diagnoseFolder(c Config) Diagnosis {
	info, err := os.Stat(c.Data)
	if os.IsNotExist(err) {
		return note("data", "", "%s is not there yet; the first start makes it", c.Data)
	}
	if err != nil || !info.IsDir() {
		return bad("data", "set server.data to a folder that Bedrail may write to", "%s is no folder that can be used: %v", c.Data, err)
	}
	f, err := os.CreateTemp(c.Data, ".doctor-*")
	if err != nil {
		return bad("data", "give the user of the service the right to write there", "%s cannot be written to: %v", c.Data, err)
	}
	f.Close()
	os.Remove(f.Name())
	if info.Mode().Perm()&0o077 != 0 {
		return note("data", "chmod 700 "+c.Data, "%s can be read by others on this machine", c.Data)
	}
	return ok("data", "%s", c.Data)
}

func diagnoseDisk(c Config) Diagnosis {
	folder := nearestFolder(c.Data)
	free, total, err := diskSpace(folder)
	if err != nil || total == 0 {
		return note("disk", "", "free space is not known on this system")
	}
	percent := free * 100 / total
	switch {
	case percent < int64(c.DiskLow):
		return bad("disk", "make room; nothing new is taken in until there is", "%d %% free (%d MB), less than disk.low", percent, free>>20)
	case percent < 2*int64(c.DiskLow):
		return note("disk", "make room soon", "%d %% free (%d MB)", percent, free>>20)
	}
	return ok("disk", "%d %% free (%d MB)", percent, free>>20)
}

// nearestFolder is path, or the folder above it that is there.
func nearestFolder(path string) string {
	path, err := filepath.Abs(path)
	for err == nil && !exists(path) && path != filepath.Dir(path) {
		path = filepath.Dir(path)
	}
	return path
}

func diagnoseKeys(c Config) Diagnosis {
	source := seal.Locate(c.Keys)
	file, isFile := source.(seal.File)
	switch {
	case c.PassphraseFile != "":
		return ok("keys", "opened by a passphrase")
	case !isFile:
		return ok("keys", "%s", source)
	case !exists(string(file)):
		return note("keys", "", "there is no key in %s yet; the first start makes one", c.Keys)
	case onSameVolume(c.Keys, c.Data):
		return note("keys", "move the folder of the keys to another volume and set keys.folder, or hand the key over as a systemd credential",
			"the key lies on the volume of the data: who takes the disk has both")
	}
	return ok("keys", "%s", source)
}

func diagnoseStore(ctx context.Context, c Config, clock bedrail.Clock) Diagnosis {
	if c.Postgres == "" && !exists(filepath.Join(c.Data, "bedrail.db")) {
		return note("store", "", "there is no store yet; the first start makes it")
	}
	s, err := open(ctx, c, Options{Clock: clock, beside: true})
	if err != nil {
		return bad("store", "see the message; a backup is restored by: bedrail backup restore", "it does not open: %v", err)
	}
	defer s.Close()
	if why, refused := s.DB.ReadOnly(); refused {
		return bad("store", "", "nothing can be changed: %s", why)
	}
	return ok("store", "%s, %d MB", s.DB.Engine(), s.storeBytes()>>20)
}

// diagnoseClock compares the clock with the newest file of the store: a clock
// that stands before it was turned back.
func diagnoseClock(c Config, clock bedrail.Clock) Diagnosis {
	now := clock.Now()
	info, err := os.Stat(filepath.Join(c.Data, "bedrail.db"))
	if err == nil && info.ModTime().After(now.Add(time.Minute)) {
		return bad("clock", "set the clock, by NTP where there is one", "it is %s, and the store was written at %s", now.Format(time.RFC3339), info.ModTime().UTC().Format(time.RFC3339))
	}
	if now.Year() < 2025 {
		return bad("clock", "set the clock, by NTP where there is one", "it is %s", now.Format(time.RFC3339))
	}
	return ok("clock", "%s", now.Format(time.RFC3339))
}

// diagnoseBackups looks for a backup that is young enough to be one.
func diagnoseBackups(c Config, clock bedrail.Clock) Diagnosis {
	files, err := backupFiles(c.backupFolder())
	switch {
	case err != nil:
		return note("backup", "see the message", "%v", err)
	case len(files) == 0:
		return note("backup", "set backup.every, for example 24h, or make one: bedrail backup create PATH", "there is none in %s", c.backupFolder())
	case clock.Now().Sub(files[0].MadeAt) > 7*24*time.Hour:
		return note("backup", "make one, or set backup.every", "the newest in %s is of %s", c.backupFolder(), files[0].MadeAt.Format(time.DateOnly))
	}
	return ok("backup", "the newest is of %s", files[0].MadeAt.Format(time.RFC3339))
}

// diagnoseFeeds looks for feeds that are older than the hospital accepts.
func diagnoseFeeds(ctx context.Context, c Config, clock bedrail.Clock) Diagnosis {
	if c.Postgres == "" && !exists(filepath.Join(c.Data, "bedrail.db")) {
		return note("feeds", "", "there is no store yet, and so no feed")
	}
	s, err := open(ctx, c, Options{Clock: clock, beside: true})
	if err != nil {
		return note("feeds", "", "their age is not known: the store does not open")
	}
	defer s.Close()
	feeds, err := s.Feeds.Feeds(ctx, bedrail.SystemActor("doctor", c.Tenant))
	if err != nil {
		return note("feeds", "see the message", "%v", err)
	}
	var stale []string
	for _, f := range feeds {
		if f.Stale {
			stale = append(stale, f.Name)
		}
	}
	switch {
	case len(feeds) == 0:
		return note("feeds", "bring one in: bedrail feed import PATH, or configure feeds.sources", "there is none: nothing is known of flaws")
	case len(stale) > 0:
		return note("feeds", "bedrail feed sync, or bring them in again", "older than %s: %s", c.FeedStaleAfter, strings.Join(stale, ", "))
	}
	return ok("feeds", "%d, none older than %s", len(feeds), c.FeedStaleAfter)
}

func diagnoseCapture() Diagnosis {
	if runtime.GOOS != "linux" {
		return note("capture", "", "live capture exists on Linux; here captures come from files")
	}
	if !mayCapture() {
		return note("capture", "setcap cap_net_raw=ep bedrail, or AmbientCapabilities=CAP_NET_RAW in the service", "this user may not capture live: CAP_NET_RAW is missing; files work")
	}
	return ok("capture", "live capture is allowed")
}
