package compiler

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/netip"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// role is everything that the machines of one role share, readable.
func (c *compilation) role(role plan.Role) (machine.Machine, error) {
	kubelet, err := c.kubelet(role)
	if err != nil {
		return machine.Machine{}, err
	}
	runtime, err := c.runtime()
	if err != nil {
		return machine.Machine{}, err
	}
	secrets, err := c.secrets(role)
	if err != nil {
		return machine.Machine{}, err
	}
	parts := []machine.Machine{
		{Files: []machine.File{kubelet}},
		runtime,
		secrets,
		c.user(role),
	}
	if role.ControlPlane {
		parts = append(parts, identity(role.Name, role.Addresses), c.manifests())
	}
	layers := c.plan.Layers
	for _, dir := range role.OS.Layers() {
		layers = append(layers[:len(layers):len(layers)], plan.Layer{Dir: dir})
	}
	rendered := make([]machine.Machine, len(layers))
	errs := make([]error, len(layers))
	inParallel(indices(layers), func(i int) { rendered[i], errs[i] = c.layer(layers[i], role) })
	if err := cmp.Or(errs...); err != nil {
		return machine.Machine{}, err
	}
	m, err := machine.Merge(append(parts, rendered...)...)
	if err != nil {
		return m, fmt.Errorf("%s: %w", role.Name, err)
	}
	return m, nil
}

// user is what the config adds to a machine as it is.
func (c *compilation) user(role plan.Role) machine.Machine {
	os := role.OS
	var m machine.Machine
	for _, f := range os.Files {
		m.Files = append(m.Files, machine.File{Path: f.Path, Mode: fs.FileMode(f.Mode), Content: f.Content})
	}
	for _, u := range os.Units {
		m.Units = append(m.Units, machine.Unit{Name: u.Name, Content: u.Content, Enabled: u.Enabled})
	}
	for _, u := range os.Users {
		m.Users = append(m.Users, machine.User(u))
	}
	if len(os.SSHAuthorizedKeys) > 0 {
		m.Users = append(m.Users, machine.User{Name: os.Facts.User, SSHAuthorizedKeys: os.SSHAuthorizedKeys})
	}
	return m
}

// manifests are the user's own, applied with the add-ons.
func (c *compilation) manifests() machine.Machine {
	var m machine.Machine
	for _, f := range c.plan.Manifests {
		m.Files = append(m.Files, machine.File{
			Path: "/etc/kubernetes/addons/" + f.Path, Mode: 0o600, Content: f.Content,
		})
	}
	return m
}

// own is what one machine of a pool has beyond what the pool shares.
func own(m plan.Machine) machine.Machine { return identity(m.Name, m.Addresses) }

// identity is who a machine is. What is not said here the machine finds out by
// itself (node-setup).
func identity(name string, addrs []netip.Addr) machine.Machine {
	env := "NODE_NAME=" + name + "\n"
	if len(addrs) > 0 {
		env += "NODE_IP=" + plan.NodeIP(addrs) + "\n"
	}
	return machine.Machine{Files: []machine.File{
		{Path: "/etc/hostname", Mode: 0o644, Content: []byte(name + "\n")},
		{Path: "/etc/kubernetes/node.env", Mode: 0o644, Content: []byte(env)},
	}}
}

// translate turns the user's Butane snippets into Ignition.
func (c *compilation) translate(role plan.Role) []schema.Diagnostic {
	var diags []schema.Diagnostic
	for _, s := range role.OS.ButaneSnippets {
		extra, problems := ignition.Snippet(role.OS.Facts.Butane, s.Content)
		for _, p := range problems {
			d := schema.Diagnostic{
				Severity: schema.Warning, Code: "butane", File: s.Path, Line: p.Line, Column: p.Column, Message: p.Message,
			}
			if p.Fatal {
				d.Severity = schema.Error
			}
			diags = append(diags, d)
		}
		c.snippets[role.Name] = append(c.snippets[role.Name], extra)
	}
	return diags
}
