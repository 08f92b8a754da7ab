// Package gce makes clusters on Google Compute Engine by Terraform: a network,
// instances with fixed addresses for the control plane, a managed instance group
// for each pool.
//
// INPUTS: provider.gce of the config, controlPlane and workers (sizes, disks,
// spot), access.
// OUTPUTS: terraform/, up, down, wait.
package gce

import (
	"embed"
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

// Provider is the provider "gce".
type Provider struct{}

// options are provider.gce of the config.
type options struct {
	Project         string            `json:"project"`
	Region          string            `json:"region"`
	Zones           []string          `json:"zones"`
	Subnetwork      string            `json:"subnetwork"`
	PublicAddresses bool              `json:"publicAddresses"`
	Images          map[string]string `json:"images"`
	SecureBoot      bool              `json:"secureBoot"`
	KMSKey          string            `json:"kmsKey"`
	Labels          map[string]string `json:"labels"`
}

// Name is "gce".
func (Provider) Name() string { return "gce" }

// OptionsSchema describes provider.gce.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are Compute Engine's.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	var o options
	plan.Provider{Name: "gce", Options: config}.Decode(&o)
	facts := plan.ProviderFacts{
		// A value of metadata has 262,144 bytes, and what is not text goes there
		// in base64, four bytes for three.
		// https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations
		Limit:    262144 / 4 * 3,
		Formats:  []string{"auto"},
		HasStore: true,
		// The makers of Google's Debian leave cloud-init out.
		// https://github.com/GoogleCloudPlatform/compute-image-tools/tree/master/daisy_workflows/image_build/debian
		OSFormats:        map[string]string{"debian": "script"},
		Endpoint:         plan.FixedAddress,
		MakesDisks:       true,
		HasSpot:          true,
		CloudControllers: true,
	}
	for _, z := range o.Zones {
		facts.Zones = append(facts.Zones, o.Region+"-"+z)
	}
	return facts
}

// Layers are what makes a machine take a load balancer's packets, what tells the
// kubelet which instance it is on, and the cloud-controller-manager.
func (Provider) Layers() fs.FS {
	sub, err := fs.Sub(layers, "layers")
	if err != nil {
		panic(err) // embedded
	}
	return sub
}

// Store is a bucket of the cluster's own, whose name nobody else has.
func (Provider) Store(_ plan.Plan, id string) plan.Store {
	bucket := id
	// https://cloud.google.com/storage/docs/buckets#naming forbids Google's name
	// and what begins like it; the end of the id is what is unique in it.
	if strings.Contains(id, "goog") {
		bucket = "cluster" + id[len(id)-9:]
	}
	return plan.Store{
		Name:  bucket,
		URL:   "gs://" + bucket + "/",
		Fetch: strings.ReplaceAll(fetch, "BUCKET", bucket),
	}
}

// size is the smallest machine that meets the node specification.
func size(r plan.Role) string {
	if r.OS.Architecture == "arm64" {
		return "c4a-highcpu-2"
	}
	return "e2-medium"
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
		"project":          o.Project,
		"region":           o.Region,
		"zones":            p.Provider.Zones,
		"subnetwork":       o.Subnetwork,
		"public_addresses": o.PublicAddresses,
		"images":           o.Images,
		"secure_boot":      o.SecureBoot,
		"kms_key":          o.KMSKey,
		"labels":           o.Labels,
	})
}
