package compiler_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

var update = flag.Bool("update", false, "rewrite testdata/*/golden")

// TestGolden compares the whole output tree of each case in testdata with its
// golden directory. Keys and certificates are fixed texts; payloads are not in
// it, because TestPayloadsDeliverTheTree proves that they make machines/.
func TestGolden(t *testing.T) {
	t.Parallel()
	cases, err := goldenCases()
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 6 {
		t.Errorf("%d cases, wanted at least 6", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, diags := compiler.CompileFake(c.input)
			if schema.HasErrors(diags) {
				t.Fatal(diags)
			}
			tree, err := goldenTree(out)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join("..", "testdata", c.name, "golden")
			if *update {
				if err := writeTree(dir, tree); err != nil {
					t.Fatal(err)
				}
			}
			want, err := readTree(dir)
			if err != nil {
				t.Fatalf("%v: run go test ./compiler -run TestGolden -update", err)
			}
			report(t, c.name, compareTrees(want, tree))
		})
	}
}

// compareTrees finds missing, extra and changed files.
func compareTrees(want, got map[string]string) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if text, ok := got[name]; !ok {
			problems = append(problems, name+" is no longer made")
		} else if diff := cmp.Diff(strings.Split(want[name], "\n"), strings.Split(text, "\n")); diff != "" {
			problems = append(problems, fmt.Sprintf("%s (-golden +now):\n%s", name, diff))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			problems = append(problems, name+" is new")
		}
	}
	return problems
}

// listing is the golden file that shows what a tree of files cannot: modes, and
// the payloads there are.
const listing = "LISTING"

// goldenTree is an output as its golden directory holds it.
func goldenTree(out *compiler.Output) (map[string]string, error) {
	tree := map[string]string{}
	var list strings.Builder
	for _, f := range out.Files {
		fmt.Fprintf(&list, "%04o %s\n", f.Mode, objectHash.ReplaceAllString(f.Path, "-HASH"))
		content := payloadText.ReplaceAll(bytes.Join(f.Chunks, nil), []byte("PAYLOAD"))
		content = objectHash.ReplaceAll(content, []byte("-HASH"))
		name := f.Path
		switch {
		case strings.HasPrefix(name, "payloads/"):
			continue
		case name == ".gitignore":
			name = "gitignore" // git would heed it
		case name == "report.json":
			var err error
			if content, err = withoutSizes(content); err != nil {
				return nil, err
			}
		case name == "README.md":
			content = sizeColumn.ReplaceAll(content, []byte("$1 | SIZE |"))
		}
		tree[name] = string(content)
	}
	tree[listing] = list.String()
	return tree, nil
}

// payloadText is a payload in base64 in another file.
var payloadText = regexp.MustCompile(`[A-Za-z0-9+/]{1000,}=*`)

// objectHash ends the name of a private object. Another version of Go may
// compress what it is of in another way.
var objectHash = regexp.MustCompile(`-[0-9a-f]{12}\b`)

var sizeColumn = regexp.MustCompile("(`payloads/[^`]*` \\([a-z-]+\\)) \\| [0-9]+ \\|")

// withoutSizes is a report without numbers of bytes, which another version of
// Go may change.
func withoutSizes(content []byte) ([]byte, error) {
	var r compiler.Report
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, err
	}
	for i := range r.Payloads {
		p := &r.Payloads[i]
		p.Bytes = 0
		for j := range p.Files {
			p.Files[j] = compiler.FileShare{Path: p.Files[j].Path}
		}
		slices.SortFunc(p.Files, func(a, b compiler.FileShare) int { return strings.Compare(a.Path, b.Path) })
	}
	return json.MarshalIndent(r, "", "  ")
}

func writeTree(dir string, tree map[string]string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(tree[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func readTree(dir string) (map[string]string, error) {
	tree := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path) // both come from the walk
		tree[filepath.ToSlash(rel)] = string(text)
		return err
	})
	return tree, err
}

