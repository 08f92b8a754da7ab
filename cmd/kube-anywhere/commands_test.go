package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

func TestValidate(t *testing.T) {
	workdir(t, minimal)
	if got := ok(t, "validate", "-f", "cluster.json"); got != "cluster.json is valid\n" {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff("{\n  \"valid\": true,\n  \"diagnostics\": []\n}\n", ok(t, "validate", "-o", "json")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	write(t, "bad.json", "{\n  \"name\": \"demo\",\n  \"netwrok\": {},\n  \"os\": {\"name\": \"ubunto\"}\n}\n")
	r := ka(t, "validate", "-f", "bad.json")
	if r.code != exitInput || r.out != "" {
		t.Errorf("exit code %d, output %q", r.code, r.out)
	}
	wantContains(t, r.err, "bad.json:3:3: error: ", "network", "bad.json:4:", "ubuntu")

	r = ka(t, "validate", "-f", "bad.json", "-o", "json")
	var got struct {
		Valid       bool
		Diagnostics []struct{ Severity, Code, Path, File, Message string }
	}
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatal(err)
	}
	if r.code != exitInput || r.err != "" || got.Valid || len(got.Diagnostics) != 2 {
		t.Errorf("exit code %d, %q, %+v", r.code, r.err, got)
	}
}

// TestJSONFailure: a script that asked for JSON gets its diagnostics as JSON,
// on standard error, and no half data on standard output.
func TestJSONFailure(t *testing.T) {
	workdir(t, `{"nmae":"demo"}`)
	for _, args := range [][]string{
		{"images", "-o", "json"},
		{"compile", "-o", "out", "--report", "json"},
		{"certs", "list", "-o", "json"},
		{"images", "-f", "none.json", "-o", "json"},
	} {
		r := ka(t, args...)
		var got diagnosticsJSON
		if err := json.Unmarshal([]byte(r.err), &got); err != nil || len(got.Diagnostics) == 0 {
			t.Errorf("%q: %v: %q", args, err, r.err)
		}
		if r.code != exitInput || r.out != "" {
			t.Errorf("%q: exit code %d, output %q", args, r.code, r.out)
		}
	}
}

func TestPayload(t *testing.T) {
	workdir(t, minimal)
	ok(t, "compile", "-o", "out")
	want := contents(t, "out/payloads")["out/payloads/worker.ign"]
	if got := ok(t, "payload", "worker"); got != want {
		t.Errorf("the payload differs from the file of compile:\n%q\n%q", got, want)
	}
	wantContains(t, ok(t, "payload", "worker", "--format", "script"), "#!/bin/sh")

	r := ka(t, "payload", "wroker")
	if r.code != exitInput || r.out != "" {
		t.Errorf("exit code %d, output %q", r.code, r.out)
	}
	wantContains(t, r.err, "wroker", "controlplane-0", "worker")
}

// TestPayloadKeepsItsKeys: a payload whose keys were lost is a cluster that
// nobody can administer.
func TestPayloadKeepsItsKeys(t *testing.T) {
	workdir(t, minimal)
	first := ka(t, "payload", "controlplane-0")
	wantContains(t, first.err, "new files in pki")
	second := ka(t, "payload", "controlplane-0")
	if first.out == "" || first.out != second.out || second.err != "" {
		t.Errorf("the second payload differs; it said %q", second.err)
	}
	if r := ka(t, "payload", "nobody", "--pki", "other"); r.code != exitInput || !isMissing("other") {
		t.Errorf("exit code %d; keys were made for no payload", r.code)
	}
}

func TestPayloadAndTerminals(t *testing.T) {
	workdir(t, `{"name":"demo","os":{"name":"ubuntu"}}`)
	text := call{args: []string{"payload", "worker", "--format", "script"}, terminal: true}.run(t)
	if text.code != exitOK || text.out == "" {
		t.Errorf("a text was refused: %d %s", text.code, text.err)
	}
	if isBinary([]byte(text.out)) || !isBinary([]byte("\x1f\x8b\x08\x00")) {
		t.Error("isBinary is wrong")
	}
	c := call{args: []string{"payload", "controlplane-0", "--pki", "other"}}
	if piped := c.run(t); !isBinary([]byte(piped.out)) {
		t.Fatalf("expected a compressed payload, got %.40q", piped.out)
	}
	if err := os.RemoveAll("other"); err != nil {
		t.Fatal(err)
	}
	c.terminal = true
	if r := c.run(t); r.code != exitUsage || r.out != "" || !strings.Contains(r.err, "binary") {
		t.Errorf("exit code %d, %q", r.code, r.err)
	}
	if !isMissing("other") {
		t.Error("keys were made for a payload that was refused")
	}
}

func TestTerraformExternal(t *testing.T) {
	workdir(t, minimal)
	ok(t, "compile", "-o", "out")
	want := contents(t, "out/payloads")["out/payloads/worker.ign"]
	for _, query := range []string{
		`{"config":"cluster.json","name":"worker"}`,
		`{"config":"cluster.json","name":"worker","format":"ignition","pki":"pki"}`,
		`{"cluster":` + strconv.Quote(minimal) + `,"name":"worker","format":"auto"}`,
	} {
		r := call{args: []string{"payload", "--terraform-external"}, in: query}.run(t)
		var got map[string]string // Terraform takes nothing but strings
		if err := json.Unmarshal([]byte(r.out), &got); err != nil {
			t.Fatalf("%s: %v\n%s", query, err, r.err)
		}
		payload, err := base64.StdEncoding.DecodeString(got["payload_base64"])
		sum := sha256.Sum256(payload)
		if err != nil || string(payload) != want || got["bytes"] != strconv.Itoa(len(want)) ||
			got["sha256"] != hex.EncodeToString(sum[:]) || len(got) != 3 {
			t.Errorf("%s: %v, %v", query, err, got)
		}
	}
	for _, query := range []string{``, `[]`, `{"config":"cluster.json"}`, `{"name":"worker"}`, `{"config":"-","name":"worker"}`,
		`{"config":"cluster.json","name":"worker","frmat":"x"}`, `{"config":"cluster.json","name":"worker","format":"x"}`,
		`{"config":"cluster.json","cluster":"{}","name":"worker"}`, `{"config":"cluster.json","name":7}`} {
		r := call{args: []string{"payload", "--terraform-external"}, in: query}.run(t)
		if r.code != exitInput || r.out != "" || !strings.Contains(r.err, "error: ") {
			t.Errorf("%s: exit code %d, %q, %q", query, r.code, r.out, r.err)
		}
	}
}

func TestImages(t *testing.T) {
	workdir(t, minimal)
	lines := strings.Split(strings.TrimSpace(ok(t, "images")), "\n")
	if len(lines) < 5 {
		t.Errorf("images: %v", lines)
	}
	for _, line := range lines {
		if strings.ContainsAny(line, " \t") || !strings.Contains(line, ":") {
			t.Errorf("%q is no reference", line)
		}
	}
	var all struct {
		Images    []compiler.Image
		Downloads []compiler.Download
	}
	if err := json.Unmarshal([]byte(ok(t, "images", "-o", "json")), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Images) != len(lines) || len(all.Downloads) == 0 {
		t.Errorf("%d images and %d downloads as JSON, %d lines", len(all.Images), len(all.Downloads), len(lines))
	}
	wantContains(t, ok(t, "images", "--downloads"), "https://")
	wantContains(t, ok(t, "images", "-o", "table"), "NAME", "SOURCE", "etcd")
	if !isMissing("pki") {
		t.Error("images made keys")
	}
}

func TestVersion(t *testing.T) {
	wantContains(t, ok(t, "version"), "kube-anywhere ", "go1.")
	var b buildJSON
	if err := json.Unmarshal([]byte(ok(t, "version", "-o", "json")), &b); err != nil || b.Version == "" || b.Go == "" {
		t.Errorf("%v, %+v", err, b)
	}
}

func TestSchema(t *testing.T) {
	var s struct {
		Schema string `json:"$schema"`
	}
	if err := json.Unmarshal([]byte(ok(t, "schema")), &s); err != nil || s.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("%v, %+v", err, s)
	}
}

func TestCompletion(t *testing.T) {
	workdir(t, `{"name":"demo","workers":[{"name":"gpu"},{"name":"general"}],"provider":{"userdata":{"limit":0}}}`)
	for _, c := range []struct {
		args string
		want []string
	}{
		{"payload -f cluster.json ", []string{"controlplane-0", "gpu", "general"}},
		{"payload gpu --format ", []string{"auto", "ignition", "cloud-init", "script"}},
		{"init --os ", []string{"debian", "fedora-coreos", "flatcar", "ubuntu"}},
		{"init --example ", []string{"minimal", "ha-flatcar", "bare-metal"}},
		{"init --provider ", []string{"userdata"}},
		{"images -o ", []string{"text", "table", "json"}},
		{"validate -f ", []string{"json", "yaml", "yml"}},
	} {
		args := append([]string{"__complete"}, strings.Split(c.args, " ")...)
		wantContains(t, ok(t, args...), c.want...)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		wantContains(t, ok(t, "completion", shell), "kube-anywhere")
	}
	if !isMissing("pki") {
		t.Error("completion made keys")
	}
}
