package pxe

import (
	"encoding/json"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// defaults are what options.schema.json gives for "{}".
func defaults(t *testing.T) schema.Options {
	t.Helper()
	var s struct {
		Properties map[string]struct {
			Default any `json:"default"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(optionsSchema, &s); err != nil {
		t.Fatal(err)
	}
	out := schema.Options{}
	for name, p := range s.Properties {
		if p.Default != nil {
			out[name] = p.Default
		}
	}
	return out
}

// The operating systems that machines can have.
var (
	osFlatcar = plan.OS{Name: "flatcar", Architecture: "amd64", Facts: plan.OSFacts{Format: "ignition"}}
	osCoreOS  = plan.OS{Name: "fedora-coreos", Architecture: "amd64", Facts: plan.OSFacts{Format: "ignition"}}
	osDebian  = plan.OS{Name: "debian", Architecture: "arm64", Facts: plan.OSFacts{Format: "cloud-init"}}
)

func addresses(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

// demo is one control-plane machine and two pools, with options beyond the
// defaults.
func demo(t *testing.T, more schema.Options) (plan.Plan, []plan.Payload) {
	t.Helper()
	flatcar := osFlatcar
	flatcar.SSHAuthorizedKeys = []string{"ssh-ed25519 AAAA ops@example.com"}
	options := defaults(t)
	for name, value := range more {
		options[name] = value
	}
	p := plan.Plan{
		Name:     "rack1",
		Network:  plan.Network{MachineCIDR: netip.MustParsePrefix("192.0.2.0/24")},
		Provider: plan.Provider{Name: "pxe", Options: options},
		Roles: []plan.Role{
			{Name: "rack1-cp0", ControlPlane: true, MAC: "52:54:00:00:01:10", Addresses: addresses("192.0.2.10", "2001:db8::10"), OS: flatcar},
			{Name: "storage", Count: 1, OS: osDebian, Machines: []plan.Machine{{Name: "rack1-node0", MAC: "52:54:00:00:01:20", Addresses: addresses("192.0.2.20")}}},
			{Name: "spare", OS: osFlatcar},
			{Name: "gpu", Count: 1, OS: osCoreOS, Machines: []plan.Machine{{Name: "rack1-gpu0", MAC: "52:54:00:00:01:30", Addresses: addresses("192.0.2.30")}}},
		},
	}
	payload := func(role int, name, content string) plan.Payload {
		return plan.Payload{Role: p.Roles[role], Name: name, Chunks: [][]byte{[]byte(content[:3]), []byte(content[3:])}}
	}
	return p, []plan.Payload{
		payload(0, "rack1-cp0", `{"ignition":"of rack1-cp0"}`),
		payload(1, "rack1-node0", "#cloud-config of rack1-node0"),
		payload(2, "spare", "nobody's"),
		payload(3, "rack1-gpu0", `{"ignition":"of rack1-gpu0"}`),
	}
}

// made is what Artifacts makes of demo, by path.
func made(t *testing.T, more schema.Options) map[string]plan.File {
	t.Helper()
	p, payloads := demo(t, more)
	list, err := Provider{}.Artifacts(p, payloads, plan.Store{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]plan.File{}
	for _, f := range list {
		if _, twice := out[f.Path]; twice {
			t.Errorf("%s is there twice", f.Path)
		}
		out[f.Path] = f
	}
	return out
}

func TestFacts(t *testing.T) {
	want := plan.ProviderFacts{Formats: []string{"auto"}} // no limit, no endpoint, no disks
	if diff := cmp.Diff(want, Provider{}.Facts(nil)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if name := (Provider{}).Name(); name != "pxe" {
		t.Errorf("found %s", name)
	}
}

// TestFiles: every file, and which of them nobody else on the boot server may
// read.
func TestFiles(t *testing.T) {
	got := map[string]fs.FileMode{}
	for name, f := range made(t, nil) {
		dir, file, _ := strings.Cut(strings.TrimPrefix(name, "pxe/http/"), "/")
		if strings.HasPrefix(name, "pxe/http/52-") && file != "boot.ipxe" {
			name = "pxe/http/" + dir + "/" + strings.Repeat("x", len(file)-4) + ".ign"
		}
		got[name] = fs.FileMode(f.Mode)
	}
	const token = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.ign"
	want := map[string]fs.FileMode{
		"up": 0o755, "down": 0o755, "wait": 0o755,
		"pxe/README.md": 0o644, "pxe/dnsmasq.conf": 0o644, "pxe/fetch": 0o755, "pxe/machines.json": 0o600,
		"pxe/http/boot.ipxe": 0o644, "pxe/http/disk.ipxe": 0o644,
	}
	for _, mac := range []string{"10", "20", "30"} {
		want["pxe/http/52-54-00-00-01-"+mac+"/boot.ipxe"] = 0o600
		want["pxe/http/52-54-00-00-01-"+mac+"/"+token] = 0o600
	}
	for _, name := range []string{"rack1-cp0", "rack1-node0", "rack1-gpu0"} {
		want["pxe/matchbox/groups/rack1-"+name+".json"] = 0o644
		want["pxe/matchbox/profiles/rack1-"+name+".json"] = 0o644
		want["pxe/matchbox/ignition/rack1-"+name+".ign"] = 0o600
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestIndex: what "kube-anywhere serve" learns agrees with the files.
func TestIndex(t *testing.T) {
	files := made(t, nil)
	var got Index
	if err := json.Unmarshal(files[IndexFile].Content, &got); err != nil {
		t.Fatal(err)
	}
	for i, m := range got.Machines {
		for _, name := range []string{m.Script, m.Payload} {
			if _, ok := files[WebRoot+"/"+name]; !ok {
				t.Errorf("%s: there is no %s", m.Name, name)
			}
		}
		got.Machines[i].Payload = ""
	}
	want := Index{
		Cluster: "rack1", BaseURL: "http://192.0.2.2:8080",
		Needs: []string{
			"assets/debian/arm64/image.raw.gz",
			"assets/fedora-coreos/amd64/initrd", "assets/fedora-coreos/amd64/kernel", "assets/fedora-coreos/amd64/rootfs",
			"assets/flatcar/amd64/initrd", "assets/flatcar/amd64/kernel", "assets/flatcar/amd64/version.txt",
			"assets/flatcar/arm64/initrd", "assets/flatcar/arm64/kernel",
		},
		Machines: []Machine{
			{Name: "rack1-cp0", MAC: "52:54:00:00:01:10", Script: "52-54-00-00-01-10/boot.ipxe"},
			{Name: "rack1-gpu0", MAC: "52:54:00:00:01:30", Script: "52-54-00-00-01-30/boot.ipxe"},
			{Name: "rack1-node0", MAC: "52:54:00:00:01:20", Script: "52-54-00-00-01-20/boot.ipxe"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestNodes: ./wait waits for as many machines as there are.
func TestNodes(t *testing.T) {
	if text := string(made(t, nil)["wait"].Content); !strings.Contains(text, " nodes=3\n") {
		t.Errorf("found\n%s", text)
	}
}

// TestSameBytes: a second compile makes the same.
func TestSameBytes(t *testing.T) {
	if diff := cmp.Diff(made(t, nil), made(t, nil)); diff != "" {
		t.Error(diff)
	}
}

// TestToken: a payload's name depends on the payload and on the machine, and on
// nothing else.
func TestToken(t *testing.T) {
	one, other := host{mac: "52:54:00:00:01:10"}, host{mac: "52:54:00:00:01:11"}
	list := []string{token(one, []byte("a")), token(one, []byte("b")), token(other, []byte("a"))}
	if list[0] != token(one, []byte("a")) || len(list[0]) != 32 {
		t.Errorf("found %q", list[0])
	}
	slices.Sort(list)
	if len(slices.Compact(list)) != 3 {
		t.Errorf("found %q", list)
	}
}
