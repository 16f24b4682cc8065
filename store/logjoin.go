package store

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"bedrail"
)

// joinLayer registers a file layer over the one called under (empty is the
// system's) for the connection of the writer, and returns its name. SQLite
// writes each page of a transaction to its log with two calls; the layer joins
// them to one, and leaves the flush at the end of a transaction to a
// logFlusher. Everything else goes through.
//
// With PRAGMA fullfsync and checkpoint_fullfsync SQLite asks for each flush
// with SQLITE_SYNC_FULL; once fullfsync is off it asks for that of a
// transaction with SQLITE_SYNC_NORMAL, which is how the layer tells it from
// those that must come before what follows (pager.c, pagerSetFlags).
func joinLayer(under string) (string, error) {
	tls := libc.NewTLS()
	defer tls.Close()
	find := func(name string) (*sqlite3.Tsqlite3_vfs, error) {
		c, err := libc.CString(name)
		if err != nil || name == "" {
			return layerAt(sqlite3.Xsqlite3_vfs_find(tls, 0)), err
		}
		defer libc.Xfree(tls, c)
		return layerAt(sqlite3.Xsqlite3_vfs_find(tls, c)), nil
	}
	name := "bedrail-" + under
	if l, err := find(name); l != nil || err != nil {
		return name, err
	}
	l, err := find(under)
	if err != nil || l == nil {
		return "", bedrail.Errorf(bedrail.Internal, "SQLite has no file layer %q: %w", under, err)
	}
	address := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(*l)))
	own := layerAt(address)
	*own = *l
	own.FpNext, own.FpAppData, own.FszOsFile = 0, uintptr(unsafe.Pointer(l)), joinedAt(l)+int32(unsafe.Sizeof(joinedLog{}))
	own.FxOpen, own.FxDelete = method[openFunc](joinOpen), method[deleteFunc](joinDelete)
	if own.FzName, err = libc.CString(name); err != nil {
		return "", err
	}
	if rc := sqlite3.Xsqlite3_vfs_register(tls, address, 0); rc != 0 {
		return "", bedrail.Errorf(bedrail.Internal, "registering a file layer with SQLite: result %d", rc)
	}
	return name, nil
}

// A joinedLog is an open log. It lies behind what the layer below keeps of the
// file, in SQLite's memory.
type joinedLog struct {
	methods sqlite3.Tsqlite3_io_methods // ours
	under   *sqlite3.Tsqlite3_io_methods
	buffer  uintptr // of joinMost bytes, or 0
	used    int32   // of them
	offset  int64   // in the file, of the first
}

// joinMost is the most that the system's layer writes at once (os_unix.c,
// seekAndWriteFd): 31 pages.
const joinMost = 1<<17 - 1

type (
	openFunc     = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	deleteFunc   = func(*libc.TLS, uintptr, uintptr, int32) int32
	closeFunc    = func(*libc.TLS, uintptr) int32
	writeFunc    = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	truncateFunc = func(*libc.TLS, uintptr, int64) int32
	sizeFunc     = func(*libc.TLS, uintptr, uintptr) int32
	syncFunc     = func(*libc.TLS, uintptr, int32) int32
)

// at turns an address outside Go's heap into a pointer.
func at(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// call returns the function at a method's address; F is its type.
func call[F any](method uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{method})) }

// method returns what is stored as the address of a top-level function.
func method[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func layerAt(address uintptr) *sqlite3.Tsqlite3_vfs { return (*sqlite3.Tsqlite3_vfs)(at(address)) }

// joinedAt is where a joinedLog begins in an open file of layer l.
func joinedAt(l *sqlite3.Tsqlite3_vfs) int32 { return (l.FszOsFile + 7) &^ 7 }

// logOf returns the log of an open file: its methods are the first of it.
func logOf(file uintptr) *joinedLog {
	return (*joinedLog)(at((*sqlite3.Tsqlite3_file)(at(file)).FpMethods))
}

func joinOpen(tls *libc.TLS, layer, name, file uintptr, flags int32, out uintptr) int32 {
	under := layerAt(layer).FpAppData
	rc := call[openFunc](layerAt(under).FxOpen)(tls, under, name, file, flags, out)
	f := (*sqlite3.Tsqlite3_file)(at(file))
	if rc != 0 || f.FpMethods == 0 || flags&sqlite3.SQLITE_OPEN_WAL == 0 {
		return rc
	}
	l := (*joinedLog)(at(file + uintptr(joinedAt(layerAt(under)))))
	*l = joinedLog{under: (*sqlite3.Tsqlite3_io_methods)(at(f.FpMethods))}
	l.methods = *l.under
	l.methods.FxClose, l.methods.FxRead, l.methods.FxWrite = method[closeFunc](joinClose), method[writeFunc](joinRead), method[writeFunc](joinWrite)
	l.methods.FxTruncate, l.methods.FxFileSize, l.methods.FxSync = method[truncateFunc](joinTruncate), method[sizeFunc](joinSize), method[syncFunc](joinSync)
	f.FpMethods = uintptr(unsafe.Pointer(l))
	return 0
}

func joinDelete(tls *libc.TLS, layer, name uintptr, dirSync int32) int32 {
	under := layerAt(layer).FpAppData
	return call[deleteFunc](layerAt(under).FxDelete)(tls, under, name, dirSync)
}

// write hands on what was joined. What fails is dropped: SQLite then undoes
// the transaction.
func (l *joinedLog) write(tls *libc.TLS, file uintptr) int32 {
	n := l.used
	if n == 0 {
		return 0
	}
	l.used = 0
	return call[writeFunc](l.under.FxWrite)(tls, file, l.buffer, n, l.offset)
}

func joinWrite(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	l := logOf(file)
	if l.used > 0 && (offset != l.offset+int64(l.used) || l.used+n > joinMost) {
		if rc := l.write(tls, file); rc != 0 {
			return rc
		}
	}
	if l.buffer == 0 {
		l.buffer = libc.Xmalloc(tls, joinMost)
	}
	if n > joinMost || l.buffer == 0 {
		return call[writeFunc](l.under.FxWrite)(tls, file, data, n, offset)
	}
	if l.used == 0 {
		l.offset = offset
	}
	copy(unsafe.Slice((*byte)(at(l.buffer+uintptr(l.used))), n), unsafe.Slice((*byte)(at(data)), n))
	l.used += n
	return 0
}

func joinRead(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	l := logOf(file)
	if rc := l.write(tls, file); rc != 0 {
		return rc
	}
	return call[writeFunc](l.under.FxRead)(tls, file, data, n, offset)
}

func joinTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	l := logOf(file)
	if rc := l.write(tls, file); rc != 0 {
		return rc
	}
	return call[truncateFunc](l.under.FxTruncate)(tls, file, size)
}

func joinSize(tls *libc.TLS, file, size uintptr) int32 {
	l := logOf(file)
	if rc := l.write(tls, file); rc != 0 {
		return rc
	}
	return call[sizeFunc](l.under.FxFileSize)(tls, file, size)
}

func joinSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	l := logOf(file)
	if rc := l.write(tls, file); rc != 0 || flags&0x0f == sqlite3.SQLITE_SYNC_NORMAL {
		return rc
	}
	return call[syncFunc](l.under.FxSync)(tls, file, flags)
}

func joinClose(tls *libc.TLS, file uintptr) int32 {
	l := logOf(file)
	rc := l.write(tls, file)
	libc.Xfree(tls, l.buffer)
	l.buffer = 0
	return max(rc, call[closeFunc](l.under.FxClose)(tls, file))
}
