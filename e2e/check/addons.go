package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// wantedAndFound writes a line for each object: what it is, what is wanted of
// it, and what is found.
const wantedAndFound = `go-template={{range .items}}{{.kind}}/{{.metadata.name}} ` +
	`{{if eq .kind "Pod"}}True {{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}` +
	`{{else if eq .kind "Deployment"}}{{.spec.replicas}} {{or .status.readyReplicas 0}}` +
	`{{else}}{{.status.desiredNumberScheduled}} {{.status.numberReady}}{{end}}{{"\n"}}{{end}}`

// AddonsReady expects everything in kube-system to be as many as it should be,
// and every pod there to be Ready.
func AddonsReady(ctx context.Context, c *cluster.Cluster) error {
	return lab.Until(ctx, "everything in kube-system to be Ready", func(ctx context.Context) error {
		out, err := c.Kubectl(ctx, "-n", "kube-system", "get", "deployments,daemonsets,pods", "-o", wantedAndFound)
		if err != nil {
			return err
		}
		for _, kind := range []string{"Deployment", "DaemonSet", "Pod"} {
			if !strings.Contains(out, kind+"/") {
				return fmt.Errorf("found no %s, expected some", kind)
			}
		}
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); len(f) != 3 || f[1] != f[2] || f[1] == "0" {
				return fmt.Errorf("found %q, expected the second to be as the first", strings.TrimSpace(line))
			}
		}
		return nil
	})
}

// Addons makes, edits and removes a file in /etc/kubernetes/addons, and sees
// each carried out.
func Addons(ctx context.Context, c *cluster.Cluster) error {
	const file = "/etc/kubernetes/addons/e2e.yaml"
	write := func(value string) error {
		_, err := c.ControlPlane().RunWith(ctx, "cat > "+file, []byte(
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: e2e-addon, namespace: default}\ndata: {a: "+value+"}\n"))
		return err
	}
	holds := func(value string) error {
		return lab.Until(ctx, "the ConfigMap of the add-on to hold "+value, func(ctx context.Context) error {
			out, err := c.Kubectl(ctx, "get", "configmap", "e2e-addon", "-o", "jsonpath={.data.a}")
			if err == nil && out != value {
				err = fmt.Errorf("found %q", out)
			}
			return err
		})
	}
	for _, value := range []string{"made", "edited"} {
		if err := write(value); err != nil {
			return err
		}
		if err := holds(value); err != nil {
			return err
		}
	}
	if _, err := c.ControlPlane().Run(ctx, "rm "+file); err != nil {
		return err
	}
	if err := lab.Until(ctx, "the removed add-on's ConfigMap to go", func(ctx context.Context) error {
		out, err := c.Kubectl(ctx, "get", "configmap", "e2e-addon", "--ignore-not-found", "-o", "name")
		if err == nil && out != "" {
			err = fmt.Errorf("it is still there")
		}
		return err
	}); err != nil {
		return err
	}
	return AddonsReady(ctx, c)
}
