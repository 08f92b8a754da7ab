package cases

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// milestone is something that happens on the way to a cluster, once.
type milestone struct {
	name    string
	reached func(context.Context) error
}

// timeToReady measures, from the power-on of the control plane, when each
// milestone of the way to a whole cluster is reached.
func (w *World) timeToReady(t *suite.T, c *cluster.Cluster) {
	m := c.ControlPlane()
	console := func(pattern string) func(context.Context) error {
		return func(ctx context.Context) error { return m.WaitConsole(ctx, pattern, 0) }
	}
	measureMilestones(t, m.FirstOn, append([]milestone{
		{"preflight begins", console(`Starting .*node-preflight\.service`)},
		{"kubelet starts", console(`Starting .*kubelet\.service`)},
	}, clusterMilestones(c)...))
}

// clusterMilestones are those that every way to make a cluster has.
func clusterMilestones(c *cluster.Cluster) []milestone {
	until := func(what string, args ...string) func(context.Context) error {
		return func(ctx context.Context) error {
			return lab.Until(ctx, what, func(ctx context.Context) error {
				_, err := c.Kubectl(ctx, args...)
				return err
			})
		}
	}
	return []milestone{
		{"API ready", until("the API", "get", "--raw", "/readyz")},
		{"control-plane node registered", until("the node", "get", "node", c.ControlPlane().Name)},
		{"all nodes Ready", func(ctx context.Context) error { return check.NodesReady(ctx, c) }},
		{"DNS answers on every node", func(ctx context.Context) error { return check.DNSAnswers(ctx, c) }},
	}
}

// measureMilestones waits for all of them side by side and adds each as a result.
func measureMilestones(t *suite.T, start time.Time, milestones []milestone) {
	t.Measure("time to Ready", 3*slow, func(ctx context.Context) (string, error) {
		var group sync.WaitGroup
		notes, errs := make([]string, len(milestones)), make([]error, len(milestones))
		for i, m := range milestones {
			group.Go(func() {
				errs[i] = m.reached(ctx)
				notes[i] = fmt.Sprintf("%s %.0f s", m.name, time.Since(start).Seconds())
			})
		}
		group.Wait()
		for i, err := range errs {
			if err != nil {
				return "", fmt.Errorf("%s: %w", milestones[i].name, err)
			}
		}
		return strings.Join(notes, ", "), nil
	})
}
