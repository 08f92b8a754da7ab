package schema

import "strings"

// kubeletLabels are the label keys under kubernetes.io and k8s.io that a
// kubelet may set on its own node; see
// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
var kubeletLabels = map[string]bool{
	"kubernetes.io/arch":                       true,
	"kubernetes.io/hostname":                   true,
	"kubernetes.io/os":                         true,
	"node.kubernetes.io/instance-type":         true,
	"topology.kubernetes.io/region":            true,
	"topology.kubernetes.io/zone":              true,
	"beta.kubernetes.io/arch":                  true,
	"beta.kubernetes.io/instance-type":         true,
	"beta.kubernetes.io/os":                    true,
	"failure-domain.beta.kubernetes.io/region": true,
	"failure-domain.beta.kubernetes.io/zone":   true,
}

// KubeletMaySetLabel says whether a kubelet may put a label on its own node.
// What it may not must be applied through the API by somebody else.
func KubeletMaySetLabel(key string) bool {
	domain, _, ok := strings.Cut(key, "/")
	if !ok {
		return true
	}
	reserved := domain == "kubernetes.io" || strings.HasSuffix(domain, ".kubernetes.io") ||
		domain == "k8s.io" || strings.HasSuffix(domain, ".k8s.io")
	if !reserved || kubeletLabels[key] {
		return true
	}
	for _, own := range []string{"kubelet.kubernetes.io", "node.kubernetes.io"} {
		if domain == own || strings.HasSuffix(domain, "."+own) {
			return true
		}
	}
	return false
}
