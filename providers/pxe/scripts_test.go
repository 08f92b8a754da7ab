package pxe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bench is a directory in which a script runs with test doubles of programs,
// each of which logs its command line.
type bench struct {
	t   *testing.T
	dir string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t, t.TempDir()}
	b.put("log", "")
	return b
}

func (b *bench) put(name, content string) {
	b.t.Helper()
	name = filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
		b.t.Fatal(err)
	}
}

// double adds a test double that logs and then runs a line of shell, in which
// $BENCH is the directory.
func (b *bench) double(name, line string) {
	b.put("bin/"+name, "#!/bin/bash\necho \"${0##*/} $*\" >>\"$BENCH/log\"\n"+line+"\n")
}

// run runs a script and gives what it said, what was called, and whether it
// succeeded.
func (b *bench) run(script string, args ...string) (said, log string, ok bool) {
	b.t.Helper()
	cmd := exec.Command(filepath.Join(b.dir, script), args...)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(b.dir, "bin")+":"+os.Getenv("PATH"), "BENCH="+b.dir)
	out, err := cmd.CombinedOutput()
	return string(out), b.read("log"), err == nil
}

func (b *bench) read(name string) string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), b.dir, "")
}

func (b *bench) change(name, old, new string) {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	b.put(name, strings.Replace(string(text), old, new, 1))
}

// TestShell: shellcheck finds nothing in any script, where it is installed.
func TestShell(t *testing.T) {
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Fatal("shellcheck is missing: apt-get install shellcheck")
	}
	b := newBench(t)
	files := made(t, nil)
	for _, name := range []string{"up", "down", "pxe/fetch"} {
		b.put(name, string(files[name].Content))
	}
	b.put("install-to-disk", string(installScript))
	for _, name := range []string{"up", "down", "pxe/fetch", "install-to-disk"} {
		// Splitting is wanted nowhere that it could happen: all words are ours.
		cmd := exec.Command(shellcheck, "--severity=warning", "--exclude=SC1091", filepath.Join(b.dir, name))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
