package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/docs/examples"
)

func TestCompile(t *testing.T) {
	workdir(t, minimal)
	text := ok(t, "compile", "-f", "cluster.json", "-o", "out")
	wantContains(t, text, "demo: Kubernetes ", "1 control-plane machine, 2 workers in 1 pool", "controlplane-0", "worker",
		"65,535", "[#", "The first certificate expires 2027-11-2", "workers can join until 2026-11-22 12:00 UTC (in 24 hours)",
		"kubectl --kubeconfig out/kubeconfig get nodes\n  kube-anywhere smoke --kubeconfig out/kubeconfig\n")

	for name, mode := range files(t, "pki") {
		want := fs.FileMode(0o600)
		if mode.IsDir() {
			want = 0o700
		}
		if mode.Perm() != want {
			t.Errorf("%s has mode %04o, want %04o", name, mode.Perm(), want)
		}
	}
	for _, name := range []string{"pki/.gitignore", "pki/ca.key", "out/kubeconfig", "out/README.md"} {
		if isMissing(name) {
			t.Errorf("%s is missing", name)
		}
	}
}

// TestCompileAgain: the same config with the same pki gives the same bytes, in
// place and elsewhere.
func TestCompileAgain(t *testing.T) {
	workdir(t, minimal)
	ok(t, "compile", "-o", "out")
	first, keys := contents(t, "out"), contents(t, "pki")
	wantContains(t, ok(t, "compile", "-o", "out"), "nothing new was needed")
	if diff := cmp.Diff(first, contents(t, "out")); diff != "" {
		t.Errorf("the second compile differs (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(keys, contents(t, "pki")); diff != "" {
		t.Errorf("the second compile changed pki (-first +second):\n%s", diff)
	}
}

// TestCompileReplacesOneLeaf: a leaf that is deleted is made anew, and nothing
// else changes in pki.
func TestCompileReplacesOneLeaf(t *testing.T) {
	workdir(t, minimal)
	ok(t, "compile", "-o", "out")
	before := contents(t, "pki")
	for _, name := range []string{"pki/scheduler.crt", "pki/scheduler.key"} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	wantContains(t, ok(t, "compile", "-o", "out"), "2 new files")
	after := contents(t, "pki")
	for _, name := range sortedKeys(after) {
		leaf := strings.HasPrefix(name, "pki/scheduler.")
		if (before[name] != after[name]) != leaf {
			t.Errorf("%s: changed %v, want %v", name, before[name] != after[name], leaf)
		}
	}
}

// TestFailureLeavesNothing: whatever goes wrong, at whatever step, no file is
// left: no key, no directory.
func TestFailureLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		name    string
		config  string
		prepare func(t *testing.T)
		args    []string
		want    string
	}{
		{"bad config", `{"name":"UPPER"}`, nil, nil, "/name"},
		{"no JSON", `{"name":`, nil, nil, "cluster.json:1:"},
		{"foreign directory", minimal, func(t *testing.T) { write(t, "out/mine.txt", "mine") }, nil, "--force"},
		{"out is a file", minimal, func(t *testing.T) { write(t, "out", "mine") }, nil, "out"},
		{"out below a file", minimal, func(t *testing.T) { write(t, "file", "mine") }, []string{"-o", "file/out"}, "file"},
		{"pki is a file", minimal, func(t *testing.T) { write(t, "pki", "mine") }, nil, "pki"},
		{"pki below a file", minimal, func(t *testing.T) { write(t, "file", "mine") }, []string{"--pki", "file/pki"}, "file"},
		{"broken key", minimal, func(t *testing.T) { write(t, "pki/ca.key", "no key") }, nil, "ca.key"},
		{"no config", minimal, nil, []string{"-f", "other.json"}, "there is no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			workdir(t, c.config)
			if c.prepare != nil {
				c.prepare(t)
			}
			before := files(t, ".")
			r := ka(t, append([]string{"compile", "-o", "out"}, c.args...)...)
			if r.code != exitInput || r.out != "" {
				t.Errorf("exit code %d, output %q", r.code, r.out)
			}
			wantContains(t, r.err, "error: ", c.want)
			unchanged(t, before)
		})
	}
}

