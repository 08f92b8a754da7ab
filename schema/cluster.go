package schema

import "slices"

// Cluster is a cluster config with every default filled in, in the order in
// which cluster.schema.json describes it. The meaning, the unit and the default
// of each field stand there and nowhere else.
type Cluster struct {
	Schema       string             `json:"$schema,omitempty"`
	Name         string             `json:"name"`
	Kubernetes   Kubernetes         `json:"kubernetes"`
	OS           OS                 `json:"os"`
	ControlPlane ControlPlane       `json:"controlPlane"`
	Workers      []Pool             `json:"workers"`
	Network      Network            `json:"network"`
	Addons       map[string]Options `json:"addons"`
	Manifests    []File             `json:"manifests,omitempty"`
	PKI          PKI                `json:"pki"`
	Registry     Registry           `json:"registry"`
	Proxy        Proxy              `json:"proxy"`
	Access       Access             `json:"access"`
	// Provider has one entry: the chosen provider's name, and its options as
	// its options.schema.json describes them.
	Provider map[string]Options `json:"provider"`
}

// Options is what a folder under templates/ lets a user set, as its own
// options.schema.json describes it. "enabled" is among an add-on's options.
type Options map[string]any

// Kubernetes is the version, and what its components are told beyond the
// defaults.
type Kubernetes struct {
	Version      string          `json:"version"` // "1.37.2"
	FeatureGates map[string]bool `json:"featureGates,omitempty"`
	// ExtraArgs maps a component (apiserver, controllerManager, scheduler,
	// etcd, kubelet) to flags without their dashes.
	ExtraArgs ExtraArgs `json:"extraArgs"`
	// Kubelet is merged into the KubeletConfiguration of every machine.
	Kubelet map[string]any `json:"kubelet,omitempty"`
}

// ExtraArgs are flags by component, each without its dashes.
type ExtraArgs struct {
	APIServer         map[string]string `json:"apiserver,omitempty"`
	ControllerManager map[string]string `json:"controllerManager,omitempty"`
	Scheduler         map[string]string `json:"scheduler,omitempty"`
	Etcd              map[string]string `json:"etcd,omitempty"`
	Kubelet           map[string]string `json:"kubelet,omitempty"`
}

// OS is the operating system of a machine.
type OS struct {
	Name string `json:"name"` // flatcar, fedora-coreos, ubuntu, debian
	// Docker says how Docker and containerd get onto the machine: auto (what
	// suits the OS), shipped, distribution, docker or preinstalled.
	Docker            string   `json:"docker"`
	Architecture      string   `json:"architecture"`                // amd64 or arm64
	SSHAuthorizedKeys []string `json:"sshAuthorizedKeys,omitempty"` // for the image's own user
	Users             []User   `json:"users,omitempty"`
	TimeServers       []string `json:"timeServers,omitempty"`
	Files             []File   `json:"files,omitempty"`
	Units             []Unit   `json:"units,omitempty"`
	// ButaneSnippets are Butane configs that are merged in on Ignition OSes.
	ButaneSnippets []File `json:"butaneSnippets,omitempty"`
}

// User is one login.
type User struct {
	Name              string   `json:"name"`
	SSHAuthorizedKeys []string `json:"sshAuthorizedKeys,omitempty"`
	Groups            []string `json:"groups,omitempty"`
	PasswordHash      string   `json:"passwordHash,omitempty"`
}

// File is a text that the user brings: either in line or as the name of a file
// beside the config.
type File struct {
	// Path is the absolute path on the machine (os.files), or the name of the
	// manifest or snippet.
	Path    string `json:"path"`
	Mode    string `json:"mode,omitempty"` // octal, os.files only: "0644"
	Content string `json:"content,omitempty"`
	Source  string `json:"source,omitempty"` // file name, relative to the config
}

// Unit is a systemd unit that the user brings.
type Unit struct {
	Name    string `json:"name"`
	Content string `json:"content"`
	Enabled bool   `json:"enabled"`
}

