package compiler_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coreos/ignition/v2/config/v3_3"
	"github.com/coreos/ignition/v2/config/v3_3/types"
	"github.com/coreos/ignition/v2/config/v3_4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vincent-petithory/dataurl"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/cloudinit"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/script"
)

// payloadNames are all that Payload knows: roles without known machines, and
// known machines.
func payloadNames(out *compiler.Output) []string {
	var names []string
	for _, role := range out.Plan.Roles {
		for _, m := range role.Machines {
			names = append(names, m.Name)
		}
		if len(role.Machines) == 0 {
			names = append(names, role.Name)
		}
	}
	return names
}

// payload is a whole machine's, even where the platform's limit makes it a
// private object (verify_delivery_test.go has those).
func payload(t *testing.T, out *compiler.Output, name, format string) []byte {
	t.Helper()
	p, err := out.InlinePayload(name, format)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestIgnition lets Ignition's own library read every payload, on every OS:
// the outer config, what it carries, and the result of its own merge.
func TestIgnition(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		for _, name := range payloadNames(out) {
			_, problems := checkIgnition(payload(t, out, name, "ignition"))
			report(t, name, problems)
		}
	})
}

// checkIgnition reads a payload as a machine would, and gives the final config.
func checkIgnition(payload []byte) (types.Config, []string) {
	outer, problems := parseIgnition("outer config", payload)
	if len(problems) > 0 {
		return outer, problems
	}
	config := outer.Ignition.Config
	outer.Ignition.Config = types.IgnitionConfig{}
	if config.Replace.Source != nil {
		config.Merge = append(config.Merge, config.Replace)
	}
	final := outer
	for i, ref := range config.Merge {
		text, err := unpackByHand(ref)
		if err != nil {
			return outer, problemf("inner config %d: %v", i, err)
		}
		inner, more := parseIgnition("inner config", text)
		if len(more) > 0 {
			return outer, more
		}
		// Ignition merges what a config refers to over the config itself.
		final = v3_3.Merge(outer, inner)
		if n := len(inner.Storage.Files) + len(outer.Storage.Files); len(final.Storage.Files) != n {
			problems = append(problems, fmt.Sprintf("merge: %d files, wanted %d: two configs claim one path", len(final.Storage.Files), n))
		}
	}
	return final, problems
}

func parseIgnition(what string, text []byte) (types.Config, []string) {
	cfg, rep, err := v3_3.Parse(text)
	if err != nil || len(rep.Entries) > 0 {
		return cfg, problemf("%s: %v %s", what, err, rep.String())
	}
	if _, rep, err := v3_4.ParseCompatibleVersion(text); err != nil || len(rep.Entries) > 0 {
		return cfg, problemf("%s, read as 3.4: %v %s", what, err, rep.String())
	}
	return cfg, nil
}

// unpackByHand shares no code with the encoder.
func unpackByHand(r types.Resource) ([]byte, error) {
	body, ok := strings.CutPrefix(*r.Source, "data:;base64,")
	if !ok || r.Compression == nil || *r.Compression != "gzip" {
		return nil, fmt.Errorf("neither a data URL in base64 nor gzip: %.40s", *r.Source)
	}
	zipped, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return nil, err
	}
	return gunzip(zipped)
}

func gunzip(zipped []byte) ([]byte, error) {
	r, err := stdgzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestIgnitionDelivers compares the files that Ignition would write with the
// readable tree, without our own decoder.
func TestIgnitionDelivers(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		for _, d := range machines(out) {
			if len(d.Role.Machines) > 0 {
				continue // TestPayloadsDeliverTheTree has them
			}
			final, problems := checkIgnition(payload(t, out, d.Role.Name, "ignition"))
			snippets := len(d.OS.ButaneSnippets) > 0
			report(t, d.Role.Name, append(problems, checkDelivered(final, d.Machine.Wire(), snippets)...))
		}
	})
}

// checkDelivered compares files. What the user's Butane snippets bring is in the
// payload only.
func checkDelivered(final types.Config, want machine.Machine, snippets bool) []string {
	var problems []string
	got := map[string]types.File{}
	for _, f := range final.Storage.Files {
		got[f.Path] = f
	}
	for _, f := range want.Files {
		g, ok := got[f.Path]
		if !ok {
			problems = append(problems, f.Path+" is not in the payload")
			continue
		}
		content, err := dataurl.DecodeString(*g.Contents.Source)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", f.Path, err))
			continue
		}
		mode, owner := 0o644, 0
		if g.Mode != nil {
			mode = *g.Mode
		}
		if g.User.ID != nil {
			owner = *g.User.ID
		}
		if !bytes.Equal(content.Data, f.Content) || mode != int(f.Mode) || owner != f.Owner {
			problems = append(problems, fmt.Sprintf("%s: mode %o, owner %d, %d bytes; wanted %o, %d, %d",
				f.Path, mode, owner, len(content.Data), f.Mode, f.Owner, len(f.Content)))
		}
	}
	if len(got) < len(want.Files) || len(got) > len(want.Files) && !snippets {
		problems = append(problems, fmt.Sprintf("%d files, wanted %d", len(got), len(want.Files)))
	}
	return problems
}

