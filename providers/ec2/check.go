package ec2

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// checker collects the problems of one Check.
type checker struct {
	plan    plan.Plan
	options Options
	diags   []schema.Diagnostic
}

func (k *checker) fail(code, path, hint, format string, args ...any) {
	k.diags = append(k.diags, schema.Diagnostic{
		Severity: schema.Error, Code: code, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// Check looks at what AWS would refuse, maybe in the midst of an update.
func Check(p plan.Plan) []schema.Diagnostic {
	k := &checker{plan: p, options: OptionsOf(p.Provider)}
	if k.options.VPCID != "" || len(k.options.SubnetIDs) > 0 {
		k.checkExisting()
	} else {
		k.checkNetwork()
	}
	k.checkFamilies()
	k.checkPlugin()
	return k.diags
}

// checkExisting looks at a network in which nothing but the user knows the
// addresses.
func (k *checker) checkExisting() {
	const code = "ec2-network"
	o := k.options
	if (o.VPCID == "") != (len(o.SubnetIDs) == 0) {
		k.fail(code, "/provider/"+k.plan.Provider.Name, "give both, or neither to have a network made", "vpcID and subnetIDs belong together")
	}
	if n := len(o.SubnetIDs); n > 0 && n != len(o.Zones) {
		k.fail(code, "/provider/"+k.plan.Provider.Name+"/subnetIDs", "one for each zone, in their order", "found %d subnets for %d zones", n, len(o.Zones))
	}
}

// checkNetwork looks at a network that is to be made.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
func (k *checker) checkNetwork() {
	cidr, subnets := k.plan.Network.MachineCIDR, k.plan.Subnets()
	if !cidr.Addr().Is4() {
		return // checkFamilies tells
	}
	if cidr.Bits() < 16 || subnets[0].Bits() > 28 {
		k.fail("ec2-network", "/network/machineCIDR", "for example 10.0.0.0/16",
			"found %s, in %d zones: AWS has networks from /16 on, and in them subnets down to /28", cidr, len(k.options.Zones))
		return
	}
	for _, r := range k.plan.Roles {
		if !r.ControlPlane || !r.Addresses[0].Is4() {
			continue
		}
		subnet := subnets[r.Index%len(subnets)]
		if !usable(subnet, r.Addresses[0]) {
			k.fail("ec2-network", fmt.Sprintf("/controlPlane/addresses/%d", r.Index),
				"leave addresses out to have them chosen; AWS keeps the first four of a subnet and its last",
				"found %s for %s, which goes to the zone %s: expected an address within %s", r.Addresses[0], r.Name, k.plan.Provider.Zone(r.Index), subnet)
		}
	}
}

// usable says whether a machine in a subnet can have the address.
func usable(subnet netip.Prefix, a netip.Addr) bool {
	first := subnet.Masked().Addr()
	for range 4 {
		if a == first {
			return false
		}
		first = first.Next()
	}
	return subnet.Contains(a) && subnet.Contains(a.Next())
}

// checkFamilies: machines have IPv4 addresses, and no others.
func (k *checker) checkFamilies() {
	const code, hint = "ec2-ipv6", "use IPv4 alone"
	is6 := func(p netip.Prefix) bool { return p.Addr().Is6() }
	if is6(k.plan.Network.MachineCIDR) {
		k.fail(code, "/network/machineCIDR", hint, "found %s, but machines get IPv4 addresses", k.plan.Network.MachineCIDR)
	}
	if slices.ContainsFunc(k.plan.Network.PodCIDRs, is6) {
		k.fail(code, "/network/podCIDR", hint, "found %s, but machines get IPv4 addresses, and pods of another family cannot reach each other", k.plan.Network.PodCIDR())
	}
	for _, list := range []struct {
		path  string
		cidrs []netip.Prefix
	}{{"/access/apiCIDRs", k.plan.Access.API}, {"/access/sshCIDRs", k.plan.Access.SSH}} {
		for i, cidr := range list.cidrs {
			if is6(cidr) {
				k.fail(code, fmt.Sprintf("%s/%d", list.path, i), hint, "found %s, but machines are reached by IPv4 addresses", cidr)
			}
		}
	}
}

// checkPlugin: EC2 drops a packet whose address is not the instance's, so that
// pods' own go through tunnels.
// https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html#EIP_Disable_SrcDestCheck
func (k *checker) checkPlugin() {
	const code, message = "ec2-network", "EC2 drops packets with pods' addresses outside a tunnel"
	for _, l := range k.plan.Layers {
		switch {
		case l.Dir == "network/flannel" && l.Options["backend"] == "host-gw":
			k.fail(code, "/network/options/backend", "use vxlan or wireguard", message)
		case l.Dir == "network/kube-router" && l.Options["overlay"] != "full":
			k.fail(code, "/network/options/overlay", "use full", message)
		}
	}
}
