package pxe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

// directives are the lines of a dnsmasq configuration that are no comments.
func directives(t *testing.T, options schema.Options) []string {
	t.Helper()
	text := made(t, options)["pxe/dnsmasq.conf"].Content
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	acceptedByDnsmasq(t, text)
	return out
}

// acceptedByDnsmasq asks dnsmasq itself.
func acceptedByDnsmasq(t *testing.T, text []byte) {
	t.Helper()
	dnsmasq, err := exec.LookPath("dnsmasq")
	if err != nil {
		t.Fatal("dnsmasq is missing: apt-get install dnsmasq-base")
	}
	name := filepath.Join(t.TempDir(), "dnsmasq.conf")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(dnsmasq, "--test", "--conf-file="+name).CombinedOutput(); err != nil {
		t.Errorf("dnsmasq: %v: %s", err, out)
	}
}

// TestProxyDHCP: beside the network's own server, which gives the addresses.
func TestProxyDHCP(t *testing.T) {
	want := []string{
		"port=0",
		"dhcp-ignore=tag:!known",
		"dhcp-range=192.0.2.0,proxy,255.255.255.0",
		"dhcp-host=52:54:00:00:01:10,rack1-cp0",
		"dhcp-host=52:54:00:00:01:30,rack1-gpu0",
		"dhcp-host=52:54:00:00:01:20,rack1-node0",
		"enable-tftp",
		"tftp-root=/usr/lib/ipxe",
		"dhcp-userclass=set:ipxe,iPXE",
		`pxe-service=tag:!ipxe,x86PC,"iPXE",undionly.kpxe`,
		`pxe-service=tag:!ipxe,X86-64_EFI,"iPXE",snponly.efi`,
		`pxe-service=tag:!ipxe,BC_EFI,"iPXE",snponly.efi`,
		`pxe-service=tag:!ipxe,ARM64_EFI,"iPXE",ipxe-arm64.efi`,
		"dhcp-boot=tag:ipxe,http://192.0.2.2:8080/boot.ipxe",
		`pxe-service=tag:ipxe,x86PC,"boot.ipxe",http://192.0.2.2:8080/boot.ipxe`,
	}
	if diff := cmp.Diff(want, directives(t, nil)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if text := string(made(t, nil)["pxe/dnsmasq.conf"].Content); !strings.Contains(text, "#   52:54:00:00:01:10  192.0.2.10  rack1-cp0\n") ||
		strings.Contains(text, "192.0.2.20") {
		t.Errorf("the addresses of the control plane, and no others, are for the network's server:\n%s", text)
	}
}

// TestFullDHCP: the only server, for the listed machines alone.
func TestFullDHCP(t *testing.T) {
	want := []string{
		"port=0",
		"dhcp-ignore=tag:!known",
		"dhcp-authoritative",
		"dhcp-range=192.0.2.0,static,255.255.255.0,12h",
		"dhcp-option=option:router,192.0.2.1",
		"dhcp-option=option:dns-server,192.0.2.1,198.51.100.1",
		"dhcp-host=52:54:00:00:01:10,192.0.2.10,rack1-cp0",
		"dhcp-host=52:54:00:00:01:30,192.0.2.30,rack1-gpu0",
		"dhcp-host=52:54:00:00:01:20,192.0.2.20,rack1-node0",
		"enable-tftp",
		"tftp-root=/srv/tftp",
		"dhcp-userclass=set:ipxe,iPXE",
		"dhcp-match=set:bios,option:client-arch,0",
		"dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe",
		"dhcp-match=set:efi,option:client-arch,7",
		"dhcp-boot=tag:efi,tag:!ipxe,snponly.efi",
		"dhcp-match=set:efi,option:client-arch,9",
		"dhcp-boot=tag:efi,tag:!ipxe,snponly.efi",
		"dhcp-match=set:efi-arm64,option:client-arch,11",
		"dhcp-boot=tag:efi-arm64,tag:!ipxe,ipxe-arm64.efi",
		"dhcp-boot=tag:ipxe,https://boot.example.com/boot.ipxe",
	}
	got := directives(t, full(schema.Options{"nameServers": []string{"192.0.2.1", "198.51.100.1"}, "tftpRoot": "/srv/tftp", "baseURL": "https://boot.example.com"}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestFetchSteps: each kernel and image once, with the programs that it takes.
func TestFetchSteps(t *testing.T) {
	p, _ := demo(t, nil)
	got := fetchingOf(p)
	want := fetching{Flatcar: true, CoreOS: true, Images: true,
		Tools: []string{"curl", "gpg", "gzip", "jq", "qemu-img", "sha256sum"},
		Steps: []string{
			"fedora-coreos amd64",
			"flatcar amd64 image",
			"flatcar arm64",
			"image debian arm64 https://cloud.debian.org/images/cloud/trixie/latest/debian-13-generic-arm64.qcow2 SHA512SUMS",
		}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	p.Roles = p.Roles[1:2]
	p.Roles[0].OS = osDebian
	p.Roles[0].OS.Architecture, p.Roles[0].OS.Name = "amd64", "ubuntu"
	if got := fetchingOf(p); got.CoreOS || len(got.Steps) != 2 || got.Steps[0] != "flatcar amd64" {
		t.Errorf("found %+v", got)
	}
}