// goldenDimensions are the two sides of each dimension of testdata/README.md's
// table: six cases can have every pair of sides of ten dimensions.
var goldenDimensions = []struct {
	name  string
	other func(c schema.Cluster) bool
}{
	{"boots with cloud-init", func(c schema.Cluster) bool { return c.OS.Name == "ubuntu" || c.OS.Name == "debian" }},
	{"network other than flannel", func(c schema.Cluster) bool { return c.Network.Plugin != "flannel" }},
	{"dual stack", func(c schema.Cluster) bool { return strings.Contains(c.Network.PodCIDR, ",") }},
	{"proxy, mirror or prefix", func(c schema.Cluster) bool { return c.Proxy.HTTP+c.Proxy.HTTPS+c.Registry.Prefix != "" }},
	{"three control-plane machines", func(c schema.Cluster) bool { return c.ControlPlane.Count == 3 }},
	{"known machines", func(c schema.Cluster) bool { return len(c.Workers[0].Machines) > 0 }},
	{"older Kubernetes", func(c schema.Cluster) bool { return !strings.HasPrefix(c.Kubernetes.Version, "1.37.") }},
	{"add-ons changed", changedAddons},
	{"kube-proxy by iptables", func(c schema.Cluster) bool { return c.Network.KubeProxyMode == "iptables" }},
	{"script too", func(c schema.Cluster) bool { return slices.Contains(formats(c), any("script")) }},
}

// formats are the payloads that the provider userdata is asked for.
func formats(c schema.Cluster) []any {
	list, _ := c.Provider["userdata"]["formats"].([]any)
	return list
}

// changedAddons compares with what a config without add-ons gets.
func changedAddons(c schema.Cluster) bool {
	standard, _ := schema.Parse([]byte(`{"name":"a"}`), "a.json", compiler.Catalog())
	return !cmp.Equal(c.Addons, standard.Addons)
}

// TestGoldensCoverPairs checks the table: every pair of sides, and every value
// of the dimensions with more than two, occurs among the goldens.
func TestGoldensCoverPairs(t *testing.T) {
	t.Parallel()
	cases, err := goldenCases()
	if err != nil {
		t.Fatal(err)
	}
	seen, values := map[string]bool{}, map[string]bool{}
	for _, c := range cases {
		out, err := c.compile()
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range goldenDimensions {
			for _, b := range goldenDimensions[i+1:] {
				seen[fmt.Sprintf("%s: %t and %s: %t", a.name, a.other(out.Cluster), b.name, b.other(out.Cluster))] = true
			}
		}
		values[out.Cluster.Network.Plugin] = true
		values[fmt.Sprint("1.", out.Plan.Kubernetes.Minor)] = true
		for _, role := range out.Plan.Roles {
			values[role.OS.Name], values[role.OS.Docker] = true, true
		}
	}
	for i, a := range goldenDimensions {
		for _, b := range goldenDimensions[i+1:] {
			for _, sides := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
				if p := fmt.Sprintf("%s: %t and %s: %t", a.name, sides[0], b.name, sides[1]); !seen[p] {
					t.Errorf("no golden has %s", p)
				}
			}
		}
	}
	for _, v := range slices.Concat(compiler.Catalog().OSes, slices.Collect(maps.Keys(compiler.Catalog().Networks)),
		[]string{"shipped", "distribution", "docker", "preinstalled", "1.34", "1.35", "1.36", "1.37"}) {
		if !values[v] {
			t.Errorf("no golden has %s", v)
		}
	}
}

// TestGoldenChecksFail proves that missing, extra and changed files fail, and
// that an update takes away what is no longer made.
func TestGoldenChecksFail(t *testing.T) {
	t.Parallel()
	want := map[string]string{"a": "1\n", "b/c": "2\n"}
	wantProblem(t, compareTrees(want, map[string]string{"a": "1\n"}), "b/c is no longer made")
	wantProblem(t, compareTrees(want, map[string]string{"a": "1\n", "b/c": "2\n", "d": ""}), "d is new")
	wantProblem(t, compareTrees(want, map[string]string{"a": "1\n", "b/c": "3\n"}), "b/c (-golden +now)")
	dir := filepath.Join(t.TempDir(), "golden")
	for _, tree := range []map[string]string{{"old": "x", "a": "0"}, want} {
		if err := writeTree(dir, tree); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	report(t, "update", compareTrees(want, got))
}
