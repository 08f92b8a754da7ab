package certs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	"sigs.k8s.io/yaml"
)

func TestKubeconfigOfMachine(t *testing.T) {
	got := Kubeconfig{Cluster: "demo", Server: "https://127.0.0.1:6443", CAFile: "/etc/kubernetes/pki/ca.crt",
		CertFile: "/etc/kubernetes/pki/scheduler.crt", KeyFile: "/etc/kubernetes/pki/scheduler.key"}.YAML()
	want := `apiVersion: v1
kind: Config
clusters:
- name: demo
  cluster:
    server: https://127.0.0.1:6443
    certificate-authority: /etc/kubernetes/pki/ca.crt
users:
- name: demo
  user:
    client-certificate: /etc/kubernetes/pki/scheduler.crt
    client-key: /etc/kubernetes/pki/scheduler.key
contexts:
- name: demo
  context:
    cluster: demo
    user: demo
current-context: demo
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// Every form decodes strictly into upstream's type, with everything in its place.
func TestKubeconfigDecodes(t *testing.T) {
	b := mustIssue(t, names(1), nil)
	for name, k := range map[string]Kubeconfig{
		"files": {Cluster: "demo", Server: "https://127.0.0.1:6443", CAFile: "/ca.crt", CertFile: "/a.crt", KeyFile: "/a.key"},
		"token": {Cluster: "true", Server: "https://api:6443", CAFile: "/ca.crt", Token: b.Token().String()},
		"embedded": {Cluster: "123", Server: "https://[2001:db8::1]:6443", TLSServerName: "kubernetes",
			CAData: b.Certificate("ca"), CertData: b.Certificate("admin"), KeyData: b.Key("admin")},
	} {
		text := k.YAML()
		var strict clientcmdv1.Config
		if err := yaml.UnmarshalStrict(text, &strict); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		c, u := strict.Clusters[0].Cluster, strict.AuthInfos[0].AuthInfo
		back := Kubeconfig{Cluster: strict.CurrentContext, Server: c.Server, TLSServerName: c.TLSServerName,
			CAFile: c.CertificateAuthority, CAData: c.CertificateAuthorityData, Token: u.Token,
			CertFile: u.ClientCertificate, CertData: u.ClientCertificateData,
			KeyFile: u.ClientKey, KeyData: u.ClientKeyData}
		if diff := cmp.Diff(k, back); diff != "" {
			t.Errorf("%s reads back as something else (-want +got):\n%s", name, diff)
		}
		context := clientcmdv1.Context{Cluster: strict.Clusters[0].Name, AuthInfo: strict.AuthInfos[0].Name}
		if diff := cmp.Diff([]clientcmdv1.NamedContext{{Name: k.Cluster, Context: context}}, strict.Contexts); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