// TestPayloadsDeliverTheTree decodes every payload in every format: each makes
// the machine that the readable tree shows.
func TestPayloadsDeliverTheTree(t *testing.T) {
	decoders := map[string]func([]byte) (machine.Machine, error){
		"ignition": ignition.Decode, "cloud-init": cloudinit.Decode, "script": script.Decode,
	}
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		for _, d := range machines(out) {
			name := d.Role.Name
			if len(d.Role.Machines) > 0 {
				name = d.Role.Machines[len(d.Role.Machines)-1].Name
			}
			for _, format := range []string{"ignition", "cloud-init", "script"} {
				if format != "ignition" && len(d.KernelArgs) > 0 || format == "ignition" && len(d.OS.ButaneSnippets) > 0 {
					continue // only Ignition can deliver them
				}
				got, err := decoders[format](payload(t, out, name, format))
				if err != nil {
					t.Errorf("%s as %s: %v", name, format, err)
					continue
				}
				want := withOwn(t, out, d, name)
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s as %s: the payload makes another machine (-tree +payload):\n%s", name, format, diff)
				}
			}
		}
	})
}

// withOwn is a role's machine with one known machine's files, as the output
// tree has them.
func withOwn(t *testing.T, out *compiler.Output, d delivered, name string) machine.Machine {
	t.Helper()
	m := d.Machine.Wire()
	if name == d.Role.Name {
		return m
	}
	var own machine.Machine
	for _, f := range out.Files {
		if path, ok := strings.CutPrefix(f.Path, "machines/"+name+"/"); ok {
			own.Files = append(own.Files, machine.File{Path: "/" + path, Mode: f.Mode, Content: bytes.Join(f.Chunks, nil)})
		}
	}
	if len(own.Files) == 0 {
		t.Fatalf("machines/%s/ is empty", name)
	}
	merged, err := machine.Merge(m, own)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

// TestCloudInitSchema lets cloud-init itself check every payload on every OS.
func TestCloudInitSchema(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		for _, d := range machines(out) {
			if len(d.KernelArgs) > 0 {
				continue // only Ignition can deliver them
			}
			name := d.Role.Name
			if len(d.Role.Machines) > 0 {
				name = d.Role.Machines[0].Name
			}
			report(t, name, checkCloudConfig(t, payload(t, out, name, "cloud-init")))
		}
	})
}

// checkCloudConfig needs the text: `cloud-init schema` itself reads no gzip,
// which cloud-init does.
func checkCloudConfig(t *testing.T, text []byte) []string {
	t.Helper()
	if bytes.HasPrefix(text, []byte("\x1f\x8b")) {
		var err error
		if text, err = gunzip(text); err != nil {
			return problemf("gzip: %v", err)
		}
	}
	name := filepath.Join(t.TempDir(), "user-data")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := tool(t, "cloud-init", "cloud-init", "schema", "--config-file", name)
	if err != nil || strings.TrimSpace(out) != "Valid cloud-config: "+name && !strings.HasPrefix(out, "Valid cloud-config") {
		return problemf("cloud-init schema: %v\n%s", err, out)
	}
	return nil
}

// TestPayloadChecksFail damages payloads: each check must see it.
func TestPayloadChecksFail(t *testing.T) {
	t.Parallel()
	_, problems := checkIgnition([]byte(`{"ignition":{"version":"3.3.0"},"systemd":{"units":[{"name":"a.service","enabled":true,"contents":"[Unit]\n"}]}}`))
	wantProblem(t, problems, "no") // enabled without [Install] is a warning
	_, problems = checkIgnition([]byte(`{"ignition":{"version":"3.3.0"},"surplus":1}`))
	wantProblem(t, problems, "surplus")
	_, problems = checkIgnition([]byte(`{"ignition":{"version":"3.3.0","config":{"replace":{"compression":"gzip","source":"data:;base64,AAAA"}}}}`))
	wantProblem(t, problems, "inner config")
	const files = `"storage":{"files":[{"path":"/a"}]}`
	inner := gzip.Compress([]byte(`{"ignition":{"version":"3.3.0"},`+files+`}`), gzip.Quick)
	_, problems = checkIgnition([]byte(`{"ignition":{"version":"3.3.0","config":{"merge":[{"compression":"gzip","source":"data:;base64,` +
		base64.StdEncoding.EncodeToString(inner) + `"}]}},` + files + `}`))
	wantProblem(t, problems, "two configs claim one path")
	wantProblem(t, checkCloudConfig(t, []byte("#cloud-config\nwrite_files:\n- {path: 1}\n")), "write_files")
	wantProblem(t, checkCloudConfig(t, []byte("write_files: []\n")), "#cloud-config")

	out := plain(t)
	d := controlPlane(t, out)
	final, _ := checkIgnition(payload(t, out, d.Role.Name, "ignition"))
	want := d.Machine.Wire()
	want.Files[0].Mode ^= 0o001
	wantProblem(t, checkDelivered(final, want, false), want.Files[0].Path)
	want.Files = append(want.Files, machine.File{Path: "/missing"})
	wantProblem(t, checkDelivered(final, want, false), "/missing is not in the payload")
}
