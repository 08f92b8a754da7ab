package plan

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// URL is the API's address: "https://HOST:PORT", with brackets around IPv6.
func (e Endpoint) URL() string {
	return "https://" + net.JoinHostPort(e.Host, strconv.Itoa(e.Port))
}

// PodCIDR is the range of pods' addresses, as Kubernetes' flags take it.
func (n Network) PodCIDR() string { return joined(n.PodCIDRs) }

// ServiceCIDR is the range of Services' addresses, likewise.
func (n Network) ServiceCIDR() string { return joined(n.ServiceCIDRs) }

func joined(prefixes []netip.Prefix) string {
	parts := make([]string, len(prefixes))
	for i, p := range prefixes {
		parts[i] = p.String()
	}
	return strings.Join(parts, ",")
}

// Layers are the folders under templates/ that a machine with this OS gets
// beyond the cluster's.
func (o OS) Layers() []string {
	return slices.Concat(o.Facts.Layers, o.Facts.DockerLayers[o.Docker], []string{"os/" + o.Name})
}

// Gateway is the first address of the machines' network, where a provider that
// makes a router puts it.
func (n Network) Gateway() string { return nth(n.MachineCIDR, 1).String() }
