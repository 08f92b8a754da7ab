package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Kind is a kind of disk. All are the same Debian with Docker and containerd;
// they differ in how a machine gets its payload, and its address.
type Kind string

const (
	// CloudInit has cloud-init, with NoCloud as its source: a disk labelled
	// "cidata" with user-data, meta-data and network-config.
	CloudInit Kind = "cloud-init"
	// Ignition runs Ignition in the initramfs of the first boot, with the config
	// that QEMU has as -fw_cfg name=opt/com.coreos/config,file=…
	Ignition Kind = "ignition"
	// Docker has neither: what comes onto it comes by logging in.
	Docker Kind = "docker"
	// Kubeadm is CloudInit with kubelet, kubeadm, kubectl and CNI plugins, to
	// compare with.
	Kubeadm Kind = "kubeadm"
)

// Machines of the kinds Ignition and Docker take their address from the kernel
// command line, by systemd-network-generator:
//
//	ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:eth0:none:DNS net.ifnames=0
//
// and their name from systemd.hostname=HOSTNAME, unless the payload sets one.

// Kinds are all of them.
var Kinds = []Kind{CloudInit, Ignition, Docker, Kubeadm}

// Disk is what a machine boots from: a raw image without partitions, whose root
// file system is ext4, for "root=/dev/vda rw", and the kernel and initrd beside it.
// Machines write to a copy, not to this.
type Disk struct{ Image, Kernel, Initrd string }

// diskSize is sparse: a disk takes what is on it.
const diskSize = 10 << 30

// Disk builds a disk with the images of these references in it.
func (b *Builder) Disk(ctx context.Context, kind Kind, refs []string) (Disk, error) {
	if !slices.Contains(Kinds, kind) {
		return Disk{}, fmt.Errorf("no disk of kind %q: there are %v", kind, Kinds)
	}
	p, err := b.parts(ctx, refs)
	if err != nil {
		return Disk{}, err
	}
	embedded, err := embeddedFiles()
	if err != nil {
		return Disk{}, err
	}
	inputs := []any{kind, p.inputs(), embedded, diskSize, "disk 1"}
	dir, err := b.cached(ctx, "disk-"+string(kind), inputs, func(dir string) error { return p.build(ctx, dir, kind) })
	return Disk{
		Image: filepath.Join(dir, "disk.img"), Kernel: filepath.Join(dir, "vmlinuz"), Initrd: filepath.Join(dir, "initrd"),
	}, err
}

// parts are what disks are made of.
type parts struct {
	root      string // tar
	preloaded string // directory
	programs  Programs
	plugins   []string
	keys      Keys
	pause     string // reference of its image
}

func (b *Builder) parts(ctx context.Context, refs []string) (p parts, err error) {
	if i := slices.IndexFunc(refs, func(r string) bool { return strings.Contains(r, "/pause:") }); i >= 0 {
		p.pause = refs[i]
	}
	var images, root string
	err = together(
		func() (err error) { p.programs, err = b.Programs(ctx); return },
		func() (err error) { p.keys, err = b.Keys(ctx); return },
		func() (err error) { images, err = b.Images(ctx, refs); return },
		func() (err error) { root, err = b.machineRoot(ctx); return },
	)
	if err != nil {
		return p, err
	}
	for _, c := range components {
		if c.Name == "cni-plugins" || c.Name == "flannel-cni-plugin" {
			for _, name := range c.Programs {
				p.plugins = append(p.plugins, name)
			}
		}
	}
	slices.Sort(p.plugins)
	p.root = filepath.Join(root, "root.tar")
	p.preloaded, err = b.preload(ctx, p.root, images, p.programs)
	return p, err
}

func (p parts) inputs() []any {
	return []any{id(filepath.Dir(p.root)), id(p.preloaded), p.programs.ids(), p.plugins, p.keys.inputs(), p.pause}
}

// embeddedFiles are those that end up on disks, or make them.
func embeddedFiles() (map[string]string, error) {
	all := map[string]string{}
	err := fs.WalkDir(files, "files", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(path)
		all[path] = string(data)
		return err
	})
	return all, err
}

