package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// outsideName is a name that the lab's DNS knows and the cluster's does not.
const outsideName = "registry.k8s.io"

// smoke runs "kube-anywhere smoke" as a user does, from outside the cluster, and
// counts each of its checks as one of ours.
func smoke(t *suite.T, c *cluster.Cluster, flags ...string) {
	var results []suite.Result
	t.Check("kube-anywhere smoke", 4*slow, func(ctx context.Context) (err error) {
		results, err = runSmoke(ctx, c, flags)
		return err
	})
	t.Add(results)
}

func runSmoke(ctx context.Context, c *cluster.Cluster, flags []string) ([]suite.Result, error) {
	args := append([]string{"smoke", "--kubeconfig", c.Kubeconfig(), "--kubectl", c.Programs.Kubectl,
		"--image", check.Image, "--outside-name", outsideName, "--timeout", slow.String(), "-o", "json"}, flags...)
	cmd := exec.CommandContext(ctx, c.Programs.KubeAnywhere, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	runErr := cmd.Run()
	var checks []struct {
		Name, Result, Message string
		Seconds               float64
	}
	if err := json.Unmarshal(out.Bytes(), &checks); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: its output: %w: %s", strings.Join(args, " "), err, errs.String()), runErr)
	}
	var results []suite.Result
	failed := 0
	for _, s := range checks {
		r := suite.Result{Check: "smoke: " + s.Name, Seconds: s.Seconds}
		switch s.Result {
		case "failed":
			r.Failure, failed = s.Message, failed+1
		case "skipped":
			r.Note = "skipped: " + s.Message
		}
		results = append(results, r)
	}
	if (runErr != nil) != (failed > 0) {
		return results, fmt.Errorf("found %d failed checks and exit %v, expected them to agree: %s", failed, runErr, errs.String())
	}
	return results, nil
}
