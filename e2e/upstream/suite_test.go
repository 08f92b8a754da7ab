package upstream

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// suiteDir holds the program and what it emits, for as long as tests run.
var suiteDir string

// program builds the compiler. The parent is a module of its own, so the build
// has to run inside it.
var program = sync.OnceValues(func() (string, error) {
	name := filepath.Join(suiteDir, "kube-anywhere")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", name, "./cmd/kube-anywhere")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", cmd, err, out)
	}
	return name, nil
})

// clusterCase is one config, compiled once. Nobody changes its output: tests
// that need to change it take a copy.
type clusterCase struct {
	name    string
	compile func() (cluster, error)
}

// cluster is the output of one case.
type cluster struct {
	dir        string
	kubernetes string // its version
	machines   []machine
}

// suite is every example and every golden case.
var suite = sync.OnceValues(func() ([]clusterCase, error) {
	var all []clusterCase
	for _, pattern := range []string{"../../docs/examples/*.json", "../../testdata/*/cluster.json"} {
		configs, err := filepath.Glob(pattern)
		if err != nil || len(configs) == 0 {
			return nil, fmt.Errorf("%s: %d configs, %v", pattern, len(configs), err)
		}
		for _, config := range configs {
			name := filepath.Base(filepath.Dir(config))
			if name == "examples" {
				name = "example-" + strings.TrimSuffix(filepath.Base(config), ".json")
			}
			all = append(all, clusterCase{name, sync.OnceValues(func() (cluster, error) { return compile(name, config) })})
		}
	}
	return all, nil
})

func compile(name, config string) (cluster, error) {
	compiler, err := program()
	if err != nil {
		return cluster{}, err
	}
	config, err = filepath.Abs(config)
	if err != nil {
		return cluster{}, err
	}
	out := filepath.Join(suiteDir, "out", name)
	if err := os.MkdirAll(filepath.Dir(out), 0o700); err != nil {
		return cluster{}, err
	}
	cmd := exec.Command(compiler, "compile", "-f", config, "-o", out, "--pki", filepath.Join(suiteDir, "pki", name))
	if text, err := cmd.CombinedOutput(); err != nil {
		return cluster{}, fmt.Errorf("%s: %w: %s", cmd, err, text)
	}
	return readCluster(out)
}

// readCluster finds the machines of an output: one for each control-plane
// machine, for each pool, and for each worker that has a name.
func readCluster(dir string) (cluster, error) {
	var config struct {
		Kubernetes struct{ Version string }
		Workers    []struct {
			Name     string
			Machines []struct{ Name string }
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "cluster.resolved.json"))
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil {
		return cluster{}, err
	}
	c := cluster{dir: dir, kubernetes: config.Kubernetes.Version}
	controlPlane, err := filepath.Glob(filepath.Join(dir, "machines", "*", "etc", "kubernetes", "manifests"))
	for _, manifests := range controlPlane {
		tree := filepath.Join(manifests, "..", "..", "..")
		c.machines = append(c.machines, machine{name: filepath.Base(tree), trees: []string{tree}, controlPlane: true})
	}
	for _, pool := range config.Workers {
		tree := filepath.Join(dir, "machines", pool.Name)
		c.machines = append(c.machines, machine{name: pool.Name, trees: []string{tree}})
		for _, m := range pool.Machines {
			c.machines = append(c.machines, machine{name: m.Name, trees: []string{tree, filepath.Join(dir, "machines", m.Name)}})
		}
	}
	if len(controlPlane) == 0 {
		err = errors.Join(err, fmt.Errorf("%s has no machine with static pods", dir))
	}
	return c, err
}

// eachCluster runs check on every case, in parallel.
func eachCluster(t *testing.T, check func(t *testing.T, c cluster)) {
	t.Helper()
	t.Parallel()
	cases, err := suite()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			c, err := one.compile()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("Kubernetes %s, judged by the code of 1.37.1", c.kubernetes)
			check(t, c)
		})
	}
}

// eachMachine runs check on every machine of every case, in parallel.
func eachMachine(t *testing.T, check func(t *testing.T, m machine)) {
	t.Helper()
	eachCluster(t, func(t *testing.T, c cluster) {
		for _, m := range c.machines {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				check(t, m)
			})
		}
	})
}

// named is one case, for tests that damage it.
func named(t *testing.T, name string) cluster {
	t.Helper()
	cases, err := suite()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range cases {
		if one.name == name {
			c, err := one.compile()
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatalf("no case %q", name)
	return cluster{}
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

// wantProblem proves that a check sees a damage.
func wantProblem(t *testing.T, problems []string, part string) {
	t.Helper()
	if !strings.Contains(strings.Join(problems, "\n"), part) {
		t.Errorf("found %q, wanted a problem with %q", problems, part)
	}
}
