package schema

import (
	"fmt"
	"net/netip"
	"strings"
)

// ranges are the network's CIDRs. Those that cannot be read are missing, and
// what depends on them is not checked.
type ranges struct {
	machine, pods, services []netip.Prefix
}

// checkNetwork looks at the cluster's ranges and the DNS.
func (k *checker) checkNetwork() {
	n := k.Network
	k.ranges = ranges{
		machine:  k.cidrs("/network/machineCIDR", n.MachineCIDR, 1),
		pods:     k.cidrs("/network/podCIDR", n.PodCIDR, 2),
		services: k.cidrs("/network/serviceCIDR", n.ServiceCIDR, 2),
	}
	k.checkFamilies()
	k.checkOverlaps()
	k.checkServiceSize()
	k.checkPodSize()
	k.checkMachineSize()
	k.checkDNSServiceIP()
	if !isDNSName(n.DNSDomain) {
		k.fail(codeDNSDomain, "/network/dnsDomain", `for example "cluster.local"`,
			"found %s, expected a DNS name in lower case", clip(n.DNSDomain))
	}
}

// cidrs reads one CIDR, or up to most with commas between them. It gives none
// when any of them is wrong.
func (k *checker) cidrs(path, text string, most int) []netip.Prefix {
	parts := strings.Split(text, ",")
	if len(parts) > most {
		k.fail(codeCIDR, path, "", "found %d CIDRs, expected at most %d", len(parts), most)
		return nil
	}
	var list []netip.Prefix
	for _, part := range parts {
		part = strings.TrimSpace(part)
		p, err := netip.ParsePrefix(part)
		if err != nil || p.Addr().Is4In6() {
			hint := `for example "10.0.0.0/16"`
			if a, err := netip.ParseAddr(part); err == nil {
				bits := 16
				if netip.PrefixFrom(a, bits).Masked().Addr() != a {
					bits = a.BitLen() // it is one machine's
				}
				hint = fmt.Sprintf("add the length of the prefix, for example \"%s/%d\"", a, bits)
			}
			k.fail(codeCIDR, path, hint, "found %s, expected a CIDR", clip(part))
			return nil
		}
		if p != p.Masked() {
			k.fail(codeCIDRHostBits, path, fmt.Sprintf("write %q", p.Masked()),
				"found %q, which is an address within the range %s", part, p.Masked())
		}
		list = append(list, p.Masked())
	}
	if len(list) == 2 && list[0].Addr().Is4() == list[1].Addr().Is4() {
		k.fail(codeCIDRFamilies, path, "give one CIDR, or for dual stack one of IPv4 and one of IPv6",
			"found two %s CIDRs", family(list[0].Addr()))
		return nil
	}
	return list
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// families names the families of some ranges in order.
func families(list []netip.Prefix) string {
	var names []string
	for _, p := range list {
		names = append(names, family(p.Addr()))
	}
	return strings.Join(names, ",")
}

func (k *checker) checkFamilies() {
	r := k.ranges
	if r.pods != nil && r.services != nil && families(r.pods) != families(r.services) {
		k.fail(codeCIDRFamilies, "/network/serviceCIDR",
			"dual stack needs both in podCIDR and in serviceCIDR, in the same order",
			"found %s, but podCIDR has %s", families(r.services), families(r.pods))
	}
	if r.machine != nil && r.services != nil && families(r.machine) != family(r.services[0].Addr()) {
		k.fail(codeCIDRFamilies, "/network/machineCIDR",
			"the API server must listen on an address of the same family as its first service range",
			"found %s, but the first range of serviceCIDR is %s", families(r.machine), family(r.services[0].Addr()))
	}
}

func (k *checker) checkOverlaps() {
	named := []struct {
		field string
		list  []netip.Prefix
	}{{"machineCIDR", k.ranges.machine}, {"podCIDR", k.ranges.pods}, {"serviceCIDR", k.ranges.services}}
	for i, a := range named {
		for _, b := range named[i+1:] {
			for _, p := range a.list {
				for _, q := range b.list {
					if p.Overlaps(q) {
						k.fail(codeCIDROverlap, "/network/"+b.field, "choose ranges that do not overlap",
							"%s overlaps %s of %s", q, p, a.field)
					}
				}
			}
		}
	}
}

// checkServiceSize follows kube-apiserver, which takes at most 2^20 addresses;
// sixteen leave room for the DNS service at the tenth.
func (k *checker) checkServiceSize() {
	for _, p := range k.ranges.services {
		host := p.Addr().BitLen() - p.Bits()
		if longest := p.Addr().BitLen() - 20; host > 20 {
			k.fail(codeCIDRSize, "/network/serviceCIDR", fmt.Sprintf("use a prefix of /%d or longer", longest),
				"%s is larger than kube-apiserver takes", p)
		} else if host < 4 {
			k.fail(codeCIDRSize, "/network/serviceCIDR", fmt.Sprintf("use a prefix of /%d or shorter", p.Addr().BitLen()-4),
				"%s has fewer than 16 addresses", p)
		}
	}
}

// checkPodSize makes sure that every node gets its /24 or /64. For IPv6,
// kube-controller-manager hands out at most 2^16 of them.
func (k *checker) checkPodSize() {
	nodes := k.ControlPlane.Count
	for _, p := range k.Workers {
		nodes += p.Count
	}
	for _, p := range k.ranges.pods {
		perNode := 24
		if p.Addr().Is6() {
			perNode = 64
		}
		switch room := perNode - p.Bits(); {
		case p.Addr().Is6() && room > 16:
			k.fail(codeCIDRSize, "/network/podCIDR", "use a prefix of /48 to /64",
				"%s is larger than kube-controller-manager takes", p)
		case room < 0:
			k.fail(codeCIDRSize, "/network/podCIDR", fmt.Sprintf("use a prefix shorter than /%d", perNode),
				"%s is smaller than the /%d that each node takes", p, perNode)
		case room < 31 && nodes > 1<<room:
			k.fail(codeCIDRSize, "/network/podCIDR", fmt.Sprintf("each node takes a /%d: use a shorter prefix", perNode),
				"%s has room for %d nodes, but the cluster has %d", p, 1<<room, nodes)
		}
	}
}

// checkMachineSize makes sure that addresses which we choose are in the range.
func (k *checker) checkMachineSize() {
	if k.ranges.machine == nil || len(k.ControlPlane.Addresses) > 0 || len(k.ControlPlane.Machines) > 0 {
		return
	}
	p := k.ranges.machine[0]
	if last := nth(p, 9+k.ControlPlane.Count); !p.Contains(last) {
		k.fail(codeCIDRSize, "/network/machineCIDR", "use a shorter prefix, or give controlPlane.addresses",
			"%s ends before the control plane's addresses, which begin at its tenth", p)
	}
}

// nth is the n-th address of a range, from 0.
func nth(p netip.Prefix, n int) netip.Addr {
	a := p.Addr()
	for range n {
		a = a.Next()
	}
	return a
}

func (k *checker) checkDNSServiceIP() {
	const path = "/network/dnsServiceIP"
	text := k.Network.DNSServiceIP
	if text == "" || k.ranges.services == nil {
		return
	}
	service := k.ranges.services[0]
	hint := "leave it out, or use " + quote(nth(service, 10).String())
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		k.fail(codeDNSServiceIP, path, hint, "found %s, expected an address", clip(text))
	case !service.Contains(a):
		k.fail(codeDNSServiceIP, path, hint, "%s is outside serviceCIDR %s", a, service)
	case a == service.Addr():
		k.fail(codeDNSServiceIP, path, hint, "%s is the base address of serviceCIDR", a)
	case a == nth(service, 1):
		k.fail(codeDNSServiceIP, path, hint, "%s is the first address of serviceCIDR, which the Kubernetes API itself has", a)
	}
}
