package compiler_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/docs/examples"
)

// The promises of docs/performance.md, in bytes. EC2 takes 16,384.
const (
	mostIgnition       = 16_384
	mostCloudInit      = 12_288
	mostWorkerIgnition = 4_096
)

// sizes are one OS's payloads, each the largest of several compiles: signatures
// and keys differ in how well they compress.
type sizes struct{ ignition, cloudInit, workerIgnition, workerCloudInit int }

// TestSizeBudget measures the payloads of a cluster with kube-proxy, CoreDNS,
// flannel and metrics-server, with real certificates, on every OS.
func TestSizeBudget(t *testing.T) {
	t.Parallel()
	for _, headlamp := range []bool{false, true} {
		for _, os := range compiler.Catalog().OSes {
			t.Run(fmt.Sprintf("%s/headlamp=%t", os, headlamp), func(t *testing.T) {
				t.Parallel()
				s, format := measure(t, os, headlamp)
				t.Logf("%-14s headlamp %-5t boots with %-10s control plane %6d Ignition %6d cloud-init   worker %5d Ignition %5d cloud-init",
					os, headlamp, format, s.ignition, s.cloudInit, s.workerIgnition, s.workerCloudInit)
				if !headlamp { // with it is the stretch
					report(t, os, overBudget(s, format))
				}
			})
		}
	}
}

// overBudget judges the format that the OS boots with.
func overBudget(s sizes, format string) []string {
	var problems []string
	check := func(what string, bytes, most int) {
		if bytes > most {
			problems = append(problems, fmt.Sprintf("%s: %d bytes, %d over the budget of %d", what, bytes, bytes-most, most))
		}
	}
	if format == "ignition" {
		check("control plane as Ignition", s.ignition, mostIgnition)
		check("worker as Ignition", s.workerIgnition, mostWorkerIgnition)
	} else {
		check("control plane as cloud-init", s.cloudInit, mostCloudInit)
	}
	return problems
}

func measure(t *testing.T, os string, headlamp bool) (sizes, string) {
	t.Helper()
	// A limit of one byte would fail; this one makes cloud-init compress.
	config, err := json.Marshal(object{
		"name": "demo", "os": object{"name": os},
		"addons":   object{"headlamp": object{"enabled": headlamp}},
		"provider": object{"userdata": object{"limit": 24_576}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var most sizes
	var format string
	for range 6 {
		out, err := compileOnce(compiler.Input{Config: config, Name: "size.json", Now: now})
		if err != nil {
			t.Fatal(err)
		}
		format = out.Plan.Roles[0].OS.Facts.Format
		for _, m := range []struct {
			into         *int
			name, format string
		}{
			{&most.ignition, "controlplane-0", "ignition"}, {&most.cloudInit, "controlplane-0", "cloud-init"},
			{&most.workerIgnition, "worker", "ignition"}, {&most.workerCloudInit, "worker", "cloud-init"},
		} {
			if m.format != format {
				continue
			}
			*m.into = max(*m.into, len(payload(t, out, m.name, m.format)))
		}
	}
	return most, format
}

// TestSizeOfThree compiles the example with three control planes, whose payloads
// are the largest, for a little less than EC2 takes: what compiles here fits with
// anybody's keys.
func TestSizeOfThree(t *testing.T) {
	t.Parallel()
	text, found := examples.Get("ha-flatcar")
	if !found {
		t.Fatal("no such example")
	}
	const luck = 32 // bytes between payloads with different keys, at most
	text = bytes.Replace(text, []byte("{"), fmt.Appendf(nil, `{"provider": {"userdata": {"limit": %d}},`, mostIgnition-luck), 1)
	for range 6 {
		if _, err := compileOnce(compiler.Input{Config: text, Name: "ha-flatcar.json", Now: now}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSizeIsReported compares report.json with the files.
func TestSizeIsReported(t *testing.T) {
	eachCase(t, func(t *testing.T, out *compiler.Output) {
		length := map[string]int{}
		for _, f := range out.Files {
			for _, chunk := range f.Chunks {
				length[f.Path] += len(chunk)
			}
		}
		for _, p := range out.Report.Payloads {
			sum := 0
			for _, f := range p.Files {
				sum += f.Share
			}
			whole := max(p.Bytes, p.ObjectBytes)
			if p.Bytes != length[p.File] || sum > whole || sum < whole-len(p.Files) {
				t.Errorf("%s: reported %d, its files %d, found %d", p.File, p.Bytes, sum, length[p.File])
			}
			if p.Limit > 0 && p.Bytes > p.Limit {
				t.Errorf("%s: %d bytes are over the limit of %d", p.File, p.Bytes, p.Limit)
			}
		}
	})
}

// TestSizeChecksFail proves that a payload over its budget or limit is seen.
func TestSizeChecksFail(t *testing.T) {
	t.Parallel()
	wantProblem(t, overBudget(sizes{ignition: mostIgnition + 1}, "ignition"), "control plane as Ignition: 16385 bytes, 1 over")
	wantProblem(t, overBudget(sizes{workerIgnition: 5000}, "ignition"), "worker")
	wantProblem(t, overBudget(sizes{cloudInit: mostCloudInit + 1}, "cloud-init"), "cloud-init")
	_, err := compileOnce(compiler.Input{Config: []byte(`{"name":"a","provider":{"userdata":{"limit":4096}}}`), Name: "a.json", Now: now})
	if err == nil || !strings.Contains(err.Error(), "more than the 4096 bytes") {
		t.Errorf("found %v, wanted an error about the limit", err)
	}
}
