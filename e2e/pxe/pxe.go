// Package pxe boots machines from the network by what the provider pxe emits:
// the real dnsmasq with the emitted configuration, "kube-anywhere serve" over
// the compiled output, firmware of both kinds, iPXE, a kernel, and Ignition.
//
// INPUTS: kernel and initrd that stand in for Flatcar's, programs.
// OUTPUTS: results; under Out the consoles and logs of each case.
//
// The caller is in namespaces of its own (lab.Enter), where the network is made.
package pxe

import (
	"context"
	"time"

	"github.com/kube-anywhere/kube-anywhere/e2e/artifact"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// World is what all cases share.
type World struct {
	artifact.Netboot
	KubeAnywhere string
	// Out is where consoles and logs go; Scratch is for compiled clusters and
	// machines.
	Out, Scratch string
}

// Limits on time. An emulated machine boots from the network in a minute or two;
// UEFI's firmware waits longer for what does not come.
const (
	quick = time.Minute
	slow  = 6 * time.Minute
)

// All are the cases in the order in which they run.
func (w *World) All() []suite.Case {
	return []suite.Case{w.bios(), w.uefi(), w.proxy(), w.selfCheck()}
}

// bios is a machine with BIOS, on a network whose DHCP server is dnsmasq.
func (w *World) bios() suite.Case {
	return suite.Case{
		Name: "bios", Title: "BIOS, the emitted dnsmasq.conf as the network's DHCP server",
		Run: func(t *suite.T) {
			r := w.start(t, fullDHCP)
			m := w.machine(controlPlane, biosPXE)
			bootAndCheck(t, r, m)
			installed(t, r, m.as(biosROM))
			unknownGetsNothing(t, r, w.machine(unknown, biosROM))
		},
	}
}

// uefi is the same with UEFI, and a blank disk before the network.
func (w *World) uefi() suite.Case {
	return suite.Case{
		Name: "uefi", Title: "UEFI, a blank disk first in its boot order, the same dnsmasq.conf",
		Run: func(t *suite.T) {
			r := w.start(t, fullDHCP)
			m := w.machine(controlPlane, uefi)
			bootAndCheck(t, r, m)
			installed(t, r, m)
		},
	}
}

// proxy is both at once beside another DHCP server: each machine must get its
// own.
func (w *World) proxy() suite.Case {
	return suite.Case{
		Name: "proxy", Title: "BIOS and UEFI at once, the emitted dnsmasq.conf beside the network's own DHCP server",
		Run: func(t *suite.T) {
			r := w.start(t, proxyDHCP)
			bootAndCheck(t, r, w.machine(controlPlane, uefi), w.machine(worker, biosPXE))
			unknownFindsNoScript(t, r, w.machine(unknown, biosAsks))
		},
	}
}

// bootAndCheck boots machines and looks at what each did.
func bootAndCheck(t *suite.T, r *rack, machines ...*machine) {
	for _, m := range machines {
		if err := m.powerOn(); err != nil {
			t.Require("power on", quick, func(context.Context) error { return err })
		}
		t.Cleanup(m.powerOff)
	}
	for _, m := range machines {
		t.Require(m.name+" boots from the network", slow, m.reachesTheEnd)
		for _, c := range checks {
			t.Measure(m.name+": "+c.name, quick, func(ctx context.Context) (string, error) { return c.check(ctx, r, m) })
		}
	}
}
