package compiler

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/kube-anywhere/kube-anywhere/certs"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// The users of static pods: numeric, because no machine needs an account for
// them, and above the range from which systemd takes dynamic users.
// https://systemd.io/UIDS-GIDS/
const (
	kubeUser      = 65520 // kube-apiserver, kube-controller-manager
	etcdUser      = 65521
	schedulerUser = 65522
)

const pkiDir = "/etc/kubernetes/pki/"

// names are what the certificates depend on.
func names(p plan.Plan) certs.Names {
	n := certs.Names{
		Cluster:       p.Name,
		Endpoint:      p.Endpoint.Host,
		ServiceIPs:    p.Network.ServiceIPs,
		DNSDomain:     p.Network.DNSDomain,
		ExtraSANs:     p.PKI.ExtraSANs,
		Algorithm:     p.PKI.Algorithm,
		CAValidity:    time.Duration(p.PKI.CAValidityDays) * 24 * time.Hour,
		Validity:      time.Duration(p.PKI.ValidityDays) * 24 * time.Hour,
		TokenValidity: time.Duration(p.PKI.TokenValidityHours) * time.Hour,
	}
	for _, m := range p.Etcd.Members {
		n.Members = append(n.Members, certs.Member(m))
	}
	return n
}

// clusterToken is etcd's --initial-cluster-token: members of a cluster that was
// made anew under an old name must not join what is left of it.
func clusterToken(p plan.Plan, bundle *certs.Bundle) string {
	sum := sha256.Sum256(bundle.Certificate("etcd/ca"))
	return p.Name + "-" + hex.EncodeToString(sum[:4])
}

// caNotBefore is when the cluster CA begins to be valid, in seconds since 1970.
func caNotBefore(bundle *certs.Bundle) int64 {
	for _, info := range bundle.List() {
		if info.Name == "ca" && info.NotBefore != nil {
			return info.NotBefore.Unix()
		}
	}
	return 0
}

// secrets are the certificates, keys and kubeconfigs of one role.
func (c *compilation) secrets(role plan.Role) (machine.Machine, error) {
	if !role.ControlPlane {
		return c.workerSecrets(), nil
	}
	var m machine.Machine
	for _, s := range c.specs {
		if s.MachinePath == "" || s.Member != "" && s.Member != role.Name {
			continue
		}
		if !s.KeyOnly {
			m.Files = append(m.Files, machine.File{
				Path: pkiDir + s.MachinePath + ".crt", Mode: 0o644, Content: oneLine(c.bundle.Certificate(s.Name)),
			})
		}
		if key := c.bundle.Key(s.Name); s.KeyOnMachine && key != nil {
			m.Files = append(m.Files, machine.File{
				Path: pkiDir + s.MachinePath + ".key", Mode: 0o600, Owner: owner(s.MachinePath), Content: oneLine(key),
			})
		}
	}
	for _, component := range []string{"addon-manager", "controller-manager", "kubelet", "scheduler"} {
		m.Files = append(m.Files, machine.File{
			Path: "/etc/kubernetes/" + component + ".conf", Mode: 0o600, Owner: owner(component),
			Content: certs.Kubeconfig{
				Cluster:  c.plan.Name,
				Server:   role.LocalAPI(),
				CAFile:   pkiDir + "ca.crt",
				CertFile: pkiDir + component + ".crt",
				KeyFile:  pkiDir + component + ".key",
			}.YAML(),
		})
	}
	encryption, err := toYAML(encryptionConfiguration(c.bundle.EncryptionKey()))
	if err != nil {
		return m, err
	}
	token, err := toYAML(tokenSecret(c.bundle.Token()))
	if err != nil {
		return m, err
	}
	m.Files = append(m.Files,
		machine.File{Path: "/etc/kubernetes/encryption.yaml", Mode: 0o600, Owner: kubeUser, Content: encryption},
		machine.File{Path: "/etc/kubernetes/addons/bootstrap-token.yaml", Mode: 0o600, Content: token},
	)
	m.Directories = []machine.Directory{
		{Path: "/var/lib/etcd", Mode: 0o700, Owner: etcdUser},
		{Path: "/var/log/kubernetes", Mode: 0o700, Owner: kubeUser},
	}
	return m, nil
}

