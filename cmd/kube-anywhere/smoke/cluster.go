package smoke

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// checkAPI asks the API server for its own opinion.
func (r *runner) checkAPI(t trial) (string, error) {
	passed := 0
	err := t.until(soon, func() error {
		if _, err := r.api.raw(t, http.MethodGet, "/livez", "", ""); err != nil {
			return fmt.Errorf("/livez: %w", err)
		}
		text, err := r.api.raw(t, http.MethodGet, "/readyz?verbose", "", "")
		var bad []string
		passed = 0
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			switch {
			case strings.HasPrefix(line, "[+]"):
				passed++
			case strings.HasPrefix(line, "[-]"):
				bad = append(bad, strings.TrimPrefix(line, "[-]"))
			}
		}
		if len(bad) > 0 {
			return errors.New("/readyz: " + listed(bad))
		}
		if err != nil {
			return fmt.Errorf("/readyz: %w", err)
		}
		return nil
	})
	return fmt.Sprintf("it is live and ready, and passes %s of its own", plural(passed, "check")), err
}

type node struct {
	Metadata metadata
	Spec     struct{ Unschedulable bool }
	Status   struct {
		status
		Addresses []struct{ Type, Address string }
		NodeInfo  struct{ KubeletVersion string }
	}
}

// runsPods says whether the test's pods, which are for Linux, belong there.
func (n node) runsPods() bool {
	return !n.Spec.Unschedulable && n.Metadata.Labels["kubernetes.io/os"] == "linux"
}

// addresses are the node's own on its network.
func (n node) addresses() []string {
	var all []string
	for _, a := range n.Status.Addresses {
		if a.Type == "InternalIP" {
			all = append(all, a.Address)
		}
	}
	return all
}

func (r *runner) nodes(t trial) ([]node, error) { return list[node](t, r.api, "/api/v1/nodes") }

func (r *runner) checkNodes(t trial) (string, error) {
	var versions []string
	var count int
	err := t.until(soon, func() error {
		nodes, err := r.nodes(t)
		if err != nil {
			return err
		}
		if len(nodes) == 0 {
			return errors.New("no Node has joined")
		}
		var bad []string
		versions, count = nil, len(nodes)
		for _, n := range nodes {
			versions = append(versions, n.Status.NodeInfo.KubeletVersion)
			if !n.Status.is("Ready") {
				bad = append(bad, n.Metadata.Name+": "+n.Status.why("Ready"))
			}
		}
		if len(bad) > 0 {
			return fmt.Errorf("%d of %s not Ready: %s", len(bad), plural(len(nodes), "Node"), listed(bad))
		}
		return nil
	})
	slices.Sort(versions)
	return fmt.Sprintf("%s Ready (%s)", plural(count, "Node"), strings.Join(slices.Compact(versions), ", ")), err
}

// checkSystemPods waits for the pods that the cluster itself is made of.
func (r *runner) checkSystemPods(t trial) (string, error) {
	var namespaces []string
	count := 0
	err := t.until(soon, func() error {
		all, err := list[pod](t, r.api, "/api/v1/pods")
		if err != nil {
			return err
		}
		namespaces = systemNamespaces(all)
		var bad []string
		count = 0
		for _, p := range all {
			if !slices.Contains(namespaces, p.Metadata.Namespace) || p.isOver() {
				continue
			}
			count++
			if !p.Status.is("Ready") {
				bad = append(bad, p.Metadata.Namespace+"/"+p.Metadata.Name+": "+p.why())
			}
		}
		if len(bad) > 0 {
			return fmt.Errorf("%d of %s not Ready: %s", len(bad), plural(count, "pod"), listed(bad))
		}
		if count == 0 {
			return errors.New("there is none in kube-system")
		}
		return nil
	})
	return fmt.Sprintf("%s Ready (%s)", plural(count, "pod"), strings.Join(namespaces, ", ")), err
}

// systemNamespaces are kube-system and those with pods that a cluster cannot do
// without, such as a network plugin's.
func systemNamespaces(pods []pod) []string {
	all := []string{"kube-system"}
	for _, p := range pods {
		class := p.Spec.PriorityClassName
		if class == "system-node-critical" || class == "system-cluster-critical" {
			all = append(all, p.Metadata.Namespace)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// checkMetrics asks the API first, and starts kubectl only when it will succeed.
func (r *runner) checkMetrics(t trial) (string, error) {
	const api = "/apis/metrics.k8s.io/v1beta1"
	names := []string{}
	err := t.until(later, func() error {
		if err := r.api.get(t, api, nil); err != nil {
			if codeOf(err) == http.StatusNotFound {
				return final{skipped("no metrics API is registered (metrics-server provides it)")}
			}
			return err
		}
		nodes, err := r.nodes(t)
		if err != nil {
			return err
		}
		measured, err := list[struct{ Metadata metadata }](t, r.api, api+"/nodes")
		if err != nil {
			return err
		}
		if len(measured) < len(nodes) {
			return fmt.Errorf("there are metrics of %d of %s", len(measured), plural(len(nodes), "Node"))
		}
		text, err := r.kubectl.output(t, "top", "nodes", "--no-headers")
		if err != nil {
			return err
		}
		names = names[:0]
		for line := range strings.Lines(text) {
			names = append(names, strings.Fields(line + " ")[0])
		}
		for _, n := range nodes {
			if !slices.Contains(names, n.Metadata.Name) {
				return fmt.Errorf("kubectl top nodes does not tell of %s", n.Metadata.Name)
			}
		}
		return nil
	})
	return "kubectl top nodes tells of " + plural(len(names), "Node"), err
}
