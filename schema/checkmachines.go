package schema

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// checkControlPlane looks at the control plane's number, endpoint and nodes.
func (k *checker) checkControlPlane() {
	cp := k.ControlPlane
	if cp.Count%2 == 0 {
		k.fail(codeEvenCount, "/controlPlane/count", "use 1, 3 or 5",
			"found %d: etcd with an even number of members survives no more failures than with one less", cp.Count)
	}
	if n := len(cp.Machines); n > 0 && n != cp.Count {
		k.fail(codeCountMismatch, "/controlPlane/machines", "list as many machines as count says",
			"machines lists %d, but count is %d", n, cp.Count)
	}
	if n := len(cp.Addresses); n > 0 && n != cp.Count {
		k.fail(codeCountMismatch, "/controlPlane/addresses", "give one address for each machine",
			"addresses lists %d, but count is %d", n, cp.Count)
	}
	k.checkEndpoint(cp.Endpoint)
	k.checkLabels("/controlPlane/labels", cp.Labels)
	k.checkTaints("/controlPlane/taints", cp.Taints)
}

func (k *checker) checkEndpoint(endpoint string) {
	const path = "/controlPlane/endpoint"
	host, isName := endpoint, isHost(endpoint)
	switch {
	case endpoint == "" && k.ControlPlane.Count > 1 && k.kind.MakesEndpoint:
	case endpoint == "" && k.ControlPlane.Count > 1:
		k.fail(codeEndpointMissing, "/controlPlane",
			`add "endpoint": the name or address of a load balancer, or a DNS name that has all their addresses`,
			"%d control-plane machines need an endpoint, which the provider %s does not make", k.ControlPlane.Count, k.provider)
	case endpoint == "" || isName:
	case strings.Contains(endpoint, "://"):
		k.fail(codeEndpoint, path, "leave the scheme off; it is always https", "found a URL, %s, expected a name or an address", clip(endpoint))
	default:
		hint := "for example \"api.example.com\" or \"10.0.0.5\""
		if bare, _, ok := strings.Cut(host, "]"); ok && strings.HasPrefix(host, "[") && isHost(bare[1:]) {
			hint = "leave the brackets and the port off: " + quote(bare[1:])
		} else if bare, _, ok := strings.Cut(host, ":"); ok && isHost(bare) {
			hint = "leave the port off; it is always 6443: " + quote(bare)
		}
		k.fail(codeEndpoint, path, hint, "found %s, expected a name or an address", clip(endpoint))
	}
}

// checkPools looks at the pools' numbers and nodes.
func (k *checker) checkPools() {
	for i, p := range k.Workers {
		if n := len(p.Machines); n > 0 && n != p.Count {
			k.fail(codeCountMismatch, pointer("workers", i, "count"), "leave count out: the machines are counted",
				"found %d, but machines lists %d", p.Count, n)
		}
		if p.MaxCount > 0 && p.MaxCount < p.Count {
			k.fail(codeCountMismatch, pointer("workers", i, "maxCount"), "raise it, or leave it out for a pool of a fixed size",
				"found %d, but count is %d", p.MaxCount, p.Count)
		}
		if len(p.Machines) > 0 && k.kind.MakesMachines {
			k.warn(codeKnownMachines, pointer("workers", i, "machines"), `"count" says the same here`,
				"the provider %s makes %d workers, with names and addresses of its own", k.provider, len(p.Machines))
		}
		if p.Spot && !k.kind.HasSpot {
			k.fail(codeSpot, pointer("workers", i, "spot"), "leave it out", "the provider %s has no spot machines", k.provider)
		}
		k.checkLabels(pointer("workers", i, "labels"), p.Labels)
		k.checkTaints(pointer("workers", i, "taints"), p.Taints)
	}
}

func (k *checker) checkLabels(path string, labels map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		at := path + pointer(key)
		if !isLabelKey(key) {
			k.fail(codeLabel, at, `for example "example.com/rack"`, "found the label key %s, expected a name, or a DNS name, \"/\" and a name", clip(key))
			continue
		}
		if !isLabelValue(labels[key]) {
			k.fail(codeLabel, at, "", "found the label value %s, expected at most 63 characters of A-Z, a-z, 0-9, \"-\", \"_\" and \".\", with a letter or digit at both ends", clip(labels[key]))
		}
		if !KubeletMaySetLabel(key) && !appliedThroughAPI(key) {
			k.fail(codeReservedLabel, at, "use a domain of your own, or node-restriction.kubernetes.io/ for labels that nodes must not change",
				"Kubernetes reserves the label key %q: a kubelet may not set it", key)
		}
	}
}

// appliedThroughAPI are the reserved labels that are set for the kubelet.
func appliedThroughAPI(key string) bool {
	domain, _, _ := strings.Cut(key, "/")
	return domain == "node-role.kubernetes.io" || domain == "node-restriction.kubernetes.io" ||
		strings.HasSuffix(domain, ".node-restriction.kubernetes.io")
}

func (k *checker) checkTaints(path string, taints []Taint) {
	seen := map[Taint]bool{}
	for i, t := range taints {
		if !isLabelKey(t.Key) {
			k.fail(codeTaint, path+pointer(i, "key"), `for example "example.com/gpu"`, "found the taint key %s, expected a name, or a DNS name, \"/\" and a name", clip(t.Key))
		}
		if !isLabelValue(t.Value) {
			k.fail(codeTaint, path+pointer(i, "value"), "", "found the taint value %s, expected the form of a label's value", clip(t.Value))
		}
		if same := (Taint{Key: t.Key, Effect: t.Effect}); seen[same] {
			k.fail(codeTaint, path+pointer(i), "keep one of the two", "the taint %s:%s is given twice", t.Key, t.Effect)
		} else {
			seen[same] = true
		}
	}
}

// isUsable says whether a machine can have the address.
func isUsable(a netip.Addr) bool {
	return a.Zone() == "" && !a.Is4In6() && !a.IsUnspecified() && !a.IsLoopback() && !a.IsMulticast() && !a.IsLinkLocalUnicast()
}
