package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

// apiPort is where kube-apiserver listens, on every machine and at the
// endpoint.
const apiPort = 6443

// Facts are what stands beside the templates.
type Facts struct {
	OS map[string]OSFacts
	// Provider is the chosen provider's.
	Provider ProviderFacts
	// Images are the images of a network ("network/flannel") or an add-on
	// ("addon/coredns"), by short name. An empty reference follows the
	// Kubernetes version.
	Images map[string]map[string]string
	// Read gives the content of a file that the config names.
	Read func(name string) ([]byte, error)
}

// resolver collects the problems of one Resolve.
type resolver struct {
	c     schema.Cluster
	facts Facts
	diags []schema.Diagnostic
}

// Resolve makes every decision that the config leaves open. The config has
// passed schema.Parse; what is reported here needs the facts or the files.
func Resolve(c schema.Cluster, facts Facts) (Plan, []schema.Diagnostic) {
	r := &resolver{c: c, facts: facts}
	p := Plan{
		Name:       c.Name,
		Kubernetes: r.kubernetes(),
		Network:    r.network(),
		PKI: PKI{
			Algorithm:          c.PKI.Algorithm,
			CAValidityDays:     c.PKI.CAValidityDays,
			ValidityDays:       c.PKI.ValidityDays,
			TokenValidityHours: c.PKI.TokenValidityHours,
			ExtraSANs:          c.PKI.ExtraSANs,
		},
		Registry: r.registry(),
		Provider: r.provider(),
		Access: Access{
			API: list(r.c.Access.APICIDRs),
			SSH: list(r.c.Access.SSHCIDRs),
		},
	}
	if p.Provider.MakesDisks {
		p.EtcdDiskGB = r.c.ControlPlane.EtcdDiskGB
	}
	p.Etcd.Members = r.members(p.Subnets())
	p.Etcd.InitialCluster = initialCluster(p.Etcd.Members)
	p.Endpoint = r.endpoint(p)
	r.checkEndpoint(p)
	p.Proxy = r.proxy(p)
	p.Roles = r.roles(p.Etcd.Members)
	p.Layers = r.layers(p)
	p.Images = r.images(p)
	p.CNI = r.cni()
	p.Manifests = r.files("/manifests", c.Manifests)
	return p, r.diags
}

