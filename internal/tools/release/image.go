package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// An image is the program of one processor as a container.
type image struct {
	processor string
	program   string // path
}

// A descriptor points to a blob, as the OCI image specification has it.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Platform    *platform         `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

// A layout is an OCI image layout that is being gathered.
type layout struct {
	blobs []blob
}

type blob struct {
	digest string // hexadecimal
	body   []byte
}

func (l *layout) add(mediaType string, body []byte) descriptor {
	d := fmt.Sprintf("%x", sha256.Sum256(body))
	l.blobs = append(l.blobs, blob{d, body})
	return descriptor{MediaType: mediaType, Digest: "sha256:" + d, Size: int64(len(body))}
}

func (l *layout) addJSON(mediaType string, v any) (descriptor, error) {
	body, err := json.Marshal(v)
	return l.add(mediaType, body), err
}

const (
	indexType    = "application/vnd.oci.image.index.v1+json"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// writeImage writes one image for all processors as an OCI layout in a tar,
// which container engines load: the program, nothing else, and no root.
func (r release) writeImage(images []image) error {
	var l layout
	var manifests []descriptor
	for _, i := range images {
		m, err := r.addImage(&l, i)
		if err != nil {
			return err
		}
		manifests = append(manifests, m)
	}
	index, err := l.addJSON(indexType, map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": manifests})
	if err != nil {
		return err
	}
	index.Annotations = map[string]string{"org.opencontainers.image.ref.name": r.version}
	top, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": []descriptor{index}})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(r.out, "bedrail-"+r.version+"-oci.tar"), func(w io.Writer) error { return l.write(w, top, r.at) })
}

func (r release) addImage(l *layout, i image) (descriptor, error) {
	packed, plain, err := r.layer(i.program)
	if err != nil {
		return descriptor{}, err
	}
	layer := l.add(layerType, packed)
	config, err := l.addJSON(configType, map[string]any{
		"created": r.at.Format(time.RFC3339), "architecture": i.processor, "os": "linux",
		"config": map[string]any{
			"User": "65532:65532", "Entrypoint": []string{"/bedrail"}, "Cmd": []string{"serve"}, "WorkingDir": "/data",
			"Env":          []string{"BEDRAIL_SERVER__DATA=/data", "BEDRAIL_KEYS__FOLDER=/keys"},
			"Volumes":      map[string]any{"/data": map[string]any{}, "/keys": map[string]any{}},
			"ExposedPorts": map[string]any{"8080/tcp": map[string]any{}},
			"Labels": map[string]string{"org.opencontainers.image.title": "Bedrail", "org.opencontainers.image.version": r.version,
				"org.opencontainers.image.revision": r.commit, "org.opencontainers.image.licenses": "Apache-2.0"},
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{plain}},
		"history": []map[string]any{{"created": r.at.Format(time.RFC3339), "created_by": "bedrail release"}},
	})
	if err != nil {
		return descriptor{}, err
	}
	m, err := l.addJSON(manifestType, map[string]any{"schemaVersion": 2, "mediaType": manifestType, "config": config, "layers": []descriptor{layer}})
	m.Platform = &platform{i.processor, "linux"}
	return m, err
}

// layer returns the files of the image, packed, and the digest of the
// unpacked tar, which the configuration names.
func (r release) layer(program string) (packed []byte, plain string, err error) {
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	for _, folder := range []string{"data/", "keys/", "tmp/"} { // the volumes belong to the user
		h := tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o700, Uid: 65532, Gid: 65532, ModTime: r.at, Format: tar.FormatPAX}
		if err := tw.WriteHeader(&h); err != nil {
			return nil, "", err
		}
	}
	body, err := os.ReadFile(program)
	if err != nil {
		return nil, "", err
	}
	h := tar.Header{Typeflag: tar.TypeReg, Name: "bedrail", Mode: 0o755, Size: int64(len(body)), ModTime: r.at, Format: tar.FormatPAX}
	if err := tw.WriteHeader(&h); err != nil {
		return nil, "", err
	}
	if _, err := tw.Write(body); err != nil {
		return nil, "", err
	}
	if err := tw.Close(); err != nil {
		return nil, "", err
	}
	packed, err = gzipped(b.Bytes())
	return packed, fmt.Sprintf("sha256:%x", sha256.Sum256(b.Bytes())), err
}

func (l *layout) write(w io.Writer, index []byte, at time.Time) error {
	tw := tar.NewWriter(w)
	put := func(name string, body []byte) error {
		err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(body)), ModTime: at, Format: tar.FormatPAX})
		if err == nil {
			_, err = tw.Write(body)
		}
		return err
	}
	if err := errors.Join(put("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)), put("index.json", index)); err != nil {
		return err
	}
	for _, b := range l.blobs {
		if err := put("blobs/sha256/"+b.digest, b.body); err != nil {
			return err
		}
	}
	return tw.Close()
}

func gzipped(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}
