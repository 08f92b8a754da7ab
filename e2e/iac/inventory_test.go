package iac

import (
	"fmt"
	"strings"
)

// inventory is what a plan makes, in words that all providers share.
type inventory struct {
	openings []opening
	disks    []disk
	machines map[string]*machine // of the control plane, by name
	pools    map[string]*group   // by the pool's name
	problems []string
}

// opening is who may reach what.
type opening struct {
	resource string // by its address in the plan
	from     string // a CIDR, inside or health
	protocol string // tcp, udp, icmp, any
	ports    ports
}

const (
	// inside is everything that the cluster has itself.
	inside = "inside"
	// health is what asks for load balancers whether machines are up.
	health = "health"
)

// ports are a range; the zero value is all of them.
type ports struct{ first, last int }

func (p ports) String() string {
	switch {
	case p == ports{}:
		return "all ports"
	case p.first == p.last:
		return fmt.Sprint(p.first)
	}
	return fmt.Sprintf("%d-%d", p.first, p.last)
}

// disk is one that a machine will have.
type disk struct {
	resource        string
	encrypted, etcd bool
}

// machine is one of the control plane.
type machine struct{ resource, address string }

// group is what a pool became.
type group struct {
	least, most int
	spot        bool
}

func (inv *inventory) machine(name string) *machine {
	if inv.machines[name] == nil {
		inv.machines[name] = &machine{}
	}
	return inv.machines[name]
}

// worker counts a machine in where a provider has no groups: its key is the
// pool's name and a number.
func (inv *inventory) worker(r resource) {
	key := r.key()
	g := inv.pool(key[:max(0, strings.LastIndex(key, "-"))])
	g.least++
	g.most++
}

func (inv *inventory) pool(name string) *group {
	if inv.pools[name] == nil {
		inv.pools[name] = &group{}
	}
	return inv.pools[name]
}

func (inv *inventory) fail(r resource, format string, args ...any) {
	inv.problems = append(inv.problems, r.Address+" "+fmt.Sprintf(format, args...))
}

// reader knows what the resources of one provider mean.
type reader struct {
	// firewall says that the provider decides who reaches machines.
	firewall bool
	// kinds reads each type of resource; nil where it opens nothing, keeps
	// nothing and starts nothing.
	kinds map[string]func(resource, *inventory)
}

// readers are by the provider's name in a config.
var readers = map[string]reader{
	"aws":        aws,
	"azure":      azure,
	"cloudstack": cloudstack,
	"gce":        gce,
	"libvirt":    libvirt,
	"openstack":  openstack,
	"vsphere":    vsphere,
}

// read takes stock of a plan. A type of resource that nobody has looked at yet
// is a problem: it might open a door.
func (rd reader) read(p *plan) *inventory {
	inv := &inventory{machines: map[string]*machine{}, pools: map[string]*group{}}
	for _, r := range p.Changes {
		if r.Mode != "managed" {
			continue
		}
		look, known := rd.kinds[r.Type]
		if !known {
			inv.fail(r, "is of a type that the checks do not know: say in the reader of its provider what it means")
		} else if look != nil {
			look(r, inv)
		}
	}
	return inv
}
