package smoke

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

type pod struct {
	Metadata metadata
	Spec     struct{ NodeName, PriorityClassName string }
	Status   struct {
		status
		Phase, Reason, Message string
		PodIPs                 []struct{ IP string }
		InitContainerStatuses  []container
		ContainerStatuses      []container
	}
}

type container struct {
	Name  string
	Ready bool
	State struct {
		Waiting, Terminated *struct{ Reason, Message string }
	}
}

// isOver says that nobody waits for the pod to become Ready: it has done its
// work, is on its way out, or has been replaced.
func (p pod) isOver() bool {
	replaced := p.Status.Phase == "Failed" && slices.ContainsFunc(p.Metadata.OwnerReferences,
		func(o struct{ Kind string }) bool { return o.Kind != "Node" }) // a static pod's own object
	return p.Status.Phase == "Succeeded" || p.Metadata.DeletionTimestamp != "" || replaced
}

// why tells what keeps a pod from being Ready: what its containers wait for, or
// that no node takes it.
func (p pod) why() string {
	if !p.Status.is("PodScheduled") && p.Status.Phase == "Pending" {
		return p.Status.why("PodScheduled")
	}
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		for _, s := range []*struct{ Reason, Message string }{c.State.Waiting, c.State.Terminated} {
			if !c.Ready && s != nil && s.Reason != "Completed" {
				return fmt.Sprintf("%s: %s %s", c.Name, s.Reason, s.Message)
			}
		}
	}
	return cmp.Or(p.Status.Reason+p.Status.Message, p.Status.why("Ready"))
}

// pods are those of one of the test's own apps that are not on their way out.
func (r *runner) pods(ctx context.Context, app string) ([]pod, error) {
	all, err := list[pod](ctx, r.api, r.namespace.path("", "pods"))
	all = slices.DeleteFunc(all, func(p pod) bool { return p.Metadata.Labels["app"] != app || p.isOver() })
	slices.SortFunc(all, func(a, b pod) int {
		return cmp.Or(cmp.Compare(a.Spec.NodeName, b.Spec.NodeName), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return all, err
}

// notReady tells of pods that are not Ready, and what the events of the
// namespace say where no pod tells a cause.
func (r *runner) notReady(t trial, pods []pod) string {
	var bad []string
	told := false
	for _, p := range pods {
		if !p.Status.is("Ready") {
			why := oneLine(p.why())
			told = told || !strings.Contains(why, "ContainerCreating")
			bad = append(bad, cmp.Or(p.Spec.NodeName, p.Metadata.Name)+": "+why)
		}
	}
	if !told {
		bad = append(r.warnings(t), bad...)
	}
	if len(bad) == 0 {
		return "nothing tells why"
	}
	return listed(bad)
}

// warnings are what has gone wrong in the namespace: the place where a
// controller tells that it may not make a pod.
func (r *runner) warnings(t trial) []string {
	query := url.Values{"fieldSelector": {"type=Warning"}, "limit": {"20"}}
	var events struct{ Items []struct{ Message string } }
	if r.api.get(t, r.namespace.path("", "events")+"?"+query.Encode(), &events) != nil {
		return nil // there is a better error to tell
	}
	var all []string
	for _, e := range events.Items {
		all = append(all, oneLine(e.Message))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
