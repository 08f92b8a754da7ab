package gce_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	clientscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/docs/examples"
	"github.com/kube-anywhere/kube-anywhere/providers/gce"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func TestFacts(t *testing.T) {
	got := gce.Provider{}.Facts(schema.Options{"region": "europe-west1", "zones": []any{"b", "d"}})
	want := plan.ProviderFacts{
		Limit:     196608,
		Formats:   []string{"auto"},
		OSFormats: map[string]string{"debian": "script"},
		HasStore:  true, MakesDisks: true, HasSpot: true, CloudControllers: true,
		Endpoint: plan.FixedAddress,
		Zones:    []string{"europe-west1-b", "europe-west1-d"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestStore: Google's own name is not in the name of a bucket.
func TestStore(t *testing.T) {
	for id, want := range map[string]string{"demo-01234567": "demo-01234567", "my-google-01234567": "cluster-01234567"} {
		got := gce.Provider{}.Store(plan.Plan{}, id)
		if got.Name != want || got.URL != "gs://"+want+"/" || !strings.Contains(got.Fetch, "/b/"+want+"/o/") {
			t.Errorf("%s: found %+v, expected %s", id, got, want)
		}
	}
}

// TestCheck: every diagnostic, at its place, and none for what is right.
func TestCheck(t *testing.T) {
	const name = `"name": "demo", `
	for _, c := range []struct{ config, path, want string }{
		{name + `"provider": {"gce": {}}`, "", ""},
		{`"name": "a-name-of-22-character", "workers": [{"name": "a-pool-of-thirty-characters-30"}], "provider": {"gce": {}}`, "", ""},
		{`"name": "a-name-of-23-characters", "provider": {"gce": {}}`, "/name", "found 23 characters, expected at most 22"},
		{`"name": "4you", "provider": {"gce": {}}`, "/name", `found "4you", expected a letter`},
		{`"name": "a-name-of-22-character", "workers": [{"name": "a"}, {"name": "a-pool-of-thirty-one-characters"}], "provider": {"gce": {}}`,
			"/workers/1/name", `found 31 characters, expected at most 30 behind "a-name-of-22-character"`},
		{`"name": "a-name-of-22-character", "controlPlane": {"machines": [{"name": "a-machine-of-more-than-thirty-five-it"}]}, "provider": {"gce": {}}`,
			"/controlPlane/machines/0/name", "found 37 characters, expected at most 35"},
		{name + `"provider": {"gce": {"region": "us-east1", "zones": ["b", "c", "d"]}}`, "", ""},
		{name + `"provider": {"gce": {"region": "us-east1", "zones": ["b", "a"]}}`, "/provider/gce/zones/1", "us-east1 has no zone a"},
		{name + `"os": {"name": "flatcar", "architecture": "arm64"}, "provider": {"gce": {}}`, "/os/architecture", "no arm64 image"},
		{name + `"workers": [{"name": "a"}, {"name": "b", "os": {"name": "flatcar", "architecture": "arm64"}}], "provider": {"gce": {}}`, "/workers/1/os/architecture", "no arm64 image"},
		{name + `"os": {"name": "flatcar", "architecture": "arm64"}, "provider": {"gce": {"images": {"flatcar/arm64": "projects/p/global/images/i"}}}`, "", ""},
		{name + `"controlPlane": {"size": "c3-standard-4-lssd"}, "provider": {"gce": {}}`, "/controlPlane/size", "local disks"},
		{name + `"controlPlane": {"size": "c3-standard-4-lssd", "etcdDiskGB": 0}, "provider": {"gce": {}}`, "", ""},
		{name + `"network": {"plugin": "flannel", "options": {"backend": "host-gw"}}, "provider": {"gce": {}}`, "/network/options/backend", "drops pods' addresses"},
		{name + `"network": {"plugin": "kube-router"}, "provider": {"gce": {}}`, "", ""},
		{name + `"network": {"plugin": "kube-router", "options": {"overlay": "subnet"}}, "provider": {"gce": {}}`, "/network/options/overlay", "drops pods' addresses"},
		{name + `"network": {"podCIDR": "10.244.0.0/16,fd00:1::/48", "serviceCIDR": "10.96.0.0/16,fd00:2::/112"}, "controlPlane": {"addresses": ["10.0.0.10,fd00::10"]}, "provider": {"gce": {}}`,
			"/network/podCIDR", "found dual stack"},
		{name + `"network": {"machineCIDR": "fd00::/64", "podCIDR": "fd00:1::/48", "serviceCIDR": "fd00:2::/112"}, "provider": {"gce": {}}`, "/network/machineCIDR", "expected an IPv4 range"},
		{name + `"access": {"apiCIDRs": ["0.0.0.0/0", "::/0"]}, "provider": {"gce": {}}`, "/access/apiCIDRs/1", "found ::/0, expected an IPv4 range"},
		{name + `"access": {"sshCIDRs": ["2001:db8::/32"]}, "provider": {"gce": {}}`, "/access/sshCIDRs/0", "expected an IPv4 range"},
	} {
		diags := compiler.Validate(compiler.Input{Config: []byte("{" + c.config + "}"), Name: "cluster.json", Now: time.Now()})
		diags = slices.DeleteFunc(diags, func(d schema.Diagnostic) bool { return d.Severity != schema.Error })
		switch {
		case c.path == "" && len(diags) > 0:
			t.Errorf("%s: found %v, expected nothing", c.config, diags)
		case c.path != "" && (len(diags) != 1 || diags[0].Path != c.path || !strings.Contains(diags[0].Message, c.want) || diags[0].Hint == ""):
			t.Errorf("%s: found %v, expected %s: %s", c.config, diags, c.path, c.want)
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
	if err := json.Unmarshal(content(t, out, "terraform/terraform.tfvars.json"), &got); err != nil {
		t.Fatal(err)
	}
	return out, got
}

func content(t *testing.T, out *compiler.Output, path string) []byte {
	t.Helper()
	i := slices.IndexFunc(out.Files, func(f compiler.File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no file %s", path)
	}
	return slices.Concat(out.Files[i].Chunks...)
}

func TestExample(t *testing.T) {
	config, _ := examples.Get("gce")
	out, got := values(t, config)
	delete(got, "store") // other keys, another name
	var want map[string]any
	if err := json.Unmarshal([]byte(`{
		"name": "demo", "project": "my-project", "region": "europe-west4", "zones": ["europe-west4-a", "europe-west4-b", "europe-west4-c"],
		"subnetwork": "", "public_addresses": true, "images": {}, "secure_boot": true, "kms_key": "", "labels": {},
		"endpoint": {"host": "10.0.0.9", "own": false}, "machine_cidr": "10.0.0.0/16", "pod_cidrs": ["10.244.0.0/16"],
		"subnets": [{"zone": "europe-west4-a", "cidr": "10.0.0.0/16"}], "api_cidrs": ["203.0.113.0/24"], "ssh_cidrs": [], "ssh_user": "core",
		"etcd_disk_gb": 8, "cloud_controllers": true, "objects": {},
		"control_plane": [
			{"name": "controlplane-0", "address": "10.0.0.10", "zone": "europe-west4-a", "size": "e2-medium", "disk_gb": 30, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-0.ign", "object": ""},
			{"name": "controlplane-1", "address": "10.0.0.11", "zone": "europe-west4-b", "size": "e2-medium", "disk_gb": 30, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-1.ign", "object": ""},
			{"name": "controlplane-2", "address": "10.0.0.12", "zone": "europe-west4-c", "size": "e2-medium", "disk_gb": 30, "os": "flatcar",
				"architecture": "amd64", "user_data": "payloads/controlplane-2.ign", "object": ""}
		],
		"pools": {
			"general": {"count": 3, "max_count": 6, "spot": false, "size": "e2-medium", "disk_gb": 50, "os": "flatcar", "architecture": "amd64",
				"user_data": "payloads/general.ign", "object": ""},
			"arm": {"count": 1, "max_count": 1, "spot": true, "size": "c4a-highcpu-2", "disk_gb": 30, "os": "ubuntu", "architecture": "arm64",
				"user_data": "payloads/arm.cloud-init", "object": ""}
		}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for path, want := range map[string]string{
		"machines/controlplane-1/etc/kubernetes/addons/cloud-controller-manager.yaml": "node-tags = demo-worker\n    subnetwork-name = demo\n",
		"machines/general/etc/systemd/system/kubelet.service.d/10-provider.conf":      "ExecStartPre=/opt/bin/provider-id",
		"machines/controlplane-2/etc/systemd/system/balancer-addresses.service":       "/opt/bin/balancer-addresses",
		"terraform/versions.tf": `source  = "hashicorp/google"`,
	} {
		if text := string(content(t, out, path)); !strings.Contains(text, want) {
			t.Errorf("%s: no %q in:\n%s", path, want, text)
		}
	}
	if out.Has("machines/general/opt/bin/balancer-addresses") {
		t.Error("a worker has something for load balancers")
	}
}

// TestOwn: what the example leaves to its defaults; Debian boots with a script,
// and a single control-plane machine needs nothing for a load balancer.
func TestOwn(t *testing.T) {
	out, got := values(t, []byte(`{"name": "demo", "os": {"name": "debian"}, "addons": {"cloud-controller-manager": {"enabled": true}},
		"network": {"machineCIDR": "10.20.8.0/28"}, "provider": {"gce": {"zones": ["f"], "subnetwork": "production", "publicAddresses": false,
		"images": {"debian/amd64": "projects/p/global/images/family/f"}, "secureBoot": false,
		"kmsKey": "projects/p/locations/l/keyRings/r/cryptoKeys/k", "labels": {"team": "platform"}}}}`))
	want := map[string]any{"project": "", "region": "us-central1", "zones": []any{"us-central1-f"}, "subnetwork": "production",
		"public_addresses": false, "images": map[string]any{"debian/amd64": "projects/p/global/images/family/f"}, "secure_boot": false,
		"kms_key": "projects/p/locations/l/keyRings/r/cryptoKeys/k", "labels": map[string]any{"team": "platform"},
		"endpoint": map[string]any{"host": "10.20.8.10", "own": false}}
	for name := range got {
		if _, ok := want[name]; !ok {
			delete(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !out.Has("payloads/worker.sh") || out.Has("machines/controlplane-0/opt/bin/balancer-addresses") {
		t.Error("expected a script as payload, and nothing for load balancers")
	}
	if text := string(content(t, out, "addons/cloud-controller-manager.yaml")); !strings.Contains(text, "subnetwork-name = production\n") {
		t.Error(text)
	}
}

// TestObject: a payload with a manifest of 40 KB goes to the bucket, where that
// cannot be compressed.
func TestObject(t *testing.T) {
	noise := make([]byte, 0, 40_000)
	for n := uint64(1); len(noise) < cap(noise); n = n*6364136223846793005 + 1442695040888963407 {
		noise = append(noise, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[n>>58])
	}
	_, got := values(t, []byte(`{"name": "demo", "manifests": [{"path": "noise.yaml", "content": "`+string(noise)+`"}], "provider": {"gce": {}}}`))
	controlPlane := got["control_plane"].([]any)[0].(map[string]any)
	object := controlPlane["object"].(string)
	if !strings.HasPrefix(object, "controlplane-0-") || !strings.HasPrefix(got["store"].(string), "demo-") {
		t.Errorf("found the object %q in %q", object, got["store"])
	}
	if objects := got["objects"].(map[string]any); len(objects) != 1 || objects[object] == nil {
		t.Errorf("found %v, expected %s", objects, object)
	}
}

// TestManifest has Kubernetes' own types read what the cloud-controller-manager
// is made of, and looks at what it takes its configuration from.
func TestManifest(t *testing.T) {
	config, _ := examples.Get("gce")
	out, _ := values(t, config)
	decoder := serializer.NewCodecFactory(clientscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	data := map[string]map[string]string{}
	for doc := range strings.SplitSeq(string(content(t, out, "addons/cloud-controller-manager.yaml")), "\n---\n") {
		object, _, err := decoder.Decode([]byte(doc), nil, nil)
		if err != nil {
			t.Fatalf("%v:\n%s", err, doc)
		}
		switch o := object.(type) {
		case *corev1.ConfigMap:
			data[o.Name] = o.Data
		case *appsv1.DaemonSet:
			pod := o.Spec.Template.Spec
			volume, mount := pod.Volumes[0], pod.Containers[0].VolumeMounts[0]
			if data[volume.ConfigMap.Name]["gce.conf"] == "" || mount.Name != volume.Name || !slices.Contains(pod.Containers[0].Args, "--cloud-config="+mount.MountPath+"/gce.conf") {
				t.Errorf("it reads no gce.conf: %+v, %+v, %q", volume, mount, pod.Containers[0].Args)
			}
			if !pod.HostNetwork {
				t.Error("without the host's network it gets no token")
			}
		}
	}
	if id := data["ingress-uid"]; !strings.HasPrefix(id["uid"], "demo-") || id["uid"] != id["provider-uid"] {
		t.Errorf("found %v, expected the cluster's own id", id)
	}
}
