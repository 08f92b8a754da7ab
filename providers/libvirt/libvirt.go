// Package libvirt makes clusters on one host with KVM by Terraform: a network
// behind NAT, machines with fixed addresses for the control plane, a number of
// machines for each pool.
//
// INPUTS: provider.libvirt of the config, controlPlane and workers (sizes,
// disks), network.machineCIDR.
// OUTPUTS: terraform/, up, down, wait.
package libvirt

import (
	"crypto/sha256"
	"embed"
	"fmt"
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
)

// Provider is the provider "libvirt".
type Provider struct{}

// options are provider.libvirt of the config.
type options struct {
	URI         string            `json:"uri"`
	Network     string            `json:"network"`
	Bridge      string            `json:"bridge"`
	StoragePath string            `json:"storagePath"`
	Images      map[string]string `json:"images"`
}

// published are the images that machines begin with, by OS and architecture,
// from those who make them. Fedora CoreOS has none that is not compressed, and
// Terraform's provider uploads what it downloads as it is.
var published = map[string]string{
	"debian/amd64":  "https://cloud.debian.org/images/cloud/trixie/latest/debian-13-generic-amd64.qcow2",
	"flatcar/amd64": "https://stable.release.flatcar-linux.net/amd64-usr/current/flatcar_production_qemu_image.img",
	"flatcar/arm64": "https://stable.release.flatcar-linux.net/arm64-usr/current/flatcar_production_qemu_uefi_image.img",
	"ubuntu/amd64":  "https://cloud-images.ubuntu.com/noble/current/noble-server-cloudimg-amd64.img",
}

// Name is "libvirt".
func (Provider) Name() string { return "libvirt" }

// OptionsSchema describes provider.libvirt.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are those of virtual machines on one host. Payloads are files there, so
// that nothing limits them.
func (Provider) Facts(schema.Options) plan.ProviderFacts {
	return plan.ProviderFacts{
		Formats:    []string{"auto"},
		Endpoint:   plan.PrivateName,
		MakesDisks: true,
	}
}

// Layers has none: machines are what their role and OS make them.
func (Provider) Layers() fs.FS { return nil }

// Store is none.
func (Provider) Store(plan.Plan, string) plan.Store { return plan.Store{} }

// size is CPUs and GB of memory: what the node specification asks of a control
// plane, and room for pods.
func size(plan.Role) string { return "2x4" }

// Artifacts is the Terraform configuration.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, store plan.Store) ([]plan.File, error) {
	var o options
	p.Provider.Decode(&o)
	own, err := fs.Sub(static, "terraform")
	if err != nil {
		return nil, err
	}
	images := map[string]string{}
	for _, r := range p.Roles {
		images[image(r.OS)] = o.image(r.OS)
	}
	return terraform.Files(own, terraform.Values(p, payloads, store.Name, size), map[string]any{
		"uri":          o.URI,
		"network":      o.Network,
		"bridge":       o.Bridge,
		"storage_path": o.StoragePath,
		"images":       images,
		"macs":         macs(p),
	})
}

// image is the key of an OS's image.
func image(os plan.OS) string { return os.Name + "/" + os.Architecture }

// image is where an OS's image comes from, or nothing.
func (o options) image(os plan.OS) string {
	if own := o.Images[image(os)]; own != "" {
		return own
	}
	return published[image(os)]
}

// macs are the MAC addresses of the control plane, by which its machines get
// their addresses: the config's, or ones that follow from the names, so that a
// machine in another's place has the same.
func macs(p plan.Plan) map[string]string {
	out := map[string]string{}
	for _, r := range p.Roles {
		if !r.ControlPlane {
			continue
		}
		if out[r.Name] = r.MAC; r.MAC == "" {
			sum := sha256.Sum256([]byte(p.Name + "/" + r.Name))
			// 52:54:00 is QEMU's own.
			out[r.Name] = fmt.Sprintf("52:54:00:%02x:%02x:%02x", sum[0], sum[1], sum[2])
		}
	}
	return out
}
