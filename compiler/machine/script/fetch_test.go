package script_test

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/script"
)

// TestFetch runs the script with a store that answers at the third time, and with
// another text at the second.
func TestFetch(t *testing.T) {
	dir := t.TempDir()
	const payload = "echo ran as $0; exit 3\n"
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("worker-ab", payload)
	write("sleep", "#!/bin/sh\necho slept $1\n")
	how := `
	local n=$(($(cat $dir/n 2>/dev/null || echo 0) + 1)); echo $n > $dir/n
	[ $n != 1 ] || return
	cp $dir/$1 $2
	[ $n != 2 ] || echo damaged >> $2`
	text := string(script.Fetch(how, "worker-ab", sha256.Sum256([]byte(payload))))
	text = strings.Replace(text, "/run/", dir+"/", 1) // /run is root's
	cmd := exec.Command("bash", "-c", text)
	cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "dir=" + dir}
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 3 {
		t.Errorf("exit code %d (%v), expected the payload's", code, err)
	}
	if n := strings.Count(string(out), "slept 5"); n != 2 || !strings.Contains(string(out), "ran as "+dir+"/kube-anywhere.sh") {
		t.Errorf("slept %d times, expected 2, then that it ran: %s", n, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "kube-anywhere.sh")); !os.IsNotExist(err) {
		t.Errorf("the payload, which holds secrets, is still there: %v", err)
	}
}
