package schema

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// mustParse reads a config with which nothing is wrong.
func mustParse(t testing.TB, text, file string) Cluster {
	t.Helper()
	c, problems := Parse([]byte(text), file, testCatalog)
	if len(problems) > 0 {
		t.Fatalf("%s: %s", file, report(problems))
	}
	return c
}

// TestMinimal shows every default.
func TestMinimal(t *testing.T) {
	c := mustParse(t, `{"name":"demo"}`, "cluster.json")
	got, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/minimal.resolved.json", string(got))
	again := mustParse(t, string(got), "cluster.resolved.json")
	if diff := cmp.Diff(c, again); diff != "" {
		t.Errorf("the resolved config reads differently:\n%s", diff)
	}
}

// TestFull has every field. Its JSON, its YAML and its resolved form are the
// same cluster.
func TestFull(t *testing.T) {
	text, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	c := mustParse(t, string(text), "full.json")
	asYAML, err := yaml.JSONToYAML(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, mustParse(t, string(asYAML), "full.yaml")); diff != "" {
		t.Errorf("the YAML form reads differently:\n%s", diff)
	}
	resolved, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, mustParse(t, string(resolved), "resolved.json")); diff != "" {
		t.Errorf("the resolved config reads differently:\n%s", diff)
	}
	for _, path := range unset(reflect.ValueOf(c), "") {
		t.Errorf("testdata/full.json does not set %s", path)
	}
}

// unset lists the fields of a value that nothing has set, so that a field which
// decode forgets is found.
func unset(v reflect.Value, path string) []string {
	var found []string
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			found = append(found, unset(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
		return found
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*OS]() { // which the cluster's shows
			return unset(v.Elem(), path)
		}
	case reflect.Slice:
		if v.Len() > 0 { // the first item is complete, by convention
			return unset(v.Index(0), path+"[0]")
		}
	case reflect.Map:
		if v.Len() > 0 {
			return nil
		}
	}
	// A text is either content or source, only files have a mode, and an address
	// is given once.
	exempt := strings.HasSuffix(path, ".Source") || strings.HasSuffix(path, ".Mode") || path == ".ControlPlane.Machines[0].Address"
	if v.IsZero() && !exempt {
		return []string{path}
	}
	return nil
}

// TestFormat says by which rule a text is read as JSON or as YAML.
func TestFormat(t *testing.T) {
	for _, c := range []struct{ file, text string }{
		{"cluster.json", `{"name":"demo"}`},
		{"CLUSTER.JSON", `{"name":"demo"}`},
		{"cluster.yaml", "name: demo\n"},
		{"cluster.yml", "{name: demo}\n"},
		{"cluster.yaml", `{"name":"demo"}`},
		{"-", `  {"name":"demo"}`},
		{"-", "# mine\nname: demo\n"},
		{"", "---\nname: demo\n"},
	} {
		if got := mustParse(t, c.text, c.file); got.Name != "demo" {
			t.Errorf("%s: %q gives the name %q", c.file, c.text, got.Name)
		}
	}
}

func TestMachinesAreCounted(t *testing.T) {
	c := mustParse(t, `{"name":"demo","controlPlane":{"endpoint":"api","machines":[{"name":"a"},{"name":"b"},{"name":"c"}]},
		"workers":[{"name":"x","machines":[{"name":"x0"},{"name":"x1"}]},{"name":"y"},{"name":"z","count":0}]}`, "cluster.json")
	got := []int{c.ControlPlane.Count, c.Workers[0].Count, c.Workers[1].Count, c.Workers[2].Count}
	if diff := cmp.Diff([]int{3, 2, 1, 0}, got); diff != "" {
		t.Error(diff)
	}
}

// TestEmptyStaysEmpty makes sure that a given empty list is no missing one.
func TestEmptyStaysEmpty(t *testing.T) {
	c := mustParse(t, `{"name":"demo","workers":[],"controlPlane":{"taints":[]}}`, "cluster.json")
	if c.Workers == nil || len(c.Workers) > 0 || c.ControlPlane.Taints == nil || len(c.ControlPlane.Taints) > 0 {
		t.Errorf("got workers %v and taints %v", c.Workers, c.ControlPlane.Taints)
	}
}

// TestPluginDefaults makes sure that options have the chosen plugin's defaults
// and no other's.
func TestPluginDefaults(t *testing.T) {
	for plugin, want := range map[string]Options{
		"flannel": {"backend": "vxlan"}, "kube-router": {"overlay": "subnet"}, "none": nil,
	} {
		c := mustParse(t, `{"name":"demo","network":{"plugin":"`+plugin+`"}}`, "cluster.json")
		if diff := cmp.Diff(want, c.Network.Options); diff != "" {
			t.Errorf("%s:\n%s", plugin, diff)
		}
	}
	c := mustParse(t, `{"name":"demo","network":{"options":{"mtu":1400}},"addons":{"coredns":{"replicas":3}}}`, "cluster.json")
	if diff := cmp.Diff(Options{"backend": "vxlan", "mtu": int64(1400)}, c.Network.Options); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Options{"enabled": true, "replicas": int64(3)}, c.Addons["coredns"]); diff != "" {
		t.Error(diff)
	}
}

// TestDefaultsAreCopies makes sure that one cluster's defaults are not
// another's.
func TestDefaultsAreCopies(t *testing.T) {
	a := mustParse(t, `{"name":"a"}`, "a.json")
	a.Workers[0].Name = "changed"
	a.Addons["coredns"]["enabled"] = false
	b := mustParse(t, `{"name":"b"}`, "b.json")
	if b.Workers[0].Name != "worker" || b.Addons["coredns"]["enabled"] != true {
		t.Errorf("a change to one cluster reached another: %+v", b)
	}
}

// TestYAMLScalars reads what YAML writes in more ways than JSON.
func TestYAMLScalars(t *testing.T) {
	c := mustParse(t, `
name: &n demo
kubernetes:
  kubelet: {maxPods: 0xC8, podPidsLimit: 4_096, seccompDefault: true, logging: {flushFrequency: 1.5e3, verbosity: ~}}
controlPlane:
  labels: {example.com/name: *n, example.com/since: 2026-01-02}
`, "cluster.yaml")
	want := map[string]any{"maxPods": int64(200), "podPidsLimit": int64(4096), "seccompDefault": true,
		"logging": map[string]any{"flushFrequency": int64(1500), "verbosity": nil}}
	if diff := cmp.Diff(want, c.Kubernetes.Kubelet); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"example.com/name": "demo", "example.com/since": "2026-01-02"}, c.ControlPlane.Labels); diff != "" {
		t.Error(diff)
	}
}

// TestLocate places the problems that later stages find.
func TestLocate(t *testing.T) {
	text := "{\n  \"name\": \"demo\",\n  \"workers\": [{\"name\": \"a\"}]\n}\n"
	got := Locate([]byte(text), "c.json", []Diagnostic{
		{Severity: Warning, Code: "x", Path: "/workers/0/size", Message: "m"},
		{Severity: Error, Code: "y", Path: "/name", Message: "n"},
		{Severity: Error, Code: "z", Message: "o"},
	})
	golden(t, "testdata/locate.txt", report(got))
}

// TestJSONIsPlain makes sure that the resolved config has no escapes for HTML.
func TestJSONIsPlain(t *testing.T) {
	c := mustParse(t, `{"name":"demo","registry":{"credentials":[{"registry":"a","username":"b","password":"<&>"}]}}`, "c.json")
	text, err := c.JSON()
	if err != nil || !json.Valid(text) || !strings.Contains(string(text), `"<&>"`) {
		t.Errorf("%v: %s", err, text)
	}
}
