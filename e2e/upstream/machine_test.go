package upstream

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// machine is what lands on one machine: the tree of its role, and for a worker
// that has a name what is its own.
type machine struct {
	name         string
	trees        []string
	controlPlane bool
}

// copy lays the machine's files down in a directory of the test's own.
func (m machine) copy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, tree := range m.trees {
		if _, err := os.Stat(tree); err != nil && tree != m.trees[0] {
			continue // it has a name, and nothing that is known of it
		}
		if err := copyTree(dir, tree); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// copyTree copies files over what is there, which os.CopyFS refuses to do.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		under, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, under)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		// 0600 for all: who may read what is checked in the compiler's own suite.
		return os.WriteFile(target, text, 0o600)
	})
}

// configDir is where a machine keeps everything of Kubernetes.
const configDir = "/etc/kubernetes/"

// addonsDir is where a control-plane machine keeps what the cluster applies.
const addonsDir = configDir + "addons"

// transplant copies a machine's files so that they can be read where they are:
// paths in configs and kubeconfigs lead to the copy. Manifests keep theirs,
// which are paths on the machine and in containers.
func transplant(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := copyTree(to, dir); err != nil {
		t.Fatal(err)
	}
	eachConfig(t, to, func(text string) string { return strings.ReplaceAll(text, " "+configDir, " "+to+configDir) })
	return to
}

// apiServerLine is a kubeconfig's server.
var apiServerLine = regexp.MustCompile(`(?m)^(\s+server: ).*`)

// isolate lets kubeconfigs lead nowhere: port 1 answers nobody, so a component
// that asks the API as it starts fails at once, whatever network the test is in.
func isolate(t *testing.T, root string) string {
	t.Helper()
	eachConfig(t, root, func(text string) string {
		return apiServerLine.ReplaceAllString(text, "${1}https://127.0.0.1:1")
	})
	return root
}

// eachConfig changes every config and kubeconfig of a copy.
func eachConfig(t *testing.T, root string, change func(string) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, configDir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing in %s of %s: %v", configDir, root, err)
	}
	for _, name := range files {
		if filepath.Ext(name) == ".conf" || filepath.Ext(name) == ".yaml" {
			edit(t, name, change)
		}
	}
}

// edit changes a file of a copy.
func edit(t *testing.T, name string, change func(string) string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, []byte(change(string(text))), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// damage changes a copy, so that some check has to fail.
type damage func(t *testing.T, dir string)

// replace puts new in place of the first old text.
func replace(file, old, new string) damage {
	return func(t *testing.T, dir string) {
		edit(t, filepath.Join(dir, file), func(text string) string {
			if !strings.Contains(text, old) {
				t.Fatalf("no %q in %s: what is this damage to do?", old, file)
			}
			return strings.Replace(text, old, new, 1)
		})
	}
}

func remove(file string) damage {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
}

// overwrite gives a file the content of another.
func overwrite(file, by string) damage {
	return func(t *testing.T, dir string) {
		text, err := os.ReadFile(filepath.Join(dir, by))
		if err != nil {
			t.Fatal(err)
		}
		edit(t, filepath.Join(dir, file), func(string) string { return string(text) })
	}
}

// mount is a path inside a container, and where that is on this machine.
type mount struct{ inside, outside string }

// locate finds a path of a container on this machine.
func locate(mounts []mount, name string) (string, error) {
	var best mount
	for _, m := range mounts {
		if (name == m.inside || strings.HasPrefix(name, m.inside+"/")) && len(m.inside) > len(best.inside) {
			best = m
		}
	}
	if best.inside == "" {
		return "", fmt.Errorf("%s is in nothing that the container mounts", name)
	}
	return best.outside + strings.TrimPrefix(name, best.inside), nil
}

// relocate rewrites every path in a flag's value, and leaves URLs alone.
func relocate(mounts []mount, arg string) (string, error) {
	flag, value, found := strings.Cut(arg, "=")
	if !found {
		return arg, nil
	}
	parts := strings.Split(value, ",")
	for i, part := range parts {
		if !strings.HasPrefix(part, "/") {
			continue
		}
		there, err := locate(mounts, part)
		if err != nil {
			return "", fmt.Errorf("%s: %w", flag, err)
		}
		parts[i] = there
	}
	return flag + "=" + strings.Join(parts, ","), nil
}
