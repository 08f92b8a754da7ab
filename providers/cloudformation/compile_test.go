package cloudformation_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Clusters of every size that makes a difference.
const (
	small = `{"name": "demo", "provider": {"cloudformation": {}}}`
	three = `{"name": "demo", "controlPlane": {"count": 3}, "provider": {"cloudformation": {}}}`
	// ubuntu's payloads are inline, and together too much for a request.
	ubuntu = `{"name": "demo", "os": {"name": "ubuntu"}, "controlPlane": {"count": 3}, "provider": {"cloudformation": {}}}`
)

// existing is a network with two subnets, without public addresses.
const existing = `{"name": "demo", "controlPlane": {"count": 3, "addresses": ["172.31.0.10", "172.31.16.10", "172.31.0.11"], "etcdDiskGB": 0},
	"network": {"machineCIDR": "172.31.0.0/16"}, "access": {"apiCIDRs": [], "sshCIDRs": ["203.0.113.7/32"]},
	"provider": {"cloudformation": {"zones": ["a", "b"], "vpcID": "vpc-0a1b2c3d4e5f67890",
		"subnetIDs": ["subnet-0a1b2c3d4e5f67890", "subnet-0a1b2c3d4e5f67891"], "publicAddresses": false}}}`

// large has a payload that must be an object: text that does not compress.
var large = `{"name": "demo", "manifests": [{"path": "big.yaml", "content": "` + bigManifest() + `"}], "provider": {"cloudformation": {}}}`

func bigManifest() string {
	var b strings.Builder
	b.WriteString(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n  text: `)
	for n := uint64(1); b.Len() < 40000; n = n*6364136223846793005 + 1442695040888963407 {
		b.WriteByte("abcdefghijklmnopqrstuvwxyz012345"[n>>59])
	}
	return b.String() + `\n`
}

// now is when everything is compiled.
var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// authorities are the CAs that all clusters here share, which makes them one
// cluster.
var authorities = sync.OnceValue(func() map[string][]byte {
	out, _ := compiler.Compile(compiler.Input{Config: []byte(small), Name: "cluster.json", Now: now})
	kept := map[string][]byte{}
	for name, content := range out.NewPKI {
		if strings.HasSuffix(name, "ca.crt") || strings.HasSuffix(name, "ca.key") {
			kept[name] = content
		}
	}
	return kept
})

func compile(t *testing.T, config string) *compiler.Output {
	t.Helper()
	return compileWith(t, config, authorities())
}

func compileWith(t *testing.T, config string, keys map[string][]byte) *compiler.Output {
	t.Helper()
	out, diags := compiler.Compile(compiler.Input{Config: []byte(config), Name: "cluster.json", PKI: keys, Now: now})
	if schema.HasErrors(diags) {
		t.Fatal(diags)
	}
	return out
}

// files are those of the output that are the provider's.
func files(out *compiler.Output) map[string]string {
	found := map[string]string{}
	for _, f := range out.Files {
		found[f.Path] = string(bytes.Join(f.Chunks, nil))
	}
	return found
}

// object is JSON of any form, with a way to look into it.
type object map[string]any

func parse(t *testing.T, text string) object {
	t.Helper()
	var o object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestChecked: every config of these tests is one that nothing is wrong with.
func TestChecked(t *testing.T) {
	t.Parallel()
	const tunnels = `{"name": "demo", "network": {"plugin": "kube-router"}, "provider": {"cloudformation": {}}}`
	for _, config := range []string{small, three, ubuntu, existing, large, tunnels} {
		if diags := compiler.Validate(compiler.Input{Config: []byte(config), Name: "cluster.json", Now: now}); len(diags) > 0 {
			t.Error(diags)
		}
	}
}
