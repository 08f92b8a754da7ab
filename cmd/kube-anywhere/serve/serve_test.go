package serve

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kube-anywhere/kube-anywhere/providers/pxe"
)

var testNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	cp0       = "52-54-00-00-01-10"
	node0     = "52-54-00-00-01-20"
	cp0Secret = cp0 + "/0123456789abcdef0123456789abcdef.ign"
	nodeFile  = node0 + "/fedcba9876543210fedcba9876543210.ign"
	kernel    = "assets/flatcar/amd64/kernel"
)

// output is a directory as a compile leaves it, with what must never be served
// beside what may.
func output(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"kubeconfig":                       "admin's",
		"payloads/rack1-cp0.ign":           "keys of rack1-cp0",
		"machines/rack1-cp0/a":             "a",
		"pxe/dnsmasq.conf":                 "port=0",
		"pxe/http/boot.ipxe":               "#!ipxe entry",
		"pxe/http/disk.ipxe":               "#!ipxe disk",
		"pxe/http/" + cp0Secret:            "keys of rack1-cp0",
		"pxe/http/" + nodeFile:             "token of rack1-node0",
		"pxe/http/" + kernel:               "a kernel",
		"pxe/http/assets/.hidden":          "hidden",
		"pxe/http/notes":                   "of the operator",
		"pxe/http/" + cp0 + "/boot.ipxe":   "#!ipxe rack1-cp0",
		"pxe/http/" + node0 + "/boot.ipxe": "#!ipxe rack1-node0",
	} {
		put(t, dir, name, content)
	}
	if err := os.Symlink(filepath.Join(dir, "kubeconfig"), filepath.Join(dir, "pxe/http/assets/link")); err != nil {
		t.Fatal(err)
	}
	index(t, dir, cp0Secret)
	return dir
}

// index writes the list of machines, with the payload of rack1-cp0 at a path.
func index(t *testing.T, dir, secret string) {
	t.Helper()
	text, err := json.Marshal(pxe.Index{
		Cluster: "rack1", BaseURL: "http://192.0.2.2:8080", Needs: []string{"assets/flatcar/amd64/initrd", kernel},
		Machines: []pxe.Machine{
			{Name: "rack1-cp0", MAC: "52:54:00:00:01:10", Script: cp0 + "/boot.ipxe", Payload: secret},
			{Name: "rack1-node0", MAC: "52:54:00:00:01:20", Script: node0 + "/boot.ipxe", Payload: nodeFile},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, pxe.IndexFile, string(text))
}

func put(t *testing.T, dir, name, content string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// served is a server and what it logged.
type served struct {
	*Server
	mu  sync.Mutex
	log []Request
}

func start(t *testing.T, o Options) *served {
	t.Helper()
	s := &served{}
	o.Listen, o.Now = "127.0.0.1:0", func() time.Time { return testNow }
	o.Log = func(r Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.log = append(s.log, r)
	}
	var err error
	if s.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.listener.Close() }) // Run may have closed it
	return s
}

// last is what was logged last.
func (s *served) last() Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log[len(s.log)-1]
}

func (s *served) ask(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://boot"+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	r.RemoteAddr = "192.0.2.10:40000"
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func (s *served) want(t *testing.T, path string, status int, body string) {
	t.Helper()
	w := s.ask(http.MethodGet, path)
	if w.Code != status || body != "" && w.Body.String() != body {
		t.Errorf("%s: found %d %q, expected %d %q", path, w.Code, w.Body, status, body)
	}
}

// TestOnlyWhatMachinesNeed: everything that is not a script, an asset or a
// machine's payload by its whole name does not exist.
func TestOnlyWhatMachinesNeed(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	s.want(t, "/boot.ipxe", 200, "#!ipxe entry")
	s.want(t, "/"+cp0+"/boot.ipxe", 200, "#!ipxe rack1-cp0")
	s.want(t, "/"+kernel, 200, "a kernel")
	for _, path := range []string{
		"/", "//boot.ipxe", "/boot.ipxe/", "/disk.ipxe", "/notes", "/kubeconfig", "/pki/ca.key", "/machines.json", "/served.json",
		"/payloads/rack1-cp0.ign", "/machines/rack1-cp0/a", "/dnsmasq.conf", "/.kube-anywhere",
		"/../machines.json", "/%2e%2e/machines.json", "/..%2fmachines.json", "/assets/../../machines.json",
		"/assets/%2e%2e/%2e%2e/machines.json", "/assets/../boot.ipxe", "/assets/..%5c..%5cmachines.json",
		"/assets/../" + cp0Secret, "/assets/%00", "/assets", "/assets/", "/assets/flatcar", "/assets/flatcar/",
		"/assets/link", "/assets/.hidden", "/assets/./flatcar/amd64/kernel",
		"/" + cp0, "/" + cp0 + "/", "/" + cp0 + "/0123456789abcdef0123456789abcdee.ign",
		"/" + cp0 + "/fedcba9876543210fedcba9876543210.ign", "/" + node0 + "/../" + cp0Secret, "/52-54-00-00-01-99/boot.ipxe",
	} {
		s.want(t, path, 404, "not found\n")
	}
	// None of that took a payload away.
	s.want(t, "/"+cp0Secret, 200, "keys of rack1-cp0")
}

// TestBasePath: a base URL with a path works with a proxy that takes it off, and
// without one.
func TestBasePath(t *testing.T) {
	dir := output(t)
	text, err := os.ReadFile(filepath.Join(dir, pxe.IndexFile))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, pxe.IndexFile, strings.Replace(string(text), "192.0.2.2:8080", "192.0.2.2:8080/racks/one", 1))
	s := start(t, Options{Dir: dir})
	s.want(t, "/racks/one/boot.ipxe", 200, "#!ipxe entry")
	s.want(t, "/boot.ipxe", 200, "#!ipxe entry")
	s.want(t, "/racks/one/"+kernel, 200, "a kernel")
	for _, path := range []string{"/racks/boot.ipxe", "/one/boot.ipxe", "/racks/one", "/racks/one/", "/racks/one/../machines.json", "/racks/one/racks/one/boot.ipxe"} {
		s.want(t, path, 404, "not found\n")
	}
	s.want(t, "/racks/one/"+cp0Secret, 200, "keys of rack1-cp0")
	if got, want := s.last().Path, "/racks/one/"+cp0+"/0123....ign"; got != want {
		t.Errorf("logged %s, expected %s", got, want)
	}
	s.want(t, "/"+cp0Secret, 410, "")
}

