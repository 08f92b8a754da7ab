package cloudinit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/cloudinit"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/machinetest"
)

// systemPython has the modules of the installed cloud-init, which other
// Pythons in PATH have not.
const systemPython = "/usr/bin/python3"

var ownFiles = machine.Machine{Files: []machine.File{
	{Path: "/etc/hostname", Mode: 0o644, Content: []byte("node-1.example\n")},
	{Path: "/etc/kubernetes/node.env", Mode: 0o600, Content: []byte("NODE_NAME=node-1\n")},
}}

// run runs a tool; a missing one fails the test with what to install.
func run(t *testing.T, pkg, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is missing: apt-get install %s", name, pkg)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// write makes the plain and the gzip payload of a machine as files.
func write(t *testing.T, m, own machine.Machine) (plain, zipped string) {
	t.Helper()
	s, err := cloudinit.Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Plain(own)
	if err != nil {
		t.Fatal(err)
	}
	z, err := s.Gzip(own)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	plain, zipped = filepath.Join(dir, "user-data"), filepath.Join(dir, "user-data.gz")
	for file, chunks := range map[string][][]byte{plain: p, zipped: z} {
		if err := os.WriteFile(file, machinetest.Join(chunks), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return plain, zipped
}

// everything is one machine with every content and one of each other thing.
func everything() machine.Machine {
	m := machinetest.Random(7)
	for i, c := range machinetest.Contents {
		m.Files = append(m.Files, machine.File{Path: fmt.Sprintf("/every/%d", i), Mode: 0o640, Content: []byte(c)})
	}
	m, err := machine.Merge(m)
	if err != nil {
		panic(err) // the names are all different
	}
	return m
}

func TestSchema(t *testing.T) {
	for seed := range uint64(6) {
		plain, _ := write(t, machinetest.Random(seed), ownFiles)
		out := run(t, "cloud-init", "cloud-init", "schema", "--config-file", plain)
		if !strings.Contains(out, "Valid cloud-config") {
			t.Errorf("seed %d: %s", seed, out)
		}
	}
}

// readBack prints what cloud-init's own loaders and write_files make of a
// payload: content as base64, by path.
const readBack = `
import base64, json, sys
from cloudinit import util
from cloudinit.config import cc_write_files as w
raw = util.decomp_gzip(open(sys.argv[1], "rb").read(), quiet=True, decode=False)
doc = util.load_yaml(raw)
files = {}
for f in doc.get("write_files", []):
    content = w.extract_contents(f.get("content", ""), w.canonicalize_extraction(f.get("encoding")))
    files[f["path"]] = [base64.b64encode(util.encode_text(content)).decode(), w.decode_perms(f.get("permissions"), w.DEFAULT_PERMS)]
json.dump({"files": files, "hostname": doc.get("hostname"), "runcmd": doc.get("runcmd"), "keep": doc.get("preserve_hostname")}, sys.stdout)
`

type seen struct {
	Files    map[string][2]any
	Hostname string
	Keep     *bool
	RunCmd   []string
}

func TestCloudInitReadsWhatWasMeant(t *testing.T) {
	m := everything()
	for _, path := range func() []string { p, z := write(t, m, ownFiles); return []string{p, z} }() {
		var got seen
		out := run(t, "cloud-init", systemPython, "-c", readBack, path)
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v in %.500s", err, out)
		}
		files := append(append([]machine.File{}, m.Files...), ownFiles.Files[1])
		for _, u := range m.Units {
			if u.Content != "" {
				files = append(files, machine.File{Path: machine.UnitDir + u.Name, Mode: 0o644, Content: []byte(u.Content)})
			}
			for _, d := range u.DropIns {
				files = append(files, machine.File{Path: machine.UnitDir + u.Name + ".d/" + d.Name, Mode: 0o644, Content: []byte(d.Content)})
			}
		}
		if len(got.Files) != len(files) {
			t.Errorf("%d files, want %d", len(got.Files), len(files))
		}
		for _, f := range files {
			content, _ := json.Marshal(f.Content) // base64, as Python's
			text, _ := got.Files[f.Path][0].(string)
			if want := strings.Trim(string(content), `"`); text != strings.Replace(want, "null", "", 1) {
				t.Errorf("%s is %q, want %.100q", f.Path, text, f.Content)
			}
			if mode, _ := got.Files[f.Path][1].(float64); int(mode) != int(f.Mode) {
				t.Errorf("%s has mode %o, want %o", f.Path, int(mode), f.Mode)
			}
		}
		if got.Hostname != "node-1.example" || got.Keep == nil || *got.Keep {
			t.Errorf("hostname %q, preserve_hostname %v", got.Hostname, got.Keep)
		}
	}
}

// mergeUsers prints what cloud-init makes of users on Debian and Ubuntu.
const mergeUsers = `
import json, sys
from cloudinit import util
from cloudinit.distros import ug_util
class Distro:
    def get_default_user(self):
        return {"name": "ubuntu", "lock_passwd": True, "groups": ["adm", "sudo"], "shell": "/bin/bash", "sudo": ["ALL=(ALL) NOPASSWD:ALL"]}
users, _ = ug_util.normalize_users_groups(util.load_yaml(open(sys.argv[1]).read()), Distro())
json.dump(users, sys.stdout)
`

func TestDefaultUser(t *testing.T) {
	plain, _ := write(t, machine.Machine{Users: []machine.User{
		{Name: "alice", SSHAuthorizedKeys: []string{"ssh-ed25519 AAAA alice"}, PasswordHash: "$6$s$h"},
		{Name: "ubuntu", SSHAuthorizedKeys: []string{"ssh-ed25519 BBBB me"}, Groups: []string{"docker"}, PasswordHash: "$6$s$h"},
	}}, machine.Machine{})
	var got map[string]struct {
		Default bool
		Keys    []string `json:"ssh_authorized_keys"`
		Groups  string
		Sudo    []string
		Lock    *bool  `json:"lock_passwd"`
		Hash    string `json:"hashed_passwd"`
	}
	out := run(t, "cloud-init", systemPython, "-c", mergeUsers, plain)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	u, a := got["ubuntu"], got["alice"]
	if len(got) != 2 || !u.Default || len(u.Keys) != 1 || len(u.Sudo) != 1 || u.Groups != "adm,docker,sudo" {
		t.Errorf("the image's own user is %+v", u)
	}
	if a.Default || len(a.Keys) != 1 || a.Hash != "$6$s$h" || a.Lock == nil || *a.Lock {
		t.Errorf("alice is %+v", a)
	}
	// The image's lock wins over ours, so that it has to be taken off.
	if text, err := os.ReadFile(plain); err != nil || u.Lock == nil || !*u.Lock || !bytes.Contains(text, []byte("usermod -U ubuntu\n")) {
		t.Errorf("the image's own user stays locked: %v, %s", err, text)
	}
}

// Commands are run with everything they call replaced by a function that
// fails: all of them must still be reached.
func TestCommandsStandAlone(t *testing.T) {
	m := machine.Machine{
		Directories: []machine.Directory{{Path: "/var/lib/etcd", Mode: 0o700, Owner: 65521}},
		Files:       []machine.File{{Path: "/etc/a b", Mode: 0o600, Owner: 65520}},
		Units: []machine.Unit{
			{Name: "apt-daily.timer", Masked: true}, {Name: "docker.service", Enabled: true, DropIns: []machine.DropIn{{Name: "a.conf"}}},
			{Name: "x\\x2dy.mount", Enabled: true},
		},
	}
	plain, _ := write(t, m, machine.Machine{})
	var got seen
	if err := json.Unmarshal([]byte(run(t, "cloud-init", systemPython, "-c", readBack, plain)), &got); err != nil {
		t.Fatal(err)
	}
	fake := "say() { echo \"$*\"; return 1; }\nsystemctl() { say systemctl \"$@\"; }\nchown() { say chown \"$@\"; }\ninstall() { say install \"$@\"; }\n"
	out, _ := exec.Command("sh", "-c", fake+strings.Join(got.RunCmd, "\n")).Output()
	want := "install -d -m 0700 -o 65521 -g 65521 /var/lib/etcd\nchown 65520:65520 /etc/a b\nsystemctl daemon-reload\n" +
		"systemctl mask --now --no-block apt-daily.timer\nsystemctl try-restart --no-block docker.service\n" +
		"systemctl enable --now --no-block docker.service\nsystemctl enable --now --no-block x\\x2dy.mount\n"
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

func TestRefused(t *testing.T) {
	if _, err := cloudinit.Prepare(machine.Machine{KernelArgs: []string{"quiet"}}); err == nil {
		t.Error("kernel arguments were accepted")
	}
	for _, f := range []machine.File{{Path: "/etc/hostname", Mode: 0o644, Content: []byte("no newline")}, {Path: "/etc/hostname", Mode: 0o600, Content: []byte("a\n")}} {
		if _, err := cloudinit.Prepare(machine.Machine{Files: []machine.File{f}}); err == nil {
			t.Errorf("%q, mode %o was accepted", f.Content, f.Mode)
		}
	}
	s, err := cloudinit.Prepare(ownFiles)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Payload(ownFiles); err == nil {
		t.Error("a shared file was accepted as a machine's own")
	}
}

func TestDeterministic(t *testing.T) {
	a, b := new(bytes.Buffer), new(bytes.Buffer)
	for _, w := range []*bytes.Buffer{a, b} {
		w.Write(roundTrip(t, everything(), ownFiles))
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same machine gave two payloads")
	}
}
