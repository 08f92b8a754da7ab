package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInit(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"", `{"$schema":"./cluster.schema.json","name":"demo"}`},
		{"--name demo --os flatcar --workers 2 --control-plane 1 --provider userdata", // all defaults
			`{"$schema":"./cluster.schema.json","name":"demo"}`},
		{"--name prod --os ubuntu --num-nodes 5",
			`{"$schema":"./cluster.schema.json","name":"prod","os":{"name":"ubuntu"},"workers":[{"name":"worker","count":5}]}`},
		{"--control-plane 3 --endpoint 10.0.0.5",
			`{"$schema":"./cluster.schema.json","name":"demo","controlPlane":{"count":3,"endpoint":"10.0.0.5"}}`},
		{"--name ha --control-plane 3",
			`{"$schema":"./cluster.schema.json","name":"ha","controlPlane":{"count":3,"endpoint":"api.ha.example.com"}}`},
		{"--provider gce --control-plane 3", // which makes the endpoint
			`{"$schema":"./cluster.schema.json","name":"demo","controlPlane":{"count":3},"provider":{"gce":{}}}`},
		{"--workers 0", `{"$schema":"./cluster.schema.json","name":"demo","workers":[{"name":"worker","count":0}]}`},
	} {
		t.Run(c.args, func(t *testing.T) {
			text := ok(t, append([]string{"init"}, strings.Fields(c.args)...)...)
			var got, want any
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			r := call{args: []string{"validate", "-f", "-"}, in: text}.run(t)
			if r.code != exitOK {
				t.Errorf("it does not validate: %s", r.err)
			}
		})
	}
}

// TestInitSaysWhatIsMissing: of bare metal nobody but the user knows the machines.
func TestInitSaysWhatIsMissing(t *testing.T) {
	r := call{args: []string{"init", "--provider", "pxe"}}.run(t)
	if r.code != 0 {
		t.Errorf("exit code %d", r.code)
	}
	wantContains(t, r.out, `"pxe": {}`)
	wantContains(t, r.err, "note: /controlPlane/machines: ", "note: /workers/0/machines: ", `"mac": `)
	if r := (call{args: []string{"init", "--provider", "aws"}}).run(t); r.err != "" {
		t.Errorf("aws: %s", r.err)
	}
}

func TestInitRefuses(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--os ubunto", "ubuntu"},
		{"--name UPPER", "name"},
		{"--control-plane 2", "controlPlane"},
		{"--provider nowhere", "provider"},
		{"--workers -1", "workers"},
		{"--workers 1 --num-nodes 2", "workers"},
		{"--example minimal --name x", "example"},
	} {
		r := call{args: append([]string{"init"}, strings.Fields(c.args)...)}.run(t)
		if r.code != exitUsage || r.out != "" {
			t.Errorf("init %s: exit code %d, output %q", c.args, r.code, r.out)
		}
		wantContains(t, r.err, c.want)
	}
}
