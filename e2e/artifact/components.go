package artifact

import "strings"

// component is one Go module, and the programs that it is built for.
type component struct {
	Name    string
	Module  string
	Version string // of the module, without its v
	// Programs are their names by their packages, relative to the module.
	Programs map[string]string
	// Settings are variables of Go packages to set, as -ldflags=-X does.
	Settings map[string]string
	Tags     []string
	// Cgo programs are linked statically all the same.
	Cgo bool
	// Drop are lines of source to leave out: those that contain the text.
	Drop map[string][]string
	// Instead are versions of other modules to take, by their paths.
	Instead map[string]string
	// Staging is the version of what the module takes from its own tree, which is
	// not in the module, as it was published.
	Staging string
	// Shows is a program, and the arguments with which it shows its version.
	Shows []string
}

// The versions. Kubernetes' is also that of its images and of the kubelet's.
const (
	kubernetesVersion = "1.37.1"
	etcdVersion       = "3.7.0"
	corednsVersion    = "1.14.6"
	flannelVersion    = "0.28.9"
	cniVersion        = "1.9.1"
	kubeRouterVersion = "2.10.0"
	metricsVersion    = "0.9.0"
	containerdVersion = "2.4.2"
	ignitionVersion   = "2.27.0"
)

const (
	plugins    = "github.com/containernetworking/plugins"
	containerd = "github.com/containerd/containerd/v2"
	ignition   = "github.com/coreos/ignition/v2"
	flannel    = "github.com/flannel-io/flannel"
	kubeRouter = "github.com/cloudnativelabs/kube-router/v2"
)

// components is everything that is built from Go modules.
var components = []component{
	kubernetes(),
	{
		Name: "etcd", Module: "go.etcd.io/etcd/server/v3", Version: etcdVersion, Staging: etcdVersion,
		Programs: map[string]string{".": "etcd"}, Shows: []string{"etcd", "--version"},
	},
	{
		Name: "etcdctl", Module: "go.etcd.io/etcd/etcdctl/v3", Version: etcdVersion, Staging: etcdVersion,
		Programs: map[string]string{".": "etcdctl"}, Shows: []string{"etcdctl", "version"},
	},
	{
		Name: "coredns", Module: "github.com/coredns/coredns", Version: corednsVersion,
		Programs: map[string]string{".": "coredns"}, Shows: []string{"coredns", "-version"},
	},
	{
		Name: "flannel", Module: flannel, Version: flannelVersion,
		Programs: map[string]string{".": "flanneld"}, Shows: []string{"flanneld", "--version"},
		Settings: map[string]string{flannel + "/pkg/version.Version": "v" + flannelVersion},
		// The first needs an SDK that not every module proxy serves, the second cgo.
		// Nothing here uses either.
		Drop: map[string][]string{"main.go": {`/pkg/backend/tencentvpc"`, `/pkg/backend/udp"`}},
	},
	{
		// flannel's own plugin is no module. The last release of the plugin in its
		// old home reads the same configuration.
		Name: "flannel-cni-plugin", Module: plugins, Version: "0.9.1",
		Programs: map[string]string{"plugins/meta/flannel": "flannel"},
		Settings: map[string]string{plugins + "/pkg/utils/buildversion.BuildVersion": "v0.9.1"},
	},
	{
		Name: "cni-plugins", Module: plugins, Version: cniVersion, Programs: map[string]string{
			"plugins/main/bridge": "bridge", "plugins/main/loopback": "loopback", "plugins/main/ptp": "ptp",
			"plugins/ipam/host-local": "host-local", "plugins/meta/portmap": "portmap",
			"plugins/meta/firewall": "firewall", "plugins/meta/bandwidth": "bandwidth", "plugins/meta/tuning": "tuning",
		},
		Settings: map[string]string{plugins + "/pkg/utils/buildversion.BuildVersion": "v" + cniVersion},
		Shows:    []string{"bridge", "--version"},
	},
	{
		Name: "kube-router", Module: kubeRouter, Version: kubeRouterVersion,
		Programs: map[string]string{"cmd/kube-router": "kube-router"}, Shows: []string{"kube-router", "--version"},
		Settings: map[string]string{kubeRouter + "/pkg/version.Version": "v" + kubeRouterVersion},
		// It asks for a commit, which not every module proxy serves; this release all do.
		Instead: map[string]string{"github.com/vishvananda/netlink": "v1.3.1"},
	},
	{
		Name: "metrics-server", Module: "sigs.k8s.io/metrics-server", Version: metricsVersion,
		Programs: map[string]string{"cmd/metrics-server": "metrics-server"}, Shows: []string{"metrics-server", "--version"},
		Settings: map[string]string{"k8s.io/client-go/pkg/version.gitVersion": "v" + metricsVersion,
			"k8s.io/component-base/version.gitVersion": "v" + metricsVersion},
	},
	{
		Name: "containerd", Module: containerd, Version: containerdVersion, Programs: map[string]string{
			"cmd/containerd": "containerd", "cmd/containerd-shim-runc-v2": "containerd-shim-runc-v2", "cmd/ctr": "ctr",
		},
		Settings: map[string]string{containerd + "/version.Version": "v" + containerdVersion},
		// Snapshotters for file systems that the machines do not have.
		Tags:  []string{"no_btrfs", "no_devmapper", "no_zfs"},
		Shows: []string{"containerd", "--version"},
	},
	{
		Name: "ignition", Module: ignition, Version: ignitionVersion, Cgo: true,
		Programs: map[string]string{"internal": "ignition"}, Shows: []string{"ignition", "--version"},
		Settings: map[string]string{
			ignition + "/internal/version.Raw": ignitionVersion,
			// Debian's root has no SELinux policy to relabel by.
			ignition + "/internal/distro.selinuxRelabel": "false",
		},
	},
}

func kubernetes() component {
	c := component{
		Name: "kubernetes", Module: "k8s.io/kubernetes", Version: kubernetesVersion,
		// What was published from Kubernetes 1.N.P's own tree is v0.N.P.
		Staging:  "0." + strings.TrimPrefix(kubernetesVersion, "1."),
		Programs: map[string]string{"test/images/agnhost": "agnhost"},
		Settings: map[string]string{},
		Shows:    []string{"kubelet", "--version"},
	}
	for _, p := range []string{
		"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl", "kubeadm",
	} {
		c.Programs["cmd/"+p] = p
	}
	number := strings.Split(kubernetesVersion, ".")
	for _, p := range []string{"k8s.io/client-go/pkg/version", "k8s.io/component-base/version"} {
		c.Settings[p+".gitVersion"] = "v" + kubernetesVersion
		c.Settings[p+".gitMajor"] = number[0]
		c.Settings[p+".gitMinor"] = number[1]
	}
	return c
}
