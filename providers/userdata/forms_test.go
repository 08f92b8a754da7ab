package userdata_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// Clusters of one control-plane machine and two workers, which boot with
// cloud-init and with Ignition.
const (
	ubuntu  = `{"name": "demo", "os": {"name": "ubuntu"}, "provider": {"userdata": OPTIONS}}`
	flatcar = `{"name": "demo", "provider": {"userdata": OPTIONS}}`
)

func input(cluster, options string) compiler.Input {
	return compiler.Input{
		Config: []byte(strings.Replace(cluster, "OPTIONS", options, 1)),
		Name:   "cluster.json",
		Now:    time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
	}
}

// compile gives the output tree of a config with which nothing is wrong.
func compile(t *testing.T, in compiler.Input) map[string][]byte {
	t.Helper()
	out, diags := compiler.Compile(in)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	tree := map[string][]byte{}
	for _, f := range out.Files {
		if tree[f.Path] != nil {
			t.Errorf("%s is made twice", f.Path)
		}
		tree[f.Path] = bytes.Join(f.Chunks, nil)
		if secret := strings.HasPrefix(f.Path, "forms/") || strings.HasPrefix(f.Path, "start/"); secret && f.Mode != 0o600 {
			t.Errorf("%s has mode %o", f.Path, f.Mode)
		}
	}
	return tree
}

// made are the files below one directory.
func made(tree map[string][]byte, dir string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(tree)), func(path string) bool { return !strings.HasPrefix(path, dir+"/") })
}

func run(t *testing.T, pkg, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is missing: apt-get install %s", name, pkg)
	}
	var errs bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, errs.Bytes())
	}
	return out
}

// unpack puts an image's files into a directory, as a mount would.
func unpack(t *testing.T, image []byte, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	iso := filepath.Join(dir, "image.iso")
	if err := os.WriteFile(iso, image, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := filepath.Join(dir, "root", f)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, run(t, "genisoimage", "isoinfo", "-R", "-x", "/"+f, "-i", iso), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "root")
}

// python runs cloud-init's own modules, which other Pythons in PATH have not.
func python(t *testing.T, script string, args ...string) map[string]string {
	t.Helper()
	var got map[string]string
	out := run(t, "cloud-init", "/usr/bin/python3", append([]string{"-c", script}, args...)...)
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %.300q", err, out)
	}
	return got
}

// Readers are cloud-init's data sources, after they have mounted a disk by its
// label. They print the machine's names and its user-data as base64.
const (
	noCloud = `
import base64, json, sys
from cloudinit import util
seed = util.pathprefix2dict(sys.argv[1], required=["user-data", "meta-data"], optional=["vendor-data", "network-config"])
meta = util.load_yaml(seed["meta-data"])
json.dump({"id": meta["instance-id"], "name": meta["local-hostname"], "userdata": base64.b64encode(seed["user-data"]).decode()}, sys.stdout)
`
	configDrive = `
import base64, json, sys
from cloudinit.sources import DataSourceConfigDrive as drive
found = drive.read_config_drive(sys.argv[1])
json.dump({"id": found["metadata"]["instance-id"], "name": found["metadata"]["local-hostname"], "userdata": base64.b64encode(found["userdata"]).decode()}, sys.stdout)
`
	parts = `
import base64, json, sys
from cloudinit import helpers, user_data, util
blob = open(sys.argv[1], "rb").read()
found = {}
for part in user_data.UserDataProcessor(helpers.Paths({})).process(blob).walk():
    if part.get_content_maintype() != "multipart":
        found[part.get_content_type()] = base64.b64encode(util.encode_text(util.fully_decoded_payload(part))).decode()
json.dump(found, sys.stdout)
`
)

