// Package azure makes clusters on Microsoft Azure by Terraform: a network,
// virtual machines with fixed addresses for the control plane, a scale set for
// each pool.
//
// INPUTS: provider.azure of the config, controlPlane and workers (sizes, disks,
// spot), access.
// OUTPUTS: terraform/, up, down, wait.
package azure

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/compiler/terraform"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

var (
	//go:embed options.schema.json
	optionsSchema []byte
	//go:embed fetch.sh
	fetch string
	//go:embed terraform
	static embed.FS
	//go:embed all:layers
	layers embed.FS
)

// Provider is the provider "azure".
type Provider struct{}

// options are provider.azure of the config.
type options struct {
	Region              string            `json:"region"`
	Zones               []string          `json:"zones"`
	Subnet              subnet            `json:"subnet"`
	Images              map[string]string `json:"images"`
	DiskEncryptionSetID string            `json:"diskEncryptionSetID"`
	EncryptionAtHost    bool              `json:"encryptionAtHost"`
	Tags                map[string]string `json:"tags"`
}

// subnet is an existing one; the zero value is none.
type subnet struct {
	ResourceGroup  string `json:"resourceGroup"`
	VirtualNetwork string `json:"virtualNetwork"`
	Name           string `json:"name"`
}

// Name is "azure".
func (Provider) Name() string { return "azure" }

// OptionsSchema describes provider.azure.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are Azure's.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	var o options
	plan.Provider{Name: "azure", Options: config}.Decode(&o)
	return plan.ProviderFacts{
		// Of custom data, before base64.
		// https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update#osprofile
		Limit:            65535,
		Formats:          []string{"auto"},
		HasStore:         true,
		Endpoint:         plan.FixedAddress,
		Zones:            o.Zones,
		MakesDisks:       true,
		HasSpot:          true,
		CloudControllers: true,
	}
}

// Layers are what keeps pods from Azure's own services and lets a control plane
// reach itself by the endpoint, what tells the kubelet which machine it is on,
// and the cloud-controller-manager.
func (Provider) Layers() fs.FS {
	sub, err := fs.Sub(layers, "layers")
	if err != nil {
		panic(err) // embedded
	}
	return sub
}

// Store is a storage account of the cluster's own. Its name has at most 24
// letters and digits, and nobody else in Azure has it, so that it is a hash.
func (Provider) Store(_ plan.Plan, id string) plan.Store {
	sum := sha256.Sum256([]byte(id))
	account := "ka" + hex.EncodeToString(sum[:11])
	return plan.Store{
		Name: account,
		// Ignition fetches from names that end so as the machine's identity. It does
		// since 2.21, and Flatcar has 2.22 since 4459.
		// https://coreos.github.io/ignition/operator-notes/#azure-blob-access
		URL:   "https://" + account + ".blob.core.windows.net/payloads/",
		Fetch: strings.ReplaceAll(fetch, "ACCOUNT", account),
	}
}

// size is the smallest machine that meets the node specification and has no
// disk of its own. The B series is cheaper than the D series, and never spot.
func size(r plan.Role) string {
	switch {
	case r.Spot && r.OS.Architecture == "arm64":
		return "Standard_D2pls_v5"
	case r.Spot:
		return "Standard_D2ls_v5"
	case r.OS.Architecture == "arm64":
		return "Standard_B2pls_v2"
	}
	return "Standard_B2ls_v2"
}

// Artifacts is the Terraform configuration.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, store plan.Store) ([]plan.File, error) {
	var o options
	p.Provider.Decode(&o)
	own, err := fs.Sub(static, "terraform")
	if err != nil {
		return nil, err
	}
	return terraform.Files(own, terraform.Values(p, payloads, store.Name, size), map[string]any{
		"region": o.Region,
		"zones":  o.Zones,
		"subnet": map[string]string{
			"resource_group":  o.Subnet.ResourceGroup,
			"virtual_network": o.Subnet.VirtualNetwork,
			"name":            o.Subnet.Name,
		},
		"images":                 o.Images,
		"disk_encryption_set_id": o.DiskEncryptionSetID,
		"encryption_at_host":     o.EncryptionAtHost,
		"tags":                   o.Tags,
	})
}
