package gce

import (
	"fmt"
	"net/netip"
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

// Check looks at what Compute Engine's names, regions and images allow, and at
// what its network does not carry.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	c := &checker{Plan: p}
	p.Provider.Decode(&c.own)
	c.checkNames()
	c.checkZones()
	c.checkMachines()
	c.checkNetwork()
	c.checkAccess()
	return c.diags
}

func (c *checker) fail(code, path, hint, format string, args ...any) {
	c.diags = append(c.diags, schema.Diagnostic{
		Severity: schema.Error, Code: code, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// What is left of Compute Engine's lengths for names of ours.
const (
	// A service account's name has at most 30 characters, "-control" among them.
	// https://cloud.google.com/iam/docs/service-accounts-create
	maxName = 30 - len("-control")
	// Everything else's has at most 63, and a template's 26 more that Terraform
	// adds, or 9 where that is too many.
	// https://cloud.google.com/compute/docs/naming-resources
	maxPool    = 63 - 9 - len("--")
	maxMachine = 63 - len("-") - len("-etcd")
)

// checkNames: everything begins with the cluster's name.
func (c *checker) checkNames() {
	const hint = "shorten it, or the cluster's name"
	if n := len(c.Name); n > maxName {
		c.fail("gce-name", "/name", "service accounts have short names", "found %d characters, expected at most %d", n, maxName)
	} else if c.Name[0] < 'a' {
		c.fail("gce-name", "/name", "for example \"k"+c.Name+"\"", "found %q, expected a letter at its beginning", c.Name)
	}
	for i, r := range c.Roles {
		if r.ControlPlane {
			if left := maxMachine - len(c.Name); len(r.Name) > left {
				c.fail("gce-name", fmt.Sprintf("/controlPlane/machines/%d/name", r.Index), hint, "found %d characters, expected at most %d behind %q", len(r.Name), left, c.Name)
			}
		} else if left := maxPool - len(c.Name); len(r.Name) > left {
			c.fail("gce-name", fmt.Sprintf("/workers/%d/name", i-len(c.Etcd.Members)), hint, "found %d characters, expected at most %d behind %q", len(r.Name), left, c.Name)
		}
	}
}

// zonesOf are the zones of the regions that do not begin with a.
// https://cloud.google.com/compute/docs/regions-zones#available
var zonesOf = map[string][]string{"europe-west1": {"b", "c", "d"}, "us-east1": {"b", "c", "d"}}

func (c *checker) checkZones() {
	known, ok := zonesOf[c.own.Region]
	for i, z := range c.own.Zones {
		if ok && !slices.Contains(known, z) {
			path := fmt.Sprintf("/provider/gce/zones/%d", i)
			c.fail("gce-zone", path, fmt.Sprintf(`for example "zones": ["%s"]`, strings.Join(known, `", "`)), "%s has no zone %s", c.own.Region, z)
		}
	}
}

// checkMachines looks at disks that node-setup could not tell from etcd's, and at
// images that nobody publishes.
func (c *checker) checkMachines() {
	const key = "flatcar/arm64"
	for i, r := range c.Roles {
		if r.ControlPlane && c.EtcdDiskGB > 0 && strings.HasSuffix(r.Size, "-lssd") && i == 0 {
			c.fail("gce-disk", "/controlPlane/size", "use a type without, or set controlPlane.etcdDiskGB to 0", "%s has local disks, which are as blank as etcd's own", r.Size)
		}
		path := "/os"
		if i > 0 && r.OS.Name+r.OS.Architecture == c.Roles[0].OS.Name+c.Roles[0].OS.Architecture {
			continue // as the first
		} else if i > 0 {
			path = fmt.Sprintf("/workers/%d/os", i-len(c.Etcd.Members))
		}
		if r.OS.Name+"/"+r.OS.Architecture == key && c.own.Images[key] == "" {
			c.fail("gce-image", path+"/architecture", "use another OS, or give an image of your own: provider.gce.images."+key, "Flatcar publishes no arm64 image for Compute Engine")
		}
	}
}

// checkNetwork: what is made is IPv4, and carries machines' addresses alone.
func (c *checker) checkNetwork() {
	if c.Network.MachineCIDR.Addr().Is6() {
		c.fail("gce-network", "/network/machineCIDR", "for example 10.0.0.0/16", "found %s, expected an IPv4 range", c.Network.MachineCIDR)
	}
	if c.Network.DualStack {
		c.fail("gce-network", "/network/podCIDR", "give one range", "found dual stack, expected IPv4 alone")
	}
	for _, l := range c.Layers {
		switch {
		case l.Dir == "network/flannel" && l.Options["backend"] == "host-gw":
			c.fail("gce-network", "/network/options/backend", "use vxlan or wireguard", "Compute Engine's network drops pods' addresses, which host-gw leaves as they are")
		case l.Dir == "network/kube-router" && (l.Options["overlay"] == "subnet" || l.Options["overlay"] == "off"):
			c.fail("gce-network", "/network/options/overlay", "use full", "Compute Engine's network drops pods' addresses outside a tunnel")
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
				c.fail("gce-network", fmt.Sprintf("/access/%s/%d", list.name, i), "take it out: the machines have no IPv6 addresses", "found %s, expected an IPv4 range", cidr)
			}
		}
	}
}
