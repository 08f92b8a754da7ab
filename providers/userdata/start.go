package userdata

import (
	"bytes"
	_ "embed"
	"strings"
	"text/template"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

//go:embed start.md.tmpl
var startText string

// step is one machine's section: what to do, and the command.
type step struct {
	machine
	Command string // the platform's, or empty
	Uses    []use
}

// start is START.md: how each machine begins.
func start(p plan.Plan, on platform, all []machine) (plan.File, error) {
	command, err := template.New("command").Parse(on.command)
	if err != nil {
		return plan.File{}, err
	}
	var steps []step
	for _, m := range all {
		var b strings.Builder
		if err := command.Execute(&b, m); err != nil {
			return plan.File{}, err
		}
		steps = append(steps, step{machine: m, Command: b.String(), Uses: m.uses})
	}
	page, err := template.New("START.md").Parse(startText)
	if err != nil {
		return plan.File{}, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{"Plan": p, "Platform": on, "Steps": steps})
	return plan.File{Path: "START.md", Mode: 0o644, Content: b.Bytes()}, err
}
