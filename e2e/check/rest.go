package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// EncryptedAtRest writes a ConfigMap and a Secret, and looks for the text of
// both in etcd's files: the ConfigMap's is there, the Secret's is not.
func EncryptedAtRest(ctx context.Context, c *cluster.Cluster) error {
	const plain, secret = "e2e-plain-7f3a9c", "e2e-secret-51d8e2"
	defer c.Kubectl(context.WithoutCancel(ctx), "delete", "configmap/e2e-rest", "secret/e2e-rest")
	if _, err := c.Kubectl(ctx, "create", "configmap", "e2e-rest", "--from-literal=a="+plain); err != nil {
		return err
	}
	if _, err := c.Kubectl(ctx, "create", "secret", "generic", "e2e-rest", "--from-literal=a="+secret); err != nil {
		return err
	}
	if out, err := c.Kubectl(ctx, "get", "secret", "e2e-rest", "-o", "go-template={{.data.a | base64decode}}"); err != nil || out != secret {
		return fmt.Errorf("read the Secret back: found %q, expected %q: %w", out, secret, err)
	}
	search := func(text string) string { return "sync; grep -rqaF " + text + " /var/lib/etcd" }
	if _, err := c.ControlPlane().Run(ctx, search(plain)); err != nil {
		return fmt.Errorf("the ConfigMap's text is not in /var/lib/etcd, where the check looks: %w", err)
	}
	if _, err := c.ControlPlane().Run(ctx, search(secret)); err == nil {
		return fmt.Errorf("found the Secret's text in /var/lib/etcd, expected it to be encrypted")
	}
	return nil
}

// Audited expects a request to be in the audit log, with who made it and without
// what it held.
func Audited(ctx context.Context, c *cluster.Cluster) error {
	const name, content = "e2e-audited", "e2e-content-0b6c44"
	if _, err := c.Kubectl(ctx, "create", "secret", "generic", name, "--from-literal=a="+content); err != nil {
		return err
	}
	defer c.Kubectl(context.WithoutCancel(ctx), "delete", "secret", name)
	var line string
	err := lab.Until(ctx, "the request to be in the audit log", func(ctx context.Context) (err error) {
		line, err = c.ControlPlane().Run(ctx, "grep '\"verb\":\"create\"' /var/log/kubernetes/audit.log | grep "+name)
		return err
	})
	if err != nil {
		return err
	}
	if !strings.Contains(line, "kubernetes-admin") {
		return fmt.Errorf("audit log: found %.300s, expected it to name the user kubernetes-admin", line)
	}
	if _, err := c.ControlPlane().Run(ctx, "grep -rqF "+content+" /var/log/kubernetes"); err == nil {
		return fmt.Errorf("found the Secret's content in the audit log, expected only that it was written")
	}
	return nil
}

// Components expects the parts of the control plane to call themselves healthy.
func Components(ctx context.Context, c *cluster.Cluster) error {
	healthy := func(what, command string) error {
		if _, err := c.ControlPlane().Run(ctx, command); err != nil {
			return fmt.Errorf("%s is not healthy: %w", what, err)
		}
		return nil
	}
	etcdctl := "exec -n kube-system etcd-" + c.ControlPlane().Name + " -- etcdctl --cacert=/etc/kubernetes/pki/etcd/ca.crt " +
		"--cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key endpoint health"
	_, etcd := c.Kubectl(ctx, strings.Fields(etcdctl)...)
	return all(etcd,
		healthy("kube-scheduler", "curl -fsk https://127.0.0.1:10259/livez"),
		healthy("kube-controller-manager", "curl -fsk https://127.0.0.1:10257/healthz"))
}
