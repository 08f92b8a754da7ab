package compiler_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// outputOf is an output that a test may change: small, and its own.
func outputOf(files ...compiler.File) *compiler.Output { return &compiler.Output{Files: files} }

func text(path, content string) compiler.File {
	return compiler.File{Path: path, Mode: 0o644, Chunks: [][]byte{[]byte(content)}}
}

func write(t *testing.T, out *compiler.Output, dir string, force bool) {
	t.Helper()
	if err := out.Write(dir, force); err != nil {
		t.Fatal(err)
	}
}

// neighbours are what is beside a directory: nothing of ours may stay there.
func neighbours(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestWriteFailsWhole injects a failure half-way, after files have been
// written: one path is a file and a directory. Nothing may change.
func TestWriteFailsWhole(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	broken := outputOf(text("a", "new"), text("b", "new"), text("b/c", "new"), text("d", "new"))
	if err := broken.Write(dir, false); err == nil {
		t.Fatal("written in spite of a collision")
	}
	if left := neighbours(t, dir); len(left) > 0 {
		t.Errorf("a failed first Write left %q", left)
	}
	write(t, outputOf(text("a", "old"), text("b", "old")), dir, false)
	before := diskTree(t, dir)
	if err := broken.Write(dir, false); err == nil {
		t.Fatal("written in spite of a collision")
	}
	report(t, "after the failure", compareTrees(before, diskTree(t, dir)))
	if left := neighbours(t, dir); !slices.Equal(left, []string{"out"}) {
		t.Errorf("a failed Write left %q", left)
	}
}

// TestWriteBelowFile cannot even begin.
func TestWriteBelowFile(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"file", "file/out"} {
		if err := outputOf(text("a", "1")).Write(filepath.Join(root, dir), true); err == nil {
			t.Errorf("written to %s", dir)
		}
	}
	report(t, "file", compareTrees(map[string]string{"file": "mine"}, mustReadTree(t, root)))
}

func mustReadTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	tree, err := readTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestWriteRefusesForeign leaves alone what Write did not make.
func TestWriteRefusesForeign(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "thesis.txt")
	if err := os.WriteFile(foreign, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := outputOf(text("a", "1"))
	if err := out.Write(dir, false); !errors.Is(err, compiler.ErrNotOurs) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("found %v, wanted ErrNotOurs and the directory's name", err)
	}
	report(t, "refused", compareTrees(map[string]string{"thesis.txt": "years of work"}, mustReadTree(t, dir)))

	write(t, out, dir, true)
	got := mustReadTree(t, dir)
	if got["thesis.txt"] != "years of work" || got["a"] != "1" {
		t.Errorf("after force: %q", got)
	}
	write(t, out, dir, false) // now it is ours
}

// TestWriteIntoEmpty needs no force.
func TestWriteIntoEmpty(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "deep", "er", "out")} {
		write(t, outputOf(text("a", "1")), dir, false)
		if got, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(got) != "1" {
			t.Errorf("%s: a is %q (%v)", dir, got, err)
		}
	}
}

// TestWriteAgain keeps what tools added, and prunes what is no longer made.
func TestWriteAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	write(t, outputOf(text("a", "1"), text("machines/old/x", "1"), text("machines/kept/x", "1")), dir, false)
	for name, content := range map[string]string{
		"terraform.tfstate": "state", "machines/old/notes.txt": "notes", ".terraform/lock": "lock",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("terraform.tfstate", filepath.Join(dir, "latest")); err != nil {
		t.Fatal(err)
	}
	write(t, outputOf(text("a", "2"), text("machines/kept/x", "1")), dir, false)
	want := map[string]string{
		"a": "-rw-r--r--\n2", "machines/kept/x": "-rw-r--r--\n1", "latest": "-rw-r-----\nstate",
		"terraform.tfstate": "-rw-r-----\nstate", "machines/old/notes.txt": "-rw-r-----\nnotes", ".terraform/lock": "-rw-r-----\nlock",
	}
	got := diskTree(t, dir)
	delete(got, ".kube-anywhere")
	report(t, "again", compareTrees(want, got))
	if target, err := os.Readlink(filepath.Join(dir, "latest")); err != nil || target != "terraform.tfstate" {
		t.Errorf("the link became %q, %v", target, err)
	}
	if left := neighbours(t, dir); !slices.Equal(left, []string{"out"}) {
		t.Errorf("Write left %q", left)
	}
}

