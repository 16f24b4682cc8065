package feed

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"

	"bedrail"
)

// metadataName is how the metadata of a CSAF provider is called (CSAF 2.0,
// 7.1.7 and 7.1.8).
const metadataName = "provider-metadata.json"

// Limits on what a provider may make us read in one go.
const (
	maxIndex     = 64 << 20 // bytes of metadata, of a list, of a key
	maxDocument  = 64 << 20 // bytes of one document
	maxDocuments = 100_000
)

// isProvider reports whether a source is a CSAF provider, from which single
// documents are fetched as they change.
func isProvider(address string) bool {
	u, err := url.Parse(address)
	return err == nil && path.Base(u.Path) == metadataName
}

// providerMetadata is the part of a provider's metadata that says where its
// documents lie and with which keys they are signed.
type providerMetadata struct {
	Keys []struct {
		Fingerprint string `json:"fingerprint"`
		URL         string `json:"url"`
	} `json:"public_openpgp_keys"`
	Distributions []struct {
		Directory string `json:"directory_url"`
		ROLIE     struct {
			Feeds []struct {
				URL string `json:"url"`
				TLP string `json:"tlp_label"`
			} `json:"feeds"`
		} `json:"rolie"`
	} `json:"distributions"`
}

// A listed document is one that a provider lists, with the time of its last
// change and where its hash and signature lie.
type listed struct {
	url, hash, signature string
	at                   time.Time
}

// A provision is one fetch of a provider's changed documents.
type provision struct {
	desk   *Desk
	base   *url.URL
	keys   openpgp.EntityList
	reader *Reader
}

// fetchProvider brings in what changed at a CSAF provider since the last time.
// The cursor moves only past documents that were fetched, so that what failed
// is asked for again.
func (d *Desk) fetchProvider(ctx context.Context, by bedrail.Actor, s Source, cursor string) (Result, error) {
	addresses := append([]string{s.URL}, s.Mirrors...)
	var p provision
	var all []listed
	var err error
	for _, address := range addresses {
		if p, all, err = d.openProvider(ctx, address); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return Result{}, err
	}
	since, _ := time.Parse(time.RFC3339Nano, cursor)
	all = slices.DeleteFunc(all, func(l listed) bool { return !l.at.IsZero() && !l.at.After(since) })
	slices.SortStableFunc(all, func(a, b listed) int { return a.at.Compare(b.at) })
	if len(all) > maxDocuments {
		all = all[:maxDocuments]
	}
	if len(all) == 0 {
		known, err := d.Store.Feeds(ctx, by.Scope)
		if err != nil {
			return Result{}, err
		}
		return Result{Feeds: []Summary{}, Problems: []Problem{}}, d.unchanged(ctx, by, s, known)
	}
	next := since
	broken := false
	return d.takeAs(ctx, by, s.URL, func() string { return next.UTC().Format(time.RFC3339Nano) }, func(r *Reader) error {
		p.reader = r
		r.Provider = s.Name
		for _, l := range all {
			if err := p.take(ctx, l); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				r.problem(l.url, err)
				broken = broken || errors.Is(err, errUnreachable)
			}
			if !broken && l.at.After(next) {
				next = l.at
			}
		}
		return nil
	})
}

// errUnreachable marks a document that may be had another time.
var errUnreachable = errors.New("it could not be fetched")

