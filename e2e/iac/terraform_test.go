package iac

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/engine"
)

// judge lets Terraform see a configuration: what it finds wrong, and where it
// finds nothing that stops it, the plan.
func judge(tofu engine.Engine, dir string) (p *plan, problems []string) {
	steps := []func() []string{
		func() []string { return format(tofu, dir) },
		func() []string { return errorsOf(tofu.Run(dir, "init", "-no-color", "-input=false")) },
		func() []string { return validate(tofu, dir) },
		func() []string {
			var err error
			p, err = planned(tofu, dir)
			return errorsOf(nil, err)
		},
	}
	for i, step := range steps {
		found := step()
		problems = append(problems, found...)
		if len(found) > 0 && i > 0 { // a badly formatted file may still be right
			return nil, problems
		}
	}
	return p, problems
}

// planned makes a plan, and reads it.
func planned(tofu engine.Engine, dir string, args ...string) (*plan, error) {
	args = append([]string{"plan", "-no-color", "-input=false", "-lock=false", "-out=plan"}, args...)
	if _, err := tofu.Run(dir, args...); err != nil {
		return nil, err
	}
	text, err := tofu.Run(dir, "show", "-no-color", "-json", "plan")
	if err != nil {
		return nil, err
	}
	return readPlan(text)
}

func errorsOf(_ []byte, err error) []string {
	if err == nil {
		return nil
	}
	return []string{err.Error()}
}

// format lists the files that "fmt" would change.
func format(tofu engine.Engine, dir string) []string {
	out, err := tofu.Run(dir, "fmt", "-check", "-no-color")
	if err == nil {
		return nil
	}
	if files := strings.Fields(string(out)); len(files) > 0 {
		return []string{"fmt would change " + strings.Join(files, ", ")}
	}
	return errorsOf(nil, err)
}

// validate finds errors and warnings: nothing that we emit may be deprecated.
func validate(tofu engine.Engine, dir string) []string {
	out, err := tofu.Run(dir, "validate", "-no-color", "-json")
	var answer struct {
		Diagnostics []struct {
			Severity, Summary, Detail string
			Range                     struct {
				Filename string
				Start    struct{ Line int }
			}
		}
	}
	if json.Unmarshal(out, &answer) != nil {
		return errorsOf(nil, err)
	}
	var problems []string
	for _, d := range answer.Diagnostics {
		problems = append(problems, fmt.Sprintf("%s:%d: %s: %s: %s", filepath.Base(d.Range.Filename), d.Range.Start.Line, d.Severity, d.Summary, d.Detail))
	}
	return problems
}
