package vsphere

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// maxName is how long a host name may be, and maxMachineName a name in vCenter.
const (
	maxName        = 63
	maxMachineName = 80
)

// checker collects what is wrong with one plan.
type checker struct {
	plan.Plan
	options
	diags []schema.Diagnostic
}

// Check looks at what vSphere has not, and at a network of which nothing but
// the user knows the addresses.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	c := &checker{Plan: p}
	p.Provider.Decode(&c.options)
	if c.Server == "" && p.CloudControllers() {
		c.fail("server", "/provider/vsphere", `add "server": the vCenter's name`, "the cloud-controller-manager needs to know the vCenter")
	}
	c.network()
	c.access()
	c.role("/controlPlane", "/os", p.Roles[0])
	for i, r := range p.Roles[len(p.Etcd.Members):] {
		path := "/workers/" + strconv.Itoa(i)
		c.role(path, path+"/os", r)
		c.pool(path, r)
	}
	return c.diags
}

func (c *checker) fail(code, path, hint, format string, args ...any) {
	c.diags = append(c.diags, schema.Diagnostic{
		Severity: schema.Error, Code: "vsphere-" + code, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (c *checker) warn(code, path, hint, format string, args ...any) {
	c.fail(code, path, hint, format, args...)
	c.diags[len(c.diags)-1].Severity = schema.Warning
}

// network looks at the addresses of the control plane, which does without DHCP.
func (c *checker) network() {
	subnet := c.Plan.Network.MachineCIDR
	if c.Plan.Network.DualStack {
		c.fail("dual-stack", "/network/podCIDR", "leave the IPv6 ranges of podCIDR and serviceCIDR out", "machines have IPv4 addresses only")
	}
	if !subnet.Addr().Is4() {
		c.fail("dual-stack", "/network/machineCIDR", `for example "10.0.0.0/16"`, "found %s, expected an IPv4 range", subnet)
		return
	}
	router, err := netip.ParseAddr(gateway(c.Plan, c.options))
	if err != nil || !subnet.Contains(router) {
		c.fail("address", "/provider/vsphere/gateway", "set network.machineCIDR to the range that the machines are in",
			"found %q, expected an address in network.machineCIDR, %s", c.Gateway, subnet)
	}
	for i, text := range c.Nameservers {
		if _, err := netip.ParseAddr(text); err != nil {
			c.fail("address", "/provider/vsphere/nameservers/"+strconv.Itoa(i), `for example "10.0.0.2"`, "found %q, expected an address", text)
		}
	}
	for i, m := range c.Etcd.Members {
		path, a := "/controlPlane/addresses/"+strconv.Itoa(i), m.Addresses[0]
		switch {
		case !subnet.Contains(a):
			c.fail("address", path, "set network.machineCIDR to the range that the machines are in", "%s has %s, which is not in %s", m.Name, a, subnet)
		case a == router:
			c.fail("address", path, "choose another, or give provider.vsphere.gateway", "%s has %s, which is the router's", m.Name, a)
		}
		// vCenter has the cluster's name before it.
		if n := len(c.Plan.Name) + 1 + len(m.Name); n > maxMachineName {
			c.fail("name", fmt.Sprintf("/controlPlane/machines/%d/name", i), "shorten it or the cluster's name by "+strconv.Itoa(n-maxMachineName),
				"its name in vCenter, %s-%s, has %d characters, and may have %d", c.Plan.Name, m.Name, n, maxMachineName)
		}
	}
}

// access says that nobody here keeps what it asks for.
func (c *checker) access() {
	const hint = "have the network's own firewall do it, and leave it out"
	if !slices.Contains(c.Access.API, netip.MustParsePrefix("0.0.0.0/0")) {
		c.warn("access", "/access/apiCIDRs", hint, "vSphere has no firewall: the API is open to whoever reaches the machines")
	}
	if len(c.Access.SSH) > 0 {
		c.warn("access", "/access/sshCIDRs", hint, "vSphere has no firewall: ssh is open to whoever reaches the machines")
	}
}

// role looks at what a group's machines are.
func (c *checker) role(path, os string, r plan.Role) {
	if r.OS.Architecture != "amd64" {
		c.fail("architecture", os+"/architecture", "use amd64", "found %s: machines on vSphere are amd64", r.OS.Architecture)
	}
	if r.Size == "" {
		return
	}
	path += "/size"
	hint := fmt.Sprintf("CPUs, x, GB of memory; %q unless given", size(r))
	cpus, memory, _ := strings.Cut(r.Size, "x")
	n, err := strconv.ParseUint(cpus, 10, 16)
	gb, err2 := strconv.ParseUint(memory, 10, 16)
	switch {
	case err != nil || err2 != nil:
		c.fail("size", path, hint, "found %q, expected a size such as \"4x16\"", r.Size)
	case int(n) < r.MinCPUs():
		c.fail("size", path, hint, "found %d CPUs, expected at least %d", n, r.MinCPUs())
	case int(gb)*1000 < r.MinMemory():
		c.fail("size", path, hint, "found %d GB of memory, expected at least %d MB", gb, r.MinMemory())
	}
}

// pool looks at what only workers have.
func (c *checker) pool(path string, r plan.Role) {
	// cluster-pool-NUMBER-GENERATION
	n := len(c.Plan.Name) + 1 + len(r.Name) + 1 + len(strconv.Itoa(max(r.Count-1, 0))) + 1 + 6
	if n > maxName {
		c.fail("name", path+"/name", "shorten it or the cluster's name by "+strconv.Itoa(n-maxName),
			"the names of its machines, %s-%s-NUMBER-xxxxxx, would have %d characters, and host names have at most %d", c.Plan.Name, r.Name, n, maxName)
	}
	if r.MaxCount > r.Count {
		c.warn("max-count", path+"/maxCount", "leave it out", "vSphere has no groups that scale by themselves: the pool has %d machines", r.Count)
	}
}
