package smoke

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

// control does what the controllers of a cluster do with an object.
func (d *double) control(path string, o object) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 {
		return
	}
	kind, name := parts[len(parts)-2], parts[len(parts)-1]
	namespace := ""
	if len(parts) > 4 {
		namespace = parts[len(parts)-3]
	}
	switch kind {
	case "daemonsets":
		for i, node := range []string{"cp", "node-a", "node-b"} {
			d.addPod(namespace, fmt.Sprintf("%s-%d", name, i), node, fmt.Sprintf("10.244.%d.9", i), name)
		}
	case "deployments":
		replicas := number(o["spec"].(object)["replicas"])
		for i := range replicas {
			d.addPod(namespace, fmt.Sprintf("%s-%d", name, i), "node-b", fmt.Sprintf("10.244.%d.%d", 100+len(name), i), name)
		}
		o["status"] = object{"replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas}
	case "services":
		spec := o["spec"].(object)
		spec["clusterIPs"] = []string{"10.96.0.77", "fd00::77"}
		spec["ports"] = []object{{"port": 80, "nodePort": 30123}}
	case "secrets":
		data := object{}
		for key, v := range o["stringData"].(object) {
			data[key] = []byte(v.(string))
		}
		if o["data"] == nil {
			o["data"] = data
		}
	}
}

// number reads one that came as YAML, or as JSON.
func number(v any) int {
	var n int
	_, _ = fmt.Sscan(fmt.Sprint(v), &n)
	return n
}

func (d *double) addPod(namespace, name, node, ip, app string) {
	path := "/api/v1/namespaces/" + namespace + "/pods/" + name
	p := podObject(namespace, name, node, ip, object{"app": app})
	if d.admit != nil {
		d.admit(path, p)
	}
	d.objects[path] = p
}

// runKubectl is what the double of kubectl does, but for its proxy.
func (d *double) runKubectl(w http.ResponseWriter, r *http.Request) {
	var c call
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	d.calls = append(d.calls, c.Args)
	args := c.Args
	for len(args) > 0 && strings.HasPrefix(args[0], "--") {
		args = args[1:] // --kubeconfig, --context
	}
	if d.kubectl != nil {
		if said := d.kubectl(args[0], args[1:]); said != nil {
			_ = json.NewEncoder(w).Encode(said)
			return
		}
	}
	said := reply{}
	switch args[0] {
	case "config":
		said.Stdout = d.kubeconfig()
	case "logs":
		said.Stdout = greeting + "\n"
	case "exec":
		said = reply{Stderr: "REFUSED\ncommand terminated with exit code 1\n", Code: 1}
	case "top":
		said.Stdout = "cp 1 1% 1Mi 1%\nnode-a 1 1% 1Mi 1%\nnode-b 1 1% 1Mi 1%\n"
	case "port-forward":
		name := strings.TrimPrefix(args[len(args)-2], "pod/")
		said = reply{Stdout: "Forwarding from " + d.agnhost(name) + " -> 8080\n", Stay: true}
	default:
		said = reply{Stderr: "the double of kubectl does not know " + args[0], Code: 1}
	}
	_ = json.NewEncoder(w).Encode(said)
}

func (d *double) kubeconfig() string {
	text, _ := json.Marshal(object{"current-context": "test", "clusters": []object{{"name": "test", "cluster": object{
		"server": d.public.URL, "certificate-authority-data": pemOf(d.public), "tls-server-name": "example.com",
	}}}})
	return string(text)
}

// agnhost is the address of a double of the server in a pod.
func (d *double) agnhost(pod string) string {
	if d.servers[pod] == nil {
		d.servers[pod] = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if r.URL.Path == "/hostname" {
				fmt.Fprint(w, pod)
				return
			}
			d.dial(w, r, pod)
		}))
	}
	return strings.TrimPrefix(d.servers[pod].URL, "http://")
}

// dial answers as agnhost's /dial does.
func (d *double) dial(w http.ResponseWriter, r *http.Request, from string) {
	query := r.URL.Query()
	host, tries := query.Get("host"), number(query.Get("tries"))
	isName := strings.ContainsAny(host, "ghijklmnopqrstuvwxyz")
	var names, failures []string
	for range tries {
		name := d.route(host, query.Get("port"))
		why := "i/o timeout"
		if d.unreachable != nil && name != "" {
			why = d.unreachable(from, host)
		}
		if name == "" || why != "" && d.unreachable != nil {
			failures = append(failures, why)
		} else {
			names = append(names, name)
		}
	}
	known := host == "example.com" || strings.HasSuffix(host, ".svc")
	if isName && (!known || d.unreachable != nil && d.unreachable(from, host) == "no such host") {
		http.Error(w, "host and/or port param are invalid. lookup "+host+": no such host", http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(object{"responses": names, "errors": failures})
}

// route gives the pod that answers at an address, if any does.
func (d *double) route(host, port string) string {
	for path, o := range d.objects {
		if !strings.Contains(path, "/pods/") || !strings.Contains(path, namePrefix) {
			continue
		}
		for _, ip := range o["status"].(object)["podIPs"].([]object) {
			if ip["ip"] == host && port == "8080" && !d.denied(o) {
				return o["metadata"].(object)["name"].(string)
			}
		}
	}
	d.turn++
	some := cmp.Or(d.stranger, fmt.Sprint("every-node-", d.turn%3))
	switch {
	case port == "80" && (host == "10.96.0.77" || host == "fd00::77"), port == "30123" && strings.HasPrefix(host, "10.0.0."),
		port == "80" && strings.HasPrefix(host, "cluster-ip."+namePrefix):
		return some
	}
	return ""
}

// denied says whether a NetworkPolicy keeps everyone from a pod.
func (d *double) denied(pod object) bool {
	for path, o := range d.objects {
		if d.policies && strings.Contains(path, "/networkpolicies/") {
			selector := o["spec"].(object)["podSelector"].(object)["matchLabels"].(object)
			return selector["app"] == pod["metadata"].(object)["labels"].(object)["app"]
		}
	}
	return false
}
