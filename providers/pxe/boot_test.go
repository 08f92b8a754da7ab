package pxe

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// payloadOf is the file that a machine's payload is in, and the part of its path
// below the web root.
func payloadOf(t *testing.T, files map[string]plan.File, mac string) (plan.File, string) {
	t.Helper()
	dir := WebRoot + "/" + strings.ReplaceAll(mac, ":", "-") + "/"
	for name, f := range files {
		if strings.HasPrefix(name, dir) && name != dir+"boot.ipxe" {
			return f, strings.TrimPrefix(name, WebRoot+"/")
		}
	}
	t.Fatalf("no payload in %s", dir)
	return plan.File{}, ""
}

// commands are the lines of a script that load and boot.
func commands(script plan.File) []string {
	var out []string
	for line := range strings.Lines(string(script.Content)) {
		if strings.HasPrefix(line, "kernel ") || strings.HasPrefix(line, "initrd ") || strings.HasPrefix(line, "boot") {
			out = append(out, strings.TrimSuffix(line, " || goto failed\n"))
		}
	}
	return out
}

// TestScripts: what each operating system is installed by.
func TestScripts(t *testing.T) {
	files := made(t, schema.Options{
		"baseURL": "https://boot.example.com/ka/", "disks": map[string]string{"rack1-gpu0": "/dev/nvme0n1"}, "kernelArgs": []string{"console=ttyS0,115200n8"},
	})
	const base = "https://boot.example.com/ka"
	for mac, want := range map[string][]string{
		"52:54:00:00:01:10": {
			"kernel ${base}/assets/flatcar/amd64/kernel initrd=main flatcar.first_boot=1 ignition.config.url=" + base + "/PAYLOAD console=ttyS0,115200n8",
			"initrd --name main ${base}/assets/flatcar/amd64/initrd", "boot"},
		"52:54:00:00:01:20": { // Debian, by Flatcar
			"kernel ${base}/assets/flatcar/arm64/kernel initrd=main flatcar.first_boot=1 ignition.config.url=" + base + "/PAYLOAD console=ttyS0,115200n8",
			"initrd --name main ${base}/assets/flatcar/arm64/initrd", "boot"},
		"52:54:00:00:01:30": {
			"kernel ${base}/assets/fedora-coreos/amd64/kernel initrd=main coreos.live.rootfs_url=" + base + "/assets/fedora-coreos/amd64/rootfs" +
				" coreos.inst.install_dev=/dev/nvme0n1 coreos.inst.ignition_url=" + base + "/PAYLOAD console=ttyS0,115200n8",
			"initrd --name main ${base}/assets/fedora-coreos/amd64/initrd", "boot"},
	} {
		_, name := payloadOf(t, files, mac)
		script := files[WebRoot+"/"+strings.ReplaceAll(mac, ":", "-")+"/boot.ipxe"]
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], "PAYLOAD", name)
		}
		if diff := cmp.Diff(want, commands(script)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", mac, diff)
		}
		if text := string(script.Content); !strings.HasPrefix(text, "#!ipxe\n") || !strings.Contains(text, "\nset base "+base+"\n") {
			t.Errorf("%s:\n%s", mac, text)
		}
	}
}

// contents are the files of an Ignition config, by path.
func contents(t *testing.T, config []byte) (machine.Machine, map[string]string) {
	t.Helper()
	m, err := ignition.Decode(config)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range m.Files {
		out[f.Path] = string(f.Content)
		if f.Mode != 0o600 && strings.Contains(string(f.Content), " of rack1-") {
			t.Errorf("%s holds a payload and has mode %o", f.Path, f.Mode)
		}
	}
	return m, out
}

