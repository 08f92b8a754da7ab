package iac

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestChangedPayload: once a cluster stands, another payload and newer images
// change its workers and leave its control plane alone. And what was made can be
// taken away again.
func TestChangedPayload(t *testing.T) {
	providers, err := terraformProviders()
	if err != nil {
		t.Fatal(err)
	}
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			all, err := variations(provider)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range roll("roll/"+provider, all["three"], nil) {
				t.Error(problem)
			}
		})
	}
}

// TestChangedPayloadSeesDamages: a control plane that follows its payload, and a
// pool that does not.
func TestChangedPayloadSeesDamages(t *testing.T) {
	for _, d := range []damage{
		{"three", "terraform/controlplane.tf", "", `ignore_changes = [ami, user_data_base64,`, `ignore_changes = [ami,`, "another payload would update aws_instance.control_plane"},
		{"three", "terraform/controlplane.tf", "", `ignore_changes = [ami,`, `ignore_changes = [`, "another payload would update aws_instance.control_plane"},
		{"three", "terraform/workers.tf", "", `create_before_destroy = true`, `ignore_changes = [user_data]`, "no resource has payloads/general.ign"},
		{"three", "terraform/network.tf", "", `description = "Every machine of the cluster ${var.name}"`, `description = "Made at ${timestamp()}"`, "a second plan would update aws_security_group.machines"},
	} {
		t.Run(d.new, func(t *testing.T) {
			t.Parallel()
			all, err := variations("aws")
			if err != nil {
				t.Fatal(err)
			}
			d.seen(t, roll("damagedroll/"+t.Name(), all[d.config], &d))
		})
	}
}

// roll goes through the life of a cluster: up, nothing to do, another payload,
// down.
func roll(name string, config map[string]any, d *damage) []string {
	o, err := compileDamaged(name, config, d)
	if err != nil {
		return errorsOf(nil, err)
	}
	dir := o.configuration()
	for _, args := range [][]string{{"init"}, {"apply", "-auto-approve"}} {
		if _, err := tofu.Run(dir, append(args, "-no-color", "-input=false")...); err != nil {
			return errorsOf(nil, err)
		}
	}
	again, problems := judge(tofu, dir)
	if again == nil {
		return problems
	}
	for _, r := range again.Changes {
		if r.changes() {
			problems = append(problems, fmt.Sprintf("a second plan would %s %s", strings.Join(r.Change.Actions, " and "), r.Address))
		}
	}
	motd := map[string]any{"os": map[string]any{"files": []any{map[string]any{"path": "/etc/motd", "content": "another payload\n"}}}}
	if o, err = compileDamaged(name, merge(config, motd).(map[string]any), d); err != nil {
		return append(problems, err.Error())
	}
	problems = append(problems, rolled(o)...)
	_, err = tofu.Run(dir, "destroy", "-auto-approve", "-no-color", "-input=false")
	return append(problems, errorsOf(nil, err)...)
}

func compileDamaged(name string, config map[string]any, d *damage) (output, error) {
	o, err := compile(name, config)
	if err == nil && d != nil {
		err = d.do(o.dir)
	}
	return o, err
}

// rolled looks at the plan after a change: every pool gets its new payload, and
// nothing happens to the control plane.
func rolled(o output) []string {
	later := tofu
	later.Environment = []string{laterImages + "=yes"}
	p, problems := judge(later, o.configuration())
	if p == nil {
		return problems
	}
	found, problems := payloadsIn(o, p)
	problems = append(problems, poolsLack(o, found)...)
	for _, r := range p.Changes {
		if r.changes() && controlPlane.MatchString(r.Name) {
			problems = append(problems, fmt.Sprintf("another payload would %s %s", strings.Join(r.Change.Actions, " and "), r.Address))
		}
	}
	return problems
}

// controlPlane is how all configurations call what a control-plane machine
// consists of.
var controlPlane = regexp.MustCompile(`^(control_plane|etcd)`)

// changes says whether a plan does anything with the resource.
func (r resource) changes() bool {
	return r.Mode == "managed" && !slices.Equal(r.Change.Actions, []string{"no-op"})
}
