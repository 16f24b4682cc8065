package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// sumsFile names the SHA-256 of every other file, as sha256sum writes them.
const sumsFile = "SHA256SUMS"

func writeSums(folder string) error {
	files, err := os.ReadDir(folder) // sorted by name
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, f := range files {
		if strings.HasPrefix(f.Name(), sumsFile) {
			continue
		}
		sum, err := sumOf(filepath.Join(folder, f.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, f.Name())
	}
	return os.WriteFile(filepath.Join(folder, sumsFile), []byte(b.String()), 0o644)
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// signSums signs the sums by the Ed25519 key in the PEM file keyPath. The
// signature is plain, so that openssl checks it:
//
//	openssl pkeyutl -verify -pubin -inkey bedrail.pub -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
func signSums(folder, keyPath string) error {
	key, err := readKey(keyPath)
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(folder, sumsFile))
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, sumsFile+".sig"), ed25519.Sign(key, sums), 0o644),
		os.WriteFile(filepath.Join(folder, sumsFile+".pub"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o644))
}

func readKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is no PEM file; make a key by: openssl genpkey -algorithm ed25519 -out %s", path, path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a %T; an Ed25519 key is needed", path, parsed)
	}
	return key, nil
}
