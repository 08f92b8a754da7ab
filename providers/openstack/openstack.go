// Package openstack makes clusters on OpenStack by Terraform: a network with a
// router, instances with fixed addresses for the control plane, a load balancer
// for several of them, so many instances for each pool.
//
// INPUTS: provider.openstack of the config, controlPlane and workers (sizes,
// disks), access.
// OUTPUTS: terraform/, up, down, wait.
package openstack

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
	//go:embed all:layers
	layers embed.FS
)

// Provider is the provider "openstack".
type Provider struct{}

// options are provider.openstack of the config.
type options struct {
	Cloud                string            `json:"cloud"`
	Region               string            `json:"region"`
	Zones                []string          `json:"zones"`
	VolumeZones          []string          `json:"volumeZones"`
	ExternalNetwork      string            `json:"externalNetwork"`
	NetworkID            string            `json:"networkID"`
	SubnetID             string            `json:"subnetID"`
	Nameservers          []string          `json:"nameservers"`
	Images               map[string]string `json:"images"`
	BootVolumes          bool              `json:"bootVolumes"`
	VolumeType           string            `json:"volumeType"`
	LoadBalancerProvider string            `json:"loadBalancerProvider"`
}

// Name is "openstack".
func (Provider) Name() string { return "openstack" }

// OptionsSchema describes provider.openstack.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are Nova's, Neutron's and Octavia's.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	var o options
	plan.Provider{Name: "openstack", Options: config}.Decode(&o)
	return plan.ProviderFacts{
		// 65,535 bytes of base64, which are whole groups of four for three.
		// https://docs.openstack.org/api-ref/compute/#create-server (user_data)
		Limit:            65535 / 4 * 3,
		Formats:          []string{"auto"},
		Endpoint:         plan.FixedAddress,
		Zones:            o.Zones,
		MakesDisks:       true,
		CloudControllers: true,
	}
}

// Layers are what tells the kubelet which instance it is on, and the
// cloud-controller-manager.
func (Provider) Layers() fs.FS {
	sub, err := fs.Sub(layers, "layers")
	if err != nil {
		panic(err) // embedded
	}
	return sub
}

// Store is none: an instance has no identity by which an object could be
// private to it.
func (Provider) Store(plan.Plan, string) plan.Store { return plan.Store{} }

// size is the flavor that OpenStack has always come with for 2 CPUs and 4 GB,
// and that many clouds have kept. Which processor it is follows from the image.
// https://docs.openstack.org/nova/latest/user/flavors.html
func size(plan.Role) string { return "m1.medium" }

// Artifacts is the Terraform configuration.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, store plan.Store) ([]plan.File, error) {
	var o options
	p.Provider.Decode(&o)
	own, err := fs.Sub(static, "terraform")
	if err != nil {
		return nil, err
	}
	return terraform.Files(own, terraform.Values(p, payloads, store.Name, size), map[string]any{
		"cloud":                  o.Cloud,
		"region":                 o.Region,
		"zones":                  o.Zones,
		"volume_zones":           o.VolumeZones,
		"external_network":       o.ExternalNetwork,
		"network_id":             o.NetworkID,
		"subnet_id":              o.SubnetID,
		"allocation_pools":       allocationPools(p.Network.MachineCIDR, fixed(p)),
		"nameservers":            o.Nameservers,
		"images":                 o.Images,
		"boot_volumes":           o.BootVolumes,
		"volume_type":            o.VolumeType,
		"load_balancer_provider": o.LoadBalancerProvider,
	})
}
