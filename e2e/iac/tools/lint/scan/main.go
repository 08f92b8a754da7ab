// Command scan looks for what is insecure in compiled outputs, by Trivy's checks
// of Terraform. It is Trivy's own scanner without the rest of that program,
// which takes many times as long to build.
//
//	scan OUTPUT...
//
// INPUTS: outputs of kube-anywhere, each with terraform/.
// OUTPUTS: the findings of HIGH and above, as a list in JSON.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/aquasecurity/trivy/pkg/iac/rego"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/options"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/terraform"
	"github.com/aquasecurity/trivy/pkg/iac/severity"
	"github.com/aquasecurity/trivy/pkg/log"
)

// finding is one thing that a check found.
type finding struct {
	Output   string `json:"output"`
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Resource string `json:"resource"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Message  string `json:"message"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scan:", err)
		os.Exit(1)
	}
}

func run(outputs []string) error {
	log.InitLogger(false, true)
	checks := rego.NewScanner(rego.WithEmbeddedPolicies(true), rego.WithEmbeddedLibraries(true))
	if err := checks.LoadPolicies(os.DirFS(".")); err != nil {
		return err
	}
	found := []finding{}
	for _, output := range outputs {
		list, err := scan(output, rego.WithRegoScanner(checks))
		if err != nil {
			return fmt.Errorf("%s: %w", output, err)
		}
		found = append(found, list...)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(found)
}

func scan(output string, checks options.ScannerOption) ([]finding, error) {
	scanner := terraform.New(checks,
		terraform.ScannerWithTFVarsPaths("terraform/terraform.tfvars.json"),
		terraform.ScannerWithDownloadsAllowed(false),
		terraform.ScannerWithStopOnHCLError(true),
	)
	results, err := scanner.ScanFS(context.Background(), os.DirFS(output), "terraform")
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, r := range results.GetFailed() {
		if s := r.Severity(); s != severity.High && s != severity.Critical {
			continue
		}
		flat := r.Flatten()
		found = append(found, finding{
			Output: output, ID: r.Rule().ID, Severity: string(flat.Severity), Resource: flat.Resource,
			File: flat.Location.Filename, Line: flat.Location.StartLine, Message: flat.Description,
		})
	}
	slices.SortFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Line, b.Line))
	})
	return found, nil
}
