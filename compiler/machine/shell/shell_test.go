package shell_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine/shell"
)

var words = []string{"a", "", " ", "it's", "''", "$HOME", "`id`", "a\\b", "x=y", "~", "*", "a b", "\"", "#", "!", "日本", "-n", "{a,b}", "tab\t"}

func TestSplitJoin(t *testing.T) {
	line := shell.Join(words...)
	got, err := shell.Split(line)
	if err != nil || !slices.Equal(got, words) {
		t.Errorf("%v: %q from %s", err, got, line)
	}
	out, err := exec.Command("sh", "-c", `printf '%s|' "$@"`, "sh").CombinedOutput()
	if err != nil || string(out) != "|" {
		t.Fatalf("%v: %s", err, out)
	}
	out, err = exec.Command("sh", "-c", "printf '%s|' "+line).Output()
	if want := strings.Join(words, "|") + "|"; err != nil || string(out) != want {
		t.Errorf("%v: sh reads %q, want %q", err, out, want)
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, line := range []string{"a 'b", "a\\"} {
		if got, err := shell.Split(line); err == nil {
			t.Errorf("%q became %q", line, got)
		}
	}
}

func FuzzSplitJoin(f *testing.F) {
	for _, w := range words {
		f.Add(w, "b")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		got, err := shell.Split(shell.Join(a, b))
		if err != nil || !slices.Equal(got, []string{a, b}) {
			t.Errorf("%v: %q", err, got)
		}
	})
}
