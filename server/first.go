package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bedrail"
	"bedrail/access"
)

// firstPasswordFile holds the one-time password of the first administrator
// when there is no terminal to show it on.
const firstPasswordFile = "first-login.txt"

// makeFirstAdministrator makes one administrator where there is nobody yet and
// hands over the password: on a terminal, once; else in a file that only its
// owner may read and that the first login removes.
func (s *Server) makeFirstAdministrator(ctx context.Context, terminal io.Writer) error {
	hand := s.writeFirstPassword
	if terminal != nil {
		hand = func(name, password string) error {
			_, err := fmt.Fprintf(terminal, "\nFirst start. Sign in as %s with the one-time password %s\nIt is shown only now; you will choose your own.\n\n", name, password)
			return err
		}
	}
	made, err := s.Access.Bootstrap(ctx, s.Config.FirstAdmin, hand)
	if err != nil {
		return errors.Join(fmt.Errorf("making the first administrator: %w", err), s.removeFirstPassword())
	}
	if made && terminal == nil {
		s.Log.InfoContext(ctx, "first start: the one-time password of the administrator lies in a file", "file", s.firstPasswordPath())
	}
	return nil
}

func (s *Server) firstPasswordPath() string {
	return filepath.Join(s.Config.Keys, firstPasswordFile)
}

func (s *Server) writeFirstPassword(name, password string) error {
	path := s.firstPasswordPath()
	if err := s.removeFirstPassword(); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "writing the one-time password: %w", err)
	}
	_, err = fmt.Fprintf(f, "login: %s\npassword: %s\nThis file is removed at the first login.\n", name, password)
	return errors.Join(err, f.Sync(), f.Close())
}

func (s *Server) removeFirstPassword() error {
	if err := os.Remove(s.firstPasswordPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the one-time password: %w", err)
	}
	return nil
}

// forgetFirstPassword is told of every login.
func (s *Server) forgetFirstPassword(ctx context.Context, _ access.User) {
	if err := s.removeFirstPassword(); err != nil {
		s.Log.WarnContext(ctx, "the file with the one-time password is still there", "file", s.firstPasswordPath(), "error", err)
	}
}
