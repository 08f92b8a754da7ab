package ignition_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/ignition/v2/config/v3_3"
	"github.com/coreos/ignition/v2/config/v3_3/types"
	"github.com/vincent-petithory/dataurl"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/machinetest"
)

var ownFiles = machine.Machine{Files: []machine.File{
	{Path: "/etc/hostname", Mode: 0o644, Content: []byte("node-1.example\n")},
	{Path: "/etc/kubernetes/it's \"node\\\".env", Mode: 0o600, Content: []byte("NODE_NAME=node-1\n")},
}}

// parse is Ignition's own parser; every remark fails the test.
func parse(t *testing.T, raw []byte) types.Config {
	t.Helper()
	cfg, report, err := v3_3.Parse(raw)
	if err != nil || len(report.Entries) > 0 {
		t.Fatalf("%v: %s in %.500s", err, report.String(), raw)
	}
	return cfg
}

// inner is the config that a resource holds, found as Ignition finds it.
func inner(t *testing.T, r types.Resource) []byte {
	t.Helper()
	u, err := url.Parse(*r.Source)
	if err != nil {
		t.Fatal(err)
	}
	data, err := dataurl.DecodeString(u.String())
	if err != nil {
		t.Fatal(err)
	}
	if r.Compression == nil || *r.Compression != "gzip" {
		t.Fatalf("the compression is %v", r.Compression)
	}
	raw, err := gzip.Expand(data.Data)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func payload(t *testing.T, s ignition.Shared, own machine.Machine) []byte {
	t.Helper()
	chunks, err := s.Payload(own)
	if err != nil {
		t.Fatal(err)
	}
	return machinetest.Join(chunks)
}

func big(t *testing.T) (machine.Machine, ignition.Shared) {
	t.Helper()
	m := machine.Machine{
		KernelArgs: []string{"a", "b=c"},
		Units: []machine.Unit{
			{Name: "docker.service", Enabled: true, DropIns: []machine.DropIn{{Name: "a.conf", Content: "[Service]\nRestart=always\n"}}},
			{Name: "kubelet.service", Enabled: true, Content: "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"},
			{Name: "update-engine.service", Masked: true},
		},
		Users:       []machine.User{{Name: "core", SSHAuthorizedKeys: []string{"ssh-ed25519 AAAA <me>"}, Groups: []string{"docker"}, PasswordHash: "$6$a$b"}},
		Directories: []machine.Directory{{Path: "/var/lib/etcd", Mode: 0o700, Owner: 65521}},
	}
	for i, c := range machinetest.Contents {
		m.Files = append(m.Files, machine.File{Path: "/every/" + strings.Repeat("x", i+1), Mode: 0o600, Owner: 65520 * (i % 2), Content: []byte(c)})
	}
	s, err := ignition.Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func TestIgnitionAccepts(t *testing.T) {
	_, s := big(t)
	outer := parse(t, payload(t, s, machine.Machine{}))
	if !s.Extracts() || outer.Ignition.Config.Replace.Source == nil {
		t.Fatal("the config does not extract itself")
	}
	parse(t, inner(t, outer.Ignition.Config.Replace))
	if strings.Contains(string(s.Plain()), `\u00`) || strings.Contains(string(s.Plain()), `{}`) {
		t.Error("the config has HTML escapes or empty objects in it")
	}
	// What is small stays readable.
	tiny, err := ignition.Prepare(machine.Machine{Files: ownFiles.Files[:1]})
	if err != nil {
		t.Fatal(err)
	}
	if p := payload(t, tiny, machine.Machine{}); tiny.Extracts() || len(parse(t, p).Storage.Files) != 1 {
		t.Errorf("a tiny config is wrapped: %s", p)
	}
}

// TestMerge does what Ignition's engine does with config.merge.
func TestMerge(t *testing.T) {
	m, s := big(t)
	outer := parse(t, payload(t, s, ownFiles))
	if len(outer.Ignition.Config.Merge) != 1 {
		t.Fatalf("%d configs to merge", len(outer.Ignition.Config.Merge))
	}
	shared := parse(t, inner(t, outer.Ignition.Config.Merge[0]))
	merged := v3_3.Merge(outer, shared)
	if len(merged.Storage.Files) != len(m.Files)+2 || len(merged.Systemd.Units) != 3 {
		t.Errorf("%d files and %d units", len(merged.Storage.Files), len(merged.Systemd.Units))
	}
}

// What is written by hand for one machine is what Butane would have made.
func TestOwnFilesAreButanes(t *testing.T) {
	s, err := ignition.Prepare(ownFiles)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := ignition.Prepare(machine.Machine{})
	if err != nil {
		t.Fatal(err)
	}
	_, byButane, _ := strings.Cut(string(s.Plain()), `"storage":`)
	_, byHand, _ := strings.Cut(string(payload(t, empty, ownFiles)), `"storage":`)
	if byButane != byHand {
		t.Errorf("by Butane\n%s\nby hand\n%s", byButane, byHand)
	}
}

// Ignition hands what url.Parse makes of a source to the data URL's decoder.
func TestDataURLsSurviveParsing(t *testing.T) {
	_, s := big(t)
	for _, f := range parse(t, s.Plain()).Storage.Files {
		u, err := url.Parse(*f.Contents.Source)
		if err != nil || u.String() != *f.Contents.Source {
			t.Errorf("%v: %.100q became %.100q", err, *f.Contents.Source, u)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, m := range map[string]machine.Machine{
		"unit that Ignition cannot parse": {Units: []machine.Unit{{Name: "a.service", Content: "[Service\n"}}},
		"long line in a drop-in":          {Units: []machine.Unit{{Name: "a.service", DropIns: []machine.DropIn{{Name: "a.conf", Content: "[Service]\nA=" + strings.Repeat("x", 3000)}}}}},
		"relative path":                   {Files: []machine.File{{Path: "etc/x"}}},
	} {
		if _, err := ignition.Prepare(m); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s, err := ignition.Prepare(ownFiles)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Payload(ownFiles); err == nil {
		t.Error("a shared file was accepted as a machine's own")
	}
}

const snippet = `variant: flatcar
version: 1.0.0
storage:
  files:
  - path: /etc/from-snippet
    mode: 0600
    contents: {inline: "a b"}
  - path: /every/x
    overwrite: true
    contents: {inline: "the snippet wins"}
  links:
  - path: /etc/localtime
    target: /usr/share/zoneinfo/UTC
`

func TestSnippet(t *testing.T) {
	m, _ := big(t)
	extra, found := ignition.Snippet("flatcar", []byte(snippet))
	if len(found) > 0 {
		t.Fatal(found)
	}
	s, err := ignition.Prepare(m, extra)
	if err != nil {
		t.Fatal(err)
	}
	cfg := parse(t, s.Plain())
	if len(cfg.Storage.Files) != len(m.Files)+1 || len(cfg.Storage.Links) != 1 {
		t.Errorf("%d files, %d links", len(cfg.Storage.Files), len(cfg.Storage.Links))
	}
	for _, f := range cfg.Storage.Files {
		if f.Path == "/every/x" && !strings.Contains(*f.Contents.Source, "the%20snippet%20wins") {
			t.Errorf("the snippet did not win: %s", *f.Contents.Source)
		}
	}
	if _, err := ignition.Decode(s.Plain()); err == nil {
		t.Error("a link was decoded as nothing")
	}
	raw, err := extra.JSON()
	if err != nil || !json.Valid(raw) {
		t.Errorf("%v: %s", err, raw)
	}
}

func TestBadSnippets(t *testing.T) {
	for text, want := range map[string]struct {
		line    int
		message string
	}{
		"variant: fcos\nversion: 1.4.0\n":                                                     {0, `this OS takes variant "flatcar", version "1.0.0"`},
		"variant: flatcar\nversion: 1.1.0\n":                                                  {0, `version "1.1.0": this OS takes`},
		"variant: flatcar\nversion: 1.0.0\nstorage:\n  files:\n  - path: relative\n":          {5, "path not absolute"},
		"variant: flatcar\nversion: 1.0.0\nstorrage: {}\n":                                    {3, "unused key storrage"},
		"variant: flatcar\nversion: 1.0.0\nstorage:\n  trees: [{local: x}]\n":                 {4, "files directory"},
		"variant: flatcar\nversion: 1.0.0\nignition: {config: {replace: {source: http://x}}}": {0, "take the place"},
		"a: [": {0, "yaml"},
	} {
		_, found := ignition.Snippet("flatcar", []byte(text))
		if len(found) == 0 || found[0].Line != want.line || !strings.Contains(found[0].Message, want.message) {
			t.Errorf("%q: got %+v, want %+v", text, found, want)
		}
	}
	if _, found := ignition.Snippet("rhcos", nil); len(found) != 1 || !found[0].Fatal {
		t.Errorf("an unknown variant gives %v", found)
	}
}
