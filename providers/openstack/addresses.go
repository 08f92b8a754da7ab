package openstack

import (
	"net/netip"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// fixed are the addresses that payloads and certificates name: the
// control-plane machines', and the load balancer's where one is made.
func fixed(p plan.Plan) []netip.Addr {
	var out []netip.Addr
	for _, m := range p.Etcd.Members {
		out = append(out, m.Addresses[0])
	}
	if a, ok := balancer(p); ok {
		out = append(out, a)
	}
	return out
}

// balancer is the load balancer's address, and whether there is one.
func balancer(p plan.Plan) (netip.Addr, bool) {
	if p.Endpoint.Configured || len(p.Etcd.Members) == 1 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(p.Endpoint.Host)
	return a, err == nil
}

// gateway is the router's address in a subnet: Neutron's choice, the first.
func gateway(subnet netip.Prefix) netip.Addr { return subnet.Masked().Addr().Next() }

// broadcast is the last address of an IPv4 subnet.
func broadcast(subnet netip.Prefix) netip.Addr {
	last := subnet.Masked().Addr().As4()
	for bit := subnet.Bits(); bit < 32; bit++ {
		last[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(last)
}

// pool is one run of addresses.
type pool struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// allocationPools are what Neutron may give out of a subnet by itself, to its
// own ports too: the runs between the gateway, the fixed addresses and the
// broadcast address.
func allocationPools(subnet netip.Prefix, fixed []netip.Addr) []pool {
	ends := append(slices.Clone(fixed), broadcast(subnet))
	slices.SortFunc(ends, netip.Addr.Compare)
	var out []pool
	start := gateway(subnet).Next()
	for _, end := range ends {
		if start.Less(end) {
			out = append(out, pool{start.String(), end.Prev().String()})
		}
		start = end.Next()
	}
	return out
}
