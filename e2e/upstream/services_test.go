package upstream

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/kubernetes/pkg/apis/core"
	controlplane "k8s.io/kubernetes/pkg/controlplane/apiserver/options"
	"k8s.io/kubernetes/pkg/registry/core/service/ipallocator"
)

// TestServiceAddresses allocates the addresses that Services of add-ons ask for
// with the API's own allocator.
func TestServiceAddresses(t *testing.T) {
	eachMachine(t, func(t *testing.T, m machine) {
		if !m.controlPlane {
			t.Skip("no API server")
		}
		report(t, checkServiceAddresses(t, m, m.copy(t)))
	})
}

func checkServiceAddresses(t *testing.T, m machine, dir string) []string {
	t.Helper()
	taken, allocator, err := serviceRange(t, m, dir)
	if err != nil {
		return []string{err.Error()}
	}
	objects, err := readObjects(filepath.Join(dir, addonsDir))
	if err != nil {
		return []string{err.Error()}
	}
	// The API takes its own as it starts, before there are add-ons.
	if err := allocator.Allocate(taken); err != nil {
		return []string{fmt.Sprintf("Service kubernetes: %s: %v", taken, err)}
	}
	var problems []string
	for _, o := range objects {
		s, ok := o.internal.(*core.Service)
		if !ok || s.Spec.ClusterIP == "" || s.Spec.ClusterIP == core.ClusterIPNone {
			continue
		}
		if err := allocator.Allocate(net.ParseIP(s.Spec.ClusterIP)); err != nil {
			problems = append(problems, fmt.Sprintf("Service %s: %s: %v", s.Name, s.Spec.ClusterIP, err))
		}
	}
	return problems
}

// serviceRange makes an allocator of the API server's first range, and gives
// the address that the API takes for itself.
func serviceRange(t *testing.T, m machine, dir string) (net.IP, ipallocator.Interface, error) {
	t.Helper()
	flags, err := flagsOf(t, m, dir, "kube-apiserver")
	if err != nil {
		return nil, nil, err
	}
	first, _, _ := strings.Cut(flags["--service-cluster-ip-range"], ",")
	_, cidr, err := net.ParseCIDR(first)
	if err != nil {
		return nil, nil, err
	}
	_, taken, err := controlplane.ServiceIPRange(*cidr)
	if err != nil {
		return nil, nil, err
	}
	allocator, err := ipallocator.NewInMemory(cidr)
	return taken, allocator, err
}

func TestRefusesServiceAddresses(t *testing.T) {
	t.Parallel()
	m := named(t, "plain").machines[0]
	const coredns, address = addonsDir + "/coredns.yaml", "clusterIP: 10.96.0.10"
	refuses(t, m, []refusal{
		{"kube-dns: 10.97.0.10: the provided IP (10.97.0.10) is not in the valid range", replace(coredns, address, "clusterIP: 10.97.0.10")},
		{"kube-dns: 10.96.0.1: provided IP is already allocated", replace(coredns, address, "clusterIP: 10.96.0.1")},
	}, func(t *testing.T, dir string) []string { return checkServiceAddresses(t, m, dir) })
}