// oneLine puts the body of each PEM block on one line, which every reader here
// takes. Line ends in ever new places are what keeps certificates, alike in
// most of their bytes, from compressing well: this saves 3 % of a payload.
func oneLine(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		armour := bytes.HasPrefix(line, []byte("-----"))
		if armour && len(out) > 0 && out[len(out)-1] != '\n' {
			out = append(out, '\n')
		}
		if !armour {
			line = bytes.TrimRight(line, "\r\n")
		}
		out = append(out, line...)
	}
	return out
}

// workerSecrets are all that a worker carries: the cluster CA's certificate and
// a token that can ask for a node certificate and expires.
func (c *compilation) workerSecrets() machine.Machine {
	return machine.Machine{Files: []machine.File{
		{Path: pkiDir + "ca.crt", Mode: 0o644, Content: oneLine(c.bundle.Certificate("ca"))},
		{Path: "/etc/kubernetes/bootstrap-kubelet.conf", Mode: 0o600, Content: certs.Kubeconfig{
			Cluster: c.plan.Name,
			Server:  c.plan.Endpoint.URL(),
			CAFile:  pkiDir + "ca.crt",
			Token:   c.bundle.Token().String(),
		}.YAML()},
	}}
}

// owner is who reads a key or a kubeconfig.
func owner(name string) int {
	switch {
	case strings.HasPrefix(name, "etcd/"):
		return etcdUser
	case name == "scheduler":
		return schedulerUser
	case name == "kubelet", name == "addon-manager":
		return 0
	}
	return kubeUser
}

// encryption is apiserver.config.k8s.io/v1 EncryptionConfiguration.
type encryption struct {
	APIVersion string               `yaml:"apiVersion"`
	Kind       string               `yaml:"kind"`
	Resources  []encryptionResource `yaml:"resources"`
}

type encryptionResource struct {
	Resources []string         `yaml:"resources"`
	Providers []map[string]any `yaml:"providers"`
}

// encryptionConfiguration encrypts Secrets in etcd; "identity" is last so that
// what was written before can still be read.
func encryptionConfiguration(key []byte) encryption {
	type named struct {
		Name   string `yaml:"name"`
		Secret string `yaml:"secret"`
	}
	return encryption{
		APIVersion: "apiserver.config.k8s.io/v1",
		Kind:       "EncryptionConfiguration",
		Resources: []encryptionResource{{
			Resources: []string{"secrets"},
			Providers: []map[string]any{
				{"secretbox": map[string][]named{"keys": {{"key1", base64.StdEncoding.EncodeToString(key)}}}},
				{"identity": struct{}{}},
			},
		}},
	}
}

// secret is a v1 Secret.
type secret struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   map[string]string `yaml:"metadata"`
	Type       string            `yaml:"type"`
	StringData map[string]string `yaml:"stringData"`
}

// tokenSecret makes the API accept the token that workers join with. The group
// of all such tokens, system:bootstrappers, can do nothing but ask for a node
// certificate (templates/.../00-rbac.yaml).
func tokenSecret(t certs.Token) secret {
	return secret{
		APIVersion: "v1",
		Kind:       "Secret",
		Metadata:   map[string]string{"name": "bootstrap-token-" + t.ID, "namespace": "kube-system"},
		Type:       "bootstrap.kubernetes.io/token",
		StringData: map[string]string{
			"token-id":                       t.ID,
			"token-secret":                   t.Secret,
			"expiration":                     t.Expires.UTC().Format(time.RFC3339),
			"usage-bootstrap-authentication": "true",
		},
	}
}
