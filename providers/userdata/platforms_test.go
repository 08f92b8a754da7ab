package userdata_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers/userdata"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

var all = []string{"digitalocean", "hetzner", "linode", "proxmox", "scaleway", "upcloud", "vultr"}

// TestLimits: a platform's own limit holds where it is known, and else the
// config's.
func TestLimits(t *testing.T) {
	got := map[string]int{}
	for _, name := range append([]string{""}, all...) {
		options := schema.Options{"limit": int64(20000), "formats": []any{"auto"}}
		if name != "" {
			options["platform"] = name
		}
		got[name] = userdata.Provider{}.Facts(options).Limit
	}
	want := map[string]int{
		"": 20000, "digitalocean": 65536, "hetzner": 32768, "linode": 16384, "proxmox": 1048576,
		"scaleway": 20000, "upcloud": 20000, "vultr": 20000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// commands are those of START.md, by machine.
func commands(t *testing.T, tree map[string][]byte) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, section := range regexp.MustCompile("(?s)\n## ([^\n]*)\n.*?```sh\n(.*?)```").FindAllStringSubmatch(string(tree["START.md"]), -1) {
		out[section[1]] = section[2]
	}
	return out
}

// TestCommands: every machine has a command that a shell can read, with a file
// that is there and, for the control plane, its address if the platform can be
// asked for one.
func TestCommands(t *testing.T) {
	file := regexp.MustCompile(`(payloads|start)/[a-z0-9.-]+`)
	for _, name := range all {
		for _, cluster := range []string{ubuntu, flatcar} {
			tree := compile(t, input(cluster, `{"platform": "`+name+`", "limit": 65536}`))
			got := commands(t, tree)
			if len(got) != 3 {
				t.Errorf("%s: found commands of %d machines, expected 3", name, len(got))
			}
			chooses := name == "digitalocean" || name == "vultr"
			for machine, command := range got {
				run(t, "dash", "sh", "-n", "-c", command)
				if chooses && machine == "controlplane-0" {
					if !strings.Contains(command, "kube-anywhere payload controlplane-0 -f CONFIG --format script | ssh") {
						t.Errorf("%s: the control plane gets no payload from %s", name, command)
					}
				} else if used := file.FindString(command); tree[used] == nil {
					t.Errorf("%s: there is no %q for %s", name, used, machine)
				}
				if !strings.Contains(command, machine) || strings.Contains(command, "<") {
					t.Errorf("%s: %s has the command %s", name, machine, command)
				}
			}
			// Ignition takes none from Proxmox, but the command is the same.
			if told := strings.Contains(got["controlplane-0"], "10.0.0.10"); told == chooses || strings.Contains(got["worker-0"], "10.0.0.10") {
				t.Errorf("%s: who has 10.0.0.10?\n%s", name, tree["START.md"])
			}
		}
	}
}

// TestCompressedAsText: what takes only text gets a compressed payload in a form
// that cloud-init unpacks.
func TestCompressedAsText(t *testing.T) {
	in := input(ubuntu, `{"platform": "hetzner"}`)
	out, diags := compiler.Compile(in)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	in.PKI = out.NewPKI
	tree := compile(t, in)
	if diff := cmp.Diff([]string{"start/controlplane-0.txt"}, made(tree, "start")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := "hcloud server create --name controlplane-0 --type TYPE --image IMAGE --start-after-create=false \\\n" +
		"  --user-data-from-file start/controlplane-0.txt\n" +
		"hcloud server attach-to-network controlplane-0 --network NETWORK --ip 10.0.0.10\n" +
		"hcloud server poweron controlplane-0\n"
	if diff := cmp.Diff(want, commands(t, tree)["controlplane-0"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.Contains(commands(t, tree)["worker-1"], "payloads/worker.cloud-init") {
		t.Error("the worker's payload is text, and not used as it is")
	}
	name := filepath.Join(t.TempDir(), "user-data")
	if err := os.WriteFile(name, tree["start/controlplane-0.txt"], 0o600); err != nil {
		t.Fatal(err)
	}
	in.Config = []byte(strings.Replace(ubuntu, "OPTIONS", `{"limit": 0}`, 1))
	plain := base64.StdEncoding.EncodeToString(compile(t, in)["payloads/controlplane-0.cloud-init"])
	if diff := cmp.Diff(map[string]string{"text/cloud-config": plain}, python(t, parts, name)); diff != "" {
		t.Errorf("-want +got:\n%.500s", diff)
	}
}

// TestPoolSharesText: a pool's machines have one such file.
func TestPoolSharesText(t *testing.T) {
	large := strings.Replace(ubuntu, `"ubuntu"`, `"ubuntu", "files": [{"path": "/etc/large", "content": "`+strings.Repeat("large ", 8000)+`"}]`, 1)
	tree := compile(t, input(large, `{"platform": "hetzner"}`))
	if diff := cmp.Diff([]string{"start/controlplane-0.txt", "start/worker.txt"}, made(tree, "start")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := commands(t, tree)["worker-1"]; !strings.Contains(got, "start/worker.txt") {
		t.Errorf("worker-1 is started with %s", got)
	}
}

// TestTextTooLarge: as text it is a third larger, which may be too much.
func TestTextTooLarge(t *testing.T) {
	_, diags := compiler.Compile(input(ubuntu, `{"platform": "vultr", "limit": 14000}`))
	if len(diags) != 1 || !strings.Contains(diags[0].Message, "start/controlplane-0.txt has") || !strings.Contains(diags[0].Message, "more than Vultr takes") {
		t.Errorf("found %v", diags)
	}
}

// TestNameless: on Proxmox, machines learn their names from what they are given.
func TestNameless(t *testing.T) {
	tree := compile(t, input(flatcar, `{"platform": "proxmox"}`))
	if diff := cmp.Diff([]string{"start/worker-0.ign", "start/worker-1.ign"}, made(tree, "start")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.Contains(string(tree["start/worker-1.ign"]), "data:,worker-1%0A") {
		t.Error("worker-1 is not told its name")
	}
}

// TestKnownMachines: those that the config lists have their own payload, name
// and address.
func TestKnownMachines(t *testing.T) {
	in := compiler.Input{Config: []byte(`{"name": "rack", "workers": [{"name": "storage", "machines": [{"name": "n7", "address": "10.0.0.27"}, {"name": "n8"}]}],
		"provider": {"userdata": {"platform": "upcloud", "limit": 65536, "forms": ["nocloud"], "formats": ["script", "auto"]}}}`), Name: "cluster.json"}
	tree := compile(t, in)
	got := commands(t, tree)
	if !strings.Contains(got["n7"], "payloads/n7.ign") || !strings.Contains(got["n7"], "ip-address=10.0.0.27") || strings.Contains(got["n8"], "ip-address") {
		t.Errorf("found %v", got)
	}
	if diff := cmp.Diff([]string{"forms/nocloud/controlplane-0.iso", "forms/nocloud/n7.iso", "forms/nocloud/n8.iso"}, made(tree, "forms")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestNothingMore: without forms and a platform there are only the payloads.
func TestNothingMore(t *testing.T) {
	tree := compile(t, input(ubuntu, `{}`))
	if tree["START.md"] != nil || len(made(tree, "forms"))+len(made(tree, "start")) > 0 {
		t.Error("found more than payloads")
	}
	script := compile(t, input(ubuntu, `{"platform": "digitalocean", "formats": ["script"]}`))
	if got := commands(t, script)["worker-0"]; !strings.Contains(got, "payloads/worker.sh") {
		t.Errorf("with scripts alone the command is %s", got)
	}
}

// TestCheckForms: a form that an OS does not read is an error at its place.
func TestCheckForms(t *testing.T) {
	for _, c := range []struct{ cluster, options, path, message string }{
		{ubuntu, `{"forms": ["nocloud", "fw-cfg"]}`, "/provider/userdata/forms/1", "ubuntu does not look"},
		{flatcar, `{"forms": ["nocloud"], "formats": ["script"], "limit": 0}`, "/provider/userdata/forms/0", "which formats leaves out"},
	} {
		diags := compiler.Validate(input(c.cluster, c.options))
		if len(diags) != 1 || diags[0].Path != c.path || !strings.Contains(diags[0].Message, c.message) || diags[0].Hint == "" {
			t.Errorf("%s: found %v, expected one error at %s with %q and a hint", c.options, diags, c.path, c.message)
		}
	}
	for _, format := range []string{"auto", "ignition"} {
		if diags := compiler.Validate(input(flatcar, `{"forms": ["nocloud"], "formats": ["`+format+`"]}`)); len(diags) > 0 {
			t.Errorf("%s: found %v", format, diags)
		}
	}
	// The schema and the table name the same platforms.
	if !slices.IsSorted(all) {
		t.Error("platforms are not sorted")
	}
	for _, name := range all {
		p := plan.Provider{ProviderFacts: userdata.Provider{}.Facts(schema.Options{"platform": name})}
		if _, err := (userdata.Provider{}).Artifacts(plan.Plan{Provider: plan.Provider{Name: "userdata", Options: schema.Options{"platform": name}, ProviderFacts: p.ProviderFacts}}, nil, plan.Store{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
