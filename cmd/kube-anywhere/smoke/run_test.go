package smoke

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func pemOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// options are those of a run against the double, which is complete.
func (d *double) options(t *testing.T) Options {
	d.mu.Lock() // what the test has set is seen by the servers
	defer d.mu.Unlock()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Kubectl: self, Kubeconfig: d.server.URL, Context: "ctx", Image: DefaultImage, Timeout: 10 * time.Second,
		OutsideName: "example.com", NetworkPolicy: true}
}

// run makes a run, and gives its results by name and what it shows.
func run(t *testing.T, ctx context.Context, o Options) (map[string]Result, string) {
	t.Helper()
	var shown bytes.Buffer
	o.Progress.Writer = &shown
	results, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Result{}
	for _, r := range results {
		byName[r.Name] = r
	}
	return byName, shown.String()
}

// leftovers are what a run has not cleaned up.
func (d *double) leftovers() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(sortedPaths(d.objects), func(path string) bool { return !strings.Contains(path, namePrefix) })
}

// called are the calls of kubectl.
func (d *double) called() [][]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.calls)
}

// TestHealthy: every check passes in a healthy cluster, and nothing is left.
func TestHealthy(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	results, shown := run(t, t.Context(), d.options(t))
	for _, name := range Names() {
		if r := results[name]; r.Outcome != Passed {
			t.Errorf("%s: %s: %s", name, r.Outcome, r.Message)
		}
		if !strings.Contains(shown, "passed   "+name+" ") {
			t.Errorf("%s is not shown", name)
		}
	}
	if left := d.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	calls := d.called()
	if len(calls) > 10 {
		t.Errorf("%d calls of kubectl, expected one per node and few more", len(calls))
	}
	for _, c := range calls {
		if len(c) < 3 || c[0] != "--kubeconfig="+d.server.URL || c[1] != "--context=ctx" {
			t.Errorf("kubectl %q does not say which cluster", c)
		}
	}
	if strings.Contains(shown, "\x1b") {
		t.Errorf("what is no terminal gets escapes: %q", shown)
	}
}

// TestBare skips what a cluster need not have.
func TestBare(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	d.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/apis/metrics.k8s.io") {
			fail(w, http.StatusNotFound, "no such API")
			return true
		}
		return false
	}
	o := d.options(t)
	o.OutsideName, o.NetworkPolicy = "", false
	results, _ := run(t, t.Context(), o)
	for _, name := range []string{"metrics", "outside-name", "network-policy"} {
		if r := results[name]; r.Outcome != Skipped || r.Message == "" {
			t.Errorf("%s: %s: %s", name, r.Outcome, r.Message)
		}
	}
}

// TestOnlyAndSkip: what a check needs is set up without being reported.
func TestOnlyAndSkip(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	o := d.options(t)
	o.Only = []string{"dns", "api"}
	results, _ := run(t, t.Context(), o)
	if len(results) != 3 || results["dns"].Outcome != Passed || results["api"].Outcome != Passed || results["cleanup"].Outcome != Passed {
		t.Errorf("got %+v", results)
	}
	o = d.options(t)
	o.Only, o.Skip = []string{"objects", "api"}, []string{"api", "cleanup"}
	results, _ = run(t, t.Context(), o)
	if len(results) != 1 || results["objects"].Outcome != Passed || len(d.leftovers()) == 0 {
		t.Errorf("got %+v, and the namespace is to stay", results)
	}
}

// TestInterrupt ends a run while a check waits: it cleans up all the same.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	ctx, interrupt := context.WithCancel(t.Context())
	d.admit = func(path string, o object) {
		if strings.Contains(path, "/pods/every-node") {
			o["status"].(object)["conditions"] = ready(false)
			interrupt()
		}
	}
	o := d.options(t)
	o.Timeout = time.Minute
	start := time.Now()
	results, shown := run(t, ctx, o)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %s to end", took)
	}
	if r := results["every-node"]; r.Outcome != Failed || r.Message != "interrupted" {
		t.Errorf("every-node: %+v", r)
	}
	if r := results["dns"]; r.Outcome != Skipped || r.Message != "interrupted" {
		t.Errorf("dns: %+v", r)
	}
	if r := results["cleanup"]; r.Outcome != Passed || len(d.leftovers()) > 0 {
		t.Errorf("cleanup: %+v, left: %q", r, d.leftovers())
	}
	if !strings.Contains(shown, "interrupted: removing namespace") {
		t.Errorf("nothing says so: %s", shown)
	}
}

// TestNoCluster: kubectl's own reason is told.
func TestNoCluster(t *testing.T) {
	t.Parallel()
	for want, said := range map[string]reply{
		"current-context must exist": {Stderr: "error: current-context must exist in order to minify\n", Code: 1},
		"names no server":            {Stdout: "{}"},
		"invalid character":          {Stdout: "not JSON"},
	} {
		d := newDouble(t)
		d.kubectl = func(string, []string) *reply { return &said }
		_, err := Run(t.Context(), d.options(t))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), ErrNoCluster.Error()) {
			t.Errorf("got %v, expected %q", err, want)
		}
	}
}

// TestKubectlEnds: a proxy that ends is started anew, and one that cannot start
// says why.
func TestKubectlEnds(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	o := d.options(t)
	r := &runner{Options: o, kubectl: kubectl{o.Kubectl, o.Kubeconfig, ""}}
	if err := r.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer r.close()
	for range 2 {
		if err := r.api.get(t.Context(), "/api/v1/nodes", nil); err != nil {
			t.Fatal(err)
		}
		r.api.proxy.process.stop()
		r.api.client.CloseIdleConnections()
	}
	r.api.proxy.socket += "/no/such/folder"
	if err := r.api.get(t.Context(), "/api/v1/nodes", nil); err == nil || !strings.Contains(err.Error(), "kubectl proxy: ") {
		t.Errorf("got %v", err)
	}
}
