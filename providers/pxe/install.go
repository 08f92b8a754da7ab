package pxe

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

var (
	//go:embed files/install-to-disk
	installScript []byte
	//go:embed files/install-to-disk.service
	installUnit string
)

// installer makes the Ignition configs that Flatcar installs machines by, in
// memory. What they share is encoded once for each set of ssh keys.
type installer struct {
	o      options
	shared map[string]ignition.Shared
}

// config is one machine's: how to install it, and its payload.
func (in *installer) config(h host, payload []byte) ([]byte, error) {
	keys := strings.Join(h.role.OS.SSHAuthorizedKeys, "\n")
	shared, ok := in.shared[keys]
	if !ok {
		var err error
		if shared, err = ignition.Prepare(in.installs(h.role.OS).Wire()); err != nil {
			return nil, err
		}
		in.shared[keys] = shared
	}
	own, err := machine.Merge(in.own(h, payload))
	if err != nil {
		return nil, err
	}
	chunks, err := shared.Payload(own)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.name, err)
	}
	return slices.Concat(chunks...), nil
}

// installs is the machine in memory that installs. Who may log in to the
// installed machine may also look at why it is not.
func (in *installer) installs(os plan.OS) machine.Machine {
	var m machine.Machine
	if in.o.CA != "" {
		m.Files = append(m.Files, machine.File{Path: "/etc/ssl/certs/boot-server.pem", Mode: 0o644, Content: []byte(in.o.CA)})
	}
	m.Files = append(m.Files, machine.File{Path: "/opt/bin/install-to-disk", Mode: 0o755, Content: installScript, Commented: true})
	m.Units = []machine.Unit{{Name: "install-to-disk.service", Content: installUnit, Enabled: true}}
	if len(os.SSHAuthorizedKeys) > 0 {
		m.Users = []machine.User{{Name: "core", SSHAuthorizedKeys: os.SSHAuthorizedKeys}}
	}
	return m
}

// own is what one machine's config has of its own.
func (in *installer) own(h host, payload []byte) machine.Machine {
	settings := fmt.Sprintf("NAME=%s\nDISK=%s\nOS=%s\nARCHITECTURE=%s\nBASE=%s\nWIPE=%t\n",
		h.name, in.o.disk(h.name), h.role.OS.Name, h.role.OS.Architecture, in.o.BaseURL, in.o.Wipe)
	files := []machine.File{{Path: "/opt/install/settings", Mode: 0o644, Content: []byte(settings)}}
	if h.role.OS.Facts.Format == "ignition" {
		return machine.Machine{Files: append(files, machine.File{Path: "/opt/install/payload", Mode: 0o600, Content: payload})}
	}
	return machine.Machine{Files: append(files,
		machine.File{Path: "/opt/install/seed/user-data", Mode: 0o600, Content: payload},
		machine.File{Path: "/opt/install/seed/meta-data", Mode: 0o600, Content: metaData(h)},
		machine.File{Path: "/opt/install/seed/network-config", Mode: 0o600, Content: networkConfig(h)},
	)}
}

func metaData(h host) []byte {
	return fmt.Appendf(nil, "instance-id: %s\nlocal-hostname: %[1]s\n", h.name)
}

// networkConfig is the card that the machine is known by. Left alone, cloud-init
// takes the first that has a link.
func networkConfig(h host) []byte {
	return fmt.Appendf(nil, `version: 2
ethernets:
  boot:
    match: {macaddress: "%s"}
    dhcp4: true
    dhcp6: true
`, h.mac)
}
