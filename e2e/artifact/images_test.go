package artifact

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// built are the programs that there are.
func built(t *testing.T) map[string]bool {
	t.Helper()
	built := map[string]bool{"pause": true}
	for _, c := range components {
		for _, p := range c.Programs {
			if built[p] {
				t.Errorf("%s is built twice", p)
			}
			built[p] = true
		}
		if c.Shows != nil && !slices.Contains(slices.Collect(maps.Values(c.Programs)), c.Shows[0]) {
			t.Errorf("%s shows its version by %s, which is not its program", c.Name, c.Shows[0])
		}
	}
	return built
}

func TestRecipesHavePrograms(t *testing.T) {
	built := built(t)
	for n, r := range recipes {
		for p := range r.Programs {
			if !built[p] {
				t.Errorf("image %s: nothing builds %s", n, p)
			}
		}
	}
}

func TestRecipeFor(t *testing.T) {
	for ref, want := range map[string]string{
		"registry.k8s.io/kube-apiserver:v" + kubernetesVersion:    "",
		"registry.k8s.io/etcd:" + etcdVersion + "-0":              "",
		"mirror.example:5000/a/pause:3.10.2":                      "",
		"ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3":   "",
		"registry.k8s.io/kube-apiserver:v1.2.3":                   "what is built is " + kubernetesVersion,
		"registry.k8s.io/pause":                                   "expected a tag",
		"registry.k8s.io/pause@sha256:" + strings.Repeat("0", 64): "expected a tag",
		"registry.k8s.io/other:v1":                                `no recipe for "other", there are: agnhost, coredns`,
	} {
		_, err := recipeFor(ref)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", ref, err, want)
		}
	}
}

// fakeLayout is a layout of files that are no programs.
func fakeLayout(t *testing.T, refs ...string) layoutDir {
	t.Helper()
	dir := t.TempDir()
	programs := Programs{}
	for _, r := range recipes {
		for p := range r.Programs {
			programs[p] = filepath.Join(dir, p)
			if err := os.WriteFile(programs[p], []byte("program "+p), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var tools bytes.Buffer
	if err := writeTar(&tools, map[string]entry{"usr/bin/sh": {mode: 0o755, content: "shell"}}); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root.tar")
	if err := os.WriteFile(root, tools.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	var plans []recipe
	for _, ref := range refs {
		r, err := recipeFor(ref)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, r)
	}
	d := layoutDir(filepath.Join(dir, "layout"))
	if err := writeLayout(d, root, programs, refs, plans); err != nil {
		t.Fatal(err)
	}
	return d
}

const (
	dnsRef     = "registry.k8s.io/coredns/coredns:v" + corednsVersion
	kubeletRef = "quay.io/poseidon/kubelet:v" + kubernetesVersion
)

// Another program reads the layout, and finds it whole.
func TestLayout(t *testing.T) {
	d := fakeLayout(t, dnsRef, kubeletRef)
	index, err := layout.ImageIndexFromPath(string(d))
	if err != nil {
		t.Fatal(err)
	}
	// Fast, as the slow way takes all layers for gzip; blobs are checked below.
	if err := validate.Index(index, validate.Fast); err != nil {
		t.Error(err)
	}
	checkBlobs(t, d)
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range manifest.Manifests {
		names = append(names, m.Annotations["io.containerd.image.name"])
	}
	if !slices.Equal(names, []string{dnsRef, kubeletRef}) {
		t.Errorf("images are %v", names)
	}
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if file.Config.User != "nonroot:nonroot" || !slices.Equal(file.Config.Entrypoint, []string{"/coredns"}) {
		t.Errorf("config is %+v", file.Config)
	}
	// Nobody else checks this one: the layers are plain, so both lists are the same.
	layers, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var digests []v1.Hash
	for _, l := range layers.Layers {
		digests = append(digests, l.Digest)
	}
	if len(digests) == 0 || !slices.Equal(file.RootFS.DiffIDs, digests) {
		t.Errorf("layers are %v, and the config says %v", digests, file.RootFS.DiffIDs)
	}
	if again := fakeLayout(t, dnsRef, kubeletRef); !bytes.Equal(read(t, d), read(t, again)) {
		t.Error("the same images have other digests when built again")
	}
}

// checkBlobs sees that every blob has the content that it is named by.
func checkBlobs(t *testing.T, d layoutDir) {
	t.Helper()
	entries, err := os.ReadDir(d.blobs())
	if err != nil {
		t.Fatal(err)
	}
	// Tools once, and for two images each a layer, a config and a manifest.
	if len(entries) != 7 {
		t.Errorf("%d blobs, want 7", len(entries))
	}
	for _, e := range entries {
		sum, err := sha256File(filepath.Join(d.blobs(), e.Name()))
		if err != nil || sum != e.Name() {
			t.Errorf("blob %s has hash %s, %v", e.Name(), sum, err)
		}
	}
}

func read(t *testing.T, d layoutDir) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(string(d), "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What "docker load" reads.
func TestArchive(t *testing.T) {
	d := fakeLayout(t, dnsRef, kubeletRef)
	file := filepath.Join(t.TempDir(), "kubelet.tar")
	if err := writeImages(file, d, func(ref string) bool { return ref == kubeletRef }); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]bool{kubeletRef: true, dnsRef: false} {
		tag, err := name.NewTag(ref)
		if err != nil {
			t.Fatal(err)
		}
		img, err := tarball.ImageFromPath(file, &tag)
		if want != (err == nil) {
			t.Errorf("%s: %v, wanted %v", ref, err, want)
		}
		if err == nil {
			if err := validate.Image(img); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestWriteTar(t *testing.T) {
	entries := map[string]entry{
		"usr/bin/program": {mode: 0o755, content: "x", xattr: bindLowPorts},
		"tmp":             {mode: 0o1777},
	}
	var first, second bytes.Buffer
	if err := errors.Join(writeTar(&first, entries), writeTar(&second, entries)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same entries give other bytes")
	}
	var got []string
	r := tar.NewReader(&first)
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, h.Name)
		if h.Name == "usr/bin/program" && (h.Mode != 0o755 || len(h.PAXRecords["SCHILY.xattr.security.capability"]) != 20) {
			t.Errorf("%s: mode %o, %q", h.Name, h.Mode, h.PAXRecords)
		}
	}
	if want := []string{"tmp/", "usr/", "usr/bin/", "usr/bin/program"}; !slices.Equal(got, want) {
		t.Errorf("entries %v, want %v", got, want)
	}
}
