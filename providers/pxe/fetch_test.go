package pxe

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const flatcarKey = "F88CFEDEFF29A5B4D9523864E25D9AED0593B34A"

// fetchBench has a mirror of everything that "fetch" gets for demo. The double
// of gpg takes the signature's text for the key that made it.
func fetchBench(t *testing.T) *bench {
	for _, tool := range []string{"jq", "sha256sum", "sha512sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("fetch cannot be tried without %s", tool)
		}
	}
	b := newBench(t)
	b.put("pxe/fetch", string(made(t, nil)["pxe/fetch"].Content))
	mirror := map[string]string{
		"www.flatcar.org/security/image-signing-key/Flatcar_Image_Signing_Key.asc":  "key",
		"cloud.debian.org/images/cloud/trixie/latest/debian-13-generic-arm64.qcow2": "debian",
		"cloud.debian.org/images/cloud/trixie/latest/SHA512SUMS": fmt.Sprintf("%x  other.qcow2\n%x  debian-13-generic-arm64.qcow2\n",
			sha512.Sum512(nil), sha512.Sum512([]byte("debian"))),
	}
	for _, arch := range []string{"amd64", "arm64"} {
		from := "stable.release.flatcar-linux.net/" + arch + "-usr/"
		mirror[from+"current/version.txt"] = "FLATCAR_BUILD=1\nFLATCAR_VERSION=4230.2.3\n"
		for _, name := range []string{"flatcar_production_pxe.vmlinuz", "flatcar_production_pxe_image.cpio.gz", "flatcar_production_image.bin.bz2"} {
			mirror[from+"4230.2.3/"+name] = name + " for " + arch
			mirror[from+"4230.2.3/"+name+".sig"] = flatcarKey
		}
	}
	var formats []string
	for _, name := range []string{"kernel", "initramfs", "rootfs"} {
		mirror["builds.coreos.fedoraproject.org/"+name] = "fedora " + name
		formats = append(formats, fmt.Sprintf(`%q: {"location": "https://builds.coreos.fedoraproject.org/%[1]s", "sha256": "%x"}`, name, sha256.Sum256([]byte("fedora "+name))))
	}
	mirror["builds.coreos.fedoraproject.org/streams/stable.json"] = `{"architectures": {"x86_64": {"artifacts": {"metal": {"formats": {"pxe": {` + strings.Join(formats, ",") + `}}}}}}}`
	for name, content := range mirror {
		b.put("mirror/"+name, content)
	}
	b.double("curl", `while [ $# -gt 0 ]; do case $1 in -o) out=$2; shift ;; https://*) url=${1#https://} ;; esac; shift; done
if [ -n "${out-}" ]; then cp "$BENCH/mirror/$url" "$out"; else cat "$BENCH/mirror/$url"; fi`)
	b.double("gpg", `case "$*" in *--verify*) echo "[GNUPG:] VALIDSIG 0000 2026-11-01 1 0 4 0 1 10 00 $(cat "$5")" ;; *) cat >/dev/null ;; esac`)
	b.double("qemu-img", `[ "$1 $2 $3" = "convert -O raw" ] && (echo -n "raw "; cat "$4") >"$5"`)
	return b
}

func TestFetch(t *testing.T) {
	b := fetchBench(t)
	said, log, ok := b.run("pxe/fetch")
	if !ok {
		t.Fatalf("%s\n%s", said, log)
	}
	if strings.Contains(log, "http://") || !strings.Contains(log, "curl --proto =https ") {
		t.Errorf("not by https alone:\n%s", log)
	}
	got := map[string]bool{}
	root := filepath.Join(b.dir, "pxe/http/assets")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got["assets"+strings.TrimPrefix(name, root)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := demo(t, nil)
	want := append(needsOf(p), "assets/flatcar/amd64/4230.2.3/flatcar_production_image.bin.bz2", "assets/flatcar/amd64/4230.2.3/flatcar_production_image.bin.bz2.sig",
		"assets/flatcar/amd64/initrd.sig", "assets/flatcar/amd64/kernel.sig", "assets/flatcar/arm64/initrd.sig", "assets/flatcar/arm64/kernel.sig",
		"assets/flatcar/arm64/version.txt")
	for _, name := range want {
		if !got[name] {
			t.Errorf("no %s", name)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("also %v", got)
	}
	if text := b.read("pxe/http/assets/fedora-coreos/amd64/initrd"); text != "fedora initramfs" {
		t.Errorf("found %q", text)
	}
	image, err := gzip.NewReader(strings.NewReader(b.read("pxe/http/assets/debian/arm64/image.raw.gz")))
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(image); err != nil || raw.String() != "raw debian" {
		t.Errorf("found %q, %v", raw.String(), err)
	}
}

// TestFetchRefuses: nothing that its makers did not sign or list gets where
// machines boot it.
func TestFetchRefuses(t *testing.T) {
	const flatcarAMD64 = "mirror/stable.release.flatcar-linux.net/amd64-usr/4230.2.3/"
	for name, c := range map[string]struct{ file, content, not, want string }{
		"a stranger's signature":  {flatcarAMD64 + "flatcar_production_pxe.vmlinuz.sig", strings.Repeat("0", 40), "flatcar/amd64/kernel", "is not signed by Flatcar"},
		"a key in another place":  {flatcarAMD64 + "flatcar_production_pxe.vmlinuz.sig", flatcarKey + " " + strings.Repeat("0", 40), "flatcar/amd64/kernel", "is not signed by Flatcar"},
		"an image's signature":    {flatcarAMD64 + "flatcar_production_image.bin.bz2.sig", "none", "flatcar/amd64/version.txt", "is not signed by Flatcar"},
		"another rootfs":          {"mirror/builds.coreos.fedoraproject.org/rootfs", "evil", "fedora-coreos/amd64/rootfs", "FAILED"},
		"another image":           {"mirror/cloud.debian.org/images/cloud/trixie/latest/debian-13-generic-arm64.qcow2", "evil", "debian/arm64/image.raw.gz", "FAILED"},
		"an image without a sum":  {"mirror/cloud.debian.org/images/cloud/trixie/latest/SHA512SUMS", "\n", "debian/arm64/image.raw.gz", ""},
		"a stream without a link": {"mirror/builds.coreos.fedoraproject.org/streams/stable.json", "{}", "fedora-coreos/amd64/kernel", ""},
	} {
		b := fetchBench(t)
		b.put(c.file, c.content)
		said, _, ok := b.run("pxe/fetch")
		_, err := os.Stat(filepath.Join(b.dir, "pxe/http/assets", c.not))
		if ok || err == nil || !strings.Contains(said, c.want) {
			t.Errorf("%s: succeeded: %t, %s: %v\n%s", name, ok, c.not, err, said)
		}
	}
}
