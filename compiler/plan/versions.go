package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Release is what a Kubernetes minor needs beside its own images. Everything
// that differs between minors is in releases, as data.
type Release struct {
	Newest  string // newest patch known when this was written
	Etcd    string
	CoreDNS string
	Pause   string
}

// releases are the supported minors. etcd, CoreDNS and pause are those of each
// minor's kubeadm (cmd/kubeadm/app/constants/constants.go): etcd 3.6 is kept
// below 1.37 so that a patch upgrade does not move etcd a minor.
var releases = map[int]Release{
	34: {Newest: "1.34.11", Etcd: "3.6.8-0", CoreDNS: "v1.12.1", Pause: "3.10.1"},
	35: {Newest: "1.35.8", Etcd: "3.6.8-0", CoreDNS: "v1.13.1", Pause: "3.10.1"},
	36: {Newest: "1.36.5", Etcd: "3.6.8-0", CoreDNS: "v1.14.2", Pause: "3.10.2"},
	37: {Newest: "1.37.2", Etcd: "3.7.0-0", CoreDNS: "v1.14.6", Pause: "3.10.2"},
}

// NewestMinor is the default minor, and Releases the table, for documentation
// and tests.
const NewestMinor = 37

// Releases is a copy of the table of supported minors.
func Releases() map[int]Release {
	out := make(map[int]Release, len(releases))
	for minor, r := range releases {
		out[minor] = r
	}
	return out
}

// release finds the release of "1.NN.PP".
func release(version string) (int, Release, error) {
	parts := strings.Split(version, ".")
	if len(parts) == 3 && parts[0] == "1" {
		if minor, err := strconv.Atoi(parts[1]); err == nil {
			if r, ok := releases[minor]; ok {
				return minor, r, nil
			}
		}
	}
	return 0, Release{}, fmt.Errorf("Kubernetes %s is not supported: found %q, expected 1.34 to 1.%d", version, version, NewestMinor)
}

// coreImages are the images of the control plane and of every node, before
// prefix and overrides. Those of add-ons whose version follows Kubernetes' are
// in versionedImages.
func coreImages(version string, r Release) map[string]string {
	return map[string]string{
		"kube-apiserver":          "registry.k8s.io/kube-apiserver:v" + version,
		"kube-controller-manager": "registry.k8s.io/kube-controller-manager:v" + version,
		"kube-scheduler":          "registry.k8s.io/kube-scheduler:v" + version,
		"etcd":                    "registry.k8s.io/etcd:" + r.Etcd,
		"pause":                   "registry.k8s.io/pause:" + r.Pause,
		// Upstream publishes no kubelet image. This one adds kubectl, bash, jq
		// and openssl, which the add-on manager uses.
		"kubelet": "quay.io/poseidon/kubelet:v" + version,
	}
}

// versionedImages are add-on images that follow the Kubernetes version. An
// add-on names them in its meta.json with an empty reference.
func versionedImages(version string, r Release) map[string]string {
	return map[string]string{
		"kube-proxy": "registry.k8s.io/kube-proxy:v" + version,
		"coredns":    "registry.k8s.io/coredns/coredns:" + r.CoreDNS,
	}
}
