// Package plan holds the config with every decision made: no optional fields,
// no pointers, no strings where a parsed type exists.
//
// INPUTS: schema.Cluster, all of it, and the facts about operating systems,
// networks and add-ons that stand beside their templates.
// OUTPUTS: Plan, which templates, certificates and providers read.
package plan

import (
	"net/netip"
)

// Plan is one cluster, decided.
type Plan struct {
	Name       string
	Kubernetes Kubernetes
	Network    Network
	Endpoint   Endpoint
	Etcd       Etcd
	Proxy      Proxy
	Registry   Registry
	PKI        PKI
	Access     Access
	Provider   Provider
	// EtcdDiskGB is the size of the disk that etcd has to itself; 0 is none.
	EtcdDiskGB int
	// Roles are the control-plane machines in order, then the pools in the
	// config's order.
	Roles []Role
	// Layers are the folders under templates/ that every machine of the cluster
	// is built from, in order ("role/base", "network/flannel", "addon/coredns").
	Layers []Layer
	// Images are all images that the cluster pulls, by short name ("etcd",
	// "kube-apiserver").
	Images map[string]Image
	// CNI is the archive of the base CNI plugins.
	CNI Download
	// Manifests are the user's own, applied with the add-ons; Path is a name.
	Manifests []File
}

// Layer is one folder under templates/ with the options chosen for it.
type Layer struct {
	Dir     string
	Options map[string]any
}

// Kubernetes is the version and what depends on it.
type Kubernetes struct {
	Version string // "1.37.2"
	Minor   int    // 37
	// The flags of each component beyond those in its template, as
	// "--name=value", sorted.
	APIServerArgs, ControllerManagerArgs, SchedulerArgs, EtcdArgs, KubeletArgs []string
	FeatureGates                                                               map[string]bool
	// Kubelet is merged into the KubeletConfiguration.
	Kubelet map[string]any
}

// Network is the addresses of the cluster.
type Network struct {
	Plugin        string
	MachineCIDR   netip.Prefix
	PodCIDRs      []netip.Prefix // one, or IPv4 and IPv6
	ServiceCIDRs  []netip.Prefix
	ServiceIPs    []netip.Addr // of the Service "kubernetes": the first of each range
	DNSServiceIP  netip.Addr
	DNSDomain     string
	KubeProxyMode string
	DualStack     bool
}

// Endpoint is where workers and users reach the API.
type Endpoint struct {
	Host string // name or address, without brackets
	Port int
	// Configured says that the user has it, and that the provider makes none.
	Configured bool
}

// Etcd is the membership, fixed before any machine exists.
type Etcd struct {
	Members []Member
	// InitialCluster is etcd's --initial-cluster.
	InitialCluster string
}

// Member is one control-plane machine.
type Member struct {
	Name      string
	Addresses []netip.Addr // its own; the first is the one peers use
}

// Proxy is what goes through an HTTP proxy; HTTP and HTTPS are empty without one.
type Proxy struct {
	HTTP, HTTPS string
	NoProxy     string // comma-separated, complete
}

// Registry is where images come from beyond their references.
type Registry struct {
	Mirrors     []Mirror // sorted by registry
	Credentials []Credential
}

// Mirror is one registry and the URLs that are tried before it.
type Mirror struct {
	Registry string
	URLs     []string
}

// Credential is a login at one registry.
type Credential struct{ Registry, Username, Password string }

// PKI is how certificates are made; see certs.
type PKI struct {
	Algorithm                                        string
	CAValidityDays, ValidityDays, TokenValidityHours int
	ExtraSANs                                        []string
}

// Access is who may reach the machines from outside their network.
type Access struct{ API, SSH []netip.Prefix }

// Image is one image: upstream's reference, and what machines pull, with prefix
// and overrides applied.
type Image struct{ Source, Reference string }

// Download is one file that machines fetch and verify, by architecture.
type Download struct {
	Source map[string]string // upstream's URL, or the user's where that takes its place
	URL    map[string]string // what machines fetch
	SHA256 map[string]string
}

// Role is what one payload makes: one control-plane machine, or a pool.
type Role struct {
	Name         string // controlplane-0, or the pool's name
	ControlPlane bool
	// Index counts control-plane machines from 0.
	Index int
	// Addresses are the machine's own; empty for pools.
	Addresses []netip.Addr
	OS        OS
	Labels    []string // "key=value", sorted; only what a kubelet may set itself
	// ProtectedLabels are applied through the API, because a kubelet may not
	// set them itself (node-role.kubernetes.io/...).
	ProtectedLabels []string
	Taints          []Taint
	Count           int
	MaxCount        int    // how far an autoscaler may go; at least Count
	Size            string // the provider's machine type, or empty
	DiskGB          int
	Spot            bool
	MAC             string // of a control-plane machine that is known, or empty
	// Machines are known one by one (bare metal), or empty.
	Machines []Machine
}

// Kind is "controlplane" or "worker": the folder of a layer that the role adds
// to "machine".
func (r Role) Kind() string {
	if r.ControlPlane {
		return "controlplane"
	}
	return "worker"
}

// LocalAPI is the apiserver on a control-plane machine itself, which its
// components use: many load balancers do not let a machine reach itself.
func (r Role) LocalAPI() string { return Endpoint{Host: r.Addresses[0].String(), Port: apiPort}.URL() }

// Taint is one taint of a node.
type Taint struct{ Key, Value, Effect string }

// Machine is one machine that is known before it boots.
type Machine struct {
	Name      string
	MAC       string       // lower case with colons, or empty
	Addresses []netip.Addr // may be empty
}

// OS is an operating system and how Docker gets there.
type OS struct {
	Name   string
	Docker string // shipped, distribution, docker or preinstalled; never auto
	Facts  OSFacts
	// Architecture is amd64 or arm64.
	Architecture string

	SSHAuthorizedKeys []string
	Users             []User
	TimeServers       []string
	Files             []File
	Units             []Unit
	ButaneSnippets    []File
}

// OSFacts is templates/os/<name>/meta.json.
type OSFacts struct {
	// Format is the payload that the OS's images boot with: ignition or
	// cloud-init.
	Format string `json:"format"`
	// Butane is the variant of the user's snippets (flatcar, fcos), if any.
	Butane string `json:"butane,omitempty"`
	// User is the login that the image brings.
	User string `json:"user"`
	// Docker are the values that os.docker may have; the first is what auto means.
	Docker []string `json:"docker"`
	// Packages are installed when os.docker is "distribution", or "docker".
	Packages map[string][]string `json:"packages,omitempty"`
	// Layers are other folders that this OS is built on ("os/apt"), and
	// DockerLayers those that a value of os.docker adds.
	Layers       []string            `json:"layers,omitempty"`
	DockerLayers map[string][]string `json:"dockerLayers,omitempty"`
}

// User, File and Unit are what the user brings; texts are read already.
type User struct {
	Name                      string
	SSHAuthorizedKeys, Groups []string
	PasswordHash              string
}

// File is a text that the user brings.
type File struct {
	Path    string
	Mode    uint32
	Content []byte
}

// Unit is a systemd unit that the user brings.
type Unit struct {
	Name, Content string
	Enabled       bool
}