// openProvider reads metadata, keys and lists of a provider.
func (d *Desk) openProvider(ctx context.Context, address string) (p provision, all []listed, err error) {
	p = provision{desk: d}
	if p.base, err = url.Parse(address); err != nil {
		return p, nil, bedrail.Errorf(bedrail.Invalid, "%q is not an address that can be fetched", address)
	}
	var meta providerMetadata
	if err := p.decode(ctx, address, &meta); err != nil {
		return p, nil, err
	}
	for _, k := range meta.Keys {
		if err := p.trust(ctx, k.URL, k.Fingerprint); err != nil {
			return p, nil, bedrail.Errorf(bedrail.Invalid, "the key of %s cannot be used: %v", address, err)
		}
	}
	for _, dist := range meta.Distributions {
		switch {
		case len(dist.ROLIE.Feeds) > 0:
			for _, f := range dist.ROLIE.Feeds {
				if tlp := strings.ToUpper(f.TLP); tlp != "" && tlp != "WHITE" && tlp != "CLEAR" && tlp != "UNLABELED" {
					continue // it is not for everybody, and we hold no credentials
				}
				some, err := p.rolie(ctx, f.URL)
				if err != nil {
					return p, nil, err
				}
				all = append(all, some...)
			}
		case dist.Directory != "":
			some, err := p.directory(ctx, dist.Directory)
			if err != nil {
				return p, nil, err
			}
			all = append(all, some...)
		}
	}
	if len(all) == 0 {
		return p, nil, bedrail.Errorf(bedrail.Invalid, "%s names no public list of documents (ROLIE feed, changes.csv or index.txt)", address)
	}
	return p, all, nil
}

// safe refuses an address that leaves https for http, or is none.
func (p *provision) safe(address string) (string, error) {
	u, err := p.base.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || p.base.Scheme == "https" && u.Scheme == "http" {
		return "", fmt.Errorf("%q is not an address that is fetched from here", clip(address))
	}
	return u.String(), nil
}

// get fetches one file of at most most bytes.
func (p *provision) get(ctx context.Context, address string, most int64) ([]byte, error) {
	address, err := p.safe(address)
	if err != nil {
		return nil, err
	}
	resp, err := p.desk.get(ctx, address, "")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s has more than %d bytes", address, most)
	}
	return b, err
}

func (p *provision) decode(ctx context.Context, address string, into any) error {
	b, err := p.get(ctx, address, maxIndex)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return bedrail.Errorf(bedrail.Invalid, "%s cannot be read: %v", address, err)
	}
	return nil
}

// trust takes a key up whose fingerprint is the one that the metadata gives.
func (p *provision) trust(ctx context.Context, address, fingerprint string) error {
	b, err := p.get(ctx, address, maxIndex)
	if err != nil {
		return err
	}
	keys, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(b))
	if err != nil {
		return err
	}
	for _, k := range keys {
		if strings.EqualFold(hex.EncodeToString(k.PrimaryKey.Fingerprint), strings.ReplaceAll(fingerprint, " ", "")) {
			p.keys = append(p.keys, k)
			return nil
		}
	}
	return fmt.Errorf("%s holds no key with the fingerprint %s", address, clip(fingerprint))
}

// rolie reads a ROLIE feed (RFC 8322, as CSAF 2.0, 7.1.15 asks for it).
func (p *provision) rolie(ctx context.Context, address string) ([]listed, error) {
	var doc struct {
		Feed struct {
			Entry []struct {
				Updated time.Time `json:"updated"`
				Content struct {
					Src string `json:"src"`
				} `json:"content"`
				Link []struct{ Rel, Href string } `json:"link"`
			} `json:"entry"`
		} `json:"feed"`
	}
	if err := p.decode(ctx, address, &doc); err != nil {
		return nil, err
	}
	out := make([]listed, 0, len(doc.Feed.Entry))
	for _, e := range doc.Feed.Entry {
		l := listed{url: e.Content.Src, at: e.Updated}
		for _, link := range e.Link {
			switch link.Rel {
			case "self":
				l.url = cmp.Or(l.url, link.Href)
			case "hash":
				if l.hash == "" || strings.HasSuffix(link.Href, ".sha512") {
					l.hash = link.Href
				}
			case "signature":
				l.signature = link.Href
			}
		}
		if l.url != "" {
			out = append(out, l)
		}
	}
	return out, nil
}