// TestPayloads: what a machine fetches holds what it is to become.
func TestPayloads(t *testing.T) {
	files := made(t, schema.Options{"wipe": true})
	coreos, _ := payloadOf(t, files, "52:54:00:00:01:30")
	if got := string(coreos.Content); got != `{"ignition":"of rack1-gpu0"}` {
		t.Errorf("Fedora CoreOS installs by itself: found %s", got)
	}

	f, _ := payloadOf(t, files, "52:54:00:00:01:10")
	m, got := contents(t, f.Content)
	if len(m.Users) != 1 || m.Users[0].Name != "core" || len(m.Users[0].SSHAuthorizedKeys) != 1 {
		t.Errorf("found the users %+v", m.Users)
	}
	if len(m.Units) != 1 || !m.Units[0].Enabled || !strings.Contains(got["/opt/bin/install-to-disk"], "flatcar-install") {
		t.Errorf("nothing installs: %+v", m.Units)
	}
	delete(got, "/opt/bin/install-to-disk")
	want := map[string]string{
		"/opt/install/payload":  `{"ignition":"of rack1-cp0"}`,
		"/opt/install/settings": "NAME=rack1-cp0\nDISK=/dev/sda\nOS=flatcar\nARCHITECTURE=amd64\nBASE=http://192.0.2.2:8080\nWIPE=true\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Flatcar: -want +got:\n%s", diff)
	}

	f, _ = payloadOf(t, files, "52:54:00:00:01:20")
	m, got = contents(t, f.Content)
	delete(got, "/opt/bin/install-to-disk")
	want = map[string]string{
		"/opt/install/settings":            "NAME=rack1-node0\nDISK=/dev/sda\nOS=debian\nARCHITECTURE=arm64\nBASE=http://192.0.2.2:8080\nWIPE=true\n",
		"/opt/install/seed/user-data":      "#cloud-config of rack1-node0",
		"/opt/install/seed/meta-data":      "instance-id: rack1-node0\nlocal-hostname: rack1-node0\n",
		"/opt/install/seed/network-config": "version: 2\nethernets:\n  boot:\n    match: {macaddress: \"52:54:00:00:01:20\"}\n    dhcp4: true\n    dhcp6: true\n",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(m.Users) != 0 {
		t.Errorf("Debian: users %v, -want +got:\n%s", m.Users, diff)
	}
}

// byIPXE is demo without what cannot have its payload by iPXE.
func byIPXE(t *testing.T) map[string]plan.File {
	t.Helper()
	p, payloads := demo(t, schema.Options{"payloadBy": "ipxe", "ca": "a certificate"})
	p.Roles, payloads = p.Roles[:3], payloads[:3]
	list, err := Provider{}.Artifacts(p, payloads, plan.Store{})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]plan.File{}
	for _, f := range list {
		files[f.Path] = f
	}
	return files
}

// TestPayloadByIPXE: the kernel's command line names no URL, and the config is
// in an initrd, in both places where Flatcar looks.
func TestPayloadByIPXE(t *testing.T) {
	files := byIPXE(t)
	f, name := payloadOf(t, files, "52:54:00:00:01:10")
	want := []string{
		"kernel ${base}/assets/flatcar/amd64/kernel initrd=main initrd=payload flatcar.first_boot=1",
		"initrd --name main ${base}/assets/flatcar/amd64/initrd",
		"initrd --name payload ${base}/" + name, "boot",
	}
	if diff := cmp.Diff(want, commands(files[WebRoot+"/52-54-00-00-01-10/boot.ipxe"])); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.HasSuffix(name, ".initrd") {
		t.Errorf("found %s", name)
	}
	archive, err := gzip.Expand(f.Content)
	if err != nil {
		t.Fatal(err)
	}
	entries := unpack(t, archive)
	order := []string{"oem", "oem/config.ign", "usr", "usr/share", "usr/share/oem", "usr/share/oem/config.ign"}
	var names []string
	for _, e := range entries {
		names = append(names, e.name)
		if wantMode := map[bool]int{true: cpioFile, false: cpioDirectory}[strings.HasSuffix(e.name, ".ign")]; e.mode != wantMode {
			t.Errorf("%s has mode %o, expected %o", e.name, e.mode, wantMode)
		}
	}
	if !slices.Equal(names, order) {
		t.Fatalf("found %q, expected %q", names, order)
	}
	if entries[1].content != entries[5].content {
		t.Error("the two configs differ")
	}
	_, got := contents(t, []byte(entries[1].content))
	if got["/opt/install/payload"] != `{"ignition":"of rack1-cp0"}` || got["/etc/ssl/certs/boot-server.pem"] != "a certificate" {
		t.Errorf("found %q", got)
	}
	// matchbox hands out configs by URL in any case.
	if _, err := ignition.Decode(files["pxe/matchbox/ignition/rack1-rack1-cp0.ign"].Content); err != nil {
		t.Error(err)
	}
}

