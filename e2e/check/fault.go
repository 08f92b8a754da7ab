package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// Image is what test pods run: the image that Kubernetes' own tests use.
// https://github.com/kubernetes/kubernetes/tree/v1.37.1/test/images/agnhost
const Image = "registry.k8s.io/e2e-test-images/agnhost:2.66.1"

// workload is what must survive: two pods behind a Service, on any node.
const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: survivor, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: survivor}}
  template:
    metadata: {labels: {app: survivor}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: a, image: %q, args: [netexec], ports: [{containerPort: 8080}], readinessProbe: {httpGet: {port: 8080, path: /healthz}}}]
---
apiVersion: v1
kind: Service
metadata: {name: survivor, namespace: default}
spec: {selector: {app: survivor}, ports: [{port: 80, targetPort: 8080}]}
`

// Survives does something bad to machines, and expects the same cluster
// afterwards: nodes Ready on the systems that run now, no object lost, add-ons
// and a workload Ready, and names resolved.
func Survives(ctx context.Context, c *cluster.Cluster, fault func(context.Context) error) error {
	if _, err := c.Apply(ctx, fmt.Appendf(nil, workload, Image), "apply", "-f", "-"); err != nil {
		return err
	}
	if err := rolledOut(ctx, c); err != nil {
		return err
	}
	before, err := objects(ctx, c)
	if err != nil {
		return err
	}
	if err := fault(ctx); err != nil {
		return err
	}
	if err := Converged(ctx, c); err != nil {
		return err
	}
	after, err := objects(ctx, c)
	if err != nil {
		return err
	}
	var lost []string
	for _, o := range before {
		if !slices.Contains(after, o) {
			lost = append(lost, o)
		}
	}
	if len(lost) > 0 {
		return fmt.Errorf("found %d objects lost, expected none: %s", len(lost), strings.Join(lost, ", "))
	}
	return rolledOut(ctx, c)
}

// Converged waits until the cluster is whole.
func Converged(ctx context.Context, c *cluster.Cluster) error {
	if err := NodesReady(ctx, c); err != nil {
		return err
	}
	if err := AddonsReady(ctx, c); err != nil {
		return err
	}
	return DNSAnswers(ctx, c)
}

// NodesReady waits until every machine is a Ready node with the system that it
// runs now: after a fault the API may know an earlier one as Ready for a while.
func NodesReady(ctx context.Context, c *cluster.Cluster) error {
	for _, m := range c.Lab.Machines() {
		err := lab.Until(ctx, m.Name+" to be a Ready node", func(ctx context.Context) error {
			out, err := c.Kubectl(ctx, "get", "node", m.Name, "-o",
				`jsonpath={.status.nodeInfo.bootID} {.status.conditions[?(@.type=="Ready")].status}`)
			if err != nil {
				return err
			}
			boot, err := m.Run(ctx, "cat /proc/sys/kernel/random/boot_id")
			if err == nil && out != boot+" True" {
				err = fmt.Errorf("found boot and readiness %q, expected %q", out, boot+" True")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DNSAnswers waits until the cluster's name server answers on every machine, at
// its Service's address.
func DNSAnswers(ctx context.Context, c *cluster.Cluster) error {
	server, err := c.DNS()
	if err != nil {
		return err
	}
	for _, m := range c.Lab.Machines() {
		if err := lab.Until(ctx, "the cluster's DNS to answer on "+m.Name, func(ctx context.Context) error {
			_, err := m.Run(ctx, "host -W 3 kubernetes.default.svc.cluster.local "+server.String())
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func rolledOut(ctx context.Context, c *cluster.Cluster) error {
	return lab.Until(ctx, "the workload to be Ready", func(ctx context.Context) error {
		_, err := c.Kubectl(ctx, "rollout", "status", "deployment/survivor", "--timeout=30s")
		return err
	})
}

// objects are the names of all objects that nobody is to lose. Pods come and go
// with their nodes.
func objects(ctx context.Context, c *cluster.Cluster) ([]string, error) {
	out, err := c.Kubectl(ctx, "get", "-A", "namespaces,nodes,deployments,daemonsets,services,configmaps,secrets,serviceaccounts,"+
		"roles,rolebindings,clusterroles,clusterrolebindings,apiservices", "-o",
		`go-template={{range .items}}{{.kind}} {{.metadata.namespace}}/{{.metadata.name}} {{.metadata.uid}}{{"\n"}}{{end}}`)
	if err != nil {
		return nil, err
	}
	return strings.Split(out, "\n"), nil
}
