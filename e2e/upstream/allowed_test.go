package upstream

import "strings"

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

func allowedFlag(component, name string) bool {
	for _, a := range allowedFlags {
		if a.component == component && a.what == name {
			return true
		}
	}
	return false
}

func allowedWarning(component, line string) bool {
	for _, a := range allowedWarnings {
		if a.component == component && strings.Contains(line, a.what) {
			return true
		}
	}
	return false
}
