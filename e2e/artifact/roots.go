package artifact

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const debianSuite = "trixie"

// machinePackages are Debian's, for every machine. What a payload needs of an OS
// is documented by the compiler; the rest boots the machine and lets us in.
var machinePackages = []string{
	"systemd", "systemd-sysv", "systemd-resolved", "systemd-timesyncd", "dbus", "udev", "kmod", "zstd",
	"linux-image-cloud-amd64", "initramfs-tools", "cloud-init", "openssh-server", "sudo",
	"docker.io", "docker-cli", "containerd", "runc",
	"iptables", "nftables", "ipset", "conntrack", "ethtool", "socat", "iproute2", "iputils-ping",
	"curl", "ca-certificates", "e2fsprogs", "procps", "less", "bind9-host", "jq", "netbase",
}

// toolPackages are what some images need beside their program: shells and what
// scripts call, packet filters, and what mounts volumes.
var toolPackages = []string{
	"base-files", "bash", "coreutils", "grep", "sed", "gawk", "findutils", "tar", "libc-bin", "netbase",
	"jq", "openssl", "ca-certificates", "util-linux", "mount", "e2fsprogs", "kmod", "ethtool",
	"iptables", "nftables", "ipset", "conntrack", "iproute2", "socat",
}

// slim leaves out what nobody reads on a machine that lives for minutes.
var slim = []string{
	"--dpkgopt=path-exclude=/usr/share/man/*",
	"--dpkgopt=path-exclude=/usr/share/doc/*",
	"--dpkgopt=path-exclude=/usr/share/info/*",
	"--dpkgopt=path-exclude=/usr/share/locale/*",
}

// machineRoot is a tar of a Debian system, which every disk starts from.
func (b *Builder) machineRoot(ctx context.Context) (string, error) {
	return b.debian(ctx, "root-machine", "apt", machinePackages, "")
}

// toolRoot is a tar of tools, which some images start from. Packages are only
// unpacked: an image has no package manager, and no use for one.
func (b *Builder) toolRoot(ctx context.Context) (string, error) {
	return b.debian(ctx, "root-tools", "extract", toolPackages, "tools-hook.sh")
}

// debian returns the directory with root.tar in it. Debian's archive moves on,
// so these are the newest packages as of the first build. A hook is one of our
// files that mmdebstrap runs when the packages are unpacked.
func (b *Builder) debian(ctx context.Context, name, variant string, packages []string, hook string) (string, error) {
	args := slices.Concat([]string{"--quiet", "--architectures=amd64", "--variant=" + variant,
		"--include=" + strings.Join(packages, ",")}, slim)
	script := ""
	if hook != "" {
		data, err := files.ReadFile("files/" + hook)
		if err != nil {
			return "", err
		}
		script = string(data)
	}
	return b.cached(ctx, name, []any{args, debianSuite, script, "root 2"}, func(dir string) error {
		if script != "" {
			file := filepath.Join(dir, hook)
			if err := os.WriteFile(file, []byte(script), 0o755); err != nil {
				return err
			}
			args = append(args, "--extract-hook="+file, "--skip=output/dev")
		}
		return run(ctx, "mmdebstrap", append(args, debianSuite, filepath.Join(dir, "root.tar"))...)
	})
}