func (p parts) build(ctx context.Context, dir string, kind Kind) error {
	root := filepath.Join(dir, "root")
	if err := newRoot(ctx, root, p.root, kind, p.programs); err != nil {
		return err
	}
	if err := p.openDoor(ctx, root); err != nil {
		return err
	}
	if kind == Kubeadm {
		if err := p.addKubeadm(ctx, root); err != nil {
			return err
		}
	}
	if err := runInside(ctx, root, "machine-setup.sh", string(kind)); err != nil {
		return err
	}
	if err := p.addImages(ctx, root); err != nil {
		return err
	}
	if err := takeBoot(ctx, root, dir); err != nil {
		return err
	}
	return errors.Join(makeImage(ctx, root, filepath.Join(dir, "disk.img")), os.RemoveAll(root))
}

// openDoor lets the suite in as root, and has the machine trust the services.
func (p parts) openDoor(ctx context.Context, root string) error {
	ca, err := os.ReadFile(p.keys.CAFile)
	if err != nil {
		return err
	}
	host, err := os.ReadFile(p.keys.hostFile)
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(root, "etc/ssh/ssh_host_*"))
	if err != nil {
		return err
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(root, "root/.ssh"), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return errors.Join(
		writeFile(filepath.Join(root, "root/.ssh/authorized_keys"), ssh.MarshalAuthorizedKey(p.keys.SSH.PublicKey()), 0o600),
		writeFile(filepath.Join(root, "etc/ssh/ssh_host_ed25519_key"), host, 0o600),
		writeFile(filepath.Join(root, "etc/ssh/ssh_host_ed25519_key.pub"), ssh.MarshalAuthorizedKey(p.keys.Host.PublicKey()), 0o644),
		writeFile(filepath.Join(root, "usr/local/share/ca-certificates/kube-anywhere-e2e.crt"), ca, 0o644),
	)
}

// addKubeadm adds what depends on what was built.
func (p parts) addKubeadm(ctx context.Context, root string) error {
	if p.pause == "" {
		return errors.New("the list of images has no pause image, which containerd starts pods with")
	}
	for _, plugin := range p.plugins {
		if err := install(ctx, p.programs[plugin], filepath.Join(root, "opt/cni/bin", plugin), 0o755); err != nil {
			return err
		}
	}
	config := fmt.Sprintf(`version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '%s'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    SystemdCgroup = true
`, p.pause)
	return writeFile(filepath.Join(root, "etc/containerd/config.toml"), []byte(config), 0o644)
}

// addImages puts the unpacked images in, as links to the same files.
func (p parts) addImages(ctx context.Context, root string) error {
	if err := hasImages(p.preloaded); err != nil {
		return err
	}
	for _, d := range []string{"containerd", "docker"} {
		to := filepath.Join(root, "var/lib", d)
		if err := os.RemoveAll(to); err != nil {
			return err
		}
		if err := run(ctx, "cp", "-al", filepath.Join(p.preloaded, d), to); err != nil {
			return err
		}
	}
	return nil
}

// takeBoot takes kernel and initrd out of the root, which needs neither.
func takeBoot(ctx context.Context, root, dir string) error {
	for pattern, to := range map[string]string{"vmlinuz-*": "vmlinuz", "initrd.img-*": "initrd"} {
		found, err := filepath.Glob(filepath.Join(root, "boot", pattern))
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("/boot of the machine has %d files %s, expected one", len(found), pattern)
		}
		if err := run(ctx, "mv", found[0], filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	return nil
}

// makeImage writes a directory as a file system that fills a disk.
func makeImage(ctx context.Context, root, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(diskSize), f.Close()); err != nil {
		return err
	}
	// Without checksums of metadata, which an emulated processor computes slowly.
	return run(ctx, "mkfs.ext4", "-q", "-F", "-L", "root", "-O", "^metadata_csum", "-d", root, file)
}
