package artifact

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Netboot is what machines that boot from the network are made of.
type Netboot struct {
	QEMU QEMU
	// Kernel and Initrd are the operating system: Debian's kernel, and an initrd
	// with little more than Ignition in it.
	Kernel, Initrd string
}

// Where Debian's packages put what firmware and boot servers need.
const (
	// IPXE is the folder of package ipxe.
	IPXE = "/usr/lib/ipxe"
	// IPXERoms is where QEMU finds iPXE for its network cards.
	IPXERoms = "/usr/lib/ipxe/qemu"
	// OVMFCode is firmware for UEFI; OVMFVars is what it begins to remember with.
	OVMFCode = "/usr/share/OVMF/OVMF_CODE_4M.fd"
	OVMFVars = "/usr/share/OVMF/OVMF_VARS_4M.fd"
)

var netbootNeeds = []need{
	{"dnsmasq", "dnsmasq-base"},
	{IPXE + "/undionly.kpxe", "ipxe"},
	{IPXERoms + "/efi-virtio.rom", "ipxe-qemu"},
	{OVMFCode, "ovmf"},
	{"depmod", "kmod"},
	{"xz", "xz-utils"},
	{"cpio", "cpio"},
}

// netbootPackages are Debian's on the machine. With the kernel for virtual
// machines: of a real one's drivers a virtual one has no use.
var netbootPackages = []string{"linux-image-cloud-amd64", "busybox-static"}

// netbootModule is what the kernel needs to see its network card.
const netbootModule = "virtio_net"

// Netboot builds what machines need that boot from the network.
func (b *Builder) Netboot(ctx context.Context) (Netboot, error) {
	if err := b.host(ctx, slices.Concat(needs, netbootNeeds)); err != nil {
		return Netboot{}, err
	}
	var n Netboot
	var root, program string
	err := together(
		func() (err error) { n.QEMU, err = b.QEMU(ctx); return },
		func() (err error) { root, err = b.debian(ctx, "root-netboot", "extract", netbootPackages, ""); return },
		func() (err error) { program, err = b.component(ctx, componentNamed("ignition")); return },
	)
	if err != nil {
		return Netboot{}, err
	}
	scripts := map[string]string{}
	for _, name := range []string{"init", "address"} {
		data, err := files.ReadFile("files/pxe/" + name)
		if err != nil {
			return Netboot{}, err
		}
		scripts[name] = string(data)
	}
	dir, err := b.cached(ctx, "netboot", []any{id(root), id(program), scripts, netbootModule, "netboot 1"}, func(dir string) error {
		return makeNetboot(ctx, dir, filepath.Join(root, "root.tar"), filepath.Join(program, "ignition"), scripts)
	})
	n.Kernel, n.Initrd = filepath.Join(dir, "kernel"), filepath.Join(dir, "initrd")
	return n, err
}

func componentNamed(name string) component {
	i := slices.IndexFunc(components, func(c component) bool { return c.Name == name })
	return components[i]
}

// makeNetboot makes kernel and initrd from unpacked packages.
func makeNetboot(ctx context.Context, dir, tar, ignition string, scripts map[string]string) error {
	root, initrd := filepath.Join(dir, "root"), filepath.Join(dir, "tree")
	for _, d := range []string{root, initrd + "/modules", initrd + "/proc", initrd + "/sys", initrd + "/dev", initrd + "/run", initrd + "/sysroot"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := run(ctx, "tar", "-xf", tar, "-C", root); err != nil {
		return err
	}
	kernels, err := filepath.Glob(filepath.Join(root, "boot/vmlinuz-*"))
	if err != nil || len(kernels) != 1 {
		return errors.Join(err, fmt.Errorf("/boot has %d kernels, expected one", len(kernels)))
	}
	version := strings.TrimPrefix(filepath.Base(kernels[0]), "vmlinuz-")
	if err := errors.Join(
		copyModules(ctx, root, version, filepath.Join(initrd, "modules")),
		install(ctx, filepath.Join(root, "usr/bin/busybox"), filepath.Join(initrd, "bin/busybox"), 0o755),
		install(ctx, ignition, filepath.Join(initrd, "bin/ignition"), 0o755),
		writeFile(filepath.Join(initrd, "init"), []byte(scripts["init"]), 0o755),
		writeFile(filepath.Join(initrd, "bin/address"), []byte(scripts["address"]), 0o755),
		run(ctx, "mv", kernels[0], filepath.Join(dir, "kernel")),
	); err != nil {
		return err
	}
	pack := command{dir: initrd}
	if _, err := pack.run(ctx, "sh", "-c", `find . | cpio --quiet -o -H newc -R 0:0 | gzip >"$1"`, "sh", filepath.Join(dir, "initrd")); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(root), os.RemoveAll(initrd))
}

// copyModules copies a module and what it depends on, under names that sort in
// the order in which they can be loaded.
func copyModules(ctx context.Context, root, version, to string) error {
	// depmod looks in /lib, which only an installed package base-files makes.
	if err := errors.Join(os.Symlink("usr/lib", filepath.Join(root, "lib")), run(ctx, "depmod", "-b", root, version)); err != nil {
		return err
	}
	lib := filepath.Join(root, "lib/modules", version)
	text, err := os.ReadFile(filepath.Join(lib, "modules.dep"))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		file, needed, _ := strings.Cut(strings.TrimSpace(line), ":")
		if filepath.Base(file) != netbootModule+".ko.xz" {
			continue
		}
		order := append([]string{file}, strings.Fields(needed)...)
		slices.Reverse(order) // what is loaded last is first there
		for i, file := range order {
			out := filepath.Join(to, fmt.Sprintf("%d-%s", i, strings.TrimSuffix(filepath.Base(file), ".xz")))
			if _, err := (command{}).run(ctx, "sh", "-c", `xz -dc "$1" >"$2"`, "sh", filepath.Join(lib, file), out); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("the kernel %s of Debian has no module %s", version, netbootModule)
}
