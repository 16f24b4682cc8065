package store

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A shim is a layer below SQLite that hands everything on to the system's own
// file layer and writes down what went by, so that a test can tell which bytes
// a power cut could have left on disk. It can also make every flush slow.
type shim struct {
	name     string
	under    *sqlite3.Tsqlite3_vfs // the system's, which does the work
	flush    time.Duration         // added to every sync of a write-ahead log
	recorded bool                  // whether ops is kept

	refuse         atomic.Int32 // result code of every write from now on; 0 writes
	syncs, syncing atomic.Int64 // how many, and nanoseconds in all

	mu  sync.Mutex // guards what follows
	ops []diskOp
}

// A diskOp is one thing that SQLite asked of the disk.
type diskOp struct {
	kind   byte // 'w'rite, 't'runcate, 's'ync, 'd'elete, sync of the 'f'older
	file   string
	offset int64 // size for a truncate; for a sync how many operations had gone by when it began
	data   []byte
}

// SQLite calls the shim by plain pointers, so where they lead is kept here.
var shims = struct {
	sync.Mutex
	byVFS   map[uintptr]*shim
	files   map[uintptr]shimFile                     // by SQLite's pointer to the open file
	methods map[uintptr]*sqlite3.Tsqlite3_io_methods // ours, by those of the layer below
}{byVFS: map[uintptr]*shim{}, files: map[uintptr]shimFile{}, methods: map[uintptr]*sqlite3.Tsqlite3_io_methods{}}

type shimFile struct {
	shim  *shim
	name  string
	under *sqlite3.Tsqlite3_io_methods
	// newLog: the first sync of a new journal or write-ahead log also syncs
	// the folder (os_unix.c, UNIXFILE_DIRSYNC).
	newLog bool
}

// SlowFlush gives the store of c a disk whose flush takes a given time, for tests
// outside of this package.
func SlowFlush(t testing.TB, c Config, flush time.Duration) Config {
	return newShim(t, flush, false).below(c)
}

// below puts the shim below the store of c.
func (s *shim) below(c Config) Config {
	c.VFS, c.flushLog = s.name, s.flushLog
	return c
}

// flushLog is what a logFlusher flushes with. Where operations are recorded the
// record is the disk.
func (s *shim) flushLog(file *os.File) error {
	start, until := time.Now(), s.now()
	s.pause()
	var err error
	if !s.recorded {
		err = file.Sync()
	}
	s.syncs.Add(1)
	s.syncing.Add(int64(time.Since(start)))
	s.log(diskOp{kind: 's', file: filepath.Base(file.Name()), offset: int64(until)})
	return err
}

// pause blocks the thread, as a disk does; time.Sleep would be a millisecond
// late.
func (s *shim) pause() {
	if s.flush > 0 {
		pause := unix.NsecToTimespec(s.flush.Nanoseconds())
		unix.Nanosleep(&pause, nil)
	}
}

// newShim registers a shim; its name goes into Config.VFS. It stays registered
// for the life of the test program.
func newShim(t testing.TB, flush time.Duration, recorded bool) *shim {
	t.Helper()
	tls := libc.NewTLS()
	defer tls.Close()
	under := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if under == 0 {
		t.Fatal("SQLite has no file layer")
	}
	s := &shim{under: (*sqlite3.Tsqlite3_vfs)(at(under)), flush: flush, recorded: recorded}
	size := unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})
	address := libc.Xcalloc(tls, 1, libc.Tsize_t(size))
	own := (*sqlite3.Tsqlite3_vfs)(at(address))
	*own = *s.under
	s.name = fmt.Sprintf("shim-%x", address)
	name, err := libc.CString(s.name)
	if err != nil {
		t.Fatal(err)
	}
	own.FpNext, own.FzName = 0, name
	own.FxOpen, own.FxDelete = method[openFunc](shimOpen), method[deleteFunc](shimDelete)
	shims.Lock()
	shims.byVFS[address] = s
	shims.Unlock()
	if rc := sqlite3.Xsqlite3_vfs_register(tls, address, 0); rc != 0 {
		t.Fatalf("registering the shim: %d", rc)
	}
	return s
}

