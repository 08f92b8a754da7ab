package artifact

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layoutDir is an OCI layout that is being written. Layers are plain tars:
// unpacking gzip takes an emulated processor longer than reading more bytes.
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
type layoutDir string

// annotations carry an image's whole name in a layout: the first is the
// format's own, the second is what containerd imports it by.
func annotations(ref string) map[string]string {
	return map[string]string{"org.opencontainers.image.ref.name": ref, "io.containerd.image.name": ref}
}

func (d layoutDir) blobs() string { return filepath.Join(string(d), "blobs", "sha256") }

// create makes the frame of the layout.
func (d layoutDir) create() error {
	if err := os.MkdirAll(d.blobs(), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(string(d), "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644)
}

// blob writes one, and names it by its hash once that is known.
func (d layoutDir) blob(kind types.MediaType, write func(io.Writer) error) (v1.Descriptor, error) {
	f, err := os.CreateTemp(d.blobs(), "writing-")
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer f.Close()
	sum := sha256.New()
	if err := write(io.MultiWriter(f, sum)); err != nil {
		return v1.Descriptor{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return v1.Descriptor{}, err
	}
	h := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}
	if err := f.Chmod(0o644); err != nil {
		return v1.Descriptor{}, err
	}
	return v1.Descriptor{MediaType: kind, Size: info.Size(), Digest: h}, os.Rename(f.Name(), filepath.Join(d.blobs(), h.Hex))
}

func (d layoutDir) json(kind types.MediaType, content any) (v1.Descriptor, error) {
	data, err := json.Marshal(content)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return d.blob(kind, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// image writes an image of these layers, and returns what the index says of it.
func (d layoutDir) image(ref string, c v1.Config, layers []v1.Descriptor) (v1.Descriptor, error) {
	file := v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: c, RootFS: v1.RootFS{Type: "layers"}}
	for _, l := range layers {
		// A layer that is not compressed is known by one hash in both places.
		file.RootFS.DiffIDs = append(file.RootFS.DiffIDs, l.Digest)
	}
	config, err := d.json(types.OCIConfigJSON, file)
	if err != nil {
		return v1.Descriptor{}, err
	}
	manifest, err := d.json(types.OCIManifestSchema1, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config, Layers: layers,
	})
	if err != nil {
		return v1.Descriptor{}, err
	}
	manifest.Platform = &v1.Platform{OS: file.OS, Architecture: file.Architecture}
	manifest.Annotations = annotations(ref)
	return manifest, nil
}

// index writes the list of images, by which the layout is whole.
func (d layoutDir) index(images []v1.Descriptor) error {
	data, err := json.MarshalIndent(v1.IndexManifest{
		SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: images,
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(string(d), "index.json"), data, 0o644)
}

// archive writes the images of a layout that are wanted as a tar, which
// containerd imports and Docker loads.
func (d layoutDir) archive(w io.Writer, want func(ref string) bool) error {
	data, err := os.ReadFile(filepath.Join(string(d), "index.json"))
	if err != nil {
		return err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(data, &index); err != nil {
		return fmt.Errorf("%s/index.json: %w", d, err)
	}
	entries := map[string]entry{"oci-layout": {mode: 0o644, source: filepath.Join(string(d), "oci-layout")}}
	var images []v1.Descriptor
	var loads []dockerImage
	for _, m := range index.Manifests {
		if !want(m.Annotations["io.containerd.image.name"]) {
			continue
		}
		load, err := d.addBlobs(entries, m)
		if err != nil {
			return err
		}
		images, loads = append(images, m), append(loads, load)
	}
	index.Manifests = images
	for name, content := range map[string]any{"index.json": index, "manifest.json": loads} {
		if data, err = json.Marshal(content); err != nil {
			return err
		}
		entries[name] = entry{mode: 0o644, content: string(data)}
	}
	return writeTar(w, entries)
}

// writeImages is archive to a file.
func writeImages(file string, from layoutDir, want func(string) bool) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(from.archive(f, want), f.Close())
}

// dockerImage is an image as Docker's manifest.json lists it, which is what
// "docker load" goes by.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// addBlobs adds an image's manifest and what it names.
func (d layoutDir) addBlobs(entries map[string]entry, image v1.Descriptor) (dockerImage, error) {
	data, err := os.ReadFile(filepath.Join(d.blobs(), image.Digest.Hex))
	if err != nil {
		return dockerImage{}, err
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(data))
	if err != nil {
		return dockerImage{}, err
	}
	add := func(b v1.Descriptor) string {
		name := "blobs/sha256/" + b.Digest.Hex
		entries[name] = entry{mode: 0o644, source: filepath.Join(d.blobs(), b.Digest.Hex)}
		return name
	}
	add(image)
	load := dockerImage{Config: add(manifest.Config), RepoTags: []string{image.Annotations["io.containerd.image.name"]}}
	for _, l := range manifest.Layers {
		load.Layers = append(load.Layers, add(l))
	}
	return load, nil
}
