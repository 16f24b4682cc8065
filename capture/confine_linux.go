package capture

import (
	"errors"
	"os/user"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"bedrail"
)

// lastCapability is beyond what any kernel knows; the kernel says where its
// own end.
const lastCapability = 63

// Confine gives up every right of this process that watching does not need,
// for good and for all its threads. What is left is an ordinary account with
// the one right to open raw sockets, without which an interface that comes
// back could not be watched again. Files that account must read and write have
// to be its own before. A process that has not begun as root keeps its account
// and gives up the rest.
func Confine(account string) error {
	raw := false
	if unix.Geteuid() == 0 {
		raw = true
		uid, gid, err := Account(account)
		if err != nil {
			return err
		}
		if err := become(uid, gid); err != nil {
			return err
		}
	} else if have, err := effective(); err == nil {
		raw = have&(1<<unix.CAP_NET_RAW) != 0
	}
	if err := keepOnly(raw); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "giving up rights: %w", err)
	}
	return each(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
}

// Account returns the numbers of an account that is not root.
func Account(name string) (uid, gid int, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, bedrail.Errorf(bedrail.Invalid, "sensor.user: there is no account %q on this machine", name)
	}
	uid, err = strconv.Atoi(u.Uid)
	if err == nil {
		gid, err = strconv.Atoi(u.Gid)
	}
	if err != nil || uid == 0 {
		return 0, 0, bedrail.Errorf(bedrail.Invalid, "sensor.user: %q is no account without rights", name)
	}
	return uid, gid, nil
}

// become changes to an account and keeps the rights until keepOnly.
func become(uid, gid int) error {
	for c := uintptr(0); c <= lastCapability; c++ {
		if c == unix.CAP_NET_RAW {
			continue
		}
		// No program that this one starts could ever get it back. The kernel
		// ends the list with EINVAL.
		if err := each(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, c); errors.Is(err, unix.EINVAL) {
			break
		} else if err != nil {
			return bedrail.Errorf(bedrail.Denied, "giving up rights: %w", err)
		}
	}
	if err := each(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1); err != nil {
		return bedrail.Errorf(bedrail.Denied, "keeping the right to raw sockets: %w", err)
	}
	// These three of package syscall change every thread.
	if err := errors.Join(syscall.Setgroups(nil), syscall.Setresgid(gid, gid, gid), syscall.Setresuid(uid, uid, uid)); err != nil {
		return bedrail.Errorf(bedrail.Denied, "changing to account %d: %w", uid, err)
	}
	return nil
}

// keepOnly leaves the right to open raw sockets, or none.
func keepOnly(raw bool) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if raw {
		data[0].Effective, data[0].Permitted = 1<<unix.CAP_NET_RAW, 1<<unix.CAP_NET_RAW
	}
	if err := each(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL); err != nil {
		return err
	}
	return each(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])))
}

func effective() (uint32, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	err := unix.Capget(&header, &data[0])
	return data[0].Effective, err
}

// each makes a system call in every thread. A thread that kept its rights
// would be the way back to them.
func each(call, a, b uintptr) error {
	_, _, errno := syscall.AllThreadsSyscall6(call, a, b, 0, 0, 0, 0)
	if errno == syscall.ENOTSUP {
		return bedrail.Errorf(bedrail.Unavailable, "this build cannot give up rights in all its threads; use one made with CGO_ENABLED=0")
	}
	if errno != 0 {
		return errno
	}
	return nil
}
