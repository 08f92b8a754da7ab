package pxe

import (
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// loader is iPXE for firmware that is not iPXE: how DHCP tells the firmware,
// by number and by dnsmasq's name for it, and the file.
type loader struct {
	architecture string
	Tag          string
	Number       int
	Type, File   string
}

// Those for amd64 use the firmware's own driver, for the card that it boots from.
// ipxe.efi has drivers of its own; that of Debian 12 stands still where it is to
// go back to the firmware, for an installed machine to boot its disk.
// https://www.iana.org/assignments/dhcpv6-parameters (processor architectures)
var loaders = []loader{
	{"amd64", "bios", 0, "x86PC", "undionly.kpxe"},
	{"amd64", "efi", 7, "X86-64_EFI", "snponly.efi"},
	{"amd64", "efi", 9, "BC_EFI", "snponly.efi"},
	{"arm64", "efi-arm64", 11, "ARM64_EFI", "ipxe-arm64.efi"},
}

func loadersOf(architectures []string) []loader {
	var out []loader
	for _, l := range loaders {
		if slices.Contains(architectures, l.architecture) {
			out = append(out, l)
		}
	}
	return out
}

// fetching is what "fetch" gets: the functions that it needs, the programs that
// these run, and the calls.
type fetching struct {
	Flatcar, CoreOS, Images bool
	Tools, Steps            []string
}

// sources are the disk images of OSes that Flatcar installs. Debian's "generic"
// has all drivers.
// https://cloud.debian.org/images/cloud/
// https://documentation.ubuntu.com/public-images/
var sources = map[string]struct{ url, sums string }{
	"debian": {"https://cloud.debian.org/images/cloud/trixie/latest/debian-13-generic-ARCH.qcow2", "SHA512SUMS"},
	"ubuntu": {"https://cloud-images.ubuntu.com/releases/noble/release/ubuntu-24.04-server-cloudimg-ARCH.img", "SHA256SUMS"},
}

func fetchingOf(p plan.Plan) fetching {
	f := fetching{}
	tools := []string{"curl", "sha256sum"}
	for _, r := range p.Roles {
		arch := r.OS.Architecture
		switch r.OS.Name {
		case coreOS:
			f.CoreOS = true
			tools = append(tools, "jq")
			f.Steps = append(f.Steps, "fedora-coreos "+arch)
			continue
		case flatcar:
			f.Steps = append(f.Steps, "flatcar "+arch+" image")
		default:
			f.Images = true
			tools = append(tools, "qemu-img", "gzip")
			f.Steps = append(f.Steps, image(r.OS.Name, arch), "flatcar "+arch)
		}
		f.Flatcar = true
		tools = append(tools, "gpg")
	}
	f.Tools = unique(tools)
	steps := unique(f.Steps)
	// What boots and the image are more than what boots.
	f.Steps = slices.DeleteFunc(slices.Clone(steps), func(s string) bool { return slices.Contains(steps, s+" image") })
	return f
}

// image is the call that gets a disk image.
func image(os, arch string) string {
	s := sources[os]
	return strings.Join([]string{"image", os, arch, strings.ReplaceAll(s.url, "ARCH", arch), s.sums}, " ")
}

// needsOf are the files that all of the cluster's machines need.
func needsOf(p plan.Plan) []string {
	var out []string
	for _, r := range p.Roles {
		out = append(out, needs(r.OS)...)
	}
	return unique(out)
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
