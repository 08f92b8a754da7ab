// Package providers is where payloads meet infrastructure: the interface that
// every provider keeps to, and the one ordered table of them.
//
// INPUTS: plan.Plan and the encoded payloads.
// OUTPUTS: the files that boot those payloads, and what a provider's machines
// have beyond their role and OS.
package providers

import (
	"io/fs"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers/aws"
	"github.com/kube-anywhere/kube-anywhere/providers/azure"
	"github.com/kube-anywhere/kube-anywhere/providers/cloudformation"
	"github.com/kube-anywhere/kube-anywhere/providers/cloudstack"
	"github.com/kube-anywhere/kube-anywhere/providers/gce"
	"github.com/kube-anywhere/kube-anywhere/providers/libvirt"
	"github.com/kube-anywhere/kube-anywhere/providers/openstack"
	"github.com/kube-anywhere/kube-anywhere/providers/pxe"
	"github.com/kube-anywhere/kube-anywhere/providers/userdata"
	"github.com/kube-anywhere/kube-anywhere/providers/vsphere"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Provider turns payloads into something that boots. It holds nothing: all that
// a config sets of it is in plan.Plan.
type Provider interface {
	// Name is the provider's key in the config.
	Name() string
	// OptionsSchema is the JSON Schema of what stands under that key, with every
	// default.
	OptionsSchema() []byte
	// Facts are what payloads, addresses and certificates depend on. The options
	// may be incomplete where only the kind of provider is asked for.
	Facts(schema.Options) plan.ProviderFacts
	// Check finds what is wrong with a config on this provider alone.
	Check(plan.Plan) []schema.Diagnostic
	// Layers holds the folders "overlay", what a machine on this provider has
	// beyond its role and OS (typically under ten lines), and
	// "cloud-controller-manager"; each may be missing. They are laid out as those
	// under templates/.
	Layers() fs.FS
	// Store is where payloads go that are over the limit. The id tells one
	// cluster from another of the same name.
	Store(p plan.Plan, id string) plan.Store
	// Artifacts describes the infrastructure that boots the payloads.
	Artifacts(plan.Plan, []plan.Payload, plan.Store) ([]plan.File, error)
}

// table is every provider, in the order in which documents name them. A new one
// is a folder and a line here.
var table = []Provider{
	aws.Provider{},
	azure.Provider{},
	cloudformation.Provider{},
	cloudstack.Provider{},
	gce.Provider{},
	libvirt.Provider{},
	openstack.Provider{},
	pxe.Provider{},
	vsphere.Provider{},
	userdata.Provider{},
}

// All lists every provider.
func All() []Provider { return slices.Clone(table) }

// Chosen is the provider that a config names. schema.Parse has made sure that
// there is exactly one.
func Chosen(config map[string]schema.Options) Provider {
	return table[slices.IndexFunc(table, func(p Provider) bool { return config[p.Name()] != nil })]
}
