package iac

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// inspect looks into a plan, beyond what Terraform itself can know of it.
func inspect(o output, p *plan) []string {
	rd, ok := readers[o.provider]
	if !ok {
		return []string{fmt.Sprintf("nothing reads the plans of %s: write a reader for it", o.provider)}
	}
	inv := rd.read(p)
	problems := inv.problems
	if rd.firewall {
		problems = append(problems, doors(o.values, inv.openings)...)
	}
	problems = append(problems, disks(o.values, inv.disks)...)
	problems = append(problems, machines(o.values, inv)...)
	problems = append(problems, secrets(o, p)...)
	return append(problems, static(p)...)
}

// door is a port that a config opens to ranges.
type door struct {
	field  string
	port   int
	ranges []string
}

// doors finds what is open and should not be, and what should be and is not.
func doors(v values, found []opening) []string {
	var problems []string
	allowed := []door{{"access.apiCIDRs", 6443, v.APICIDRs}, {"access.sshCIDRs", 22, v.SSHCIDRs}}
	own := append([]string{v.MachineCIDR}, v.PodCIDRs...)
	for _, o := range found {
		if o.from == inside || o.from == health || slices.ContainsFunc(own, func(r string) bool { return within(o.from, r) }) {
			continue
		}
		if !slices.ContainsFunc(allowed, func(d door) bool { return d.lets(o) }) {
			problems = append(problems, fmt.Sprintf("%s opens %s %s to %q, which no access.apiCIDRs or access.sshCIDRs allows", o.resource, o.protocol, o.ports, o.from))
		}
	}
	for _, d := range allowed {
		for _, r := range d.ranges {
			open := func(o opening) bool { return o.from == r && o.protocol == "tcp" && o.ports == ports{d.port, d.port} }
			if !slices.ContainsFunc(found, open) {
				problems = append(problems, fmt.Sprintf("port %d is not open to %s of %s", d.port, r, d.field))
			}
		}
	}
	return problems
}

// lets says whether an opening is no wider than the door.
func (d door) lets(o opening) bool {
	return o.protocol == "tcp" && o.ports == ports{d.port, d.port} &&
		slices.ContainsFunc(d.ranges, func(r string) bool { return within(o.from, r) })
}

// within says whether a range is a part of another.
func within(part, whole string) bool {
	p, err1 := netip.ParsePrefix(part)
	w, err2 := netip.ParsePrefix(whole)
	return err1 == nil && err2 == nil && w.Bits() <= p.Bits() && w.Contains(p.Addr())
}

// disks finds the ones that are not encrypted, and asks for one for each etcd.
func disks(v values, found []disk) []string {
	var problems []string
	etcd := 0
	for _, d := range found {
		if !d.encrypted {
			problems = append(problems, d.resource+" has a disk that is not encrypted")
		}
		if d.etcd {
			etcd++
		}
	}
	want := len(v.ControlPlane)
	if v.EtcdDiskGB == 0 {
		want = 0
	}
	if etcd != want {
		problems = append(problems, fmt.Sprintf("found %d disks for etcd, expected %d", etcd, want))
	}
	return problems
}

// machines compares the control plane with the addresses that are in its
// certificates, and the groups with the pools.
func machines(v values, inv *inventory) []string {
	var problems []string
	if len(inv.machines) != len(v.ControlPlane) {
		problems = append(problems, fmt.Sprintf("found %d control-plane machines, expected %d", len(inv.machines), len(v.ControlPlane)))
	}
	for _, m := range v.ControlPlane {
		if got := inv.machine(m.Name).address; got != m.Address {
			problems = append(problems, fmt.Sprintf("%s has the address %q, expected %q as in its certificate", m.Name, got, m.Address))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.Pools)) {
		want := group{v.Pools[name].Count, v.Pools[name].MaxCount, v.Pools[name].Spot}
		if got := *inv.pool(name); got != want {
			problems = append(problems, fmt.Sprintf("the pool %s became %+v, expected %+v", name, got, want))
		}
	}
	return problems
}

// static finds what would run on the user's machine, or come from elsewhere.
func static(p *plan) []string {
	var problems []string
	for _, d := range p.Config.Root.Resources {
		if len(d.Provisioners) > 0 {
			problems = append(problems, d.Address+" has a provisioner")
		}
	}
	for name := range p.Config.Root.Modules {
		problems = append(problems, fmt.Sprintf("the module %s comes from elsewhere", name))
	}
	for _, name := range []string{"api_endpoint", "kubeconfig", "ssh", "add_a_pool"} {
		if _, ok := p.Outputs[name]; !ok {
			problems = append(problems, "there is no output "+name)
		}
	}
	if p.Outputs["kubeconfig"].Secret != true {
		problems = append(problems, "the output kubeconfig is not sensitive")
	}
	return problems
}
