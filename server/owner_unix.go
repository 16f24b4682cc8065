//go:build unix

package server

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// leaveToOwner gives what root made in folder to whoever the folder belongs
// to. The service runs under a user of its own; a file that an administrator's
// command left there as root would keep it from starting again. The folder
// itself goes to the owner of the one around it, when root made that too.
//
// Whoever owns the folder can put links there, so nothing is followed out of
// it and no file that has a second name changes hands.
func leaveToOwner(folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	around, err := os.OpenRoot(filepath.Dir(filepath.Clean(folder)))
	if err != nil {
		return ifThere(err)
	}
	defer around.Close()
	owner, err := statOf(around, ".")
	if err == nil && owner.Uid != 0 {
		err = adopt(around, filepath.Base(folder), owner)
	}
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return ifThere(err)
	}
	defer root.Close()
	if owner, err = statOf(root, "."); err != nil || owner.Uid == 0 {
		return err
	}
	return fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return ifThere(err)
		}
		return adopt(root, path, owner)
	})
}

// adopt gives path to owner when root made it.
func adopt(in *os.Root, path string, owner *syscall.Stat_t) error {
	seen, err := in.Lstat(path)
	if err != nil || seen.Sys().(*syscall.Stat_t).Uid != 0 || !seen.IsDir() && !seen.Mode().IsRegular() {
		return ifThere(err)
	}
	f, err := in.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ifThere(err)
	}
	defer f.Close()
	info, err := f.Stat() // once more: of what was opened
	if err != nil {
		return err
	}
	made := info.Sys().(*syscall.Stat_t)
	if made.Uid != 0 || !info.IsDir() && (!info.Mode().IsRegular() || made.Nlink != 1) {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}

func statOf(in *os.Root, path string) (*syscall.Stat_t, error) {
	info, err := in.Lstat(path)
	if err != nil {
		return nil, err
	}
	return info.Sys().(*syscall.Stat_t), nil
}

// ifThere is err, unless it says that something is gone.
func ifThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
