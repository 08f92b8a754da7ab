package openstack

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// maxName is how long a host name may be, which Nova makes of the server's.
const maxName = 63

// checker collects what is wrong with one plan.
type checker struct {
	plan.Plan
	options
	diags []schema.Diagnostic
}

// Check looks at what OpenStack would refuse, or do otherwise than the config
// says.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	c := &checker{Plan: p}
	p.Provider.Decode(&c.options)
	c.network()
	if len(c.diags) == 0 {
		c.addresses()
	}
	c.pools()
	return c.diags
}

func (c *checker) fail(code, path, hint, format string, args ...any) {
	c.diags = append(c.diags, schema.Diagnostic{
		Severity: schema.Error, Code: "openstack-" + code, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (c *checker) network() {
	if (c.NetworkID == "") != (c.SubnetID == "") {
		c.fail("network", "/provider/openstack", "give both, or neither to have a network made", "networkID and subnetID belong together")
	}
	if n := len(c.VolumeZones); n > 0 && n != len(c.options.Zones) {
		c.fail("zones", "/provider/openstack/volumeZones", "one for each of zones, in their order, or none",
			"found %d zones of volumes for %d zones", n, len(c.options.Zones))
	}
	if c.Network.DualStack {
		c.fail("dual-stack", "/network/podCIDR", "leave the IPv6 ranges of podCIDR and serviceCIDR out", "machines have IPv4 addresses only")
	}
	if !c.Network.MachineCIDR.Addr().Is4() {
		c.fail("dual-stack", "/network/machineCIDR", `for example "10.0.0.0/16"`, "found %s, expected an IPv4 range", c.Network.MachineCIDR)
	}
}

// addresses looks at those that are fixed. Each is a port's before the machine
// is there, and must be one that Neutron can give.
func (c *checker) addresses() {
	subnet := c.Network.MachineCIDR
	lb, made := balancer(c.Plan)
	for i, m := range c.Etcd.Members {
		const hint = "choose an address of network.machineCIDR for it in controlPlane"
		path, a := "/controlPlane/addresses/"+strconv.Itoa(i), m.Addresses[0]
		switch {
		case !usable(subnet, a):
			c.fail("address", path, hint, "%s has %s, which machines in %s cannot have", m.Name, a, subnet)
		case c.NetworkID == "" && a == gateway(subnet):
			c.fail("address", path, hint, "%s has %s, which is the router's", m.Name, a)
		}
	}
	if made && !usable(subnet, lb) {
		c.fail("address", "/network/machineCIDR", "use a shorter prefix, or give controlPlane.endpoint", "%s has no room for the load balancer's address, %s", subnet, lb)
	}
}

func usable(subnet netip.Prefix, a netip.Addr) bool {
	return subnet.Contains(a) && a != subnet.Masked().Addr() && a != broadcast(subnet)
}

func (c *checker) pools() {
	for i, r := range c.Roles[len(c.Etcd.Members):] {
		path := "/workers/" + strconv.Itoa(i)
		// cluster-pool-NUMBER-GENERATION
		if n := len(c.Plan.Name) + 1 + len(r.Name) + 1 + len(strconv.Itoa(max(r.Count-1, 0))) + 1 + 6; n > maxName {
			c.fail("name", path+"/name", "shorten it or the cluster's name by "+strconv.Itoa(n-maxName),
				"the names of its servers, %s-%s-NUMBER-xxxxxx, would have %d characters, and host names have at most %d", c.Plan.Name, r.Name, n, maxName)
		}
		if r.MaxCount > r.Count {
			c.diags = append(c.diags, schema.Diagnostic{
				Severity: schema.Warning, Code: "openstack-max-count", Path: path + "/maxCount",
				Message: fmt.Sprintf("OpenStack has no groups that scale by themselves: the pool has %d machines", r.Count), Hint: "leave it out",
			})
		}
	}
}