// TestWriteModes writes under the strictest and the laxest umask. The umask is
// the whole process's, so this test runs alone.
func TestWriteModes(t *testing.T) {
	files := []compiler.File{
		{Path: "public", Mode: 0o644}, {Path: "secret", Mode: 0o600}, {Path: "run", Mode: 0o755}, {Path: "dir/odd", Mode: 0o640},
	}
	for _, umask := range []int{0o000, 0o077} {
		old := syscall.Umask(umask)
		dir := filepath.Join(t.TempDir(), "out")
		err := outputOf(files...).Write(dir, false)
		syscall.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			info, err := os.Stat(filepath.Join(dir, f.Path))
			if err != nil || info.Mode() != f.Mode {
				t.Errorf("umask %04o: %s is %v, wanted %v (%v)", umask, f.Path, info.Mode(), f.Mode, err)
			}
		}
		if info, err := os.Stat(dir); err != nil || info.Mode() != 0o755|fs.ModeDir {
			t.Errorf("umask %04o: the directory is %v, %v", umask, info.Mode(), err)
		}
	}
}

// TestWrittenOutput writes a real cluster twice: every file is what Files says,
// and two copies are the same.
func TestWrittenOutput(t *testing.T) {
	t.Parallel()
	out := named(t, "rack-dual")
	got := writtenTree(t, out)
	report(t, "second copy", compareTrees(got, writtenTree(t, out)))
	delete(got, ".kube-anywhere")
	want := treeOf(out)
	report(t, "output", compareTrees(want, got))
	if !slices.Equal(slices.Sorted(maps.Keys(want)), pathsOf(out)) {
		t.Error("Files are not sorted, or a path is there twice")
	}
}

func pathsOf(out *compiler.Output) []string {
	var paths []string
	for _, f := range out.Files {
		paths = append(paths, f.Path)
	}
	return paths
}

// TestGitignore asks git: an output in a repository shows up nowhere.
func TestGitignore(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is missing: apt-get install git")
	}
	repo := t.TempDir()
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", repo}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, said)
		}
		return string(said)
	}
	git("init", "-q")
	dir := filepath.Join(repo, "clusters", "out")
	out := plain(t)
	write(t, out, dir, false)
	if said := git("status", "--porcelain", "--untracked-files=all"); said != "" {
		t.Errorf("git sees the output:\n%s", said)
	}
	git("add", "-A")
	if said := git("ls-files"); said != "" {
		t.Errorf("git would commit:\n%s", said)
	}
	// The check can fail: without the file git sees everything.
	if err := os.Remove(filepath.Join(dir, ".gitignore")); err != nil {
		t.Fatal(err)
	}
	if said := git("status", "--porcelain", "--untracked-files=all"); !strings.Contains(said, "kubeconfig") {
		t.Errorf("git status without .gitignore shows %q", said)
	}
}

// TestWriteKeepsDirectoryModes: what a user closed to others stays closed.
func TestWriteKeepsDirectoryModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	write(t, outputOf(text("a", "1")), dir, false)
	private := filepath.Join(dir, "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(private, "notes"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, outputOf(text("a", "2")), dir, false)
	if info, err := os.Stat(private); err != nil {
		t.Fatal(err)
	} else if info.Mode() != 0o700|fs.ModeDir {
		t.Errorf("a directory of the user's is %v, wanted 0700", info.Mode())
	}
}

// TestWriteThroughLink: where the directory is a link, what it leads to is the
// output directory.
func TestWriteThroughLink(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir, link := filepath.Join(root, "disk", "out"), filepath.Join(root, "out")
	write(t, outputOf(text("a", "1")), dir, false)
	if err := os.WriteFile(filepath.Join(dir, "terraform.tfstate"), []byte("state"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	write(t, outputOf(text("a", "2")), link, false)
	for _, name := range []string{dir, link} {
		got, err := os.ReadFile(filepath.Join(name, "a"))
		state, stateErr := os.ReadFile(filepath.Join(name, "terraform.tfstate"))
		if err != nil || stateErr != nil || string(got) != "2" || string(state) != "state" {
			t.Errorf("%s: a is %q, the state is %q (%v, %v)", name, got, state, err, stateErr)
		}
	}
}

// TestWriteHere writes into the working directory, or says why not and leaves
// nothing there.
func TestWriteHere(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	err := outputOf(text("a", "1")).Write(".", false)
	tree, readErr := readTree(dir)
	if readErr != nil || err == nil && tree["a"] != "1" || err != nil && len(tree) > 0 {
		t.Errorf("%v, and the directory holds %q (%v)", err, tree, readErr)
	}
	if left := neighbours(t, filepath.Join(dir, "x")); err != nil && len(left) > 0 {
		t.Errorf("%v, and left %q", err, left)
	}
}
