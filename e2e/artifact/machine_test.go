package artifact

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDisksHavePrograms(t *testing.T) {
	built := built(t)
	for _, k := range Kinds {
		for p := range k.programs() {
			if !built[p] {
				t.Errorf("disk %s: nothing builds %s", k, p)
			}
		}
		for _, dir := range k.machineFiles() {
			if _, err := files.ReadDir("files/machine/" + dir); err != nil {
				t.Errorf("disk %s: %v", k, err)
			}
		}
	}
}

// Scripts are found by how they begin, so what has none must not be one.
func TestScripts(t *testing.T) {
	var scripts []string
	err := fs.WalkDir(files, "files", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(data), "#!") {
			scripts = append(scripts, path)
			if out, err := exec.Command("bash", "-n", path).CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", path, err, out)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"files/machine-setup.sh",
		"files/machine/ignition/etc/initramfs-tools/hooks/ignition",
		"files/machine/ignition/etc/initramfs-tools/scripts/local-bottom/ignition",
		"files/preload.sh", "files/pxe/address", "files/pxe/init", "files/tools-hook.sh",
	}
	slices.Sort(scripts)
	if !slices.Equal(scripts, want) {
		t.Errorf("scripts are %v, want %v", scripts, want)
	}
}

func TestCopyFiles(t *testing.T) {
	root := t.TempDir()
	for _, dir := range Kubeadm.machineFiles() {
		if err := copyFiles("files/machine/"+dir, root); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyFiles("files/machine/ignition", root); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{
		"etc/fstab":                              0o644, // of all kinds
		"etc/cloud/cloud.cfg.d/90-suite.cfg":     0o644, // of cloud-init
		"usr/lib/systemd/system/kubelet.service": 0o644, // of kubeadm
		"etc/initramfs-tools/hooks/ignition":     0o755,
		"etc/initramfs-tools/conf.d/small":       0o644,
		"etc/modules-load.d/kubernetes.conf":     0o644,
		"etc/containerd/config.toml":             0o644,
	} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode() != mode {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), mode)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	got := missing(needs)
	for _, want := range []string{"mmdebstrap", "qemu-utils", "gcc"} {
		if !slices.Contains(got, want) {
			t.Errorf("without any program: %v, want %s among them", got, want)
		}
	}
}

func TestDropLines(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	c := component{Drop: map[string][]string{"main.go": {`/udp"`}}}
	if err := os.WriteFile(file, []byte("a\n\"x/udp\"\nb\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.dropLines(dir); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || string(data) != "a\nb\n" {
		t.Errorf("left %q, %v", data, err)
	}
	if err := c.dropLines(dir); err == nil {
		t.Error("a line that is not there is no error")
	}
}

func TestCheckVersion(t *testing.T) {
	dir := t.TempDir()
	if err := writeFile(filepath.Join(dir, "program"), []byte("#!/bin/sh\necho program v1.2.3 $1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for version, ok := range map[string]bool{"1.2.3": true, "1.2.4": false} {
		c := component{Version: version, Shows: []string{"program", "--version"}}
		if err := c.checkVersion(t.Context(), dir); ok != (err == nil) {
			t.Errorf("the version %s: %v", version, err)
		}
	}
	c := component{Version: "1.2.3", Shows: []string{"other"}}
	if err := c.checkVersion(t.Context(), dir); err == nil {
		t.Error("a program that is not there has a version")
	}
}
