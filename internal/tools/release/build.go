package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A file goes into archives and packages.
type file struct {
	name string // where in the archive, with slashes
	from string // where on this disk
	mode int64
}

// build builds the program for t. -trimpath and an empty build id keep the
// place where it was built out of it; the commit is in it through -ldflags.
func (r release) build(t target, work string) (file, error) {
	path := filepath.Join(work, t.String(), t.program())
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", fmt.Sprintf("-s -w -buildid= -X bedrail/server.released=%s -X bedrail/server.commit=%s", r.version, r.commit),
		"-o", path, "./cmd/bedrail")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+t.system, "GOARCH="+t.processor)
	if r.cache != "" {
		c.Env = append(c.Env, "GOCACHE="+r.cache)
	}
	c.Stderr = os.Stderr
	return file{t.program(), path, 0o755}, c.Run()
}

// extras are the files beside the program: licences, manual pages,
// completions, the service.
func (r release) extras(work string) ([]file, error) {
	all := []file{{"LICENSE", "LICENSE", 0o644}, {"NOTICE", "NOTICE", 0o644}, {"bedrail.service", "packaging/bedrail.service", 0o644}, {"bedrail-sensor.service", "packaging/bedrail-sensor.service", 0o644}}
	here := filepath.Join(work, "here")
	if err := runHere("go", "build", "-o", here, "./cmd/bedrail"); err != nil {
		return nil, err
	}
	man := filepath.Join(work, "man")
	if err := os.MkdirAll(man, 0o755); err != nil {
		return nil, err
	}
	c := exec.Command(here, "man", man)
	c.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.at.Unix()))
	c.Stderr = os.Stderr
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("writing the manual pages: %w", err)
	}
	pages, err := filepath.Glob(filepath.Join(man, "*.1"))
	if err != nil {
		return nil, err
	}
	slices.Sort(pages)
	for _, p := range pages {
		all = append(all, file{"man/" + filepath.Base(p), p, 0o644})
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		text, err := exec.Command(here, "completion", shell).Output()
		if err != nil {
			return nil, fmt.Errorf("writing the completion of %s: %w", shell, err)
		}
		path := filepath.Join(work, "completion."+shell)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return nil, err
		}
		all = append(all, file{"completion/bedrail." + shell, path, 0o644})
	}
	return all, nil
}

func runHere(name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Stderr = os.Stderr
	return c.Run()
}

// archive writes the program and extras as a zip for Windows and a tar.gz for
// the others.
func (r release) archive(t target, program file, extras []file) error {
	folder := "bedrail-" + r.version + "-" + t.String()
	files := append([]file{program}, extras...)
	if t.system == "windows" {
		return writeFile(filepath.Join(r.out, folder+".zip"), func(w io.Writer) error { return writeZip(w, folder, files, r.at) })
	}
	return writeFile(filepath.Join(r.out, folder+".tar.gz"), func(w io.Writer) error { return writeTarGz(w, folder, files, r.at) })
}

func writeFile(path string, fill func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return fill(f)
}

// writeTarGz writes files with nothing in it that depends on this machine: no
// owners, no times but at.
func writeTarGz(w io.Writer, folder string, files []file, at time.Time) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(z)
	made := map[string]bool{".": true}
	for _, f := range files {
		name := path.Join(folder, f.name)
		if err := writeFolders(tw, path.Dir(name), made, at); err != nil {
			return err
		}
		info, err := os.Stat(f.from)
		if err != nil {
			return err
		}
		if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: f.mode, ModTime: at, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if err := copyFrom(tw, f.from); err != nil {
			return err
		}
	}
	return errors.Join(tw.Close(), z.Close())
}

func writeFolders(tw *tar.Writer, name string, made map[string]bool, at time.Time) error {
	if made[name] || name == "/" {
		return nil
	}
	if err := writeFolders(tw, path.Dir(name), made, at); err != nil {
		return err
	}
	made[name] = true
	return tw.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755, ModTime: at, Format: tar.FormatPAX})
}

func writeZip(w io.Writer, folder string, files []file, at time.Time) error {
	zw := zip.NewWriter(w)
	for _, f := range files {
		h := &zip.FileHeader{Name: path.Join(folder, f.name), Method: zip.Deflate, Modified: at}
		h.SetMode(os.FileMode(f.mode))
		fw, err := zw.CreateHeader(h)
		if err != nil {
			return err
		}
		if err := copyFrom(fw, f.from); err != nil {
			return err
		}
	}
	return zw.Close()
}

func copyFrom(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// packages writes deb and rpm by nfpm, which is a program of its own and not
// a part of Bedrail.
func (r release) packages(t target, program file, extras []file, work string) error {
	if r.nfpm == "" {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "name: bedrail\narch: %s\nplatform: linux\nversion: %q\nmaintainer: Bedrail\nlicense: Apache-2.0\nmtime: %s\n", t.processor, r.version, r.at.Format(time.RFC3339))
	b.WriteString("description: What is on the hospital's network, what of it is exposed, and in which unit\n")
	b.WriteString("scripts: {postinstall: packaging/after-install.sh, preremove: packaging/before-remove.sh}\ncontents:\n")
	entry := func(from, to string, mode int64, kind string) {
		fmt.Fprintf(&b, "  - {src: %q, dst: %q, type: %q, file_info: {mode: 0%o, mtime: %s}}\n", from, to, kind, mode, r.at.Format(time.RFC3339))
	}
	entry(program.from, "/usr/bin/bedrail", 0o755, "")
	entry("packaging/bedrail.yaml", "/etc/bedrail/bedrail.yaml", 0o644, "config|noreplace")
	for _, f := range extras {
		if to := installed(f.name); to != "" {
			entry(f.from, to, 0o644, "")
		}
	}
	config := filepath.Join(work, "nfpm-"+t.String()+".yaml")
	if err := os.WriteFile(config, []byte(b.String()), 0o644); err != nil {
		return err
	}
	for _, kind := range []string{"deb", "rpm"} {
		c := exec.Command(r.nfpm, "package", "--config", config, "--packager", kind, "--target", filepath.Join(r.out, "bedrail-"+r.version+"-"+t.processor+"."+kind))
		c.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.at.Unix()))
		if text, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("writing the %s: %w\n%s", kind, err, text)
		}
	}
	return nil
}

// installed is where a Linux system keeps the file, or empty.
func installed(name string) string {
	base := path.Base(name)
	switch {
	case base == "bedrail.service", base == "bedrail-sensor.service":
		return "/usr/lib/systemd/system/" + base
	case strings.HasPrefix(name, "man/"):
		return "/usr/share/man/man1/" + base
	case base == "bedrail.bash":
		return "/usr/share/bash-completion/completions/bedrail"
	case base == "bedrail.zsh":
		return "/usr/share/zsh/site-functions/_bedrail"
	case base == "bedrail.fish":
		return "/usr/share/fish/vendor_completions.d/bedrail.fish"
	case strings.HasPrefix(name, "completion/"):
		return ""
	}
	return "/usr/share/doc/bedrail/" + base
}
