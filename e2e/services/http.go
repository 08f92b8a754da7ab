package services

import (
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// files are by "host/path", as they stand in a URL after the scheme.
type files struct {
	mu     sync.Mutex
	byPath map[string]string
}

func (f *files) set(add map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byPath == nil {
		f.byPath = map[string]string{}
	}
	maps.Copy(f.byPath, add)
}

func (f *files) get(hostPath string) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, ok := f.byPath[hostPath]
	return file, ok
}

func (f *files) hosts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hosts []string
	for p := range f.byPath {
		host, _, _ := strings.Cut(p, "/")
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// SetFile serves one more file, under a URL without its scheme, from now on. Its
// host becomes known at the given address.
func (s *Services) SetFile(hostPath, file string, at netip.Addr) {
	s.files.set(map[string]string{hostPath: file})
	host, _, _ := strings.Cut(hostPath, "/")
	s.Set(host, at)
}

// handler answers as every host: with images under /v2/, with files elsewhere.
func (s *Services) handler(scheme string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r)
		from, _ := netip.ParseAddrPort(r.RemoteAddr)
		logged := &loggingWriter{ResponseWriter: w, log: func(status int) {
			s.log.add(net.TCPAddrFromAddrPort(from), Request{
				Service: scheme, Host: host, Method: r.Method, Path: r.URL.Path, Status: status,
			})
		}}
		if r.URL.Path == "/v2" || strings.HasPrefix(r.URL.Path, "/v2/") {
			s.images.serve(logged, r, host)
		} else if file, ok := s.files.get(host + r.URL.Path); ok {
			http.ServeFile(logged, r, file)
		} else {
			http.NotFound(logged, r)
		}
	})
}

// hostOf is the name that the client used, without a port.
func hostOf(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return canonical(host)
}

// loggingWriter logs a request as its answer begins, so that who has the answer
// finds it in the log.
type loggingWriter struct {
	http.ResponseWriter
	log    func(status int)
	logged bool
}

func (w *loggingWriter) WriteHeader(status int) {
	if !w.logged {
		w.logged = true
		w.log(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *loggingWriter) Write(b []byte) (int, error) {
	if !w.logged {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}
