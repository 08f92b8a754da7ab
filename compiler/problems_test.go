package compiler_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// TestProblems has every problem that only the plan can find: what needs facts
// of an OS or a provider, or a file.
func TestProblems(t *testing.T) {
	t.Parallel()
	// The schema allows no version that the plan does not know.
	seen := map[string]bool{"kubernetes-version": true}
	for _, c := range []struct{ config, code, path, message string }{
		{`"os": {"name": "flatcar", "docker": "docker"}`, "os-docker", "/os/docker",
			`flatcar cannot get Docker by "docker": expected one of shipped`},
		{`"manifests": [{"path": "a.yaml", "source": "a.yaml"}]`, "file-unreadable", "/manifests/0/source",
			`cannot read "a.yaml": open a.yaml: file does not exist`},
		{`"registry": {"images": {"corends": "example.com/coredns:v1"}}`, "unknown-image", "/registry/images/corends", ""},
		{`"addons": {"cloud-controller-manager": {"enabled": true}}`, "no-cloud-controllers", "/addons/cloud-controller-manager/enabled",
			"there is no cloud-controller-manager for the provider userdata"},
		{`"provider": {"gce": {"images": {"flatcar/x86_64": "projects/p/global/images/i"}}}`, "provider-image", "/provider/gce/images/flatcar~1x86_64",
			`found "flatcar/x86_64", expected one of debian/amd64, debian/arm64, fedora-coreos/amd64, fedora-coreos/arm64, flatcar/amd64, flatcar/arm64, ubuntu/amd64, ubuntu/arm64`},
		{`"provider": {"vsphere": {"templates": {"flatcar": "flatcar"}}}`, "provider-image", "/provider/vsphere/templates/flatcar", ""},
		{`"provider": {"azure": {}}, "controlPlane": {"count": 3, "addresses": ["10.0.0.10", "10.0.0.9", "10.0.0.11"]}`,
			"address-of-endpoint", "/controlPlane/addresses/1", ""},
	} {
		diags := compiler.Validate(compiler.Input{Config: []byte(`{"name": "demo", ` + c.config + `}`), Name: "a.json", Files: fstest.MapFS{}, Now: now})
		i := slices.IndexFunc(diags, func(d schema.Diagnostic) bool { return d.Code == c.code && d.Path == c.path })
		if i < 0 || diags[i].Line == 0 || diags[i].Hint == "" || c.message != "" && diags[i].Message != c.message {
			t.Errorf("%s: found %+v, expected %s at %s: %s", c.config, diags, c.code, c.path, c.message)
		}
		seen[c.code] = true
	}
	for _, code := range planCodes(t) {
		if !seen[code] {
			t.Errorf("nothing here gives the code %s", code)
		}
	}
}

// planCodes reads the codes out of the plan's source.
func planCodes(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("plan/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.fail\("([a-z-]+)"`).FindAllSubmatch(text, -1) {
			codes = append(codes, string(m[1]))
		}
	}
	if len(codes) < 7 {
		t.Fatalf("found the codes %q alone", codes)
	}
	return codes
}
