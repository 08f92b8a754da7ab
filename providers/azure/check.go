package azure

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// checker collects what is wrong with one config.
type checker struct {
	plan.Plan
	own   options
	diags []schema.Diagnostic
}

// Check looks at what Azure's names, disks and images allow, and at what its
// network does not carry.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	c := &checker{Plan: p}
	p.Provider.Decode(&c.own)
	for i, r := range c.Roles {
		switch {
		case !r.ControlPlane:
			c.checkPool(r, i-len(c.Etcd.Members))
		case i == 0: // the others are like it
			c.checkControlPlane(r)
		}
	}
	c.checkAddresses()
	c.checkNetwork()
	c.checkAccess()
	return c.diags
}

func (c *checker) fail(code, path, hint, format string, args ...any) {
	c.diags = append(c.diags, schema.Diagnostic{
		Severity: schema.Error, Code: code, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// minDiskGB is the size of the images that are in the marketplace.
const minDiskGB = 30

// localDisk matches sizes with local disks that come blank: the L series, and
// those with a "d" since their sixth generation.
// https://learn.microsoft.com/azure/virtual-machines/enable-nvme-temp-faqs
var localDisk = regexp.MustCompile(`(?i)^Standard_(L|[A-Z]+[0-9]+(-[0-9]+)?[a-z]*d[a-z]*_v([6-9]|[1-9][0-9]))`)

func (c *checker) checkControlPlane(r plan.Role) {
	c.checkImage(r, "/os/name")
	c.checkDisk(r, "/controlPlane/diskGB")
	if c.EtcdDiskGB > 0 && localDisk.MatchString(r.Size) {
		c.fail("azure-disk", "/controlPlane/size", "use a size without, or set controlPlane.etcdDiskGB to 0",
			"%s has local disks, which are as blank as etcd's own", r.Size)
	}
}

// maxName is how long a cluster's and a pool's name may be together: a scale
// set's machines are called by both and a number of six digits, with dashes
// between them, and a node's name has at most 63 characters.
const maxName = 63 - 6 - len("--")

func (c *checker) checkPool(r plan.Role, i int) {
	path := fmt.Sprintf("/workers/%d", i)
	if left := maxName - len(c.Name); len(r.Name) > left {
		c.fail("azure-name", path+"/name", "shorten it, or the cluster's name", "found %d characters, expected at most %d behind %q", len(r.Name), left, c.Name)
	}
	if r.Spot && strings.HasPrefix(strings.ToLower(r.Size), "standard_b") {
		c.fail("azure-spot", path+"/size", "for example \"Standard_D2ls_v5\"", "%s is of the B series, which is never spot", r.Size)
	}
	if first := c.Roles[0].OS; r.OS.Name != first.Name || r.OS.Architecture != first.Architecture {
		c.checkImage(r, path+"/os/name")
	}
	c.checkDisk(r, path+"/diskGB")
}

func (c *checker) image(r plan.Role) string { return c.own.Images[r.OS.Name+"/"+r.OS.Architecture] }

func (c *checker) checkImage(r plan.Role, path string) {
	if r.OS.Name == "fedora-coreos" && c.image(r) == "" {
		c.fail("azure-image", path, "upload one and give it as provider.azure.images.fedora-coreos/"+r.OS.Architecture+", or use another OS",
			"the marketplace has no Fedora CoreOS")
	}
}

func (c *checker) checkDisk(r plan.Role, path string) {
	if r.DiskGB < minDiskGB && c.image(r) == "" {
		c.fail("azure-disk", path, "leave it out, or use a smaller image of your own", "found %d, expected at least the image's %d GB", r.DiskGB, minDiskGB)
	}
}

// checkAddresses: in a network of its own the cluster's range is the subnet, of
// which Azure keeps the first four addresses and the last.
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
func (c *checker) checkAddresses() {
	network := c.Network.MachineCIDR
	if c.own.Subnet.Name != "" || !network.Addr().Is4() {
		return
	}
	kept := []netip.Addr{network.Masked().Addr()}
	for range 3 {
		kept = append(kept, kept[len(kept)-1].Next())
	}
	for i, m := range c.Etcd.Members {
		if a := m.Addresses[0]; slices.Contains(kept, a) || !network.Contains(a.Next()) {
			c.fail("azure-network", fmt.Sprintf("/controlPlane/addresses/%d", i), "leave them out, or use others", "Azure keeps %s for itself, as the first four addresses and the last of every subnet", a)
		}
	}
}

// checkNetwork: what is made is IPv4, and carries TCP, UDP and ICMP between
// machines' own addresses.
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
func (c *checker) checkNetwork() {
	if c.Network.MachineCIDR.Addr().Is6() {
		c.fail("azure-network", "/network/machineCIDR", "for example 10.0.0.0/16", "found %s, expected an IPv4 range", c.Network.MachineCIDR)
	}
	if c.Network.DualStack {
		c.fail("azure-network", "/network/podCIDR", "give one range", "found dual stack, expected IPv4 alone")
	}
	for _, l := range c.Layers {
		switch {
		case l.Dir == "network/flannel" && l.Options["backend"] == "host-gw":
			c.fail("azure-network", "/network/options/backend", "use vxlan or wireguard", "Azure's network drops pods' addresses, which host-gw leaves as they are")
		case l.Dir == "network/kube-router" && l.Options["overlay"] != "full":
			c.fail("azure-network", "/network/options/overlay", "use full", "Azure's network drops pods' addresses outside a tunnel")
		case l.Dir == "network/kube-router" && l.Options["encapsulation"] == "ipip":
			c.fail("azure-network", "/network/options/encapsulation", "use fou", "Azure's network drops ipip")
		}
	}
}

func (c *checker) checkAccess() {
	for _, list := range []struct {
		name  string
		cidrs []netip.Prefix
	}{{"apiCIDRs", c.Access.API}, {"sshCIDRs", c.Access.SSH}} {
		for i, cidr := range list.cidrs {
			if cidr.Addr().Is6() {
				c.fail("azure-network", fmt.Sprintf("/access/%s/%d", list.name, i), "take it out: the machines have no IPv6 addresses", "found %s, expected an IPv4 range", cidr)
			}
		}
	}
}
