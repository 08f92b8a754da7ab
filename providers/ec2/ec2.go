// Package ec2 is what the providers aws and cloudformation share: both make the
// same machines on Amazon EC2, from the same options, by different tools.
//
// INPUTS: provider.aws or provider.cloudformation of the config.
// OUTPUTS: the facts of EC2, what its machines have beyond their role and OS,
// where large payloads go, and what AWS would refuse.
package ec2

import (
	"cmp"
	"embed"
	"io/fs"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

var (
	//go:embed options.schema.json
	optionsSchema string
	//go:embed fetch.sh
	fetch string
	//go:embed all:layers
	layers embed.FS
)

// Options are provider.aws or provider.cloudformation of the config.
type Options struct {
	Region          string            `json:"region"`
	Zones           []string          `json:"zones"`
	VPCID           string            `json:"vpcID"`
	SubnetIDs       []string          `json:"subnetIDs"`
	PublicAddresses bool              `json:"publicAddresses"`
	Images          map[string]string `json:"images"`
	KMSKeyID        string            `json:"kmsKeyID"`
	Tags            map[string]string `json:"tags"`
}

// OptionsOf reads the options of a resolved config.
func OptionsOf(p plan.Provider) Options {
	var o Options
	p.Decode(&o)
	return o
}

// OptionsSchema describes the options of one of the two providers.
func OptionsSchema(title, description string) []byte {
	return []byte(strings.NewReplacer("TITLE", title, "DESCRIPTION", description).Replace(optionsSchema))
}

// Facts are EC2's.
func Facts(provider string, config schema.Options) plan.ProviderFacts {
	o := OptionsOf(plan.Provider{Name: provider, Options: config})
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
func Layers() fs.FS {
	sub, err := fs.Sub(layers, "layers")
	if err != nil {
		panic(err) // embedded
	}
	return sub
}

// Store is a bucket of the cluster's own, whose name nobody else has.
func Store(p plan.Plan, id string) plan.Store {
	// A bucket's name has at most 63 characters; the end of the id is what is
	// unique in it.
	bucket := id
	if len(id) > 63 {
		bucket = id[:54] + id[len(id)-9:]
	}
	return plan.Store{
		Name:  bucket,
		URL:   "s3://" + bucket + "/",
		Fetch: strings.NewReplacer("BUCKET", bucket, "REGION", OptionsOf(p.Provider).Region).Replace(fetch),
	}
}

// Size is the configured instance type, or the smallest that meets the node
// specification.
func Size(r plan.Role) string {
	if r.OS.Architecture == "arm64" {
		return cmp.Or(r.Size, "t4g.medium")
	}
	return cmp.Or(r.Size, "t3.medium")
}
