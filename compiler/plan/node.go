package plan

import (
	"net"
	"slices"
	"strconv"
	"strings"
)

// MinKernel is the oldest kernel that kube-proxy's mode runs on.
func (n Network) MinKernel() string {
	if n.KubeProxyMode == "nftables" {
		return "5.13" // https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-nftables
	}
	return "4.19"
}

// FailsOnSwap says whether the kubelet refuses to run beside swap, as it does
// unless the user says otherwise.
func (k Kubernetes) FailsOnSwap() bool { return k.Kubelet["failSwapOn"] != false }

// IPFamilyPolicy is what a Service with addresses of both families needs; a
// cluster of one family needs nothing.
func (n Network) IPFamilyPolicy() string {
	if n.DualStack {
		return "PreferDualStack"
	}
	return ""
}

// Sysctls are the kernel settings of a node that carries pods' packets.
func (n Network) Sysctls() []string {
	out := []string{
		"net.bridge.bridge-nf-call-iptables=1",
		"net.ipv4.ip_forward=1",
	}
	if n.DualStack || n.PodCIDRs[0].Addr().Is6() {
		// Router advertisements still reach the node: systemd-networkd and
		// NetworkManager, not the kernel, act on them.
		out = append(out, "net.bridge.bridge-nf-call-ip6tables=1", "net.ipv6.conf.all.forwarding=1")
	}
	return out
}

// MinMemory is the memory that a machine must have, in MB. The control plane's
// is kubeadm's.
func (r Role) MinMemory() int {
	if r.ControlPlane {
		return 1700
	}
	return 700
}

// MinCPUs is how many CPUs a machine must have.
func (r Role) MinCPUs() int {
	if r.ControlPlane {
		return 2
	}
	return 1
}

// Ports are those that the static pods listen on, and that must be free before
// the kubelet first runs.
func (r Role) Ports() []int {
	if r.ControlPlane {
		return []int{2379, 2380, 2381, apiPort, 10257, 10259}
	}
	return nil
}

// Architectures are those of the cluster's machines, sorted.
func (p Plan) Architectures() []string {
	var out []string
	for _, r := range p.Roles {
		out = append(out, r.OS.Architecture)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Uname is what uname -m calls the machine's architecture.
func (o OS) Uname() string {
	return map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[o.Architecture]
}

// For is the URL that a machine fetches for one architecture, as one word of
// shell: a signed URL has "&" in it. No URL that the config may have holds a
// single quote.
func (d Download) For(arch string) string {
	url := d.URL[arch]
	if strings.ContainsAny(url, "&;$()*?!#~[]") {
		return "'" + url + "'"
	}
	return url
}

// Address is the first of a control-plane machine's own addresses, as in a URL:
// with brackets around IPv6.
func (r Role) Address() string {
	return strings.TrimSuffix(net.JoinHostPort(r.Addresses[0].String(), ""), ":")
}

// KubeletFlags are what differs between the kubelets of the roles, as words of
// a systemd unit. A worker's own kubeconfig is not in /etc/kubernetes, because
// the kubelet writes it there, and reads it alone once it has joined.
func (r Role) KubeletFlags() []string {
	flags := []string{"--kubeconfig=/etc/kubernetes/kubelet.conf"}
	if !r.ControlPlane {
		flags = []string{
			"--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
			"--kubeconfig=/var/lib/kubelet/kubeconfig",
		}
	}
	if len(r.Labels) > 0 {
		flags = append(flags, "--node-labels="+strings.Join(r.Labels, ","))
	}
	return unitWords(flags)
}

// KubeletFlags are the user's, as words of a systemd unit.
func (k Kubernetes) KubeletFlags() []string { return unitWords(k.KubeletArgs) }

// unitWords writes each word so that systemd's ExecStart= gives it to the
// command unchanged: specifiers and variables escaped, quoted where it must be.
// https://www.freedesktop.org/software/systemd/man/systemd.service.html#Command%20lines
func unitWords(words []string) []string {
	escape := strings.NewReplacer("%", "%%", "$", "$$")
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = escape.Replace(w)
		if strings.ContainsAny(w, " \t\n\"'\\;") {
			out[i] = strconv.Quote(out[i])
		}
	}
	return out
}
