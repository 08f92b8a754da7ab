package compiler_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/script"
	"github.com/kube-anywhere/kube-anywhere/providers"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// TestDelivery follows every payload that is a private object from the
// user-data to the machine that it makes.
func TestDelivery(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		for i, p := range out.Report.Payloads {
			if p.Delivery == compiler.Object {
				got, problems := follow(out, p)
				report(t, p.Name, problems)
				if diff := cmp.Diff(machines(out)[i].Machine.Wire(), got, cmpopts.EquateEmpty()); len(problems) == 0 && diff != "" {
					t.Errorf("%s: the object makes another machine (-tree +object):\n%s", p.Name, diff)
				}
			}
		}
	})
}

// follow reads user-data, and the object that it names.
func follow(out *compiler.Output, p compiler.PayloadReport) (machine.Machine, []string) {
	userdata := string(contentOf(out, p.File))
	if len(userdata) != p.Bytes || p.Bytes > p.Limit {
		return machine.Machine{}, problemf("%d bytes of user-data, wanted the report's %d, within %d", len(userdata), p.Bytes, p.Limit)
	}
	for _, f := range out.Files {
		object := bytes.Join(f.Chunks, nil)
		if path.Dir(f.Path) != "objects" || !strings.Contains(userdata, path.Base(f.Path)) {
			continue
		}
		hash, decode := fmt.Sprintf("%x", sha256.Sum256(object)), script.Decode
		if p.Format == "ignition" {
			hash, decode = fmt.Sprintf("sha512-%x", sha512.Sum512(object)), ignition.Decode
		}
		if !strings.Contains(userdata, hash) || f.Mode.Perm() != 0o600 || len(object) != p.ObjectBytes {
			return machine.Machine{}, problemf("%s has mode %o, %d bytes and the hash %s, and the user-data is\n%s", f.Path, f.Mode, len(object), hash, userdata)
		}
		m, err := decode(object)
		if err != nil {
			return m, problemf("%s: %v", f.Path, err)
		}
		return m, nil
	}
	return machine.Machine{}, problemf("no object is named in the user-data:\n%s", userdata)
}

func contentOf(out *compiler.Output, name string) []byte {
	for _, f := range out.Files {
		if f.Path == name {
			return bytes.Join(f.Chunks, nil)
		}
	}
	return nil
}

// large is a manifest of n bytes that does not compress.
func large(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	r := rand.New(rand.NewPCG(1, 2)) // always the same text
	text := []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large, namespace: default}\ndata:\n  key: ")
	for len(text) < n {
		text = append(text, letters[r.IntN(len(letters))])
	}
	return string(text)
}

// oversized is a config with a manifest of n bytes, for one OS.
func oversized(provider, os string, n int) compiler.Input {
	machines := `[{"name": "cp", "mac": "52:54:00:00:00:10"}]`
	config := fmt.Sprintf(`{"name": "demo", "provider": {%q: {}}, "os": {"name": %q}, "controlPlane": {"machines": %s}, "workers": [],
		"manifests": [{"path": "large.yaml", "content": %q}]}`, provider, os, machines, large(n))
	return compiler.Input{Config: []byte(config), Name: provider + ".json", Now: now}
}

// TestOversized brings a manifest of 40 KB to every provider, and twice that to
// those without a store that take it: with a store it becomes an object, others
// say what weighs most.
func TestOversized(t *testing.T) {
	t.Parallel()
	for _, provider := range providers.All() {
		for _, os := range []string{"flatcar", "ubuntu"} {
			t.Run(provider.Name()+"/"+os, func(t *testing.T) {
				t.Parallel()
				in := oversized(provider.Name(), os, 40<<10)
				facts := compiled(t, oversized(provider.Name(), os, 100)).Plan.Provider.ProviderFacts
				switch out, diags := compiler.CompileFake(in); {
				case facts.HasStore:
					report(t, "payload", storesLarge(out, diags))
				case facts.Limit == 0:
					report(t, "payload", takesLarge(out, diags))
				case facts.Limit < 40<<10:
					report(t, "diagnostics", refusesLarge(diags))
				default:
					_, diags := compiler.CompileFake(oversized(provider.Name(), os, 80<<10))
					report(t, "diagnostics", refusesLarge(diags))
				}
			})
		}
	}
}

func takesLarge(out *compiler.Output, diags []schema.Diagnostic) []string {
	if schema.HasErrors(diags) {
		return problemf("%v", diags)
	}
	if p := out.Report.Payloads[0]; p.Delivery != compiler.Inline || p.Reason != "the platform has no limit" {
		return problemf("delivery %q because %q, wanted it inline", p.Delivery, p.Reason)
	}
	return nil
}

func storesLarge(out *compiler.Output, diags []schema.Diagnostic) []string {
	if schema.HasErrors(diags) {
		return problemf("%v", diags)
	}
	p := out.Report.Payloads[0]
	if p.Delivery != compiler.Object || !strings.Contains(p.Reason, "bytes at the smallest, and user-data takes") {
		return problemf("delivery %q because %q, wanted an object", p.Delivery, p.Reason)
	}
	m, problems := follow(out, p)
	if len(problems) == 0 && !bytes.Contains(machineText(m, "/etc/kubernetes/addons/large.yaml"), []byte("kind: ConfigMap")) {
		return problemf("the manifest is not on the machine")
	}
	return problems
}

func machineText(m machine.Machine, name string) []byte {
	for _, f := range m.Files {
		if strings.HasSuffix(f.Path, path.Base(name)) {
			return f.Content
		}
	}
	return nil
}

func refusesLarge(diags []schema.Diagnostic) []string {
	for _, d := range diags {
		if d.Severity == schema.Error && strings.Contains(d.Message+d.Hint, "large.yaml") && strings.Contains(d.Message, "more than the") {
			return nil
		}
	}
	return problemf("%v, wanted an error that names large.yaml", diags)
}

// TestDeliveryChecksFail damages what is delivered: each check must see it.
func TestDeliveryChecksFail(t *testing.T) {
	t.Parallel()
	damages := map[string]func(out *compiler.Output){
		"no object is named": func(out *compiler.Output) {
			damage(out, "payloads/", "cp-", "pc-")
		},
		"and the hash": func(out *compiler.Output) { damage(out, "objects/", "ignition", "ignitiom") },
		"bytes of user-data": func(out *compiler.Output) {
			damage(out, "payloads/", "{", " {")
		},
	}
	for want, do := range damages {
		out := compiled(t, oversized("aws", "flatcar", 40<<10))
		do(out)
		_, problems := follow(out, out.Report.Payloads[0])
		wantProblem(t, problems, want)
	}
	small := compiled(t, oversized("aws", "flatcar", 100))
	wantProblem(t, storesLarge(small, nil), "wanted an object")
	wantProblem(t, takesLarge(small, nil), "wanted it inline")
	wantProblem(t, refusesLarge(nil), "wanted an error that names large.yaml")
}

// damage replaces the first old text of the files in a directory.
func damage(out *compiler.Output, dir, old, new string) {
	for i, f := range out.Files {
		if strings.HasPrefix(f.Path, dir) && fs.FileMode.IsRegular(f.Mode) {
			text := bytes.Replace(bytes.Join(f.Chunks, nil), []byte(old), []byte(new), 1)
			out.Files[i].Chunks = [][]byte{text}
		}
	}
}
