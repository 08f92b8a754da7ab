package machine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

func TestMergeSortsAndJoins(t *testing.T) {
	a := machine.Machine{
		Files:      []machine.File{{Path: "/b"}, {Path: "/a"}},
		Units:      []machine.Unit{{Name: "docker.service", DropIns: []machine.DropIn{{Name: "20.conf", Content: "x"}}}},
		KernelArgs: []string{"b", "a"},
	}
	b := machine.Machine{
		Files:      []machine.File{{Path: "/aa"}},
		Units:      []machine.Unit{{Name: "docker.service", Enabled: true, DropIns: []machine.DropIn{{Name: "10.conf"}}}, {Name: "a.service", Masked: true}},
		Users:      []machine.User{{Name: "z"}, {Name: "core"}},
		KernelArgs: []string{"a"},
	}
	got, err := machine.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := machine.Machine{
		Files: []machine.File{{Path: "/a"}, {Path: "/aa"}, {Path: "/b"}},
		Units: []machine.Unit{{Name: "a.service", Masked: true},
			{Name: "docker.service", Enabled: true, DropIns: []machine.DropIn{{Name: "10.conf"}, {Name: "20.conf", Content: "x"}}}},
		Users:      []machine.User{{Name: "core"}, {Name: "z"}},
		KernelArgs: []string{"a", "b"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(a.Units[0].DropIns) != 1 || a.Files[0].Path != "/b" {
		t.Error("Merge changed what it was given")
	}
}

func TestMergeRefusesTwoSources(t *testing.T) {
	unit := func(u machine.Unit) machine.Machine { return machine.Machine{Units: []machine.Unit{u}} }
	for want, m := range map[string]machine.Machine{
		"two sources claim the file /a":                              {Files: []machine.File{{Path: "/a"}}},
		"two sources claim the directory /d":                         {Directories: []machine.Directory{{Path: "/d"}}},
		"two sources claim the user core":                            {Users: []machine.User{{Name: "core"}}},
		"two sources claim the unit u.service":                       unit(machine.Unit{Name: "u.service", Content: "x"}),
		"two sources claim the drop-in a.conf of the unit u.service": unit(machine.Unit{Name: "u.service", DropIns: []machine.DropIn{{Name: "a.conf"}}}),
	} {
		if _, err := machine.Merge(m, m); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestWire(t *testing.T) {
	text := "#!/bin/sh\n# why\n\n  # why too\necho a # b\n   \n\tx\n"
	m := machine.Machine{
		Files: []machine.File{{Path: "/ours", Content: []byte(text), Commented: true}, {Path: "/theirs", Content: []byte(text)}},
		Units: []machine.Unit{{Name: "a.service", Content: "# why\n[Unit]\n", DropIns: []machine.DropIn{{Name: "a.conf", Content: "\n[Service]\n#x\n"}}}},
	}
	want := machine.Machine{
		Files: []machine.File{{Path: "/ours", Content: []byte("#!/bin/sh\necho a # b\n\tx\n")}, {Path: "/theirs", Content: []byte(text)}},
		Units: []machine.Unit{{Name: "a.service", Content: "[Unit]\n", DropIns: []machine.DropIn{{Name: "a.conf", Content: "[Service]\n"}}}},
	}
	if d := cmp.Diff(want, m.Wire()); d != "" {
		t.Error(d)
	}
	if !m.Files[0].Commented || !strings.Contains(m.Units[0].DropIns[0].Content, "#x") {
		t.Error("Wire changed what it was given")
	}
}

func TestCheck(t *testing.T) {
	file := func(f machine.File) machine.Machine { return machine.Machine{Files: []machine.File{f}} }
	unit := func(u machine.Unit) machine.Machine { return machine.Machine{Units: []machine.Unit{u}} }
	user := func(u machine.User) machine.Machine { return machine.Machine{Users: []machine.User{u}} }
	for _, c := range []struct {
		m    machine.Machine
		want string
	}{
		{file(machine.File{Path: "etc"}), "not absolute"},
		{file(machine.File{Path: "/etc/../x"}), "not absolute and clean"},
		{file(machine.File{Path: "/"}), "not absolute and clean"},
		{file(machine.File{Path: "/a\nb"}), "cannot be shown"},
		{file(machine.File{Path: "/a\xff"}), "cannot be shown"},
		{file(machine.File{Path: "/a", Mode: 0o4755}), "more than permission bits"},
		{file(machine.File{Path: "/a", Owner: -1}), "no user number"},
		{file(machine.File{Path: "/a", Commented: true}), "what Wire gives"},
		{file(machine.File{Path: "/etc/systemd/system/a.service"}), "give a.service as a unit"},
		{file(machine.File{Path: "/etc/systemd/system/a.service.d/b.conf"}), "give a.service/b.conf as a unit"},
		{machine.Machine{Files: []machine.File{{Path: "/a"}, {Path: "/a/b"}}}, "file /a: /a/b needs a directory there"},
		{machine.Machine{Files: []machine.File{{Path: "/a"}}, Directories: []machine.Directory{{Path: "/a"}}}, "/a is a file and also a directory"},
		{machine.Machine{Files: []machine.File{{Path: "/b"}, {Path: "/a"}}}, "not in the order"},
		{machine.Machine{Files: []machine.File{{Path: "/a"}, {Path: "/a"}}}, "two sources claim"},
		{unit(machine.Unit{Name: "a", Enabled: true}), "not the name of a systemd unit"},
		{unit(machine.Unit{Name: "-.mount", Enabled: true}), "not the name of a systemd unit"},
		{unit(machine.Unit{Name: "a.service"}), "nothing is said"},
		{unit(machine.Unit{Name: "a.service", Masked: true, Enabled: true}), "a masked unit"},
		{unit(machine.Unit{Name: "a.service", Content: "\xff"}), "not UTF-8"},
		{unit(machine.Unit{Name: "a.service", DropIns: []machine.DropIn{{Name: "a/b.conf"}}}), "not a name for a drop-in"},
		{user(machine.User{Name: "Core"}), "not a login name"},
		{user(machine.User{Name: "core", SSHAuthorizedKeys: []string{"a\nb"}}), "SSH key 1 is not one line"},
		{user(machine.User{Name: "core", SSHAuthorizedKeys: []string{"a", "a"}}), "SSH key 2 is there twice"},
		{user(machine.User{Name: "core", Groups: []string{"a b"}}), "is no group name"},
		{user(machine.User{Name: "core", PasswordHash: "a:b"}), "not in crypt(5) form"},
		{machine.Machine{KernelArgs: []string{"a b"}}, "not one word"},
	} {
		if err := c.m.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if err := (machine.Machine{}).Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckOwn(t *testing.T) {
	for want, m := range map[string]machine.Machine{
		"only files of its own": {KernelArgs: []string{"a"}},
		"belongs to root":       {Files: []machine.File{{Path: "/a", Owner: 1}}},
		"not in the order":      {Files: []machine.File{{Path: "/b"}, {Path: "/a"}}},
		"not absolute":          {Files: []machine.File{{Path: "a"}}},
	} {
		if err := m.CheckOwn(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestDelivery(t *testing.T) {
	pem := []byte("-----BEGIN CERTIFICATE-----\n")
	files := machine.Machine{Files: []machine.File{{Path: "/a"}, {Path: "/b", Content: pem}, {Path: "/c"}, {Path: "/d", Content: pem}}}.Delivery()
	var order string
	for _, f := range files {
		order += f.Path
	}
	if order != "/b/d/a/c" {
		t.Errorf("key material is not first: %s", order)
	}
}
