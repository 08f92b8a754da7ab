package cases

import (
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// kubeadmControlPlane is user-data that makes a control plane with kubeadm, as
// its documentation has it, and applies flannel. The limits on time are
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

//go:embed kubeadm-flannel.yaml
var flannelManifest string

const kubeadmToken = "abcdef.0123456789abcdef"

// peer is case K: our way and the peer's to the cluster of case A, on the same
// disks but for what each expects there, with the same images.
func (w *World) peer() suite.Case {
	return suite.Case{
		Name: "k", Title: "time to Ready of case A's cluster, and of the same by kubeadm init and join", Alone: true,
		Run: func(t *suite.T) {
			c := w.start(t, debian(w.config(t.Case.Name, 2)))
			w.bootAll(t, c, lab.CloudInit, "controlplane-0", "worker-0", "worker-1")
			ours := timeToReady(t, "kube-anywhere", c, payloadMilestones(c))
			// The way to Ready is to be read in them, passed or not.
			w.keepLogs(filepath.Join(w.logs(t), "kube-anywhere"))
			w.Lab.Clear()

			t.Require("power on, for kubeadm", quick, func(context.Context) error { return w.bootKubeadm(c, t.Case.Name) })
			t.Require("kubeadm makes the admin's kubeconfig", 2*slow, func(ctx context.Context) error { return takeKubeconfig(ctx, c) })
			peers := timeToReady(t, "kubeadm", c, clusterMilestones(c))
			w.keepLogs(filepath.Join(w.logs(t), "kubeadm"))
			t.Measure("ratio", quick, func(context.Context) (string, error) {
				return fmt.Sprintf("%.2f (%.0f s and %.0f s)", ours.Seconds()/peers.Seconds(), ours.Seconds(), peers.Seconds()), nil
			})
		},
	}
}

func (w *World) bootKubeadm(c *cluster.Cluster, name string) error {
	flannel, err := kubeadmFlannel(c)
	if err != nil {
		return err
	}
	var specs []lab.Spec
	for _, machine := range []string{"controlplane-0", "worker-0", "worker-1"} {
		text := kubeadmWorker
		if machine == "controlplane-0" {
			text = kubeadmControlPlane
		}
		spec := size(machine)
		spec.Disk, spec.Delivery, spec.Payload = w.Disks["kubeadm"], lab.CloudInit, filepath.Join(c.Dir, machine+".yaml")
		text = strings.NewReplacer("TOKEN", kubeadmToken, "VERSION", KubernetesVersion, "ENDPOINT", endpoint(name),
			"FLANNEL", base64.StdEncoding.EncodeToString([]byte(flannel))).Replace(text)
		if err := os.WriteFile(spec.Payload, []byte(text), 0o600); err != nil {
			return err
		}
		specs = append(specs, spec)
	}
	// What is there is of the compiled cluster.
	if err := os.Remove(c.Kubeconfig()); err != nil {
		return err
	}
	return w.Lab.Boot(specs...)
}

// kubeadmFlannel is kubeadm-flannel.yaml with the images of the compiled one.
func kubeadmFlannel(c *cluster.Cluster) (string, error) {
	compiled, err := os.ReadFile(filepath.Join(c.Dir, "out/addons/flannel.yaml"))
	if err != nil {
		return "", err
	}
	images := regexp.MustCompile(`image: (\S+)`).FindAllSubmatch(compiled, -1)
	if len(images) != 2 {
		return "", fmt.Errorf("out/addons/flannel.yaml: found %d images, expected the plugin's and flannel's", len(images))
	}
	return strings.NewReplacer("PLUGIN_IMAGE", string(images[0][1]), "FLANNEL_IMAGE", string(images[1][1])).Replace(flannelManifest), nil
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
