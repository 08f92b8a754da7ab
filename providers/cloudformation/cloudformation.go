// Package cloudformation makes clusters on Amazon EC2 without Terraform: one
// CloudFormation template of marshalled values, and scripts over the AWS command
// line. What it makes is what the provider aws makes.
//
// INPUTS: provider.cloudformation of the config, controlPlane and workers
// (sizes, disks, spot), access.
// OUTPUTS: cloudformation/, up, down, wait.
package cloudformation

import (
	"io/fs"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers/ec2"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Provider is the provider "cloudformation".
type Provider struct{}

// Name is "cloudformation".
func (Provider) Name() string { return "cloudformation" }

// OptionsSchema describes provider.cloudformation.
func (Provider) OptionsSchema() []byte {
	return ec2.OptionsSchema("AWS CloudFormation", "Amazon EC2 by CloudFormation and the AWS command line, without Terraform: "+
		"a network, control-plane instances, an autoscaling group for each pool.")
}

// Facts are EC2's.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	return ec2.Facts("cloudformation", config)
}

// Check looks at what AWS would refuse in the midst of an update.
func (Provider) Check(p plan.Plan) []schema.Diagnostic { return ec2.Check(p) }

// Layers are EC2's.
func (Provider) Layers() fs.FS { return ec2.Layers() }

// Store is a bucket of the cluster's own.
func (Provider) Store(p plan.Plan, id string) plan.Store { return ec2.Store(p, id) }

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
