package schema

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRelevantSchema makes sure that leaving out what a config cannot meet
// changes nothing that is said about it.
func TestRelevantSchema(t *testing.T) {
	b := newBundle(testCatalog)
	whole := relevant(b.tree, namesIn(b.tree))
	for _, file := range append(badFiles(t), "testdata/full.json", "testdata/minimal.resolved.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		src := source{text: text, file: file}
		tree, _ := src.read()
		if tree == nil {
			continue
		}
		if d := cmp.Diff(src.finish(b.compare(tree.value, whole)), src.finish(b.validate(tree.value))); d != "" {
			t.Errorf("%s (-whole schema +relevant part):\n%s", file, d)
		}
	}
}

// TestCountedForms pins the lengths that are checked beside the patterns.
func TestCountedForms(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	for name, c := range map[string]struct {
		is   func(string) bool
		good string
	}{
		"user": {isUserName, long(32)},
		"unit": {func(s string) bool { return isUnitName(s + ".service") }, long(240)},
		"tag":  {func(s string) bool { _, ok := isReference("a:" + s); return ok }, long(128)},
		"hash": {func(s string) bool { _, ok := isReference("a@sha256:" + s); return ok }, long(64)},
	} {
		if !c.is(c.good) || c.is(c.good+"a") || c.is("") {
			t.Errorf("%s: the limit is not %d characters", name, len(c.good))
		}
	}
}
