package pxe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

// upBench is an output directory with a cluster that is whole at once.
func upBench(t *testing.T) *bench {
	b := newBench(t)
	for name, f := range made(t, schema.Options{"wipe": true}) {
		if name == "up" || name == "down" || name == "wait" {
			b.put(name, string(f.Content))
		}
	}
	b.put("pxe/fetch", "#!/bin/sh\necho fetch >>\"$BENCH/log\"\n")
	b.put("kubeconfig", "config")
	b.double("kube-anywhere", "exec /bin/sleep 60")
	b.double("kubectl", `case "$*" in *readyz*) echo -n ok ;; *) for i in 1 2 3; do echo "node$i Ready"; done ;; esac`)
	b.double("sleep", "")
	return b
}

func TestUp(t *testing.T) {
	b := upBench(t)
	said, log, ok := b.run("up", "-y")
	if !ok || b.read("kubeconfig.public") != "config" || !strings.Contains(log, "kube-anywhere serve .\n") || !strings.Contains(log, "fetch\n") {
		t.Errorf("succeeded: %t\n%s\n%s", ok, said, log)
	}
	for _, line := range []string{"what is on their disks will be lost:\n", "  52:54:00:00:01:20  rack1-node0: debian on /dev/sda\n", "3 of 3 nodes Ready\n", "/kubeconfig.public\n"} {
		if !strings.Contains(said, line) {
			t.Errorf("no %q in\n%s", line, said)
		}
	}
	p, _ := demo(t, nil)
	for _, name := range needsOf(p) {
		b.put("pxe/http/"+name, "")
	}
	b.put("log", "")
	if said, log, ok := b.run("up", "-y"); !ok || slices.Contains(strings.Split(log, "\n"), "fetch") {
		t.Errorf("with all there: succeeded: %t\n%s\n%s", ok, said, log)
	}
}

// TestUpRefuses: without a yes, or with a server that does not run, nothing goes
// on.
func TestUpRefuses(t *testing.T) {
	b := upBench(t)
	if said, log, ok := b.run("up"); ok || log != "" { // there is nobody to ask
		t.Errorf("unasked: succeeded: %t\n%s\n%s", ok, said, log)
	}
	if said, log, ok := b.run("up", "--force"); ok || log != "" || !strings.Contains(said, "usage: ") {
		t.Errorf("--force: succeeded: %t\n%s\n%s", ok, said, log)
	}
	b.double("kube-anywhere", "exit 1")
	b.double("sleep", "/bin/sleep 0.2")
	if said, log, ok := b.run("up", "-y"); ok || !strings.Contains(said, "the server ended") || strings.Contains(log, "kubectl") {
		t.Errorf("no server: succeeded: %t\n%s\n%s", ok, said, log)
	}
}

func TestDown(t *testing.T) {
	b := upBench(t)
	b.put("pxe/served.json", "{}")
	b.put("kubeconfig.public", "")
	if said, _, ok := b.run("down"); ok {
		t.Errorf("unasked:\n%s", said)
	}
	b.read("pxe/served.json")
	said, _, ok := b.run("down", "--yes")
	if !ok || !strings.Contains(said, "  52:54:00:00:01:10  rack1-cp0\n") {
		t.Errorf("succeeded: %t\n%s", ok, said)
	}
	for _, name := range []string{"pxe/served.json", "kubeconfig.public"} {
		if _, err := os.Stat(filepath.Join(b.dir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
}
