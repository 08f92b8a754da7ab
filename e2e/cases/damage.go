package cases

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// damage breaks one thing in a cluster that works, and names the check that has
// to find it.
type damage struct {
	what  string // is broken
	check func(context.Context, *cluster.Cluster) error
	finds string // part of the check's error
	// Commands on the control plane, or on the worker, or for kubectl.
	do, undo step
}

// step is where to run what. Several are joined by newlines.
type step struct{ controlPlane, worker, kubectl string }

func recovers(signal string) func(context.Context, *cluster.Cluster) error {
	return func(ctx context.Context, c *cluster.Cluster) error {
		return check.KubeletRecovers(ctx, c, c.Workers()[0], signal)
	}
}

func losesObject(ctx context.Context, c *cluster.Cluster) error {
	const manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: e2e-lost, namespace: default}}"
	if _, err := c.Apply(ctx, []byte(manifest), "apply", "-f", "-"); err != nil {
		return err
	}
	return check.Survives(ctx, c, func(ctx context.Context) error {
		_, err := c.Kubectl(ctx, "delete", "configmap", "e2e-lost")
		return err
	})
}

func refusesNothing(ctx context.Context, c *cluster.Cluster) error {
	return refuses(ctx, c.Workers()[0], "swap: found")
}

// smokeFinds runs one check of "kube-anywhere smoke" and what that needs.
func smokeFinds(name string) func(context.Context, *cluster.Cluster) error {
	return func(ctx context.Context, c *cluster.Cluster) error {
		// Less than a minute is too short for making pods and removing them.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), slow)
		defer cancel()
		results, err := runSmoke(ctx, c, []string{"--only", name, "--timeout", "1m"})
		for _, r := range results {
			if r.Failure != "" {
				err = errors.Join(err, fmt.Errorf("%s: %s", r.Check, r.Failure))
			}
		}
		return err
	}
}

// selfCheck is case X.
func (w *World) selfCheck() suite.Case {
	return suite.Case{
		Name: "x", Title: "the checks themselves: each is seen to fail on a cluster broken for it", OnRequest: true,
		Run: func(t *suite.T) {
			c := w.start(t, debian(w.config(t.Case.Name, 1)))
			w.bootAll(t, c, lab.CloudInit, "controlplane-0", "worker-0")
			converge(t, c)
			for _, d := range damages {
				t.Measure(d.what, slow, func(ctx context.Context) (string, error) { return d.isFound(ctx, c) })
			}
		},
	}
}

// isFound does the damage, waits for the check to find it, and undoes it.
func (d damage) isFound(ctx context.Context, c *cluster.Cluster) (string, error) {
	if err := d.do.run(ctx, c); err != nil {
		return "", fmt.Errorf("do the damage: %w", err)
	}
	var found error
	err := lab.Until(ctx, "the check to fail", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
		defer cancel()
		if found = d.check(ctx, c); found == nil {
			return errors.New("it passes")
		}
		if !strings.Contains(found.Error(), d.finds) {
			return fmt.Errorf("it fails otherwise than by %q: %w", d.finds, found)
		}
		return nil
	})
	// Also when the check took all the time: the next one wants a whole cluster.
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), quick)
	defer cancel()
	if undone := d.undo.run(late, c); undone != nil {
		return "", fmt.Errorf("undo the damage: %w", undone)
	}
	if err != nil {
		return "", err
	}
	return "the check said: " + shorten(found.Error()), nil
}

func (s step) run(ctx context.Context, c *cluster.Cluster) error {
	if s.controlPlane != "" {
		if _, err := c.ControlPlane().Run(ctx, s.controlPlane); err != nil {
			return err
		}
	}
	if s.worker != "" {
		if _, err := c.Workers()[0].Run(ctx, s.worker); err != nil {
			return err
		}
	}
	if s.kubectl == "" {
		return nil
	}
	_, err := c.Kubectl(ctx, strings.Fields(s.kubectl)...)
	return err
}

// shorten takes what fits on a line of the table.
func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 150 {
		s = string(r[:150]) + "…"
	}
	return s
}
