package smoke

import (
	"fmt"
	"slices"
)

// checkEveryNode runs a pod on every schedulable node; the network checks use
// these pods.
func (r *runner) checkEveryNode(t trial) (string, error) {
	pods, err := r.onEveryNode(t)
	return fmt.Sprintf("%s Ready on %s", plural(len(pods), "pod"), plural(len(pods), "schedulable Node")), err
}

func (r *runner) onEveryNode(t trial) ([]pod, error) {
	return r.everyNode.get(r, t, "every-node", func() ([]pod, error) {
		if err := r.inNamespace(t); err != nil {
			return nil, err
		}
		const name = "every-node"
		manifest := render("daemonset.yaml", values{Name: name, Image: r.Image})
		var ready []pod
		made := false
		err := t.until(soon, func() (err error) {
			if !made {
				if err := r.api.ensure(t, r.namespace.path("apps/v1", "daemonsets"), name, manifest, nil); err != nil {
					return err
				}
				made = true
			}
			ready, err = r.podPerNode(t, name)
			return err
		})
		return ready, err
	})
}

// podPerNode gives the app's pod on each schedulable node, once all are Ready.
func (r *runner) podPerNode(t trial, app string) ([]pod, error) {
	nodes, err := r.nodes(t)
	if err != nil {
		return nil, err
	}
	all, err := r.pods(t, app)
	if err != nil {
		return nil, err
	}
	var ready, bad []pod
	var without []string
	for _, n := range nodes {
		if !n.runsPods() {
			continue
		}
		i := slices.IndexFunc(all, func(p pod) bool { return p.Spec.NodeName == n.Metadata.Name })
		switch {
		case i < 0:
			without = append(without, n.Metadata.Name)
		case all[i].Status.is("Ready"):
			ready = append(ready, all[i])
		default:
			bad = append(bad, all[i])
		}
	}
	switch {
	case len(bad) > 0:
		return nil, fmt.Errorf("%d of %s not Ready: %s", len(bad), plural(len(ready)+len(bad)+len(without), "pod"), r.notReady(t, bad))
	case len(without) > 0:
		return nil, fmt.Errorf("no pod on %s: %s", listed(without), r.notReady(t, pending(all)))
	case len(ready) == 0:
		return nil, fmt.Errorf("there is no schedulable Node with Linux among %s", plural(len(nodes), "Node"))
	}
	return ready, nil
}

// pending are the pods that no node has taken.
func pending(all []pod) []pod {
	return slices.DeleteFunc(slices.Clone(all), func(p pod) bool { return p.Spec.NodeName != "" })
}

type deployment struct {
	Metadata metadata
	Spec     struct{ Replicas int }
	Status   struct {
		ObservedGeneration                           int64
		Replicas, UpdatedReplicas, AvailableReplicas int
	}
}

// settled says whether what runs is what was asked for, and no more.
func (d deployment) settled() bool {
	s := d.Status
	return s.ObservedGeneration >= d.Metadata.Generation && s.Replicas == d.Spec.Replicas &&
		s.UpdatedReplicas == d.Spec.Replicas && s.AvailableReplicas == d.Spec.Replicas
}

// checkDeployment takes a Deployment through its life.
func (r *runner) checkDeployment(t trial) (string, error) {
	if err := r.inNamespace(t); err != nil {
		return "", err
	}
	const name = "deployment"
	path := r.namespace.path("apps/v1", "deployments", name)
	for _, step := range []struct{ name, patch string }{
		{"scheduled", ""},
		{"scaled to 2", `{"spec":{"replicas":2}}`},
		{"rolled out", `{"spec":{"template":{"metadata":{"annotations":{"revision":"2"}}}}}`},
	} {
		if err := r.settle(t, name, path, step.patch); err != nil {
			return "", fmt.Errorf("a Deployment was not %s: %w", step.name, err)
		}
	}
	return "a Deployment was scheduled, scaled to 2, and rolled out to a new revision", nil
}

// settle makes or changes a Deployment, and waits until what runs is that.
func (r *runner) settle(t trial, name, path, patch string) error {
	asked := false
	return t.until(soon, func() (err error) {
		if !asked && patch == "" {
			err = r.api.ensure(t, r.namespace.path("apps/v1", "deployments"), name, render("deployment.yaml", values{Name: name, Image: r.Image}), nil)
		} else if !asked {
			err = r.api.patch(t, path, patch, nil)
		}
		if err != nil {
			return err
		}
		asked = true
		var d deployment
		if err := r.api.get(t, path, &d); err != nil || d.settled() {
			return err
		}
		pods, err := r.pods(t, name)
		if err != nil {
			return err
		}
		return fmt.Errorf("%d of %s available: %s", d.Status.AvailableReplicas, plural(d.Spec.Replicas, "pod"), r.notReady(t, pods))
	})
}
