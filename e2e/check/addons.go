package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// AddonsReady expects everything in kube-system to be as many as it should be,
// and every pod there to be Ready.
func AddonsReady(ctx context.Context, c *cluster.Cluster) error {
	return lab.Until(ctx, "everything in kube-system to be Ready", func(ctx context.Context) error {
		// One line for each: what it is, how many there should be, and are.
		out, err := c.Kubectl(ctx, "-n", "kube-system", "get", "deployments,daemonsets", "-o", `go-template={{range .items}}`+
			`{{.kind}}/{{.metadata.name}} {{if .spec.replicas}}{{.spec.replicas}}{{else}}{{.status.desiredNumberScheduled}}{{end}} `+
			`{{if .spec.replicas}}{{or .status.readyReplicas 0}}{{else}}{{.status.numberReady}}{{end}}{{"\n"}}{{end}}`)
		if err != nil {
			return err
		}
		if out == "" {
			return fmt.Errorf("found no add-on, expected the default ones")
		}
		for line := range strings.Lines(out) {
			f := strings.Fields(line)
			if len(f) != 3 || f[1] != f[2] || f[1] == "0" {
				return fmt.Errorf("found %q, expected as many Ready as wanted", strings.TrimSpace(line))
			}
		}
		_, err = c.Kubectl(ctx, "-n", "kube-system", "wait", "--for=condition=Ready", "pod", "--all", "--timeout=1s")
		return err
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
