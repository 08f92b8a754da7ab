package compiler_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const preflightPath = "/opt/bin/node-preflight"

// TestPreflightStandsAlone: people run it by hand on machines that have nothing
// else of ours yet.
func TestPreflightStandsAlone(t *testing.T) {
	eachMachine(t, checkPreflightAlone)
}

func checkPreflightAlone(d delivered) []string {
	f := d.file(preflightPath)
	if f == nil {
		return problemf("no %s", preflightPath)
	}
	ours := []string{"/opt/bin/", "/opt/cni/", "/etc/kubernetes"}
	for _, other := range d.Files {
		ours = append(ours, other.Path)
	}
	var problems []string
	for line := range strings.Lines(string(f.Content)) {
		code := strings.TrimSpace(line)
		for _, path := range ours {
			if strings.Contains(code, path) && !strings.HasPrefix(code, "#") {
				problems = append(problems, fmt.Sprintf("%s needs %s, which a machine without the payload does not have: %s", f.Path, path, code))
			}
		}
	}
	return problems
}

// goodMachine are doubles of the programs that the script asks, on a machine
// with which nothing is wrong.
var goodMachine = map[string]string{
	"uname":       `case $1 in -r) echo 6.12.0;; -m) echo x86_64;; *) echo node-1;; esac`,
	"stat":        `echo cgroup2fs`,
	"sed":         `:`, // no swap
	"df":          `echo 20000000`,
	"docker":      `echo 29.1.0`,
	"containerd":  `echo containerd github.com/containerd/containerd v2.2.0 abc`,
	"ctr":         `echo io.containerd.grpc.v1 cri linux/amd64 ok`,
	"ss":          `:`,
	"date":        `case "$*" in *@*) echo 2026-01-01;; *) echo 2026-01-02;; esac`,
	"getent":      `echo 10.0.0.10 STREAM`,
	"timedatectl": `echo NTPSynchronized=yes`,
	"systemctl":   `exit 3`,
}

// runPreflight hands the script to a shell's standard input, as ssh does, where
// some programs say what a test wants.
func runPreflight(t *testing.T, script []byte, doubles map[string]string) (string, error) {
	t.Helper()
	bin, empty := t.TempDir(), t.TempDir()
	for name, body := range doubles {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("bash")
	cmd.Stdin = bytes.NewReader(script)
	cmd.Dir = empty
	cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestPreflightByHand runs it as the README says: it passes a good machine, and
// tells of what is missing on a bare one.
func TestPreflightByHand(t *testing.T) {
	t.Parallel()
	for _, d := range []delivered{worker(t, plain(t)), controlPlane(t, plain(t))} {
		script := d.file(preflightPath).Content
		if out, err := runPreflight(t, script, goodMachine); err != nil || out != "" {
			t.Errorf("%s: a good machine: %v: %s", d.Role.Name, err, out)
		}
		bare := maps.Clone(goodMachine)
		for _, name := range []string{"docker", "containerd", "ctr"} {
			bare[name] = "exit 127"
		}
		out, err := runPreflight(t, script, bare)
		if err == nil || strings.Count(out, "\n") != 3 {
			t.Errorf("%s: a bare machine: %v: %s", d.Role.Name, err, out)
		}
		for _, want := range []string{"node-preflight: Docker: found none, wanted ", "node-preflight: containerd: found none, wanted ", "node-preflight: CRI: found none, wanted ok"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: a bare machine: no %q in %s", d.Role.Name, want, out)
			}
		}
	}
}

// TestPreflightChecksFail damages the script: the check must see it.
func TestPreflightChecksFail(t *testing.T) {
	t.Parallel()
	d := worker(t, plain(t))
	d.replace(t, preflightPath, "\n[ ! ", "\n. /opt/bin/facts\n[ ! ")
	wantProblem(t, checkPreflightAlone(d), "needs /opt/bin/, which")
	d = worker(t, plain(t))
	d.replace(t, preflightPath, "\n[ ! ", "\ncat /etc/containerd/config.toml\n[ ! ")
	wantProblem(t, checkPreflightAlone(d), "needs /etc/containerd/config.toml")
	d.remove(preflightPath)
	wantProblem(t, checkPreflightAlone(d), "no "+preflightPath)
}
