// Package pxe makes clusters of machines that boot from the network and install
// themselves on their disks.
//
// INPUTS: provider.pxe of the config, controlPlane.machines, workers[].machines.
// OUTPUTS: pxe/ (iPXE scripts and payloads by MAC address, a dnsmasq
// configuration, matchbox's groups and profiles, a list for "kube-anywhere
// serve"), up, down, wait.
package pxe

import (
	_ "embed"
	"io/fs"
	"net/netip"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

//go:embed options.schema.json
var optionsSchema []byte

// Provider is the provider "pxe".
type Provider struct{}

// options are provider.pxe of the config.
type options struct {
	BaseURL     string            `json:"baseURL"`
	Disk        string            `json:"disk"`
	Disks       map[string]string `json:"disks"`
	Wipe        bool              `json:"wipe"`
	KernelArgs  []string          `json:"kernelArgs"`
	PayloadBy   string            `json:"payloadBy"`
	CA          string            `json:"ca"`
	DHCP        string            `json:"dhcp"`
	Gateway     string            `json:"gateway"`
	NameServers []string          `json:"nameServers"`
	TFTPRoot    string            `json:"tftpRoot"`
}

// Name is "pxe".
func (Provider) Name() string { return "pxe" }

// OptionsSchema describes provider.pxe.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are few: a machine that boots from the network takes a payload of any
// size, and nothing is made but files.
func (Provider) Facts(schema.Options) plan.ProviderFacts {
	return plan.ProviderFacts{Formats: []string{"auto"}}
}

// Layers has none: machines are what their role and OS make them.
func (Provider) Layers() fs.FS { return nil }

// Store is none.
func (Provider) Store(plan.Plan, string) plan.Store { return plan.Store{} }

// decode reads the options and fills in the one default that depends on the
// rest of the config.
func decode(p plan.Plan) options {
	var o options
	p.Provider.Decode(&o)
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	if o.BaseURL == "" {
		o.BaseURL = "http://" + bootServer(p).String() + ":8080"
	}
	return o
}

// bootServer is the second address of the machines' network, which is before
// those that control-plane machines get by default.
func bootServer(p plan.Plan) netip.Addr {
	return p.Network.MachineCIDR.Masked().Addr().Next().Next()
}

// disk is where a machine's system goes.
func (o options) disk(name string) string {
	if d, ok := o.Disks[name]; ok {
		return d
	}
	return o.Disk
}