func (s *shim) log(op diskOp) {
	if !s.recorded {
		return
	}
	s.mu.Lock()
	s.ops = append(s.ops, op)
	s.mu.Unlock()
}

// now returns how many operations have gone by.
func (s *shim) now() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ops)
}

func shimOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	shims.Lock()
	s := shims.byVFS[vfs]
	shims.Unlock()
	rc := call[openFunc](s.under.FxOpen)(tls, vfs, name, file, flags, out)
	methods := (*sqlite3.Tsqlite3_file)(at(file)).FpMethods
	if rc != 0 || methods == 0 || name == 0 {
		return rc
	}
	shims.Lock()
	defer shims.Unlock()
	own := shims.methods[methods]
	if own == nil {
		size := unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})
		own = (*sqlite3.Tsqlite3_io_methods)(at(libc.Xcalloc(tls, 1, libc.Tsize_t(size))))
		*own = *(*sqlite3.Tsqlite3_io_methods)(at(methods))
		own.FxClose, own.FxWrite = method[closeFunc](shimClose), method[writeFunc](shimWrite)
		own.FxTruncate, own.FxSync = method[truncateFunc](shimTruncate), method[syncFunc](shimSync)
		shims.methods[methods] = own
	}
	const logs = sqlite3.SQLITE_OPEN_MAIN_JOURNAL | sqlite3.SQLITE_OPEN_SUPER_JOURNAL | sqlite3.SQLITE_OPEN_WAL
	shims.files[file] = shimFile{
		shim: s, name: filepath.Base(libc.GoString(name)), under: (*sqlite3.Tsqlite3_io_methods)(at(methods)),
		newLog: flags&logs != 0 && flags&sqlite3.SQLITE_OPEN_CREATE != 0,
	}
	(*sqlite3.Tsqlite3_file)(at(file)).FpMethods = uintptr(unsafe.Pointer(own))
	return rc
}

func opened(file uintptr) shimFile {
	shims.Lock()
	defer shims.Unlock()
	return shims.files[file]
}

func shimDelete(tls *libc.TLS, vfs, name uintptr, dirSync int32) int32 {
	shims.Lock()
	s := shims.byVFS[vfs]
	shims.Unlock()
	s.log(diskOp{kind: 'd', file: filepath.Base(libc.GoString(name))})
	rc := call[deleteFunc](s.under.FxDelete)(tls, vfs, name, dirSync)
	if dirSync != 0 {
		s.log(diskOp{kind: 'f'})
	}
	return rc
}

func shimClose(tls *libc.TLS, file uintptr) int32 {
	f := opened(file)
	shims.Lock()
	delete(shims.files, file)
	shims.Unlock()
	return call[closeFunc](f.under.FxClose)(tls, file)
}

func shimWrite(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	f := opened(file)
	if rc := f.shim.refuse.Load(); rc != 0 {
		return rc
	}
	if f.shim.recorded {
		f.shim.log(diskOp{'w', f.name, offset, append([]byte(nil), unsafe.Slice((*byte)(at(data)), n)...)})
	}
	return call[writeFunc](f.under.FxWrite)(tls, file, data, n, offset)
}

func shimTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	f := opened(file)
	f.shim.log(diskOp{kind: 't', file: f.name, offset: size})
	return call[truncateFunc](f.under.FxTruncate)(tls, file, size)
}

func shimSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := opened(file)
	start, until := time.Now(), f.shim.now()
	f.shim.pause()
	rc := call[syncFunc](f.under.FxSync)(tls, file, flags)
	f.shim.syncs.Add(1)
	f.shim.syncing.Add(int64(time.Since(start)))
	if rc == 0 {
		f.shim.log(diskOp{kind: 's', file: f.name, offset: int64(until)})
	}
	if rc == 0 && f.newLog {
		f.shim.log(diskOp{kind: 'f'})
		f.newLog = false
		shims.Lock()
		shims.files[file] = f
		shims.Unlock()
	}
	return rc
}
