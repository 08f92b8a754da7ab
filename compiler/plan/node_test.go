package plan

import (
	"net/netip"
	"slices"
	"testing"
)

func TestKubeletFlags(t *testing.T) {
	worker := Role{Name: "gpu", Labels: []string{"a=b", "c=d"}}
	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"control plane", Role{ControlPlane: true}.KubeletFlags(), []string{
			"--kubeconfig=/etc/kubernetes/kubelet.conf",
		}},
		{"worker with labels", worker.KubeletFlags(), []string{
			"--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
			"--kubeconfig=/var/lib/kubelet/kubeconfig",
			"--node-labels=a=b,c=d",
		}},
		{"words that systemd would change", Kubernetes{KubeletArgs: []string{"--a=5%", "--b=$HOME", `--c=two "words"`}}.KubeletFlags(), []string{
			"--a=5%%", "--b=$$HOME", `"--c=two \"words\""`,
		}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: found %q, expected %q", c.name, c.got, c.want)
		}
	}
}

func TestNodeFacts(t *testing.T) {
	v6 := Role{ControlPlane: true, Addresses: []netip.Addr{netip.MustParseAddr("fd00::1")}}
	for _, c := range []struct{ name, got, want string }{
		{"nftables", Network{KubeProxyMode: "nftables"}.MinKernel(), "5.13"},
		{"iptables", Network{KubeProxyMode: "iptables"}.MinKernel(), "4.19"},
		{"an IPv6 address in a URL", v6.Address(), "[fd00::1]"},
		{"a download", Download{URL: map[string]string{"arm64": "https://example.com/ARCH/cni.tgz"}}.For("arm64"), "https://example.com/ARCH/cni.tgz"},
		{"a signed URL", Download{URL: map[string]string{"arm64": "https://example.com/cni?a=1&b=2"}}.For("arm64"), "'https://example.com/cni?a=1&b=2'"},
	} {
		if c.got != c.want {
			t.Errorf("%s: found %q, expected %q", c.name, c.got, c.want)
		}
	}
	if ports := v6.Ports(); !slices.Contains(ports, apiPort) {
		t.Errorf("the control plane's ports are %v, without the API's", ports)
	}
	if ports := (Role{}).Ports(); len(ports) != 0 {
		t.Errorf("a worker has no static pods, but ports %v", ports)
	}
}
