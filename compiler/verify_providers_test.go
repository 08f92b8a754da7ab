package compiler_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/docs/examples"
	"github.com/kube-anywhere/kube-anywhere/providers"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// oneConfig is a cluster in which nothing but the provider changes. Bare metal
// needs to know the machines; clouds make as many.
const oneConfig = `{
  "name": "one",
  "provider": {%q: {}},
  "controlPlane": {"count": %d, "endpoint": "api.example.com", "machines": [%s]},
  "workers": [{"name": "rack", "machines": [
    {"name": "rack-a", "mac": "52:54:00:00:00:20", "address": "10.0.0.32"},
    {"name": "rack-b", "mac": "52:54:00:00:00:21", "address": "10.0.0.33"}
  ]}]
}`

// everywhere is oneConfig on a provider, with one control-plane machine or more.
func everywhere(provider string, controlPlanes int) compiler.Input {
	var machines []string // on AWS each in the subnet of another zone
	for i := range controlPlanes {
		machines = append(machines, fmt.Sprintf(`{"name": "cp-%d", "mac": "52:54:00:00:00:1%d", "address": "10.0.%d.16"}`, i, i, 64*i))
	}
	config := fmt.Sprintf(oneConfig, provider, controlPlanes, strings.Join(machines, ", "))
	return compiler.Input{Config: []byte(config), Name: provider + ".json", Now: now}
}

// mostDifferent is how many lines a machine may differ from the same machine on
// another provider, comments aside.
const mostDifferent = 15

// TestOneConfigEverywhere changes one word of a config, the provider, and
// compares the machines with those of the provider userdata, which asks nothing
// of a platform. What differs is in testdata/providers/NAME.
func TestOneConfigEverywhere(t *testing.T) {
	t.Parallel()
	for _, provider := range providers.All() {
		t.Run(provider.Name(), func(t *testing.T) {
			t.Parallel()
			tree := map[string]string{}
			for _, controlPlanes := range []int{1, 3} {
				base := compiled(t, everywhere("userdata", controlPlanes))
				out := compiled(t, everywhere(provider.Name(), controlPlanes))
				for _, d := range machines(out) {
					name := fmt.Sprintf("%s-of-%d.diff", d.Role.Name, controlPlanes)
					diff := differences(t, base.Machines()[d.Role.Name], d.Machine)
					if diff != "" {
						tree[name] = diff
					}
					report(t, name, checkDifferent(diff))
				}
			}
			compareGolden(t, filepath.Join("../testdata/providers", provider.Name(), "machines"), tree)
		})
	}
}

// checkDifferent counts the lines of a diff that are not comments.
func checkDifferent(diff string) []string {
	n := 0
	for line := range strings.Lines(diff) {
		text := strings.TrimSpace(line[1:])
		if (line[0] == '+' || line[0] == '-') && text != "" && (text[0] != '#' || strings.HasPrefix(text, "#!")) {
			n++
		}
	}
	if n > mostDifferent {
		return problemf("%d lines differ, wanted at most %d:\n%s", n, mostDifferent, diff)
	}
	return nil
}

// differences is what one machine has otherwise than another, as diff shows it,
// under the path of each file and unit.
func differences(t *testing.T, from, to machine.Machine) string {
	t.Helper()
	a, b := contents(from), contents(to)
	both := map[string]bool{}
	for path := range a {
		both[path] = true
	}
	for path := range b {
		both[path] = true
	}
	var out strings.Builder
	for _, path := range slices.Sorted(maps.Keys(both)) {
		if a[path] != b[path] {
			fmt.Fprintf(&out, "@ %s\n%s", path, diffText(t, a[path], b[path]))
		}
	}
	return out.String()
}

