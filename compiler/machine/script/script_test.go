package script_test

import (
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/machinetest"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/script"
)

// roundTrip encodes and decodes, once as a whole and once with a part of the
// files as the machine's own, and gives the payloads.
func roundTrip(t *testing.T, m, own machine.Machine) []byte {
	t.Helper()
	s, err := script.Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := s.Payload(own)
	if err != nil {
		t.Fatal(err)
	}
	payload := machinetest.Join(chunks)
	got, err := script.Decode(payload)
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
	for seed := range uint64(300) {
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
