// Package cloudstack makes clusters on Apache CloudStack by Terraform: an isolated
// network with its router, and instances.
//
// INPUTS: provider.cloudstack of the config, controlPlane and workers (sizes are
// service offerings), access.
// OUTPUTS: terraform/, up, down, wait.
package cloudstack

import (
	"embed"
	"io/fs"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/compiler/terraform"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

var (
	//go:embed options.schema.json
	optionsSchema []byte
	//go:embed terraform
	static embed.FS
	//go:embed layers
	layers embed.FS
)

// Provider is the provider "cloudstack".
type Provider struct{}

// options are provider.cloudstack of the config.
type options struct {
	Zone            string            `json:"zone"`
	Templates       map[string]string `json:"templates"`
	NetworkOffering string            `json:"networkOffering"`
	DiskOffering    string            `json:"diskOffering"`
}

// Name is "cloudstack".
func (Provider) Name() string { return "cloudstack" }

// OptionsSchema describes provider.cloudstack.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are CloudStack's.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	var o options
	plan.Provider{Name: "cloudstack", Options: config}.Decode(&o)
	return plan.ProviderFacts{
		// 32,768 characters of base64, unless an operator has raised it.
		// https://docs.cloudstack.apache.org/en/latest/adminguide/virtual_machines.html
		Limit:      32768 / 4 * 3,
		Formats:    []string{"auto"},
		Zones:      []string{o.Zone},
		MakesDisks: true,
	}
}

// Layers keep pods from the router, which is the metadata service here.
func (Provider) Layers() fs.FS {
	sub, err := fs.Sub(layers, "layers")
	if err != nil {
		panic(err) // embedded
	}
	return sub
}

// Check has nothing to add to the schema.
func (Provider) Check(plan.Plan) []schema.Diagnostic { return nil }

// Store is none.
func (Provider) Store(plan.Plan, string) plan.Store { return plan.Store{} }

// Artifacts is the Terraform configuration.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, store plan.Store) ([]plan.File, error) {
	var o options
	p.Provider.Decode(&o)
	own, err := fs.Sub(static, "terraform")
	if err != nil {
		return nil, err
	}
	// The offering that a new zone comes with: two processors of 1 GHz and 4 GB
	// are "Medium Instance" there.
	size := func(plan.Role) string { return "Medium Instance" }
	return terraform.Files(own, terraform.Values(p, payloads, store.Name, size), map[string]any{
		"zone":             o.Zone,
		"templates":        o.Templates,
		"network_offering": o.NetworkOffering,
		"disk_offering":    o.DiskOffering,
	})
}
