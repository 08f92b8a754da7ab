package certs

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Spec is one certificate and its key, or one bare key: what it must be.
type Spec struct {
	// Name is the path in pki/ without extension: "ca", "etcd/ca",
	// "members/controlplane-0/etcd/server".
	Name string
	// Member is the control-plane machine that it belongs to; empty is all.
	Member string
	// MachinePath is the path under /etc/kubernetes/pki without extension;
	// empty stays with the user.
	MachinePath string
	// KeyOnMachine is false where only the certificate travels.
	KeyOnMachine bool
	// Issuer is the Name of the CA; empty for a CA itself and for a bare key.
	Issuer string

	CommonName    string
	Organizations []string     // groups, to Kubernetes
	DNSNames      []string     // sorted
	Addresses     []netip.Addr // sorted

	Server, Client bool // extended usages of a leaf
	CA, KeyOnly    bool
	Validity       time.Duration
}

// Cluster lists everything that a cluster's pki/ holds, CAs before what they
// sign. Names follow kubeadm's where kubeadm has the same certificate.
func Cluster(n Names) []Spec {
	specs := []Spec{
		// Authorities. Only the cluster's own CA key is on machines: the
		// controller manager signs the kubelets' requests with it.
		{Name: "ca", CA: true, CommonName: "kubernetes", MachinePath: "ca", KeyOnMachine: true},
		{Name: "etcd/ca", CA: true, CommonName: "etcd-ca", MachinePath: "etcd/ca"},
		{Name: "front-proxy-ca", CA: true, CommonName: "front-proxy-ca", MachinePath: "front-proxy-ca"},
		{Name: "sa", KeyOnly: true, MachinePath: "sa", KeyOnMachine: true},

		// The apiserver's own clients. The first has no group: what it may do
		// is bound to its name and can be revoked.
		client("apiserver-kubelet-client", "ca", "kube-apiserver-kubelet-client"),
		client("apiserver-etcd-client", "etcd/ca", "kube-apiserver"),
		client("front-proxy-client", "front-proxy-ca", "front-proxy-client"),

		// Components; Kubernetes binds the first two names itself.
		client("controller-manager", "ca", "system:kube-controller-manager"),
		client("scheduler", "ca", "system:kube-scheduler"),
		client("addon-manager", "ca", "kube-anywhere:addon-manager"),

		// People. RBAC cannot revoke system:masters, so that is for breaking
		// glass, and neither is ever on a machine.
		user("admin", "kubernetes-admin", "kube-anywhere:cluster-admins"),
		user("super-admin", "kubernetes-super-admin", "system:masters"),
	}
	for _, m := range n.Members {
		specs = append(specs, member(n, m)...)
	}
	for i := range specs {
		specs[i].settle(n)
	}
	return specs
}

// member lists what one control-plane machine has of its own.
func member(n Names, m Member) []Spec {
	etcd := Spec{
		CommonName: m.Name,
		DNSNames:   []string{"localhost", m.Name},
		Addresses:  withLoopback(m.Addresses),
	}
	return []Spec{
		of(m, server("apiserver", "ca", apiserver(n, m))),
		// etcd's server and peers are clients too: the server's gateway calls
		// the server, and peers call each other.
		of(m, both("etcd/server", "etcd/ca", etcd)),
		of(m, both("etcd/peer", "etcd/ca", etcd)),
		of(m, client("etcd/healthcheck-client", "etcd/ca", "healthcheck")),
		// Only a client: kubelets ask for their serving certificates.
		of(m, client("kubelet", "ca", "system:node:"+m.Name, "system:nodes")),
	}
}

func client(name, issuer, commonName string, groups ...string) Spec {
	return Spec{Name: name, MachinePath: name, KeyOnMachine: true, Issuer: issuer,
		CommonName: commonName, Organizations: groups, Client: true}
}

// user is a client of the apiserver that stays in pki/.
func user(name, commonName, group string) Spec {
	s := client(name, "ca", commonName, group)
	s.MachinePath, s.KeyOnMachine = "", false
	return s
}

func server(name, issuer string, s Spec) Spec {
	s.Name, s.MachinePath, s.KeyOnMachine = name, name, true
	s.Issuer, s.Server = issuer, true
	return s
}

func both(name, issuer string, s Spec) Spec {
	s = server(name, issuer, s)
	s.Client = true
	return s
}

// of makes a spec one member's own.
func of(m Member, s Spec) Spec {
	s.Member = m.Name
	s.Name = "members/" + m.Name + "/" + s.Name
	return s
}

// apiserver is every name and address by which the apiserver of one
// member is called: as a Service, through the endpoint, and as itself.
func apiserver(n Names, m Member) Spec {
	s := Spec{
		CommonName: "kube-apiserver",
		DNSNames: []string{"localhost", m.Name, "kubernetes", "kubernetes.default",
			"kubernetes.default.svc", "kubernetes.default.svc." + n.DNSDomain},
		Addresses: withLoopback(slices.Concat(n.ServiceIPs, m.Addresses)),
	}
	for _, host := range slices.Concat([]string{n.Endpoint}, n.ExtraSANs) {
		if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			s.Addresses = append(s.Addresses, a)
		} else if host != "" {
			s.DNSNames = append(s.DNSNames, host)
		}
	}
	return s
}

// withLoopback adds 127.0.0.1, and ::1 where there is IPv6 at all.
func withLoopback(addresses []netip.Addr) []netip.Addr {
	all := append(slices.Clone(addresses), netip.MustParseAddr("127.0.0.1"))
	if slices.ContainsFunc(addresses, func(a netip.Addr) bool { return a.Unmap().Is6() }) {
		all = append(all, netip.IPv6Loopback())
	}
	return all
}

// settle fills in the lifetime, sorts names and addresses, drops duplicates,
// and brings both into the form in which a certificate holds them.
func (s *Spec) settle(n Names) {
	switch {
	case s.CA:
		s.Validity = n.CAValidity
	case !s.KeyOnly: // a bare key never expires
		s.Validity = n.Validity
	}
	s.DNSNames = slices.Clone(s.DNSNames)
	for i, name := range s.DNSNames {
		s.DNSNames[i] = strings.ToLower(strings.TrimSuffix(name, "."))
	}
	slices.Sort(s.DNSNames)
	s.DNSNames = slices.Compact(s.DNSNames)

	s.Addresses = slices.DeleteFunc(slices.Clone(s.Addresses), func(a netip.Addr) bool { return !a.IsValid() })
	for i, a := range s.Addresses {
		s.Addresses[i] = a.Unmap().WithZone("")
	}
	slices.SortFunc(s.Addresses, netip.Addr.Compare)
	s.Addresses = slices.Compact(s.Addresses)
}
