package artifact

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// machineFiles are copied into roots, in this order.
func (k Kind) machineFiles() []string {
	switch k {
	case Kubeadm:
		return []string{"common", string(CloudInit), string(Kubeadm)}
	default:
		return []string{"common", string(k)}
	}
}

// programs go to where distributions have them.
func (k Kind) programs() map[string]string {
	all := map[string]string{}
	for _, p := range []string{"containerd", "containerd-shim-runc-v2", "ctr"} {
		all[p] = "usr/bin/" + p // instead of Debian's, which is older than payloads may count on
	}
	switch k {
	case Ignition:
		all["ignition"] = "usr/sbin/ignition"
	case Kubeadm:
		for _, p := range []string{"kubelet", "kubeadm", "kubectl"} {
			all[p] = "usr/bin/" + p
		}
	}
	return all
}

// newRoot unpacks the machine's root and puts its programs and files there.
func newRoot(ctx context.Context, root, tar string, kind Kind, programs Programs) error {
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	if err := run(ctx, "tar", "-xf", tar, "-C", root, "--numeric-owner", "--xattrs", "--xattrs-include=*"); err != nil {
		return err
	}
	for program, to := range kind.programs() {
		if err := install(ctx, programs[program], filepath.Join(root, to), 0o755); err != nil {
			return err
		}
	}
	for _, dir := range kind.machineFiles() {
		if err := copyFiles("files/machine/"+dir, root); err != nil {
			return err
		}
	}
	return nil
}

// copyFiles copies an embedded tree into a root. Scripts are what begins like one.
func copyFiles(tree, root string) error {
	return fs.WalkDir(files, tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(root, strings.TrimPrefix(path, tree))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(string(data), "#!") {
			mode = 0o755
		}
		return writeFile(to, data, mode)
	})
}

// writeFile writes a file anew, with its directory.
func writeFile(file string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, data, mode); err != nil {
		return err
	}
	return os.Chmod(file, mode)
}

// install copies a file into a root, in the place of what is there.
func install(ctx context.Context, from, to string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := run(ctx, "cp", "--remove-destination", from, to); err != nil {
		return err
	}
	return os.Chmod(to, mode)
}

// runInside runs one of our scripts inside a root, with mounts and processes of
// its own, which end with it.
func runInside(ctx context.Context, root, script string, args ...string) error {
	data, err := files.ReadFile("files/" + script)
	if err != nil {
		return err
	}
	inside := "/tmp/" + script
	file := filepath.Join(root, inside)
	if err := writeFile(file, data, 0o755); err != nil {
		return err
	}
	defer os.Remove(file)
	// Docker insists that its root is a mount, so the directory becomes one.
	const enter = `mount --bind "$1" "$1" && mount --rbind /dev "$1/dev" && mount --rbind /sys "$1/sys" && mount -t proc proc "$1/proc" && exec chroot "$@"`
	all := append([]string{"--mount", "--propagation=private", "--pid", "--fork", "--kill-child",
		"sh", "-c", enter, "sh", root, inside}, args...)
	// unshare takes no notice of a SIGTERM; what it started dies with it.
	clean := command{stop: syscall.SIGKILL, env: []string{"PATH=/usr/sbin:/usr/bin", "LC_ALL=C.UTF-8", "TMPDIR=/tmp", "CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=true"}}
	_, err = clean.run(ctx, "unshare", all...)
	return err
}
