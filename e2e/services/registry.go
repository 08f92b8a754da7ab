package services

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// RefAnnotation is where an image in the layout carries its whole name. It is
// the one that containerd reads on import.
const RefAnnotation = "io.containerd.image.name"

// images is an OCI layout, read once; blobs are read from its directory as they
// are asked for.
type images struct {
	dir   string
	tags  []tag
	types map[v1.Hash]types.MediaType // of manifests, by digest
}

type tag struct {
	host, repository, name string
	digest                 v1.Hash
}

func readLayout(dir string) (*images, error) {
	all := &images{dir: dir, types: map[v1.Hash]types.MediaType{}}
	if dir == "" {
		return all, nil
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("image layout: %w", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("image layout %s: %w", dir, err)
	}
	for _, d := range manifest.Manifests {
		ref, err := name.NewTag(d.Annotations[RefAnnotation])
		if err != nil {
			return nil, fmt.Errorf("image layout %s: %s: its annotation %s: %w", dir, d.Digest, RefAnnotation, err)
		}
		all.types[d.Digest] = d.MediaType
		all.tags = append(all.tags, tag{canonicalHost(ref.RegistryStr()), ref.RepositoryStr(), ref.TagStr(), d.Digest})
	}
	return all, nil
}

// dockerHub are the names of one registry: in references, and where clients go
// for it.
var dockerHub = []string{"docker.io", "index.docker.io", "registry-1.docker.io"}

func canonicalHost(host string) string {
	if slices.Contains(dockerHub, host) {
		return dockerHub[0]
	}
	return host
}

// hosts are the names under which clients look for the images.
func (i *images) hosts() []string {
	var hosts []string
	for _, t := range i.tags {
		if t.host == dockerHub[0] {
			hosts = append(hosts, dockerHub...)
		} else {
			hosts = append(hosts, t.host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// serve answers the reading half of the distribution API:
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
func (i *images) serve(w http.ResponseWriter, r *http.Request, host string) {
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "this registry is read-only")
		return
	}
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/v2"), "/")
	if path == "" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
		return
	}
	repository, kind, ref := split(path)
	switch kind {
	case "manifests":
		// A mirror is asked in the name of another registry, which it learns thus.
		i.manifest(w, r, []string{host, r.URL.Query().Get("ns")}, repository, ref)
	case "blobs":
		i.blob(w, r, ref, "application/octet-stream", "BLOB_UNKNOWN")
	default:
		refuse(w, http.StatusNotFound, "UNSUPPORTED", "neither a manifest nor a blob")
	}
}

// split takes the last two elements off a path, as the repository's name may
// have any number of them.
func split(path string) (repository, kind, ref string) {
	elements := strings.Split(path, "/")
	n := len(elements)
	if n < 3 {
		return path, "", ""
	}
	return strings.Join(elements[:n-2], "/"), elements[n-2], elements[n-1]
}

func (i *images) manifest(w http.ResponseWriter, r *http.Request, hosts []string, repository, ref string) {
	digest := ref
	if !strings.Contains(ref, ":") {
		t, ok := i.find(hosts, repository, ref)
		if !ok {
			refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", fmt.Sprintf("no %s:%s at %s", repository, ref, hosts[0]))
			return
		}
		digest = t.digest.String()
	}
	h, err := v1.NewHash(digest)
	if err != nil || i.types[h] == "" {
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "no manifest "+digest)
		return
	}
	i.blob(w, r, digest, string(i.types[h]), "MANIFEST_UNKNOWN")
}

// find prefers an image of the host that was asked. Otherwise any image of that
// name does: Docker's mirrors are not told whose images they stand for.
func (i *images) find(hosts []string, repository, name string) (tag, bool) {
	for _, h := range hosts {
		for _, t := range i.tags {
			if t.host == canonicalHost(h) && t.repository == repository && t.name == name {
				return t, true
			}
		}
	}
	for _, t := range i.tags {
		if t.repository == repository && t.name == name {
			return t, true
		}
	}
	return tag{}, false
}

// blob serves a file of the layout, or a range of it.
func (i *images) blob(w http.ResponseWriter, r *http.Request, digest, contentType, unknown string) {
	h, err := v1.NewHash(digest)
	if err != nil {
		refuse(w, http.StatusBadRequest, "DIGEST_INVALID", err.Error())
		return
	}
	f, err := os.Open(filepath.Join(i.dir, "blobs", h.Algorithm, h.Hex))
	if err != nil {
		refuse(w, http.StatusNotFound, unknown, "no blob "+digest)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Etag", `"`+digest+`"`)
	http.ServeContent(w, r, "", time.Time{}, f)
}

// refuse answers with an error in the API's form.
func refuse(w http.ResponseWriter, status int, code, message string) {
	body, err := json.Marshal(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
	if err != nil {
		body = nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
