package smoke

import (
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
)

// mostTunnels is from how many nodes the network checks dial. Each costs a
// kubectl; every node is dialled in any case.
const mostTunnels = 10

// openTunnels makes a tunnel to pods on nodes that are spread over all of them.
func (r *runner) openTunnels(t trial) ([]*tunnel, error) {
	return r.tunnels.get(r, t, "port-forward", func() ([]*tunnel, error) {
		pods, err := r.onEveryNode(t)
		if err != nil {
			return nil, err
		}
		var all []*tunnel
		for i := range min(len(pods), mostTunnels) {
			all = append(all, newTunnel(r.kubectl, pods[i*len(pods)/min(len(pods), mostTunnels)]))
		}
		for _, one := range all {
			if err := t.until(later, func() error { return one.answers(t) }); err != nil {
				for _, opened := range all {
					opened.close()
				}
				return nil, err
			}
		}
		return all, nil
	})
}

// answers says whether the right pod is at the end of the tunnel.
func (t *tunnel) answers(ctx trial) error {
	code, text, err := t.get(ctx, "/hostname")
	if err != nil {
		return err
	}
	if code != http.StatusOK || text != t.pod.Metadata.Name {
		return fmt.Errorf("kubectl port-forward to %s: %q answers with status %d", t.pod.Metadata.Name, oneLine(text), code)
	}
	return nil
}

func (r *runner) checkPortForward(t trial) (string, error) {
	tunnels, err := r.openTunnels(t)
	return fmt.Sprintf("kubectl port-forward reached pods on %s", plural(len(tunnels), "Node")), err
}

// greeting is what the server in a pod writes as it starts.
const greeting = "Started HTTP server on port 8080"

// checkLogs uses kubectl for one pod, and for the others what kubectl would ask
// the API for.
func (r *runner) checkLogs(t trial) (string, error) {
	pods, err := r.onEveryNode(t)
	if err != nil {
		return "", err
	}
	const few = "2000" // bytes: the greeting comes first
	for i, p := range pods {
		pause := soon
		if i == 0 {
			pause = later
		}
		err := t.until(pause, func() error {
			var text string
			var err error
			if i == 0 {
				text, err = r.kubectl.output(t, "logs", "--namespace="+p.Metadata.Namespace, "--limit-bytes="+few, p.Metadata.Name)
			} else {
				var raw []byte
				raw, err = r.api.raw(t, http.MethodGet, r.namespace.path("", "pods", p.Metadata.Name, "log?limitBytes="+few), "", "")
				text = string(raw)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", p.Spec.NodeName, err)
			}
			if !strings.Contains(text, greeting) {
				return fmt.Errorf("%s: the log of pod %s has no %q", p.Spec.NodeName, p.Metadata.Name, greeting)
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("the logs of pods on %s are there", plural(len(pods), "Node")), nil
}

// checkExec runs something that must fail, and in its own way: that proves that
// the program ran in the pod, and that its output and exit code came back.
func (r *runner) checkExec(t trial) (string, error) {
	pods, err := r.onEveryNode(t)
	if err != nil {
		return "", err
	}
	p := pods[len(pods)-1]
	err = t.until(later, func() error {
		// Nothing listens on port 1.
		_, err := r.kubectl.output(t, "exec", "--namespace="+p.Metadata.Namespace, p.Metadata.Name, "--",
			"/agnhost", "connect", "--timeout=10s", "127.0.0.1:1")
		var failed *kubectlError
		var exit *exec.ExitError
		switch {
		case err == nil:
			return errors.New("a command in a pod fails, and kubectl exec says that it succeeded")
		case errors.As(err, &failed) && errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(failed.stderr, "REFUSED"):
			return nil
		}
		return err
	})
	return "a command ran in a pod on " + p.Spec.NodeName, err
}
