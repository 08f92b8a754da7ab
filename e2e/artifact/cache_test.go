package artifact

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func newBuilder(t *testing.T) *Builder {
	t.Helper()
	b, err := New(t.TempDir(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fillWith writes one file, and counts how often.
func fillWith(n *atomic.Int32, content string) func(string) error {
	return func(dir string) error {
		n.Add(1)
		return os.WriteFile(filepath.Join(dir, "file"), []byte(content), 0o644)
	}
}

func content(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// kept are the artifacts of a name, and what else lies there.
func kept(t *testing.T, b *Builder, name string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(b.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != ".lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestCachedBuildsOnce(t *testing.T) {
	b := newBuilder(t)
	var n atomic.Int32
	fill := fillWith(&n, "a")
	var calls []func() error
	for range 10 {
		calls = append(calls, func() error {
			dir, err := b.cached(t.Context(), "thing", "inputs", func(dir string) error {
				time.Sleep(10 * time.Millisecond)
				return fill(dir)
			})
			if err == nil && content(t, dir) != "a" {
				err = errors.New("not what was built")
			}
			return err
		})
	}
	if err := together(calls...); err != nil {
		t.Fatal(err)
	}
	other := &Builder{Dir: b.Dir} // as another process would
	if _, err := other.cached(t.Context(), "thing", "inputs", fill); err != nil {
		t.Fatal(err)
	}
	if n.Load() != 1 {
		t.Errorf("built %d times", n.Load())
	}
}

func TestCachedReplaces(t *testing.T) {
	b := newBuilder(t)
	var n atomic.Int32
	var dirs []string
	for _, inputs := range []string{"a", "b"} {
		dir, err := b.cached(t.Context(), "thing", []string{inputs}, fillWith(&n, inputs))
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, filepath.Base(dir))
		if got := content(t, dir); got != inputs {
			t.Errorf("got %s, want %s", got, inputs)
		}
	}
	if got := kept(t, b, "thing"); !slices.Equal(got, dirs[1:]) {
		t.Errorf("kept %v, want %v", got, dirs[1:])
	}
}

func TestCachedLeavesNothingHalf(t *testing.T) {
	b := newBuilder(t)
	var n atomic.Int32
	fail := errors.New("failed")
	if _, err := b.cached(t.Context(), "thing", "a", func(dir string) error {
		return errors.Join(fillWith(&n, "half")(dir), fail)
	}); !errors.Is(err, fail) {
		t.Errorf("the error is %v", err)
	}
	if got := kept(t, b, "thing"); got != nil {
		t.Errorf("a failed build left %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := b.cached(ctx, "thing", "a", func(dir string) error {
		cancel()
		return fillWith(&n, "half")(dir)
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if got := kept(t, b, "thing"); got != nil {
		t.Errorf("an interrupted build left %v", got)
	}
	// As a killed process leaves it.
	if err := writeFile(filepath.Join(b.Dir, "thing", ".partial", "old"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	dir, err := b.cached(t.Context(), "thing", "a", fillWith(&n, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	if content(t, dir) != "whole" || exists(filepath.Join(dir, "old")) {
		t.Error("a later build has parts of the earlier one")
	}
}

func TestLockEndsWithContext(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, file); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lock that is held: %v", err)
	}
	unlock()
	again, err := lock(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
