package smoke

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// fault is something wrong with a cluster, and what the run must say of it.
type fault struct {
	check, name string
	outcome     Outcome
	want        string
	breaks      func(d *double)
}

// answers makes requests for a path end in an error.
func answers(code int, message string, paths ...string) func(d *double) {
	return func(d *double) {
		d.answer = func(w http.ResponseWriter, r *http.Request) bool {
			hit := slices.ContainsFunc(paths, func(p string) bool { return strings.HasSuffix(r.Method+" "+r.URL.Path, p) })
			if hit {
				fail(w, code, message)
			}
			return hit
		}
	}
}

// prints makes a verb of kubectl end in its own way.
func prints(verb string, said reply) func(d *double) {
	return func(d *double) {
		d.kubectl = func(v string, _ []string) *reply {
			if v != verb {
				return nil
			}
			return &said
		}
	}
}

// admits changes what is made under a path.
func admits(part string, change func(o object)) func(d *double) {
	return func(d *double) {
		d.admit = func(path string, o object) {
			if strings.Contains(path, part) {
				change(o)
			}
		}
	}
}

// cuts keeps pods from reaching a host.
func cuts(from, host, why string) func(d *double) {
	return func(d *double) {
		d.unreachable = func(f, h string) string {
			if strings.HasPrefix(f, from) && strings.HasPrefix(h, host) {
				return why
			}
			return ""
		}
	}
}

func waiting(reason, message string) func(o object) {
	return func(o object) {
		s := o["status"].(object)
		s["conditions"] = ready(false)
		s["containerStatuses"] = []object{{"name": "agnhost", "state": object{"waiting": object{"reason": reason, "message": message}}}}
	}
}

func clusterFaults() []fault {
	return []fault{
		{"api", "not ready", Failed, "/readyz: etcd failed: reason withheld", func(d *double) {
			d.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/readyz" {
					w.WriteHeader(http.StatusInternalServerError)
					fmt.Fprint(w, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n")
				}
				return r.URL.Path == "/readyz"
			}
		}},
		{"api", "dead", Failed, "/livez: the API server: gone (503)", answers(503, "gone", "/livez")},
		{"nodes", "not ready", Failed, "1 of 3 Nodes not Ready: node-a: Because of the test", func(d *double) {
			d.objects["/api/v1/nodes/node-a"]["status"].(object)["conditions"] = ready(false)
		}},
		{"nodes", "none", Failed, "no Node has joined", func(d *double) {
			for _, n := range []string{"cp", "node-a", "node-b"} {
				delete(d.objects, "/api/v1/nodes/"+n)
			}
		}},
		{"anonymous", "the version", Failed, "/version answers a stranger with 200", func(d *double) { d.open = append(d.open, "/version") }},
		{"anonymous", "secrets", Failed, "/api/v1/secrets answers a stranger with 200", func(d *double) { d.open = append(d.open, "/api/v1/secrets") }},
		{"objects", "no namespace", Failed, "you may not (403)", answers(403, "you may not", "POST /api/v1/namespaces")},
		{"secret", "no namespace", Skipped, "it needs objects, which failed", answers(403, "you may not", "POST /api/v1/namespaces")},
		{"objects", "bad request", Failed, "the API server: no (400)", answers(400, "no", "/configmaps")},
		{"objects", "not listed", Failed, "is not in the list of ConfigMaps", func(d *double) {
			d.answer = func(w http.ResponseWriter, r *http.Request) bool {
				empty := r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/configmaps")
				if empty {
					fmt.Fprint(w, `{"items":[]}`)
				}
				return empty
			}
		}},
		{"objects", "not deleted", Failed, "is still in the list of ConfigMaps", func(d *double) {
			d.answer = func(_ http.ResponseWriter, r *http.Request) bool {
				return r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, "/object")
			}
		}},
		{"secret", "garbled", Failed, "a Secret reads back as 4 other bytes", admits("/secrets/", func(o object) { o["data"] = object{"key": "AAAA"} })},
		{"system-pods", "crashing", Failed, "1 of 2 pods not Ready: kube-system/coredns: agnhost: CrashLoopBackOff again", func(d *double) {
			waiting("CrashLoopBackOff", "again")(d.objects["/api/v1/namespaces/kube-system/pods/coredns"])
		}},
		{"system-pods", "crashing elsewhere", Failed, "net/agent: agnhost: CrashLoopBackOff", func(d *double) {
			waiting("CrashLoopBackOff", "")(d.objects["/api/v1/namespaces/net/pods/agent"])
		}},
		{"metrics", "not there yet", Failed, "the API server: later (503)", answers(503, "later", "/v1beta1")},
		{"metrics", "of one", Failed, "there are metrics of 1 of 3 Nodes", func(d *double) {
			d.answer = func(w http.ResponseWriter, r *http.Request) bool {
				one := r.URL.Path == "/apis/metrics.k8s.io/v1beta1/nodes"
				if one {
					fmt.Fprint(w, `{"items":[{"metadata":{"name":"cp"}}]}`)
				}
				return one
			}
		}},
		{"metrics", "kubectl", Failed, "kubectl top: error: no metrics", prints("top", reply{Stderr: "error: no metrics", Code: 1})},
		{"metrics", "a node", Failed, "does not tell of node-a", prints("top", reply{Stdout: "cp 1\nnode-b 2\n"})},
		{"cleanup", "stuck", Failed, "is still there: not within 3s: what is in it is still being removed: some content remains", func(d *double) { d.stuck = true }},
	}
}

