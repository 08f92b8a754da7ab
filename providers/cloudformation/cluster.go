package cloudformation

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers/ec2"
)

// cluster is one template in the making: what it is made from, and what its
// parts refer each other to.
type cluster struct {
	plan     plan.Plan
	options  ec2.Options
	store    plan.Store
	machines []plan.Payload // of the control plane
	pools    []plan.Payload
	template template

	network                            value
	subnets                            []value // one for each zone
	machineGroup, controlPlaneGroup    value   // security groups
	controlPlaneProfile, workerProfile value
	// before are the resources that machines need on their first boot, and do not
	// refer to.
	before []string
}

func newCluster(p plan.Plan, payloads []plan.Payload, store plan.Store) *cluster {
	c := &cluster{
		plan: p, options: ec2.OptionsOf(p.Provider), store: store,
		template: newTemplate("The Kubernetes cluster " + p.Name + ", made by kube-anywhere"),
	}
	for _, b := range payloads {
		if b.Role.ControlPlane {
			c.machines = append(c.machines, b)
		} else {
			c.pools = append(c.pools, b)
		}
	}
	return c
}

// build makes the template.
func (c *cluster) build() {
	c.addNetwork()
	c.addFirewall()
	c.addName()
	c.addIdentities()
	c.addImages()
	for i, machine := range c.machines {
		c.addMachine(i, machine)
	}
	for _, pool := range c.pools {
		c.addPool(pool)
	}
	c.addAPI()
}

// single says that there is one control-plane machine.
func (c *cluster) single() bool { return len(c.machines) == 1 }

// public says that the API gets an address on the internet.
func (c *cluster) public() bool { return len(c.plan.Access.API) > 0 && !c.plan.Endpoint.Configured }

// balanced says that a load balancer stands before the API.
func (c *cluster) balanced() bool { return c.public() && !c.single() }

// tags are the user's, the name, and the one by which cloud controllers and
// autoscalers know what is the cluster's. They are on each resource: a tag of the
// stack would be on all of them, and cloud controllers refuse a machine with two
// security groups that are the cluster's.
func (c *cluster) tags(name string) []tag {
	return append(c.plainTags(name), tag{"kubernetes.io/cluster/" + c.plan.Name, "owned"})
}

// plainTags are those without the cluster's.
func (c *cluster) plainTags(name string) []tag {
	var out []tag
	for _, key := range slices.Sorted(maps.Keys(c.options.Tags)) {
		if key != "Name" {
			out = append(out, tag{key, c.options.Tags[key]})
		}
	}
	return append(out, tag{"Name", name})
}

// machineID is the n-th control-plane machine in the template.
func machineID(n int) string { return fmt.Sprintf("ControlPlane%d", n) }

// poolID is a pool in the template, where IDs have letters and digits only.
// Names have no capitals, so that no two of them share an ID.
func poolID(name string) string {
	name = strings.ReplaceAll(name, "-", "X")
	return "Pool" + strings.ToUpper(name[:1]) + name[1:]
}

// userData is a payload as EC2 takes it.
func userData(b plan.Payload) string {
	return base64.StdEncoding.EncodeToString(slices.Concat(b.Chunks...))
}

// objects are the payloads that are private objects.
func (c *cluster) objects() []plan.Payload {
	return slices.DeleteFunc(slices.Concat(c.machines, c.pools), func(b plan.Payload) bool { return b.Object == "" })
}