func TestCloudInitReadsTheDisks(t *testing.T) {
	tree := compile(t, input(ubuntu, `{"forms": ["nocloud", "config-drive"]}`))
	for _, c := range []struct{ file, script, id string }{
		{"forms/nocloud/controlplane-0.iso", noCloud, "demo-controlplane-0"},
		{"forms/nocloud/worker-1.iso", noCloud, "demo-worker-1"},
		{"forms/config-drive/controlplane-0.iso", configDrive, "b51ab684-c5f7-85ec-a27d-e60f64040fc7"},
		{"forms/config-drive/worker-1.iso", configDrive, "05826b0a-4815-867f-8ef6-769833d33e48"},
	} {
		files := []string{"user-data", "meta-data"}
		if c.script == configDrive {
			files = []string{"openstack/latest/user_data", "openstack/latest/meta_data.json"}
		}
		got := python(t, c.script, unpack(t, tree[c.file], files...))
		name := strings.TrimSuffix(filepath.Base(c.file), ".iso")
		payload := tree["payloads/"+strings.TrimSuffix(name, "-1")+".cloud-init"]
		want := map[string]string{"id": c.id, "name": name, "userdata": base64.StdEncoding.EncodeToString(payload)}
		if diff := cmp.Diff(want, got); diff != "" || len(payload) == 0 {
			t.Errorf("%s: -want +got:\n%s", c.file, diff)
		}
	}
	want := []string{"controlplane-0.iso", "worker-0.iso", "worker-1.iso"}
	for _, dir := range []string{"forms/nocloud/", "forms/config-drive/"} {
		var got []string
		for _, path := range made(tree, strings.TrimSuffix(dir, "/")) {
			got = append(got, strings.TrimPrefix(path, dir))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", dir, diff)
		}
	}
}

// TestSameEveryTime: with the keys that are there, another run gives the same
// bytes.
func TestSameEveryTime(t *testing.T) {
	in := input(ubuntu, `{"platform": "hetzner", "forms": ["nocloud", "config-drive", "guestinfo"]}`)
	out, diags := compiler.Compile(in)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	in.PKI = out.NewPKI
	if diff := cmp.Diff(compile(t, in), compile(t, in)); diff != "" {
		t.Error(diff)
	}
}

// gunzip is what one decoding of base64 and one of gzip give.
func gunzip(t *testing.T, text string) []byte {
	t.Helper()
	zipped, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// keys are the lines of a file of "key=value".
func keys(content []byte) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		out[key] = value
	}
	return out
}

// TestGuestInfo: user-data is compressed and encoded once, compressed before or
// not.
func TestGuestInfo(t *testing.T) {
	for _, limit := range []string{"0", "16384"} { // as text, and compressed
		tree := compile(t, input(ubuntu, `{"forms": ["guestinfo"], "limit": `+limit+`}`))
		got := keys(tree["forms/guestinfo/controlplane-0.txt"])
		if text := gunzip(t, got["guestinfo.userdata"]); !bytes.HasPrefix(text, []byte("#cloud-config")) {
			t.Errorf("limit %s: user-data begins with %.20q", limit, text)
		}
		meta, _ := base64.StdEncoding.DecodeString(got["guestinfo.metadata"])
		if string(meta) != `{"instance-id":"demo-controlplane-0","local-hostname":"controlplane-0"}`+"\n" {
			t.Errorf("metadata is %q", meta)
		}
		got["guestinfo.userdata"], got["guestinfo.metadata"] = "", ""
		want := map[string]string{
			"guestinfo.userdata": "", "guestinfo.userdata.encoding": "gzip+base64",
			"guestinfo.metadata": "", "guestinfo.metadata.encoding": "base64",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	tree := compile(t, input(flatcar, `{"forms": ["guestinfo"]}`))
	got := keys(tree["forms/guestinfo/controlplane-0.txt"])
	if !bytes.Equal(gunzip(t, got["guestinfo.ignition.config.data"]), tree["payloads/controlplane-0.ign"]) {
		t.Error("Ignition gets something else than the payload")
	}
	if got["guestinfo.ignition.config.data.encoding"] != "gzip+base64" || len(got) != 2 {
		t.Errorf("found %v", slices.Sorted(maps.Keys(got)))
	}
}

// TestIgnitionLearnsItsName: a pool's machine gets the pool's payload and a name
// of its own, a control-plane machine its payload as it is.
func TestIgnitionLearnsItsName(t *testing.T) {
	tree := compile(t, input(flatcar, `{"forms": ["fw-cfg"]}`))
	if !bytes.Equal(tree["forms/fw-cfg/controlplane-0.ign"], tree["payloads/controlplane-0.ign"]) {
		t.Error("the control plane's payload has changed")
	}
	want := `{"ignition":{"version":"3.3.0","config":{"merge":[{"source":"data:;base64,` +
		base64.StdEncoding.EncodeToString(tree["payloads/worker.ign"]) + `"}]}},` +
		`"storage":{"files":[{"path":"/etc/hostname","mode":420,"contents":{"source":"data:,worker-1%0A"}}]}}`
	if diff := cmp.Diff(want, string(tree["forms/fw-cfg/worker-1.ign"])); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if line := "`-fw_cfg name=opt/org.flatcar-linux/config,file=forms/fw-cfg/worker-1.ign`"; !strings.Contains(string(tree["START.md"]), line) {
		t.Errorf("START.md has no %s", line)
	}
}
