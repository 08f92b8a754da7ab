package iac

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/engine"
)

// scanned is how tools/scan prints a finding of HIGH severity or above.
type scanned struct {
	Output, ID, Severity, Resource, File, Message string
	Line                                          int
}

// finding leaves out which of many it is: a resource that is made many times is
// the same each time.
func (s scanned) finding() finding {
	resource, _, _ := strings.Cut(s.Resource, "[")
	text := fmt.Sprintf("%s: %s %s: %s (%s)", resource, s.Severity, s.ID, s.Message, s.File)
	return finding{rule: s.ID, where: resource, text: text}
}

// scanner builds it.
var scanner = sync.OnceValues(func() (string, error) { return engine.Tool("lint", "scan") })

// scan is what the scanner finds in outputs, by the output's directory.
func scan(dirs ...string) (map[string][]finding, error) {
	program, err := scanner()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, dirs...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", cmd, err, stderr.String())
	}
	var list []scanned
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, err
	}
	found := map[string][]finding{}
	for _, s := range list {
		found[s.Output] = append(found[s.Output], s.finding())
	}
	return found, nil
}

// TestScan: what the scanner finds has a reason.
func TestScan(t *testing.T) {
	known := reasons(t, "trivy")
	eachProvider(t, "scanned", func(t *testing.T, provider string, outputs []output) {
		var dirs []string
		for _, o := range outputs {
			dirs = append(dirs, o.dir)
		}
		in, err := scan(dirs...)
		if err != nil {
			t.Fatal(err)
		}
		var found []finding
		for _, dir := range dirs {
			found = append(found, in[dir]...)
		}
		for _, problem := range unexplained(provider, found, known) {
			t.Error(problem)
		}
	})
}

// TestScanSeesDamages: what makes a configuration insecure is found.
func TestScanSeesDamages(t *testing.T) {
	for name, d := range map[string]damage{
		"aws/disk":  {"one", "terraform/controlplane.tf", "", `encrypted   = true`, `encrypted   = false`, "aws_instance.control_plane: HIGH AWS-0131"},
		"aws/store": {"large-manifest", "terraform/store.tf", "", `block_public_policy     = true`, `block_public_policy     = false`, "AWS-0087"},
		"azure/ssh": {"closed", "terraform/network.tf", "", `source_address_prefixes                    = var.ssh_cidrs`, `source_address_prefix                      = "*"`, "azurerm_network_security_rule.ssh: CRITICAL AZU-0050"},
		"gce/ssh":   {"closed", "terraform/network.tf", "", `= var.ssh_cidrs`, `= ["0.0.0.0/0"]`, "google_compute_firewall.ssh: CRITICAL GCP-0027"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider, what, _ := strings.Cut(name, "/")
			o, err := damaged(provider, d, "scan-"+what)
			if err != nil {
				t.Fatal(err)
			}
			found, err := scan(o.dir)
			if err != nil {
				t.Fatal(err)
			}
			d.seen(t, textsOf(found[o.dir]))
		})
	}
}
