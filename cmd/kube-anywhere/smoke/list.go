package smoke

import "slices"

// Check is one named assertion.
type Check struct {
	Name    string `json:"name"`
	Meaning string `json:"meaning"`
	run     func(*runner, trial) (string, error)
}

// cleanUpCheck comes last whatever happens, so it is in no stage.
var cleanUpCheck = Check{"cleanup", "the namespace of this run is removed, with all that is in it", (*runner).removeNamespace}

// stages are all other checks in the order in which they run; those of one
// stage need nothing of one another.
func stages() [][]Check {
	return [][]Check{
		{
			{"api", "the API server answers, and all of its own health checks pass", (*runner).checkAPI},
		}, {
			{"nodes", "every Node is Ready", (*runner).checkNodes},
			{"anonymous", "nothing but health paths answers who has no credentials", (*runner).checkAnonymous},
			{"objects", "a namespace and an object in it can be made, listed and deleted", (*runner).checkObjects},
			{"secret", "a Secret can be written and reads back the same", (*runner).checkSecret},
		}, {
			{"system-pods", "the cluster's own pods are Ready: kube-system, and where else system-critical pods are", (*runner).checkSystemPods},
		}, {
			{"every-node", "a DaemonSet has a Ready pod on every schedulable Node", (*runner).checkEveryNode},
			{"deployment", "a Deployment is scheduled, scaled, and rolled out to a new revision", (*runner).checkDeployment},
			{"metrics", "kubectl top nodes tells of every Node (skipped where no metrics API is registered)", (*runner).checkMetrics},
		}, {
			{"port-forward", "kubectl port-forward reaches a pod on every Node", (*runner).checkPortForward},
			{"logs", "kubectl logs shows what a container has written, on every Node", (*runner).checkLogs},
			{"exec", "kubectl exec runs a program in a pod, and brings its output and exit code", (*runner).checkExec},
		}, {
			{"pod-network", "pods on all Nodes reach one another by address", (*runner).checkPodNetwork},
			{"service", "pods on all Nodes reach a Service by its cluster address", (*runner).checkService},
			{"node-port", "pods on all Nodes reach a Service by a port of every Node", (*runner).checkNodePort},
			{"dns", "pods on all Nodes reach a Service by its name", (*runner).checkDNS},
			{"outside-name", "pods on all Nodes resolve a name outside of the cluster (with --outside-name)", (*runner).checkOutsideName},
		}, {
			{"network-policy", "a NetworkPolicy that denies blocks (with --network-policy: not every network plugin has them)", (*runner).checkNetworkPolicy},
		},
	}
}

// Checks are all checks in the order in which they run.
func Checks() []Check { return append(slices.Concat(stages()...), cleanUpCheck) }

// Names are the checks' names.
func Names() []string {
	var names []string
	for _, c := range Checks() {
		names = append(names, c.Name)
	}
	return names
}
