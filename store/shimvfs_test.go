package store

import (
	"fmt"
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
	offset int64 // size for a truncate
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

// at turns an address outside Go's heap into a pointer.
func at(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// call returns the function at a method's address; F is its type.
func call[F any](method uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{method})) }

// method returns what is stored as the address of a top-level function.
func method[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

type (
	openFunc     = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	deleteFunc   = func(*libc.TLS, uintptr, uintptr, int32) int32
	closeFunc    = func(*libc.TLS, uintptr) int32
	writeFunc    = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	truncateFunc = func(*libc.TLS, uintptr, int64) int32
	syncFunc     = func(*libc.TLS, uintptr, int32) int32
)

// FlushLayer is a file layer whose flush takes a given time, for tests outside of
// this package.
func FlushLayer(t testing.TB, flush time.Duration) string { return newShim(t, flush, false).name }

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
	start := time.Now()
	if f.shim.flush > 0 {
		// Block the thread, as a disk does; time.Sleep would be a millisecond late.
		pause := unix.NsecToTimespec(f.shim.flush.Nanoseconds())
		unix.Nanosleep(&pause, nil)
	}
	rc := call[syncFunc](f.under.FxSync)(tls, file, flags)
	f.shim.syncs.Add(1)
	f.shim.syncing.Add(int64(time.Since(start)))
	if rc == 0 {
		f.shim.log(diskOp{kind: 's', file: f.name})
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
