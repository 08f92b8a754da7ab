package artifact

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// need is something that this machine must have, and the Debian package that
// has it. A thing is a program, or a file by its whole path.
type need struct{ thing, debian string }

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

var needs = []need{
	{"qemu-system-x86_64", "qemu-system-x86"},
	{"qemu-img", "qemu-utils"},
	{"mmdebstrap", "mmdebstrap"},
	{debianKeyring, "debian-archive-keyring"},
	{"genisoimage", "genisoimage"},
	{"mkfs.ext4", "e2fsprogs"},
	{"gcc", "gcc"},
	{"/usr/lib/x86_64-linux-gnu/libc.a", "libc6-dev"},
	{"/usr/lib/x86_64-linux-gnu/libblkid.a", "libblkid-dev"},
	{"ip", "iproute2"},
	{"unshare", "util-linux"},
	{"tar", "tar"},
}

// Host sees that this machine can build, and installs what it lacks.
func (b *Builder) Host(ctx context.Context) error { return b.host(ctx, needs) }

func (b *Builder) host(ctx context.Context, needs []need) error {
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("no Go: what machines run is built from source: see https://go.dev/doc/install (%w)", err)
	}
	packages := missing(needs)
	list := "no packages are missing"
	if len(packages) > 0 {
		list = "these packages are missing, by Debian's names: " + strings.Join(packages, " ")
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("not root: disks have files of many owners, and machines a network of their own: run as root (%s)", list)
	}
	if len(packages) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("%s: install them", list)
	}
	b.log("installing %s", strings.Join(packages, " "))
	apt := command{env: []string{"DEBIAN_FRONTEND=noninteractive"}}
	if _, err := apt.run(ctx, "apt-get", "update", "-q"); err != nil {
		return err
	}
	args := append([]string{"install", "-y", "-q", "--no-install-recommends"}, packages...)
	if _, err := apt.run(ctx, "apt-get", args...); err != nil {
		return err
	}
	if still := missing(needs); len(still) > 0 {
		return fmt.Errorf("%s: installed, and what they are for is still missing: is this Debian on amd64?", strings.Join(still, " "))
	}
	return nil
}

// missing are the packages that this machine lacks.
func missing(needs []need) []string {
	var packages []string
	for _, n := range needs {
		if strings.HasPrefix(n.thing, "/") {
			if !exists(n.thing) {
				packages = append(packages, n.debian)
			}
		} else if _, err := exec.LookPath(n.thing); err != nil {
			packages = append(packages, n.debian)
		}
	}
	slices.Sort(packages)
	return slices.Compact(packages)
}