// TestFailureRestoresReplacedKeys: files of pki that a failed run replaced are
// put back.
func TestFailureRestoresReplacedKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pki/ca.crt", "old")
	undo, err := writePKI("pki", map[string][]byte{"ca.crt": []byte("new"), "etcd/ca.crt": []byte("new")},
		map[string][]byte{"ca.crt": []byte("old")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("new", contents(t, "pki")["pki/ca.crt"]); diff != "" {
		t.Fatal(diff)
	}
	undo()
	if diff := cmp.Diff(map[string]string{"pki/ca.crt": "old"}, contents(t, "pki")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeysStayInsidePKI(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := writePKI("pki", map[string][]byte{"../outside": nil}, nil); err == nil {
		t.Error("a name outside the directory was accepted")
	}
	if found := files(t, "."); len(found) != 1 {
		t.Errorf("left behind: %v", found)
	}
}

func TestForce(t *testing.T) {
	workdir(t, minimal)
	write(t, "out/mine.txt", "mine")
	ok(t, "compile", "-o", "out", "--force")
	if isMissing("out/mine.txt") || isMissing("out/README.md") {
		t.Error("--force did not add the output to what was there")
	}
}

func TestStandardInput(t *testing.T) {
	t.Chdir(t.TempDir())
	r := call{args: []string{"compile", "-f", "-", "-o", "out"}, in: minimal}.run(t)
	if r.code != exitOK || isMissing("pki/ca.key") || isMissing("out/kubeconfig") {
		t.Errorf("exit code %d, %s\nfiles: %v", r.code, r.err, files(t, "."))
	}
	r = call{args: []string{"validate", "-f", "-"}, in: `{"nmae":"demo"}`}.run(t)
	if r.code != exitInput {
		t.Errorf("exit code %d", r.code)
	}
	wantContains(t, r.err, "stdin:1:2: error: ", "name")
}

func TestPKIBesideTheConfig(t *testing.T) {
	workdir(t, minimal)
	write(t, "clusters/demo/cluster.json", minimal)
	ok(t, "compile", "-f", "clusters/demo/cluster.json", "-o", "out")
	if isMissing("clusters/demo/pki/ca.key") || !isMissing("pki") {
		t.Errorf("pki is not beside the config: %v", sortedKeys(files(t, ".")))
	}
}

func TestCompileReport(t *testing.T) {
	workdir(t, minimal)
	var s summaryJSON
	if err := json.Unmarshal([]byte(ok(t, "compile", "-o", "out", "--report", "json")), &s); err != nil {
		t.Fatal(err)
	}
	if s.Out != "out" || s.PKI != "pki" || len(s.NewPKI) == 0 || len(s.Report.Payloads) != 2 ||
		s.FirstExpiry == nil || s.TokenExpiry == nil {
		t.Errorf("%+v", s)
	}
}

func TestOpenKeyIsReported(t *testing.T) {
	workdir(t, minimal)
	ok(t, "compile", "-o", "out")
	if err := os.Chmod("pki/ca.key", 0o644); err != nil {
		t.Fatal(err)
	}
	r := ka(t, "compile", "-o", "out")
	if r.code != exitOK {
		t.Errorf("exit code %d", r.code)
	}
	wantContains(t, r.err, "pki/ca.key: warning: other users can read this key (mode 0644)", "chmod 600 pki/ca.key")
	if r := ka(t, "compile", "-o", "out", "--strict"); r.code != exitInput {
		t.Errorf("--strict: exit code %d", r.code)
	}
}

// TestExamples: every example compiles, without a warning, and so does what
// init makes of its flags.
func TestExamples(t *testing.T) {
	for _, name := range examples.Names() {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "cluster.json", ok(t, "init", "--example", name))
			r := ka(t, "compile", "-o", "out", "--strict")
			if r.code != exitOK || r.err != "" {
				t.Errorf("exit code %d\n%s", r.code, r.err)
			}
			payloads, _ := filepath.Glob("out/payloads/*")
			if len(payloads) < 2 {
				t.Errorf("payloads: %v", payloads)
			}
		})
	}
}