func (r *resolver) fail(code, path, hint, format string, args ...any) {
	r.diags = append(r.diags, schema.Diagnostic{
		Severity: schema.Error, Code: code, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (r *resolver) kubernetes() Kubernetes {
	k := r.c.Kubernetes
	minor, _, err := release(k.Version)
	if err != nil {
		r.fail("kubernetes-version", "/kubernetes/version", "choose a version of a supported minor", "%v", err)
	}
	return Kubernetes{
		Version:               k.Version,
		Minor:                 minor,
		APIServerArgs:         flags(k.ExtraArgs.APIServer, k.FeatureGates),
		ControllerManagerArgs: flags(k.ExtraArgs.ControllerManager, k.FeatureGates),
		SchedulerArgs:         flags(k.ExtraArgs.Scheduler, k.FeatureGates),
		EtcdArgs:              flags(k.ExtraArgs.Etcd, nil),
		KubeletArgs:           flags(k.ExtraArgs.Kubelet, nil),
		FeatureGates:          k.FeatureGates,
		Kubelet:               k.Kubelet,
	}
}

// flags are "--name=value", sorted, with the feature gates among them.
func flags(args map[string]string, gates map[string]bool) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		out = append(out, "--"+name+"="+args[name])
	}
	if len(gates) > 0 {
		var list []string
		for _, gate := range slices.Sorted(maps.Keys(gates)) {
			list = append(list, fmt.Sprintf("%s=%t", gate, gates[gate]))
		}
		out = append(out, "--feature-gates="+strings.Join(list, ","))
	}
	slices.Sort(out)
	return out
}

// list reads CIDRs that schema.Parse has checked.
func list(cidrs []string) []netip.Prefix { return prefixes(strings.Join(cidrs, ",")) }

func (r *resolver) network() Network {
	n := r.c.Network
	out := Network{
		Plugin:        n.Plugin,
		PodCIDRs:      prefixes(n.PodCIDR),
		ServiceCIDRs:  prefixes(n.ServiceCIDR),
		DNSDomain:     n.DNSDomain,
		KubeProxyMode: n.KubeProxyMode,
	}
	out.MachineCIDR, _ = netip.ParsePrefix(n.MachineCIDR)
	out.DualStack = len(out.PodCIDRs) == 2
	for _, p := range out.ServiceCIDRs {
		out.ServiceIPs = append(out.ServiceIPs, nth(p, 1))
	}
	if n.DNSServiceIP != "" {
		out.DNSServiceIP, _ = netip.ParseAddr(n.DNSServiceIP)
	} else if len(out.ServiceCIDRs) > 0 {
		out.DNSServiceIP = nth(out.ServiceCIDRs[0], 10)
	}
	return out
}

// prefixes reads one CIDR or several with commas between them; schema.Parse
// has checked their syntax.
func prefixes(s string) []netip.Prefix {
	var out []netip.Prefix
	for part := range strings.SplitSeq(s, ",") {
		if p, err := netip.ParsePrefix(strings.TrimSpace(part)); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// nth is the n-th address of a prefix, counting its base address as 0.
func nth(p netip.Prefix, n int) netip.Addr {
	a := p.Masked().Addr()
	for range n {
		a = a.Next()
	}
	return a
}

// provider is the one that the config names, and its facts.
// members are the control-plane machines: as listed, or with the addresses
// given, or with addresses from the tenth of the network on; with several
// subnets one after the other in turn.
func (r *resolver) members(subnets []netip.Prefix) []Member {
	cp := r.c.ControlPlane
	var out []Member
	for i := range cp.Count {
		m := Member{Name: fmt.Sprintf("controlplane-%d", i)}
		switch {
		case i < len(cp.Machines):
			m.Name = cp.Machines[i].Name
			m.Addresses = addresses(cp.Machines[i].Address)
		case i < len(cp.Addresses):
			m.Addresses = addresses(cp.Addresses[i])
		}
		if len(m.Addresses) == 0 {
			m.Addresses = []netip.Addr{nth(subnets[i%len(subnets)], 10+i/len(subnets))}
		}
		out = append(out, m)
	}
	return out
}

func addresses(s string) []netip.Addr {
	var out []netip.Addr
	for part := range strings.SplitSeq(s, ",") {
		if a, err := netip.ParseAddr(strings.TrimSpace(part)); err == nil {
			out = append(out, a)
		}
	}
	return out
}

func initialCluster(members []Member) string {
	var parts []string
	for _, m := range members {
		parts = append(parts, m.Name+"=https://"+netip.AddrPortFrom(m.Addresses[0], 2380).String())
	}
	return strings.Join(parts, ",")
}

// endpoint is the configured one, or the only control-plane machine's address,
// or what the provider makes.
func (r *resolver) endpoint(p Plan) Endpoint {
	host := r.c.ControlPlane.Endpoint
	switch {
	case host != "" || len(p.Etcd.Members) == 0:
	case len(p.Etcd.Members) == 1:
		host = p.Etcd.Members[0].Addresses[0].String()
	case p.Provider.Endpoint == FixedAddress:
		// Before the machines, which begin at the tenth.
		host = nth(p.Network.MachineCIDR, 9).String()
	case p.Provider.Endpoint == PrivateName:
		host = "api." + p.Name + ".internal"
	}
	return Endpoint{Host: host, Port: apiPort, Configured: r.c.ControlPlane.Endpoint != ""}
}

// checkEndpoint looks for a machine that has the address of the load balancer
// before it.
func (r *resolver) checkEndpoint(p Plan) {
	for i, m := range p.Etcd.Members {
		if !p.Endpoint.Configured && len(p.Etcd.Members) > 1 && m.Addresses[0].String() == p.Endpoint.Host {
			r.fail("address-of-endpoint", fmt.Sprintf("/controlPlane/addresses/%d", i), "choose another, or give the endpoint one of its own: controlPlane.endpoint",
				"%s is the address of the endpoint, and cannot be that of one of %d machines", p.Endpoint.Host, len(p.Etcd.Members))
		}
	}
}

func (r *resolver) proxy(p Plan) Proxy {
	c := r.c.Proxy
	if c.HTTP == "" && c.HTTPS == "" {
		return Proxy{}
	}
	none := []string{"localhost", "127.0.0.1", "::1", ".svc", "." + p.Network.DNSDomain, p.Endpoint.Host, p.Network.MachineCIDR.String()}
	for _, prefix := range slices.Concat(p.Network.PodCIDRs, p.Network.ServiceCIDRs) {
		none = append(none, prefix.String())
	}
	for _, m := range p.Etcd.Members {
		for _, a := range m.Addresses {
			none = append(none, a.String())
		}
	}
	none = append(none, c.NoProxy...)
	slices.Sort(none)
	return Proxy{
		HTTP:    cmp.Or(c.HTTP, c.HTTPS),
		HTTPS:   cmp.Or(c.HTTPS, c.HTTP),
		NoProxy: strings.Join(slices.Compact(none), ","),
	}
}

// layers are the folders that every machine of the cluster is built from; those
// of its OS come on top.
func (r *resolver) layers(p Plan) []Layer {
	out := []Layer{{Dir: "role/base"}, {Dir: "role/addon-manager"}}
	if p.Proxy.HTTP != "" {
		out = append(out, Layer{Dir: "role/proxy"})
	}
	if p.Network.DualStack {
		out = append(out, Layer{Dir: "role/dual-stack"})
	}
	out = append(out, Layer{Dir: "network/" + p.Network.Plugin, Options: r.c.Network.Options})
	for _, name := range slices.Sorted(maps.Keys(r.c.Addons)) {
		if options := r.c.Addons[name]; options["enabled"] == true {
			out = append(out, Layer{Dir: "addon/" + name, Options: options})
		}
	}
	out = append(out, Layer{Dir: "provider/overlay"})
	if r.c.Addons["cloud-controller-manager"]["enabled"] == true {
		out = append(out, Layer{Dir: CloudControllers})
		if !p.Provider.CloudControllers {
			r.fail("no-cloud-controllers", "/addons/cloud-controller-manager/enabled", "leave it off",
				"there is no cloud-controller-manager for the provider %s", p.Provider.Name)
		}
	}
	return out
}
