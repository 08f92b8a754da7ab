package artifact

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// recipe says what an image is made of. Commands and users are those of the real
// image, as manifests count on them.
type recipe struct {
	// Programs are where each goes, by its name.
	Programs map[string]string
	// Tools puts the image on top of the root of tools.
	Tools      bool
	Entrypoint []string
	Command    []string
	User       string
	// BindsLowPorts lets the first program have ports below 1024 without being
	// root, by a capability of its file.
	BindsLowPorts bool
	// Version is what the image's tag must have in it, so that an image is not
	// called by another version than the one in it. Empty where the tag tells
	// nothing about what is built here.
	Version string
}

// recipes are by the last element of the image's name.
var recipes = map[string]recipe{
	"kube-apiserver":          controlPlane("kube-apiserver"),
	"kube-controller-manager": controlPlane("kube-controller-manager"),
	"kube-scheduler":          controlPlane("kube-scheduler"),
	"kubelet": {
		Programs: map[string]string{"kubelet": "usr/local/bin/kubelet", "kubectl": "usr/local/bin/kubectl"},
		Tools:    true, Entrypoint: []string{"/usr/local/bin/kubelet"}, Version: kubernetesVersion,
	},
	"kube-proxy": {
		Programs: map[string]string{"kube-proxy": "usr/local/bin/kube-proxy"},
		Tools:    true, Command: []string{"kube-proxy"}, Version: kubernetesVersion,
	},
	"etcd": {
		Programs: map[string]string{"etcd": "usr/local/bin/etcd", "etcdctl": "usr/local/bin/etcdctl"},
		Command:  []string{"etcd"}, Version: etcdVersion,
	},
	"pause": {
		Programs: map[string]string{"pause": "pause"}, Entrypoint: []string{"/pause"}, User: "65535:65535",
	},
	"coredns": {
		Programs: map[string]string{"coredns": "coredns"}, Entrypoint: []string{"/coredns"},
		User: "nonroot:nonroot", BindsLowPorts: true, Version: corednsVersion,
	},
	"flannel": {
		Programs: map[string]string{"flanneld": "opt/bin/flanneld"},
		Tools:    true, Entrypoint: []string{"/opt/bin/flanneld"}, Version: flannelVersion,
	},
	"flannel-cni-plugin": {Programs: map[string]string{"flannel": "flannel"}, Tools: true},
	"kube-router": {
		Programs: map[string]string{"kube-router": "usr/local/bin/kube-router"},
		Tools:    true, Entrypoint: []string{"/usr/local/bin/kube-router"}, Version: kubeRouterVersion,
	},
	"metrics-server": {
		Programs:   map[string]string{"metrics-server": "metrics-server"},
		Entrypoint: []string{"/metrics-server"}, User: "65534", Version: metricsVersion,
	},
	// Its tag is a number of its own.
	"agnhost": {
		Programs:   map[string]string{"agnhost": "agnhost"},
		Entrypoint: []string{"/agnhost"}, Command: []string{"pause"},
	},
}

func controlPlane(program string) recipe {
	return recipe{
		Programs: map[string]string{program: "usr/local/bin/" + program},
		Command:  []string{program}, Version: kubernetesVersion,
	}
}

// recipeFor finds the recipe for a whole reference, as registry.k8s.io/etcd:3.7.0-0.
func recipeFor(ref string) (recipe, error) {
	last := ref[strings.LastIndex(ref, "/")+1:]
	name, tag, ok := strings.Cut(last, ":")
	if !ok || strings.Contains(ref, "@") {
		return recipe{}, fmt.Errorf("image %s: expected a tag, and no digest: what is built here has a digest of its own", ref)
	}
	r, known := recipes[name]
	if !known {
		return recipe{}, fmt.Errorf("image %s: no recipe for %q, there are: %s", ref, name,
			strings.Join(slices.Sorted(maps.Keys(recipes)), ", "))
	}
	if !strings.Contains(tag, r.Version) {
		return recipe{}, fmt.Errorf("image %s: what is built is %s: use a config of that version, or change the table of components", ref, r.Version)
	}
	return r, nil
}
