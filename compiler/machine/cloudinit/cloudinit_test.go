package cloudinit_test

import (
	"io/fs"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/cloudinit"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/machinetest"
)

// roundTrip encodes and decodes, once as a whole and once with a part of the
// files as the machine's own, and gives the payloads.
func roundTrip(t *testing.T, m, own machine.Machine) []byte {
	t.Helper()
	s, err := cloudinit.Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := s.Payload(own)
	if err != nil {
		t.Fatal(err)
	}
	payload := machinetest.Join(chunks)
	got, err := cloudinit.Decode(payload)
	if err != nil {
		t.Fatalf("%v in\n%.2000s", err, payload)
	}
	want, err := machine.Merge(m, own)
	if err != nil {
		t.Fatal(err)
	}
	if d := machinetest.Diff(want, got); d != "" {
		t.Fatalf("the payload makes another machine (-want +got):\n%s", d)
	}
	return payload
}

func TestRoundTrip(t *testing.T) {
	own := machine.Machine{Files: []machine.File{
		{Path: "/etc/hostname", Mode: 0o644, Content: []byte("node-1.example\n")},
		{Path: "/etc/kubernetes/node.env", Mode: 0o600, Content: []byte("NODE_NAME=node-1\n")},
	}}
	for seed := range uint64(80) {
		m := machinetest.Random(seed)
		roundTrip(t, m, machine.Machine{})
		roundTrip(t, m, own)
	}
}

func TestEveryContent(t *testing.T) {
	for _, c := range machinetest.Contents {
		roundTrip(t, machine.Machine{Files: []machine.File{{Path: "/x", Mode: 0o644, Content: []byte(c)}}}, machine.Machine{})
		roundTrip(t, machine.Machine{}, machine.Machine{Files: []machine.File{{Path: "/x", Mode: 0o400, Content: []byte(c)}}})
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, c := range machinetest.Contents {
		if len(c) < 5000 {
			f.Add("/etc/x", uint16(0o600), 65520, []byte(c), "[Service]\nType=oneshot\n", "ssh-ed25519 AAAA k")
		}
	}
	f.Fuzz(func(t *testing.T, path string, mode uint16, owner int, content []byte, unit, key string) {
		m := machine.Machine{
			Files:       []machine.File{{Path: path, Mode: fs.FileMode(mode), Owner: owner, Content: content}},
			Directories: []machine.Directory{{Path: path + ".d", Mode: fs.FileMode(mode), Owner: owner}},
			Units:       []machine.Unit{{Name: "u.service", Content: unit, DropIns: []machine.DropIn{{Name: "d.conf", Content: unit}}}},
			Users:       []machine.User{{Name: "core", SSHAuthorizedKeys: []string{key}}},
		}
		if _, err := cloudinit.Prepare(m); err != nil {
			return
		}
		roundTrip(t, m, machine.Machine{})
		own := machine.Machine{Files: []machine.File{{Path: path + "-own", Mode: fs.FileMode(mode), Content: content}}}
		roundTrip(t, m, own)
	})
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(20) {
		s, err := cloudinit.Prepare(machinetest.Random(seed))
		if err != nil {
			f.Fatal(err)
		}
		chunks, err := s.Payload(machine.Machine{})
		if err != nil {
			f.Fatal(err)
		}
		if payload := machinetest.Join(chunks); len(payload) < 3000 {
			f.Add(payload)
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := cloudinit.Decode(payload) // an error is fine, a panic is not
		if err != nil {
			return
		}
		if _, err := cloudinit.Prepare(m); err == nil {
			roundTrip(t, m, machine.Machine{})
		}
	})
}
