package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/docs/examples"
)

// testNow is the time in every test.
var testNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// call is one run of the program in a test.
type call struct {
	args     []string
	in       string
	env      map[string]string
	terminal bool // both outputs are terminals
	later    time.Duration
}

type result struct {
	code     int
	out, err string
}

func (c call) run(t *testing.T) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(c.args, strings.NewReader(c.in), &out, &errs, environment{
		getenv:   func(name string) string { return c.env[name] },
		now:      func() time.Time { return testNow.Add(c.later) },
		terminal: func(io.Writer) bool { return c.terminal },
	})
	return result{code, out.String(), errs.String()}
}

func ka(t *testing.T, args ...string) result {
	t.Helper()
	return call{args: args}.run(t)
}

// ok runs a command that must succeed, and gives its standard output.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	r := ka(t, args...)
	if r.code != exitOK {
		t.Fatalf("%q: exit code %d\n%s", args, r.code, r.err)
	}
	return r.out
}

// workdir makes a new working directory with a config in it.
func workdir(t *testing.T, config string) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "cluster.json", config)
}

// minimal has a limit that is out of the way: whether payloads fit a platform
// is tested with the examples.
const minimal = `{"name":"demo","provider":{"userdata":{"limit":65535}}}`

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// files lists everything below the working directory with its mode.
func files(t *testing.T, root string) map[string]fs.FileMode {
	t.Helper()
	found := map[string]fs.FileMode{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		found[name] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// unchanged says that the working directory holds what it did before.
func unchanged(t *testing.T, before map[string]fs.FileMode) {
	t.Helper()
	after := files(t, ".")
	for _, name := range sortedKeys(after) {
		if _, known := before[name]; !known {
			t.Errorf("%s was left behind (and maybe more)", name)
			break
		}
	}
	for _, name := range sortedKeys(before) {
		if after[name] != before[name] {
			t.Errorf("%s is gone or has another mode", name)
		}
	}
}

// contents reads everything below a directory.
func contents(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for name, mode := range files(t, root) {
		if !mode.IsRegular() {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = string(text)
	}
	return found
}

func wantContains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("got:\n%s\nwhich lacks %q", text, part)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	workdir(t, minimal)
	before := files(t, ".")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"compil"}, "error: unknown command \"compil\" for \"kube-anywhere\"; did you mean compile?\n\n" +
			"usage: kube-anywhere [flags]\nRun 'kube-anywhere --help' for details and examples.\n"},
		{[]string{"certs", "lst"}, "error: unknown command \"lst\" for \"kube-anywhere certs\"; did you mean list?\n\n" +
			"usage: kube-anywhere certs [flags]\nRun 'kube-anywhere certs --help' for details and examples.\n"},
		{[]string{"validate", "--stric"}, "error: unknown flag: --stric; did you mean --strict?\n\n" +
			"usage: kube-anywhere validate [-f FILE] [flags]\nRun 'kube-anywhere validate --help' for details and examples.\n"},
		{[]string{"validate", "-o", "jsn"}, "error: invalid argument \"jsn\" for \"-o, --output\" flag: it is one of text, json; did you mean json?\n\n" +
			"usage: kube-anywhere validate [-f FILE] [flags]\nRun 'kube-anywhere validate --help' for details and examples.\n"},
		{[]string{"compile"}, "error: required flag(s) \"out\" not set\n\n" +
			"usage: kube-anywhere compile [-f FILE] -o DIR [flags]\nRun 'kube-anywhere compile --help' for details and examples.\n"},
		{[]string{"validate", "extra"}, "error: unknown command \"extra\" for \"kube-anywhere validate\"\n\n" +
			"usage: kube-anywhere validate [-f FILE] [flags]\nRun 'kube-anywhere validate --help' for details and examples.\n"},
		{[]string{"payload"}, "error: name one payload: a control-plane machine or a pool\n\n" +
			"usage: kube-anywhere payload NAME [-f FILE] [flags]\nRun 'kube-anywhere payload --help' for details and examples.\n"},
		{[]string{"compile", "-o", "."}, "error: -o . is replaced as a whole, but it holds the config (cluster.json)\n\n" +
			"usage: kube-anywhere compile [-f FILE] -o DIR [flags]\nRun 'kube-anywhere compile --help' for details and examples.\n"},
		{[]string{"compile", "-o", "out", "--pki", "out/pki", "--force"}, "error: -o out is replaced as a whole, but it holds the pki directory (out/pki)\n\n" +
			"usage: kube-anywhere compile [-f FILE] -o DIR [flags]\nRun 'kube-anywhere compile --help' for details and examples.\n"},
		{[]string{"compile", "-o", "pki/out"}, "error: -o pki/out is inside the pki directory (pki)\n\n" +
			"usage: kube-anywhere compile [-f FILE] -o DIR [flags]\nRun 'kube-anywhere compile --help' for details and examples.\n"},
		{[]string{"init", "--example", "minmal"}, "error: no example is called \"minmal\": there are " + strings.Join(examples.Names(), ", ") + "; did you mean minimal?\n\n" +
			"usage: kube-anywhere init [flags]\nRun 'kube-anywhere init --help' for details and examples.\n"},
	} {
		r := ka(t, c.args...)
		if diff := cmp.Diff(result{exitUsage, "", c.want}, r, cmp.AllowUnexported(result{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.args, diff)
		}
	}
	unchanged(t, before)
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"help"}, {"-h"}} {
		wantContains(t, ok(t, args...), "Exit codes: 0 success, 1 bad input, 2 bad usage", "compile", "certs", "completion")
	}
	wantContains(t, ok(t, "certs"), "list", "Usage:")
}

// TestEveryCommandExplainsItself: a description, and examples that begin with
// the program's name somewhere.
func TestEveryCommandExplainsItself(t *testing.T) {
	root := newRoot(&app{})
	for _, cmd := range append(root.Commands(), root) {
		for _, c := range append(cmd.Commands(), cmd) {
			if c.Long == "" || !strings.Contains(c.Example, "kube-anywhere") {
				t.Errorf("%s has no Long or no Example", c.CommandPath())
			}
			for line := range strings.Lines(c.Long) {
				if len(line) > 81 {
					t.Errorf("%s: a terminal of 80 columns breaks %q", c.CommandPath(), line)
				}
			}
		}
	}
}

func TestColourIsForTerminalsOnly(t *testing.T) {
	workdir(t, `{"nam":"demo"}`)
	const esc = "\x1b["
	for _, c := range []struct {
		name string
		call call
		want bool
	}{
		{"pipe", call{}, false},
		{"terminal", call{terminal: true}, true},
		{"NO_COLOR", call{terminal: true, env: map[string]string{"NO_COLOR": "1"}}, false},
		{"dumb", call{terminal: true, env: map[string]string{"TERM": "dumb"}}, false},
	} {
		c.call.args = []string{"validate"}
		r := c.call.run(t)
		if r.code != exitInput || strings.Contains(r.err, esc) != c.want {
			t.Errorf("%s: exit code %d, colour wanted: %v, got %q", c.name, r.code, c.want, r.err)
		}
	}
}
