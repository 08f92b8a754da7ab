package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kube-anywhere/kube-anywhere"

// goPackage is what "go list" knows of one package.
type goPackage struct {
	ImportPath, Name, Dir     string
	GoFiles, Imports          []string
	TestImports, XTestImports []string
}

// inside is the path within the module, and whether it is in there at all.
func inside(path string) (string, bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Dir,GoFiles,Imports,TestImports,XTestImports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(p.Name, "test") { // what only tests import may do more
			list = append(list, p)
		}
	}
}

// layers is the architecture: what of ours each package may import. A name
// that ends in "/*" stands for everything below it; the first that fits counts.
var layers = []struct {
	pkg   string
	allow []string
}{
	{"cmd/kube-anywhere/smoke", nil},
	{"cmd/kube-anywhere/serve", []string{"providers/pxe"}}, // for the form of its list of machines
	{"cmd/*", []string{"compiler", "schema", "certs", "docs/examples", "cmd/kube-anywhere/smoke", "cmd/kube-anywhere/serve"}},
	{"docs/examples", nil},
	{"compiler", []string{"providers", "certs", "templates", "schema", "compiler/plan", "compiler/machine", "compiler/machine/*"}},
	{"compiler/plan", []string{"schema"}},
	{"compiler/terraform", []string{"compiler/plan"}},
	{"compiler/machine", nil},
	{"compiler/machine/*", []string{"compiler/machine", "compiler/machine/gzip", "compiler/machine/shell"}},
	{"providers", []string{"providers/*", "compiler/plan", "schema"}},
	{"providers/ec2", []string{"compiler/plan", "schema"}},                                                                                // what two providers share
	{"providers/*", []string{"providers/ec2", "compiler/plan", "compiler/terraform", "compiler/machine", "compiler/machine/*", "schema"}}, // never one another
	{"certs", nil},
	{"templates", nil},
	{"schema", nil},
}

func matches(pattern, path string) bool {
	if below, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, below)
	}
	return pattern == path
}

func TestLayers(t *testing.T) {
	for _, p := range packages(t) {
		path, _ := inside(p.ImportPath)
		i := slices.IndexFunc(layers, func(l struct {
			pkg   string
			allow []string
		}) bool {
			return matches(l.pkg, path)
		})
		if i < 0 {
			t.Errorf("%s: the architecture has no such package; give it a layer", path)
			continue
		}
		for _, imported := range p.Imports {
			own, ok := inside(imported)
			allowed := slices.ContainsFunc(layers[i].allow, func(a string) bool { return matches(a, own) })
			if ok && !allowed {
				t.Errorf("%s imports %s; it may import %q only", path, own, layers[i].allow)
			}
		}
	}
}

// owners are the libraries that one place alone may know.
var owners = []struct {
	library string
	owners  []string
}{
	{"github.com/cloudflare/cfssl", []string{"certs"}},
	{"github.com/coreos/ignition", []string{"compiler/machine/ignition"}},
	{"github.com/coreos/vcontext", []string{"compiler/machine/ignition"}},
	{"github.com/santhosh-tekuri/jsonschema", []string{"schema"}},
	{"github.com/spf13", []string{"cmd/kube-anywhere"}},
	{"golang.org/x/term", []string{"cmd/kube-anywhere"}},
	{"k8s.io", nil}, // real types are for tests: they would triple the program
}

func TestLibrariesHaveOneOwner(t *testing.T) {
	for _, p := range packages(t) {
		path, _ := inside(p.ImportPath)
		for _, imported := range p.Imports {
			for _, o := range owners {
				if (imported == o.library || strings.HasPrefix(imported, o.library+"/")) && !slices.Contains(o.owners, path) {
					t.Errorf("%s imports %s, which belongs to %q", path, imported, o.owners)
				}
			}
		}
	}
}

// TestReadmeGivesEveryDependencyAReason: what code or tests import is in the
// README's table.
func TestReadmeGivesEveryDependencyAReason(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, name := range regexp.MustCompile(`\[([a-z0-9./*-]+)\]\(`).FindAllStringSubmatch(string(readme), -1) {
		known = append(known, strings.TrimSuffix(name[1], "*"))
	}
	for _, p := range packages(t) {
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			_, own := inside(imported)
			host, _, _ := strings.Cut(imported, "/")
			if own || !strings.Contains(host, ".") { // ours, or the standard library's
				continue
			}
			if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(imported, k) }) {
				t.Errorf("%s imports %s, which the README does not mention", p.ImportPath, imported)
			}
		}
	}
}

func TestPackageNamesSayWhatTheyHold(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains([]string{"util", "utils", "common", "helpers", "constants", "types"}, p.Name) {
			t.Errorf("%s: the name %s says nothing", p.ImportPath, p.Name)
		}
	}
}

// ambient are the functions that make a result depend on more than its input,
// or that take the decision to stop from the caller.
var ambient = map[string][]string{
	"os":   {"Exit", "Getenv", "LookupEnv", "Environ", "Getwd", "UserHomeDir", "Hostname"},
	"log":  {"Fatal", "Fatalf", "Fatalln"},
	"time": {"Now", "Since", "Until"},
}

// TestOnlyTheCommandKnowsTheWorld: the core has no clock, no environment, no
// exit, and no randomness but that of keys.
func TestOnlyTheCommandKnowsTheWorld(t *testing.T) {
	for _, p := range packages(t) {
		path, _ := inside(p.ImportPath)
		if strings.HasPrefix(path, "cmd/") {
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "math/rand") {
				t.Errorf("%s imports %s", path, imported)
			}
		}
		for _, name := range p.GoFiles {
			for _, call := range ambientUses(t, filepath.Join(p.Dir, name)) {
				t.Errorf("%s/%s uses %s: only cmd may", path, name, call)
			}
		}
	}
}

func ambientUses(t *testing.T, name string) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := s.X.(*ast.Ident); ok && slices.Contains(ambient[pkg.Name], s.Sel.Name) {
			found = append(found, pkg.Name+"."+s.Sel.Name)
		}
		return true
	})
	return found
}
