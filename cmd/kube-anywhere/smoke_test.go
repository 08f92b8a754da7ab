package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/cmd/kube-anywhere/smoke"
)

// kubectlDouble writes a test double of kubectl: a script that knows where a
// cluster is, and can do nothing with it. (The package smoke has a double that
// can.)
func kubectlDouble(t *testing.T, dir string, api *httptest.Server) {
	t.Helper()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw})
	config, err := json.Marshal(map[string]any{"current-context": "test", "clusters": []any{map[string]any{"cluster": map[string]any{
		"server": api.URL, "certificate-authority-data": ca, "tls-server-name": "example.com"}}}})
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`#!/bin/sh
case "$*" in
*"config view"*) echo '%s' ;;
*) echo "this is a test double of kubectl" >&2; exit 1 ;;
esac
`, config)
	if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

// apiDouble answers everyone with what code gives for a path.
func apiDouble(t *testing.T, code func(path string) int) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code(r.URL.Path)) }))
	t.Cleanup(s.Close)
	return s
}

func TestSmokeUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{}, "kubectl is not in PATH: install it (https://kubernetes.io/docs/tasks/tools/), or say where it is with --kubectl PATH"},
		{[]string{"--kubectl", "no/kubectl"}, "--kubectl: exec: \"no/kubectl\": "},
		{[]string{"--kubeconfig", "no.conf"}, "--kubeconfig: stat no.conf: no such file or directory"},
		{[]string{"--only", "nods"}, `no check is called "nods": --list shows them; did you mean nodes`},
		{[]string{"--skip", "x"}, `no check is called "x": --list shows them`},
		{[]string{"--timeout", "0s"}, "--timeout 0s: a check needs some time, for example 5m"},
		{[]string{"--image", ""}, "--image is empty: give the reference of agnhost, for example " + smoke.DefaultImage},
		{[]string{"--only", "outside-name"}, "--only outside-name needs the name: --outside-name example.com"},
		{[]string{"--only", "cleanup"}, "--only cleanup has nothing to clean up"},
		{[]string{"-o", "yaml"}, "it is one of text, json"},
	} {
		r := ka(t, append([]string{"smoke"}, c.args...)...)
		if r.code != exitUsage || r.out != "" || !strings.Contains(r.err, c.want) {
			t.Errorf("%q: exit code %d, expected %q, got %q%s", c.args, r.code, c.want, r.out, r.err)
		}
	}
	write(t, "kubectl", "#!/bin/sh\necho 'error: current-context must exist in order to minify' >&2\nexit 1\n")
	if err := os.Chmod("kubectl", 0o755); err != nil {
		t.Fatal(err)
	}
	r := ka(t, "smoke", "--kubectl", "./kubectl")
	if r.code != exitUsage || !strings.Contains(r.err, "current-context must exist in order to minify: give --kubeconfig FILE") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

func TestSmokeList(t *testing.T) {
	wantContains(t, ok(t, "smoke", "--list"), "CHECK", "anonymous", "nothing but health paths", "cleanup")
	var got []struct{ Name, Meaning string }
	if err := json.Unmarshal([]byte(ok(t, "smoke", "--list", "-o", "json")), &got); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range got {
		if c.Meaning == "" {
			t.Errorf("%s has no meaning", c.Name)
		}
		names = append(names, c.Name)
	}
	if diff := cmp.Diff(smoke.Names(), names); diff != "" {
		t.Error(diff)
	}
}

// TestSmokeExitCodes: what was found decides, in text and in JSON, whose form
// scripts rely on.
func TestSmokeExitCodes(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	kubectlDouble(t, dir, apiDouble(t, func(string) int { return http.StatusForbidden }))
	wantContains(t, ok(t, "smoke", "--only", "anonymous"), "passed   anonymous", "\n1 passed, 0 failed, 0 skipped in 0s\n")

	kubectlDouble(t, dir, apiDouble(t, func(string) int { return http.StatusOK }))
	r := ka(t, "smoke", "--only", "api,anonymous,dns", "--timeout", "1s", "-o", "json")
	var got []map[string]any
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != exitInput {
		t.Fatalf("exit code %d, %v: %s%s", r.code, err, r.out, r.err)
	}
	var summary []string
	for _, one := range got {
		if _, isNumber := one["seconds"].(float64); !isNumber || one["message"] == "" || len(one) != 4 {
			t.Errorf("not a result: %v", one)
		}
		summary = append(summary, fmt.Sprint(one["name"], " ", one["result"]))
	}
	if diff := cmp.Diff([]string{"api failed", "anonymous skipped", "dns skipped"}, summary); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantContains(t, r.err, "failed   api", "this is a test double of kubectl")
}

// TestSmokeSignal: SIGTERM ends the check that waits, and the command ends with
// what it has found.
func TestSmokeSignal(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	var once sync.Once
	kubectlDouble(t, dir, apiDouble(t, func(string) int {
		once.Do(func() {
			self, err := os.FindProcess(os.Getpid())
			if err != nil || self.Signal(syscall.SIGTERM) != nil {
				t.Error("no signal was sent:", err)
			}
		})
		return http.StatusServiceUnavailable
	}))
	r := ka(t, "smoke", "--only", "anonymous")
	if r.code != exitInput || !strings.Contains(r.out, "interrupted") {
		t.Errorf("exit code %d: %s%s", r.code, r.out, r.err)
	}
}