// directory reads changes.csv of a folder, or index.txt where there is none
// (CSAF 2.0, 7.1.12 and 7.1.13).
func (p *provision) directory(ctx context.Context, address string) ([]listed, error) {
	address = strings.TrimSuffix(address, "/") + "/"
	if b, err := p.get(ctx, address+"changes.csv", maxIndex); err == nil {
		return changes(address, b)
	}
	b, err := p.get(ctx, address+"index.txt", maxIndex)
	if err != nil {
		return nil, err
	}
	var out []listed
	for line := range strings.Lines(string(b)) {
		if l, ok := below(address, strings.TrimSpace(line), time.Time{}); ok {
			out = append(out, l)
		}
	}
	return out, nil
}

func changes(address string, b []byte) ([]listed, error) {
	rows := csv.NewReader(bytes.NewReader(b))
	rows.FieldsPerRecord = -1
	var out []listed
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "%schanges.csv cannot be read: %v", address, err)
		}
		if len(row) < 2 {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(row[1]))
		if err != nil {
			continue // a heading, or a line that says nothing
		}
		if l, ok := below(address, strings.TrimSpace(row[0]), at); ok {
			out = append(out, l)
		}
	}
}

// below names a document of a folder with its hash and signature beside it.
func below(address, name string, at time.Time) (listed, bool) {
	if !strings.HasSuffix(name, ".json") || strings.Contains(name, "..") || strings.Contains(name, "://") {
		return listed{}, false
	}
	u := address + strings.TrimPrefix(name, "/")
	return listed{url: u, hash: u + ".sha512", signature: u + ".asc", at: at}, true
}

// take fetches one document, holds it against its hash and signature, and
// reads it. One that fails either is not used.
func (p *provision) take(ctx context.Context, l listed) error {
	doc, err := p.get(ctx, l.url, maxDocument)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreachable, err)
	}
	if err := p.checkHash(ctx, l, doc); err != nil {
		return err
	}
	if err := p.checkSignature(ctx, l, doc); err != nil {
		return err
	}
	u, err := url.Parse(l.url)
	if err != nil {
		return err
	}
	p.reader.Document(ctx, path.Base(u.Path), bytes.NewReader(doc))
	return nil
}

// checkHash compares with the hash beside the document: SHA-512, else SHA-256.
// A provider that offers none is read without.
func (p *provision) checkHash(ctx context.Context, l listed, doc []byte) error {
	for _, kind := range []struct {
		suffix string
		sum    hash.Hash
	}{{".sha512", sha512.New()}, {".sha256", sha256.New()}} {
		address := strings.TrimSuffix(strings.TrimSuffix(l.hash, ".sha512"), ".sha256")
		if address == "" {
			return nil
		}
		if l.hash != address+kind.suffix && !strings.HasSuffix(l.hash, ".sha512") {
			continue
		}
		text, err := p.get(ctx, address+kind.suffix, 4096)
		if err != nil {
			continue
		}
		want, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
		kind.sum.Write(doc)
		if got := hex.EncodeToString(kind.sum.Sum(nil)); !strings.EqualFold(got, want) {
			return fmt.Errorf("it is not the document that %s%s names: the hash is %s, not %s", path.Base(address), kind.suffix, got[:16], clip(want))
		}
		return nil
	}
	return nil
}

// checkSignature verifies the OpenPGP signature beside the document. A
// provider whose metadata names keys signs every document: one without, or
// with another's signature, is refused.
func (p *provision) checkSignature(ctx context.Context, l listed, doc []byte) error {
	if len(p.keys) == 0 {
		return nil
	}
	text, err := p.get(ctx, cmp.Or(l.signature, l.url+".asc"), maxIndex)
	if err != nil {
		return fmt.Errorf("its signature cannot be fetched, and its provider signs what it publishes: %w", err)
	}
	if _, err := openpgp.CheckArmoredDetachedSignature(p.keys, bytes.NewReader(doc), bytes.NewReader(text), nil); err != nil {
		return fmt.Errorf("its signature is not one of its provider's keys: %w", err)
	}
	return nil
}

// client is what fetches.
func (d *Desk) client() *http.Client {
	if d.HTTP != nil {
		return d.HTTP
	}
	return &http.Client{Timeout: 10 * time.Minute}
}
