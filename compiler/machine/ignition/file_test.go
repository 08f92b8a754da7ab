package ignition

import (
	"bytes"
	"testing"

	base "github.com/coreos/ignition/v2/butane/base/v0_4"
	"github.com/coreos/ignition/v2/butane/config/common"
	flatcar "github.com/coreos/ignition/v2/butane/config/flatcar/v1_0"
	"github.com/coreos/ignition/v2/config/v3_3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/machinetest"
)

// butane is a file as Butane translates it.
func butane(t *testing.T, f machine.File) types.File {
	t.Helper()
	in := base.File{Path: f.Path, Contents: base.Resource{Source: ptr(string(appendDataURL(nil, f.Content)))}}
	if !ours(f.Path) {
		in.Overwrite = ptr(true)
	}
	if f.Mode != defaultMode {
		in.Mode = ptr(int(f.Mode))
	}
	in.User.ID, in.Group.ID = owner(f.Owner)
	var c flatcar.Config
	c.Storage.Files = []base.File{in}
	cfg, _, report := c.ToIgn3_3Unvalidated(common.TranslateOptions{NoResourceAutoCompression: true})
	if report.IsFatal() || len(cfg.Storage.Files) != 1 {
		t.Fatalf("%s: %s", f.Path, report.String())
	}
	return cfg.Storage.Files[0]
}

// Files go around Butane, and a machine's own files around the JSON encoder as
// well: neither may be seen in the result.
func TestFilesAreButanes(t *testing.T) {
	files := []machine.File{
		{Path: "/etc/hostname", Mode: 0o644, Content: []byte("node-1\n")},
		{Path: "/etc/kubernetes/node.env", Mode: 0o600},
		{Path: "/opt/bin/a", Mode: 0o755, Content: []byte("#!/bin/sh\n")},
		{Path: `/etc/"a" \ <b>`, Mode: 0, Content: []byte("\x00\xff")},
	}
	for seed := range uint64(40) {
		files = append(files, machinetest.Random(seed).Files...)
	}
	for _, c := range machinetest.Contents {
		files = append(files, machine.File{Path: "/x", Mode: 0o640, Owner: 65520, Content: []byte(c)})
	}
	for _, f := range files {
		want := butane(t, f)
		if d := cmp.Diff(want, file(f)); d != "" {
			t.Errorf("%s (-Butane +ours):\n%s", f.Path, d)
		}
		f.Owner, want.User.ID, want.Group.ID = 0, nil, nil
		text, err := marshal(types.Config{Storage: types.Storage{Files: []types.File{want}}})
		if err != nil {
			t.Fatal(err)
		}
		if own := appendFile(nil, f); !bytes.Contains(text, own) {
			t.Errorf("%s: %.200s is not in %.300s", f.Path, own, text)
		}
	}
}
