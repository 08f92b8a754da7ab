package pxe

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// host is one machine of the config, and where it stands there.
type host struct {
	path      string // "/controlPlane/machines/0"
	name, mac string
	addresses []netip.Addr
	role      plan.Role
}

// hosts are all machines that the config lists, in its order. A pool without
// machines of its own has none.
func hosts(p plan.Plan) []host {
	var out []host
	for _, r := range p.Roles {
		if r.ControlPlane {
			out = append(out, host{fmt.Sprintf("/controlPlane/machines/%d", r.Index), r.Name, r.MAC, r.Addresses, r})
		}
	}
	for i, r := range pools(p) {
		for j, m := range r.Machines {
			out = append(out, host{fmt.Sprintf("/workers/%d/machines/%d", i, j), m.Name, m.MAC, m.Addresses, r})
		}
	}
	return out
}

// pools are the roles of workers, in the config's order.
func pools(p plan.Plan) []plan.Role {
	var out []plan.Role
	for _, r := range p.Roles {
		if !r.ControlPlane {
			out = append(out, r)
		}
	}
	return out
}

// folder is a machine's under the web root: its MAC address as iPXE writes it
// with ${mac:hexhyp}.
func (h host) folder() string { return strings.ReplaceAll(h.mac, ":", "-") }

// address is the IPv4 address that DHCP gives; empty if the config leaves it to
// the network.
func (h host) address() string {
	for _, a := range h.addresses {
		if a.Is4() {
			return a.String()
		}
	}
	return ""
}
