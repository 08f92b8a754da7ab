package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// podOnNode is a pod that mounts a Secret, put on a node by name.
const podOnNode = `
apiVersion: v1
kind: Namespace
metadata: {name: e2e-node}
---
apiVersion: v1
kind: Secret
metadata: {name: elsewhere, namespace: e2e-node}
stringData: {a: b}
---
apiVersion: v1
kind: Pod
metadata: {name: elsewhere, namespace: e2e-node}
spec:
  nodeName: %s
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  containers:
  - {name: a, image: %q, args: [pause], volumeMounts: [{name: a, mountPath: /a}]}
  volumes: [{name: a, secret: {secretName: elsewhere}}]
`

// WorkerCertificate takes a worker's certificate and sees what it is good for:
// its own node and pods, and nobody else's.
func WorkerCertificate(ctx context.Context, c *cluster.Cluster) error {
	thief, other := c.Workers()[0], c.ControlPlane()
	if len(c.Workers()) > 1 {
		other = c.Workers()[1]
	}
	// The other machine's own certificate may read it: the proof that the pod
	// is there, and that the request itself is right.
	manifest := fmt.Sprintf(podOnNode, other.Name, Image)
	if _, err := c.Apply(ctx, []byte(manifest), "apply", "-f", "-"); err != nil {
		return err
	}
	defer c.Kubectl(context.WithoutCancel(ctx), "delete", "namespace", "e2e-node", "--wait=false")
	owner, err := nodeUser(ctx, c, other)
	if err != nil {
		return err
	}
	if err := lab.Until(ctx, other.Name+" to be let read its pod's Secret", func(ctx context.Context) error {
		return owner.may(ctx, "-n", "e2e-node", "get", "secret", "elsewhere")
	}); err != nil {
		return err
	}
	u, err := nodeUser(ctx, c, thief)
	if err != nil {
		return err
	}
	return all(
		u.may(ctx, "get", "node", thief.Name),
		u.mayNot(ctx, "-n", "e2e-node", "get", "secret", "elsewhere"),
		u.mayNot(ctx, "get", "secrets", "-A"),
		u.mayNot(ctx, "label", "node", other.Name, "e2e=stolen"),
		u.mayNot(ctx, "label", "node", thief.Name, "node-role.kubernetes.io/control-plane="),
		u.mayNot(ctx, "-n", "e2e-node", "delete", "pod", "elsewhere"),
		u.mayNot(ctx, "create", "namespace", "e2e-stolen"),
	)
}

// nodeUser is the identity of a machine's kubelet.
func nodeUser(ctx context.Context, c *cluster.Cluster, m *lab.Machine) (as, error) {
	certificate, key := "/var/lib/kubelet/pki/kubelet-client-current.pem", "/var/lib/kubelet/pki/kubelet-client-current.pem"
	if m == c.ControlPlane() {
		certificate, key = "/etc/kubernetes/pki/kubelet.crt", "/etc/kubernetes/pki/kubelet.key"
	}
	pem, err := m.Run(ctx, "cat "+certificate+" "+key)
	if err != nil {
		return as{}, err
	}
	file := filepath.Join(c.Dir, m.Name+".pem")
	return as{c: c, who: m.Name + "'s kubelet", flags: []string{"--client-certificate", file, "--client-key", file}},
		os.WriteFile(file, []byte(pem+"\n"), 0o600)
}

// KubeletRefusesStrangers expects kubelets and etcd to answer nobody without a
// certificate, and the read-only port to be closed.
func KubeletRefusesStrangers(ctx context.Context, c *cluster.Cluster) error {
	var errs []error
	for _, m := range c.Lab.Machines() {
		status, err := m.Run(ctx, `curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1:10250/pods`)
		if err == nil && status != "401" {
			err = fmt.Errorf("%s: kubelet's /pods without a certificate: found status %s, expected 401", m.Name, status)
		}
		errs = append(errs, err)
		if out, err := m.Run(ctx, "curl -s http://127.0.0.1:10255/pods"); err == nil {
			errs = append(errs, fmt.Errorf("%s: found an answer on the read-only port 10255, expected none: %.100s", m.Name, out))
		}
	}
	if out, err := c.ControlPlane().Run(ctx, "curl -sk https://127.0.0.1:2379/version"); err == nil {
		errs = append(errs, fmt.Errorf("etcd: found an answer without a client certificate, expected none: %.100s", out))
	}
	return all(errs...)
}
