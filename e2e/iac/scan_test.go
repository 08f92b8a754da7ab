package iac

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/engine"
)

// finding is one thing of HIGH severity and above that tools/scan found.
type finding struct {
	Output, ID, Severity, Resource, File, Message string
	Line                                          int
}

func (f finding) String() string {
	return fmt.Sprintf("%s: %s %s: %s (%s:%d)", f.Output, f.Severity, f.ID, f.Message, f.File, f.Line)
}

// accepted is a finding that stays, and why.
type accepted struct{ ID, Resource, Reason string }

// is says whether a finding is the accepted one. A resource that is made many
// times is the same each time.
func (a accepted) is(f finding) bool {
	resource, _, _ := strings.Cut(f.Resource, "[")
	return a.ID == f.ID && a.Resource == resource
}

func scan(dirs ...string) ([]finding, error) {
	program, err := engine.Tool("scan", "scan")
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
	var found []finding
	return found, json.Unmarshal(out, &found)
}

// TestScan: no finding of HIGH severity is without a reason, and no reason
// without its finding.
func TestScan(t *testing.T) {
	all, err := allConfigurations()
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, c := range all {
		o, err := c.output()
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, o.dir)
	}
	found, err := scan(dirs...)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []accepted
	if err := readJSON(filepath.Join("testdata", "findings.json"), &reasons); err != nil {
		t.Fatal(err)
	}
	used := make([]bool, len(reasons))
	for _, f := range found {
		known := false
		for i, a := range reasons {
			if a.is(f) && a.Reason != "" {
				known, used[i] = true, true
			}
		}
		if !known {
			t.Errorf("%s: change it, or give the reason in testdata/findings.json", f)
		}
	}
	for i, a := range reasons {
		if !used[i] {
			t.Errorf("testdata/findings.json accepts %s of %s, which nobody finds any more", a.ID, a.Resource)
		}
	}
}

// TestScanSeesDamages: what makes a configuration insecure is found.
func TestScanSeesDamages(t *testing.T) {
	for provider, d := range map[string]damage{
		"aws":   {"one", "terraform/controlplane.tf", "", `encrypted   = true`, `encrypted   = false`, "AVD-AWS-0131"},
		"azure": {"closed", "terraform/network.tf", "", `source_address_prefixes                    = var.ssh_cidrs`, `source_address_prefix                      = "*"`, "AVD-AZU-0050"},
		"gce":   {"closed", "terraform/network.tf", "", `= var.ssh_cidrs`, `= ["0.0.0.0/0"]`, "AVD-GCP-0027"},
	} {
		t.Run(provider, func(t *testing.T) {
			o, err := damaged(provider, d, "scan")
			if err != nil {
				t.Fatal(err)
			}
			found, err := scan(o.dir)
			if err != nil {
				t.Fatal(err)
			}
			var problems []string
			for _, f := range found {
				problems = append(problems, f.String())
			}
			d.seen(t, problems)
		})
	}
}
