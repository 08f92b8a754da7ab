package compiler_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// TestDeterminism compiles each cluster again from its own pki/: as it was,
// with its keys shuffled, and as YAML. All trees are the same bytes.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	cases, err := suite()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			original, err := c.compile()
			if err != nil {
				t.Fatal(err)
			}
			want := treeOf(original)
			for _, variant := range variants(t, c.input.Config) {
				input := c.input
				input.Config, input.Name, input.PKI = variant.text, variant.name, original.NewPKI
				again, err := compileOnce(input)
				if err != nil {
					t.Fatalf("%s: %v", variant.name, err)
				}
				if len(again.NewPKI) > 0 {
					t.Errorf("%s: made %q anew", variant.name, slices.Sorted(maps.Keys(again.NewPKI)))
				}
				report(t, variant.name, compareTrees(want, treeOf(again)))
			}
		})
	}
}

type variant struct {
	name string
	text []byte
}

// variants are the same config in other words.
func variants(t *testing.T, config []byte) []variant {
	t.Helper()
	var tree any
	if err := json.Unmarshal(config, &tree); err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.JSONToYAML(config)
	if err != nil {
		t.Fatal(err)
	}
	all := []variant{{"same.json", config}, {"config.yaml", asYAML}}
	for seed := range uint64(2) {
		var b bytes.Buffer
		shuffled(&b, tree, rand.New(rand.NewPCG(seed, 1)))
		all = append(all, variant{fmt.Sprintf("shuffled-%d.json", seed), b.Bytes()})
	}
	return all
}

// shuffled writes JSON with the keys of every object in random order.
func shuffled(b *bytes.Buffer, v any, random *rand.Rand) {
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		b.WriteByte('{')
		for i, key := range keys {
			if i > 0 {
				b.WriteString(" ,\n")
			}
			fmt.Fprintf(b, "%q:", key)
			shuffled(b, v[key], random)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			shuffled(b, item, random)
		}
		b.WriteByte(']')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // it came from JSON
		}
		b.Write(text)
	}
}

// treeOf is an output's modes and contents by path.
func treeOf(out *compiler.Output) map[string]string {
	tree := map[string]string{}
	for _, f := range out.Files {
		tree[f.Path] = f.Mode.String() + "\n" + string(bytes.Join(f.Chunks, nil))
	}
	return tree
}

// writtenTree writes an output into a directory of its own, and reads back
// contents and modes.
func writtenTree(t *testing.T, out *compiler.Output) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	if err := out.Write(dir, false); err != nil {
		t.Fatal(err)
	}
	return diskTree(t, dir)
}

func diskTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	tree, err := readTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range tree {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		tree[name] = info.Mode().String() + "\n" + text
	}
	return tree
}

// TestReplaceOneLeaf deletes one thing from pki/ at a time: that alone is made
// anew, and only the files that hold it change.
func TestReplaceOneLeaf(t *testing.T) {
	t.Parallel()
	out := named(t, "airgap")
	cases, _ := suite() // named has looked
	input := cases[slices.IndexFunc(cases, func(c clusterCase) bool { return c.name == "airgap" })].input
	replaced := 0
	for _, name := range slices.Sorted(maps.Keys(out.NewPKI)) {
		gone := []string{name}
		if base, ok := strings.CutSuffix(name, ".crt"); ok {
			gone = append(gone, base+".key")
		} else if name != "bootstrap-token" && name != "sa.key" {
			continue // a key, which goes with its certificate, or the encryption key
		}
		if strings.HasSuffix(name, "ca.crt") {
			continue // TestReplaceCA
		}
		replaced++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			again := input
			again.PKI = maps.Clone(out.NewPKI)
			for _, g := range gone {
				delete(again.PKI, g)
			}
			checkReplaced(t, out, again, gone)
		})
	}
	if replaced < 25 {
		t.Errorf("only %d leaves", replaced)
	}
}

func checkReplaced(t *testing.T, before *compiler.Output, input compiler.Input, gone []string) {
	after, err := compileOnce(input)
	if err != nil {
		t.Fatal(err)
	}
	if made := slices.Sorted(maps.Keys(after.NewPKI)); !slices.Equal(made, gone) {
		t.Errorf("made %q, wanted %q", made, gone)
	}
	holders := 0
	for i, f := range after.Files {
		old := before.Files[i]
		same := bytes.Equal(bytes.Join(f.Chunks, nil), bytes.Join(old.Chunks, nil))
		if f.Path != old.Path || f.Mode != old.Mode {
			t.Fatalf("%s was %s", f.Path, old.Path)
		}
		if same || strings.HasPrefix(f.Path, "payloads/") {
			continue
		}
		holders++
		if !mayHold(f.Path, gone[0]) {
			t.Errorf("%s changed", f.Path)
		}
	}
	if holders == 0 {
		t.Error("nothing in the output changed")
	}
}

// mayHold says whether a file of the output depends on a file of pki/.
func mayHold(path, made string) bool {
	base := filepath.Base(strings.TrimSuffix(made, filepath.Ext(made)))
	switch {
	case path == "pki.txt", path == "README.md", path == "report.json":
		return true // dates, serial numbers and sizes
	case made == "bootstrap-token":
		return strings.Contains(path, "bootstrap-")
	case base == "admin":
		return path == "kubeconfig"
	case base == "super-admin":
		return path == "kubeconfig.break-glass"
	}
	name := filepath.Base(path)
	return strings.Contains(path, "/pki/") && (name == base+".crt" || name == base+".key")
}

// TestReplaceCA shows that a CA is not replaced alone: its leaves would not fit.
func TestReplaceCA(t *testing.T) {
	t.Parallel()
	out := plain(t)
	pki := maps.Clone(out.NewPKI)
	delete(pki, "ca.crt")
	delete(pki, "ca.key")
	cases, _ := suite() // plain has looked
	input := cases[slices.IndexFunc(cases, func(c clusterCase) bool { return c.name == "plain" })].input
	input.PKI = pki
	if _, err := compileOnce(input); err == nil || !strings.Contains(err.Error(), "ca.crt") {
		t.Errorf("found %v, wanted an error that names ca.crt", err)
	}
}

// TestDeterminismChecksFail proves that another key is seen.
func TestDeterminismChecksFail(t *testing.T) {
	t.Parallel()
	first := treeOf(plain(t))
	cases, _ := suite() // plain has looked
	input := cases[slices.IndexFunc(cases, func(c clusterCase) bool { return c.name == "plain" })].input
	second, err := compileOnce(input)
	if err != nil {
		t.Fatal(err)
	}
	wantProblem(t, compareTrees(first, treeOf(second)), "machines/controlplane-0/etc/kubernetes/pki/apiserver.key")
	if mayHold("machines/controlplane-0/etc/kubernetes/pki/ca.crt", "apiserver-kubelet-client.crt") {
		t.Error("mayHold lets any file change")
	}
}
