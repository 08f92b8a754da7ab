package iac

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/engine"
)

// tflint builds the linter and its rule sets, and lays those out where it looks
// for them.
var tflint = sync.OnceValues(func() (string, error) {
	plugins := filepath.Join(suiteDir, "tflint")
	if err := os.MkdirAll(plugins, 0o755); err != nil {
		return "", err
	}
	for _, set := range []string{"aws", "azurerm", "google"} {
		name := "tflint-ruleset-" + set
		built, err := engine.Tool(name, name)
		if err != nil {
			return "", err
		}
		if err := os.Symlink(built, filepath.Join(plugins, name)); err != nil {
			return "", err
		}
	}
	return engine.Tool("tflint", "tflint")
})

// lint is what tflint finds in an output.
func lint(o output) []string {
	program, err := tflint()
	if err != nil {
		return errorsOf(nil, err)
	}
	config, err := filepath.Abs(filepath.Join("testdata", "tflint.hcl"))
	if err != nil {
		return errorsOf(nil, err)
	}
	cmd := exec.Command(program, "--format=json", "--config="+config)
	cmd.Dir = o.configuration()
	cmd.Env = append(os.Environ(), "TFLINT_PLUGIN_DIR="+filepath.Join(suiteDir, "tflint"))
	out, err := cmd.Output()
	var answer struct {
		Issues []struct {
			Rule    struct{ Name string }
			Message string
			Range   struct {
				Filename string
				Start    struct{ Line int }
			}
		}
		Errors []struct{ Message string }
	}
	if json.Unmarshal(out, &answer) != nil {
		return errorsOf(nil, fmt.Errorf("%s: %w: %s", cmd, err, out))
	}
	var problems []string
	for _, i := range answer.Issues {
		problems = append(problems, fmt.Sprintf("%s:%d: %s: %s", i.Range.Filename, i.Range.Start.Line, i.Rule.Name, i.Message))
	}
	for _, e := range answer.Errors {
		problems = append(problems, e.Message)
	}
	return problems
}

// TestLint: the linter finds nothing.
func TestLint(t *testing.T) {
	eachConfiguration(t, "configurations linted", func(t *testing.T, o output) {
		for _, problem := range lint(o) {
			t.Error(problem)
		}
	})
}

// TestLintSeesDamages: one for each rule set.
func TestLintSeesDamages(t *testing.T) {
	for provider, d := range map[string]damage{
		"aws":     {"three", "terraform/workers.tf", "", `instance_type = each.value.size`, `instance_type = "t3.mediun"`, "aws_launch_template_invalid_instance_type"},
		"azure":   {"three", "terraform/controlplane.tf", "", `= each.value.size`, `= "Standard_B2m"`, "azurerm_linux_virtual_machine_invalid_size"},
		"gce":     {"three", "terraform/controlplane.tf", "", `machine_type = each.value.size`, `machine_type = "e2-mediun"`, "google_compute_instance_invalid_machine_type"},
		"libvirt": {"three", "terraform/variables.tf", "", `type `, `default = "" #`, "terraform_typed_variables"},
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			o, err := damaged(provider, d, "lint")
			if err != nil {
				t.Fatal(err)
			}
			d.seen(t, lint(o))
		})
	}
}
