package script_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/script"
)

// role is about what a control-plane machine has: 60 KB in 50 files.
func role() machine.Machine {
	var m machine.Machine
	for i := range 50 {
		text := fmt.Sprintf("apiVersion: v1\nkind: Thing%d\nspec:\n  port: %d\n", i, i*i)
		m.Files = append(m.Files, machine.File{Path: fmt.Sprintf("/etc/f%02d", i), Mode: 0o600, Content: []byte(strings.Repeat(text, 25))})
	}
	return m
}

func BenchmarkPrepare(b *testing.B) {
	m := role()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := script.Prepare(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPayload(b *testing.B) {
	s, err := script.Prepare(role())
	if err != nil {
		b.Fatal(err)
	}
	own := machine.Machine{Files: []machine.File{
		{Path: "/etc/hostname", Mode: 0o644, Content: []byte("node-1234\n")},
		{Path: "/etc/kubernetes/node.env", Mode: 0o644, Content: []byte("NODE_NAME=node-1234\nNODE_IP=10.0.12.34\n")},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Payload(own); err != nil {
			b.Fatal(err)
		}
	}
}
