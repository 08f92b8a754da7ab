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
	"io/fs"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/compiler/terraform"
	"github.com/kube-anywhere/kube-anywhere/providers/ec2"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

//go:embed terraform
var static embed.FS

// Provider is the provider "aws".
type Provider struct{}

// Name is "aws".
func (Provider) Name() string { return "aws" }

// OptionsSchema describes provider.aws.
func (Provider) OptionsSchema() []byte {
	return ec2.OptionsSchema("AWS", "Amazon EC2 by Terraform or OpenTofu: a network, control-plane instances, an autoscaling group for each pool.")
}

// Facts are EC2's.
func (Provider) Facts(config schema.Options) plan.ProviderFacts { return ec2.Facts("aws", config) }

// Check looks at what AWS would refuse.
func (Provider) Check(p plan.Plan) []schema.Diagnostic { return ec2.Check(p) }

// Layers are EC2's.
func (Provider) Layers() fs.FS { return ec2.Layers() }

// Store is a bucket of the cluster's own.
func (Provider) Store(p plan.Plan, id string) plan.Store { return ec2.Store(p, id) }

// Artifacts is the Terraform configuration.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, store plan.Store) ([]plan.File, error) {
	o := ec2.OptionsOf(p.Provider)
	own, err := fs.Sub(static, "terraform")
	if err != nil {
		return nil, err
	}
	return terraform.Files(own, terraform.Values(p, payloads, store.Name, ec2.Size), map[string]any{
		"region":           o.Region,
		"vpc_id":           o.VPCID,
		"subnet_ids":       o.SubnetIDs,
		"public_addresses": o.PublicAddresses,
		"images":           o.Images,
		"kms_key_id":       o.KMSKeyID,
		"tags":             o.Tags,
	})
}
