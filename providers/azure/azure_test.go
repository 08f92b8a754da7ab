package azure_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/docs/examples"
	"github.com/kube-anywhere/kube-anywhere/providers/azure"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func TestFacts(t *testing.T) {
	got := azure.Provider{}.Facts(schema.Options{"region": "westeurope", "zones": []any{"1", "3"}})
	want := plan.ProviderFacts{
		Limit:    65535,
		Formats:  []string{"auto"},
		HasStore: true, MakesDisks: true, HasSpot: true, CloudControllers: true,
		Endpoint: plan.FixedAddress,
		Zones:    []string{"1", "3"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestStore: Azure refuses a storage account of another name, and no two
// clusters have one name.
func TestStore(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range []string{"demo-01234567", "demo-76543210", strings.Repeat("long-", 12) + "name-01234567"} {
		got := azure.Provider{}.Store(plan.Plan{}, id)
		if !regexp.MustCompile("^[a-z0-9]{3,24}$").MatchString(got.Name) || seen[got.Name] {
			t.Errorf("%s: found %q, expected another of at most 24 letters and digits", id, got.Name)
		}
		seen[got.Name] = true
		if url := "https://" + got.Name + ".blob.core.windows.net/payloads/"; got.URL != url || !strings.Contains(got.Fetch, url+"$1") {
			t.Errorf("%s: found %+v, expected %s", id, got, url)
		}
	}
}

// TestNobodysKey: no one can log in with the key that Azure wants.
func TestNobodysKey(t *testing.T) {
	text, err := os.ReadFile("terraform/controlplane.tf")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`"ssh-ed25519 (\S+) nobody"`).FindSubmatch(text)
	if found == nil {
		t.Fatal("no key of nobody in controlplane.tf")
	}
	blob, err := base64.StdEncoding.DecodeString(string(found[1]))
	sum := sha256.Sum256([]byte("nobody has the private half of this key"))
	if want := slices.Concat([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"), sum[:]); err != nil || !bytes.Equal(blob, want) {
		t.Errorf("%v: found %x, expected %x", err, blob, want)
	}
}

// TestCheck: every diagnostic, at its place, and none for what is right.
func TestCheck(t *testing.T) {
	const (
		name  = `"name": "demo", `
		azure = `"provider": {"azure": {}}`
		own   = `"provider": {"azure": {"images": {"fedora-coreos/amd64": "/subscriptions/s/image"}}}`
		hub   = `"provider": {"azure": {"subnet": {"resourceGroup": "network", "virtualNetwork": "hub", "name": "clusters"}}}`
	)
	for _, c := range []struct{ config, path, want string }{
		{name + azure, "", ""},
		{name + `"provider": {"azure": {"subnet": {"resourceGroup": "network", "name": "clusters"}}}`, "/provider/azure/subnet", `"virtualNetwork" is missing`},
		{name + `"os": {"name": "fedora-coreos"}, ` + azure, "/os/name", "the marketplace has no"},
		{name + `"os": {"name": "fedora-coreos"}, ` + own, "", ""},
		{name + `"os": {"name": "fedora-coreos", "architecture": "arm64"}, ` + own, "/os/name", "the marketplace has no"},
		{name + `"workers": [{"name": "a"}, {"name": "b", "os": {"name": "fedora-coreos"}}], ` + azure, "/workers/1/os/name", "the marketplace has no"},
		{name + `"controlPlane": {"count": 3, "diskGB": 29}, ` + azure, "/controlPlane/diskGB", "found 29, expected at least the image's 30 GB"},
		{name + `"workers": [{"name": "a"}, {"name": "b", "diskGB": 10}], ` + azure, "/workers/1/diskGB", "found 10, expected at least"},
		{name + `"os": {"name": "fedora-coreos"}, "controlPlane": {"diskGB": 12}, ` + own, "", ""},
		{name + `"controlPlane": {"size": "Standard_D4ads_v6"}, ` + azure, "/controlPlane/size", "local disks"},
		{name + `"controlPlane": {"size": "Standard_L8s_v3"}, ` + azure, "/controlPlane/size", "local disks"},
		{name + `"controlPlane": {"size": "Standard_D4ads_v6", "etcdDiskGB": 0}, ` + azure, "", ""},
		{name + `"controlPlane": {"size": "Standard_D4ds_v5"}, ` + azure, "", ""},
		{name + `"controlPlane": {"size": "Standard_D4s_v6"}, ` + azure, "", ""},
		{name + `"workers": [{"name": "a", "spot": true, "size": "Standard_B2ls_v2"}], ` + azure, "/workers/0/size", "never spot"},
		{name + `"workers": [{"name": "a", "size": "Standard_B2ls_v2"}, {"name": "b", "spot": true, "size": "Standard_D4s_v5"}], ` + azure, "", ""},
		{`"name": "a-cluster-of-twenty-five-", "workers": [], ` + azure, "/name", ""},
		{`"name": "a-cluster-of-twenty-five1", "workers": [{"name": "a-pool-of-thirty-characters-30"}], ` + azure, "", ""},
		{`"name": "a-cluster-of-twenty-five1", "workers": [{"name": "a"}, {"name": "a-pool-of-thirty-one-characters"}], ` + azure,
			"/workers/1/name", `found 31 characters, expected at most 30 behind "a-cluster-of-twenty-five1"`},
		{name + `"controlPlane": {"addresses": ["10.0.0.3"]}, ` + azure, "/controlPlane/addresses/0", "Azure keeps 10.0.0.3"},
		{name + `"controlPlane": {"addresses": ["10.0.0.4"]}, ` + azure, "", ""},
		{name + `"controlPlane": {"addresses": ["10.0.0.3"]}, ` + hub, "", ""},
		{name + `"network": {"machineCIDR": "10.0.0.0/24"}, "controlPlane": {"count": 3, "addresses": ["10.0.0.10", "10.0.0.255", "10.0.0.12"]}, ` + azure,
			"/controlPlane/addresses/1", "Azure keeps 10.0.0.255"},
		{name + `"network": {"plugin": "flannel", "options": {"backend": "host-gw"}}, ` + azure, "/network/options/backend", "drops pods' addresses"},
		{name + `"network": {"plugin": "kube-router"}, ` + azure, "/network/options/encapsulation", "drops ipip"},
		{name + `"network": {"plugin": "kube-router", "options": {"encapsulation": "fou"}}, ` + azure, "", ""},
		{name + `"network": {"plugin": "kube-router", "options": {"overlay": "subnet", "encapsulation": "fou"}}, ` + azure, "/network/options/overlay", "drops pods' addresses"},
		{name + `"network": {"podCIDR": "10.244.0.0/16,fd00:1::/48", "serviceCIDR": "10.96.0.0/16,fd00:2::/112"}, "controlPlane": {"addresses": ["10.0.0.10,fd00::10"]}, ` + azure,
			"/network/podCIDR", "found dual stack"},
		{name + `"network": {"machineCIDR": "fd00::/64", "podCIDR": "fd00:1::/48", "serviceCIDR": "fd00:2::/112"}, ` + azure, "/network/machineCIDR", "expected an IPv4 range"},
		{name + `"access": {"apiCIDRs": ["0.0.0.0/0", "::/0"]}, ` + azure, "/access/apiCIDRs/1", "found ::/0, expected an IPv4 range"},
		{name + `"access": {"sshCIDRs": ["2001:db8::/32"]}, ` + azure, "/access/sshCIDRs/0", "expected an IPv4 range"},
	} {
		diags := compiler.Validate(compiler.Input{Config: []byte("{" + c.config + "}"), Name: "cluster.json", Now: time.Now()})
		diags = slices.DeleteFunc(diags, func(d schema.Diagnostic) bool { return d.Severity != schema.Error })
		switch {
		case c.path == "" && len(diags) > 0:
			t.Errorf("%s: found %v, expected nothing", c.config, diags)
		case c.path != "" && (len(diags) != 1 || !strings.HasPrefix(diags[0].Path, c.path) || !strings.Contains(diags[0].Message, c.want)):
			t.Errorf("%s: found %v, expected %s: %s", c.config, diags, c.path, c.want)
		case c.want != "" && (diags[0].Path != c.path || diags[0].Hint == ""):
			t.Errorf("%s: found %+v, expected %s with a hint", c.config, diags[0], c.path)
		}
	}
}

// values compiles a config, and gives the values of its Terraform configuration.
func values(t *testing.T, config []byte) (*compiler.Output, map[string]any) {
	t.Helper()
	out, diags := compiler.Compile(compiler.Input{Config: config, Name: "cluster.json", Now: time.Now()})
	if schema.HasErrors(diags) {
		t.Fatal(diags)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(content(t, out, "terraform/terraform.tfvars.json")), &got); err != nil {
		t.Fatal(err)
	}
	return out, got
}

func content(t *testing.T, out *compiler.Output, path string) string {
	t.Helper()
	i := slices.IndexFunc(out.Files, func(f compiler.File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no file %s", path)
	}
	return string(slices.Concat(out.Files[i].Chunks...))
}

func TestExample(t *testing.T) {
	config, _ := examples.Get("azure")
	out, got := values(t, config)
	delete(got, "store") // other keys, another name
	var want map[string]any
	if err := json.Unmarshal([]byte(`{
		"name": "demo", "region": "westeurope", "zones": ["1", "2", "3"], "subnet": {"resource_group": "", "virtual_network": "", "name": ""},
		"images": {}, "disk_encryption_set_id": "", "encryption_at_host": false, "tags": {},
		"endpoint": {"host": "10.0.0.9", "own": false}, "machine_cidr": "10.0.0.0/16", "pod_cidrs": ["10.244.0.0/16"],
		"subnets": [{"zone": "1", "cidr": "10.0.0.0/16"}], "api_cidrs": ["203.0.113.0/24"], "ssh_cidrs": [], "ssh_user": "core",
		"etcd_disk_gb": 8, "cloud_controllers": true, "objects": {},
		"control_plane": [
			{"name": "controlplane-0", "address": "10.0.0.10", "zone": "1", "size": "Standard_B2ls_v2", "disk_gb": 30, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-0.ign", "object": ""},
			{"name": "controlplane-1", "address": "10.0.0.11", "zone": "2", "size": "Standard_B2ls_v2", "disk_gb": 30, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-1.ign", "object": ""},
			{"name": "controlplane-2", "address": "10.0.0.12", "zone": "3", "size": "Standard_B2ls_v2", "disk_gb": 30, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-2.ign", "object": ""}
		],
		"pools": {
			"general": {"count": 3, "max_count": 6, "spot": false, "size": "Standard_B2ls_v2", "disk_gb": 50, "os": "flatcar", "architecture": "amd64",
				"user_data": "payloads/general.ign", "object": ""},
			"arm": {"count": 1, "max_count": 1, "spot": true, "size": "Standard_D2pls_v5", "disk_gb": 30, "os": "ubuntu", "architecture": "arm64",
				"user_data": "payloads/arm.cloud-init", "object": ""}
		}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	const unit = "/etc/systemd/system/kubelet.service.d/"
	for path, want := range map[string]string{
		"addons/cloud-controller-manager.yaml":                "--cluster-name=demo\n",
		"machines/general" + unit + "10-provider.conf":        "ExecStartPre=/opt/bin/provider-id",
		"machines/arm" + unit + "05-wire-server.conf":         "from 10.244.0.0/16 to 168.63.129.16",
		"machines/controlplane-2" + unit + "05-endpoint.conf": "local 10.0.0.9 dev lo",
	} {
		if text := content(t, out, path); !strings.Contains(text, want) {
			t.Errorf("%s: found %s, expected %q", path, text, want)
		}
	}
}

// TestEndpoint: only where Azure would not let a machine reach itself does it
// take the endpoint for its own.
func TestEndpoint(t *testing.T) {
	for config, want := range map[string]bool{
		`{"name": "demo", "provider": {"azure": {}}}`:                                                                          false,
		`{"name": "demo", "controlPlane": {"count": 3}, "provider": {"azure": {}}}`:                                            true,
		`{"name": "demo", "controlPlane": {"count": 3, "endpoint": "api.example.com"}, "provider": {"azure": {}}}`:             false,
		`{"name": "demo", "workers": [], "controlPlane": {"count": 5, "addresses": []}, "provider": {"azure": {"zones": []}}}`: true,
	} {
		out, _ := values(t, []byte(config))
		got := slices.ContainsFunc(out.Files, func(f compiler.File) bool { return strings.HasSuffix(f.Path, "/05-endpoint.conf") })
		if got != want {
			t.Errorf("%s: found %t, expected %t", config, got, want)
		}
	}
}

// TestOptions: what the options say arrives, and sizes that are left open fit.
func TestOptions(t *testing.T) {
	_, got := values(t, []byte(`{"name": "demo", "os": {"name": "debian", "architecture": "arm64"},
		"workers": [{"name": "a"}, {"name": "b", "spot": true, "os": {"name": "ubuntu"}}, {"name": "c", "size": "Standard_D8ps_v6"}],
		"provider": {"azure": {"zones": [], "subnet": {"resourceGroup": "network", "virtualNetwork": "hub", "name": "clusters"},
			"images": {"debian/arm64": "/communityGalleries/g/images/i/versions/latest"}, "diskEncryptionSetID": "/subscriptions/s/d",
			"encryptionAtHost": true, "tags": {"team": "platform"}}}}`))
	pools, machine := got["pools"].(map[string]any), got["control_plane"].([]any)[0].(map[string]any)
	size := func(pool string) any { return pools[pool].(map[string]any)["size"] }
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"zones", got["zones"], []any{}},
		{"subnet", got["subnet"], map[string]any{"resource_group": "network", "virtual_network": "hub", "name": "clusters"}},
		{"images", got["images"], map[string]any{"debian/arm64": "/communityGalleries/g/images/i/versions/latest"}},
		{"disk_encryption_set_id", got["disk_encryption_set_id"], "/subscriptions/s/d"},
		{"encryption_at_host", got["encryption_at_host"], true},
		{"tags", got["tags"], map[string]any{"team": "platform"}},
		{"a control plane's zone", machine["zone"], ""},
		{"a control plane's size", machine["size"], "Standard_B2pls_v2"},
		{"a's size", size("a"), "Standard_B2pls_v2"},
		{"b's size", size("b"), "Standard_D2ls_v5"},
		{"c's size", size("c"), "Standard_D8ps_v6"},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.what, diff)
		}
	}
}

// TestObject: a payload with a manifest of 40 KB becomes a private object, where
// that cannot be compressed.
func TestObject(t *testing.T) {
	for os, where := range map[string]string{"flatcar": "source", "ubuntu": "fetch"} {
		manifest, err := json.Marshal("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata: {a: " + noise(40_000) + "}\n")
		if err != nil {
			t.Fatal(err)
		}
		out, got := values(t, []byte(`{"name": "demo", "os": {"name": "`+os+`"}, "manifests": [{"path": "big.yaml", "content": `+string(manifest)+`}], "provider": {"azure": {}}}`))
		machine := got["control_plane"].([]any)[0].(map[string]any)
		object := machine["object"].(string)
		if path := got["objects"].(map[string]any)[object]; object == "" || path != "objects/"+object || len(content(t, out, path.(string))) < 40_000 {
			t.Errorf("%s: found %q in %v, expected an object of more than 40,000 bytes", os, object, got["objects"])
		}
		url := "https://" + got["store"].(string) + ".blob.core.windows.net/payloads/"
		if text := content(t, out, machine["user_data"].(string)); !strings.Contains(text, url) || !strings.Contains(text, where) || len(text) > 2000 {
			t.Errorf("%s: found %s, expected little more than a %s of %s", os, text, where, url)
		}
	}
}

// noise is text that does not compress well, and the same every time.
func noise(n int) string {
	var b strings.Builder
	for sum := sha256.Sum256(nil); b.Len() < n; sum = sha256.Sum256(sum[:]) {
		b.WriteString(base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return b.String()[:n]
}
