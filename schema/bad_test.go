package schema

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected output under testdata")

const badDir = "../testdata/bad"

// badFiles are the configs of which each is wrong in its own way.
func badFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.json", "*.yaml"} {
		found, err := filepath.Glob(filepath.Join(badDir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 70 {
		t.Fatalf("found %d bad configs, expected at least 70", len(files))
	}
	slices.Sort(files)
	return files
}

// expected is the file with the diagnostics of a bad config.
func expected(file string) string { return strings.TrimSuffix(file, filepath.Ext(file)) + ".txt" }

func parseBad(t *testing.T, file string) []Diagnostic {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, problems := Parse(text, filepath.Base(file), testCatalog)
	return problems
}

func report(problems []Diagnostic) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

// TestBad compares what is said about each bad config. A config a.json or
// a.yaml has its diagnostics in a.txt.
func TestBad(t *testing.T) {
	for _, file := range badFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			problems := parseBad(t, file)
			if len(problems) == 0 {
				t.Fatal("nothing is wrong with it")
			}
			for _, p := range problems {
				if p.Code == "" || p.Message == "" || p.Line == 0 || p.Column == 0 {
					t.Errorf("incomplete: %#v", p)
				}
			}
			golden(t, expected(file), report(problems))
		})
	}
}

// TestBadCodes pins the codes, which scripts rely on and messages do not show.
func TestBadCodes(t *testing.T) {
	var b strings.Builder
	for _, file := range badFiles(t) {
		var codes []string
		for _, p := range parseBad(t, file) {
			codes = append(codes, p.Code)
		}
		slices.Sort(codes)
		b.WriteString(filepath.Base(file) + ": " + strings.Join(slices.Compact(codes), " ") + "\n")
	}
	golden(t, filepath.Join(badDir, "codes"), b.String())
}

// TestBadComplete makes sure that no check is without a config that it refuses,
// and no expectation without its config.
func TestBadComplete(t *testing.T) {
	seen := map[string]bool{}
	wanted := map[string]bool{"codes": true}
	for _, file := range badFiles(t) {
		wanted[filepath.Base(file)] = true
		if txt := filepath.Base(expected(file)); wanted[txt] {
			t.Errorf("two configs have their diagnostics in %s", txt)
		} else {
			wanted[txt] = true
		}
		for _, p := range parseBad(t, file) {
			seen[p.Code] = true
		}
	}
	declared := declaredCodes(t)
	for _, code := range declared {
		if !seen[code] {
			t.Errorf("no file in %s gives the code %s", badDir, code)
		}
		delete(seen, code)
	}
	for code := range seen {
		t.Errorf("the code %s is not in codes.go", code)
	}
	entries, err := os.ReadDir(badDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !wanted[e.Name()] {
			t.Errorf("%s/%s belongs to no bad config", badDir, e.Name())
		}
	}
}

// declaredCodes reads the constants of codes.go.
func declaredCodes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, code)
		}
		return true
	})
	slices.Sort(codes)
	if len(codes) < 50 || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Fatalf("found %d codes, some of them twice or too few", len(codes))
	}
	return codes
}

// golden compares got with a file, or rewrites the file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s\nrun the test with -update if the new output is right", file, diff)
	}
}
