package iac

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
)

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

// output is what a config was compiled to.
type output struct {
	provider string
	dir      string
	values   values
}

// configuration is where its .tf files are.
func (o output) configuration() string { return filepath.Join(o.dir, "terraform") }

// values are what of terraform.tfvars.json the checks go by.
type values struct {
	MachineCIDR  string   `json:"machine_cidr"`
	PodCIDRs     []string `json:"pod_cidrs"`
	APICIDRs     []string `json:"api_cidrs"`
	SSHCIDRs     []string `json:"ssh_cidrs"`
	EtcdDiskGB   int      `json:"etcd_disk_gb"`
	ControlPlane []struct {
		Name, Address string
		UserData      string `json:"user_data"`
	} `json:"control_plane"`
	Pools map[string]struct {
		Count    int
		MaxCount int `json:"max_count"`
		Spot     bool
		UserData string `json:"user_data"`
	}
	Objects map[string]string
}

// errNoTerraform says that a provider makes something else.
var errNoTerraform = errors.New("the output has no terraform/")

// compile compiles a config into the directory NAME of the suite's, as a user
// does. A directory that is there keeps what Terraform put into it.
func compile(name string, config map[string]any) (output, error) {
	compiler, err := program()
	if err != nil {
		return output{}, err
	}
	home := filepath.Join(suiteDir, filepath.FromSlash(name))
	if err := os.MkdirAll(home, 0o700); err != nil {
		return output{}, err
	}
	text, err := json.Marshal(config)
	if err != nil {
		return output{}, err
	}
	file := filepath.Join(home, "cluster.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return output{}, err
	}
	o := output{dir: filepath.Join(home, "out")}
	cmd := exec.Command(compiler, "compile", "-f", file, "-o", o.dir, "--pki", filepath.Join(home, "pki"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return o, fmt.Errorf("%s: %w: %s", cmd, err, out)
	}
	of, _ := config["provider"].(map[string]any)
	for provider := range of { // there is one
		o.provider = provider
	}
	err = readJSON(filepath.Join(o.configuration(), "terraform.tfvars.json"), &o.values)
	if errors.Is(err, fs.ErrNotExist) {
		err = errNoTerraform
	}
	return o, err
}

// terraformProviders are those whose output has a configuration for Terraform.
var terraformProviders = sync.OnceValues(func() ([]string, error) {
	compiler, err := program()
	if err != nil {
		return nil, err
	}
	text, err := exec.Command(compiler, "schema").Output()
	if err != nil {
		return nil, fmt.Errorf("%s schema: %w", compiler, err)
	}
	var schema struct {
		Properties struct {
			Provider struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, err
	}
	var names []string
	for _, provider := range slices.Sorted(maps.Keys(schema.Properties.Provider.Properties)) {
		config, err := smallest(provider)
		if err != nil {
			return nil, err
		}
		switch _, err := compile("probe/"+provider, config); {
		case err == nil:
			names = append(names, provider)
		case !errors.Is(err, errNoTerraform):
			return nil, err
		}
	}
	return names, nil
})

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
