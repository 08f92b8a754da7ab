package compiler_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

// shellcheck checks each distinct script once.
func newShellcheck(t *testing.T) func(text string) string {
	dir := t.TempDir()
	return onceFor(func(text string) string {
		file, err := os.CreateTemp(dir, "script-")
		if err != nil {
			return err.Error()
		}
		defer file.Close()
		if _, err := file.WriteString(text); err != nil {
			return err.Error()
		}
		// SC1091: a file that is sourced is on the machine, not here.
		out, err := tool(t, "shellcheck", "shellcheck", "--format=gcc", "--exclude=SC1091", file.Name())
		if err != nil || out != "" {
			return strings.ReplaceAll(out, dir+"/", "")
		}
		return ""
	})
}

// TestScripts has every script that lands on a machine read by shellcheck.
func TestScripts(t *testing.T) {
	check := newShellcheck(t)
	eachMachine(t, func(d delivered) []string { return checkScripts(d.Machine, check) })
}

func checkScripts(m machine.Machine, shellcheck func(string) string) []string {
	var problems []string
	for _, f := range m.Files {
		script := bytes.HasPrefix(f.Content, []byte("#!"))
		executable := f.Mode&0o111 != 0
		inBin := strings.Contains(f.Path, "/bin/")
		if script != executable || inBin && !script {
			problems = append(problems, f.Path+": a script without a mode to run it, or the other way round")
		}
		if !script {
			continue
		}
		if f.Mode != 0o755 || f.Owner != 0 {
			problems = append(problems, f.Path+": root runs it, so it is 0755 and root's")
		}
		if said := shellcheck(string(f.Content)); said != "" {
			problems = append(problems, f.Path+": "+said)
		}
	}
	return problems
}

// TestScriptPayloads has the installer read by shellcheck. Its archive is data,
// the same in length for all, so that the smallest machine shows the code; the
// size of a big one makes shellcheck slow.
func TestScriptPayloads(t *testing.T) {
	t.Parallel()
	check := newShellcheck(t)
	for _, name := range []string{"plain", "rack-dual"} {
		out := named(t, name)
		for _, machine := range payloadNames(out) {
			text := payload(t, out, machine, "script")
			if said := check(string(text)); said != "" {
				t.Errorf("%s: %s: %s", name, machine, said)
			}
			if out, err := tool(t, "dash", "sh", "-n", writeTemp(t, text)); err != nil {
				t.Errorf("%s: %s: sh -n: %s", name, machine, out)
			}
		}
	}
}

func writeTemp(t *testing.T, text []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestScriptChecksFail damages scripts: the checks must see it.
func TestScriptChecksFail(t *testing.T) {
	t.Parallel()
	check := newShellcheck(t)
	d := worker(t, plain(t))
	f := d.file("/opt/bin/node-setup")
	f.Content = append(bytes.Clone(f.Content), "rm $1/*\n"...)
	wantProblem(t, checkScripts(d.Machine, check), "SC2086")
	f.Mode = 0o777
	wantProblem(t, checkScripts(d.Machine, check), "0755 and root's")
	f.Mode = 0o644
	wantProblem(t, checkScripts(d.Machine, check), "without a mode")
}