func podFaults() []fault {
	unscheduled := func(o object) {
		o["spec"].(object)["nodeName"] = ""
		s := o["status"].(object)
		s["phase"] = "Pending"
		s["conditions"] = []object{{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no room"}}
	}
	refused := func(d *double) {
		d.admit = func(path string, o object) {
			if strings.Contains(path, "/pods/every-node-1") {
				o["metadata"].(object)["labels"] = object{}
				d.objects[path[:strings.Index(path, "/pods/")]+"/events/one"] = object{"message": "violates PodSecurity"}
			}
		}
	}
	return []fault{
		{"every-node", "no image", Failed, "3 of 3 pods not Ready: cp: agnhost: ImagePullBackOff no such image; node-a", admits("/pods/every-node", waiting("ImagePullBackOff", "no such image"))},
		{"dns", "no image", Skipped, "it needs every-node, which failed", admits("/pods/every-node", waiting("ImagePullBackOff", ""))},
		{"every-node", "no sandbox", Failed, "3 of 3 pods not Ready: no network for the sandbox; cp: agnhost: ContainerCreating", func(d *double) {
			d.admit = func(path string, o object) {
				if strings.Contains(path, "/pods/every-node") {
					waiting("ContainerCreating", "")(o)
					d.objects[path[:strings.Index(path, "/pods/")]+"/events/one"] = object{"message": "no network for the sandbox"}
				}
			}
		}},
		{"every-node", "no room", Failed, "no pod on node-a: every-node-1: Unschedulable no room", admits("/pods/every-node-1", unscheduled)},
		{"every-node", "not admitted", Failed, "no pod on node-a: violates PodSecurity", refused},
		{"deployment", "no room", Failed, "a Deployment was not scheduled: not within 3s: 0 of 1 pod available: deployment-0: Unschedulable no room", func(d *double) {
			admits("/pods/deployment", unscheduled)(d)
			d.answer = unavailable("/deployments/deployment", 1)
		}},
		{"deployment", "not rolled out", Failed, "a Deployment was not rolled out", func(d *double) { d.answer = unavailable("/deployments/deployment", 3) }},
		{"port-forward", "kubectl", Failed, "kubectl port-forward: error: no tunnel", prints("port-forward", reply{Stderr: "error: no tunnel", Code: 1})},
		{"service", "kubectl", Skipped, "it needs port-forward, which failed", prints("port-forward", reply{Code: 1})},
		{"port-forward", "other pod", Failed, `"every-node-9" answers`, func(d *double) {
			prints("port-forward", reply{Stdout: "Forwarding from " + d.agnhost("every-node-9") + " -> 8080\n", Stay: true})(d)
		}},
		{"logs", "kubectl", Failed, "kubectl logs: error: x509", prints("logs", reply{Stderr: "error: x509", Code: 1})},
		{"logs", "another node", Failed, "node-a: the API server: x509 (500)", answers(500, "x509", "/every-node-1/log")},
		{"logs", "empty", Failed, "has no \"Started", prints("logs", reply{Stdout: "hello"})},
		{"exec", "kubectl", Failed, "kubectl exec: error: no exec", prints("exec", reply{Stderr: "error: no exec", Code: 1})},
		{"exec", "exit code", Failed, "says that it succeeded", prints("exec", reply{Stderr: "REFUSED"})},
		{"pod-network", "one route", Failed, "no connection in 1 of 9 cases: cp to node-b (pod 10.244.2.9): 4 of 4 attempts: i/o timeout", cuts("every-node-0", "10.244.2.9", "i/o timeout")},
		{"service", "one node", Failed, "no connection in 2 of 6 cases: node-a to 10.96.0.77: 4 of 4 attempts: no route; node-a to fd00::77", cuts("every-node-1", "", "no route")},
		{"service", "stranger", Failed, `"stranger" answers, which is no pod of this test`, func(d *double) { d.stranger = "stranger" }},
		{"node-port", "one node", Failed, "no connection in 3 of 9 cases: cp to node-b (10.0.0.3 port 30123)", cuts("", "10.0.0.3", "refused")},
		{"dns", "no name", Failed, "no connection in 3 of 3 cases: cp to cluster-ip.kube-anywhere-smoke-", cuts("", "cluster-ip", "no such host")},
		{"outside-name", "no name", Failed, "to example.com: lookup example.com: no such host", cuts("", "example.com", "no such host")},
		{"network-policy", "none", Failed, "a NetworkPolicy that denies does not block 2 of 2 connections", func(d *double) { d.policies = false }},
		{"network-policy", "cut already", Failed, "before there was a policy: ", cuts("", "10.244.106", "i/o timeout")},
	}
}

// unavailable makes a Deployment stop at a step: it is asked for once per step
// that succeeds.
func unavailable(path string, step int) func(w http.ResponseWriter, r *http.Request) bool {
	asked := 0
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		if asked++; asked < step {
			return false
		}
		fmt.Fprint(w, `{"metadata":{"generation":2},"spec":{"replicas":1},"status":{"observedGeneration":2,"replicas":1,"updatedReplicas":1}}`)
		return true
	}
}

// TestFaults gives each double one fault. Most of the time they wait, so many
// run at a time; no check needs as long as they have.
func TestFaults(t *testing.T) {
	t.Parallel()
	failing := map[string]bool{}
	tickets := make(chan struct{}, 12)
	t.Run("all", func(t *testing.T) {
		for _, f := range slices.Concat(clusterFaults(), podFaults()) {
			failing[f.check] = failing[f.check] || f.outcome == Failed
			tickets <- struct{}{}
			d := newDouble(t)
			f.breaks(d)
			o := d.options(t)
			o.Timeout, o.cleanUpTime = faultTimeout, faultTimeout
			ended := make(chan []Result, 1)
			go func() {
				results, err := Run(context.Background(), o)
				if err != nil {
					results = []Result{{Name: f.check, Message: err.Error()}}
				}
				ended <- results
				<-tickets
			}()
			t.Cleanup(func() { f.judge(t, d, <-ended) })
		}
	})
	for _, name := range Names() {
		if !failing[name] {
			t.Errorf("nothing makes %s fail", name)
		}
	}
}

// faultTimeout is short, and yet enough for a busy machine to start a program.
const faultTimeout = 3 * time.Second

// judge compares what a run found with the fault that was there.
func (f fault) judge(t *testing.T, d *double, results []Result) {
	i := slices.IndexFunc(results, func(r Result) bool { return r.Name == f.check })
	if i < 0 {
		t.Errorf("%s/%s: no such result: %+v", f.check, f.name, results)
	} else if r := results[i]; r.Outcome != f.outcome || !strings.Contains(r.Message, f.want) {
		t.Errorf("%s/%s:\ngot %s: %s\nexpected %s: %s", f.check, f.name, r.Outcome, r.Message, f.outcome, f.want)
	}
	if left := d.leftovers(); !d.stuck && len(left) > 0 {
		t.Errorf("%s/%s: left behind: %q", f.check, f.name, left)
	}
	if calls := d.called(); f.check == "api" && len(calls) > 1 {
		t.Errorf("%s/%s: the API does not answer, and kubectl is asked for more: %q", f.check, f.name, calls)
	}
}

// TestPolicyNeedsProof: a pod that cannot be asked is not a pod
// that is blocked.
func TestPolicyNeedsProof(t *testing.T) {
	timeout := unreachable{fmt.Errorf("timeout")}
	if err := blocked([]error{timeout, timeout}); err != nil {
		t.Errorf("two blocked connections: %v", err)
	}
	for _, errs := range [][]error{{timeout, nil}, {timeout, fmt.Errorf("no tunnel")}} {
		if blocked(errs) == nil {
			t.Errorf("%v counts as blocked", errs)
		}
	}
}
