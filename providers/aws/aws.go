// Package aws makes clusters on Amazon EC2 by Terraform: a network, instances
// with fixed addresses for the control plane, an autoscaling group for each
// pool.
//
// INPUTS: provider.aws of the config, controlPlane and workers (sizes, disks,
// spot), access.
// OUTPUTS: terraform/, up, down, wait.
package aws

import (
	"embed"
	"fmt"
	"io/fs"
	"net/netip"
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

// Provider is the provider "aws".
type Provider struct{}

// options are provider.aws of the config.
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

// Name is "aws".
func (Provider) Name() string { return "aws" }

// OptionsSchema describes provider.aws.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are EC2's.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	var o options
	plan.Provider{Name: "aws", Options: config}.Decode(&o)
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
	if r.OS.Architecture == "arm64" {
		return "t4g.medium"
	}
	return "t3.medium"
}

// Check looks at an existing network, in which nothing but the user knows the
// addresses.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	var o options
	p.Provider.Decode(&o)
	var diags []schema.Diagnostic
	fail := func(path, hint, message string) {
		diags = append(diags, schema.Diagnostic{Severity: schema.Error, Code: "aws-network", Path: path, Message: message, Hint: hint})
	}
	if (o.VPCID == "") != (len(o.SubnetIDs) == 0) {
		fail("/provider/aws", "give both, or neither to have a network made", "vpcID and subnetIDs belong together")
	}
	if n := len(o.SubnetIDs); n > 0 && n != len(o.Zones) {
		fail("/provider/aws/subnetIDs", "one for each zone, in their order", fmt.Sprintf("found %d subnets for %d zones", n, len(o.Zones)))
	}
	for _, list := range []struct {
		path  string
		cidrs []netip.Prefix
	}{{"/access/apiCIDRs", p.Access.API}, {"/access/sshCIDRs", p.Access.SSH}, {"/network/podCIDR", p.Network.PodCIDRs}} {
		for _, cidr := range list.cidrs {
			if cidr.Addr().Is6() {
				fail(list.path, "give IPv4 ranges alone", fmt.Sprintf("found %s, but what is made here has no IPv6", cidr))
			}
		}
	}
	return diags
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
		"region":           o.Region,
		"vpc_id":           o.VPCID,
		"subnet_ids":       o.SubnetIDs,
		"public_addresses": o.PublicAddresses,
		"images":           o.Images,
		"kms_key_id":       o.KMSKeyID,
		"tags":             o.Tags,
	})
}
