package compiler_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

const systemUnits = "/usr/lib/systemd/system"

// images are what units run that no payload brings: every OS image or its
// Docker package has it.
var imageExecutables = []string{
	"/bin/sh",
	"/usr/bin/docker",
	"/usr/bin/systemctl",
	"/usr/libexec/ignition-rmcfg", // with Ignition, for vSphere
}

// imageUnits come with Docker and containerd, whatever way they got there. The
// machine's own drop-ins apply to them.
var imageUnits = map[string]string{
	"containerd.service": "[Unit]\nDescription=stand-in\n[Service]\nExecStart=/bin/sh\n[Install]\nWantedBy=multi-user.target\n",
	"docker.service":     "[Unit]\nDescription=stand-in\n[Service]\nType=notify\nExecStart=/bin/sh\n[Install]\nWantedBy=multi-user.target\n",
}

// TestUnits lets systemd read every unit inside the machine's own tree, where
// commands have to exist.
func TestUnits(t *testing.T) {
	var done sync.Map // machines that look the same to systemd are checked once
	eachMachine(t, func(d delivered) []string {
		run, _ := done.LoadOrStore(asSystemdSees(d.Machine), sync.OnceValue(func() []string { return checkUnits(t, d.Machine) }))
		return run.(func() []string)()
	})
}

// asSystemdSees is everything that decides what systemd-analyze says.
func asSystemdSees(m machine.Machine) string {
	var b strings.Builder
	for _, f := range m.Files {
		fmt.Fprintln(&b, f.Path, f.Mode)
	}
	for _, u := range m.Units {
		fmt.Fprintf(&b, "%+v\n", u)
	}
	return b.String()
}

func checkUnits(t *testing.T, m machine.Machine) []string {
	t.Helper()
	root := t.TempDir()
	var names, problems []string
	linkTree(t, systemUnits, filepath.Join(root, systemUnits))
	for name, text := range imageUnits {
		putFile(t, root, filepath.Join(systemUnits, name), text, 0o644)
		names = append(names, name)
	}
	for _, name := range imageExecutables {
		putFile(t, root, name, "#!/bin/sh\n", 0o755)
	}
	for _, f := range m.Files {
		putFile(t, root, f.Path, string(f.Content), f.Mode)
	}
	for _, u := range m.Units {
		if u.Content != "" {
			putFile(t, root, machine.UnitDir+u.Name, u.Content, 0o644)
			names = append(names, u.Name)
			if u.Enabled != strings.Contains(u.Content, "\n[Install]\n") {
				problems = append(problems, u.Name+": enabled without [Install], or the other way round")
			}
		} else if _, err := os.Stat(filepath.Join(root, systemUnits, u.Name)); err != nil && len(u.DropIns) > 0 {
			problems = append(problems, u.Name+": drop-ins for a unit that is not there")
		}
		for _, drop := range u.DropIns {
			putFile(t, root, machine.UnitDir+u.Name+".d/"+drop.Name, drop.Content, 0o644)
		}
	}
	out, err := tool(t, "systemd", append([]string{"systemd-analyze", "verify", "--man=no", "--root=" + root}, names...)...)
	if err != nil || strings.TrimSpace(out) != "" {
		problems = append(problems, "systemd-analyze verify: "+strings.ReplaceAll(out, root, ""))
	}
	return problems
}

func putFile(t *testing.T, root, name, text string, mode fs.FileMode) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(path) // a link to the host's own file
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func readHost(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// linkTree makes the targets of this system known inside root: all that the
// units may be ordered by.
func linkTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatalf("%v: apt-get install systemd", err)
	}
	for _, e := range entries {
		// A link stays a link, because most of them are aliases.
		target := filepath.Join(to, e.Name())
		if link, err := os.Readlink(filepath.Join(from, e.Name())); err == nil {
			if err := os.Symlink(link, target); err != nil {
				t.Fatal(err)
			}
		} else if !e.IsDir() && strings.HasSuffix(e.Name(), ".target") {
			putFile(t, to, e.Name(), readHost(t, filepath.Join(from, e.Name())), 0o644)
		}
	}
}

// TestUnitChecksFail damages units: the check must see it.
func TestUnitChecksFail(t *testing.T) {
	t.Parallel()
	damages := map[string]struct {
		do   func(m *delivered)
		want string
	}{
		"no script": {func(d *delivered) { d.remove("/opt/bin/node-preflight"); d.remove("/opt/bin/kubelet-checker") }, "/opt/bin/kubelet-checker is not executable"},
		"misspelt": {func(d *delivered) {
			d.Units[0].Content += "[Service]\nRestrat=always\n"
		}, "Restrat"},
		"no such value": {func(d *delivered) {
			d.Units[0].DropIns = []machine.DropIn{{Name: "1.conf", Content: "[Service]\nRestart=perhaps\n"}}
		}, "perhaps"},
		"never starts": {func(d *delivered) {
			d.Units = append(d.Units, machine.Unit{Name: "x.service", Content: "[Service]\nExecStart=/bin/sh\n", Enabled: true})
		}, "x.service: enabled without"},
		"strange unit": {func(d *delivered) {
			d.Units = append(d.Units, machine.Unit{Name: "x.service", DropIns: []machine.DropIn{{Name: "1.conf", Content: "[Unit]\n"}}})
		}, "x.service: drop-ins for a unit"},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := worker(t, plain(t))
			damage.do(&d)
			wantProblem(t, checkUnits(t, d.Machine), damage.want)
		})
	}
}
