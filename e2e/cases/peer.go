package cases

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// kubeadmControlPlane is user-data that makes a control plane with kubeadm, as
// its documentation has it, and applies the same flannel. The limits on time are
// for an emulated machine: kubeadm's own would end it.
const kubeadmControlPlane = `#cloud-config
write_files:
- path: /etc/kubeadm.yaml
  content: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: InitConfiguration
    bootstrapTokens: [{token: TOKEN}]
    timeouts: {controlPlaneComponentHealthCheck: 20m, kubeletHealthCheck: 20m, kubernetesAPICall: 5m, tlsBootstrap: 20m}
    ---
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    kubernetesVersion: vVERSION
    controlPlaneEndpoint: ENDPOINT:6443
    networking: {podSubnet: 10.244.0.0/16}
    ---
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    resolvConf: /run/systemd/resolve/resolv.conf
- path: /opt/flannel.yaml
  encoding: b64
  content: FLANNEL
runcmd:
- [sh, -c, "kubeadm init --config /etc/kubeadm.yaml && kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f /opt/flannel.yaml"]
`

// kubeadmWorker joins as soon as there is something to join.
const kubeadmWorker = `#cloud-config
runcmd:
- [sh, -c, "until kubeadm join ENDPOINT:6443 --token TOKEN --discovery-token-unsafe-skip-ca-verification; do kubeadm reset -f; sleep 2; done"]
`

const kubeadmToken = "abcdef.0123456789abcdef"

// kubeadm is case K: the peer's way to the cluster of case A, on the same disks
// with the same images.
func (w *World) kubeadm() suite.Case {
	return suite.Case{
		Name: "k", Title: "the peer: kubeadm init and join on the machines of case A, for comparison",
		Run: func(t *suite.T) {
			// For flannel's manifest, and for where a compiled cluster has its files.
			c := w.start(t, w.config(t.Case.Name, 2))
			t.Require("power on", quick, func(context.Context) error { return w.bootKubeadm(c, t.Case.Name) })
			t.Require("kubeadm makes the admin's kubeconfig", 2*slow, func(ctx context.Context) error { return takeKubeconfig(ctx, c) })
			measureMilestones(t, c.ControlPlane().FirstOn, clusterMilestones(c))
			t.Check("everything in kube-system is Ready", slow, func(ctx context.Context) error { return check.AddonsReady(ctx, c) })
		},
	}
}

func (w *World) bootKubeadm(c *cluster.Cluster, name string) error {
	flannel, err := os.ReadFile(filepath.Join(c.Dir, "out/addons/flannel.yaml"))
	if err != nil {
		return err
	}
	for _, machine := range []string{"controlplane-0", "worker-0", "worker-1"} {
		text := kubeadmWorker
		if machine == "controlplane-0" {
			text = kubeadmControlPlane
		}
		spec := size(machine)
		spec.Disk, spec.Delivery, spec.Payload = w.Disks["kubeadm"], lab.CloudInit, filepath.Join(c.Dir, machine+".yaml")
		text = strings.NewReplacer("TOKEN", kubeadmToken, "VERSION", KubernetesVersion, "ENDPOINT", endpoint(name),
			"FLANNEL", base64.StdEncoding.EncodeToString(flannel)).Replace(text)
		if err := os.WriteFile(spec.Payload, []byte(text), 0o600); err != nil {
			return err
		}
		if _, err := w.Lab.Boot(spec); err != nil {
			return err
		}
	}
	// What is there is of the compiled cluster.
	return os.Remove(c.Kubeconfig())
}

// takeKubeconfig fetches the kubeconfig to where a compiled cluster has it.
func takeKubeconfig(ctx context.Context, c *cluster.Cluster) error {
	return lab.Until(ctx, "admin.conf", func(ctx context.Context) error {
		text, err := c.ControlPlane().Run(ctx, "cat /etc/kubernetes/admin.conf")
		if err != nil {
			return err
		}
		return os.WriteFile(c.Kubeconfig(), []byte(text), 0o600)
	})
}
