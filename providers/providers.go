// Package providers is where payloads meet infrastructure: the interface that
// every provider keeps to, and the one ordered table of them.
//
// INPUTS: plan.Plan and the encoded payloads.
// OUTPUTS: the files that boot those payloads, and what a provider's machines
// have beyond their role and OS.
package providers

import (
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers/userdata"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Provider turns payloads into something that boots.
type Provider interface {
	// Name is the provider's key in the config.
	Name() string
	// Limit is how many bytes of user-data a machine may get; 0 is no limit.
	Limit() int
	// Formats are the payloads to make; "auto" is what the role's OS boots with.
	Formats() []string
	// Overlay is what a machine on this provider has beyond its role and OS
	// (metadata dependency, provider ID). Typically under ten lines.
	Overlay(plan.Role) machine.Machine
}

// Choose is the provider that a config names. schema.Parse has made sure that
// there is exactly one.
func Choose(c schema.Provider) Provider {
	return userdata.Provider{Config: *c.Userdata}
}