func TestMachinesOnlyRead(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "X"} {
		w := s.ask(method, "/"+cp0Secret)
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: found %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

// TestCompileInBetween: what is compiled while the server runs counts, and
// hands no machine a second payload.
func TestCompileInBetween(t *testing.T) {
	dir := output(t)
	s := start(t, Options{Dir: dir})
	changed := strings.Replace(cp0Secret, "/0", "/a", 1)
	put(t, dir, "pxe/http/"+changed, "new keys")
	index(t, dir, changed)
	s.want(t, "/"+cp0Secret, 404, "")
	s.want(t, "/"+changed, 200, "new keys")
	index(t, dir, cp0Secret)
	s.want(t, "/"+cp0Secret, 410, "")

	if err := os.Remove(filepath.Join(dir, pxe.IndexFile)); err != nil {
		t.Fatal(err)
	}
	s.want(t, "/boot.ipxe", 503, "")
}

// TestState: with no way to remember who has a payload, none goes out twice.
func TestState(t *testing.T) {
	dir := output(t)
	s := start(t, Options{Dir: dir})
	s.state.file = filepath.Join(dir, "gone", "served.json")
	s.want(t, "/"+cp0Secret, 200, "")
	if got := s.last().Note; !strings.HasPrefix(got, "this is not written down: ") {
		t.Errorf("logged %q", got)
	}
	s.want(t, "/"+cp0Secret, 410, "")

	s = start(t, Options{Dir: dir})
	put(t, dir, stateFile, "{")
	s.want(t, "/"+nodeFile, 410, "")
	if _, err := New(Options{Dir: dir, Listen: "127.0.0.1:0", Now: time.Now}); err == nil || !strings.Contains(err.Error(), "who has a payload") {
		t.Errorf("a damaged state: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	dir := output(t)
	for name, o := range map[string]Options{
		"has no pxe/machines.json":       {Dir: t.TempDir()},
		"no such file":                   {Dir: dir, TLSCert: "no.crt", TLSKey: "no.key"},
		"missing port":                   {Dir: dir, Listen: "nowhere"},
		"unexpected end of JSON":         {Dir: damaged(t, pxe.IndexFile, "{")},
		"served.json, which says who ha": {Dir: damaged(t, stateFile, "[]")},
	} {
		o.Now = time.Now
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("found %v, expected %q", err, name)
		}
	}
}

// damaged is an output directory with one bad file.
func damaged(t *testing.T, name, content string) string {
	t.Helper()
	dir := output(t)
	put(t, dir, name, content)
	return dir
}

func TestMissing(t *testing.T) {
	s := start(t, Options{Dir: output(t)})
	if got := s.Missing(); len(got) != 1 || got[0] != "assets/flatcar/amd64/initrd" {
		t.Errorf("missing: %q", got)
	}
}

func TestPort(t *testing.T) {
	for url, want := range map[string]string{
		"http://192.0.2.2:8080": "8080", "http://boot.example.com/ka": "80", "https://boot.example.com": "443", "https://b:8443/x": "8443",
	} {
		if got := port(url); got != want {
			t.Errorf("%s: found %s, expected %s", url, got, want)
		}
	}
}
