package iac

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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
		built, err := engine.Tool("lint", name)
		if err != nil {
			return "", err
		}
		if err := os.Symlink(built, filepath.Join(plugins, name)); err != nil {
			return "", err
		}
	}
	return engine.Tool("lint", "tflint")
})

// lint is what tflint finds in an output.
func lint(o output) ([]finding, error) {
	program, err := tflint()
	if err != nil {
		return nil, err
	}
	config, err := filepath.Abs(filepath.Join("testdata", "tflint.hcl"))
	if err != nil {
		return nil, err
	}
	// Terraform finds the values by itself, tflint does not, and without them it
	// looks at no resource that is made for_each of them.
	cmd := exec.Command(program, "--format=json", "--config="+config, "--var-file=terraform.tfvars.json")
	cmd.Dir = o.configuration()
	cmd.Env = append(os.Environ(), "TFLINT_PLUGIN_DIR="+filepath.Join(suiteDir, "tflint"))
	out, err := cmd.Output()
	var answer struct {
		Issues []issue
		Errors []struct{ Message string }
	}
	if json.Unmarshal(out, &answer) != nil || len(answer.Errors) > 0 {
		return nil, fmt.Errorf("%s: %w: %s", cmd, err, out)
	}
	var found []finding
	for _, i := range answer.Issues {
		found = append(found, i.finding())
	}
	return found, nil
}

// issue is how tflint prints what it finds.
type issue struct {
	Rule    struct{ Name string }
	Message string
	Range   struct {
		Filename string
		Start    struct{ Line int }
	}
}

var named = regexp.MustCompile(`"[^"]*"`)

// finding is known by its file and the first name in the message: lines move.
func (i issue) finding() finding {
	return finding{
		rule:  i.Rule.Name,
		where: strings.TrimSpace(i.Range.Filename + " " + strings.Trim(named.FindString(i.Message), `"`)),
		text:  fmt.Sprintf("%s:%d: %s: %s", i.Range.Filename, i.Range.Start.Line, i.Rule.Name, i.Message),
	}
}

// TestLint: what the linter finds has a reason.
func TestLint(t *testing.T) {
	known := reasons(t, "tflint")
	eachProvider(t, "linted", func(t *testing.T, provider string, outputs []output) {
		var found []finding
		for _, o := range outputs {
			more, err := lint(o)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, more...)
		}
		for _, problem := range unexplained(provider, found, known) {
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
			found, err := lint(o)
			if err != nil {
				t.Fatal(err)
			}
			d.seen(t, textsOf(found))
		})
	}
}
