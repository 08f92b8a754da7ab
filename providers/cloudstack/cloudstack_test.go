package cloudstack

import (
	"encoding/json"
	"io/fs"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

var config = schema.Options{
	"zone": "z1", "templates": map[string]any{"ubuntu/amd64": "noble"}, "networkOffering": "isolated", "diskOffering": "ssd",
}

func TestFacts(t *testing.T) {
	want := plan.ProviderFacts{Limit: 24576, Formats: []string{"auto"}, Zones: []string{"z1"}, MakesDisks: true}
	if diff := cmp.Diff(want, Provider{}.Facts(config)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestValues: what the config sets of this provider is in the variables, beside
// the cluster's own.
func TestValues(t *testing.T) {
	os := plan.OS{Name: "ubuntu", Architecture: "amd64"}
	role := plan.Role{Name: "controlplane-0", ControlPlane: true, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.10")}, OS: os, DiskGB: 30}
	p := plan.Plan{
		Name:     "demo",
		Network:  plan.Network{MachineCIDR: netip.MustParsePrefix("10.0.0.0/16")},
		Provider: plan.Provider{Name: "cloudstack", Options: config, ProviderFacts: Provider{}.Facts(config)},
		Roles:    []plan.Role{role},
	}
	files, err := Provider{}.Artifacts(p, []plan.Payload{{Role: role, Name: role.Name, File: "payloads/controlplane-0.cloud-init"}}, plan.Store{})
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	paths := map[string]bool{}
	for _, f := range files {
		paths[f.Path] = true
		if f.Path != "terraform/terraform.tfvars.json" {
			continue
		}
		if err := json.Unmarshal(f.Content, &values); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"up", "terraform/cluster.tf", "terraform/machines.tf", "terraform/network.tf"} {
		if !paths[path] {
			t.Errorf("no %s among %v", path, paths)
		}
	}
	got := map[string]any{}
	for _, name := range []string{"zone", "templates", "network_offering", "disk_offering", "control_plane"} {
		got[name] = values[name]
	}
	want := map[string]any{
		"zone": "z1", "templates": map[string]any{"ubuntu/amd64": "noble"}, "network_offering": "isolated", "disk_offering": "ssd",
		"control_plane": []any{map[string]any{
			"name": "controlplane-0", "address": "10.0.0.10", "zone": "z1", "size": "Medium Instance", "disk_gb": 30.0,
			"os": "ubuntu", "architecture": "amd64", "user_data": "payloads/controlplane-0.cloud-init", "object": "",
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestOverlay: pods are kept from the router, which answers for the metadata.
func TestOverlay(t *testing.T) {
	const name = "overlay/machine/etc/systemd/system/node-preflight.service.d/10-provider.conf"
	if _, err := fs.Stat(Provider{}.Layers(), name); err != nil {
		t.Error(err)
	}
}
