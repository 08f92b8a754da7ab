// Package vsphere makes clusters on VMware vSphere by Terraform: machines cloned
// from templates, with fixed addresses for the control plane and a disk of its
// own for each etcd. Load balancer and firewall are whoever's the network is.
//
// INPUTS: provider.vsphere of the config, controlPlane and workers (sizes,
// disks), network.machineCIDR.
// OUTPUTS: terraform/, up, down, wait.
package vsphere

import (
	"cmp"
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

// Provider is the provider "vsphere".
type Provider struct{}

// options are provider.vsphere of the config.
type options struct {
	Server         string            `json:"server"`
	Insecure       bool              `json:"insecure"`
	Datacenter     string            `json:"datacenter"`
	Cluster        string            `json:"cluster"`
	ResourcePool   string            `json:"resourcePool"`
	Folder         string            `json:"folder"`
	Datastore      string            `json:"datastore"`
	EtcdFolder     string            `json:"etcdFolder"`
	StoragePolicy  string            `json:"storagePolicy"`
	Network        string            `json:"network"`
	Gateway        string            `json:"gateway"`
	Nameservers    []string          `json:"nameservers"`
	Templates      map[string]string `json:"templates"`
	ContentLibrary string            `json:"contentLibrary"`
	Firmware       string            `json:"firmware"`
	AntiAffinity   bool              `json:"antiAffinity"`
}

// Name is "vsphere".
func (Provider) Name() string { return "vsphere" }

// OptionsSchema describes provider.vsphere.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are vSphere's.
func (Provider) Facts(schema.Options) plan.ProviderFacts {
	return plan.ProviderFacts{
		// A guest reads a value of guestinfo in one message, of at most 64 KB
		// (GUESTMSG_MAX_IN_SIZE of open-vm-tools) with a little before it, and in
		// base64.
		// https://github.com/vmware-tanzu/vm-operator/issues/148
		Limit:            65535 / 4 * 3,
		Formats:          []string{"auto"},
		MakesDisks:       true,
		CloudControllers: true,
	}
}

// Layers are what erases a payload that has arrived, what tells the kubelet
// which machine it is on, and the cloud-controller-manager.
func (Provider) Layers() fs.FS {
	sub, err := fs.Sub(layers, "layers")
	if err != nil {
		panic(err) // embedded
	}
	return sub
}

// Store is none.
func (Provider) Store(plan.Plan, string) plan.Store { return plan.Store{} }

// size is CPUs and GB of memory: what the node specification asks of a control
// plane, and room for pods.
func size(plan.Role) string { return "2x4" }

// gateway is the router's address in the machines' network.
func gateway(p plan.Plan, o options) string {
	return cmp.Or(o.Gateway, p.Network.MachineCIDR.Masked().Addr().Next().String())
}

// Artifacts is the Terraform configuration.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, store plan.Store) ([]plan.File, error) {
	var o options
	p.Provider.Decode(&o)
	own, err := fs.Sub(static, "terraform")
	if err != nil {
		return nil, err
	}
	if len(o.Nameservers) == 0 {
		o.Nameservers = []string{gateway(p, o)}
	}
	values := terraform.Values(p, payloads, store.Name, size)
	// Nobody here closes it, whatever the config says (see Check).
	values.SSHCIDRs = []string{"0.0.0.0/0"}
	return terraform.Files(own, values, map[string]any{
		"server":          o.Server,
		"insecure":        o.Insecure,
		"datacenter":      o.Datacenter,
		"compute_cluster": o.Cluster,
		"resource_pool":   o.ResourcePool,
		"folder":          o.Folder,
		"datastore":       o.Datastore,
		"etcd_folder":     o.EtcdFolder,
		"storage_policy":  o.StoragePolicy,
		"network":         o.Network,
		"gateway":         gateway(p, o),
		"nameservers":     o.Nameservers,
		"templates":       o.Templates,
		"content_library": o.ContentLibrary,
		"firmware":        o.Firmware,
		"anti_affinity":   o.AntiAffinity,
		"encodings":       encodings(payloads),
	})
}

// encodings tells what guestinfo has of a payload: bytes in base64, which are
// text or what gzip made of it.
func encodings(payloads []plan.Payload) map[string]string {
	out := map[string]string{}
	for _, b := range payloads {
		out[b.File] = "gzip+base64"
		if b.Text {
			out[b.File] = "base64"
		}
	}
	return out
}
