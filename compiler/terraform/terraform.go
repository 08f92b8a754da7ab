// Package terraform lays out what a provider gives to Terraform or OpenTofu: its
// own configuration as it is, the cluster's values, and how to go up and down.
//
// INPUTS: the plan, the payloads, and a provider's folder of .tf files.
// OUTPUTS: terraform/*.tf, terraform/terraform.tfvars.json, up, down, wait.
package terraform

import (
	_ "embed"
	"encoding/json"
	"io/fs"
	"maps"
	"strconv"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

var (
	//go:embed cluster.tf
	clusterTF []byte
	//go:embed up.sh
	up []byte
	//go:embed down.sh
	down []byte
	//go:embed wait.sh
	wait string
)

// Cluster are the values that every provider's configuration takes (cluster.tf).
type Cluster struct {
	Name             string            `json:"name"`
	Endpoint         Endpoint          `json:"endpoint"`
	MachineCIDR      string            `json:"machine_cidr"`
	Subnets          []Subnet          `json:"subnets"`
	PodCIDRs         []string          `json:"pod_cidrs"`
	APICIDRs         []string          `json:"api_cidrs"`
	SSHCIDRs         []string          `json:"ssh_cidrs"`
	SSHUser          string            `json:"ssh_user"`
	ControlPlane     []Machine         `json:"control_plane"`
	EtcdDiskGB       int               `json:"etcd_disk_gb"`
	Pools            map[string]Pool   `json:"pools"`
	Objects          map[string]string `json:"objects"`
	Store            string            `json:"store"`
	CloudControllers bool              `json:"cloud_controllers"`
}

// Endpoint is where workers reach the API, and whether the user makes it.
type Endpoint struct {
	Host string `json:"host"`
	Own  bool   `json:"own"`
}

// Subnet is one part of the machines' network.
type Subnet struct {
	Zone string `json:"zone"`
	CIDR string `json:"cidr"`
}

// Group is what control-plane machines and pools have alike. Files are within
// the output.
type Group struct {
	Size         string `json:"size"`
	DiskGB       int    `json:"disk_gb"`
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	UserData     string `json:"user_data"`
	Object       string `json:"object"` // its name, or empty
}

// Machine is one control-plane machine.
type Machine struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Zone    string `json:"zone"`
	Group
}

// Pool is a group of workers.
type Pool struct {
	Count    int  `json:"count"`
	MaxCount int  `json:"max_count"`
	Spot     bool `json:"spot"`
	Group
}

// Values are the cluster's. Sizes that the config leaves open are the provider's
// for the role and the architecture.
func Values(p plan.Plan, payloads []plan.Payload, store string, size func(plan.Role) string) Cluster {
	c := Cluster{
		Name:             p.Name,
		Endpoint:         Endpoint{Host: p.Endpoint.Host, Own: p.Endpoint.Configured},
		MachineCIDR:      p.Network.MachineCIDR.String(),
		PodCIDRs:         texts(p.Network.PodCIDRs),
		APICIDRs:         texts(p.Access.API),
		SSHCIDRs:         texts(p.Access.SSH),
		SSHUser:          p.Roles[0].OS.Facts.User,
		EtcdDiskGB:       p.EtcdDiskGB,
		Pools:            map[string]Pool{},
		Objects:          map[string]string{},
		Store:            store,
		CloudControllers: p.CloudControllers(),
	}
	for i, s := range p.Subnets() {
		c.Subnets = append(c.Subnets, Subnet{Zone: p.Provider.Zone(i), CIDR: s.String()})
	}
	for _, b := range payloads {
		r := b.Role
		g := Group{Size: r.Size, DiskGB: r.DiskGB, OS: r.OS.Name, Architecture: r.OS.Architecture, UserData: b.File, Object: b.ObjectName}
		if g.Size == "" {
			g.Size = size(r)
		}
		if b.Object != "" {
			c.Objects[b.ObjectName] = b.Object
		}
		if r.ControlPlane {
			c.ControlPlane = append(c.ControlPlane, Machine{Name: r.Name, Address: r.Addresses[0].String(), Zone: p.Provider.Zone(r.Index), Group: g})
		} else {
			c.Pools[b.Name] = Pool{Count: r.Count, MaxCount: r.MaxCount, Spot: r.Spot, Group: g}
		}
	}
	return c
}

func texts[T interface{ String() string }](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.String()
	}
	return out
}

// Wait is the script that waits for a cluster of so many nodes, for providers
// without Terraform too.
func Wait(nodes int) plan.File {
	return plan.File{Path: "wait", Mode: 0o755, Content: []byte(strings.Replace(wait, "@NODES@", strconv.Itoa(nodes), 1))}
}

// Files lays out a configuration: the provider's .tf files as they are, the
// values of the cluster, and the provider's own under their names.
func Files(static fs.FS, values Cluster, own map[string]any) ([]plan.File, error) {
	nodes := len(values.ControlPlane)
	for _, p := range values.Pools {
		nodes += p.Count
	}
	files := []plan.File{
		Wait(nodes),
		{Path: "up", Mode: 0o755, Content: up},
		{Path: "down", Mode: 0o755, Content: down},
		{Path: "terraform/cluster.tf", Mode: 0o644, Content: clusterTF},
	}
	names, err := fs.Glob(static, "*.tf")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(static, name)
		if err != nil {
			return nil, err
		}
		files = append(files, plan.File{Path: "terraform/" + name, Mode: 0o644, Content: text})
	}
	variables, err := merged(values, own)
	if err != nil {
		return nil, err
	}
	return append(files, plan.File{Path: "terraform/terraform.tfvars.json", Mode: 0o644, Content: variables}), nil
}

// merged is one JSON object of both, sorted by name.
func merged(values Cluster, own map[string]any) ([]byte, error) {
	text, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	all := map[string]any{}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	maps.Copy(all, own)
	text, err = json.MarshalIndent(all, "", "  ")
	return append(text, '\n'), err
}
