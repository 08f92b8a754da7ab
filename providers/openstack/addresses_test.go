package openstack

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAllocationPools(t *testing.T) {
	for _, c := range []struct {
		name, subnet string
		fixed        []string
		want         []pool
	}{
		{"nothing fixed", "10.0.0.0/24", nil, []pool{{"10.0.0.2", "10.0.0.254"}}},
		{"a run", "10.0.0.0/16", []string{"10.0.0.12", "10.0.0.10", "10.0.0.11", "10.0.0.9"}, []pool{{"10.0.0.2", "10.0.0.8"}, {"10.0.0.13", "10.0.255.254"}}},
		{"apart", "10.0.0.0/24", []string{"10.0.0.100", "10.0.0.4"}, []pool{{"10.0.0.2", "10.0.0.3"}, {"10.0.0.5", "10.0.0.99"}, {"10.0.0.101", "10.0.0.254"}}},
		{"at both ends", "10.0.0.0/24", []string{"10.0.0.2", "10.0.0.254"}, []pool{{"10.0.0.3", "10.0.0.253"}}},
		{"one left", "192.168.1.0/29", []string{"192.168.1.2", "192.168.1.3", "192.168.1.5", "192.168.1.6"}, []pool{{"192.168.1.4", "192.168.1.4"}}},
		{"none left", "192.168.1.0/30", []string{"192.168.1.2"}, nil},
		{"not on a byte", "10.20.32.0/19", []string{"10.20.32.10"}, []pool{{"10.20.32.2", "10.20.32.9"}, {"10.20.32.11", "10.20.63.254"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var fixed []netip.Addr
			for _, a := range c.fixed {
				fixed = append(fixed, netip.MustParseAddr(a))
			}
			if diff := cmp.Diff(c.want, allocationPools(netip.MustParsePrefix(c.subnet), fixed)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
