// Package cloudformation makes clusters on Amazon EC2 without Terraform: one
// CloudFormation template of marshalled values, and scripts over the AWS command
// line. What it makes is what the provider aws makes.
//
// INPUTS: provider.cloudformation of the config, controlPlane and workers
// (sizes, disks, spot), access.
// OUTPUTS: cloudformation/, up, down, wait.
package cloudformation

import (
	"embed"
	"io/fs"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

var (
	//go:embed options.schema.json
	optionsSchema []byte
	//go:embed fetch.sh
	fetch string
	//go:embed all:layers
	layers embed.FS
)

// Provider is the provider "cloudformation".
type Provider struct{}

// options are provider.cloudformation of the config.
type options struct {
	Region          string            `json:"region"`
	Zones           []string          `json:"zones"`
	VPCID           string            `json:"vpcID"`
	SubnetIDs       []string          `json:"subnetIDs"`
	PublicAddresses bool              `json:"publicAddresses"`
	Images          map[string]string `json:"images"`
	KMSKeyID        string            `json:"kmsKeyID"`
	Tags            map[string]string `json:"tags"`
}

// Name is "cloudformation".
func (Provider) Name() string { return "cloudformation" }

// OptionsSchema describes provider.cloudformation.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are EC2's.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	var o options
	plan.Provider{Name: "cloudformation", Options: config}.Decode(&o)
	facts := plan.ProviderFacts{
		// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
		Limit:            16384,
		Formats:          []string{"auto"},
		HasStore:         true,
		Endpoint:         plan.PrivateName,
		ZonalSubnets:     true,
		MakesDisks:       true,
		HasSpot:          true,
		CloudControllers: true,
	}
	for _, z := range o.Zones {
		facts.Zones = append(facts.Zones, o.Region+z)
	}
	return facts
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

// Store is a bucket of the cluster's own, whose name nobody else has.
func (Provider) Store(p plan.Plan, id string) plan.Store {
	var o options
	p.Provider.Decode(&o)
	// A bucket's name has at most 63 characters; the end of the id is what is
	// unique in it.
	bucket := id
	if len(id) > 63 {
		bucket = id[:54] + id[len(id)-9:]
	}
	return plan.Store{
		Name:  bucket,
		URL:   "s3://" + bucket + "/",
		Fetch: strings.NewReplacer("BUCKET", bucket, "REGION", o.Region).Replace(fetch),
	}
}

// size is the smallest machine that meets the node specification.
func size(r plan.Role) string {
	switch {
	case r.Size != "":
		return r.Size
	case r.OS.Architecture == "arm64":
		return "t4g.medium"
	}
	return "t3.medium"
}

// Artifacts are the templates, and the scripts that bring them up and down.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, store plan.Store) ([]plan.File, error) {
	c := newCluster(p, payloads, store)
	c.build()
	text, fromS3, err := c.template.encode()
	if err != nil {
		return nil, err
	}
	// It has the payloads in it, and they have keys.
	files := append(c.scripts(fromS3), plan.File{Path: "cloudformation/cluster.json", Mode: 0o600, Content: text})
	if !fromS3 && len(c.objects()) == 0 {
		return files, nil
	}
	text, err = marshal(c.storeTemplate(), "  ")
	return append(files, plan.File{Path: "cloudformation/store.json", Mode: 0o644, Content: text}), err
}
