package services

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// A registry client pulls every image whole, by tag and by digest.
func TestPull(t *testing.T) {
	dir, all := newLayout(t, "registry.example/coredns/coredns:v1", "registry.example/pause:3", "docker.io/owner/app:v2", "other.example/pause:3")
	s, pool := start(t, Config{Layout: dir})
	rt := machine(s, pool)
	for ref, want := range all {
		tag, err := name.NewTag(ref)
		if err != nil {
			t.Fatal(err)
		}
		digest, err := want.Digest()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []name.Reference{tag, tag.Digest(digest.String())} {
			checkImage(t, r, digest, rt)
		}
	}
}

func checkImage(t *testing.T, ref name.Reference, want v1.Hash, rt http.RoundTripper) {
	t.Helper()
	img, err := remote.Image(ref, remote.WithTransport(rt))
	if err != nil {
		t.Errorf("%s: %v", ref, err)
		return
	}
	if err := validate.Image(img); err != nil {
		t.Errorf("%s: %v", ref, err)
	}
	if got, err := img.Digest(); err != nil || got != want {
		t.Errorf("%s: %v %v, want %v", ref, got, err, want)
	}
	if d, err := remote.Head(ref, remote.WithTransport(rt)); err != nil || d.Digest != want {
		t.Errorf("%s: HEAD: %v %v", ref, d, err)
	}
}

func TestPullRefuses(t *testing.T) {
	dir, _ := newLayout(t, "registry.example/pause:3")
	s, pool := start(t, Config{Layout: dir})
	for ref, status := range map[string]int{
		"registry.example/pause:4":                                 404,
		"registry.example/other:3":                                 404,
		"registry.example/pause@sha256:" + strings.Repeat("0", 64): 404,
	} {
		r, err := name.ParseReference(ref)
		if err != nil {
			t.Fatal(err)
		}
		_, err = remote.Image(r, remote.WithTransport(machine(s, pool)))
		var got *transport.Error
		if !errors.As(err, &got) || got.StatusCode != status || len(got.Errors) == 0 {
			t.Errorf("%s: %v, want %d with a reason", ref, err, status)
		}
	}
}

// What clients do beyond what the client above does.
func TestRegistryAPI(t *testing.T) {
	dir, all := newLayout(t, "registry.example/k8s/pause:3")
	s, pool := start(t, Config{Layout: dir})
	s.Set("mirror.example", loopback)
	layers, err := all["registry.example/k8s/pause:3"].Layers()
	if err != nil {
		t.Fatal(err)
	}
	blob, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, url, rang string
		status, length    int
	}{
		{"GET", "https://registry.example/v2/", "", 200, 2},
		{"GET", "https://registry.example/v2/k8s/pause/blobs/" + blob.String(), "bytes=10-19", 206, 10},
		{"GET", "https://mirror.example/v2/k8s/pause/manifests/3?ns=registry.example", "", 200, -1},
		{"GET", "http://mirror.example/v2/k8s/pause/manifests/3", "", 200, -1},
		{"GET", "https://registry.example/v2/pause/manifests/3", "", 404, -1},
		{"GET", "https://registry.example/v2/k8s/pause/blobs/sha256:../../oci-layout", "", 404, -1},
		{"GET", "https://registry.example/v2/k8s/pause/blobs/sha256:..%2F..%2Foci-layout", "", 404, -1},
		{"GET", "https://registry.example/v2/k8s/pause/blobs/sha256:short", "", 400, -1},
		{"GET", "https://registry.example/v2/k8s/pause/tags", "", 404, -1},
		{"PUT", "https://registry.example/v2/k8s/pause/manifests/4", "", 405, -1},
	} {
		status, length := fetch(t, &http.Client{Transport: machine(s, pool)}, tt.method, tt.url, tt.rang)
		if status != tt.status || tt.length >= 0 && length != tt.length {
			t.Errorf("%s %s: %d, %d bytes, want %d, %d bytes", tt.method, tt.url, status, length, tt.status, tt.length)
		}
	}
}

func fetch(t *testing.T, c *http.Client, method, url, rang string) (status, length int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rang != "" {
		req.Header.Set("Range", rang)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, len(body)
}

// Two registries may have images of one name: who is asked decides, or in whose
// name a mirror is asked.
func TestSameNameOnTwoHosts(t *testing.T) {
	dir, all := newLayout(t, "one.example/pause:3", "two.example/pause:3")
	s, pool := start(t, Config{Layout: dir})
	s.Set("mirror.example", loopback)
	for ref, want := range all {
		tag, err := name.NewTag(ref)
		if err != nil {
			t.Fatal(err)
		}
		d, err := want.Digest()
		if err != nil {
			t.Fatal(err)
		}
		checkImage(t, tag, d, machine(s, pool))
		client := &http.Client{Transport: machine(s, pool)}
		resp, err := client.Head("https://mirror.example/v2/pause/manifests/3?ns=" + tag.RegistryStr())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Docker-Content-Digest"); got != d.String() {
			t.Errorf("mirror for %s: %s, want %s", ref, got, d)
		}
	}
}
