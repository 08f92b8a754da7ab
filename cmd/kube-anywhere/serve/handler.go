package serve

import (
	"crypto/subtle"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kube-anywhere/kube-anywhere/providers/pxe"
)

// ServeHTTP answers one request and logs it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := &answer{ResponseWriter: w, controller: http.NewResponseController(w), request: Request{
		Time: s.Now().UTC(), Remote: remote(r), Method: r.Method, Path: r.URL.Path,
	}}
	defer func() { s.Log(a.request.tidy()) }()
	s.answer(a, r)
}

// answer finds out what is asked for. Whatever is not listed here does not
// exist: keys, kubeconfigs and the readable trees are in the same directory.
func (s *Server) answer(a *answer, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		a.Header().Set("Allow", "GET, HEAD")
		a.refuse(http.StatusMethodNotAllowed, "machines only read")
		return
	}
	index, err := ReadIndex(s.Dir)
	if err != nil {
		a.refuse(http.StatusServiceUnavailable, err.Error())
		return
	}
	name := below(index.BaseURL, r.URL.Path)
	m, kind := find(index, name)
	a.request.Machine, a.request.MAC = m.Name, m.MAC
	switch kind {
	case entry, asset:
		s.file(a, r, name)
	case script:
		if _, done := s.state.served(m.MAC); done {
			a.request.Note = "has its payload: boots its disk"
			name = pxe.Disk
		}
		s.file(a, r, name)
	case payload:
		s.payload(a, r, m, len(index.Machines))
	default:
		a.refuse(http.StatusNotFound, "")
	}
}

// below is a request's path without that of the base URL, which a proxy in front
// may have taken off already.
func below(base, path string) string {
	_, rest, _ := strings.Cut(base, "://")
	_, folder, _ := strings.Cut(rest, "/")
	path = strings.TrimPrefix(path, "/")
	if folder == "" {
		return path
	}
	return strings.TrimPrefix(path, folder+"/")
}

// kind is what a path stands for.
type kind int

const (
	nothing kind = iota
	entry
	asset
	script
	payload
)

// find compares a path with what machines may have. A machine that is known by
// the path is named also where there is nothing.
func find(index pxe.Index, name string) (pxe.Machine, kind) {
	folder, _, _ := strings.Cut(name, "/")
	var m pxe.Machine
	if i := slices.IndexFunc(index.Machines, func(m pxe.Machine) bool { return path.Dir(m.Script) == folder }); i >= 0 {
		m = index.Machines[i]
	}
	switch {
	case name == pxe.Entry:
		return m, entry
	case m.Name == "" && folder == pxe.Assets:
		return m, asset
	case m.Name == "":
		return m, nothing
	case name == m.Script:
		return m, script
	case subtle.ConstantTimeCompare([]byte(name), []byte(m.Payload)) == 1:
		return m, payload
	}
	return m, nothing
}

// file answers with one regular file below the web root, which no path and no
// link leads out of.
func (s *Server) file(a *answer, r *http.Request, name string) {
	f, info, err := s.open(name)
	if err != nil {
		a.refuse(http.StatusNotFound, "not there")
		return
	}
	defer func() { _ = f.Close() }() // read only
	a.Header().Set("Content-Type", "application/octet-stream")
	// With ranges: downloads of images go on where they broke off.
	http.ServeContent(a, r, "", info.ModTime(), f)
}

func (s *Server) open(name string) (*os.File, os.FileInfo, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name || hidden(name) {
		return nil, nil, os.ErrNotExist
	}
	root, err := os.OpenRoot(filepath.Join(s.Dir, filepath.FromSlash(pxe.WebRoot)))
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = root.Close() }() // the file stays open
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = os.ErrNotExist
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// hidden says whether a part of a path begins with a dot.
func hidden(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasPrefix(part, ".") })
}

// payload hands out what a machine boots with, whole or not at all, and once.
func (s *Server) payload(a *answer, r *http.Request, m pxe.Machine, of int) {
	if s.ClientCA != "" && !speaksFor(r.TLS, m.Name) {
		a.refuse(http.StatusForbidden, "no client certificate in the name of "+m.Name)
		return
	}
	f, info, err := s.open(m.Payload)
	if err != nil {
		a.refuse(http.StatusNotFound, "not there")
		return
	}
	defer func() { _ = f.Close() }() // read only
	switch turn, before := s.state.begin(m.MAC); turn {
	case already:
		a.refuse(http.StatusGone, alarm(m, before))
		return
	case busy:
		a.Header().Set("Retry-After", "5")
		a.refuse(http.StatusServiceUnavailable, "somebody else is getting it")
		return
	}
	a.Header().Set("Cache-Control", "no-store")
	a.Header().Set("Content-Type", "application/octet-stream")
	a.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	a.WriteHeader(http.StatusOK)
	whole := false
	if r.Method == http.MethodGet {
		n, err := io.Copy(a, f)
		// A client that closes the connection now may have it all. Whether it has
		// nobody can tell, and who asked for keys twice gets them once.
		whole = err == nil && n == info.Size() && a.controller.Flush() == nil
		if !whole {
			a.request.Note = "broke off: it may be asked for again"
		}
	}
	if err := s.state.end(m.MAC, a.request.Remote, whole); err != nil {
		a.request.Note = "this is not written down: " + err.Error()
	} else if whole {
		a.request.Note = fmt.Sprintf("%s has its payload (%d of %d machines)", m.Name, len(s.Served()), of)
	}
}

// alarm is what a second request for a payload means.
func alarm(m pxe.Machine, before given) string {
	return fmt.Sprintf("the payload of %s went to %s at %s. If that was not %[1]s, its keys are known: make new ones. "+
		"If it was, and it is to be installed anew: --allow-again %[1]s", m.Name, before.Remote, before.Time.Format(time.RFC3339))
}

// speaksFor says whether the client has a certificate in a machine's name.
func speaksFor(t *tls.ConnectionState, name string) bool {
	if t == nil || len(t.VerifiedChains) == 0 {
		return false
	}
	leaf := t.VerifiedChains[0][0]
	return leaf.Subject.CommonName == name || slices.Contains(leaf.DNSNames, name)
}