// contents are a machine's files with their modes, and its units.
func contents(m machine.Machine) map[string]string {
	all := map[string]string{}
	for _, f := range m.Files {
		all[fmt.Sprintf("%s %o", f.Path, f.Mode)] = string(f.Content)
	}
	for _, u := range m.Units {
		all[fmt.Sprintf("%s enabled=%t", u.Name, u.Enabled)] = u.Content
		for _, d := range u.DropIns {
			all[u.Name+".d/"+d.Name] = d.Content
		}
	}
	return all
}

// diffText is the body of diff -U0, without names, dates and line numbers.
func diffText(t *testing.T, from, to string) string {
	t.Helper()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for name, text := range map[string]string{a: from, b: to} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("diff", "-U0", a, b).Output()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() != 1) {
		t.Fatal(err) // 1 is "they differ"
	}
	var body strings.Builder
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "+++") && !strings.HasPrefix(line, "@@") {
			body.WriteString(line)
		}
	}
	return body.String()
}

// TestOneConfigCheckFails damages a machine: the check must see it.
func TestOneConfigCheckFails(t *testing.T) {
	t.Parallel()
	d := controlPlane(t, plain(t))
	before := d.Machine
	d.Machine = d.clone().Machine
	d.replace(t, "/opt/bin/node-setup", "set -", strings.Repeat("true\n", mostDifferent+1)+"# comments do not count\nset -")
	diff := differences(t, before, d.Machine)
	wantProblem(t, checkDifferent(diff), "16 lines differ")
	wantProblem(t, []string{diff}, "@ /opt/bin/node-setup 755\n+true")
}

// TestProviderGolden compares what a provider makes of its example in
// docs/examples with testdata/providers/NAME/golden: all but what other goldens
// and TestOneConfigEverywhere have, and what is in the provider's folder word
// for word.
func TestProviderGolden(t *testing.T) {
	t.Parallel()
	for _, provider := range providers.All() {
		if provider.Name() == "userdata" {
			continue // that of all cases in testdata
		}
		t.Run(provider.Name(), func(t *testing.T) {
			t.Parallel()
			config, ok := examples.Get(provider.Name())
			if !ok {
				t.Fatalf("no docs/examples/%s.json", provider.Name())
			}
			out := compiled(t, compiler.Input{Config: config, Name: provider.Name() + ".json", Now: now})
			if providers.Chosen(out.Cluster.Provider).Name() != provider.Name() {
				t.Error("the example is for another provider")
			}
			tree, err := goldenTree(out)
			if err != nil {
				t.Fatal(err)
			}
			maps.DeleteFunc(tree, func(name, _ string) bool { return goldenElsewhere(name) })
			compareGolden(t, filepath.Join("../testdata/providers", provider.Name(), "golden"), tree)
		})
	}
}

// goldenElsewhere says that a file need not be compared for a provider too.
func goldenElsewhere(name string) bool {
	dir, rest, _ := strings.Cut(name, "/")
	switch dir {
	case "machines", "secrets", "objects", "cluster.resolved.json", "report.json", "wait":
		return true
	case "addons":
		return !strings.HasPrefix(rest, "cloud-controller-manager")
	case "terraform":
		return strings.HasSuffix(rest, ".tf")
	}
	// pxe serves payloads under names of its own.
	return strings.HasSuffix(name, ".ign") || strings.HasSuffix(name, ".sh")
}

// compareGolden compares a tree with a directory, or with -update writes it.
func compareGolden(t *testing.T, dir string, tree map[string]string) {
	t.Helper()
	if *update {
		if err := writeTree(dir, tree); err != nil {
			t.Fatal(err)
		}
	}
	want, err := readTree(dir)
	if err != nil && len(tree) > 0 {
		t.Fatalf("%v: run make generate", err)
	}
	report(t, dir, compareTrees(want, tree))
}

// compiled is an output with fixed texts for keys.
func compiled(t *testing.T, in compiler.Input) *compiler.Output {
	t.Helper()
	out, diags := compiler.CompileFake(in)
	if schema.HasErrors(diags) {
		t.Fatal(diags)
	}
	return out
}
