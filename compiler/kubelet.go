package compiler

import (
	"bytes"
	"maps"

	"go.yaml.in/yaml/v3"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// kubeletConfiguration is what we set of kubelet.config.k8s.io/v1beta1. What is
// not here has upstream's default, which for a configuration file (and unlike
// for flags) already means: no anonymous requests, webhook authentication and
// authorization, no read-only port, health on 127.0.0.1 alone, TLS 1.2 or newer.
type kubeletConfiguration struct {
	APIVersion     string `yaml:"apiVersion"`
	Kind           string `yaml:"kind"`
	Authentication struct {
		X509 struct {
			ClientCAFile string `yaml:"clientCAFile"`
		} `yaml:"x509"`
	} `yaml:"authentication"`
	CgroupDriver       string          `yaml:"cgroupDriver"`
	ClusterDNS         []string        `yaml:"clusterDNS"`
	ClusterDomain      string          `yaml:"clusterDomain"`
	FeatureGates       map[string]bool `yaml:"featureGates,omitempty"`
	RegisterWithTaints []taint         `yaml:"registerWithTaints,omitempty"`
	ResolvConf         string          `yaml:"resolvConf"`
	RotateCertificates bool            `yaml:"rotateCertificates"`
	SeccompDefault     bool            `yaml:"seccompDefault"`
	ServerTLSBootstrap bool            `yaml:"serverTLSBootstrap"`
	StaticPodPath      string          `yaml:"staticPodPath,omitempty"`
}

type taint struct {
	Key    string `yaml:"key"`
	Value  string `yaml:"value,omitempty"`
	Effect string `yaml:"effect"`
}

// kubelet is /etc/kubernetes/kubelet.yaml.
func (c *compilation) kubelet(role plan.Role) (machine.File, error) {
	k := kubeletConfiguration{
		APIVersion:    "kubelet.config.k8s.io/v1beta1",
		Kind:          "KubeletConfiguration",
		CgroupDriver:  "systemd", // for containerd 1.7, which cannot tell
		ClusterDNS:    []string{c.plan.Network.DNSServiceIP.String()},
		ClusterDomain: c.plan.Network.DNSDomain,
		FeatureGates:  c.plan.Kubernetes.FeatureGates,
		// Not the stub in /etc/resolv.conf, through which CoreDNS would forward to
		// itself. Without systemd-resolved node-setup makes it a link.
		ResolvConf:         "/run/systemd/resolve/resolv.conf",
		RotateCertificates: true,
		SeccompDefault:     true,
		ServerTLSBootstrap: true,
	}
	k.Authentication.X509.ClientCAFile = "/etc/kubernetes/pki/ca.crt"
	if role.ControlPlane {
		k.StaticPodPath = "/etc/kubernetes/manifests"
	}
	for _, t := range role.Taints {
		k.RegisterWithTaints = append(k.RegisterWithTaints, taint(t))
	}
	content, err := mergedYAML(k, c.plan.Kubernetes.Kubelet)
	return machine.File{Path: "/etc/kubernetes/kubelet.yaml", Mode: 0o644, Content: content}, err
}

// mergedYAML marshals v with the user's fields over it.
func mergedYAML(v any, user map[string]any) ([]byte, error) {
	if len(user) == 0 {
		return toYAML(v)
	}
	base, err := toYAML(v)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	if err := yaml.Unmarshal(base, &fields); err != nil {
		return nil, err
	}
	maps.Copy(fields, user)
	return toYAML(fields)
}

// toYAML marshals with the indentation that people know from manifests.
func toYAML(v any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	e.CompactSeqIndent()
	err := e.Encode(v)
	return b.Bytes(), err
}
