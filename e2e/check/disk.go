package check

import (
	"context"
	"fmt"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
)

// EtcdDisk looks whether etcd's data is on the disk that was blank before the
// machine's first boot, for etcd's user alone.
func EtcdDisk(ctx context.Context, c *cluster.Cluster) error {
	m := c.ControlPlane()
	found, err := m.Run(ctx, "findmnt -rno SOURCE,FSTYPE,LABEL /var/lib/etcd; stat -c '%a %u' /var/lib/etcd; test -d /var/lib/etcd/member && echo with a member")
	if err != nil {
		return err
	}
	// The first disk is the system's; one after it is the payload's.
	const want = "/dev/vdb ext4 etcd\n700 65521\nwith a member"
	if found != want {
		return fmt.Errorf("%s: found %q at /var/lib/etcd, expected %q", m.Name, found, want)
	}
	return nil
}
