// Package userdata makes plain payload files, for any cloud or hypervisor that
// hands user-data to its machines.
//
// INPUTS: provider.userdata of the config.
// OUTPUTS: nothing beyond the payloads themselves.
package userdata

import (
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Provider is the provider "userdata".
type Provider struct{ Config schema.Userdata }

// Name is "userdata".
func (Provider) Name() string { return "userdata" }

// Limit is the configured number of bytes.
func (p Provider) Limit() int { return p.Config.Limit }

// Formats are the configured ones.
func (p Provider) Formats() []string { return p.Config.Formats }

// Overlay is empty: nothing is known of the platform.
func (Provider) Overlay(plan.Role) machine.Machine { return machine.Machine{} }
