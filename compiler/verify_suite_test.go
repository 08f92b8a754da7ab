// Package compiler_test proves that what compile makes is what the programs
// that read it expect: each verify_* file hands one kind of output to its real
// reader.
//
// INPUTS: docs/examples, testdata/<case>/cluster.json, and configs that pair
// every value of every dimension with every other (verify_pairs_test.go).
// OUTPUTS: none, but testdata/<case>/golden with -update.
package compiler_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/docs/examples"
	"github.com/kube-anywhere/kube-anywhere/providers"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// now is when all tests compile: the core has no clock of its own.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// clusterCase is one config of the suite, compiled once with real keys.
type clusterCase struct {
	name    string
	input   compiler.Input
	compile func() (*compiler.Output, error)
}

func newCase(name string, input compiler.Input) clusterCase {
	return clusterCase{name, input, sync.OnceValues(func() (*compiler.Output, error) {
		return compileOnce(input)
	})}
}

func compileOnce(input compiler.Input) (*compiler.Output, error) {
	out, diags := compiler.Compile(input)
	var all []error
	for _, d := range diags {
		all = append(all, errors.New(d.String()))
	}
	if schema.HasErrors(diags) {
		return nil, errors.Join(all...)
	}
	return out, nil
}

// suite is every case: examples, testdata, pairs and clouds.
var suite = sync.OnceValues(func() ([]clusterCase, error) {
	var all []clusterCase
	for _, name := range examples.Names() {
		text, _ := examples.Get(name)
		all = append(all, newCase("example-"+name, compiler.Input{Config: text, Name: name + ".json", Now: now}))
	}
	golden, err := goldenCases()
	if err != nil {
		return nil, err
	}
	return slices.Concat(all, golden, pairCases(), cloudCases()), nil
})

// cloudCases are clusters with a cloud-controller-manager on each cloud that has
// one.
func cloudCases() []clusterCase {
	options := map[string]string{"vsphere": `{"server": "vcenter.example.com"}`} // the one that cannot be guessed
	var all []clusterCase
	for _, provider := range providers.All() {
		if provider.Facts(nil).CloudControllers {
			config := fmt.Sprintf(`{"name": "cloud", "provider": {%q: %s}, "controlPlane": {"count": 3, "endpoint": "api.example.com"},
				"addons": {"cloud-controller-manager": {"enabled": true}}}`, provider.Name(), cmp.Or(options[provider.Name()], "{}"))
			all = append(all, newCase("cloud-"+provider.Name(), compiler.Input{Config: []byte(config), Name: "cloud.json", Now: now}))
		}
	}
	return all
}

// goldenCases are the configs in testdata.
func goldenCases() ([]clusterCase, error) {
	names, err := filepath.Glob("../testdata/*/cluster.json")
	if err == nil && len(names) == 0 {
		err = errors.New("no ../testdata/*/cluster.json")
	}
	var all []clusterCase
	for _, name := range names {
		text, readErr := os.ReadFile(name)
		err = errors.Join(err, readErr)
		dir := filepath.Dir(name)
		all = append(all, newCase(filepath.Base(dir), compiler.Input{
			Config: text, Name: "cluster.json", Files: os.DirFS(dir), Now: now,
		}))
	}
	return all, err
}

// eachCase runs check on every case of the suite, in parallel.
func eachCase(t *testing.T, check func(t *testing.T, out *compiler.Output)) {
	t.Helper()
	t.Parallel()
	cases, err := suite()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := c.compile()
			if err != nil {
				t.Fatal(err)
			}
			check(t, out)
		})
	}
}

// delivered is one role's machine.
type delivered struct {
	plan.Role
	machine.Machine
}

// eachMachine checks every role of every case; what check returns are problems.
func eachMachine(t *testing.T, check func(d delivered) []string) {
	t.Helper()
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		for _, d := range machines(out) {
			report(t, d.Role.Name, check(d))
		}
	})
}

func machines(out *compiler.Output) []delivered {
	var all []delivered
	for _, role := range out.Plan.Roles {
		all = append(all, delivered{role, out.Machines()[role.Name]})
	}
	return all
}

func report(t *testing.T, where string, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Errorf("%s: %s", where, p)
	}
}

// named compiles one case, for tests that need just one cluster. The result is
// shared: change clones only.
func named(t *testing.T, name string) *compiler.Output {
	t.Helper()
	cases, err := suite()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(cases, func(c clusterCase) bool { return c.name == name })
	if i < 0 {
		t.Fatalf("no case %q", name)
	}
	out, err := cases[i].compile()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// plain is the cluster that the tests damage which prove that a check works.
func plain(t *testing.T) *compiler.Output {
	t.Helper()
	return named(t, "plain")
}

// controlPlane and worker are the first such machines of an output, with lists
// of their own, so that a test may damage them.
func controlPlane(t *testing.T, out *compiler.Output) delivered { return first(t, out, true) }
func worker(t *testing.T, out *compiler.Output) delivered       { return first(t, out, false) }

func first(t *testing.T, out *compiler.Output, controlPlane bool) delivered {
	t.Helper()
	for _, d := range machines(out) {
		if d.ControlPlane == controlPlane {
			return d.clone()
		}
	}
	t.Fatalf("no machine with ControlPlane = %t", controlPlane)
	return delivered{}
}

func (d delivered) clone() delivered {
	d.Files = slices.Clone(d.Files)
	d.Directories = slices.Clone(d.Directories)
	d.Units = slices.Clone(d.Units)
	return d
}

func (d delivered) file(path string) *machine.File {
	i := slices.IndexFunc(d.Files, func(f machine.File) bool { return f.Path == path })
	if i < 0 {
		return nil
	}
	return &d.Files[i]
}

// replace damages a file: the first old text becomes new.
func (d delivered) replace(t *testing.T, path, old, new string) {
	t.Helper()
	f := d.file(path)
	if f == nil || !strings.Contains(string(f.Content), old) {
		t.Fatalf("no %q in %s: what is this damage to do?", old, path)
	}
	f.Content = []byte(strings.Replace(string(f.Content), old, new, 1))
}

// remove takes a file away.
func (d *delivered) remove(path string) {
	d.Files = slices.DeleteFunc(d.Files, func(f machine.File) bool { return f.Path == path })
}

// wantProblem proves that a check sees a damage.
func wantProblem(t *testing.T, problems []string, part string) {
	t.Helper()
	if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, part) }) {
		t.Errorf("the check does not see it: found %q, wanted a problem with %q", problems, part)
	}
}

// tool runs a program and gives what it said; without the program the test
// fails.
func tool(t *testing.T, packageName string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Fatalf("%s is missing: apt-get install %s", args[0], packageName)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// onceFor makes a check that runs once for each distinct text: cases share
// most of theirs.
func onceFor(check func(text string) string) func(text string) string {
	var done sync.Map
	return func(text string) string {
		run, _ := done.LoadOrStore(text, sync.OnceValue(func() string { return check(text) }))
		return run.(func() string)()
	}
}

func problemf(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }
