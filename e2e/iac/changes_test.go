package iac

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestChanges: once a cluster stands, another payload and newer images change its
// workers and leave its control plane alone; a control-plane machine is replaced
// alone, and its etcd's disk stays; and what was made can be taken away again.
func TestChanges(t *testing.T) {
	providers, err := terraformProviders()
	if err != nil {
		t.Fatal(err)
	}
	far := &progress{what: "lives of clusters", total: len(providers)}
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			defer far.step()
			all, err := variations(provider)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range live("live/"+provider, all["three"], nil) {
				t.Error(problem)
			}
		})
	}
}

// TestChangesSeesDamages: a control plane that follows its payload or its image, a
// pool that does not, what is never at rest, and a disk that goes with its
// machine.
func TestChangesSeesDamages(t *testing.T) {
	for provider, list := range map[string][]damage{
		"aws": {
			{"three", "terraform/controlplane.tf", "", `ignore_changes = [ami, user_data_base64,`, `ignore_changes = [ami,`, "another payload would update aws_instance.control_plane"},
			{"three", "terraform/controlplane.tf", "", `ignore_changes = [ami,`, `ignore_changes = [`, "another payload would update aws_instance.control_plane"},
			{"three", "terraform/workers.tf", "", `create_before_destroy = true`, `ignore_changes = [user_data]`, "no resource has payloads/general.ign"},
			{"three", "terraform/network.tf", "", `description = "Every machine of the cluster ${var.name}"`, `description = "Made at ${timestamp()}"`, "a second plan would update aws_security_group.machines"},
			{"three", "terraform/controlplane.tf", `"aws_ebs_volume"`, `availability_zone = each.value.zone`, `availability_zone = aws_instance.control_plane[each.key].availability_zone`, "would also update aws_ebs_volume.etcd"},
		},
		"vsphere": {
			{"three", "terraform/workers.tf", "", `replace_trigger            = local.generations[each.value.pool]`, ``, "no resource has payloads/general.ign"},
		},
	} {
		for i, d := range list {
			t.Run(fmt.Sprintf("%s/%d", provider, i+1), func(t *testing.T) {
				t.Parallel()
				all, err := variations(provider)
				if err != nil {
					t.Fatal(err)
				}
				d.seen(t, live(fmt.Sprintf("damagedlive/%s/%d", provider, i+1), all[d.config], &d))
			})
		}
	}
}

// live goes through the life of a cluster: up, nothing to do, a new machine,
// another payload, down.
func live(name string, config map[string]any, d *damage) []string {
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
	problems := append(atRest(o), replacing(o)...)
	motd := map[string]any{"os": map[string]any{"files": []any{map[string]any{"path": "/etc/motd", "content": "another payload\n"}}}}
	if o, err = compileDamaged(name, merge(config, motd).(map[string]any), d); err != nil {
		return append(problems, err.Error())
	}
	problems = append(problems, rolled(o)...)
	_, err = tofu.Run(dir, "destroy", "-auto-approve", "-no-color", "-input=false")
	return append(problems, errorsOf(nil, err)...)
}

// atRest finds what a second plan would do.
func atRest(o output) []string {
	p, err := planned(tofu, o.configuration())
	if err != nil {
		return errorsOf(nil, err)
	}
	var problems []string
	for _, r := range p.Changes {
		if r.changes() {
			problems = append(problems, fmt.Sprintf("a second plan would %s", r))
		}
	}
	return problems
}

// replacing finds what else would change with a control-plane machine that is
// replaced: another machine, or an etcd's disk in more than whom it belongs to.
func replacing(o output) []string {
	p, err := planned(tofu, o.configuration())
	if err != nil {
		return errorsOf(nil, err)
	}
	inv := readers[o.provider].read(p)
	names := slices.Sorted(maps.Keys(inv.machines))
	if len(names) == 0 {
		return []string{"nothing here is a control-plane machine"}
	}
	first := inv.machines[names[0]].resource
	if p, err = planned(tofu, o.configuration(), "-replace="+first); err != nil {
		return errorsOf(nil, err)
	}
	var problems []string
	for _, r := range p.Changes {
		machine := slices.ContainsFunc(names, func(n string) bool { return inv.machines[n].resource == r.Address && r.Address != first })
		disk := slices.ContainsFunc(inv.disks, func(d disk) bool { return d.etcd && d.resource == r.Address && !r.onlyMoves() })
		if r.changes() && (machine || disk) {
			problems = append(problems, fmt.Sprintf("replacing %s would also %s", first, r))
		}
	}
	return problems
}

// onlyMoves says that a disk is only attached to another machine.
func (r resource) onlyMoves() bool {
	before, _ := r.Change.Before.(map[string]any)
	after, _ := r.Change.After.(map[string]any)
	for key, was := range before {
		if key != "virtual_machine_id" && fmt.Sprint(was) != fmt.Sprint(after[key]) {
			return false
		}
	}
	return slices.Equal(r.Change.Actions, []string{"update"})
}

// rolled looks at the plan after a change: every pool gets its new payload, and
// nothing happens to the control plane.
func rolled(o output) []string {
	later := tofu
	later.Environment = []string{laterImages + "=yes"}
	p, err := planned(later, o.configuration())
	if err != nil {
		return errorsOf(nil, err)
	}
	found, problems := payloadsIn(o, p)
	problems = append(problems, poolsLack(o, found)...)
	for _, r := range p.Changes {
		if r.changes() && controlPlane.MatchString(r.Name) {
			problems = append(problems, fmt.Sprintf("another payload would %s", r))
		}
	}
	return problems
}

// controlPlane is how configurations call what a control-plane machine consists
// of; on vSphere it is a machine with a fixed address.
var controlPlane = regexp.MustCompile(`^(control_plane|etcd|fixed)`)

// changes says whether a plan does anything with the resource.
func (r resource) changes() bool {
	return r.Mode == "managed" && !slices.Equal(r.Change.Actions, []string{"no-op"})
}

// String is what a plan does with it.
func (r resource) String() string {
	return strings.Join(r.Change.Actions, " and ") + " " + r.Address
}
