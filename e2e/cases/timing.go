package cases

import (
	"context"
	"fmt"
	"slices"
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

// payloadMilestones are those on the way of a machine that has our payload.
func payloadMilestones(c *cluster.Cluster) []milestone {
	m := c.ControlPlane()
	console := func(pattern string) func(context.Context) error {
		return func(ctx context.Context) error { return m.WaitConsole(ctx, pattern, 0) }
	}
	return append([]milestone{
		{"preflight begins", console(`Starting .*node-preflight\.service`)},
		{"kubelet starts", console(`Starting .*kubelet\.service`)},
	}, clusterMilestones(c)...)
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

// timeToReady measures when each milestone is reached, from the power-on of the
// control plane, and returns when the last one was.
func timeToReady(t *suite.T, whose string, c *cluster.Cluster, milestones []milestone) (last time.Duration) {
	start := c.ControlPlane().FirstOn
	t.Measure("time to Ready: "+whose, 3*slow, func(ctx context.Context) (string, error) {
		var group sync.WaitGroup
		reached, errs := make([]time.Duration, len(milestones)), make([]error, len(milestones))
		for i, m := range milestones {
			group.Go(func() {
				errs[i] = m.reached(ctx)
				reached[i] = time.Since(start)
			})
		}
		group.Wait()
		var notes []string
		for i, m := range milestones {
			if errs[i] != nil {
				return "", fmt.Errorf("%s: %w", m.name, errs[i])
			}
			notes = append(notes, fmt.Sprintf("%s %.0f s", m.name, reached[i].Seconds()))
		}
		last = slices.Max(reached)
		return strings.Join(notes, ", "), nil
	})
	return last
}