// ControlPlane is the machines that run etcd and the Kubernetes API.
type ControlPlane struct {
	Count int `json:"count"` // 1, 3 or 5
	// Addresses are the machines' private addresses, one each; when empty they
	// are taken from network.machineCIDR, from its tenth address on. With dual
	// stack each may be "v4,v6".
	Addresses []string `json:"addresses,omitempty"`
	// Endpoint is the name or address by which workers and users reach the API.
	Endpoint string            `json:"endpoint,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Taints   []Taint           `json:"taints"`
	Size     string            `json:"size,omitempty"` // the provider's machine type
	DiskGB   int               `json:"diskGB"`
	// EtcdDiskGB is the size of etcd's own disk; 0 is none.
	EtcdDiskGB int       `json:"etcdDiskGB"`
	Machines   []Machine `json:"machines,omitempty"`
}

// Pool is a named group of workers that share one payload.
type Pool struct {
	Name   string            `json:"name"`
	Count  int               `json:"count"`
	Labels map[string]string `json:"labels,omitempty"`
	Taints []Taint           `json:"taints,omitempty"`
	Size   string            `json:"size,omitempty"`
	// MaxCount is how far the pool may grow; 0 is no further than Count.
	MaxCount int       `json:"maxCount,omitempty"`
	DiskGB   int       `json:"diskGB"`
	Spot     bool      `json:"spot"`
	OS       *OS       `json:"os,omitempty"` // instead of the cluster's
	Machines []Machine `json:"machines,omitempty"`
}

// Machine is one machine that is known before it boots (bare metal).
type Machine struct {
	Name    string `json:"name"`
	MAC     string `json:"mac,omitempty"`
	Address string `json:"address,omitempty"`
}

// Taint keeps pods without a matching toleration off a node.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

// Network is the cluster's addresses and the plugin that connects pods.
type Network struct {
	// Plugin is a folder under templates/network, and Options what its
	// options.schema.json allows.
	Plugin  string  `json:"plugin"`
	Options Options `json:"options,omitempty"`
	// MachineCIDR is where the machines' own addresses come from.
	MachineCIDR string `json:"machineCIDR"`
	// PodCIDR and ServiceCIDR hold one CIDR, or an IPv4 and an IPv6 one with a
	// comma between them (dual stack), as Kubernetes' own flags do.
	PodCIDR       string `json:"podCIDR"`
	ServiceCIDR   string `json:"serviceCIDR"`
	DNSServiceIP  string `json:"dnsServiceIP,omitempty"` // default: the tenth of serviceCIDR
	DNSDomain     string `json:"dnsDomain"`
	KubeProxyMode string `json:"kubeProxyMode"` // nftables or iptables
}

// PKI is how certificates are made.
type PKI struct {
	Algorithm          string   `json:"algorithm"` // ecdsa-p256, ecdsa-p384, rsa-2048, rsa-4096
	CAValidityDays     int      `json:"caValidityDays"`
	ValidityDays       int      `json:"validityDays"`
	TokenValidityHours int      `json:"tokenValidityHours"`
	ExtraSANs          []string `json:"extraSANs,omitempty"`
	// Authorities are the user's own CAs: ca, etcd, frontProxy.
	Authorities map[string]Authority `json:"authorities,omitempty"`
}

// Authority is a CA that the user brings. Without its key every leaf that it
// must sign has to be in pki/ already.
type Authority struct {
	Certificate string `json:"certificate"` // file name, relative to the config
	Key         string `json:"key,omitempty"`
}

// Registry is where images and downloads come from.
type Registry struct {
	// Prefix takes the place of every image's registry (air gap):
	// "registry.k8s.io/pause:3.10.2" becomes "PREFIX/pause:3.10.2".
	Prefix string `json:"prefix,omitempty"`
	// Mirrors maps a registry ("quay.io", or "_default") to URLs tried first.
	Mirrors map[string][]string `json:"mirrors,omitempty"`
	// Images maps an image's short name, as `kube-anywhere images` shows it, to
	// the reference to use instead.
	Images map[string]string `json:"images,omitempty"`
	// Downloads takes the place of https://github.com for the CNI plugins.
	Downloads string `json:"downloads,omitempty"`
	// CNIPlugins are archives to fetch instead of the pinned release's, by
	// architecture.
	CNIPlugins  map[string]Archive `json:"cniPlugins,omitempty"`
	Credentials []Credential       `json:"credentials,omitempty"`
}

// Archive is one file that machines fetch and verify.
type Archive struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256"` // hexadecimal, in either case
}

// Credential is a login at one registry.
type Credential struct {
	Registry string `json:"registry"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// Proxy is the way out for machines that cannot reach the internet directly.
type Proxy struct {
	HTTP  string `json:"http,omitempty"`
	HTTPS string `json:"https,omitempty"`
	// NoProxy is added to what never goes through the proxy: the cluster's own
	// addresses and names.
	NoProxy []string `json:"noProxy,omitempty"`
}

// Access is who may reach the machines from outside their network, as CIDRs.
type Access struct {
	APICIDRs []string `json:"apiCIDRs"`
	SSHCIDRs []string `json:"sshCIDRs"`
}

// JSON is the resolved config as written to cluster.resolved.json: indented,
// with a final newline. Parse reads it back as the same Cluster.
func (c Cluster) JSON() ([]byte, error) { return indent(c) }

// HasSecrets says whether the config holds something that only its owner may
// read: a login at a registry, or the hash of a password.
func (c Cluster) HasSecrets() bool {
	has := func(os OS) bool {
		return slices.ContainsFunc(os.Users, func(u User) bool { return u.PasswordHash != "" })
	}
	return len(c.Registry.Credentials) > 0 || has(c.OS) ||
		slices.ContainsFunc(c.Workers, func(p Pool) bool { return p.OS != nil && has(*p.OS) })
}
