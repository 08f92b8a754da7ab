package libvirt_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/docs/examples"
	"github.com/kube-anywhere/kube-anywhere/providers/libvirt"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func input(config string) compiler.Input {
	return compiler.Input{Config: []byte(config), Name: "cluster.json", Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
}

// compile gives the output tree of a config with which nothing is wrong.
func compile(t *testing.T, config string) map[string]string {
	t.Helper()
	out, diags := compiler.Compile(input(config))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	tree := map[string]string{}
	for _, f := range out.Files {
		var b strings.Builder
		for _, c := range f.Chunks {
			b.Write(c)
		}
		tree[f.Path] = b.String()
	}
	return tree
}

// values are those that a config's Terraform configuration gets.
func values(t *testing.T, config string) map[string]any {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal([]byte(compile(t, config)["terraform/terraform.tfvars.json"]), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFacts(t *testing.T) {
	want := plan.ProviderFacts{Formats: []string{"auto"}, Endpoint: plan.PrivateName, MakesDisks: true}
	if diff := cmp.Diff(want, libvirt.Provider{}.Facts(schema.Options{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCheck: what one host cannot do is an error at its place.
func TestCheck(t *testing.T) {
	for _, c := range []struct{ config, path, message string }{
		{`"provider": {"libvirt": {"network": "default", "bridge": "br0"}}`, "/provider/libvirt/bridge", "both network and bridge"},
		{`"provider": {"libvirt": {"uri": "qemu:///session"}}`, "/provider/libvirt/uri", "only the system's libvirt makes networks"},
		{`"controlPlane": {"count": 3}, "provider": {"libvirt": {"network": "default"}}`, "/controlPlane", "need an endpoint"},
		{`"controlPlane": {"addresses": ["10.0.0.1"]}`, "/controlPlane/addresses/0", "the host's own"},
		{`"controlPlane": {"addresses": ["10.0.0.10,fd00::10"]}, "network": {"podCIDR": "10.244.0.0/16,fd00:10:244::/48",
			"serviceCIDR": "10.96.0.0/16,fd00:10:96::/112"}`, "/network/podCIDR", "IPv4 alone"},
		{`"controlPlane": {"size": "m6i.large"}`, "/controlPlane/size", `expected a size such as "4x8"`},
		{`"controlPlane": {"size": "1x4"}`, "/controlPlane/size", "at least 2"},
		{`"controlPlane": {"size": "2x1"}`, "/controlPlane/size", "at least 1700 MB"},
		{`"workers": [{"name": "a"}, {"name": "b", "size": "2x"}]`, "/workers/1/size", `found "2x"`},
		{`"workers": [{"name": "a", "os": {"name": "flatcar", "architecture": "arm64"}}]`, "/workers/0/os/architecture", "all machines have their host's"},
		{`"os": {"name": "ubuntu", "architecture": "arm64"}`, "/os/name", "IDE disk"},
		{`"access": {"apiCIDRs": []}, "provider": {"libvirt": {"bridge": "br0"}}`, "/access/apiCIDRs", "no firewall for a bridge"},
		{`"access": {"sshCIDRs": ["203.0.113.7/32"]}, "provider": {"libvirt": {"bridge": "br0"}}`, "/access/sshCIDRs", "ssh is open"},
		{`"controlPlane": {"machines": [{"name": "a-1"}]}, "workers": [{"name": "a", "count": 2}]`, "/controlPlane/machines/0/name", "a worker of the pool a too"},
		{`"os": {"name": "fedora-coreos"}`, "/provider/libvirt/images", "no image of fedora-coreos for amd64"},
	} {
		config := `{"name": "demo", ` + c.config
		if !strings.Contains(config, `"provider"`) {
			config += `, "provider": {"libvirt": {}}`
		}
		diags := compiler.Validate(input(config + "}"))
		if len(diags) != 1 || diags[0].Path != c.path || !strings.Contains(diags[0].Message, c.message) || diags[0].Hint == "" {
			t.Errorf("%s:\nfound %v\nexpected one error at %s with %q and a hint", config, diags, c.path, c.message)
		}
	}
}

// TestFits: what looks like those errors and is none.
func TestFits(t *testing.T) {
	for _, config := range []string{
		`"controlPlane": {"count": 3, "endpoint": "api.example.com"}, "provider": {"libvirt": {"network": "default"}}`,
		`"provider": {"libvirt": {"uri": "qemu:///session", "bridge": "br0"}}`,
		`"controlPlane": {"addresses": ["10.0.0.1"]}, "provider": {"libvirt": {"bridge": "br0"}}`,
		`"access": {"apiCIDRs": [], "sshCIDRs": ["203.0.113.7/32"]}, "provider": {"libvirt": {}}`,
		`"controlPlane": {"machines": [{"name": "a-2"}]}, "workers": [{"name": "a", "count": 2}], "provider": {"libvirt": {}}`,
		`"controlPlane": {"machines": [{"name": "a-01"}]}, "workers": [{"name": "a", "count": 2}], "provider": {"libvirt": {}}`,
		`"controlPlane": {"size": "2x2"}, "workers": [{"name": "a", "size": "1x1"}], "provider": {"libvirt": {}}`,
		`"os": {"architecture": "arm64"}, "provider": {"libvirt": {}}`,
		`"os": {"name": "fedora-coreos"}, "provider": {"libvirt": {"images": {"fedora-coreos/amd64": "/srv/fcos.qcow2"}}}`,
	} {
		if diags := compiler.Validate(input(`{"name": "demo", ` + config + "}")); len(diags) > 0 {
			t.Errorf("%s: %v", config, diags)
		}
	}
}

func TestExample(t *testing.T) {
	config, ok := examples.Get("libvirt")
	if !ok {
		t.Fatal("there is no docs/examples/libvirt.json")
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(`{
		"name": "home", "uri": "qemu:///system", "network": "", "bridge": "", "storage_path": "/var/lib/libvirt/images",
		"images": {"flatcar/amd64": "https://stable.release.flatcar-linux.net/amd64-usr/current/flatcar_production_qemu_image.img"},
		"macs": {"controlplane-0": "52:54:00:c5:82:be", "controlplane-1": "52:54:00:11:ca:6a", "controlplane-2": "52:54:00:cd:f9:33"},
		"endpoint": {"host": "api.home.internal", "own": false},
		"machine_cidr": "192.168.140.0/24", "pod_cidrs": ["10.244.0.0/16"], "subnets": [{"zone": "", "cidr": "192.168.140.0/24"}],
		"api_cidrs": ["0.0.0.0/0"], "ssh_cidrs": [], "ssh_user": "core", "etcd_disk_gb": 4,
		"control_plane": [
			{"name": "controlplane-0", "address": "192.168.140.10", "zone": "", "size": "2x4", "disk_gb": 20, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-0.ign", "object": ""},
			{"name": "controlplane-1", "address": "192.168.140.11", "zone": "", "size": "2x4", "disk_gb": 20, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-1.ign", "object": ""},
			{"name": "controlplane-2", "address": "192.168.140.12", "zone": "", "size": "2x4", "disk_gb": 20, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-2.ign", "object": ""}
		],
		"pools": {"general": {"count": 2, "max_count": 2, "spot": false, "size": "2x8", "disk_gb": 40, "os": "flatcar",
			"architecture": "amd64", "user_data": "payloads/general.ign", "object": ""}},
		"objects": {}, "store": "", "cloud_controllers": false
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, values(t, string(config))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestOwnMACs: machines that the config knows keep their names and addresses.
func TestOwnMACs(t *testing.T) {
	got := values(t, `{"name": "demo", "controlPlane": {"machines": [{"name": "cp0", "mac": "52:54:00:AA:00:10", "address": "192.168.1.10"}]},
		"network": {"machineCIDR": "192.168.1.0/24"}, "provider": {"libvirt": {"bridge": "br0"}}}`)
	if diff := cmp.Diff(map[string]any{"cp0": "52:54:00:aa:00:10"}, got["macs"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got["bridge"] != "br0" {
		t.Errorf("found the bridge %v, expected br0", got["bridge"])
	}
}

// TestPayloadsAreText: Terraform's file() takes nothing else, however large.
func TestPayloadsAreText(t *testing.T) {
	big := strings.Repeat(`large: \"text\"\n`, 3000)
	payloads := 0
	for path, content := range compile(t, `{"name": "demo", "os": {"name": "ubuntu"}, "manifests": [{"path": "big.yaml",
		"content": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n  text: |\n    `+strings.ReplaceAll(big, `\n`, `\n    `)+`"}],
		"provider": {"libvirt": {}}}`) {
		if strings.HasPrefix(path, "payloads/") {
			payloads++
			if !utf8.ValidString(content) {
				t.Errorf("%s is not text", path)
			}
		}
	}
	if payloads != 2 {
		t.Errorf("found %d payloads, expected 2", payloads)
	}
}
