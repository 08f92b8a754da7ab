package libvirt

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// checker collects what is wrong with one config.
type checker struct {
	plan.Plan
	options
	diags []schema.Diagnostic
}

// Check looks at what one host cannot do, and at existing networks, of which
// nothing but the user knows the names.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	c := checker{Plan: p}
	p.Provider.Decode(&c.options)
	c.checkNetwork()
	c.checkAccess()
	pool := 0
	checked := map[string]bool{}
	for _, r := range p.Roles {
		path, os := "/controlPlane", "/os"
		if !r.ControlPlane {
			path = fmt.Sprintf("/workers/%d", pool)
			os = path + "/os"
			pool++
		} else if r.Index > 0 {
			continue // all alike
		}
		c.checkSize(path+"/size", r)
		c.checkNames(r)
		// A pool without an OS of its own has the control plane's.
		if !checked[image(r.OS)] {
			c.checkOS(os, r.OS)
			checked[image(r.OS)] = true
		}
	}
	return c.diags
}

// checkNames looks for a control-plane machine with a worker's name, which is
// the pool's and a number.
func (c *checker) checkNames(pool plan.Role) {
	for i, m := range c.Etcd.Members {
		number, ok := strings.CutPrefix(m.Name, pool.Name+"-")
		n, err := strconv.Atoi(number)
		if !pool.ControlPlane && ok && err == nil && n < pool.Count && number == strconv.Itoa(n) {
			c.fail("name", fmt.Sprintf("/controlPlane/machines/%d/name", i), "use another", "%s is a worker of the pool %s too", m.Name, pool.Name)
		}
	}
}

func (c *checker) fail(code, path, hint, format string, args ...any) {
	c.diags = append(c.diags, schema.Diagnostic{
		Severity: schema.Error, Code: "libvirt-" + code, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (c *checker) warn(code, path, hint, message string) {
	c.fail(code, path, hint, "%s", message)
	c.diags[len(c.diags)-1].Severity = schema.Warning
}

func (c *checker) checkNetwork() {
	made := c.options.Network == "" && c.Bridge == ""
	if c.options.Network != "" && c.Bridge != "" {
		c.fail("network", "/provider/libvirt/bridge", "give one of them", "found both network and bridge")
	}
	if strings.HasSuffix(c.URI, "/session") && c.Bridge == "" {
		c.fail("network", "/provider/libvirt/uri", `use "qemu:///system", or give a bridge of the host`,
			"found %q: only the system's libvirt makes networks", c.URI)
	}
	if !made && len(c.Etcd.Members) > 1 && !c.Endpoint.Configured {
		c.fail("network", "/controlPlane", `add "endpoint": a name that has all their addresses there, or a load balancer's address`,
			"%d control-plane machines in an existing network need an endpoint", len(c.Etcd.Members))
	}
	if made && c.Plan.Network.DualStack {
		c.fail("network", "/network/podCIDR", "use one range, or an existing network that has IPv6",
			"found two ranges, but the network that is made has IPv4 alone")
	}
	gateway := c.Plan.Network.MachineCIDR.Masked().Addr().Next()
	for i, m := range c.Etcd.Members {
		if made && m.Addresses[0] == gateway {
			c.fail("network", fmt.Sprintf("/controlPlane/addresses/%d", i), "use another", "%s is the host's own in that network", gateway)
		}
	}
}

// checkAccess says that nobody here keeps what access asks for in a network that
// others share. Behind NAT nobody outside reaches machines at all.
func (c *checker) checkAccess() {
	if c.Bridge == "" {
		return
	}
	const hint = "have the network's own firewall do it, and leave it out"
	if !slices.Contains(c.Access.API, netip.MustParsePrefix("0.0.0.0/0")) {
		c.warn("access", "/access/apiCIDRs", hint, "libvirt has no firewall for a bridge: the API is open to whoever reaches the machines")
	}
	if len(c.Access.SSH) > 0 {
		c.warn("access", "/access/sshCIDRs", hint, "libvirt has no firewall for a bridge: ssh is open to whoever reaches the machines")
	}
}

func (c *checker) checkSize(path string, r plan.Role) {
	if r.Size == "" {
		return
	}
	hint := fmt.Sprintf("CPUs, x, GB of memory; %q unless given", size(r))
	cpus, memory, ok := strings.Cut(r.Size, "x")
	n, err := strconv.ParseUint(cpus, 10, 16)
	gb, err2 := strconv.ParseUint(memory, 10, 16)
	switch {
	case !ok || err != nil || err2 != nil:
		c.fail("size", path, hint, "found %q, expected a size such as \"4x8\"", r.Size)
	case int(n) < r.MinCPUs():
		c.fail("size", path, hint, "found %d CPUs, expected at least %d", n, r.MinCPUs())
	case int(gb)*1000 < r.MinMemory():
		c.fail("size", path, hint, "found %d GB of memory, expected at least %d MB", gb, r.MinMemory())
	}
}

func (c *checker) checkOS(path string, os plan.OS) {
	first := c.Roles[0].OS.Architecture
	switch {
	case os.Architecture != first:
		c.fail("os", path+"/architecture", "use one", "found %s beside %s: all machines have their host's", os.Architecture, first)
	case os.Architecture == "arm64" && os.Facts.Format == "cloud-init":
		// The provider attaches cloud-init's disk by IDE, which "virt" machines
		// have not; Ignition needs no disk.
		c.fail("os", path+"/name", "use an OS with Ignition: flatcar or fedora-coreos",
			"%s gets its payload on an IDE disk, which arm64 machines cannot have", os.Name)
	case c.image(os) == "":
		c.fail("image", "/provider/libvirt/images", fmt.Sprintf("add %q: a qcow2 file on this machine, or the URL of one", image(os)),
			"there is no image of %s for %s that could be taken as it is; known are %s", os.Name, os.Architecture, strings.Join(known(), ", "))
	}
}

// known are the images that need no option.
func known() []string {
	var keys []string
	for key := range published {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
