package artifact

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// preload has the images unpacked as containerd and Docker keep them: pulling
// and unpacking takes an emulated machine minutes, of which a test that is not
// about pulling has no need. Docker gets the kubelet's image, as it runs nothing
// else. The result has the directories containerd and docker, for /var/lib.
func (b *Builder) preload(ctx context.Context, tar, images string, programs Programs) (string, error) {
	script, err := files.ReadFile("files/preload.sh")
	if err != nil {
		return "", err
	}
	inputs := []any{id(filepath.Dir(tar)), id(images), programs.ids(), string(script), "preload 1"}
	return b.cached(ctx, "preload", inputs, func(dir string) error {
		root := filepath.Join(dir, "root")
		if err := newRoot(ctx, root, tar, Docker, programs); err != nil {
			return err
		}
		all := func(string) bool { return true }
		kubelet := func(ref string) bool { return strings.Contains(ref, "/kubelet:") }
		err := errors.Join(
			writeImages(filepath.Join(root, "tmp/all.tar"), layoutDir(images), all),
			writeImages(filepath.Join(root, "tmp/docker.tar"), layoutDir(images), kubelet),
		)
		if err != nil {
			return err
		}
		if err := runInside(ctx, root, "preload.sh"); err != nil {
			return err
		}
		return errors.Join(keepUnpacked(root, dir), os.RemoveAll(root))
	})
}

// keepUnpacked moves what is worth keeping from the root to dir. Docker's other
// directories are about the machine that it ran on.
func keepUnpacked(root, dir string) error {
	if err := os.Mkdir(filepath.Join(dir, "docker"), 0o710); err != nil {
		return err
	}
	for from, to := range map[string]string{
		"containerd": "containerd", "docker/image": "docker/image", "docker/overlay2": "docker/overlay2",
	} {
		if err := os.Rename(filepath.Join(root, "var/lib", from), filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	return nil
}

// hasImages tells whether any image is unpacked in the directory of either.
func hasImages(dir string) error {
	for _, d := range []string{"containerd/io.containerd.snapshotter.v1.overlayfs/snapshots", "docker/overlay2"} {
		f, err := os.Open(filepath.Join(dir, d))
		if err != nil {
			return err
		}
		_, err = f.Readdirnames(1)
		f.Close()
		if errors.Is(err, io.EOF) {
			return errors.New(d + " is empty")
		}
	}
	return nil
}
