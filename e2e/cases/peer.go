package cases

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// kubeadmControlPlane is user-data that makes a control plane with kubeadm, as
// its documentation has it, with flannel from a file of the image. The limits on
// time are for an emulated machine: kubeadm's own would end it.
const kubeadmControlPlane = `#cloud-config
write_files:
- path: /etc/kubeadm.yaml
  content: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: InitConfiguration
    bootstrapTokens: [{token: %[1]s}]
    timeouts: {controlPlaneComponentHealthCheck: 20m, kubeletHealthCheck: 20m, kubernetesAPICall: 5m, tlsBootstrap: 20m}
    ---
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    kubernetesVersion: v%[2]s
    controlPlaneEndpoint: %[3]s:6443
    networking: {podSubnet: 10.244.0.0/16}
    ---
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    resolvConf: /run/systemd/resolve/resolv.conf
runcmd:
- [sh, -c, "kubeadm init --config /etc/kubeadm.yaml && kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f /opt/flannel.yaml"]
`

// kubeadmWorker joins as soon as there is something to join.
const kubeadmWorker = `#cloud-config
runcmd:
- [sh, -c, "until kubeadm join %[3]s:6443 --token %[1]s --discovery-token-unsafe-skip-ca-verification; do kubeadm reset -f; sleep 2; done"]
`

const kubeadmToken = "abcdef.0123456789abcdef"

// kubeadm is case K: the peer's way to the cluster of case A, on the same disks
// with the same images.
func (w *World) kubeadm() suite.Case {
	return suite.Case{
		Name: "k", Title: "the peer: kubeadm init and join on the machines of case A, for comparison",
		Run: func(t *suite.T) {
			c := &cluster.Cluster{Programs: w.Programs, Lab: w.Lab, Dir: filepath.Join(w.Scratch, t.Case.Name)}
			t.Cleanup(func() { w.finish(t, nil) })
			w.Resolve(endpoint(t.Case.Name), controlPlaneAddress)
			t.Require("power on", quick, func(context.Context) error { return w.bootKubeadm(c, t.Case.Name) })
			t.Require("kubeadm makes the admin's kubeconfig", 2*slow, func(ctx context.Context) error { return takeKubeconfig(ctx, c) })
			measureMilestones(t, c.ControlPlane().FirstOn, clusterMilestones(c))
			t.Check("everything in kube-system is Ready", slow, func(ctx context.Context) error { return check.AddonsReady(ctx, c) })
		},
	}
}

func (w *World) bootKubeadm(c *cluster.Cluster, name string) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	for machine, text := range map[string]string{"controlplane-0": kubeadmControlPlane, "worker-0": kubeadmWorker, "worker-1": kubeadmWorker} {
		file := filepath.Join(c.Dir, machine+".yaml")
		text = fmt.Sprintf(text+"%.0[2]s", kubeadmToken, KubernetesVersion, endpoint(name))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	for _, machine := range []string{"controlplane-0", "worker-0", "worker-1"} {
		spec := size(machine)
		spec.Disk, spec.Delivery, spec.Payload = w.Disks["kubeadm"], lab.CloudInit, filepath.Join(c.Dir, machine+".yaml")
		if _, err := w.Lab.Boot(spec); err != nil {
			return err
		}
	}
	return nil
}

// takeKubeconfig fetches the kubeconfig to where a compiled cluster has it.
func takeKubeconfig(ctx context.Context, c *cluster.Cluster) error {
	return lab.Until(ctx, "admin.conf", func(ctx context.Context) error {
		text, err := c.ControlPlane().Run(ctx, "cat /etc/kubernetes/admin.conf")
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(c.Kubeconfig()), 0o700); err != nil {
			return err
		}
		return os.WriteFile(c.Kubeconfig(), []byte(text), 0o600)
	})
}
