package pxe

import (
	"path"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// The two systems that boot from the network. Fedora CoreOS installs itself;
// Flatcar installs itself, and the disk images of everything else.
const (
	flatcar = "flatcar"
	coreOS  = "fedora-coreos"
)

// system is what boots from the network to install a machine.
func system(os plan.OS) string {
	if os.Name == coreOS {
		return coreOS
	}
	return flatcar
}

// boot is what iPXE loads. Paths are relative to the web root.
type boot struct {
	Kernel string
	Args   []string
	// Initrds by the names that the kernel's arguments give them.
	Initrds []initrd
}

type initrd struct{ Name, Path string }

// assets is the folder of what comes from an OS's makers.
func assets(os, architecture string) string { return path.Join("assets", os, architecture) }

// bootOf is what installs a machine. The payload is a URL that the installer
// fetches, or else a file that iPXE loads as a second initrd. On UEFI the kernel
// asks for each initrd by name, which BIOS has no need of.
// https://docs.fedoraproject.org/en-US/fedora-coreos/bare-metal/
// https://www.flatcar.org/docs/latest/installing/bare-metal/booting-with-ipxe/
func bootOf(o options, h host, payloadURL, payloadFile string) boot {
	from := assets(system(h.role.OS), h.role.OS.Architecture)
	b := boot{
		Kernel:  from + "/kernel",
		Args:    []string{"initrd=main"},
		Initrds: []initrd{{"main", from + "/initrd"}},
	}
	switch {
	case system(h.role.OS) == coreOS:
		b.Args = append(b.Args,
			"coreos.live.rootfs_url="+o.BaseURL+"/"+from+"/rootfs",
			"coreos.inst.install_dev="+o.disk(h.name),
			"coreos.inst.ignition_url="+payloadURL)
	case payloadFile != "":
		b.Args = append(b.Args, "initrd=payload", "flatcar.first_boot=1")
		b.Initrds = append(b.Initrds, initrd{"payload", payloadFile})
	default:
		b.Args = append(b.Args, "flatcar.first_boot=1", "ignition.config.url="+payloadURL)
	}
	b.Args = append(b.Args, o.KernelArgs...)
	return b
}

// needs are the files under the web root that installing an OS takes, beyond
// the machine's own. Flatcar's image is in a folder by its version, which only
// "fetch" knows.
func needs(os plan.OS) []string {
	from := assets(system(os), os.Architecture)
	out := []string{from + "/initrd", from + "/kernel"}
	switch os.Name {
	case coreOS:
		out = append(out, from+"/rootfs")
	case flatcar:
		out = append(out, from+"/version.txt")
	default:
		out = append(out, assets(os.Name, os.Architecture)+"/image.raw.gz")
	}
	return out
}
