package script_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/machinetest"
)

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

func everything(t *testing.T) machine.Machine {
	t.Helper()
	m := machine.Machine{
		Directories: []machine.Directory{{Path: "/opt/d/e", Mode: 0o700, Owner: 65520}, {Path: "/opt/with space's", Mode: 0o755}},
		Users: []machine.User{{Name: "alice", Groups: []string{"docker", "sudo"}, PasswordHash: "$6$s$h/.",
			SSHAuthorizedKeys: []string{"ssh-ed25519 AAAA it's $(me)", "ssh-rsa BBBB"}}},
		Units: []machine.Unit{
			{Name: "apt-daily.timer", Masked: true}, {Name: "x\\x2dy.mount", Enabled: true},
			{Name: "docker.service", Enabled: true, DropIns: []machine.DropIn{{Name: "10-a.conf", Content: "[Service]\n"}}},
			{Name: "kubelet.service", Enabled: true, Content: "[Service]\nExecStart=/bin/sh -c 'echo \"$HOME\"'\n"},
		},
	}
	for i, c := range machinetest.Contents {
		m.Files = append(m.Files, machine.File{Path: fmt.Sprintf("/etc/every day's/%d", i), Mode: []fs.FileMode{0o600, 0o644, 0o755, 0}[i%4],
			Owner: []int{0, 65520, 65521}[i%3], Content: []byte(c)})
	}
	m.Files = append(m.Files, machine.File{Path: "/top", Mode: 0o644, Content: []byte("in the root\n")},
		machine.File{Path: "/etc/hostname", Mode: 0o644, Content: []byte("node-7\n")})
	m, err := machine.Merge(m)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestShellcheck(t *testing.T) {
	for _, m := range []machine.Machine{{}, everything(t), machinetest.Random(3)} {
		path := filepath.Join(t.TempDir(), "install.sh")
		if err := os.WriteFile(path, roundTrip(t, m, machine.Machine{}), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, "shellcheck", "shellcheck", "-s", "sh", path)
	}
}

// host prepares a throw-away root in a mount and UTS namespace: the programs
// of this machine, read-only, with everything that the script writes to in
// memory. systemctl is a stub that logs, because no systemd runs there.
const host = `set -eu
root=$1 sh=$2
mount -t tmpfs none "$root"
cd "$root"
mkdir -p usr etc opt var root home tmp dev proc run log
for d in usr dev; do mount --rbind /$d $d; done
mount --bind /proc proc
for l in bin sbin lib lib64; do [ ! -e /$l ] || ln -s usr/$l $l; done
cp -a /etc/nsswitch.conf /etc/pam.d /etc/login.defs /etc/skel /etc/ld.so.cache /etc/alternatives etc/ 2>/dev/null || :
mkdir -p etc/security; cp -a /etc/security/. etc/security/ 2>/dev/null || :
printf 'root:x:0:0:root:/root:/bin/sh\n' >etc/passwd; printf 'root:x:0:\nsudo:x:27:\n' >etc/group
printf 'root:*:19000::::::\n' >etc/shadow; : >etc/gshadow; chmod 600 etc/shadow etc/gshadow
mkdir stub
cat >stub/systemctl <<'EOS'
#!/bin/sh
echo "systemctl $*" >>/log/systemctl
case "$1 $2" in
"mask -q") touch "/log/masked-$3" ;;
is-enabled*) [ ! -e "/log/masked-$2" ] || echo masked ;;
esac
EOS
chmod +x stub/systemctl
cp "$3" install.sh
run() { chroot . /usr/bin/env PATH=/stub:/usr/sbin:/usr/bin:/sbin:/bin "$sh" /install.sh; }
list() { find etc opt top -printf '%p %m %U:%G %y %s %T@ %C@\n' | sort; }
run >log/out1 2>log/err1
list >log/list1; cp -a log/systemctl log/systemctl1; : >log/systemctl
sleep 0.05
run >log/out2 2>log/err2
list >log/list2
hostname >log/name
cp -a log etc opt top home run "$4"
`

// The script runs twice as root, once with each shell that /bin/sh may be.
func TestRuns(t *testing.T) {
	for _, sh := range []string{"dash", "bash"} {
		t.Run(sh, func(t *testing.T) {
			m := everything(t)
			dir := t.TempDir()
			for _, d := range []string{"root", "out"} {
				if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for name, body := range map[string][]byte{"install.sh": roundTrip(t, m, machine.Machine{}), "host.sh": []byte(host)} {
				if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			shell, err := exec.LookPath(sh)
			if err != nil {
				t.Fatalf("%s is missing: apt-get install %s", sh, sh)
			}
			if os.Geteuid() != 0 {
				t.Fatal("this test makes a mount namespace with users in it: run it as root")
			}
			out := filepath.Join(dir, "out")
			run(t, "util-linux", "unshare", "--mount", "--uts", "sh", filepath.Join(dir, "host.sh"),
				filepath.Join(dir, "root"), shell, filepath.Join(dir, "install.sh"), out)
			compare(t, m, out)
			log := func(name string) string {
				b, err := os.ReadFile(filepath.Join(out, "log", name))
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			if log("list1") != log("list2") {
				t.Errorf("the second run changed files:\n%s---\n%s", log("list1"), log("list2"))
			}
			checkRuns(t, log)
		})
	}
}

func checkRuns(t *testing.T, log func(string) string) {
	files := len(machinetest.Contents) + 2 + 2 // and a unit and a drop-in
	want1 := fmt.Sprintf("kube-anywhere: %d files, %d changes\n", files, files+2+1+2)
	want2 := fmt.Sprintf("kube-anywhere: %d files, 0 changes\n", files)
	if log("out1") != want1 || log("out2") != want2 || log("err1")+log("err2") != "" {
		t.Errorf("it said %q, then %q, and on stderr %q %q; want %q, then %q", log("out1"), log("out2"), log("err1"), log("err2"), want1, want2)
	}
	if log("name") != "node-7\n" {
		t.Errorf("the host name is %q", log("name"))
	}
	units := "systemctl enable -q docker.service\nsystemctl start --no-block docker.service\n" +
		"systemctl enable -q kubelet.service\nsystemctl start --no-block kubelet.service\n" +
		"systemctl enable -q x\\x2dy.mount\nsystemctl start --no-block x\\x2dy.mount\n"
	masked := "systemctl is-enabled apt-daily.timer\n"
	first := masked + "systemctl mask -q apt-daily.timer\nsystemctl stop --no-block apt-daily.timer\nsystemctl daemon-reload\n" +
		"systemctl try-restart --no-block docker.service\nsystemctl try-restart --no-block kubelet.service\n" + units
	if log("systemctl1") != first {
		t.Errorf("first run: got\n%swant\n%s", log("systemctl1"), first)
	}
	if log("systemctl") != masked+units {
		t.Errorf("second run: got\n%swant\n%s", log("systemctl"), masked+units)
	}
}

// compare holds the written tree against the machine.
func compare(t *testing.T, m machine.Machine, out string) {
	t.Helper()
	for _, u := range m.Units {
		if u.Content != "" {
			m.Files = append(m.Files, machine.File{Path: machine.UnitDir + u.Name, Mode: 0o644, Content: []byte(u.Content)})
		}
		for _, d := range u.DropIns {
			m.Files = append(m.Files, machine.File{Path: machine.UnitDir + u.Name + ".d/" + d.Name, Mode: 0o644, Content: []byte(d.Content)})
		}
	}
	listed, err := os.ReadFile(filepath.Join(out, "log", "list1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		got, err := os.ReadFile(filepath.Join(out, f.Path))
		if err != nil || string(got) != string(f.Content) {
			t.Errorf("%s: %v: got %.60q, want %.60q", f.Path, err, got, f.Content)
		}
		line := fmt.Sprintf("%s %o %d:%d f %d ", f.Path[1:], f.Mode, f.Owner, f.Owner, len(f.Content))
		if !strings.Contains(string(listed), line) {
			t.Errorf("%s: mode, owner or size is not %q", f.Path, line)
		}
	}
	for _, d := range m.Directories {
		if line := fmt.Sprintf("%s %o %d:%d d ", d.Path[1:], d.Mode, d.Owner, d.Owner); !strings.Contains(string(listed), line) {
			t.Errorf("%s: mode or owner is not %q", d.Path, line)
		}
	}
	if line := "etc/every day's 755 0:0 d "; !strings.Contains(string(listed), line) {
		t.Errorf("a parent directory is not %q", line)
	}
	keys, err := os.ReadFile(filepath.Join(out, "home/alice/.ssh/authorized_keys"))
	if err != nil || string(keys) != strings.Join(m.Users[0].SSHAuthorizedKeys, "\n")+"\n" {
		t.Errorf("alice's keys are %q, %v", keys, err)
	}
	group, _ := os.ReadFile(filepath.Join(out, "etc/group"))
	shadow, _ := os.ReadFile(filepath.Join(out, "etc/shadow"))
	if left, _ := filepath.Glob(filepath.Join(out, "run", "*")); len(left) > 0 {
		t.Errorf("it left %v behind", left)
	}
	if !strings.Contains(string(group), "sudo:x:27:alice\n") || !strings.Contains(string(shadow), "alice:$6$s$h/.:") {
		t.Errorf("alice is not in her groups, or has no password:\n%s%s", group, shadow)
	}
}
