package upstream

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

// allowed is what upstream advises against and what is emitted all the same.
type allowed struct{ component, what, reason string }

// allowedFlags are deprecated flags.
var allowedFlags = []allowed{
	{"kube-scheduler", "kubeconfig", "the other way is a config file for this one value; kubeadm 1.37 gives the flag too"},
}

// allowedWarnings are parts of lines that components log.
var allowedWarnings = []allowed{
	{"kube-apiserver", "The manifest file is empty", everyone},
	{"kube-controller-manager", "The manifest file is empty", everyone},
	{"kube-scheduler", "The manifest file is empty", everyone},
	{"etcd", "Running http and grpc server on single port",
		"the other port is for HTTP clients under heavy load; the API server speaks gRPC, and kubeadm gives one port"},
	{"kubelet", `featureGate="UserNamespacesSupport"`, older},
	{"kube-apiserver", `featureGate="UserNamespacesSupport"`, older},
	{"kube-controller-manager", `featureGate="UserNamespacesSupport"`, older},
	{"kube-scheduler", `featureGate="UserNamespacesSupport"`, older},
}

const older = "bring-your-own sets the gate for Kubernetes 1.34, where it is no GA feature yet"

const everyone = "logged by whoever is not given --allow-metric-labels-manifest, which is an option"

// allowedUse has which of allowedWarnings some component did log. (Flags are
// asked about in other processes.)
var allowedUse sync.Map

func allowedFlag(component, name string) bool {
	return slices.ContainsFunc(allowedFlags, func(a allowed) bool { return a.component == component && a.what == name })
}

func allowedWarning(component, line string) bool {
	i := slices.IndexFunc(allowedWarnings, func(a allowed) bool { return a.component == component && strings.Contains(line, a.what) })
	if i >= 0 {
		allowedUse.Store(i, true)
	}
	return i >= 0
}

// reportUnused finds reasons for what no component warns of any more.
func reportUnused(t *testing.T) {
	for i, a := range allowedWarnings {
		if _, used := allowedUse.Load(i); !used {
			t.Errorf("allowed_test.go: %s does not warn of %q: take it out", a.component, a.what)
		}
	}
}
