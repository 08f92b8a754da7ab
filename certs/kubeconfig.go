package certs

import (
	"bytes"
	"encoding/base64"

	"go.yaml.in/yaml/v3"
)

// Kubeconfig is one cluster, one user and the context that joins them. The CA
// and the user's certificate are either files or embedded.
type Kubeconfig struct {
	Cluster string // name of the cluster, the user and the context
	Server  string // URL
	// TLSServerName is the name to expect in the server's certificate where
	// Server is not in it; else empty.
	TLSServerName string

	CAFile string
	CAData []byte // PEM

	CertFile, KeyFile string
	CertData, KeyData []byte // PEM
	Token             string
}

// config is the file's own shape (k8s.io/client-go/tools/clientcmd/api/v1).
type config struct {
	APIVersion     string         `yaml:"apiVersion"`
	Kind           string         `yaml:"kind"`
	Clusters       []namedCluster `yaml:"clusters"`
	Users          []namedUser    `yaml:"users"`
	Contexts       []namedContext `yaml:"contexts"`
	CurrentContext string         `yaml:"current-context"`
}

type namedCluster struct {
	Name    string `yaml:"name"`
	Cluster struct {
		Server        string `yaml:"server"`
		TLSServerName string `yaml:"tls-server-name,omitempty"`
		CAFile        string `yaml:"certificate-authority,omitempty"`
		CAData        data   `yaml:"certificate-authority-data,omitempty"`
	} `yaml:"cluster"`
}

type namedUser struct {
	Name string `yaml:"name"`
	User struct {
		CertFile string `yaml:"client-certificate,omitempty"`
		KeyFile  string `yaml:"client-key,omitempty"`
		CertData data   `yaml:"client-certificate-data,omitempty"`
		KeyData  data   `yaml:"client-key-data,omitempty"`
		Token    string `yaml:"token,omitempty"`
	} `yaml:"user"`
}

type namedContext struct {
	Name    string `yaml:"name"`
	Context struct {
		Cluster string `yaml:"cluster"`
		User    string `yaml:"user"`
	} `yaml:"context"`
}

// data is bytes that the file holds in base64.
type data []byte

func (d data) MarshalYAML() (any, error) { return base64.StdEncoding.EncodeToString(d), nil }

// YAML is the kubeconfig as a file.
func (k Kubeconfig) YAML() []byte {
	c := config{APIVersion: "v1", Kind: "Config", CurrentContext: k.Cluster,
		Clusters: make([]namedCluster, 1), Users: make([]namedUser, 1), Contexts: make([]namedContext, 1)}

	cluster := &c.Clusters[0]
	cluster.Name = k.Cluster
	cluster.Cluster.Server, cluster.Cluster.TLSServerName = k.Server, k.TLSServerName
	cluster.Cluster.CAFile, cluster.Cluster.CAData = k.CAFile, k.CAData

	user := &c.Users[0]
	user.Name = k.Cluster
	user.User.CertFile, user.User.KeyFile = k.CertFile, k.KeyFile
	user.User.CertData, user.User.KeyData = k.CertData, k.KeyData
	user.User.Token = k.Token

	context := &c.Contexts[0]
	context.Name, context.Context.Cluster, context.Context.User = k.Cluster, k.Cluster, k.Cluster

	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	enc.CompactSeqIndent()
	if err := enc.Encode(c); err != nil {
		panic(err) // structs of strings always encode
	}
	return out.Bytes()
}
