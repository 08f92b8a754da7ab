package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/engine"
	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
	"github.com/kube-anywhere/kube-anywhere/e2e/iac/uses"
)

// moduleProviders are those that have no bindings in npm's registry but a Go
// module, which tools/NAME requires: their addresses by the provider's name.
var moduleProviders = map[string]string{
	"cloudstack": "cloudstack/cloudstack",
	"libvirt":    "dmacvicar/libvirt",
	"openstack":  "terraform-provider-openstack/openstack",
}

// read takes a provider's schema from where it is to be had.
func read(u uses.Used) (*schemas.Provider, error) {
	if _, ok := npmPackages[u.Provider]; ok {
		return fromNPM(u)
	}
	if _, ok := moduleProviders[u.Provider]; ok {
		return fromModule(u)
	}
	return nil, fmt.Errorf("nothing is known of where its schema is to be had; add it to npmPackages or moduleProviders")
}

// fromModule builds the provider itself and asks for its schema.
func fromModule(u uses.Used) (*schemas.Provider, error) {
	source, program := moduleProviders[u.Provider], "terraform-provider-"+u.Provider
	built, err := engine.Tool(u.Provider, program)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "schemas-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	full, err := dump(dir, source, built)
	if err != nil {
		return nil, err
	}
	tag, err := moduleVersion(u.Provider, program)
	if err != nil {
		return nil, err
	}
	p := &schemas.Provider{
		Source: source, Version: strings.TrimPrefix(tag, "v"), From: "its Go module at " + tag, Config: full.Provider.Block,
		Resources: map[string]*schemas.Block{}, Data: map[string]*schemas.Block{},
	}
	if err := pick(p.Resources, full.Resources, u.Resources); err != nil {
		return nil, err
	}
	return p, pick(p.Data, full.Data, u.Data)
}

// moduleVersion is the version of the module that a tool of tools/NAME is of.
func moduleVersion(name, program string) (string, error) {
	cmd := exec.Command("go", "list", "-f", "{{if eq .Name \"main\"}}{{.ImportPath}} {{.Module.Version}}{{end}}", "tool")
	cmd.Dir = filepath.Join("tools", name)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	for line := range strings.Lines(string(out)) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.HasSuffix(path, "/"+program) {
			return version, nil
		}
	}
	return "", fmt.Errorf("tools/%s has no tool %s", name, program)
}

// dumped is what "terraform providers schema -json" prints of one provider.
type dumped struct {
	Provider  struct{ Block *schemas.Block }
	Resources map[string]struct{ Block *schemas.Block } `json:"resource_schemas"`
	Data      map[string]struct{ Block *schemas.Block } `json:"data_source_schemas"`
}

func dump(dir, source, built string) (dumped, error) {
	program, err := engine.Find()
	if err != nil {
		return dumped{}, err
	}
	name := source[strings.Index(source, "/")+1:]
	for file, content := range map[string]string{
		"main.tf":  fmt.Sprintf("terraform {\n  required_providers {\n    %s = { source = %q }\n  }\n}\n", name, source),
		"cli.tfrc": fmt.Sprintf("provider_installation {\n  dev_overrides { %q = %q }\n}\n", source, filepath.Dir(built)),
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			return dumped{}, err
		}
	}
	text, err := engine.Engine{Program: program, Config: filepath.Join(dir, "cli.tfrc")}.Run(dir, "providers", "schema", "-json")
	if err != nil {
		return dumped{}, err
	}
	var all struct {
		Schemas map[string]dumped `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return dumped{}, err
	}
	for address, one := range all.Schemas {
		if strings.HasSuffix(address, "/"+source) {
			return one, nil
		}
	}
	return dumped{}, fmt.Errorf("%s printed no schema of %s", program, source)
}

func pick(into map[string]*schemas.Block, from map[string]struct{ Block *schemas.Block }, names []string) error {
	for _, name := range names {
		found, ok := from[name]
		if !ok {
			return fmt.Errorf("there is no %s: is the name in our configuration right?", name)
		}
		into[name] = found.Block
	}
	return nil
}
