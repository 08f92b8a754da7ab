package terraform

import (
	"encoding/json"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// demo is a cluster of one control-plane machine and two pools.
func demo() (plan.Plan, []plan.Payload) {
	flatcar := plan.OS{Name: "flatcar", Architecture: "amd64", Facts: plan.OSFacts{User: "core"}}
	controlPlane := plan.Role{Name: "controlplane-0", ControlPlane: true, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.10")}, OS: flatcar, DiskGB: 30}
	worker := plan.Role{Name: "worker", OS: flatcar, Count: 2, MaxCount: 5, Size: "large", DiskGB: 50, Spot: true}
	p := plan.Plan{
		Name:       "demo",
		Network:    plan.Network{MachineCIDR: netip.MustParsePrefix("10.0.0.0/16"), PodCIDRs: []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")}},
		Endpoint:   plan.Endpoint{Host: "10.0.0.10", Port: 6443},
		Access:     plan.Access{API: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}},
		Provider:   plan.Provider{ProviderFacts: plan.ProviderFacts{Zones: []string{"a", "b"}}},
		EtcdDiskGB: 8,
		Roles:      []plan.Role{controlPlane, worker},
	}
	return p, []plan.Payload{
		{Role: controlPlane, Name: "controlplane-0", File: "payloads/controlplane-0.ign", Object: "objects/controlplane-0-ab", ObjectName: "controlplane-0-ab"},
		{Role: worker, Name: "worker", File: "payloads/worker.ign"},
	}
}

func files(t *testing.T) map[string]plan.File {
	t.Helper()
	p, payloads := demo()
	values := Values(p, payloads, "demo-0123", func(plan.Role) string { return "small" })
	list, err := Files(fstest.MapFS{"main.tf": {Data: []byte("# theirs\n")}, "notes.md": {}}, values, map[string]any{"region": "r1"})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]plan.File{}
	for _, f := range list {
		out[f.Path] = f
	}
	return out
}

func TestFiles(t *testing.T) {
	got := map[string]fs.FileMode{}
	for path, f := range files(t) {
		got[path] = fs.FileMode(f.Mode)
	}
	want := map[string]fs.FileMode{
		"up": 0o755, "down": 0o755, "wait": 0o755,
		"terraform/cluster.tf": 0o644, "terraform/main.tf": 0o644, "terraform/terraform.tfvars.json": 0o644,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestValues(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal(files(t)["terraform/terraform.tfvars.json"].Content, &got); err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(`{
		"name": "demo", "region": "r1", "store": "demo-0123", "etcd_disk_gb": 8, "cloud_controllers": false,
		"endpoint": {"host": "10.0.0.10", "own": false},
		"machine_cidr": "10.0.0.0/16", "pod_cidrs": ["10.244.0.0/16"], "subnets": [{"zone": "a", "cidr": "10.0.0.0/16"}],
		"api_cidrs": ["0.0.0.0/0"], "ssh_cidrs": [], "ssh_user": "core",
		"control_plane": [{"name": "controlplane-0", "address": "10.0.0.10", "zone": "a", "size": "small", "disk_gb": 30, "os": "flatcar",
			"architecture": "amd64", "user_data": "payloads/controlplane-0.ign", "object": "controlplane-0-ab"}],
		"pools": {"worker": {"count": 2, "max_count": 5, "spot": true, "size": "large", "disk_gb": 50, "os": "flatcar",
			"architecture": "amd64", "user_data": "payloads/worker.ign", "object": ""}},
		"objects": {"controlplane-0-ab": "objects/controlplane-0-ab"}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// stage puts the scripts into a directory, with stand-ins for tofu and kubectl
// in PATH: there is no cloud here. Each writes down what it was called with.
func stage(t *testing.T, tofu, kubectl string) (dir string, run func(name string, args ...string) (string, error)) {
	t.Helper()
	dir = t.TempDir()
	bin := filepath.Join(dir, "bin")
	for _, d := range []string{bin, filepath.Join(dir, "terraform")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"up", "down", "wait"} {
		put(filepath.Join(dir, name), string(files(t)[name].Content))
	}
	put(filepath.Join(bin, "tofu"), "#!/bin/sh\necho tofu \"$@\" >> "+dir+"/calls\n"+tofu+"\n")
	put(filepath.Join(bin, "kubectl"), "#!/bin/sh\n"+kubectl+"\n")
	put(filepath.Join(bin, "sleep"), "#!/bin/sh\necho slept >> "+dir+"/calls\n")
	return dir, func(name string, args ...string) (string, error) {
		cmd := exec.Command(filepath.Join(dir, name), args...)
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin"}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

// nodes answers as an API does whose third node becomes Ready at the third look.
const nodes = `case $* in
*readyz*) echo ok ;;
*"get nodes"*)
	looks=$(cat $(dirname $0)/looks 2>/dev/null || echo 0); echo $((looks + 1)) > $(dirname $0)/looks
	echo "controlplane-0 Ready"; echo "worker-a Ready,SchedulingDisabled"
	[ $looks -lt 2 ] && echo "worker-b NotReady" || echo "worker-b Ready" ;;
esac`

func TestUp(t *testing.T) {
	dir, run := stage(t, `case $* in *output*) echo "server: public" ;; esac`, nodes)
	out, err := run("up", "-y")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"2 of 3 nodes Ready", "3 of 3 nodes Ready", "export KUBECONFIG=" + dir + "/kubeconfig.public"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	want := "tofu -chdir=terraform init -input=false\ntofu -chdir=terraform apply -auto-approve\n" +
		"tofu -chdir=terraform output -raw kubeconfig\nslept\nslept\n"
	if diff := cmp.Diff(want, string(calls)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	info, err := os.Stat(filepath.Join(dir, "kubeconfig.public"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("kubeconfig.public: %v, %v", info, err)
	}
}

// TestUpFails: what the tool refuses is told, and nobody waits for it.
func TestUpFails(t *testing.T) {
	_, run := stage(t, `case $* in *init*) echo "no such provider"; exit 1 ;; esac`, "echo kubectl was asked; exit 1")
	out, err := run("up")
	if err == nil || !strings.Contains(out, "no such provider") || strings.Contains(out, "kubectl was asked") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err = run("up", "--now"); err == nil || !strings.Contains(out, "usage:") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestWaitGivesUp(t *testing.T) {
	_, run := stage(t, "", "echo connection refused >&2; exit 1")
	out, err := run("wait", "kubeconfig", "0")
	if err == nil || !strings.Contains(out, "waiting for the API") || !strings.Contains(out, "node-preflight") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestDown(t *testing.T) {
	dir, run := stage(t, "", "")
	if out, err := run("down", "--yes"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if want := "tofu -chdir=terraform destroy -auto-approve\n"; err != nil || string(calls) != want {
		t.Errorf("%v: %q, expected %q", err, calls, want)
	}
}
