// Program release makes what a hospital downloads: the program for each
// machine, packages, a container image, the bill of what is inside, and the
// sums and signature by which all of it is checked.
//
// The same commit gives the same bytes: with -verify everything is made twice
// and compared. It needs no container engine and, once the modules are there,
// no network.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A target is a system and processor that the program is built for.
type target struct{ system, processor string }

func (t target) String() string { return t.system + "-" + t.processor }

// program is the name of the program on t.
func (t target) program() string {
	if t.system == "windows" {
		return "bedrail.exe"
	}
	return "bedrail"
}

// targets are all of them. Live capture exists on Linux only; doctor says so.
var targets = []target{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}, {"windows", "amd64"}}

// A release is what is being made.
type release struct {
	version string
	commit  string
	at      time.Time // of the commit: the only time that goes into a file
	out     string
	targets []target
	nfpm    string // the program that writes deb and rpm; empty leaves them out
	cache   string // of the compiler; empty is the usual one
}

func main() {
	out := flag.String("out", "dist", "`FOLDER` to write to; what is in it goes")
	version := flag.String("version", "", "`VERSION`, such as 1.0.0; the tag of the commit when empty")
	key := flag.String("key", "", "PEM `FILE` of the Ed25519 key that signs; it lies outside the repository. Without it nothing is signed")
	only := flag.String("targets", "", "`LIST` such as linux-amd64,linux-arm64; all when empty")
	nfpm := flag.String("nfpm", "", "`PROGRAM` nfpm, which writes deb and rpm; without it there are none")
	verify := flag.Bool("verify", false, "make everything twice and compare")
	flag.Parse()
	if err := run(*out, *version, *key, *only, *nfpm, *verify); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(out, version, key, only, nfpm string, verify bool) error {
	r, err := describe(version)
	if err != nil {
		return err
	}
	if r.targets, err = pick(only); err != nil {
		return err
	}
	r.nfpm, r.out = nfpm, out
	if err := r.make(); err != nil {
		return err
	}
	if verify {
		if err := r.makeAgain(); err != nil {
			return err
		}
	}
	if key != "" {
		if err := signSums(out, key); err != nil {
			return err
		}
	}
	return list(out)
}

// describe reads version, commit and time from the repository.
func describe(version string) (release, error) {
	commit, err := output("git", "rev-parse", "HEAD")
	if err != nil {
		return release{}, err
	}
	seconds, err := output("git", "log", "-1", "--format=%ct")
	if err != nil {
		return release{}, err
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return release{}, err
	}
	if version == "" {
		if version, err = output("git", "describe", "--tags", "--always"); err != nil {
			return release{}, err
		}
	}
	version = strings.TrimPrefix(version, "v")
	if version == "" || version[0] < '0' || version[0] > '9' || strings.Count(version, ".") == 0 {
		version = "0.0.0-" + commit[:12]
	}
	return release{version: version, commit: commit, at: time.Unix(n, 0).UTC()}, nil
}

func pick(only string) ([]target, error) {
	if only == "" {
		return targets, nil
	}
	var picked []target
	for name := range strings.SplitSeq(only, ",") {
		found := false
		for _, t := range targets {
			if t.String() == name {
				picked, found = append(picked, t), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no target %q; they are %v", name, targets)
		}
	}
	return picked, nil
}

// make writes everything but the signature.
func (r release) make() error {
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "bedrail-release-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	extras, err := r.extras(work)
	if err != nil {
		return err
	}
	bill, err := r.writeBill()
	if err != nil {
		return err
	}
	extras = append(extras, bill)
	var images []image
	for _, t := range r.targets {
		began := time.Now()
		program, err := r.build(t, work)
		if err != nil {
			return err
		}
		if err := r.archive(t, program, extras); err != nil {
			return err
		}
		if t.system == "linux" {
			images = append(images, image{t.processor, program.from})
			if err := r.packages(t, program, extras, work); err != nil {
				return err
			}
		}
		fmt.Fprintf(os.Stderr, "%s: %.0f s\n", t, time.Since(began).Seconds())
	}
	if len(images) > 0 {
		if err := r.writeImage(images); err != nil {
			return err
		}
	}
	return writeSums(r.out)
}

// makeAgain makes everything a second time, elsewhere and without what the
// compiler kept, and compares.
func (r release) makeAgain() error {
	again := r
	again.out = r.out + ".again"
	defer os.RemoveAll(again.out)
	cache, err := os.MkdirTemp("", "bedrail-cache-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(cache)
	again.cache = cache
	if err := again.make(); err != nil {
		return err
	}
	first, err := os.ReadFile(filepath.Join(r.out, sumsFile))
	if err != nil {
		return err
	}
	second, err := os.ReadFile(filepath.Join(again.out, sumsFile))
	if err != nil {
		return err
	}
	if !bytes.Equal(first, second) {
		return fmt.Errorf("made twice, the files differ:\n%s\n%s", first, second)
	}
	fmt.Fprintln(os.Stderr, "made twice: every file is the same")
	return nil
}

func output(name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(text)), nil
}

func list(folder string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			return err
		}
		fmt.Printf("%12d  %s\n", info.Size(), f.Name())
	}
	return nil
}
