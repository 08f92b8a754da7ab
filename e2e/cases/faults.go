package cases

import (
	"context"
	"time"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// workersLead is how long case B's workers are alone.
const workersLead = 5 * time.Minute

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// cutInFirstBoot takes the power from the control plane as soon as etcd has
// begun to write, and gives it back.
func cutInFirstBoot(ctx context.Context, c *cluster.Cluster) error {
	m := c.ControlPlane()
	if err := lab.Until(ctx, "etcd to make its files", func(ctx context.Context) error {
		_, err := m.Run(ctx, "test -e /var/lib/etcd/member")
		return err
	}); err != nil {
		return err
	}
	m.PowerCut()
	return m.PowerOn()
}

// cutCloudInit takes the power from a worker between the stage of cloud-init that
// writes files and the one that runs commands, and gives it back.
func cutCloudInit(ctx context.Context, c *cluster.Cluster) error {
	m := c.Workers()[0]
	if err := m.WaitConsole(ctx, "running 'modules:config'", 0); err != nil {
		return err
	}
	m.PowerCut()
	return m.PowerOn()
}

// kubelets kills one kubelet and stops another.
func kubelets(t *suite.T, c *cluster.Cluster) {
	worker := c.Workers()[0]
	t.Check("a killed kubelet comes back", slow, func(ctx context.Context) error {
		return check.KubeletRecovers(ctx, c, worker, "KILL")
	})
	t.Check("a hung kubelet is restarted by kubelet-checker", slow, func(ctx context.Context) error {
		return check.KubeletRecovers(ctx, c, worker, "STOP")
	})
}

// reboots restarts every machine at once.
func reboots(t *suite.T, c *cluster.Cluster) {
	t.Check("a reboot of every machine: the same cluster", 2*slow, func(ctx context.Context) error {
		return check.Survives(ctx, c, func(ctx context.Context) error {
			errs := make(chan error)
			for _, m := range c.Lab.Machines() {
				go func() { errs <- m.Reboot(ctx) }()
			}
			var first error
			for range c.Lab.Machines() {
				if err := <-errs; err != nil && first == nil {
					first = err
				}
			}
			return first
		})
	})
}

// powerCut takes the power from the control plane.
func powerCut(t *suite.T, c *cluster.Cluster) {
	t.Check("a power cut of the control plane: the same cluster", 2*slow, func(ctx context.Context) error {
		return check.Survives(ctx, c, func(context.Context) error {
			c.ControlPlane().PowerCut()
			return c.ControlPlane().PowerOn()
		})
	})
}

// runScript runs a machine's payload as the README has it: as root's input.
func runScript(ctx context.Context, c *cluster.Cluster, m *lab.Machine) error {
	script, err := c.Script(ctx, payloadName(m.Name))
	if err != nil {
		return err
	}
	if err := lab.Until(ctx, m.Name+" to let anyone in", func(ctx context.Context) error {
		_, err := m.Run(ctx, "true")
		return err
	}); err != nil {
		return err
	}
	_, err = m.RunWith(ctx, "sh", script)
	return err
}
