package userdata

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// machine is one machine to be started.
type machine struct {
	Cluster, Name string
	Address       string // empty: any
	File          string // what the platform gets, within the output
	Pool          string // of whose machines it is one, if they share a payload
	Ignition      bool   // and otherwise cloud-init
	Key           string // where its OS looks in QEMU's fw_cfg
	text          bool   // the payload is text
	payload       []byte // the pool's, or the machine's
	userdata      []byte // the same, and the name that a pool's payload lacks
	uses          []use  // of its forms
}

// fwCfgKeys are where Ignition looks for its payload in QEMU, by OS.
// https://www.flatcar.org/docs/latest/deploy/virt-options/libvirt/
// https://coreos.github.io/ignition/supported-platforms/
var fwCfgKeys = map[string]string{
	"fedora-coreos": "opt/com.coreos/config",
	"flatcar":       "opt/org.flatcar-linux/config",
}

// machines are all of a cluster's, each with the payload that its OS boots with
// or, if that was not made, with the one that was.
func machines(p plan.Plan, payloads []plan.Payload) ([]machine, error) {
	var out []machine
	for i, b := range payloads {
		own := func(other plan.Payload) bool { return other.Name == b.Name }
		native := func(other plan.Payload) bool {
			return own(other) && path.Ext(other.File) == extensions[b.Role.OS.Facts.Format]
		}
		chosen := slices.IndexFunc(payloads, native)
		if chosen < 0 {
			chosen = slices.IndexFunc(payloads, own)
		}
		if chosen != i {
			continue
		}
		m := machine{
			Cluster:  p.Name,
			Name:     b.Name,
			File:     b.File,
			Ignition: path.Ext(b.File) == extensions["ignition"],
			Key:      fwCfgKeys[b.Role.OS.Name],
			text:     b.Text,
			payload:  slices.Concat(b.Chunks...),
		}
		members, err := m.members(b)
		if err != nil {
			return nil, err
		}
		out = append(out, members...)
	}
	return out, nil
}

// extensions are those of payload files, by format.
var extensions = map[string]string{"ignition": ".ign", "cloud-init": ".cloud-init"}

// members are the machines that boot with one payload: one that is known, or as
// many as a pool has.
func (m machine) members(b plan.Payload) ([]machine, error) {
	m.userdata = m.payload
	known := slices.IndexFunc(b.Role.Machines, func(k plan.Machine) bool { return k.Name == b.Name })
	switch {
	case b.Role.ControlPlane:
		m.Address = b.Role.Addresses[0].String()
		return []machine{m}, nil
	case known >= 0:
		if own := b.Role.Machines[known].Addresses; len(own) > 0 {
			m.Address = own[0].String()
		}
		return []machine{m}, nil
	}
	var out []machine
	m.Pool = b.Name
	for i := range b.Role.Count {
		m.Name = fmt.Sprintf("%s-%d", b.Name, i)
		if m.Ignition {
			var err error
			if m.userdata, err = named(m.payload, m.Name); err != nil {
				return nil, err
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// named is an Ignition config that is the pool's, and gives one machine its
// name. cloud-init takes that from its metadata.
func named(payload []byte, name string) ([]byte, error) {
	type source struct {
		Source string `json:"source"`
	}
	type file struct {
		Path     string `json:"path"`
		Mode     int    `json:"mode"`
		Contents source `json:"contents"`
	}
	type config struct {
		Ignition struct {
			Version string `json:"version"`
			Config  struct {
				Merge []source `json:"merge"`
			} `json:"config"`
		} `json:"ignition"`
		Storage struct {
			Files []file `json:"files"`
		} `json:"storage"`
	}
	var c config
	c.Ignition.Version = "3.3.0"
	c.Ignition.Config.Merge = []source{{"data:;base64," + base64.StdEncoding.EncodeToString(payload)}}
	c.Storage.Files = []file{{"/etc/hostname", 0o644, source{"data:," + name + "%0A"}}}
	return json.Marshal(c)
}
