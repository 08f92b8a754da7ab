package cloudformation

import (
	_ "embed"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/compiler/terraform"
)

var (
	//go:embed up.sh
	up []byte
	//go:embed down.sh
	down []byte
	//go:embed stack.sh
	stackFunctions []byte
)

// scripts are up and down, what they read, and wait.
func (c *cluster) scripts(fromS3 bool) []plan.File {
	nodes := len(c.machines)
	for _, p := range c.pools {
		nodes += p.Role.Count
	}
	return []plan.File{
		terraform.Wait(nodes),
		{Path: "up", Mode: 0o755, Content: up},
		{Path: "down", Mode: 0o755, Content: down},
		{Path: "cloudformation/stack.sh", Mode: 0o644, Content: stackFunctions},
		{Path: "cloudformation/settings", Mode: 0o644, Content: c.settings(fromS3)},
		{Path: "cloudformation/images", Mode: 0o644, Content: c.imageList()},
	}
}

// settings are what the scripts must know of the cluster. All of it is names, in
// which nothing needs to be escaped. The stack has the id in its name, so that
// nobody's cluster of the same name is changed in its place.
func (c *cluster) settings(fromS3 bool) []byte {
	from, template := "--template-body", "file://cloudformation/cluster.json"
	if fromS3 {
		from, template = "--template-url", "https://"+c.store.Name+".s3."+c.options.Region+".amazonaws.com/cluster.json"
	}
	var machines []string
	for _, m := range c.machines {
		machines = append(machines, m.Name)
	}
	var b strings.Builder
	for _, s := range [][2]string{
		{"region", c.options.Region},
		{"stack", "kube-anywhere-" + c.store.Name},
		{"bucket", c.store.Name},
		{"machines", strings.Join(machines, " ")},
		{"template_from", from},
		{"template", template},
	} {
		b.WriteString(s[0] + "='" + s[1] + "'\n")
	}
	return []byte("# shellcheck shell=sh disable=SC2034\n" + b.String())
}
