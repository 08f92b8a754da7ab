package openstack_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	clientscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/docs/examples"
	"github.com/kube-anywhere/kube-anywhere/providers/openstack"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func input(config string) compiler.Input {
	return compiler.Input{Config: []byte(config), Name: "cluster.json", Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
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
		tree[f.Path] = string(slices.Concat(f.Chunks...))
	}
	return tree
}

func TestFacts(t *testing.T) {
	want := plan.ProviderFacts{
		// What base64 makes 65,532 bytes of; three more would be 65,536.
		Limit:            49149,
		Formats:          []string{"auto"},
		Endpoint:         plan.FixedAddress,
		Zones:            []string{"az1", "az2"},
		MakesDisks:       true,
		CloudControllers: true,
	}
	if diff := cmp.Diff(want, openstack.Provider{}.Facts(schema.Options{"zones": []any{"az1", "az2"}})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestExample(t *testing.T) {
	config, _ := examples.Get("openstack")
	var got map[string]any
	if err := json.Unmarshal([]byte(compile(t, string(config))["terraform/terraform.tfvars.json"]), &got); err != nil {
		t.Fatal(err)
	}
	machine := func(i int) string {
		return fmt.Sprintf(`{"name": "controlplane-%d", "address": "10.0.0.%d", "zone": "", "size": "m1.medium", "disk_gb": 30, "os": "flatcar",
			"architecture": "amd64", "user_data": "payloads/controlplane-%d.ign", "object": ""}`, i, 10+i, i)
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(`{
		"name": "demo", "machine_cidr": "10.0.0.0/16", "pod_cidrs": ["10.244.0.0/16"], "subnets": [{"zone": "", "cidr": "10.0.0.0/16"}],
		"endpoint": {"host": "10.0.0.9", "own": false}, "api_cidrs": ["203.0.113.0/24"], "ssh_cidrs": [], "ssh_user": "core",
		"control_plane": [`+machine(0)+`, `+machine(1)+`, `+machine(2)+`], "etcd_disk_gb": 8,
		"pools": {
			"general": {"count": 3, "max_count": 3, "spot": false, "size": "m1.medium", "disk_gb": 50, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/general.ign", "object": ""},
			"batch": {"count": 1, "max_count": 1, "spot": false, "size": "m1.large", "disk_gb": 30, "os": "ubuntu",
				"architecture": "amd64", "user_data": "payloads/batch.cloud-init", "object": ""}
		},
		"objects": {}, "store": "", "cloud_controllers": false,
		"cloud": "mycloud", "region": "", "zones": [], "volume_zones": [], "external_network": "public", "network_id": "", "subnet_id": "",
		"allocation_pools": [{"start": "10.0.0.2", "end": "10.0.0.8"}, {"start": "10.0.0.13", "end": "10.0.255.254"}],
		"nameservers": [], "images": {"ubuntu/amd64": "Ubuntu 24.04"}, "boot_volumes": true, "volume_type": "", "load_balancer_provider": ""
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestZones: control-plane machines go to the zones in turn.
func TestZones(t *testing.T) {
	tree := compile(t, `{"name": "demo", "controlPlane": {"count": 3}, "provider": {"openstack": {"zones": ["a", "b"], "volumeZones": ["va", "vb"]}}}`)
	var got struct {
		Machines []struct{ Zone string } `json:"control_plane"`
		Volumes  []string                `json:"volume_zones"`
	}
	if err := json.Unmarshal([]byte(tree["terraform/terraform.tfvars.json"]), &got); err != nil {
		t.Fatal(err)
	}
	if want := "[{a} {b} {a}] [va vb]"; fmt.Sprint(got.Machines, got.Volumes) != want {
		t.Errorf("found %v %v, expected %s", got.Machines, got.Volumes, want)
	}
}

func TestCheck(t *testing.T) {
	const id = "2f8e1c0a-5b7d-4e3f-9a6c-0d1e2f3a4b5c"
	for _, c := range []struct {
		name, config string
		want         []string
	}{
		{"nothing", `"provider": {"openstack": {}}`, nil},
		{"an existing network", `"controlPlane": {"addresses": ["10.0.0.1"]}, "provider": {"openstack": {"networkID": "` + id + `", "subnetID": "` + id + `"}}`, nil},
		{"a network without a subnet", `"provider": {"openstack": {"networkID": "` + id + `"}}`, []string{"error openstack-network /provider/openstack"}},
		{"a subnet without a network", `"provider": {"openstack": {"subnetID": "` + id + `"}}`, []string{"error openstack-network /provider/openstack"}},
		{"a name for an ID", `"provider": {"openstack": {"networkID": "net", "subnetID": "` + id + `"}}`, []string{"error bad-form /provider/openstack/networkID"}},
		{"zones of volumes", `"provider": {"openstack": {"zones": ["a", "b"], "volumeZones": ["a"]}}`, []string{"error openstack-zones /provider/openstack/volumeZones"}},
		{"a zone with a blank", `"provider": {"openstack": {"zones": ["zone 1"]}}`, []string{"error bad-form /provider/openstack/zones/0"}},
		{"dual stack", `"network": {"podCIDR": "10.244.0.0/16,fd00:1::/48", "serviceCIDR": "10.96.0.0/16,fd00:2::/112"}, "provider": {"openstack": {}}`,
			[]string{"error openstack-dual-stack /network/podCIDR"}},
		{"IPv6", `"network": {"machineCIDR": "fd00:3::/64", "podCIDR": "fd00:1::/48", "serviceCIDR": "fd00:2::/112"}, "provider": {"openstack": {}}`,
			[]string{"error openstack-dual-stack /network/machineCIDR"}},
		{"the router's address", `"controlPlane": {"addresses": ["10.0.0.1"]}, "provider": {"openstack": {}}`, []string{"error openstack-address /controlPlane/addresses/0"}},
		{"the balancer's address", `"controlPlane": {"count": 3, "addresses": ["10.0.0.8", "10.0.0.9", "10.0.0.10"]}, "provider": {"openstack": {}}`,
			[]string{"error address-of-endpoint /controlPlane/addresses/1"}},
		{"no balancer with that address", `"controlPlane": {"count": 3, "endpoint": "api.example.com", "addresses": ["10.0.0.8", "10.0.0.9", "10.0.0.10"]}, "provider": {"openstack": {}}`, nil},
		{"a balancer elsewhere", `"controlPlane": {"count": 3, "endpoint": "192.0.2.10"}, "provider": {"openstack": {}}`, nil},
		{"the broadcast address", `"controlPlane": {"addresses": ["10.0.255.255"]}, "provider": {"openstack": {}}`, []string{"error openstack-address /controlPlane/addresses/0"}},
		{"outside", `"controlPlane": {"addresses": ["10.1.0.10"]}, "provider": {"openstack": {}}`,
			[]string{"warning address-outside-range /controlPlane/addresses/0", "error openstack-address /controlPlane/addresses/0"}},
		{"no room for a balancer", `"network": {"machineCIDR": "10.0.0.0/29"}, "controlPlane": {"count": 3, "addresses": ["10.0.0.2", "10.0.0.3", "10.0.0.4"]}, "provider": {"openstack": {}}`,
			[]string{"error openstack-address /network/machineCIDR"}},
		{"the longest name", `"workers": [{"name": "` + strings.Repeat("w", 49) + `", "count": 10}], "provider": {"openstack": {}}`, nil},
		{"a name too long", `"workers": [{"name": "` + strings.Repeat("w", 49) + `", "count": 11}], "provider": {"openstack": {}}`, []string{"error openstack-name /workers/0/name"}},
		{"scaling", `"workers": [{"name": "a", "count": 1, "maxCount": 3}], "provider": {"openstack": {}}`, []string{"warning openstack-max-count /workers/0/maxCount"}},
		{"spot", `"workers": [{"name": "a", "spot": true}], "provider": {"openstack": {}}`, []string{"error no-spot /workers/0/spot"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, d := range compiler.Validate(input(`{"name": "demo", ` + c.config + `}`)) {
				got = append(got, fmt.Sprintf("%s %s %s", d.Severity, d.Code, d.Path))
				if strings.HasPrefix(d.Code, "openstack-") && (d.Hint == "" || d.Line == 0) {
					t.Errorf("%s: no hint or no line", d)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestTooLarge: there is nowhere to put what is over the limit.
func TestTooLarge(t *testing.T) {
	var b strings.Builder
	for i := range 9000 { // nothing that compresses well
		fmt.Fprintf(&b, "%x", i*i*2654435761%1000003)
	}
	config := `{"name": "demo", "provider": {"openstack": {}}, "manifests": [{"path": "big.yaml", "content": "# ` + b.String() + `\napiVersion: v1\nkind: Namespace\nmetadata: {name: big}\n"}]}`
	_, diags := compiler.Compile(input(config))
	if len(diags) != 1 || diags[0].Code != "payload-too-large" || !strings.Contains(diags[0].Message, "49149 bytes") ||
		!strings.Contains(diags[0].Message, "the heaviest: /etc/kubernetes/addons/big.yaml") {
		t.Errorf("found %v, expected payload-too-large with the heaviest file", diags)
	}
}

// TestProviderID runs the script that a machine runs, with stand-ins for what
// needs a config drive.
func TestProviderID(t *testing.T) {
	tree := compile(t, `{"name": "demo", "provider": {"openstack": {}}, "addons": {"cloud-controller-manager": {"enabled": true}}}`)
	for _, c := range []struct{ name, metadata, want string }{
		{"as Nova writes it", `{"uuid": "83679162-1378-4288-a2d4-70e13ec132aa", "meta": {"uuid": "other"}, "hostname": "demo-worker-0"}`, "PROVIDER_ID=openstack:///83679162-1378-4288-a2d4-70e13ec132aa\n"},
		{"on lines", "{\n  \"name\": \"a\",\n  \"uuid\":\"83679162-1378-4288-a2d4-70e13ec132aa\"\n}\n", "PROVIDER_ID=openstack:///83679162-1378-4288-a2d4-70e13ec132aa\n"},
		{"without", `{"name": "a"}`, ""},
		{"empty", `{"uuid": ""}`, ""},
		{"no drive", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			drive := filepath.Join(dir, "meta_data.json")
			put("meta_data.json", c.metadata)
			put("blkid", "#!/bin/sh\n[ $2 = CONFIG-2 ] && [ -s "+drive+" ] && echo /dev/sr0\n")
			put("mountpoint", "#!/bin/sh\nexit 1\n")
			put("mount", "#!/bin/sh\n[ \"$1 $2 $3\" = \"-o ro /dev/sr0\" ] && mkdir -p $4/openstack/latest && cp "+drive+" $4/openstack/latest/\n")
			put("umount", "#!/bin/sh\nrm -r $1/openstack\n")
			put("script", strings.ReplaceAll(tree["machines/worker/opt/bin/provider-id"], "/run/", dir+"/"))

			cmd := exec.Command(filepath.Join(dir, "script"))
			cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin"}
			said, err := cmd.CombinedOutput()
			got, _ := os.ReadFile(filepath.Join(dir, "provider-id"))
			if (err == nil) != (c.want != "") || string(got) != c.want {
				t.Errorf("%v, %q, expected %q: %s", err, got, c.want, said)
			}
			if left, _ := os.ReadDir(filepath.Join(dir, "config-drive")); len(left) > 0 {
				t.Error("the drive is still mounted")
			}
		})
	}
}

// TestManifest has Kubernetes' own types read the cloud-controller-manager.
func TestManifest(t *testing.T) {
	text := compile(t, `{"name": "demo", "provider": {"openstack": {}}, "addons": {"cloud-controller-manager": {"enabled": true}}}`)["addons/cloud-controller-manager.yaml"]
	decoder := serializer.NewCodecFactory(clientscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	object, _, err := decoder.Decode([]byte(text), nil, nil)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	pod := object.(*appsv1.DaemonSet).Spec.Template.Spec
	container, volume := pod.Containers[0], pod.Volumes[0]
	mount := container.VolumeMounts[0]
	if volume.Secret.SecretName != "cloud-config" || mount.Name != volume.Name || !mount.ReadOnly ||
		!slices.Contains(container.Command, "--cloud-config="+mount.MountPath+"/cloud.conf") {
		t.Errorf("it reads no cloud.conf: %+v, %+v, %q", volume, mount, container.Command)
	}
	if sc := container.SecurityContext; *sc.AllowPrivilegeEscalation || !*sc.ReadOnlyRootFilesystem || !*pod.SecurityContext.RunAsNonRoot {
		t.Errorf("it may do more than it needs: %+v", sc)
	}
}
