package pxe

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// installBench has a blank disk, a payload, and an image with one partition.
func installBench(t *testing.T, os, arch, wipe string) *bench {
	b := newBench(t)
	script := strings.NewReplacer("/opt/install", b.dir+"/opt/install", "/sys/", b.dir+"/sys/", "/etc/ssl", b.dir+"/etc/ssl", "[ -b ", "[ -e ").Replace(string(installScript))
	b.put("install", script)
	b.put("opt/install/settings", fmt.Sprintf("NAME=node0\nDISK=%s/disk\nOS=%s\nARCHITECTURE=%s\nBASE=http://boot\nWIPE=%s\n", b.dir, os, arch, wipe))
	b.put("opt/install/payload", "payload")
	for _, name := range []string{"user-data", "meta-data", "network-config"} {
		b.put("opt/install/seed/"+name, name)
	}
	b.put("disk", "")
	b.put("sys/class/block/disk/disk15/partition", "15\n")
	b.put("sys/class/block/disk/disk1/partition", "1\n")
	b.put("part/etc/os-release", "")
	var image bytes.Buffer
	w := gzip.NewWriter(&image)
	fmt.Fprint(w, "the image")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b.put("image", image.String())
	for name, line := range map[string]string{
		"wipefs": "", "lsblk": "echo /dev/sdb", "sleep": "", "flatcar-install": "", "blockdev": "", "udevadm": "", "efibootmgr": "", "systemctl": "", "update-ca-certificates": "",
		"curl": `cat "$BENCH/image"`, "mount": `rmdir "$2" && ln -s "$BENCH/part" "$2"`, "umount": `rm "$1"`,
	} {
		b.double(name, line)
	}
	return b
}

func TestInstallFlatcar(t *testing.T) {
	b := installBench(t, "flatcar", "amd64", "false")
	said, log, ok := b.run("install")
	want := "wipefs --noheadings /disk\n" +
		"flatcar-install -d /disk -b http://boot/assets/flatcar/amd64 -i /opt/install/payload\n" +
		"systemctl reboot\n"
	if !ok || log != want {
		t.Errorf("succeeded: %t\n%s\n%s", ok, said, log)
	}
}

// TestInstallImage: the image is on the disk, and the payload in it, for root
// alone.
func TestInstallImage(t *testing.T) {
	b := installBench(t, "debian", "arm64", "false")
	b.put("sys/firmware/efi/x", "")
	said, log, ok := b.run("install")
	if !ok || b.read("disk") != "the image" {
		t.Fatalf("succeeded: %t, disk %q\n%s\n%s", ok, b.read("disk"), said, log)
	}
	for _, line := range []string{
		"curl -fsS --retry 5 http://boot/assets/debian/arm64/image.raw.gz\n", "mount /dev/disk1 ",
		`efibootmgr --quiet --create --disk /disk --part 15 --label debian --loader \EFI\BOOT\BOOTAA64.EFI` + "\nsystemctl reboot\n",
	} {
		if !strings.Contains(log, line) {
			t.Errorf("no %q in\n%s", line, log)
		}
	}
	if strings.Index(log, "umount") > strings.Index(log, "reboot") || strings.Contains(log, "flatcar-install") {
		t.Errorf("found\n%s", log)
	}
	const seed = "part/var/lib/cloud/seed/nocloud"
	for _, name := range []string{"user-data", "meta-data", "network-config"} {
		if got := b.read(seed + "/" + name); got != name {
			t.Errorf("%s: found %q", name, got)
		}
	}
	if info, err := os.Stat(filepath.Join(b.dir, seed)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the seed: %v, %v", info.Mode(), err)
	}
}

func TestInstallUEFI(t *testing.T) {
	b := installBench(t, "flatcar", "amd64", "false")
	b.put("etc/ssl/certs/boot-server.pem", "a certificate")
	b.put("sys/firmware/efi/x", "")
	b.double("efibootmgr", "exit 1")
	said, log, ok := b.run("install")
	if !ok || !strings.HasPrefix(log, "update-ca-certificates \n") || !strings.Contains(log, `--part 1 --label flatcar --loader \EFI\BOOT\BOOTX64.EFI`) || !strings.Contains(log, "systemctl reboot") {
		t.Errorf("succeeded: %t\n%s\n%s", ok, said, log)
	}
	if !strings.Contains(said, "node0: the firmware did not take the disk as its first boot entry") {
		t.Errorf("said\n%s", said)
	}
}

// TestInstallKeepsWhatIsThere: a disk that is not blank stays as it is, unless
// the config says otherwise.
func TestInstallKeepsWhatIsThere(t *testing.T) {
	for wipe, want := range map[string]bool{"false": false, "true": true} {
		b := installBench(t, "debian", "amd64", wipe)
		b.double("wipefs", "echo 'sda 0x200 gpt'")
		b.put("disk", "data")
		said, log, ok := b.run("install")
		if ok != want || strings.Contains(log, "reboot") != want || (b.read("disk") == "the image") != want {
			t.Errorf("wipe %s: succeeded: %t, disk %q\n%s\n%s", wipe, ok, b.read("disk"), said, log)
		}
		if !want && !strings.Contains(said, "node0 was not installed: ") {
			t.Errorf("said\n%s", said)
		}
	}
}

// TestInstallFails: no reboot into a machine that is half there.
func TestInstallFails(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bench)
		want   string
	}{
		"no disk":          {func(b *bench) { b.change("opt/install/settings", "/disk", "/gone") }, "There are: /dev/sdb"},
		"no image":         {func(b *bench) { b.double("curl", "exit 22") }, ""},
		"half an image":    {func(b *bench) { b.double("curl", `head -c 20 "$BENCH/image"`) }, ""},
		"no partition":     {func(b *bench) { b.double("mount", "exit 32") }, ""},
		"no room for seed": {func(b *bench) { b.put("part/var", "a file") }, ""},
	} {
		b := installBench(t, "debian", "amd64", "false")
		c.change(b)
		said, log, ok := b.run("install")
		if ok || strings.Contains(log, "reboot") || !strings.Contains(said, c.want) {
			t.Errorf("%s: succeeded: %t\n%s\n%s", name, ok, said, log)
		}
	}
}
