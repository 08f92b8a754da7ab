package check

import (
	"context"
	"fmt"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// KubeletRecovers does something to the kubelet of a machine, and expects a new
// one that answers, and the pods of the machine not to be touched.
func KubeletRecovers(ctx context.Context, c *cluster.Cluster, m *lab.Machine, signal string) error {
	const pid = "pgrep -o -x kubelet"
	before, err := m.Run(ctx, pid)
	if err != nil {
		return err
	}
	pods, err := m.Run(ctx, "pgrep -x 'flanneld|kube-router'")
	if err != nil {
		return err
	}
	if _, err := m.Run(ctx, "kill -"+signal+" "+before); err != nil {
		return err
	}
	if err := lab.Until(ctx, "a new kubelet that answers", func(ctx context.Context) error {
		now, err := m.Run(ctx, "curl -fsS -m 5 127.0.0.1:10248/healthz >/dev/null && "+pid)
		if err == nil && now == before {
			err = fmt.Errorf("found the old process %s", before)
		}
		return err
	}); err != nil {
		return err
	}
	now, err := m.Run(ctx, "pgrep -x 'flanneld|kube-router'")
	if err == nil && now != pods {
		err = fmt.Errorf("pods of the machine: found process %s, expected the same as before: %s", now, pods)
	}
	return all(err, NodesReady(ctx, c))
}
