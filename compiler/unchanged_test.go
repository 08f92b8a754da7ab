package compiler_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// TestWriteUnchanged makes sure that an output is left alone where it stands
// as a whole, and written as a whole where anything of it differs.
func TestWriteUnchanged(t *testing.T) {
	t.Parallel()
	out := func() *compiler.Output {
		long := compiler.File{Path: "c/d", Mode: 0o600, Chunks: [][]byte{[]byte("one "), []byte("two")}}
		return outputOf(text("a", "A"), text("b", "B"), long)
	}
	for name, c := range map[string]struct {
		damage func(dir string) error
		next   *compiler.Output
		left   bool // alone
	}{
		"nothing":      {nil, out(), true},
		"foreign file": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600) }, out(), true},
		"text":         {func(dir string) error { return os.WriteFile(filepath.Join(dir, "a"), []byte("X"), 0o644) }, out(), false},
		"longer text":  {func(dir string) error { return os.WriteFile(filepath.Join(dir, "a"), []byte("AA"), 0o644) }, out(), false},
		"mode":         {func(dir string) error { return os.Chmod(filepath.Join(dir, "b"), 0o600) }, out(), false},
		"gone":         {func(dir string) error { return os.Remove(filepath.Join(dir, "c/d")) }, out(), false},
		"one less":     {nil, outputOf(out().Files[:2]...), false},
		"another name": {nil, outputOf(append(slices.Clone(out().Files[:2]), text("e", "E"))...), false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			write(t, out(), dir, false)
			before, err := os.Stat(dir)
			if err != nil {
				t.Fatal(err)
			}
			if c.damage != nil {
				if err := c.damage(dir); err != nil {
					t.Fatal(err)
				}
			}
			write(t, c.next, dir, false)
			after, err := os.Stat(dir)
			if err != nil {
				t.Fatal(err)
			}
			if os.SameFile(before, after) != c.left {
				t.Errorf("left alone: %v, expected %v", !c.left, c.left)
			}
			for _, f := range c.next.Files {
				content, err := os.ReadFile(filepath.Join(dir, f.Path))
				info, _ := os.Stat(filepath.Join(dir, f.Path))
				if err != nil || string(content) != string(slices.Concat(f.Chunks...)) || info.Mode() != f.Mode {
					t.Errorf("%s: %q, %v, %v", f.Path, content, info, err)
				}
			}
		})
	}
}
