package vsphere_test

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
	"github.com/kube-anywhere/kube-anywhere/providers/vsphere"
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

// values are what Terraform gets.
func values(t *testing.T, tree map[string]string) map[string]any {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal([]byte(tree["terraform/terraform.tfvars.json"]), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFacts(t *testing.T) {
	want := plan.ProviderFacts{Limit: 49149, Formats: []string{"auto"}, MakesDisks: true, CloudControllers: true}
	if diff := cmp.Diff(want, vsphere.Provider{}.Facts(schema.Options{"server": "vcenter.example.com"})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestExample(t *testing.T) {
	config, _ := examples.Get("vsphere")
	tree := compile(t, string(config))
	machine := func(i int) string {
		return fmt.Sprintf(`{"name": "controlplane-%d", "address": "192.168.10.%d", "zone": "", "size": "2x4", "disk_gb": 30, "os": "flatcar",
			"architecture": "amd64", "user_data": "payloads/controlplane-%d.ign", "object": ""}`, i, 11+i, i)
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(`{
		"name": "demo", "machine_cidr": "192.168.10.0/24", "pod_cidrs": ["10.244.0.0/16"], "subnets": [{"zone": "", "cidr": "192.168.10.0/24"}],
		"endpoint": {"host": "api.demo.example.com", "own": true}, "api_cidrs": ["0.0.0.0/0"], "ssh_cidrs": ["0.0.0.0/0"], "ssh_user": "core",
		"control_plane": [`+machine(0)+`, `+machine(1)+`, `+machine(2)+`], "etcd_disk_gb": 8,
		"pools": {
			"general": {"count": 3, "max_count": 3, "spot": false, "size": "4x16", "disk_gb": 50, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/general.ign", "object": ""},
			"batch": {"count": 1, "max_count": 1, "spot": false, "size": "2x4", "disk_gb": 30, "os": "ubuntu",
				"architecture": "amd64", "user_data": "payloads/batch.cloud-init", "object": ""}
		},
		"objects": {}, "store": "", "cloud_controllers": false,
		"server": "vcenter.example.com", "insecure": false, "datacenter": "dc1", "compute_cluster": "compute", "resource_pool": "", "folder": "",
		"datastore": "ssd", "etcd_folder": "", "storage_policy": "", "network": "kubernetes", "gateway": "192.168.10.1", "nameservers": ["192.168.10.2"],
		"templates": {}, "content_library": "", "firmware": "bios", "anti_affinity": true,
		"encodings": {"payloads/controlplane-0.ign": "base64", "payloads/controlplane-1.ign": "base64", "payloads/controlplane-2.ign": "base64",
			"payloads/general.ign": "base64", "payloads/batch.cloud-init": "base64"}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, values(t, tree)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// Three control-plane machines, three workers of one pool and one of the other.
	if !strings.Contains(tree["wait"], "nodes=7\n") {
		t.Error("./wait waits for another number of nodes than 7")
	}
}

// TestDefaults: what an empty object means, and where Debian's payload no longer
// fits as text.
func TestDefaults(t *testing.T) {
	tree := compile(t, `{"name": "demo", "os": {"name": "debian"}, "network": {"machineCIDR": "172.16.4.0/22"}, "provider": {"vsphere": {}}}`)
	want := map[string]any{
		"server": "", "datacenter": "", "compute_cluster": "Cluster", "datastore": "datastore1", "network": "VM Network",
		"gateway": "172.16.4.1", "nameservers": []any{"172.16.4.1"},
		"encodings": map[string]any{"payloads/controlplane-0.cloud-init": "gzip+base64", "payloads/worker.cloud-init": "base64"},
	}
	got := values(t, tree)
	for name := range got {
		if _, ok := want[name]; !ok {
			delete(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.HasPrefix(tree["payloads/controlplane-0.cloud-init"], "\x1f\x8b") || !strings.HasPrefix(tree["payloads/worker.cloud-init"], "#cloud-config\n") {
		t.Error("the encodings do not say what the payloads are")
	}
}

// TestErase: each machine erases its payload from guestinfo in every boot, by
// what its OS has for it.
func TestErase(t *testing.T) {
	const unit = "/etc/systemd/system/guestinfo-erase.service"
	tree := compile(t, `{"name": "demo", "workers": [{"name": "f", "os": {"name": "fedora-coreos"}}, {"name": "u", "os": {"name": "ubuntu"}}], "provider": {"vsphere": {}}}`)
	for machine, want := range map[string]string{"controlplane-0": "ignition-rmcfg --platform=vmware\n", "f": "ignition-rmcfg --platform=vmware\n", "u": `"info-set guestinfo.userdata ---"`} {
		if got := tree["machines/"+machine+unit]; !strings.Contains(got, want) || strings.Count(got, "ExecStart=") != 1 {
			t.Errorf("%s: no %q in\n%s", machine, want, got)
		}
		if !strings.Contains(tree["machines/"+machine+"/machine.json"], `"guestinfo-erase.service"`) {
			t.Errorf("%s: the unit is not enabled", machine)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, config string
		want         []string
	}{
		{"nothing", `"provider": {"vsphere": {}}`, nil},
		{"no balancer", `"controlPlane": {"count": 3}, "provider": {"vsphere": {}}`, []string{"error endpoint-missing /controlPlane"}},
		{"no vCenter", `"addons": {"cloud-controller-manager": {"enabled": true}}, "provider": {"vsphere": {}}`, []string{"error vsphere-server /provider/vsphere"}},
		{"a vCenter", `"addons": {"cloud-controller-manager": {"enabled": true}}, "provider": {"vsphere": {"server": "vc"}}`, nil},
		{"dual stack", `"network": {"podCIDR": "10.244.0.0/16,fd00:1::/48", "serviceCIDR": "10.96.0.0/16,fd00:2::/112"}, "provider": {"vsphere": {}}`,
			[]string{"error vsphere-dual-stack /network/podCIDR"}},
		{"IPv6", `"network": {"machineCIDR": "fd00:3::/64", "podCIDR": "fd00:1::/48", "serviceCIDR": "fd00:2::/112"}, "provider": {"vsphere": {}}`,
			[]string{"error vsphere-dual-stack /network/machineCIDR"}},
		{"a router elsewhere", `"provider": {"vsphere": {"gateway": "10.1.0.1"}}`, []string{"error vsphere-address /provider/vsphere/gateway"}},
		{"a router's name", `"provider": {"vsphere": {"gateway": "router"}}`, []string{"error vsphere-address /provider/vsphere/gateway"}},
		{"a name server's name", `"provider": {"vsphere": {"nameservers": ["10.0.0.2", "dns"]}}`, []string{"error vsphere-address /provider/vsphere/nameservers/1"}},
		{"the router's address", `"controlPlane": {"addresses": ["10.0.0.1"]}, "provider": {"vsphere": {}}`, []string{"error vsphere-address /controlPlane/addresses/0"}},
		{"another router's address", `"controlPlane": {"addresses": ["10.0.0.1"]}, "provider": {"vsphere": {"gateway": "10.0.0.254"}}`, nil},
		{"outside", `"controlPlane": {"addresses": ["10.1.0.10"]}, "provider": {"vsphere": {}}`,
			[]string{"warning address-outside-range /controlPlane/addresses/0", "error vsphere-address /controlPlane/addresses/0"}},
		{"arm64", `"os": {"architecture": "arm64"}, "workers": [], "provider": {"vsphere": {}}`, []string{"error vsphere-architecture /os/architecture"}},
		{"arm64 in a pool", `"workers": [{"name": "a", "os": {"name": "ubuntu", "architecture": "arm64"}}], "provider": {"vsphere": {}}`,
			[]string{"error vsphere-architecture /workers/0/os/architecture"}},
		{"sizes", `"controlPlane": {"size": "4x16"}, "workers": [{"name": "a", "size": "1x1"}], "provider": {"vsphere": {}}`, nil},
		{"another cloud's size", `"controlPlane": {"size": "t3.medium"}, "provider": {"vsphere": {}}`, []string{"error vsphere-size /controlPlane/size"}},
		{"few CPUs", `"controlPlane": {"size": "1x4"}, "provider": {"vsphere": {}}`, []string{"error vsphere-size /controlPlane/size"}},
		{"little memory", `"workers": [{"name": "a", "size": "2x0"}], "provider": {"vsphere": {}}`, []string{"error vsphere-size /workers/0/size"}},
		{"a closed API", `"access": {"apiCIDRs": []}, "provider": {"vsphere": {}}`, []string{"warning vsphere-access /access/apiCIDRs"}},
		{"ssh", `"access": {"sshCIDRs": ["203.0.113.7/32"]}, "provider": {"vsphere": {}}`, []string{"warning vsphere-access /access/sshCIDRs"}},
		{"the longest name", `"workers": [{"name": "` + strings.Repeat("w", 49) + `", "count": 10}], "provider": {"vsphere": {}}`, nil},
		{"a name too long", `"workers": [{"name": "` + strings.Repeat("w", 49) + `", "count": 11}], "provider": {"vsphere": {}}`, []string{"error vsphere-name /workers/0/name"}},
		{"scaling", `"workers": [{"name": "a", "count": 1, "maxCount": 3}], "provider": {"vsphere": {}}`, []string{"warning vsphere-max-count /workers/0/maxCount"}},
		{"spot", `"workers": [{"name": "a", "spot": true}], "provider": {"vsphere": {}}`, []string{"error no-spot /workers/0/spot"}},
		{"a folder", `"provider": {"vsphere": {"folder": "/kubernetes"}}`, []string{"error bad-form /provider/vsphere/folder"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, `{"name": "demo", `+c.config+`}`, c.want)
		})
	}
}

// TestCheckNames: vCenter's names have 80 characters, the cluster's among them.
func TestCheckNames(t *testing.T) {
	config := func(machine int) string {
		return `{"name": "` + strings.Repeat("n", 40) + `", "controlPlane": {"machines": [{"name": "` + strings.Repeat("m", machine) + `"}]},
			"workers": [], "provider": {"vsphere": {}}}`
	}
	check(t, config(39), nil)
	check(t, config(40), []string{"error vsphere-name /controlPlane/machines/0/name"})
}

func check(t *testing.T, config string, want []string) {
	t.Helper()
	var got []string
	for _, d := range compiler.Validate(input(config)) {
		got = append(got, fmt.Sprintf("%s %s %s", d.Severity, d.Code, d.Path))
		if strings.HasPrefix(d.Code, "vsphere-") && (d.Hint == "" || d.Line == 0) {
			t.Errorf("%s: no hint or no line", d)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const withControllers = `{"name": "demo", "addons": {"cloud-controller-manager": {"enabled": true}}, "provider": {"vsphere": {"server": "vc"}}}`

// TestProviderID runs the script that a machine runs, on what VMware writes.
func TestProviderID(t *testing.T) {
	script := compile(t, withControllers)["machines/worker/opt/bin/provider-id"]
	for serial, want := range map[string]string{
		"VMware-42 2e 49 56 ad 22 11 39-6d 72 59 cc 8f 26 bc 90\n": "PROVIDER_ID=vsphere://422e4956-ad22-1139-6d72-59cc8f26bc90\n",
		"VMware-42 2e 49 56 ad 22 11 39-6d 72 59 cc 8f 26 bc\n":    "",
		"Not Specified\n": "",
	} {
		dir := t.TempDir()
		put := func(name, text string) string {
			t.Helper()
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
			return path
		}
		text := strings.Replace(script, "/sys/class/dmi/id/product_serial", put("serial", serial), 1)
		said, err := exec.Command(put("script", strings.Replace(text, "/run/", dir+"/", 1))).CombinedOutput()
		got, _ := os.ReadFile(filepath.Join(dir, "provider-id"))
		if (err == nil) != (want != "") || string(got) != want {
			t.Errorf("%q: %v, %q, expected %q: %s", serial, err, got, want, said)
		}
	}
}

// TestManifest has Kubernetes' own types read the cloud-controller-manager.
func TestManifest(t *testing.T) {
	tree := compile(t, withControllers)
	text := tree["addons/cloud-controller-manager.yaml"]
	decoder := serializer.NewCodecFactory(clientscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	object, _, err := decoder.Decode([]byte(text), nil, nil)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	pod := object.(*appsv1.DaemonSet).Spec.Template.Spec
	container := pod.Containers[0]
	mounted := map[string]string{} // the secrets, by where they are
	for i, m := range container.VolumeMounts {
		if volume := pod.Volumes[i]; volume.Name == m.Name && m.ReadOnly {
			mounted[m.MountPath] = volume.Secret.SecretName
		}
	}
	if diff := cmp.Diff(map[string]string{"/etc/cloud": "cloud-config", "/etc/cloud-login": "cloud-login"}, mounted); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !slices.Contains(container.Args, "--cloud-config=/etc/cloud/vsphere.conf") || !strings.Contains(tree["terraform/api.tf"], `secretsDirectory = "/etc/cloud-login"`) {
		t.Errorf("it reads no vsphere.conf or no login: %q", container.Args)
	}
	if sc := container.SecurityContext; *sc.AllowPrivilegeEscalation || !*sc.ReadOnlyRootFilesystem || !*pod.SecurityContext.RunAsNonRoot {
		t.Errorf("it may do more than it needs: %+v", sc)
	}
}