type cpioEntry struct {
	name    string
	mode    int
	content string
}

// unpack reads an archive as the kernel does: numbers of eight hexadecimal
// digits, and every part on a multiple of four.
func unpack(t *testing.T, archive []byte) []cpioEntry {
	t.Helper()
	var out []cpioEntry
	for at := 0; ; {
		number := func(i int) int {
			n, err := strconv.ParseUint(string(archive[at+6+8*i:at+14+8*i]), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return int(n)
		}
		if at%4 != 0 || string(archive[at:at+6]) != "070701" {
			t.Fatalf("no header at byte %d", at)
		}
		mode, size, length := number(1), number(6), number(11)
		name := string(archive[at+110 : at+110+length-1])
		begin := (at + 110 + length + 3) &^ 3
		if name == "TRAILER!!!" {
			return out
		}
		out = append(out, cpioEntry{name, mode, string(archive[begin : begin+size])})
		at = (begin + size + 3) &^ 3
	}
}

// TestInitrdWithCpio reads the archive with the program that such archives are
// for, where it is installed.
func TestInitrdWithCpio(t *testing.T) {
	cpio, err := exec.LookPath("cpio")
	if err != nil {
		t.Fatal("cpio is missing: apt-get install cpio")
	}
	dir := t.TempDir()
	archive, err := gzip.Expand(initrdWith([]byte("config")))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(cpio, "--extract", "--quiet", "--no-absolute-filenames")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(archive)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"oem/config.ign", "usr/share/oem/config.ign"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != "config" {
			t.Errorf("%s: found %q, %v", name, got, err)
		}
	}
}

// TestMatchbox: groups, profiles and configs name each other.
func TestMatchbox(t *testing.T) {
	files := made(t, nil)
	var group, profile map[string]any
	for name, into := range map[string]*map[string]any{"groups": &group, "profiles": &profile} {
		if err := json.Unmarshal(files["pxe/matchbox/"+name+"/rack1-rack1-gpu0.json"].Content, into); err != nil {
			t.Fatal(err)
		}
	}
	wantGroup := map[string]any{"id": "rack1-rack1-gpu0", "name": "rack1-gpu0 of rack1", "profile": "rack1-rack1-gpu0",
		"selector": map[string]any{"mac": "52:54:00:00:01:30"}}
	if diff := cmp.Diff(wantGroup, group); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	const base = "http://192.0.2.2:8080"
	wantProfile := map[string]any{"id": "rack1-rack1-gpu0", "name": "fedora-coreos on rack1-gpu0", "ignition_id": "rack1-rack1-gpu0.ign",
		"boot": map[string]any{
			"kernel": "/assets/fedora-coreos/amd64/kernel",
			"initrd": []any{"--name main /assets/fedora-coreos/amd64/initrd"},
			"args": []any{"initrd=main", "coreos.live.rootfs_url=" + base + "/assets/fedora-coreos/amd64/rootfs",
				"coreos.inst.install_dev=/dev/sda", "coreos.inst.ignition_url=" + base + "/ignition?mac=52-54-00-00-01-30"},
		}}
	if diff := cmp.Diff(wantProfile, profile); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := string(files["pxe/matchbox/ignition/rack1-rack1-gpu0.ign"].Content); got != `{"ignition":"of rack1-gpu0"}` {
		t.Errorf("found %s", got)
	}
	if text := string(files["pxe/matchbox/profiles/rack1-rack1-cp0.json"].Content); !strings.Contains(text, `"ignition.config.url=`+base+`/ignition?mac=52-54-00-00-01-10"`) {
		t.Errorf("found %s", text)
	}
}
