package main

import (
	"os"
	"testing"
)

// TestUpDown: the scripts of the output run with the terminal's streams, and
// their failure is this program's.
func TestUpDown(t *testing.T) {
	workdir(t, minimal)
	if err := os.Mkdir("out", 0o755); err != nil {
		t.Fatal(err)
	}
	script := func(name, text string) {
		t.Helper()
		write(t, "out/"+name, "#!/bin/sh\n"+text+"\n")
		if err := os.Chmod("out/"+name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script("up", `echo "up with [$*]"`)
	if got := ok(t, "up", "out"); got != "up with []\n" {
		t.Errorf("got %q", got)
	}
	if got := ok(t, "up", "-y", "out"); got != "up with [--yes]\n" {
		t.Errorf("got %q", got)
	}
	script("down", "echo the cloud says no >&2; exit 7")
	r := ka(t, "down", "out")
	if r.code != exitInput {
		t.Errorf("exit code %d, expected %d", r.code, exitInput)
	}
	wantContains(t, r.err, "the cloud says no\n", "/out/down ended with exit status 7")
}

// TestUpWithout: what cannot go up says why.
func TestUpWithout(t *testing.T) {
	workdir(t, minimal)
	r := ka(t, "up", "nowhere")
	if r.code != exitInput {
		t.Errorf("exit code %d, expected %d", r.code, exitInput)
	}
	wantContains(t, r.err, "nowhere is no compiled cluster: it has no report.json", "kube-anywhere compile -o nowhere")

	ok(t, "compile", "-o", "out")
	r = ka(t, "up", "out")
	wantContains(t, r.err, "the provider userdata makes no machines", `out has no "up"`)

	write(t, "out/report.json", "{")
	wantContains(t, ka(t, "down", "out").err, "out/report.json: unexpected end of JSON input")
	if r = ka(t, "up"); r.code != exitUsage {
		t.Errorf("without a directory: exit code %d, expected %d", r.code, exitUsage)
	}
}
